/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CORE_CORE_H
#define CORE_CORE_H
/*
 * struct core: everything that one loop owns. Nothing in it is shared with another core.
 * The rooms above hang their own per-core state off it by pointer; core knows no more of them.
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <rte_branch_prediction.h>
#include <rte_mbuf.h>
#include <leat/config.h>
#include "core/counters.h"
#include "core/wheel.h"

struct leat;
struct lanes;
struct trace;
struct txq;
struct link_layer;
struct neigh_table;
struct ip_layer;
struct udp_layer;
struct tcp_layer;
struct timer_layer;

enum {
	CORE_BURST = 32,         /* packets pulled from a queue at once */
	CORE_MAX_PORTS = 16,
	CORE_TICKS_PER_SEC = 10000, /* the wheel's tick: 100 µs */
	CORE_NS_PER_TICK = 100000,
	CORE_TICKS_MAX = 1 << 30, /* 30 hours: no deadline lies further ahead, so comparisons modulo 2^32 hold */
	CORE_HDR_ROOM = 384,     /* data room of a header mbuf, after the headroom */
	CORE_COPY_MAX = 256,     /* payloads up to this are copied behind the header */
	CORE_WARM = 64,          /* received packets that are kept within a turn, to be written into */
};

struct core {
	/* Time: read once a turn, in step 1. */
	uint64_t now;            /* nanoseconds */
	uint32_t tick;           /* now in ticks of the wheel, modulo 2^32 */
	unsigned id;             /* 0 .. nb_cores - 1 */
	unsigned nb_cores;       /* of the instance */
	uint64_t (*clock)(void *arg);
	void *clock_arg;

	struct wheel wheel;
	struct txq *txqs[CORE_MAX_PORTS]; /* by our port index */
	unsigned nb_txqs;
	struct trace *trace;     /* NULL: off */
	struct lanes *lanes;     /* to and from the other cores; NULL: there are none (core/lane.h) */

	/* Packet memory. */
	struct rte_mempool *rx_pool;   /* what the receive queues are filled from */
	struct rte_mempool *data_pool; /* payload to send */
	struct rte_mempool *hdr_pool;  /* headers, with short payloads behind them */
	struct rte_mempool *ind_pool;  /* indirect mbufs: no data room */
	uint32_t driver_mbufs;         /* that the drivers took when their queues started */
	bool recycles;                 /* received packets are written into again (core/recycle.h) */
	uint32_t nb_warm;
	struct rte_mbuf *warm[CORE_WARM]; /* between turns there are none */
	int64_t held;                  /* mbufs that the stack holds: queued, waiting, reassembling */

	uint8_t secret[32];
	int numa_node;           /* -1: any */
	unsigned work;           /* things done in this turn */
	bool polling;            /* a turn is under way */
	unsigned long owner;     /* pthread that polls it now, 0: nobody; see core_assert_owner() */
	uint64_t counters[CORE_COUNTERS];

	/* The rooms above. */
	struct leat *leat;
	struct link_layer *link; /* of the instance */
	struct neigh_table *neigh;
	struct ip_layer *ip;
	struct udp_layer *udp;
	struct tcp_layer *tcp;
	struct timer_layer *timers;

	/* What other threads look at, in a line that only going to sleep and waking write. */
	struct {
		atomic_bool asleep;
		int wake_fd;             /* eventfd */
	} __attribute__((aligned(64))) bed;
};

/*
 * Buffers of a pool that are free, without those in the caches of other lcores: cheap enough to look
 * once a burst, which rte_mempool_avail_count() is not (it visits the cache of every possible lcore).
 */
static inline uint32_t
core_pool_free(const struct rte_mempool *pool)
{
	const struct rte_mempool_cache *cache = rte_mempool_default_cache((struct rte_mempool *)(uintptr_t)pool, rte_lcore_id());

	return rte_mempool_get_ops(pool->ops_index)->get_count(pool) + (cache != NULL ? cache->len : 0);
}

/* Receive buffers that are free. */
static inline uint32_t
core_rx_free(const struct core *core)
{
	return core_pool_free(core->rx_pool);
}

/* A call from another thread than the one that polls the core is a mistake; debug builds stop there. */
static inline void
core_assert_owner(const struct core *core)
{
	assert(core->owner == 0 || core->owner == (unsigned long)pthread_self());
	(void)core;
}

static inline void
count(struct core *core, enum counter c)
{
	core->counters[c]++;
}

static inline void
count_n(struct core *core, enum counter c, uint64_t n)
{
	core->counters[c] += n;
}

/* Ends a sleep of the core, or keeps it from beginning one. Any thread, also a signal handler. */
void core_wake(const struct core *core);

/* The same for who has just put something where the core finds it, and then a full barrier. */
static inline void
core_wake_if_asleep(const struct core *core)
{
	if (unlikely(atomic_load_explicit(&core->bed.asleep, memory_order_relaxed)))
		core_wake(core);
}

/* Frees m (which may be NULL) and counts why. Every packet that is thrown away comes by here. */
void drop(struct core *core, struct rte_mbuf *m, enum counter reason);

/* The end of a packet that was understood (reason 0: nothing to count), or was not. */
static inline void
drop_if(struct core *core, struct rte_mbuf *m, int reason)
{
	if (reason != 0)
		drop(core, m, (enum counter)reason);
	else
		rte_pktmbuf_free(m);
}

/* Step 1 of the turn: the only place that reads the clock. now never goes back. */
void core_clock_read(struct core *core);

/* Nanoseconds to ticks, rounded up; at most CORE_TICKS_MAX. */
static inline uint32_t
core_ticks(uint64_t ns)
{
	if (unlikely(ns > (uint64_t)CORE_TICKS_MAX * CORE_NS_PER_TICK))
		return CORE_TICKS_MAX;
	return (uint32_t)((ns + CORE_NS_PER_TICK - 1) / CORE_NS_PER_TICK);
}

/* The first tick at which ns nanoseconds (below 2^63) from now have passed: a timer filed there is never early. */
uint32_t core_deadline(const struct core *core, uint64_t ns);

/* Pools, wheel, clock. mbufs: of each kind. name_prefix must be unique in the process. 0 or -errno. */
int core_init(struct core *core, const char *name_prefix, uint32_t rx_mbufs, uint32_t tx_mbufs);
void core_fini(struct core *core);

#endif
