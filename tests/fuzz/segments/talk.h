/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SEGMENTS_TALK_H
#define SEGMENTS_TALK_H
/*
 * A talk: the two ports of a possible connection, and what the peer and the judge know of it. The first may
 * have been opened by leat; to the others the peer comes.
 *
 * A side: leat's application in one connection. A tuple may see several, one after the other.
 */
#include <stdbool.h>
#include <stdint.h>
#include <leat/leat.h>
#include "stage.h"

enum {
	TALKS = 5, /* the last is an honest one */
	SIDES = 32,
	FINS = 64,
	TALK_ACTIVE_PORT = 30000,     /* leat's, when it opens the first talk */
	TALK_PEER_PORT = 40000,       /* of the first; the others follow */
	STREAM_MAX = 1 << 18,         /* bytes of a stream that can be judged */
	SENDS_MAX = 1 << 17,          /* … that an application writes at the most */
};

/* Numbers of leat's end, as its object has them now, or had them last. */
struct numbers {
	enum leat_tcp_state state;
	uint32_t iss, irs, snd_una, snd_nxt, rcv_nxt, rcv_adv;
};

/* What has been received of a stream, byte by byte: the first copy of each. */
struct stream {
	uint32_t base;                /* sequence number of the first */
	uint32_t end;                 /* no byte from here on was ever noted */
	uint8_t have[STREAM_MAX], value[STREAM_MAX];
};

struct side {
	struct talk *talk;            /* NULL: from a port that is nobody's */
	struct leat_conn *conn;       /* NULL: it is closed, or never was open */
	uint32_t iss, irs;
	bool opened, peer_closed, shut, left, aborted, closed;
	bool active;
	uint32_t written, acked, read;
	unsigned refs;                /* sent by reference, not released */
	int reason;
	/* What the judge knows. */
	bool known, ts, sent_any;
	uint8_t snd_shift, rcv_shift;
	uint32_t ack, edge;           /* the furthest that leat has acknowledged, and offered */
	uint32_t peer_edge;           /* the furthest that the peer has offered */
	uint32_t tsval;
	uint32_t buffer;              /* the largest receive buffer that it had */
	uint32_t fins[FINS];          /* where FINs of the peer lie, the newest nb_fins of them */
	unsigned nb_fins;
	struct stream *stream;
};

struct talk {
	uint16_t leat_port, peer_port;
	/* What the peer offers. */
	bool ts, sack, wscale;
	uint8_t shift;
	uint16_t mss;                 /* 0: not said */
	uint32_t peer_iss;            /* of its next SYN */
	uint32_t tsval, ts_recent;    /* its clock, leat's clock as last heard */
	struct numbers n;
	struct side *side;            /* the newest */
	bool asked;                   /* leat has sent a SYN or SYN-ACK … */
	uint32_t iss, irs;            /* … with this number, last, and answered this one */
	uint32_t told_mss;            /* the largest that the peer has told in a SYN */
};

extern struct talk talks[TALKS];
extern struct side sides[SIDES];

/* A new play begins. */
void talk_begin(void);

/* The talk of these ports, or NULL. */
struct talk *talk_of(uint16_t leat_port, uint16_t peer_port);

/* Looks up where leat's end is; true: it has something of this tuple. */
bool talk_look(struct talk *t);

/* A side for a new connection. NULL: there were too many. */
struct side *side_new(struct talk *t);

/* What byte n (from 0) of leat's stream is, and of the peer's. */
const uint8_t *talk_bytes(uint32_t n); /* at least 16 KiB from there on */
static inline uint8_t
talk_byte(uint32_t n)
{
	return *talk_bytes(n);
}
uint8_t talk_peer_byte(uint32_t n);

/* Sequence arithmetic from the beginning of a stream: byte `base` is 0. */
static inline uint32_t
stream_at(const struct stream *s, uint32_t seq)
{
	return seq - s->base;
}

/* Has it every byte from base up to seq? */
bool stream_whole(const struct stream *s, uint32_t seq);
bool stream_has(const struct stream *s, uint32_t from, uint32_t to);

#endif
