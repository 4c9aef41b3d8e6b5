/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCP_EMIT_H
#define TCP_EMIT_H
#include "tcp/tcp.h"
#include "wire/ipv4.h"

/* A segment that is to be sent. */
struct tcp_out {
	uint32_t seq, len;
	uint8_t flags;
	uint8_t ecn;          /* field of the IP header */
	struct duplicate dup; /* that it reports */
};

/*
 * Sends it as it is told; what it acknowledges is noted, what it sends is not. 0, -ENOBUFS (nothing was
 * sent), or what ip_output() says.
 */
int tcp_emit(struct core *core, struct tcb *t, const struct tcp_out *o);

/* The connection's part of what makes a segment plain: over IPv4, with timestamps, and no block to be told of. */
static inline bool
tcp_emits_plainly(const struct core *core, const struct tcb *t)
{
	return (t->flags & (TF_TS | TF_ECE)) == TF_TS && t->ip_len == IPV4_HDR_LEN && t->ooo_head == 0 && !trace_on(core);
}

/* The same for a plain one: what nearly all segments are, an ACK with timestamps and no other options. */
int tcp_emit_plain(struct core *core, struct tcb *t, const struct tcp_out *o);

#endif
