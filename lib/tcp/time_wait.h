/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCP_TIME_WAIT_H
#define TCP_TIME_WAIT_H
/* A connection in TIME-WAIT: one cache line. The time-out is constant, so a list in order of time is all. */
#include "tcp/tcp.h"

struct time_wait {
	uint8_t key[TUPLE6_LEN];
	uint32_t snd_nxt, rcv_nxt;
	uint32_t ts_recent;
	uint32_t deadline;    /* tick */
	struct fifo_link link; /* oldest first */
	uint16_t wnd;         /* last window sent, as on the wire */
	uint8_t ts : 1, v6 : 1;
	uint8_t challenges : 6; /* pure ACKs answered; at most TCP_CHALLENGES_PER_SEC in challenge_sec */
	uint8_t challenge_sec;
};
static_assert(sizeof(struct time_wait) == 64, "a TIME-WAIT entry is one cache line");

void time_wait_init(struct core *core);

/*
 * An entry in the place of a control block's, in the demux too. When the table is full the oldest
 * entry makes room. Never fails.
 */
void time_wait_create(struct core *core, const struct tcb *t);

/* A segment for an entry: RFC 9293 3.10.7.4 TIME-WAIT, RFC 6191, RFC 1337. */
void time_wait_input(struct core *core, uint32_t index, struct tcp_seg *seg);

/*
 * We are about to open a connection with a tuple that has an entry. True, and the entry is gone, when the peer can
 * tell the new connection from the old one: both have timestamps and ours has gone on, and our ISN is
 * beyond what was sent (RFC 6191, RFC 7323 B.2; Linux calls it tcp_tw_reuse).
 */
bool time_wait_recycle(struct core *core, uint32_t index, const struct tuple *t);

void time_wait_forget_all(struct core *core);

static inline struct time_wait *
time_wait_at(const struct tcp_layer *tcp, uint32_t index)
{
	return (struct time_wait *)slab_at(&tcp->time_waits, index);
}

static inline uint8_t
time_wait_key_len(const struct time_wait *w)
{
	return w->v6 ? TUPLE6_LEN : TUPLE4_LEN;
}

#endif
