/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCP_SACK_H
#define TCP_SACK_H
/* What a receiver tells by SACK (RFC 2018 4). */
#include "tcp/tcp.h"

/* Fills o->sack with at most max blocks of the out-of-order data, the one that grew last first. */
void tcp_sack_blocks(const struct tcp_layer *tcp, const struct tcb *t, struct tcp_opts *o, uint8_t max);

#endif
