/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <rte_atomic.h>
#include <rte_malloc.h>
#include "core/lane.h"
#include "core/recycle.h"
#include "wire/syn.h"

/* In memory of the node that the packets of who takes lie in. NULL: there is none. */
static struct belt *
make_belt(const struct core *taker)
{
	int node = taker->numa_node < 0 ? SOCKET_ID_ANY : taker->numa_node;

	return rte_zmalloc_socket("lane", sizeof(struct belt), RTE_CACHE_LINE_SIZE, node);
}

/* From each core to each other one; what there is then, also if it is not all, lanes_fini() frees. */
static int
make_lanes(struct core *const *cores, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if ((cores[i]->lanes = calloc(1, sizeof(*cores[i]->lanes))) == NULL)
			return -ENOMEM;
	for (unsigned from = 0; from < n; from++) {
		for (unsigned to = 0; to < n; to++) {
			struct lane *lane = &cores[from]->lanes->to[to];
			lane->to = cores[to];
			if (to == from)
				continue;
			lane->in.belt = cores[to]->lanes->from[from].in.belt = make_belt(cores[to]);
			if (lane->in.belt == NULL)
				return -ENOMEM;
		}
	}
	return 0;
}

int
lanes_init(struct core *const *cores, unsigned n)
{
	int rc = make_lanes(cores, n);

	if (rc < 0)
		lanes_fini(cores, n);
	return rc;
}

int
lanes_add_out(struct core *from, struct core *to)
{
	struct lane *lane = &from->lanes->to[to->id];

	if (lane->out.belt == NULL)
		lane->out.belt = to->lanes->from[from->id].out.belt = make_belt(to);
	return lane->out.belt == NULL ? -ENOMEM : 0;
}

/* What is next on the belt, as far as there is room for it in the burst. */
static void
take(struct belt_out *out, struct lane_burst *burst)
{
	uint32_t n;

	burst->n = 0;
	while ((n = belt_next(out)) != 0 && burst->n + n <= CORE_BURST) {
		for (uint32_t i = 0; i < n; i++) {
			uint64_t word = belt_peek(out, i);
			burst->ports[burst->n] = belt_port(word);
			burst->pkts[burst->n++] = belt_mbuf(word);
		}
		belt_taken(out, n);
	}
}

static void
free_belt(struct belt_out *out)
{
	struct lane_burst burst;

	if (out->belt == NULL)
		return;
	for (take(out, &burst); burst.n > 0; take(out, &burst))
		rte_pktmbuf_free_bulk(burst.pkts, burst.n);
	rte_free(out->belt);
}

static void
free_lane(struct lane *lane)
{
	for (uint32_t i = 0; i < lane->n; i++)
		rte_pktmbuf_free(belt_mbuf(lane->staged[i]));
}

void
lanes_fini(struct core *const *cores, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct lanes *lanes = cores[i]->lanes;
		for (unsigned other = 0; lanes != NULL && other < n; other++) {
			free_lane(&lanes->to[other]);
			free_belt(&lanes->from[other].in);
			free_belt(&lanes->from[other].out);
		}
		free(lanes);
		cores[i]->lanes = NULL;
	}
}

/* The other core is behind. */
static void
shed_syns(struct core *core, struct lane *lane)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < lane->n; i++) {
		struct rte_mbuf *m = belt_mbuf(lane->staged[i]);
		if (frame_is_syn(rte_pktmbuf_mtod(m, const uint8_t *), m->data_len))
			drop(core, m, DROP_tcp_shed);
		else
			lane->staged[kept++] = lane->staged[i];
	}
	lane->n = kept;
}

void
lane_hand_over(struct core *core, struct lane *lane)
{
	if (unlikely(belt_length(&lane->in) > BELT_LONG)) {
		shed_syns(core, lane); /* what has begun is finished first (run/shed.h) */
		if (lane->n < BELT_MOST)
			return;
	}
	if (likely(belt_put(&lane->in, lane->staged, lane->n)))
		count_n(core, CNT_core_steered, lane->n);
	else
		for (uint32_t i = 0; i < lane->n; i++)
			drop(core, belt_mbuf(lane->staged[i]), DROP_lane_full);
	lane->n = 0;
}

