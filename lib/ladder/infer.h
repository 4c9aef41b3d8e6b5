/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LADDER_INFER_H
#define LADDER_INFER_H
/*
 * The peer's state of RFC 9293 3.3.2, inferred from the segments of both directions, in the order
 * in which they passed here.
 *
 * Two grades. `known` is proven by what the peer sent: the state it was in when it sent that.
 * `expected` is the state it reaches if everything that we sent arrives. Where a segment of the
 * peer shows that ours did not arrive (it repeats a SYN or a FIN), the expectation is withdrawn.
 */
#include <stdbool.h>
#include "core/trace.h"

enum {
	INFER_UNKNOWN = -1, /* the peer has shown nothing yet */
};

struct infer_fin {
	bool seen;
	uint32_t seq; /* of the FIN itself; acknowledged by seq + 1 */
};

struct infer {
	int known, expected; /* enum leat_tcp_state, or INFER_UNKNOWN */

	/* What the peer showed. */
	bool syn;            /* it sent a SYN */
	uint32_t irs;        /* … with this number */
	bool passive;        /* … that carried an ACK: it was called, or both called at once */
	bool synced;         /* it sent something that only a synchronised state sends */
	bool restarted;      /* it sent a SYN with another number on the open connection */
	bool rst;
	struct infer_fin fin;
	bool fin_late;       /* it had our FIN when it sent its own */
	bool has_our_fin;    /* it acknowledged our FIN */
	bool has_our_ack;    /* of its FIN, by acknowledging something sent only together with that */

	/* What we sent, and no sign that it was lost. */
	bool our_syn;
	bool our_ack_of_syn;
	bool our_ack_of_fin;
	bool our_rst;
	struct infer_fin our_fin;
	bool sent;           /* our_max is valid */
	uint32_t our_max;    /* end of all that we sent */
	bool proof;          /* proof_seq is valid */
	uint32_t proof_seq;  /* whoever acknowledges this has our ACK of its FIN */
};

void infer_init(struct infer *p);

/* A segment record, TRACE_SEG_IN or TRACE_SEG_OUT. */
void infer_segment(struct infer *p, const struct trace_rec *r);

#endif
