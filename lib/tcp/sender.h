/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCP_SENDER_H
#define TCP_SENDER_H
/*
 * What a connection knows of its data in flight beyond its control block: since when each part of it
 * is under way and what became of it, what is being done about loss, and the state of congestion
 * control. It exists only while that is worth knowing: from the second turn whose data is in flight
 * (or the first sign of loss) until nothing was in flight for a retransmission time-out. A
 * connection that is idle, or answers each request with one burst, has none.
 *
 * Memory may run out: then recovery is by the timer alone, one segment at a time (recovery.c).
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <rte_common.h>
#include "tcp/tcb.h"

struct core;
struct tcp_seg;

enum run_fate {
	RUN_SENT,   /* under way */
	RUN_SACKED, /* the peer has it (RFC 2018) */
	RUN_LOST,   /* to be sent again */
};

/*
 * A run: a stretch of sequence numbers (FIN counts as one) that left at one time and has one fate.
 * What one turn sends leaves at one time, so this is exact although it is not kept by the segment.
 * The runs of a connection follow each other without a gap from SND.UNA to SND.NXT.
 */
struct run {
	uint32_t next;     /* handle */
	uint32_t seq, end;
	uint32_t first;    /* when the first of it was sent, microseconds of the core's clock */
	uint32_t last;     /* when the last of it was sent, for the last time */
	uint8_t fate;      /* enum run_fate */
	uint8_t again;     /* times it was sent again */
	uint16_t unused;
	uint32_t spare[2];
};
static_assert(sizeof(struct run) == 32, "a power of two");

enum {
	/* A peer that acknowledges every other byte makes no list longer than this. */
	TCP_RUNS_MAX = 512,
	/* From here on what is sent within 1/16 of SRTT shares a run: its time is known less exactly. */
	TCP_RUNS_FINE = 64,
	TCP_CC_STATE = 10, /* words of state of a congestion control */
};

/* The peer tells of marks until it knows of the reduction: more of the same (RFC 3168 6.1.2). */
enum cwr {
	CWR_NONE,     /* a mark told of now is another */
	CWR_REDUCING, /* for a mark: by PRR, until what was in flight is acknowledged */
	CWR_REDUCED,  /* for whatever reason; until data behind it is acknowledged */
};

struct tcp_sender {
	uint32_t head, tail;   /* handles of runs */
	uint16_t nb_runs;
	uint8_t dupacks;       /* ACKs since SND.UNA moved that told of data beyond it */
	bool recovered;        /* `recover` is meaningful: no second recovery below it (RFC 6582 3.2) */
	uint32_t sacked;       /* bytes the peer has beyond SND.UNA; without SACK: as duplicates tell */
	uint32_t lost;         /* bytes of runs that are RUN_LOST */
	uint32_t recover;      /* SND.NXT when recovery began: RecoveryPoint (RFC 6675 5) */

	/* RACK (RFC 8985 5.3): of the segment sent last among those that arrived */
	uint32_t rack_sent, rack_end, rack_rtt;
	uint32_t rack_fack;    /* highest sequence number that arrived */
	uint32_t dsack_round;  /* RACK.dsack_round, when in_dsack_round */
	bool rack_valid, reordering, in_dsack_round;
	uint8_t reo_mult, reo_persist;

	/* Tail loss probe (RFC 8985 7) */
	bool tlp_out, tlp_again; /* TLP.end_seq is set; TLP.is_retrans */
	uint8_t cwr;           /* enum cwr */
	uint32_t tlp_end;
	uint32_t cwr_end;      /* SND.NXT when the window was reduced last (cwr != CWR_NONE) */

	/* Proportional rate reduction (RFC 9937) */
	uint32_t prr_delivered, prr_out, prr_flight;

	/* Undo (RFC 3522, RFC 4015; by D-SACK, RFC 3708) */
	uint32_t undo_cwnd, undo_ssthresh;
	uint32_t undo_ts;      /* timestamp of the first retransmission */
	uint32_t undo_una;     /* SND.UNA when it began */
	uint16_t undo_again;   /* retransmissions that no D-SACK has told of */
	bool undo_armed, undo_ts_set;

	/* Minimum of RTT over the last and this span of ten seconds, microseconds; UINT32_MAX: none */
	uint32_t min_rtt[2], min_rtt_since;

	/* Pacing */
	uint64_t pace_next;    /* the next byte is due, nanoseconds of the core's clock */
	uint32_t t_pace;       /* T_PACE: tick */

	uint64_t cc[TCP_CC_STATE]; /* its own; zeroed before init() */
} __rte_aligned(256);
static_assert(sizeof(struct tcp_sender) == 256, "a sender is 256 bytes: a power of two");

