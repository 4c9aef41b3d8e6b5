/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_TCP_FLOW_H
#define TESTS_TCP_FLOW_H
/*
 * A flow in memory, to ask congestion control alone: a control block, a sender and a clock that the
 * test moves. Always as much is in flight as cwnd lets, unless a test says otherwise.
 */
#include <criterion/criterion.h>
#include "core/core.h"
#include "tcp/cc.h"
#include "tcp/slow_start.h"

enum { MSS = 1448, MS = 1000 /* microseconds */ };

struct flow {
	struct core core;
	struct tcb t;
	struct tcp_sender s;
	const struct tcp_cc_ops *cc;
};

extern struct flow flow;

/* A new flow with so many segments of cwnd and ssthresh (0: none yet) and this smoothed RTT. */
void flow_begin(const struct tcp_cc_ops *cc, uint32_t cwnd, uint32_t ssthresh, uint32_t rtt_us);
/* The clock goes on. */
void flow_wait(uint64_t us);
/* An ACK of so many bytes that gives an RTT sample (0: none). */
void flow_ack(uint32_t bytes, uint32_t rtt_us);
/* A round: what is in flight is acknowledged within one RTT, `segments` an ACK. */
void flow_round(uint32_t segments, uint32_t rtt_us);
/* Congestion with all of cwnd in flight; recovery ends at once, with cwnd = ssthresh. */
void flow_loss(void);
/* The timer fired (in recovery: TF_RECOVERY); cwnd is one segment. */
void flow_timeout(void);

static inline double
flow_segments(uint32_t bytes)
{
	return (double)bytes / MSS;
}

#endif
