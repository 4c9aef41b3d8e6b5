/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <rte_ether.h>
#include <rte_mbuf.h>
#include "dice.h"
#include "harm.h"
#include "heap.h"
#include "queue.h"
#include "wire.h"

/* One direction. Nothing in it is the other's, so that two threads may each have one. */
struct way {
	struct wire_impair impair;
	struct wire_pick *picks;      /* impair.picks, ours */
	uint32_t pick;                /* the first that is not behind us */
	uint64_t seed;
	uint64_t number, order;       /* of the last packet, of the last entry of the heap */
	uint64_t last_due;            /* nobody may come before, unless they may overtake */
	bool bad;                     /* the state of the burst chain */
	struct queue queue;
	struct heap heap;
	struct wire_counters counters;

	enum wire_dir dir;
	bool copy;
	struct rte_mempool *pool;
	void (*observer)(void *arg, const struct wire_report *report);
	void *observer_arg;
} __rte_cache_aligned;

struct wire {
	struct way ways[WIRE_DIRS];
};

/* A packet on its way through wire_push(). */
struct passage {
	struct rte_mbuf *sent;
	uint64_t now, number, due;
	uint32_t faults;              /* picked or rolled, less what cannot be done to this packet */
	bool is_copy;
};

#define LOSE(w, p, why) lose(w, p, &(w)->counters.why, #why)

static void
report(const struct way *w, const struct wire_report *r)
{
	if (w->observer != NULL)
		w->observer(w->observer_arg, r);
}

static void
lose(struct way *w, const struct passage *p, uint64_t *counter, const char *name)
{
	(*counter)++;
	report(w, &(struct wire_report){.dir = w->dir, .event = WIRE_LOST, .number = p->number, .now = p->now,
		.pushed = p->now, .faults = p->faults, .lost = name, .is_copy = p->is_copy, .sent = p->sent});
}

/* The faults that were picked for this packet. Numbers only grow, so each pick is passed once. */
static uint32_t
picked(struct way *w, uint64_t number)
{
	const struct wire_impair *i = &w->impair;

	while (w->pick < i->nb_picks && i->picks[w->pick].last < number)
		w->pick++;
	return w->pick < i->nb_picks && i->picks[w->pick].first <= number ? i->picks[w->pick].faults : 0;
}

/* The chain moves before each packet, whatever becomes of that. */
static void
step_burst(struct way *w, uint64_t number)
{
	const struct wire_burst *b = &w->impair.burst;

	if (b->enter <= 0)
		w->bad = false;
	else if (dice_hits(w->seed, DICE_BURST_STATE, number, w->bad ? b->leave : b->enter))
		w->bad = !w->bad;
}

static uint32_t
roll_faults(const struct way *w, uint64_t number)
{
	const struct wire_impair *i = &w->impair;
	const struct {
		uint32_t fault;
		enum dice dice;
		double p;
	} rolls[] = {
		{WIRE_MARK, DICE_MARK, i->mark}, {WIRE_TRUNCATE, DICE_TRUNCATE, i->truncate},
		{WIRE_CORRUPT, DICE_CORRUPT, i->corrupt}, {WIRE_DUPLICATE, DICE_DUPLICATE, i->duplicate},
		{WIRE_REORDER, DICE_REORDER, i->reorder},
	};
	uint32_t faults = 0;

	for (unsigned k = 0; k < RTE_DIM(rolls); k++)
		if (dice_hits(w->seed, rolls[k].dice, number, rolls[k].p))
			faults |= rolls[k].fault;
	return faults;
}

/* Lost on the link, behind the queue? Then it is counted. */
static bool
is_lost(struct way *w, const struct passage *p)
{
	const struct wire_impair *i = &w->impair;
	double burst = w->bad ? i->burst.loss_bad : i->burst.loss_good;

	if (p->faults & WIRE_LOSE)
		LOSE(w, p, lost_picked);
	else if (dice_hits(w->seed, DICE_BURST_LOSS, p->number, burst))
		LOSE(w, p, lost_burst);
	else if (dice_hits(w->seed, DICE_LOSS, p->number, i->loss))
		LOSE(w, p, lost_random);
	else
		return false;
	return true;
}

/* The queue and the link: p->due becomes the time of departure. False: lost, and counted. */
static bool
pass_link(struct way *w, struct passage *p)
{
	const struct wire_impair *i = &w->impair;
	struct departure d = {.at = p->now, .len = p->sent->pkt_len};
	uint64_t queued = 0;

	if (i->down)
		LOSE(w, p, lost_down);
	else if (i->mtu != 0 && d.len > i->mtu + (uint32_t)RTE_ETHER_HDR_LEN)
		LOSE(w, p, lost_mtu);
	else if (heap_is_full(&w->heap) || !queue_pass(&w->queue, i, &d, &queued))
		LOSE(w, p, lost_queue);
	else {
		if (i->mark_bytes != 0 && queued >= i->mark_bytes)
			p->faults |= WIRE_MARK;
		p->due = d.at;
		return true;
	}
	return false;
}

