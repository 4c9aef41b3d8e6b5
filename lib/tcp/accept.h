/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCP_ACCEPT_H
#define TCP_ACCEPT_H
/* The end of a handshake that a listener began: from SYN-RECEIVED, entry or cookie, to a control block. */
#include "tcp/half_open.h"

/* A control block in SYN-RECEIVED and in no table yet; seg is the third segment. NULL (counted): none is free. */
struct tcb *accept_make(struct core *core, const struct half_open *h, const struct tcp_listener *l,
	const struct tcp_seg *seg);

/* It is in the demux now: ESTABLISHED. seg goes on to it. */
void accept_open(struct core *core, struct tcb *t, struct tcp_seg *seg);

#endif
