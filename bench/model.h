/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_MODEL_H
#define BENCH_MODEL_H
/*
 * The limit: what a short connection costs when everything is left out that it does not need on a perfect
 * wire. Six packets - SYN, SYN-ACK, ACK+request, response+FIN, FIN+ACK, ACK - between two ends in one
 * thread, over two net_ring ports. Each end has a table of all its connections (open addressing, 16 bytes
 * an entry), looked up in bursts with prefetch; checksums come from sums kept with the connection; each
 * packet but the first is its predecessor turned round in place. There are no options, timers, callbacks,
 * retransmissions, TIME-WAIT, and nothing is counted. Nobody could serve users with it.
 */
#include <stdbool.h>
#include <stdint.h>
#include "report.h"

struct model;

struct model_config {
	unsigned concurrency; /* connections under way at the same time */
	uint32_t others;      /* open connections that do nothing, in both tables */
	bool random;          /* tuples: random; else in a row, address by address and port by port */
	bool verify;          /* both ends verify the checksums of what they receive, in software */
};

/* What a run came to, both ends together and the server's part of it. */
struct model_cost {
	struct measure both, server; /* a connection */
	double packets;              /* the same */
};

/* EAL must run. Prints why not and exits. */
struct model *model_open(const struct model_config *config);
void model_close(struct model *m);

/* Opens and closes connections for so long. */
struct model_cost model_run(struct model *m, double seconds);

#endif
