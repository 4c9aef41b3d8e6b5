/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_SHAKES_H
#define BENCH_SHAKES_H
/*
 * Short connections through leat, between the instances of a pair: open, a 64-byte request, a 64-byte response with
 * FIN, close - six packets. As many as are wanted at a time; where one ends the next begins.
 */
#include <stdbool.h>
#include <stdint.h>
#include "pair.h"
#include "report.h"

struct shakes {
	struct pair *pair;
	unsigned core; /* of the client, that opens them */
	unsigned at_a_time, under_way;
	bool pausing;
	uint64_t done, failed;
	struct pair_cycles spent; /* of all runs */
	char message[64];
};

/* What both instances need for them. */
void shakes_tune(struct leat_config *c, bool server);

/* The server listens on every port of a crowd. */
void shakes_listen(struct shakes *s);

/* Connections of a crowd that do nothing: that one of them ends is counted as a failure. */
extern const struct leat_tcp_events shakes_idle;

/*
 * Until shakes_finish(), which ends when nothing is under way, or shakes_pause(), which ends when nothing is in TIME-WAIT or
 * about to be sent again either.
 */
void shakes_start(struct shakes *s);
void shakes_finish(struct shakes *s);
void shakes_pause(struct shakes *s);

/* What a run came to. */
struct shakes_cost {
	double connections;
	struct measure both, server; /* what one took: of both ends, and of the server */
	double packets;              /* TCP segments of one, as the server counts them */
};

/* Goes on for so many seconds of CPU; before(arg) comes before each turn, if it is given, and is not in the cycles. */
struct shakes_cost shakes_run(struct shakes *s, double seconds, void (*before)(void *arg), void *arg);

#endif
