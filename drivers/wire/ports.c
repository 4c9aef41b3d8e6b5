/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include "ports.h"

enum { RING = 1024, BURST = 32, NAME_MAX_LEN = 16 };

struct end {
	char name[RTE_ETH_NAME_MAX_LEN]; /* of the port; "": there is none yet */
	struct rte_ring *rx, *tx;        /* as the port sees them */
};

struct wire_ports {
	struct wire *wire;
	struct end ends[WIRE_DIRS]; /* which sends in that direction */
};

static bool
is_legal(const char *name)
{
	size_t len = strlen(name);

	for (const char *p = name; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p))
			return false;
	return len >= 1 && len <= NAME_MAX_LEN;
}

static struct rte_ring *
make_ring(const char *name, char side, const char *which)
{
	char text[RTE_RING_NAMESIZE];

	snprintf(text, sizeof(text), "%.*s%c-%s", NAME_MAX_LEN, name, side, which);
	/* One more than is asked for, so that RING packets fit. */
	return rte_ring_create(text, RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
}

static int
open_end(struct end *e, const char *name, char side)
{
	char text[NAME_MAX_LEN + 2];

	e->rx = make_ring(name, side, "rx");
	e->tx = e->rx != NULL ? make_ring(name, side, "tx") : NULL;
	if (e->tx == NULL)
		return rte_errno == EEXIST ? -EEXIST : -ENOMEM;
	snprintf(text, sizeof(text), "%.*s%c", NAME_MAX_LEN, name, side);
	int port = rte_eth_from_rings(text, &e->rx, 1, &e->tx, 1, SOCKET_ID_ANY);
	if (port < 0)
		return rte_errno == EEXIST ? -EEXIST : -ENOMEM;
	return rte_eth_dev_get_name_by_port((uint16_t)port, e->name);
}

static void
empty(struct rte_ring *ring, bool free_them)
{
	void *m;

	while (rte_ring_dequeue(ring, &m) == 0)
		if (free_them)
			rte_pktmbuf_free(m);
}

static void
close_end(struct end *e)
{
	if (e->name[0] != '\0')
		rte_eal_hotplug_remove("vdev", e->name);
	if (e->rx != NULL)
		empty(e->rx, true);
	if (e->tx != NULL)
		empty(e->tx, true);
	rte_ring_free(e->rx);
	rte_ring_free(e->tx);
}

int
wire_ports_create(const char *name, const struct wire_params *params, struct wire_ports **out)
{
	struct wire_ports *p;
	int error;

	if (!is_legal(name))
		return -EINVAL;
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return -ENOMEM;
	error = wire_create(params, &p->wire);
	for (enum wire_dir dir = 0; dir < WIRE_DIRS && error == 0; dir++)
		error = open_end(&p->ends[dir], name, dir == WIRE_A_TO_B ? 'a' : 'b');
	if (error < 0) {
		wire_ports_destroy(p);
		return error;
	}
	*out = p;
	return 0;
}

void
wire_ports_forget(struct wire_ports *p)
{
	for (enum wire_dir dir = 0; dir < WIRE_DIRS; dir++) {
		empty(p->ends[dir].rx, false);
		empty(p->ends[dir].tx, false);
	}
}

void
wire_ports_destroy(struct wire_ports *p)
{
	if (p == NULL)
		return;
	for (enum wire_dir dir = 0; dir < WIRE_DIRS; dir++)
		close_end(&p->ends[dir]);
	wire_destroy(p->wire);
	free(p);
}

struct wire *
wire_ports_wire(const struct wire_ports *p)
{
	return p->wire;
}

const char *
wire_ports_name(const struct wire_ports *p, enum wire_dir dir)
{
	return p->ends[dir].name;
}

static unsigned
take(struct wire_ports *p, enum wire_dir dir, uint64_t now)
{
	struct rte_mbuf *mbufs[BURST];
	unsigned n, all = 0;

	while ((n = rte_ring_dequeue_burst(p->ends[dir].tx, (void **)mbufs, BURST, NULL)) > 0) {
		wire_push(p->wire, dir, mbufs, n, now);
		all += n;
	}
	return all;
}

static unsigned
hand_out(struct wire_ports *p, enum wire_dir dir, uint64_t now)
{
	struct rte_ring *to = p->ends[!dir].rx;
	struct rte_mbuf *mbufs[BURST];
	unsigned n, all = 0;

	/* We alone put packets in it, so what is free stays free. */
	while ((n = wire_pull(p->wire, dir, mbufs, RTE_MIN((unsigned)BURST, rte_ring_free_count(to)), now)) > 0) {
		rte_ring_enqueue_bulk(to, (void **)mbufs, n, NULL);
		all += n;
	}
	return all;
}

unsigned
wire_turn(struct wire_ports *p, uint64_t now)
{
	unsigned n = take(p, WIRE_A_TO_B, now) + take(p, WIRE_B_TO_A, now);

	return n + hand_out(p, WIRE_A_TO_B, now) + hand_out(p, WIRE_B_TO_A, now);
}
