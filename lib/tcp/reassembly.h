/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCP_REASSEMBLY_H
#define TCP_REASSEMBLY_H
/* Data that came before its turn: a list of disjoint chunks by sequence number, bounded. */
#include "tcp/tcp.h"

/*
 * Keeps the segment (takes seg->m) or drops it: where bytes are there already, the first copy stays.
 * Returns the first of them.
 */
struct duplicate tcp_ooo_insert(struct core *core, struct tcb *t, struct tcp_seg *seg);

/* Of len bytes from RCV.NXT, the first that are there already. */
struct duplicate tcp_ooo_overlap(struct core *core, const struct tcb *t, uint32_t len);

/*
 * seg is the next in order. Where it tells again what came before its turn it is made to say the same: the
 * first copy stays. Where it may not be written to it is cut, and the peer sends the rest again.
 */
void tcp_ooo_agree(struct core *core, const struct tcb *t, struct tcp_seg *seg);

/* Moves what is now in order to the receive queue. True: the peer's FIN is next. */
bool tcp_ooo_drain(struct core *core, struct tcb *t);

/* Bytes kept. */
uint32_t tcp_ooo_bytes(const struct tcp_layer *tcp, const struct tcb *t);

void tcp_ooo_free(struct core *core, struct tcb *t);

/* The same, while the connection lives: its buffers are needed (RFC 2018 8). The peer sends it again. */
void tcp_ooo_give_up(struct core *core, struct tcb *t);

/* receive.c: puts m at the end of the receive queue and moves rcv_nxt. False: there is no memory for it. */
bool tcp_rcv_append(struct core *core, struct tcb *t, struct rte_mbuf *m);

#endif
