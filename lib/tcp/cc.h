/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCP_CC_H
#define TCP_CC_H
/* Congestion control: one const struct an algorithm. They own cwnd, ssthresh and cwnd_acc. */
#include <stdint.h>
#include "tcp/tcb.h"

struct tcp_cc_ops {
	const char *name;
	/* acked new bytes were acknowledged outside recovery; flight bytes were under way before. */
	void (*acked)(struct tcb *t, uint32_t acked, uint32_t flight);
	/* Loss was found by duplicate ACKs; flight bytes are under way. */
	void (*lost)(struct tcb *t, uint32_t flight);
	/* The retransmission timer fired. first: not for a segment that it fired for before. */
	void (*timed_out)(struct tcb *t, uint32_t flight, bool first);
};

extern const struct tcp_cc_ops tcp_newreno;

#endif
