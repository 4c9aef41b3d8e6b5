/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <rte_atomic.h>
#include <rte_malloc.h>
#include <rte_ring.h>
#include "core/lane.h"

/* In memory of the node that the cores' packets lie in. NULL: there is none. */
static struct rte_ring *
make_ring(const struct core *core)
{
	int node = core->numa_node < 0 ? SOCKET_ID_ANY : core->numa_node;
	struct rte_ring *ring = rte_zmalloc_socket("lane", (size_t)rte_ring_get_memsize(LANE_SIZE), RTE_CACHE_LINE_SIZE,
		node);

	if (ring != NULL)
		rte_ring_init(ring, "lane", LANE_SIZE, RING_F_SP_ENQ | RING_F_SC_DEQ);
	return ring;
}

/* The lanes from core `from` to all others. */
static int
make_lanes(struct core *const *cores, unsigned n, unsigned from)
{
	struct lanes *lanes = calloc(1, sizeof(*lanes));

	cores[from]->lanes = lanes;
	for (unsigned to = 0; lanes != NULL && to < n; to++) {
		lanes->to[to].to = cores[to];
		if (to != from && (lanes->to[to].in = make_ring(cores[to])) == NULL)
			return -ENOMEM;
	}
	return lanes == NULL ? -ENOMEM : 0;
}

int
lanes_init(struct core *const *cores, unsigned n)
{
	int rc = 0;

	for (unsigned i = 0; i < n && rc == 0; i++)
		rc = make_lanes(cores, n, i);
	if (rc < 0) {
		lanes_fini(cores, n);
		return rc;
	}
	for (unsigned from = 0; from < n; from++)
		for (unsigned to = 0; to < n; to++)
			cores[to]->lanes->from[from].in = cores[from]->lanes->to[to].in;
	return 0;
}

int
lanes_add_out(struct core *from, struct core *to)
{
	struct lane *lane = &from->lanes->to[to->id];

	if (lane->out == NULL)
		lane->out = to->lanes->from[from->id].out = make_ring(to);
	return lane->out == NULL ? -ENOMEM : 0;
}

static void
free_ring(struct rte_ring *ring)
{
	void *m;

	if (ring == NULL)
		return;
	while (rte_ring_sc_dequeue(ring, &m) == 0)
		rte_pktmbuf_free(m);
	rte_free(ring);
}

void
lanes_fini(struct core *const *cores, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct lanes *lanes = cores[i]->lanes;
		for (unsigned to = 0; lanes != NULL && to < n; to++) {
			rte_pktmbuf_free_bulk(lanes->to[to].staged, lanes->to[to].n);
			free_ring(lanes->to[to].in);
			free_ring(lanes->to[to].out);
		}
		free(lanes);
		cores[i]->lanes = NULL;
	}
}

static void
hand_over(struct core *core, struct lane *lane)
{
	unsigned n = rte_ring_sp_enqueue_burst(lane->in, (void *const *)lane->staged, lane->n, NULL);

	count_n(core, CNT_core_steered, n);
	for (unsigned i = n; i < lane->n; i++)
		drop(core, lane->staged[i], DROP_lane_full);
	lane->n = 0;
}

void
lane_put(struct core *core, unsigned to, struct rte_mbuf *m)
{
	struct lane *lane = &core->lanes->to[to];

	lane->staged[lane->n++] = m;
	core->lanes->staged |= UINT64_C(1) << to;
	if (unlikely(lane->n == CORE_BURST))
		hand_over(core, lane);
}

unsigned
lane_send(struct core *core, unsigned to, struct rte_mbuf **pkts, unsigned n)
{
	core->lanes->notify |= UINT64_C(1) << to;
	return rte_ring_sp_enqueue_burst(core->lanes->to[to].out, (void *const *)pkts, n, NULL);
}

void
lanes_flush(struct core *core)
{
	struct lanes *lanes = core->lanes;
	uint64_t to = lanes->staged | lanes->notify;

	if (to == 0)
		return;
	for (uint64_t rest = lanes->staged; rest != 0; rest &= rest - 1)
		hand_over(core, &lanes->to[__builtin_ctzll(rest)]);
	/* What is in the lanes is seen before it is asked who sleeps; who goes to sleep does the reverse. */
	rte_smp_mb();
	for (; to != 0; to &= to - 1)
		core_wake_if_asleep(lanes->to[__builtin_ctzll(to)].to);
	lanes->staged = lanes->notify = 0;
}

unsigned
lane_take(const struct core *core, unsigned from, struct rte_mbuf **pkts)
{
	return rte_ring_sc_dequeue_burst(core->lanes->from[from].in, (void **)pkts, CORE_BURST, NULL);
}

unsigned
lane_take_out(const struct core *core, unsigned from, struct rte_mbuf **pkts)
{
	struct rte_ring *out = core->lanes->from[from].out;

	return out == NULL ? 0 : rte_ring_sc_dequeue_burst(out, (void **)pkts, CORE_BURST, NULL);
}

/* rte_ring_empty() reads what another thread writes as if nobody did. */
static bool
is_empty(const struct rte_ring *ring)
{
	return __atomic_load_n(&ring->prod.tail, __ATOMIC_RELAXED) == ring->cons.tail;
}

bool
lanes_waiting(const struct core *core)
{
	for (unsigned from = 0; core->lanes != NULL && from < core->nb_cores; from++) {
		const struct lane_end *end = &core->lanes->from[from];
		if (from != core->id && (!is_empty(end->in) || (end->out != NULL && !is_empty(end->out))))
			return true;
	}
	return false;
}

uint32_t
lanes_held(const struct core *core)
{
	uint32_t n = 0;

	for (unsigned to = 0; core->lanes != NULL && to < core->nb_cores; to++) {
		const struct lane *lane = &core->lanes->to[to];
		n += lane->n + (lane->in != NULL ? rte_ring_count(lane->in) : 0) +
			(lane->out != NULL ? rte_ring_count(lane->out) : 0);
	}
	return n;
}
