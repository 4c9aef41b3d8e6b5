/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H
/*
 * Two whole instances, a at 198.18.0.1 and b at 198.18.0.2, the wire between them, the applications
 * on both, and one clock. A world lives for one scenario.
 *
 *   a -> out ring -> tap -> wire -> tap -> in ring -> b      and the other way round
 */
#include <stdbool.h>
#include <stdint.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <leat/leat.h>
#include "draw.h"
#include "memory.h"
#include "plant.h"
#include "scenario.h"
#include "talk.h"
#include "tap.h"
#include "drivers/wire/wire.h"

#define WORLD_MS 1000000ull
#define WORLD_SEC 1000000000ull

enum {
	WORLD_FAILED = 3, /* exit status of a process in which world_fail() was called */
	WORLD_WHY = 512,
};

/* Allocations first..first + n - 1 of a kind fail; first 0: none. */
struct world_starve {
	enum memory_kind kind;
	uint64_t first, n;
};

/* How a world is run, beside its scenario. */
struct world_options {
	bool loud;                    /* tells the story on stderr */
	bool ladder;                  /* draws both traces on stdout when it has failed, or ended */
	const char *pcap;             /* a captures to this file; NULL: nothing */
	enum plant plant;             /* a bug of our own, which must be found */
	struct world_starve starve;
	uint64_t stop_at;             /* ns after the start: stopping() is called, and all are told to go; 0: never */
	void (*stopping)(struct world *w);
	void *arg;
	char *why;                    /* WORLD_WHY bytes: world_fail() writes there; NULL: on stderr */
};

struct host {
	struct leat *leat;
	struct rte_ring *in, *out;
	struct leat_listener *listener;
	bool is_a;
};

struct world {
	struct scenario scenario;
	const struct world_options *options;
	uint64_t start, now;
	uint64_t patience;            /* when the applications have waited long enough */
	struct host a, b;
	struct wire *wire;
	struct talk talks[SCENARIO_TALKS];
	unsigned nb_talks;
	struct tap *tap;
	struct rte_mempool *wire_pool, *app_pool;
	struct draw forge;
	uint32_t faults;              /* what the wire did to the frame that it now delivers */
	bool planted;
	uint64_t dark_from, dark_until, hole_from, dry_from, dry_until;
	bool kind;                    /* path_is_kind() */
	uint64_t bytes;               /* of all conversations */
	uint64_t frames;              /* that the hosts have sent */
};

/* Makes all of it, and takes it down: then every pool must be full again. EAL must be started. */
void world_open(struct world *w, const struct scenario *s, const struct world_options *options);
void world_close(struct world *w);

/* Lets it run to its end. */
void world_run(struct world *w);

/* Do both instances hold nothing any more? *what names something that is held. */
bool world_at_rest(const struct world *w, const char **what, uint32_t *n);

/* An invariant does not hold: tells, and ends the process with WORLD_FAILED. */
void world_fail(const struct world *w, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));

/* A line of the story. */
void world_say(const struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The conversation whose dialer has this port, on a or on b; NULL: there is none. */
struct talk *world_talk_of(struct world *w, uint16_t port, bool dialer_is_a);

#endif
