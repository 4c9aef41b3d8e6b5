/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCP_HALF_OPEN_H
#define TCP_HALF_OPEN_H
/*
 * A connection in SYN-RECEIVED that a listener began: one cache line, in the same demux as the
 * control blocks. It becomes one when the third segment of the handshake arrives.
 */
#include "tcp/tcp.h"

struct tcp_listener;
struct tcp_reply;

struct half_open {
	uint8_t key[TUPLE6_LEN];
	uint32_t iss, irs;
	uint32_t ts_recent;   /* the peer's timestamp */
	uint16_t mss;         /* that the peer told, 0: none */
	uint8_t snd_wscale : 4, ts : 1, wscale : 1, sack : 1, v6 : 1;
	uint8_t retries : 4;  /* SYN-ACKs sent again: also the list it waits in */
	uint8_t challenges : 4; /* ACKs sent since the last SYN-ACK; at most TCP_CHALLENGES_PER_SEC */
	uint32_t deadline;    /* tick */
	struct fifo_link link; /* oldest first */
};
static_assert(sizeof(struct half_open) == 64, "a half-open entry is one cache line");

void half_open_init(struct core *core);

/*
 * A SYN came for a listener: makes an entry and sends SYN-ACK, or without room for one a SYN cookie.
 * after: our ISN is to lie beyond this sequence number, which an earlier connection of the tuple used
 * (NULL: there was none).
 */
void half_open_create(struct core *core, struct tcp_listener *l, struct tcp_seg *seg, const uint32_t *after);

/* Would half_open_create() do so? */
bool half_open_can_follow(const struct core *core, const struct tcp_listener *l, const struct tuple *tuple,
	uint32_t after);

/* What a SYN says, as an entry keeps it; iss is still to be chosen. */
void half_open_remember(const struct core *core, struct half_open *h, const struct tcp_seg *seg);

/* An answer to what the entry stands for: SYN-ACK, or a pure ACK. */
void half_open_reply(const struct core *core, const struct half_open *h, uint8_t flags, struct tcp_reply *r);

/* A segment for an entry: RFC 9293 3.10.7.4, SYN-RECEIVED STATE. */
void half_open_input(struct core *core, uint32_t index, struct tcp_seg *seg);

/*
 * A listener came or went. Each entry is counted by the one that is now responsible for it; those
 * that have none any more are forgotten.
 */
void half_open_recount(struct core *core);

static inline struct half_open *
half_open_at(const struct tcp_layer *tcp, uint32_t index)
{
	return (struct half_open *)slab_at(&tcp->half_opens, index);
}

static inline uint8_t
half_open_key_len(const struct half_open *h)
{
	return h->v6 ? TUPLE6_LEN : TUPLE4_LEN;
}

#endif
