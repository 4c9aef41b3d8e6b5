/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef APPS_LOAD_RIG_H
#define APPS_LOAD_RIG_H
/*
 * A generator of leat-load against a server that does as it is told, in virtual time. Each frame is on its way for a
 * millisecond, so that every latency is known: a handshake takes two from the client's side, a request two more.
 */
#include <criterion/criterion.h>
#include "load/gen.h"
#include "support/duo.h"
#include "support/eal.h"

#define MS 1000000ull
#define SEC 1000000000ull

enum { RIG_PORT = 80, RIG_FRAMES = 4096 };

/* What the server does, and what it saw. */
struct rig_server {
	const char *answer;     /* to each request; NULL: none */
	size_t answer_len;
	size_t piece;           /* sends it in pieces of so many bytes, one each millisecond; 0: whole */
	unsigned raw;           /* requests have so many bytes; 0: they end with an empty line */
	unsigned close_after;   /* closes a connection behind so many requests; 0: never */
	bool reset;             /* instead of the answer */
	bool talks, hangs_up;   /* sends without being asked when it is connected; and then closes */
	uint64_t accepted, closed, requests, bytes, most_at_once;
	uint64_t from[8];       /* connections by the last bits of the client's address */
	uint64_t to[2];         /* and by the port: RIG_PORT, the one above it */
	unsigned open;
};

struct rig_frame {
	struct rte_mbuf *m;
	uint64_t due;
	bool from_a;
};

struct rig {
	struct duo duo;         /* a: the server, b: the generator */
	struct plan plan;
	struct gen gen;
	struct rig_server server;
	struct leat_listener *listener;
	void (*tune)(struct leat_config *c); /* the generator's instance; NULL: as it is */
	bool (*lose)(bool from_server, struct rte_mbuf *m); /* NULL: none */
	uint64_t stall_until;   /* no frame arrives before */
	struct rig_frame frames[RIG_FRAMES];
	unsigned first, last;   /* of the frames that are under way */
};

extern struct rig rig;

/* Starts both. rig.plan and rig.server are set before; the plan's target is the server. */
void rig_open(void);

/* Lets time pass. */
void rig_after(uint64_t ns);

/* Lets time pass until the generator has done, at most so long; asserts that it has. */
void rig_finish(uint64_t ns);

/* Ends both; asserts that no connection is left and nothing is held. */
void rig_close(void);

/* A plan as plan_given() would have made it. */
void rig_plan(enum load_mode mode, const char *request);

#define rig_no_errors() cr_assert_eq(tally_failed(&rig.gen.tally), 0)
#define rig_only(kind, n) do { \
	cr_assert_eq(rig.gen.tally.failed[kind], (n), "%llu", (unsigned long long)rig.gen.tally.failed[kind]); \
	cr_assert_eq(tally_failed(&rig.gen.tally), (n)); \
} while (0)

#endif
