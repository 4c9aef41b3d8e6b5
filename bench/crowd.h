/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H
/* Many open connections between the two instances of a pair, from addresses of the client beside its first. */
#include <stdbool.h>
#include <stdint.h>
#include "pair.h"

enum {
	CROWD_PORTS = 80,      /* the server listens on so many, from 80 on */
	CROWD_EACH = 4 << 20,  /* connections from one address: of 5.2 M tuples */
};

struct crowd {
	struct pair *pair;
	bool random;               /* tuples anywhere; else in a row, port by port */
	uint64_t begun;            /* tuples tried */
	uint32_t n;
	uint32_t addrs;            /* of the client, that they come from */
	struct leat_conn **conns;  /* n, or NULL when nobody asks for them */
};

/* Addresses that so many connections need beside the first: what pair_open() is given is one more. */
unsigned crowd_addrs(uint32_t connections);

/* Listens on all ports. Prints why not and exits. */
void crowd_listen(struct pair *pair, const struct leat_tcp_events *events, void *user);

/*
 * Opens n more and waits until the server has accepted them all. keep: into conns, which must have room. The first
 * call opens at least one from each address, which brings the neighbours, for whom only a few packets may wait.
 * Prints why not and exits.
 */
void crowd_open(struct crowd *c, uint32_t n, const struct leat_tcp_events *events, void *user);

#endif
