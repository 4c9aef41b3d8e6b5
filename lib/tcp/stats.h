/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCP_STATS_H
#define TCP_STATS_H
/*
 * What is counted of one connection, on request (RFC 4898; its names in brackets): tcb->counted says
 * that there is one of these. Without it the packet path pays one branch on a line that it reads anyway,
 * and a connection is no larger.
 */
#include "tcp/tcp.h"

/* What keeps a sender from sending more [SndLimTransSnd, -Cwin, -Rwin]. */
enum tcp_limit {
	LIMIT_APP,  /* it has nothing more to say, or is paced */
	LIMIT_CWND,
	LIMIT_RWND,
	LIMIT_COUNT
};

struct tcp_stats {
	uint64_t segs_in, segs_out;           /* [SegsIn, SegsOut] */
	uint64_t data_segs_in, data_segs_out; /* [DataSegsIn, DataSegsOut] */
	uint64_t bytes_resent;                /* [OctetsRetrans] */
	uint64_t limited_ns[LIMIT_COUNT];     /* [SndLimTime-] */
	uint64_t limited_since;               /* core->now when `limit` began to hold */
	uint64_t data_in_at, data_out_at, ack_in_at; /* core->now; 0: none yet */
	uint32_t limited_times[LIMIT_COUNT];  /* [SndLimTrans-] */
	uint32_t timeouts;                    /* [Timeouts] */
	uint32_t recoveries;                  /* [FastRetran] */
	uint32_t probes;                      /* tail loss probes */
	uint32_t undone;                      /* [SpuriousRtoDetected, SpuriousFrDetected] */
	uint32_t dup_acks_in;                 /* [DupAcksIn] */
	uint32_t dsacks_in, dsacks_out;       /* [DSACKDups, DupAcksOut] */
	uint32_t ooo_in;                      /* segments out of order */
	uint32_t ce_in, marks;                /* [CERcvd]; reductions for marks [ECNsignals] */
	uint32_t cwnd_max;                    /* [MaxSsCwnd, MaxCaCwnd] */
	uint32_t rtt_min, rtt_max;            /* microseconds [MinRTT, MaxRTT]; rtt_max 0: none yet */
	uint8_t limit;                        /* enum tcp_limit */
} __rte_aligned(256);
static_assert(sizeof(struct tcp_stats) == 256, "a power of two");

/* Counts from now on, or no more. 0 or -ENOMEM. */
int stats_set(struct core *core, struct tcb *t, bool on);

/* t->counted: */
struct tcp_stats *stats_of(const struct core *core, const struct tcb *t);
/* A segment came, and is in the window or not; left. */
void stats_in(const struct core *core, const struct tcb *t, const struct tcp_seg *seg);
void stats_out(const struct core *core, const struct tcb *t, uint32_t len);
/* A round trip was measured. */
void stats_rtt(const struct core *core, const struct tcb *t, uint32_t us);
/* The connection has said all that it may now. */
void stats_limit(const struct core *core, const struct tcb *t);
/* What leat_tcp_info() tells of it. */
void stats_fill(const struct core *core, const struct tcb *t, struct leat_tcp_info *i);

#define stats_count(core, t, field) \
	do { \
		if (unlikely((t)->counted)) \
			stats_of(core, t)->field++; \
	} while (0)

#endif
