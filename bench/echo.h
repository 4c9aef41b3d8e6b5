/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_ECHO_H
#define BENCH_ECHO_H
/*
 * Requests on connections that stay: so many bytes there, as many back. So many are under way at a time; each
 * answer brings a request on a connection chosen at random, so with many connections nearly every one is cold. It
 * is chosen some requests before its turn, and the client has it fetched: a list of what to do next, as a proxy has.
 */
#include "crowd.h"
#include "report.h"

enum {
	ECHO_SIZE = 4096, /* bytes of a message, at the most */
	ECHO_AHEAD = 32,  /* requests that the client has chosen connections for */
	ECHO_GROUP = 8,   /* of which it has so many fetched in a row, as many before the first is sent */
};

struct echo {
	struct pair pair;
	struct crowd crowd;
	uint32_t size;             /* bytes of a message */
	uint32_t among;            /* requests go to the first so many connections */
	uint32_t under_way;
	struct leat_conn **next[ECHO_AHEAD];
	unsigned chosen;
	bool pausing;
	uint64_t done, failed;
	uint64_t random;
	uint8_t message[ECHO_SIZE];
};

/* Makes the pair, with room for so many connections. EAL must run. Prints why not and exits. */
void echo_open(struct echo *e, uint32_t connections, uint32_t size, bool random);
void echo_close(struct echo *e);

/* Opens connections until there are n. */
void echo_fill(struct echo *e, uint32_t n);

/* So many requests at a time among the first `among` connections, until echo_pause(). */
void echo_start(struct echo *e, uint32_t at_a_time, uint32_t among);

/* Ends when every request under way is answered. */
void echo_pause(struct echo *e);

/* Goes on for so many seconds of CPU: what a request took, both ends. */
struct measure echo_run(struct echo *e, double seconds);

#endif
