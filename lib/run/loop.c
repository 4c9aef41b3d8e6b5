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
#include <rte_prefetch.h>
#include "core/lane.h"
#include "core/recycle.h"
#include "run/calls.h"
#include "run/idle.h"
#include "run/run.h"
#include "run/rx.h"
#include "run/timer.h"
#include "tcp/tcp.h"
#include "udp/udp.h"

RTE_LOG_REGISTER(run_logtype, leat.run, NOTICE)

#define RUN_LOG(level, ...) rte_log(RTE_LOG_##level, (uint32_t)run_logtype, "leat: " __VA_ARGS__)

enum {
	FETCH = 192,       /* bytes of a packet from another core: headers, and a short payload, whose checksum is read */
	SPIN_TURNS = 2000, /* empty turns before an adaptive core sleeps: some tens of microseconds */
	PASSED = 2,        /* bursts taken from what a core has passed in a turn */
	LINE_UP = 8,       /* bursts taken from a queue into the line in a turn */
};

/* Passes on what is for other cores; returns how many of the frames stay. */
static unsigned
share(struct core *core, const struct port *port, struct rte_mbuf **pkts, unsigned n)
{
	unsigned own = steer_burst(core, port, pkts, n);

	core->work += n - own;
	return own;
}

/* The other core has written these packets last: all of its lines are asked for before the first is waited for. */
static void
fetch(struct rte_mbuf *const *pkts, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		recycle_prefetch(pkts[i]);
	for (unsigned i = 0; i < n; i++)
		for (uint16_t at = 0; at < FETCH; at += RTE_CACHE_LINE_SIZE)
			rte_prefetch0(rte_pktmbuf_mtod_offset(pkts[i], void *, at));
}

static void
receive_burst(struct core *core, struct lane_burst *burst)
{
	fetch(burst->pkts, burst->n);
	for (unsigned i = 0, run; i < burst->n; i += run) {
		for (run = 1; i + run < burst->n && burst->ports[i + run] == burst->ports[i];)
			run++;
		rx_burst(core, &core->link->ports[burst->ports[i]], burst->pkts + i, run);
	}
}

/*
 * What the other cores have received for this one: bursts like those of a port's queue. Where one burst was not all there
 * is another: who passes them on does not do so evenly.
 */
static void
receive_passed(struct core *core)
{
	struct lane_burst burst = {.n = 1};

	for (unsigned from = 0; from < core->nb_cores; from++) {
		for (unsigned i = 0; from != core->id && i < PASSED && (i == 0 || burst.n > 0); i++) {
			lane_take(core, from, &burst);
			receive_burst(core, &burst);
		}
	}
}

/* The next packets of a queue, or of the line that they were taken into. */
static unsigned
next_burst(struct core *core, struct port *port, struct shed *line, uint16_t queue, struct rte_mbuf **pkts)
{
	if (likely(line == NULL))
		return link_rx_burst(core, port, queue, pkts);
	unsigned n = shed_take(core, line, pkts);
	fetch(pkts, n);
	return n;
}

/*
 * Where software steers most of what one queue has is for others: of each burst what is left is put together, until it
 * is a burst, or so much was read as makes one for each core. So all have as much to do in a turn as if each had a
 * queue. Returns how many came; *full: there may be more.
 */
static unsigned
receive_for_all(struct core *core, struct port *port, struct shed *line, uint16_t queue, bool *full)
{
	struct rte_mbuf *pkts[2 * CORE_BURST];
	unsigned own = 0, received = 0;

	*full = true;
	for (unsigned i = 0; i < core->nb_cores && own < CORE_BURST && *full; i++) {
		unsigned n = next_burst(core, port, line, queue, pkts + own);
		received += n;
		*full = n >= SHED_FULL;
		own += n > 0 ? share(core, port, pkts + own, n) : 0;
	}
	for (unsigned done = 0, n; done < own; done += n) {
		n = RTE_MIN(own - done, (unsigned)CORE_BURST);
		rx_burst(core, port, pkts + done, n);
	}
	return received;
}

/* One burst; what is not for this core is passed on. */
static unsigned
receive_one(struct core *core, struct port *port, struct shed *line, uint16_t queue, bool *full)
{
	struct rte_mbuf *pkts[CORE_BURST];
	unsigned n = next_burst(core, port, line, queue, pkts), own = n;

	*full = n >= SHED_FULL;
	if (unlikely(core->lanes != NULL) && n > 0)
		own = share(core, port, pkts, n);
	if (own > 0)
		rx_burst(core, port, pkts, own);
	return n;
}

static unsigned
receive_from(struct core *core, struct port *port, struct shed *line, uint16_t queue, bool *full)
{
	if (unlikely(core->link->steer.how == LEAT_STEER_SOFTWARE))
		return receive_for_all(core, port, line, queue, full);
	return receive_one(core, port, line, queue, full);
}

/* All that a queue has, as long as there is room. True: there may be more. */
static bool
line_up(struct core *core, struct shed *s, struct port *port, uint16_t queue)
{
	struct rte_mbuf *pkts[CORE_BURST];

	for (unsigned i = 0; i < LINE_UP && shed_has_room(s); i++) {
		unsigned n = link_rx_burst(core, port, queue, pkts);
		shed_put(core, s, pkts, n);
		if (n < SHED_FULL)
			return false;
	}
	return true;
}

/* Too many have come for too long: see shed.h. */
static void
receive_by_line(struct core *core, struct shed *s, struct port *port)
{
	bool full = false;

	for (unsigned q = core->id; q < port->nb_rx; q += core->nb_cores)
		full |= line_up(core, s, port, (uint16_t)q);
	shed_note(s, 0, full);
	receive_from(core, port, s, 0, &full);
}

static void
receive_bursts(struct core *core, struct shed *s, struct port *port)
{
	bool any_full = false, full;
	unsigned received = 0;

	for (unsigned q = core->id; q < port->nb_rx; q += core->nb_cores) {
		received += receive_from(core, port, NULL, (uint16_t)q, &full);
		any_full |= full;
	}
	shed_note(s, received, any_full);
}

static void
receive(struct core *core)
{
	for (unsigned i = 0; i < core->link->nb_ports; i++) {
		struct shed *s = &loop_of(core)->shed[i];
		struct port *port = &core->link->ports[i];
		if (unlikely(shed_is_behind(s)))
			receive_by_line(core, s, port);
		else
			receive_bursts(core, s, port);
	}
	if (unlikely(core->lanes != NULL))
		receive_passed(core);
}

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
