/* SPDX-License-Identifier: BSD-3-Clause */
/* Packet memory in the test's hands: what it takes is not there for leat. */
#include <stdio.h>
#include <rte_mempool.h>
#include "spec.h"

static void *taken[4096];
static unsigned nb_taken;
static struct rte_mempool *pool;

void
pool_leaves(const char *kind, unsigned n)
{
	char name[32];

	snprintf(name, sizeof(name), "spec-0-%s", kind);
	pool = rte_mempool_lookup(name);
	if (pool == NULL)
		spec_fail("there is no pool %s", name);
	while (rte_mempool_avail_count(pool) > n && nb_taken < RTE_DIM(taken) &&
		rte_mempool_get(pool, &taken[nb_taken]) == 0)
		nb_taken++;
	pool_gives(n > rte_mempool_avail_count(pool) ? n - rte_mempool_avail_count(pool) : 0);
	if (rte_mempool_avail_count(pool) != n)
		spec_fail("%u mbufs are free in %s, expected %u", rte_mempool_avail_count(pool), name, n);
}

void
pool_gives(unsigned n)
{
	while (n-- > 0 && nb_taken > 0)
		rte_mempool_put(pool, taken[--nb_taken]);
}
