/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCP_CC_H
#define TCP_CC_H
/*
 * Congestion control: one const struct an algorithm, one file each. They own ssthresh, how cwnd
 * grows, and sender->cc. How cwnd shrinks is recovery's: PRR in fast recovery, one segment after a
 * timeout, ssthresh after an ECN mark.
 */
#include <stdint.h>
#include "tcp/sender.h"
#include "tcp/tcb.h"

struct core;

struct tcp_cc_ops {
	const char *name;
	/* The sender has come to be: sender->cc is zeroed. cwnd and ssthresh hold what they held. */
	void (*init)(const struct core *core, struct tcb *t, struct tcp_sender *s);
	/* An ACK outside fast recovery; cwnd was in use (half of it at least), so it may grow. */
	void (*acked)(const struct core *core, struct tcb *t, struct tcp_sender *s, const struct tcp_acked *a);
	/*
	 * Congestion (loss, ECN mark): sets ssthresh from the flight of so many bytes, and keeps what
	 * undo() needs. cwnd is set by the caller afterwards.
	 */
	void (*congested)(const struct core *core, struct tcb *t, struct tcp_sender *s, uint32_t flight);
	/* The same at a retransmission timeout, the first of this data. */
	void (*timed_out)(const struct core *core, struct tcb *t, struct tcp_sender *s, uint32_t flight);
	/* The last of these was a mistake; cwnd and ssthresh are put back by the caller. */
	void (*undo)(const struct core *core, struct tcb *t, struct tcp_sender *s);
};

/* tcb->cc and the values of the configuration are indices of this. */
enum tcp_cc {
	TCP_CC_CUBIC,
	TCP_CC_NEWRENO,
	TCP_CC_COUNT
};

extern const struct tcp_cc_ops tcp_cubic, tcp_newreno;
extern const struct tcp_cc_ops *const tcp_cc_all[TCP_CC_COUNT];

/* Another algorithm for the connection, from now on. */
void tcp_cc_set(struct core *core, struct tcb *t, enum tcp_cc cc);

enum {
	/*
	 * Bytes of one ACK that count in slow start, in segments: L of RFC 9406 4.2 (and RFC 3465), so
	 * that a peer that acknowledges a burst at once is no slower, and one that splits its ACKs no
	 * faster.
	 */
	TCP_SLOW_START_LIMIT = 8,
};

#endif
