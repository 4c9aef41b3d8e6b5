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
	union {
		uint8_t key[TUPLE6_LEN];
		struct {
			uint8_t key4[TUPLE4_LEN];
			uint32_t ts_offset4; /* IPv4: tcp_ts_offset(), for which there is no room with IPv6 */
		};
	};
	uint32_t iss, irs;
	uint32_t ts_recent;   /* the peer's timestamp */
	uint16_t mss : 14;    /* that the peer told, 0: none; as much of it as any port of ours could send */
	uint16_t unasked : 2; /* SYN-ACKs that may go out again before the peer is heard again; or HALF_OPEN_PROVEN */
	uint8_t snd_wscale : 4; /* or HALF_OPEN_NO_WSCALE */
	uint8_t ts : 1, sack : 1, ecn : 1, v6 : 1;
	uint8_t retries : 4;  /* SYN-ACKs sent again: also the list it waits in */
	uint8_t challenges : 4; /* ACKs sent since the last SYN-ACK; at most TCP_CHALLENGES_PER_SEC */
	uint32_t deadline;    /* tick */
	struct fifo_link link; /* oldest first */
};
static_assert(sizeof(struct half_open) == 64, "a half-open entry is one cache line");

void half_open_init(struct core *core);

/*
 * An address from which only SYNs came has not proven that it is the peer's (it does by acknowledging
 * our ISN), and nothing goes there that would make us worth attacking others with: in bytes of IP at
 * most three times what came from there. What answers a segment at once is never much longer than it:
 * a RST shorter, a challenge ACK with timestamps 52 bytes for 40 at the worst, a SYN-ACK as long as a SYN
 * that has all the options it answers, and four more when the SYN came without MSS. So of three lengths
 * of a SYN one is spent at once, and two SYN-ACKs may follow unasked; only one where they are longer than
 * the SYN (2 * 44 =< 3 * 40 < 3 * 44, with IPv6 2 * 64 =< 3 * 60 < 3 * 64). The first goes after a second,
 * for what is most likely is that one segment was lost; the last at the fourth time-out, after 15, when
 * an outage may be over. Each further SYN of the peer earns them again, and its ACK, where there was no control block for it, all
 * (HALF_OPEN_PROVEN); the entry itself stays its time.
 */
enum { HALF_OPEN_UNASKED = 2, HALF_OPEN_PROVEN = 3, HALF_OPEN_LAST = 4, HALF_OPEN_MSS_MAX = (1 << 14) - 1 };

enum { HALF_OPEN_NO_WSCALE = 15 }; /* a shift is 14 at the most (RFC 7323 2.3) */

/*
 * A SYN came for a listener: makes an entry and sends SYN-ACK, or without room for one a SYN cookie.
 * after: our ISN is to lie beyond this sequence number, which an earlier connection of the tuple used
 * (NULL: there was none).
 */
void half_open_create(struct core *core, struct tcp_listener *l, struct tcp_seg *seg, const uint32_t *after);

/* Would half_open_create() do so? */
bool half_open_can_follow(struct core *core, const struct tcp_listener *l, const struct tuple *tuple,
	uint32_t after);

/* Of which tuple it is. */
void half_open_set_tuple(const struct core *core, struct half_open *h, const struct tuple *tuple);

/* tcp_ts_offset() of its tuple. */
static inline uint32_t
half_open_ts_offset(const struct core *core, const struct half_open *h, const struct tuple *tuple)
{
	return likely(!h->v6) ? h->ts_offset4 : tcp_ts_offset(core, tuple);
}

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

/* Window scaling is agreed upon. */
static inline bool
half_open_wscale(const struct half_open *h)
{
	return h->snd_wscale != HALF_OPEN_NO_WSCALE;
}

static inline uint8_t
half_open_key_len(const struct half_open *h)
{
	return h->v6 ? TUPLE6_LEN : TUPLE4_LEN;
}

#endif