/* What an ACK told. Bytes count FIN. */
struct tcp_acked {
	uint32_t acked;     /* SND.UNA moved by so much */
	uint32_t delivered; /* arrived and was not known to: by the ACK or by SACK */
	uint32_t sacked;    /* of those, newly by SACK (or by a duplicate ACK, without SACK) */
	uint32_t flight;    /* SND.NXT - SND.UNA before it */
	uint32_t rtt;       /* microseconds, of the newest segment that it is certain of; 0: of none */
	uint32_t least;     /* no RTT is shorter, microseconds */
	bool dsack;         /* it reported a duplicate (RFC 2883) */
	bool lost;          /* it made us take more for lost */
	bool mark;          /* it told of a mark (ECN) */
	bool held;          /* ... and cwnd was set for one: it does not grow */
};

/* sender.c */

/* The sender of a connection, made when there is none; NULL: no memory. */
struct tcp_sender *sender_get(struct core *core, struct tcb *t);
void sender_free(struct core *core, struct tcb *t);
/* Bytes under way: FlightSize less what arrived and what is lost (RFC 6675 4, "pipe"). */
static inline uint32_t
sender_pipe(const struct tcp_sender *s, const struct tcb *t)
{
	uint32_t flight = tcb_flight(t);

	return s == NULL ? flight : flight - RTE_MIN(flight, s->sacked + s->lost);
}

/* The smallest RTT of the last ten to twenty seconds, microseconds; UINT32_MAX: none was measured. */
uint32_t sender_min_rtt(const struct tcp_sender *s);
void sender_rtt(const struct core *core, struct tcp_sender *s, uint32_t us);

/* runs.c: the list of runs. */

/* A sender begins with what is in flight as one run. False: no memory. */
bool runs_begin(struct core *core, const struct tcb *t, struct tcp_sender *s);
/* Can it be noted that new data leaves? Asked before it does. */
bool runs_room(const struct core *core, const struct tcb *t, const struct tcp_sender *s);
/* New data from SND.NXT to end leaves now. False: nothing was in flight, and there is no memory. */
bool runs_sent(struct core *core, const struct tcb *t, struct tcp_sender *s, uint32_t end);
/* seq to end, which was sent before, leaves again now. */
void runs_resent(struct core *core, struct tcp_sender *s, uint32_t seq, uint32_t end);
/* The peer acknowledged all before una: adds to *a what that tells, RACK learns. */
void runs_acked(struct core *core, struct tcp_sender *s, uint32_t una, struct tcp_acked *a);
/* The peer has start to end (within what is in flight): the same. */
void runs_sacked(struct core *core, struct tcp_sender *s, uint32_t start, uint32_t end, struct tcp_acked *a);
/* Takes for lost what is under way of a run before end (not the whole if there is no memory to cut it). */
void runs_lose(struct core *core, struct tcp_sender *s, uint32_t handle, uint32_t end);
/* The same with all that is under way. */
void runs_lose_all(const struct core *core, struct tcp_sender *s);
/* What was taken for lost is under way after all. */
void runs_unlose(const struct core *core, struct tcp_sender *s);
/* Nothing that was SACKed counts any more: the peer has dropped it (RFC 2018 8). */
void runs_forget_sacks(const struct core *core, struct tcp_sender *s);
/* The first stretch that is lost: 0, or its length with its beginning in *seq. */
uint32_t runs_first_lost(const struct core *core, const struct tcp_sender *s, uint32_t *seq);
void runs_free(struct core *core, struct tcp_sender *s);

/* rack.c (RFC 8985) */

/* A part of a run that ends at `end` has arrived. No RTT is shorter than least (a->least). */
void rack_delivered(const struct core *core, struct tcp_sender *s, const struct run *r, uint32_t end, uint32_t least);
/*
 * Takes for lost what left long enough before what arrived. Returns the microseconds until more may
 * have to be (the reordering timer), 0: none.
 */
uint32_t rack_detect(struct core *core, struct tcb *t, struct tcp_sender *s, struct tcp_acked *a);
/* The retransmission timer fired: what is lost (RFC 8985 6.3). */
void rack_timed_out(struct core *core, struct tcb *t, struct tcp_sender *s);
/* An ACK with a D-SACK block: the window for reordering grows, once a round. */
void rack_dsack(struct tcb *t, struct tcp_sender *s);
/* Recovery ended: a window that has grown lasts for sixteen of them. */
void rack_recovered(struct tcp_sender *s);

/* prr.c (RFC 9937) */
void prr_begin(const struct tcb *t, struct tcp_sender *s, const struct tcp_acked *a);
/* Sets cwnd after an ACK in recovery. */
void prr_acked(struct tcb *t, struct tcp_sender *s, const struct tcp_acked *a);

/* undo.c: loss that was none. */
void undo_begin(struct tcb *t, struct tcp_sender *s);
void undo_resent(const struct core *core, const struct tcb *t, struct tcp_sender *s);
/* True: the ACK showed that what was sent again had arrived the first time; all is as it was before. */
bool undo_check(struct core *core, struct tcb *t, struct tcp_sender *s, const struct tcp_seg *seg,
	const struct tcp_acked *a);

#endif
