/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCP_SCARCITY_H
#define TCP_SCARCITY_H
/*
 * The receive pool is shared by all connections of a core and by the port: what applications do not
 * read must not take the last buffers that a port needs to receive anything at all. An eighth of the
 * pool is a reserve. What lies beyond it, the spare, decides, before anything is taken back:
 *
 *   always        a connection may hold half of the spare, so windows shrink as the spare does, each
 *                 reader finds room, and none takes it all (a dynamic threshold, Choudhury and Hahne
 *                 1998). Only what is newly offered is smaller: the edge never moves back (RFC 9293
 *                 SHLD-14)
 *   free < 1/2    payloads are copied together, as many as fit a buffer: one byte may hold 2 KiB
 *   free < 1/4    out-of-order data is given up: it was never acknowledged, and a SACK promises
 *                 nothing (RFC 2018 8). What was promised while there was plenty cannot all be kept
 *                 any more: whoever has left a hundredth of what is free unread gets no more
 *   free < 1/8    whoever has left anything unread gets no more, and who has not a hundredth of what
 *                 is free in a turn, at least one segment
 *
 * Data that is refused is lost, as it would be in a port without buffers, and comes again. It is
 * not answered: a duplicate ACK would only have it come again at once.
 *
 * Send buffers are shared too, and a peer that does not read keeps what is sent to it here:
 *
 *   free < 1/4    a connection may have 1/128 of what is free
 *   free < 1/8    one buffer, so that whoever has none goes on
 *
 * What is refused waits with the application, which is told when there is room (on_sent). With less than a sixteenth free
 * who has kept its window closed for long is ended (timeouts.c), or enough of those would hold all for ever.
 *
 * Who is connected goes on before anybody else begins: with less than a sixteenth of any pool free a SYN is
 * thrown away, and a connect fails. The peer's SYN comes again, when there may be more.
 */
#include "tcp/extra.h"

/* Looks how many receive buffers are free. */
void tcp_scarcity_look(struct core *core);

/* How many bytes a connection may hold now: its own limit, or less. */
static inline uint32_t
tcp_scarcity_limit(const struct tcp_layer *tcp, const struct tcb *t)
{
	uint64_t share = (uint64_t)tcp->rx_spare * t->mss / 2;
	uint32_t buf = tcb_rcv_buf(tcp, t), least = RTE_MIN(2u * t->mss, buf); /* whoever reads all can always go on */

	if (likely(share >= buf))
		return buf;
	return RTE_MAX((uint32_t)share, least);
}

/* May this connection keep one more segment? To be asked at RX_NO_OOO and beyond. */
bool tcp_scarcity_admits(const struct tcp_layer *tcp, const struct tcb *t);

/* May this connection have one more send buffer, when few are left? */
bool tcp_scarcity_lends_one(struct core *core, const struct tcb *t);

/* May it have one? */
static inline bool
tcp_scarcity_lends(struct core *core, const struct tcb *t)
{
	if (unlikely(core->tcp->tx_left == 0))
		return tcp_scarcity_lends_one(core, t);
	core->tcp->tx_left--;
	return true;
}

/* May it have n at once? Where few are left it may not, and asks for one. */
static inline bool
tcp_scarcity_lends_bulk(struct core *core, uint32_t n)
{
	if (unlikely(core->tcp->tx_left < n))
		return false;
	core->tcp->tx_left -= n;
	return true;
}

/* Is there too little packet memory to begin a connection? Looked at once a turn. */
bool tcp_scarcity_refuses(struct core *core);

/* Gives out-of-order data up if it must be, a bounded number of connections a turn. True: there is more to do. */
bool tcp_scarcity_relieve(struct core *core);

#endif
