/* SPDX-License-Identifier: BSD-3-Clause */
/* Counters and usage of an instance, summed over its cores. */
#include <string.h>
#include <rte_mempool.h>
#include <leat/core.h>
#include "core/lane.h"
#include "core/txq.h"
#include "run/listen.h"
#include "run/run.h"
#include "tcp/tcp.h"

static uint64_t
sum(const struct leat *leat, unsigned counter)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < leat->nb_loops; i++)
		value += leat->loops[i].core.counters[counter];
	return value;
}

size_t
leat_stats(const struct leat *leat, struct leat_stat *out, size_t max)
{
	for (size_t i = 0; i < CORE_COUNTERS && i < max; i++)
		out[i] = (struct leat_stat){counter_rows[i].name, counter_rows[i].text, sum(leat, (unsigned)i)};
	return CORE_COUNTERS;
}

uint64_t
leat_stat_value(const struct leat *leat, const char *name)
{
	for (unsigned i = 0; i < CORE_COUNTERS; i++)
		if (strcmp(counter_rows[i].name, name) == 0)
			return sum(leat, i);
	return 0;
}

static void
add_core(const struct loop *loop, struct leat_usage *u)
{
	const struct core *core = &loop->core;
	struct rte_mempool *pools[] = {core->rx_pool, core->data_pool, core->hdr_pool, core->ind_pool};
	uint32_t waiting = lanes_held(core);

	for (unsigned i = 0; i < RTE_DIM(pools); i++) {
		u->mbufs_total += pools[i]->size;
		u->mbufs_free += rte_mempool_avail_count(pools[i]);
	}
	for (unsigned i = 0; i < core->nb_txqs; i++)
		for (uint32_t k = 0; k < core->txqs[i]->n; k++)
			waiting += core->txqs[i]->pkts[k]->nb_segs;
	u->mbufs_stack += (uint32_t)core->held + waiting;
	u->mbufs_driver += core->driver_mbufs;
	u->connections += core->tcp->tcbs.used;
	u->half_open += core->tcp->half_opens.used;
	u->time_wait += core->tcp->time_waits.used;
	u->table_bytes += tcp_table_bytes(core->tcp);
}

void
leat_usage(struct leat *leat, struct leat_usage *usage)
{
	struct leat_usage u = {.size = sizeof(u)};
	uint32_t size = usage->size;

	for (unsigned i = 0; i < leat->nb_loops; i++)
		add_core(&leat->loops[i], &u);
	u.listeners = listen_count(leat); /* some are of one core, some of all */
	/* What is out, and neither ours nor what the drivers took at the start, the application holds. */
	uint32_t out = u.mbufs_total - u.mbufs_free, known = u.mbufs_stack + u.mbufs_driver;
	u.mbufs_app = out > known ? out - known : 0;
	/* while the other cores run, what they hold may be more than was out a moment ago */
	u.mbufs_driver = out > u.mbufs_stack + u.mbufs_app ? out - u.mbufs_stack - u.mbufs_app : 0;
	memcpy(usage, &u, size < sizeof(u) ? size : sizeof(u));
	usage->size = size;
}
