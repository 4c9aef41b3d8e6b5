/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <rte_errno.h>
#include <rte_mempool.h>
#include "core/core.h"

void
drop(struct core *core, struct rte_mbuf *m, enum counter reason)
{
	core->counters[reason]++;
	rte_pktmbuf_free(m);
}

void
core_wake(const struct core *core)
{
	uint64_t one = 1;
	/* full: then it is going to wake up anyway */
	ssize_t n = write(core->bed.wake_fd, &one, sizeof(one));

	(void)n;
}

void
core_clock_read(struct core *core)
{
	uint64_t now = core->clock(core->clock_arg);

	/* A clock that goes back would have the wheel run through all its rounds. */
	if (now > core->now)
		core->now = now;
	core->tick = (uint32_t)(core->now / CORE_NS_PER_TICK);
}

uint32_t
core_deadline(const struct core *core, uint64_t ns)
{
	return core->tick + core_ticks(core->now % CORE_NS_PER_TICK + ns);
}

static uint64_t
monotonic(void *arg)
{
	struct timespec ts;

	(void)arg;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/*
 * A cache holds up to 1.5 times its size back from the pool, and every core's lcore has one: what one core received
 * another may free. All of them together keep back a quarter at the most.
 */
static unsigned
cache_size(const struct core *core, uint32_t n)
{
	return RTE_MIN(n >= 2048 ? 256u : 32u, n / (6 * core->nb_cores));
}

static struct rte_mempool *
make_pool(struct core *core, const char *prefix, const char *kind, uint32_t n, uint16_t room)
{
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "%s-%u-%s", prefix, core->id, kind);
	return rte_pktmbuf_pool_create(name, n, cache_size(core, n), 0, room,
		core->numa_node < 0 ? SOCKET_ID_ANY : core->numa_node);
}

int
core_init(struct core *core, const char *prefix, uint32_t rx_mbufs, uint32_t tx_mbufs)
{
	if (core->clock == NULL)
		core->clock = monotonic;
	if (core->nb_cores == 0)
		core->nb_cores = 1;
	core_clock_read(core);
	wheel_init(&core->wheel, core->tick);
	core->rx_pool = make_pool(core, prefix, "rx", rx_mbufs, RTE_MBUF_DEFAULT_BUF_SIZE);
	core->data_pool = make_pool(core, prefix, "data", tx_mbufs, RTE_MBUF_DEFAULT_BUF_SIZE);
	core->hdr_pool = make_pool(core, prefix, "hdr", tx_mbufs, RTE_PKTMBUF_HEADROOM + CORE_HDR_ROOM);
	core->ind_pool = make_pool(core, prefix, "ind", tx_mbufs, 0);
	if (!core->rx_pool || !core->data_pool || !core->hdr_pool || !core->ind_pool) {
		int error = rte_errno;
		core_fini(core);
		return error ? -error : -ENOMEM;
	}
	return 0;
}

void
core_fini(struct core *core)
{
	rte_mempool_free(core->ind_pool);
	rte_mempool_free(core->hdr_pool);
	rte_mempool_free(core->data_pool);
	rte_mempool_free(core->rx_pool);
	core->rx_pool = core->data_pool = core->hdr_pool = core->ind_pool = NULL;
}
