/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One turn of the wheel. README.md draws these boxes in this order.
 *
 *   1 clock   2 packets in   3 parse, look up, process   4 timers
 *   5 events to the application   6 output   7 packets out
 */
#include <rte_pause.h>
#include "core/txq.h"
#include "run/calls.h"
#include "run/idle.h"
#include "run/run.h"
#include "run/rx.h"
#include "run/timer.h"
#include "tcp/tcp.h"
#include "udp/udp.h"

enum { SPIN_TURNS = 2000 }; /* empty turns before an adaptive core sleeps: some tens of microseconds */

static void
receive(struct core *core)
{
	struct rte_mbuf *pkts[CORE_BURST];

	for (unsigned i = 0; i < core->link->nb_ports; i++) {
		unsigned n = link_rx_burst(core, &core->link->ports[i], pkts);
		if (n > 0)
			rx_burst(core, &core->link->ports[i], pkts, n);
	}
}

static void
deliver(struct core *core)
{
	core->work += timer_deliver(core);
	core->work += udp_deliver(core);
	core->work += tcp_deliver(core);
}

static void
flush(struct core *core)
{
	for (unsigned i = 0; i < core->nb_txqs; i++)
		core->work += txq_flush(core, core->txqs[i]);
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
	flush(core);                                                       /* 7 */
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

static void
run_core(struct leat *leat, struct core *core)
{
	unsigned empty = 0;

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

int
leat_run(struct leat *leat)
{
	run_core(leat, &leat->loops[0].core);
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
