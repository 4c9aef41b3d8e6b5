/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCP_EXTRA_H
#define TCP_EXTRA_H
/*
 * What few connections need and a control block has no room for: the receive buffer while it grows,
 * times of its own, a limit for pacing, statistics. Made when the first of these is asked for, freed with the connection, or
 * when the buffer has grown as far as it may and nothing else is in it. It takes the place of
 * rcv_buf in the control block, and has it in itself.
 */
#include "tcp/tcp.h"

struct tcp_extra {
	uint32_t rcv_buf;
	/* A round of the receive buffer's growth (grow.c): RTT by RTT, how much does the application take? */
	uint32_t round_seq;     /* consumed when it began */
	uint32_t round_start;   /* microseconds */
	uint32_t rtt;           /* the smallest that the round saw, microseconds; 0: none */
	uint32_t rtt_known;     /* of the round before */
	/* Times of this connection, in ticks; 0: as configured, or none. */
	uint32_t keep_idle, keep_interval, user_timeout;
	uint32_t waits_since;   /* tick: something waits to be acknowledged, and since then nothing was */
	uint8_t keep_probes;    /* 0: as configured */
	uint8_t growing : 1;    /* a round is under way */
	uint32_t pacing;        /* no more bytes a second (pace.h); 0: no such limit */
	uint32_t stats;         /* handle of the struct tcp_stats (tcb->counted) */
	uint32_t spare[4];
};
static_assert(sizeof(struct tcp_extra) == 64, "a power of two, and a cache line");

static inline struct tcp_extra *
extra_of(const struct tcp_layer *tcp, const struct tcb *t)
{
	return t->flags & TF_EXTRA ? (struct tcp_extra *)slab_at(&tcp->extras, t->extra) : NULL;
}

static inline uint32_t
tcb_rcv_buf(const struct tcp_layer *tcp, const struct tcb *t)
{
	return likely(!(t->flags & TF_EXTRA)) ? t->rcv_buf : extra_of(tcp, t)->rcv_buf;
}

/* extra.c. Made when there is none; NULL: no memory. */
struct tcp_extra *tcp_extra_need(struct core *core, struct tcb *t);
void tcp_extra_free(struct core *core, struct tcb *t);
/* The growth is at its end. */
void tcp_extra_settle(struct core *core, struct tcb *t);

/* The keepalive of this connection: its own times, or those of the configuration. Ticks. */
static inline uint32_t
tcp_keep_idle(const struct core *core, const struct tcb *t)
{
	const struct tcp_extra *e = extra_of(core->tcp, t);
	uint64_t ns = core->tcp->config->keepalive;

	if (e != NULL && e->keep_idle != 0)
		return e->keep_idle;
	/* RFC 9293 MUST-28: not below two hours unless somebody says so */
	return ns != 0 ? core_ticks(ns) : 7200u * CORE_TICKS_PER_SEC;
}

static inline uint32_t
tcp_keep_interval(const struct core *core, const struct tcb *t)
{
	const struct tcp_extra *e = extra_of(core->tcp, t);

	return e != NULL && e->keep_interval != 0 ? e->keep_interval :
		core_ticks(core->tcp->config->keepalive_interval);
}

static inline uint8_t
tcp_keep_probes(const struct core *core, const struct tcb *t)
{
	const struct tcp_extra *e = extra_of(core->tcp, t);

	return e != NULL && e->keep_probes != 0 ? e->keep_probes : core->tcp->config->keepalive_probes;
}

/*
 * grow.c: the receive buffer follows what the application takes (dynamic right-sizing, Fisk and Feng
 * 2001). In one RTT a sender sends at most a window; an application that takes most of it could
 * take more. The buffer becomes twice what was taken in an RTT, so that a sender in slow start,
 * which doubles each RTT, never waits for the window, up to rcv_buf_max.
 */
/* A data segment came. Its timestamp echo tells the RTT to a receiver that sends nothing. */
void tcp_grow_received(struct core *core, struct tcb *t, const struct tcp_seg *seg);
/* The application took data. */
void tcp_grow_consumed(struct core *core, struct tcb *t, uint32_t consumed);
/* The largest window that a connection may come to: it decides the window scale. */
uint32_t tcp_grow_limit(const struct leat_tcp_config *c);

#endif
