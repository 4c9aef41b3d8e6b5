/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCP_EMIT_H
#define TCP_EMIT_H
#include "tcp/tcp.h"

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

#endif
