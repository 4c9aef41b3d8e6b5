/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCP_REPLY_H
#define TCP_REPLY_H
/* Segments sent without a control block: RST, SYN-ACK, the ACKs of half-open and TIME-WAIT entries. */
#include "tcp/tcp.h"

struct tcp_reply {
	struct tuple tuple;
	uint32_t seq, ack;
	uint16_t wnd;           /* as on the wire */
	uint8_t flags;
	struct tcp_opts opts;
};

void tcp_reply_send(struct core *core, const struct tcp_reply *r);

/*
 * The RST that answers a segment for which there is no connection (RFC 9293 3.10.7.1); none to a RST, and
 * no more of them in a second than tcp.rst_rate: who sends to ports that nobody has may not decide how
 * much a core sends.
 */
void tcp_reply_rst(struct core *core, const struct tcp_seg *seg);

#endif
