/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_PAIR_H
#define BENCH_PAIR_H
/*
 * Two instances in one process, wired to each other by two rings (rte_eth_from_rings): what the
 * benches that need no second process stand on.
 */
#include <leat/leat.h>

struct pair {
	struct leat *server, *client;
	struct leat_endpoint server_at; /* 198.18.0.1:80 */
};

/* Starts EAL (no hugepages unless argv says otherwise) and makes both; prints why not and exits. */
void pair_open(struct pair *p, int argc, char **argv, void (*tune)(struct leat_config *config, bool server));
void pair_close(struct pair *p);

/* One turn of each. */
static inline unsigned
pair_poll(struct pair *p)
{
	return leat_core_poll(leat_core(p->client, 0)) + leat_core_poll(leat_core(p->server, 0));
}

/* CPU time of the calling thread, nanoseconds. */
uint64_t cpu_ns(void);

#endif
