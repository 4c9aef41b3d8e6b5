/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_CALLERS_H
#define BENCH_CALLERS_H
/*
 * Clients of an open loop that are as light as can be, so that a server that runs between their turns on the same CPU
 * finds its caches nearly as it left them, with half a million of them waiting: a caller is 16 bytes, found by its address and port
 * without a table; what is due again is found by going through them in the order in which they called. They know of
 * TCP what a short connection needs: SYN, a request with the ACK, FIN for the server's FIN. What is not answered is sent
 * again 0.2 s (not a SYN), 1 s and 3 s after it was to begin, and after 5 s they give up. No options, one segment at a time.
 */
#include <stdbool.h>
#include <stdint.h>

struct rte_ring;
struct callers;

enum { CALLERS_ADDRESSES = 60 }; /* 198.18.0.2 and the following */

struct callers_config {
	struct rte_ring *in, *out; /* from the server, 198.18.0.1, port 80, and to it: what finds out full is lost */
	void (*ended)(uint64_t due, uint64_t now, bool served);
};

struct callers_count {
	uint64_t again, lost; /* segments sent again; packets that found no place in out */
};

/* Prints why not and exits. */
struct callers *callers_open(const struct callers_config *config);
void callers_close(struct callers *c);

/* One more, that was to begin at due (ns). Those before it were due no later. */
void callers_call(struct callers *c, uint64_t due);

/* All that they have to do at that time. */
void callers_turn(struct callers *c, uint64_t now);

void callers_give_up(struct callers *c);

unsigned callers_under_way(const struct callers *c);
const struct callers_count *callers_counted(const struct callers *c);

#endif
