/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCP_ECN_H
#define TCP_ECN_H
/*
 * Explicit congestion notification (RFC 3168). Whoever has a long queue on the path marks a packet of
 * ours "congestion experienced" (CE) where it would have dropped it; its receiver tells of that in
 * each ACK (ECE) until we say that the window is reduced (CWR).
 *
 *	sender    --- data, ECT(0) ---->  router, queue is long  --- data, CE --->  receiver: TF_ECE
 *	  <------------------------- ACK, ECE -------------------------
 *	window is reduced as for a loss, but nothing was lost: TF_CWR, cwr = CWR_REDUCING
 *	          --- new data, ECT(0), CWR ------------------------------------->  no TF_ECE
 *
 * Agreed upon by the SYNs: ours asks with ECE and CWR, the answer has ECE alone. Only data that was never
 * sent before is ECN-capable: no SYN, no pure ACK, no retransmission, no probe of a closed window (6.1.1 to 6.1.6).
 */
#include <stdbool.h>
#include "tcp/tcp.h"

/* A SYN that asks for ECN. */
static inline bool
ecn_is_setup_syn(const struct tcp_seg *seg)
{
	return (seg->flags & (TCP_ACK | TCP_ECE | TCP_CWR)) == (TCP_ECE | TCP_CWR);
}

/* What a segment of ours with these flags says of marks that came. */
static inline uint8_t
ecn_echo(const struct tcb *t, uint8_t flags)
{
	return unlikely(t->flags & TF_ECE) && (flags & (TCP_ACK | TCP_SYN | TCP_RST)) == TCP_ACK ? TCP_ECE : 0;
}

/* Does this ACK tell of a mark on what was in flight? */
static inline bool
ecn_tells(const struct tcb *t, const struct tcp_seg *seg, const struct tcp_acked *a)
{
	return unlikely(t->flags & TF_ECN) && (seg->flags & TCP_ECE) && a->flight > 0;
}

/* TF_ECN: the flags of our SYN or SYN-ACK that is about to be sent. */
uint8_t ecn_syn_flags(struct core *core, struct tcb *t);
/* SYN-SENT: the peer's SYN, or SYN-ACK, came. */
void ecn_take_syn(struct tcb *t, const struct tcp_seg *seg);
/* TF_ECN: a segment in the window, as a receiver sees it. */
void ecn_received(struct core *core, struct tcb *t, const struct tcp_seg *seg);

/* An ACK was taken, and it tells of a mark or one was answered. */
void ecn_acked(struct core *core, struct tcb *t, struct tcp_sender *s, struct tcp_acked *a);
/* The same, for want of memory without a sender. */
void ecn_mark_unaided(struct core *core, struct tcb *t, const struct tcp_acked *a);
/* The window was reduced for a loss: marks of the same window ask for no more. */
void ecn_reduced(struct tcb *t, struct tcp_sender *s);

#endif
