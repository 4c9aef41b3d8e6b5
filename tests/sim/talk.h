/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_TALK_H
#define SIM_TALK_H
/*
 * A conversation over one connection, and what both applications know of it. What each sends is a
 * function of the position, so whatever arrives can be judged alone.
 */
#include <stdbool.h>
#include <stdint.h>
#include <leat/leat.h>
#include "draw.h"
#include "scenario.h"

enum talk_kind {
	TALK_UP,          /* the dialer sends */
	TALK_DOWN,        /* the accepter sends */
	TALK_BOTH,        /* both, at once */
	TALK_REQUESTS,    /* in turns */
	TALK_SLOW_READER, /* the dialer sends, the accepter reads little at a time */
	TALK_HALF_CLOSE,  /* the accepter begins when the dialer's FIN has come */
	TALK_MOODY,       /* they read, write and set options as it comes */
	TALK_LEAVES,      /* one closes in the middle, whatever is unread */
	TALK_ABORTS,      /* one aborts in the middle */
	TALK_RUDE,        /* moody, and either may leave or abort at any time */
	TALK_NOBODY,      /* nobody listens there */
	TALK_NOWHERE,     /* there is no such host */
	TALK_KINDS,
};

enum { TALK_PORT = 7000 };

struct world;
struct talk;

/* One end, as its application knows it. */
struct side {
	struct talk *talk;
	struct side *peer;
	struct leat_conn *conn; /* NULL: not open yet, or told that it is closed */
	bool is_a;
	uint32_t salt;          /* of what it sends */
	uint32_t total, queued, acked, got;
	bool opened, shut, left, aborted, peer_closed, closed;
	int reason;
	unsigned refs;          /* lent memory that is not yet released */
};

struct talk {
	struct world *world;
	const struct scenario_talk *plan;
	unsigned id;
	struct draw draw;
	struct side dialer, accepter;
	struct side *breaker;   /* who leaves or aborts */
	uint16_t port;          /* the dialer's */
	uint64_t dial_at, look_at;
	uint64_t first_byte, last_byte; /* when the dialer opened, when the accepter last read */
	uint64_t frames_before; /* that the dialer's host had sent when it opened */
	char congestion[16];    /* the dialer's */
	bool dialled;
	uint64_t ended_at;      /* when both were told */
};

/* The byte at position `at` of what the side sends. */
static inline uint8_t
talk_byte(const struct side *s, uint32_t at)
{
	return (uint8_t)((at + s->salt) * 2654435761u >> 23);
}

/* Must everything arrive, and both be told 0, unless the path or memory fails for long? */
bool talk_polite(const struct talk *t);

void talk_init(struct talk *t, struct world *world, unsigned id);
void talk_dial(struct talk *t);

/* What the applications do by themselves at this time. */
void talk_look(struct talk *t);

/* The patience of the applications has ended: they abort. */
void talk_give_up(struct talk *t);

/* Have both been told, as far as they knew of it? */
bool talk_over(const struct talk *t);

/* "t2 dialer (a)" */
const char *side_name(const struct side *s);

extern const struct leat_tcp_events talk_accepting;

#endif
