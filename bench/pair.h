/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_PAIR_H
#define BENCH_PAIR_H
/*
 * Two instances in one process, wired to each other by two rings (rte_eth_from_rings): what the
 * benches that need no second process stand on.
 */
#include <leat/leat.h>

struct rte_ring;

enum { PAIR_QUEUES = 4 };

struct pair {
	struct leat *server, *client;
	struct leat_endpoint server_at; /* 198.18.0.1:80 */
	struct rte_ring *up[PAIR_QUEUES], *down[PAIR_QUEUES]; /* what the server receives, what the client does, by queue */
};

/* What a pair is when it is not two instances of one core each. */
struct pair_shape {
	const char *name;             /* of instances, ports and rings, together with each one's own; one in a process */
	unsigned client_addrs;        /* 1..31 */
	unsigned cores, queues;       /* of each instance; of its port, 1..PAIR_QUEUES */
	enum leat_steering steering;
};

/* TSC cycles spent in the turns of each, and in what came before them; see cycles_between(). */
struct pair_cycles {
	uint64_t server, client, before;
	uint64_t server_clock; /* of the server's turns, whoever interrupted them */
};

/*
 * Makes both; EAL must run. The client has so many addresses, 1..31. tune adds to their configuration.
 * Prints why not and exits.
 */
void pair_open(struct pair *p, unsigned client_addrs, void (*tune)(struct leat_config *config, bool server));
void pair_open_as(struct pair *p, const struct pair_shape *shape, void (*tune)(struct leat_config *config, bool server));
void pair_close(struct pair *p);

/*
 * Makes the client's first address and the server's known to each other, on every core: for a neighbour only a few
 * packets may wait.
 */
void pair_introduce(struct pair *p);

/* The client's addresses, from 0 on, are 198.18.0.2 and the following. */
struct leat_endpoint pair_client_at(unsigned i, uint16_t port);

/* What most ends do with what comes: nothing. And when the peer has no more to say: close. */
void pair_take(struct leat_conn *c, struct leat_rx *rx, void *user);
void pair_hang_up(struct leat_conn *c, void *user);

/* One turn of each core of both. */
unsigned pair_poll_all(struct pair *p);

/* One turn of each, of the first core. */
static inline unsigned
pair_poll(struct pair *p)
{
	return leat_core_poll(leat_core(p->client, 0)) + leat_core_poll(leat_core(p->server, 0));
}

/* So many turns of each, before each before(arg) if it is given; adds what they cost. */
void pair_poll_stamped(struct pair *p, unsigned turns, void (*before)(void *arg), void *arg, struct pair_cycles *cycles);

#endif