void
lanes_pass(struct core *core)
{
	struct lanes *lanes = core->lanes;

	lanes->notify |= lanes->staged;
	for (uint64_t rest = lanes->staged; rest != 0; rest &= rest - 1) {
		struct lane *lane = &lanes->to[__builtin_ctzll(rest)];
		if (lane->n > 0)
			lane_hand_over(core, lane);
		if (lane->n == 0)
			lanes->staged &= ~(rest & -rest);
	}
}

unsigned
lane_send(struct core *core, unsigned to, uint8_t port, struct rte_mbuf **pkts, unsigned n)
{
	struct belt_in *out = &core->lanes->to[to].out;
	uint64_t words[BELT_MOST];
	unsigned sent = 0, part;

	core->lanes->notify |= UINT64_C(1) << to;
	for (; sent < n; sent += part) {
		part = RTE_MIN(n - sent, (unsigned)BELT_MOST);
		if (unlikely(belt_length(out) > BELT_LONG) && part < BELT_MOST)
			break;
		for (unsigned i = 0; i < part; i++)
			words[i] = belt_word(pkts[sent + i], port);
		if (unlikely(!belt_put(out, words, part)))
			break;
	}
	return sent;
}

void
lanes_flush(struct core *core)
{
	struct lanes *lanes = core->lanes;
	uint64_t to;

	lanes_pass(core);
	to = lanes->notify;
	if (to == 0)
		return;
	/* What is in the lanes is seen before it is asked who sleeps; who goes to sleep does the reverse. */
	rte_smp_mb();
	for (; to != 0; to &= to - 1)
		core_wake_if_asleep(lanes->to[__builtin_ctzll(to)].to);
	lanes->notify = 0;
}

void
lane_take(struct core *core, unsigned from, struct lane_burst *burst)
{
	take(&core->lanes->from[from].in, burst);
}

void
lane_take_out(struct core *core, unsigned from, struct lane_burst *burst)
{
	struct belt_out *out = &core->lanes->from[from].out;

	burst->n = 0;
	if (out->belt != NULL)
		take(out, burst);
}

/* Where its headers and a short payload are, in a buffer as ours are: to look would be to wait for its first line. */
static void
fetch(const struct rte_mbuf *m)
{
	const char *packet = (const char *)(m + 1) + RTE_PKTMBUF_HEADROOM;

	recycle_prefetch(m);
	for (int at = -RTE_CACHE_LINE_SIZE; at < 2 * RTE_CACHE_LINE_SIZE; at += RTE_CACHE_LINE_SIZE)
		rte_prefetch0(packet + at);
}

void
lanes_fetch(const struct core *core)
{
	for (unsigned from = 0; from < core->nb_cores; from++) {
		const struct belt_out *in = &core->lanes->from[from].in;
		uint32_t n = from == core->id ? 0 : belt_next(in);
		for (uint32_t i = 0; i < n; i++)
			fetch(belt_mbuf(belt_peek(in, i)));
	}
}

bool
lanes_waiting(const struct core *core)
{
	if (core->lanes == NULL)
		return false;
	for (unsigned from = 0; from < core->nb_cores; from++) {
		const struct lane_end *end = &core->lanes->from[from];
		if (from != core->id && (belt_next(&end->in) != 0 || (end->out.belt != NULL && belt_next(&end->out) != 0)))
			return true;
	}
	return core->lanes->staged != 0;
}

uint32_t
lanes_held(const struct core *core)
{
	uint32_t n = 0;

	for (unsigned to = 0; core->lanes != NULL && to < core->nb_cores; to++) {
		const struct lane *lane = &core->lanes->to[to];
		n += lane->n + belt_held(&lane->in) + belt_held(&lane->out);
	}
	return n;
}
