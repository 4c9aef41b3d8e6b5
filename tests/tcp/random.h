/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCP_RANDOM_H
#define TCP_RANDOM_H
/* What the three parts of the random test share: random.c (the run), random_app.c, random_wire.c. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include "support/duo.h"

#define MS 1000000ull
#define SEC 1000000000ull

enum { PAIRS = 3, FRAMES = 2048, PORT = 7000, TOTAL_MAX = 120000 };

/* One end of a connection, as its application knows it. */
struct side {
	struct leat_conn *conn; /* NULL: not open yet, or told that it is closed */
	struct side *peer;
	uint8_t salt;           /* of what it sends */
	uint32_t total, queued, acked, got;
	bool steady;            /* does all it does inside callbacks */
	bool opened, shut, left, aborted, peer_closed, closed;
	int reason;
	unsigned refs;          /* not yet released */
};

struct pair {
	struct side dialer, accepter;
	uint16_t port;          /* the dialer's */
	bool from_a;
};

/* What the wire does, in per mille. */
struct wire {
	unsigned loss, dup, spoil, late, forge;
	uint64_t delay, jitter;
	uint64_t dead_from, dead_until; /* nothing gets through */
};

extern struct duo duo;
extern struct wire wire;
extern struct pair pairs[PAIRS];
extern unsigned nb_pairs, nb_frames, frames_seen, nb_drained;
extern struct rte_mempool *wire_pool, *app_pool;
extern uint64_t drain_from, drain_until; /* when a pool runs dry, and until when */
extern uint64_t apps_end;                /* when the applications lose patience */
extern bool polite;

/* The seed's numbers. */
uint64_t draw(void);
uint32_t below(uint32_t n);
bool chance(unsigned per_mille);

void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* Only when one seed is replayed. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* random_app.c */
extern const struct leat_tcp_events dialing, accepting;
void dial(struct pair *p);
/* What an application does by itself, from time to time. */
void step(struct side *s);

/* random_wire.c */
bool hand(struct duo *d, bool from_a, struct rte_mbuf *m);
void deliver_frames(void);
uint64_t next_frame(void); /* when it is due; UINT64_MAX: none is under way */
void drain(void);
void refill(void);

#endif
