/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One turn of the wheel. README.md draws these boxes in this order.
 *
 *   1 clock   2 packets in   3 parse, look up, process   4 timers
 *   5 events to the application   6 output   7 packets out
 */
#include <errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <rte_pause.h>
#include "core/lane.h"
#include "core/recycle.h"
#include "run/calls.h"
#include "run/idle.h"
#include "run/receive.h"
#include "run/run.h"
#include "run/rx.h"
#include "run/timer.h"
#include "tcp/tcp.h"
#include "udp/udp.h"

RTE_LOG_REGISTER(run_logtype, leat.run, NOTICE)

#define RUN_LOG(level, ...) rte_log(RTE_LOG_##level, (uint32_t)run_logtype, "leat: " __VA_ARGS__)

enum { SPIN_TURNS = 2000 }; /* empty turns before an adaptive core sleeps: some tens of microseconds */

static void
deliver(struct core *core)
{
	core->work += timer_deliver(core);
	core->work += udp_deliver(core);
	core->work += tcp_deliver(core);
}

unsigned
leat_core_poll(struct leat_core *c)
{
	struct core *core = core_of(c);
	unsigned long owner = core->owner;

	core_assert_owner(core);
	/* from a callback: what this turn holds in its hands would be pulled from under it */
	if (unlikely(core->polling)) {
		count(core, CNT_core_nested_polls);
		return 0;
	}
	core->polling = true;
	core->owner = (unsigned long)pthread_self();
	core->work = 0;
	calls_run(loop_of(core));
	core_clock_read(core);                                             /* 1 */
	receive(core);                                                     /* 2, 3 */
	core->work += wheel_advance(&core->wheel, core, core->tick);       /* 4 */
	rx_unsent(core);
	deliver(core);                                                     /* 5 */
	tcp_output_marked(core);                                           /* 6 */
	core->work += link_flush(core);                                    /* 7 */
	recycle_end(core);
	if (unlikely(core->lanes != NULL))
		lanes_fetch(core);
	count(core, CNT_core_turns);
	core->owner = owner;
	core->polling = false;
	return core->work;
}

uint64_t
leat_core_now(const struct leat_core *c)
{
	return ((const struct core *)c)->now;
}

uint64_t
leat_core_next(const struct leat_core *c)
{
	const struct core *core = (const struct core *)c;
	uint32_t tick;

	if (!wheel_next(&core->wheel, &tick))
		return UINT64_MAX;
	int32_t ahead = (int32_t)(tick - core->tick);
	return ahead <= 0 ? core->now :
		(core->now / CORE_NS_PER_TICK + (uint64_t)ahead) * CORE_NS_PER_TICK;
}

/* Packet memory lies where the first port is; a core elsewhere pays for every line of it. */
static void
warn_of_node(const struct core *core)
{
	unsigned lcore = rte_lcore_id();
	int node = lcore == LCORE_ID_ANY ? -1 : (int)rte_lcore_to_socket_id(lcore);

	if (core->numa_node >= 0 && node >= 0 && node != core->numa_node)
		RUN_LOG(WARNING, "core %u runs on lcore %u of NUMA node %d, its ports are on node %d: choose lcores there (EAL's "
			"-l)\n", core->id, lcore, node, core->numa_node);
}

static void
run_core(struct leat *leat, struct core *core)
{
	unsigned empty = 0;

	warn_of_node(core);

	core->owner = (unsigned long)pthread_self();
	while (!atomic_load_explicit(&leat->stop, memory_order_relaxed)) {
		if (leat_core_poll(core_public(core)) > 0) {
			empty = 0;
		} else if (leat->config.idle == LEAT_IDLE_SPIN || ++empty < SPIN_TURNS) {
			rte_pause();
		} else {
			leat_core_wait(core_public(core), UINT64_MAX);
		}
	}
	core->owner = 0;
}

static int
run_worker(void *arg)
{
	struct core *core = arg;

	run_core(core->leat, core);
	return 0;
}

/* The lcores that have nothing to do, for the cores but the first. How many there are, or as many as are wanted. */
static unsigned
find_workers(unsigned *lcores, unsigned wanted)
{
	unsigned lcore, n = 0;

	RTE_LCORE_FOREACH_WORKER(lcore)
		if (n < wanted && lcore != rte_lcore_id() && rte_eal_get_lcore_state(lcore) == WAIT)
			lcores[n++] = lcore;
	return n;
}

int
leat_run(struct leat *leat)
{
	unsigned lcores[LEAT_MAX_CORES], wanted = leat->nb_loops - 1, n = find_workers(lcores, wanted);

	if (n < wanted) {
		RUN_LOG(ERR, "cores = %u: leat_run() wants an lcore for each, and EAL has %u to give: start it with -l 0-%u, or "
			"with --lcores\n", leat->nb_loops, n + 1, wanted);
		return -EAGAIN;
	}
	if (n > 0 && rte_lcore_id() != LCORE_ID_ANY) { /* leat_init() may have let go of the CPU that is this lcore's */
		rte_cpuset_t cpus = rte_lcore_cpuset(rte_lcore_id());
		pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus);
	}
	for (unsigned i = 0; i < n; i++)
		rte_eal_remote_launch(run_worker, &leat->loops[i + 1].core, lcores[i]);
	run_core(leat, &leat->loops[0].core);
	for (unsigned i = 0; i < n; i++)
		rte_eal_wait_lcore(lcores[i]);
	atomic_store(&leat->stop, false);
	return 0;
}

void
leat_stop(struct leat *leat)
{
	atomic_store(&leat->stop, true);
	for (unsigned i = 0; i < leat->nb_loops; i++)
		leat_core_wake(core_public(&leat->loops[i].core));
}