/* From the time of departure to that of arrival. */
static void
pass_distance(struct way *w, struct passage *p)
{
	const struct wire_impair *i = &w->impair;

	p->due += i->delay;
	if (i->jitter != 0)
		p->due += dice_below(dice_roll(w->seed, DICE_JITTER, p->number), i->jitter + 1);
	if (!i->jitter_reorders)
		p->due = RTE_MAX(p->due, w->last_due);
	if (p->faults & WIRE_REORDER)
		p->due += i->reorder_delay;
	else
		w->last_due = RTE_MAX(p->due, w->last_due);
}

/* The packet as it arrives: p->sent itself, or a copy. NULL: there is no mbuf for it. */
static struct rte_mbuf *
make(const struct way *w, const struct passage *p)
{
	uint32_t len = p->sent->pkt_len;

	if (!w->copy && !p->is_copy && (p->faults & (WIRE_MARK | WIRE_TRUNCATE | WIRE_CORRUPT)) == 0)
		return p->sent;
	if (p->faults & WIRE_TRUNCATE)
		len = 1 + (uint32_t)dice_below(dice_roll(w->seed, DICE_LENGTH, p->number), len - 1);
	struct rte_mbuf *m = rte_pktmbuf_copy(p->sent, w->pool, 0, len);
	if (m == NULL)
		return NULL;
	/* Before the rest: its header must still be there. */
	if ((p->faults & WIRE_MARK) && harm_is_ect(m))
		harm_mark(m);
	if (p->faults & WIRE_CORRUPT)
		harm_corrupt(m, RTE_MAX(w->impair.corrupt_bits, 1), w->seed, p->number);
	return m;
}

static void
count_faults(struct wire_counters *c, uint32_t faults)
{
	c->marked += (faults & WIRE_MARK) != 0;
	c->truncated += (faults & WIRE_TRUNCATE) != 0;
	c->corrupted += (faults & WIRE_CORRUPT) != 0;
	c->reordered += (faults & WIRE_REORDER) != 0;
}

/* On its way, or lost for want of room or of an mbuf. The mbuf that is under way then, or NULL. */
static const struct rte_mbuf *
launch(struct way *w, const struct passage *p)
{
	struct rte_mbuf *m = NULL;

	if (heap_is_full(&w->heap)) {
		LOSE(w, p, lost_queue);
		return NULL;
	}
	if ((m = make(w, p)) == NULL) {
		LOSE(w, p, lost_no_mbuf);
		return NULL;
	}
	count_faults(&w->counters, p->faults);
	heap_push(&w->heap, &(struct flight){.due = p->due, .order = ++w->order, .pushed = p->now,
		.number = p->number, .m = m, .faults = p->faults, .is_copy = p->is_copy});
	report(w, &(struct wire_report){.dir = w->dir, .event = WIRE_SENT, .number = p->number, .now = p->now,
		.pushed = p->now, .due = p->due, .faults = p->faults, .is_copy = p->is_copy, .sent = p->sent, .m = m});
	return m;
}

/* The copy that follows suffers only what concerns its time. */
static void
launch_duplicate(struct way *w, const struct passage *p)
{
	struct passage twin = *p;

	twin.is_copy = true;
	twin.faults = WIRE_DUPLICATE;
	w->counters.duplicated++;
	launch(w, &twin);
}

static void
push_one(struct way *w, struct rte_mbuf *m, uint64_t now)
{
	struct passage p = {.sent = m, .now = now, .number = ++w->number};
	const struct rte_mbuf *under_way = NULL;

	w->counters.packets++;
	w->counters.bytes += m->pkt_len;
	step_burst(w, p.number);
	p.faults = picked(w, p.number) | roll_faults(w, p.number);
	if (m->pkt_len <= 1)
		p.faults &= ~(uint32_t)WIRE_TRUNCATE;
	if (pass_link(w, &p)) {
		if ((p.faults & WIRE_MARK) && !harm_is_ect(m))
			p.faults &= ~(uint32_t)WIRE_MARK;
		if (!is_lost(w, &p)) {
			pass_distance(w, &p);
			under_way = launch(w, &p);
			if (p.faults & WIRE_DUPLICATE)
				launch_duplicate(w, &p);
		}
	}
	if (under_way != m)
		rte_pktmbuf_free(m);
}

void
wire_push(struct wire *w, enum wire_dir dir, struct rte_mbuf *const *mbufs, unsigned n, uint64_t now)
{
	for (unsigned i = 0; i < n; i++)
		push_one(&w->ways[dir], mbufs[i], now);
}

unsigned
wire_pull(struct wire *wire, enum wire_dir dir, struct rte_mbuf **mbufs, unsigned max, uint64_t now)
{
	struct way *w = &wire->ways[dir];
	unsigned n = 0;

	for (; n < max && w->heap.count > 0 && w->heap.flights[0].due <= now; n++) {
		struct flight f = heap_pop(&w->heap);
		w->counters.delivered++;
		w->counters.delivered_bytes += f.m->pkt_len;
		report(w, &(struct wire_report){.dir = dir, .event = WIRE_DELIVERED, .number = f.number, .now = now,
			.pushed = f.pushed, .due = f.due, .faults = f.faults, .is_copy = f.is_copy, .m = f.m});
		mbufs[n] = f.m;
	}
	return n;
}

uint64_t
wire_next_in(const struct wire *w, enum wire_dir dir)
{
	const struct heap *h = &w->ways[dir].heap;

	return h->count > 0 ? h->flights[0].due : WIRE_NEVER;
}

uint64_t
wire_next(const struct wire *w)
{
	return RTE_MIN(wire_next_in(w, WIRE_A_TO_B), wire_next_in(w, WIRE_B_TO_A));
}

uint32_t
wire_under_way(const struct wire *w, enum wire_dir dir)
{
	return w->ways[dir].heap.count;
}

void
wire_flush(struct wire *wire, enum wire_dir dir)
{
	struct way *w = &wire->ways[dir];

	for (; w->heap.count > 0; w->counters.lost_flushed++)
		rte_pktmbuf_free(heap_pop(&w->heap).m);
}

const struct wire_counters *
wire_counters(const struct wire *w, enum wire_dir dir)
{
	return &w->ways[dir].counters;
}

void
wire_counters_reset(struct wire *w, enum wire_dir dir)
{
	memset(&w->ways[dir].counters, 0, sizeof(w->ways[dir].counters));
}

const struct wire_impair *
wire_get(const struct wire *w, enum wire_dir dir)
{
	return &w->ways[dir].impair;
}

int
wire_set(struct wire *wire, enum wire_dir dir, const struct wire_impair *impair)
{
	struct way *w = &wire->ways[dir];
	struct wire_pick *picks = NULL;

	if (wire_check(impair, NULL) < 0)
		return -EINVAL;
	if (impair->nb_picks > 0) {
		picks = malloc(impair->nb_picks * sizeof(*picks));
		if (picks == NULL)
			return -ENOMEM;
		memcpy(picks, impair->picks, impair->nb_picks * sizeof(*picks));
	}
	struct wire_impair next = *impair; /* *impair may be our own */
	free(w->picks);
	next.picks = w->picks = picks;
	w->impair = next;
	w->pick = 0;
	return 0;
}

static int
open_way(struct wire *wire, enum wire_dir dir, const struct wire_params *params, uint32_t capacity)
{
	struct way *w = &wire->ways[dir];

	w->dir = dir;
	w->seed = dice_roll(params->seed, dir, 0);
	w->copy = params->copy;
	w->pool = params->pool;
	w->observer = params->observer;
	w->observer_arg = params->observer_arg;
	int error = wire_set(wire, dir, &params->impair[dir]);
	if (error == 0)
		error = queue_init(&w->queue, capacity);
	return error < 0 ? error : heap_init(&w->heap, capacity);
}

int
wire_create(const struct wire_params *params, struct wire **out)
{
	uint32_t capacity = params->capacity != 0 ? params->capacity : WIRE_CAPACITY;
	struct wire *w;
	int error = 0;

	if (params->pool == NULL || capacity > WIRE_CAPACITY_MAX)
		return -EINVAL;
	if ((w = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*w))) == NULL)
		return -ENOMEM;
	memset(w, 0, sizeof(*w));
	for (enum wire_dir dir = 0; dir < WIRE_DIRS && error == 0; dir++)
		error = open_way(w, dir, params, capacity);
	if (error < 0) {
		wire_destroy(w);
		return error;
	}
	*out = w;
	return 0;
}

void
wire_destroy(struct wire *w)
{
	if (w == NULL)
		return;
	for (enum wire_dir dir = 0; dir < WIRE_DIRS; dir++) {
		wire_flush(w, dir);
		heap_fini(&w->ways[dir].heap);
		queue_fini(&w->ways[dir].queue);
		free(w->ways[dir].picks);
	}
	free(w);
}
