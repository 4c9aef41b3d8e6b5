/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The wheel against the plainest thing that does the same: an array that is searched. Both are
 * told the same; after every step they must agree on which nodes are due, and on the order.
 */
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>
#include "core/core.h"

enum { NODES = 200, SEEDS = 60, STEPS = 3000 };

struct timed {
	struct wheel_node node;
	uint32_t at;      /* the model's view: where it is due */
	bool armed;
	uint32_t fired;   /* times */
};

/* What the handlers see. struct core comes first: handlers get a pointer to it. */
struct world {
	struct core core;
	struct timed t[NODES];
	uint64_t random;
	bool meddle;      /* handlers arm and cancel others and themselves */
	uint32_t last_at; /* of the node that fired last in this advance */
	bool any_fired;
	uint32_t from;    /* where this advance began */
};

static uint32_t
random_u32(struct world *w)
{
	/* splitmix64 */
	uint64_t z = w->random += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return (uint32_t)((z ^ z >> 31) >> 16);
}

/* Distances of every level, and the edges between levels. */
static uint32_t
random_distance(struct world *w)
{
	static const uint32_t edges[] = {0, 1, 63, 64, 4095, 4096, 4097, 0xfffff, 0x100000, 0x100001, 0xfffffff, 0x10000000,
		0x10000001, 0x3fffffff, 0x7fffffff};
	uint32_t r = random_u32(w);

	if (r % 8 == 0)
		return edges[r / 8 % RTE_DIM(edges)];
	return random_u32(w) >> (1 + r / 8 % 31);
}

static void
model_arm(struct world *w, struct timed *t, uint32_t at)
{
	uint32_t counts = (int32_t)(at - w->core.wheel.tick) <= 0 ? w->core.wheel.tick + 1 : at;

	if (!t->armed || (int32_t)(counts - t->at) < 0)
		t->at = counts;
	t->armed = true;
	wheel_arm(&w->core.wheel, &t->node, at);
}

static void
model_cancel(struct world *w, struct timed *t)
{
	t->armed = false;
	wheel_cancel(&w->core.wheel, &t->node);
}

static void
on_due(struct core *core, struct wheel_node *node)
{
	struct world *w = (struct world *)core;
	struct timed *t = (struct timed *)node;

	cr_assert(t->armed, "a node fired that was not armed");
	cr_assert(!wheel_armed(node), "still filed in its handler");
	cr_assert_eq(core->wheel.tick, core->tick, "a handler sees the wheel at the present");
	cr_assert_leq(t->at - w->from - 1, core->tick - w->from - 1, "fired early, or long ago: at %u", t->at);
	if (w->any_fired)
		cr_assert_leq(w->last_at - w->from, t->at - w->from, "fired before an earlier one");
	w->any_fired = true;
	w->last_at = t->at;
	t->armed = false;
	t->fired++;
	if (!w->meddle)
		return;
	for (uint32_t n = random_u32(w) % 3; n > 0; n--) {
		struct timed *other = &w->t[random_u32(w) % NODES];
		if (random_u32(w) % 2)
			model_cancel(w, other);
		else
			model_arm(w, other, core->tick + random_distance(w));
	}
	if (random_u32(w) % 4 == 0)
		model_arm(w, t, core->tick + random_distance(w));
}

static struct world *
world_make(uint32_t tick, uint64_t seed)
{
	struct world *w = calloc(1, sizeof(*w));

	w->random = seed;
	w->core.tick = tick;
	wheel_init(&w->core.wheel, tick);
	wheel_handler(&w->core.wheel, WHEEL_TIMER, on_due);
	for (int i = 0; i < NODES; i++)
		wheel_node_init(&w->t[i].node, WHEEL_TIMER);
	return w;
}

/* Time goes on to tick; nothing that was due by then may be left. */
static void
advance(struct world *w, uint32_t tick)
{
	w->from = w->core.wheel.tick;
	w->any_fired = false;
	w->core.tick = tick;
	wheel_advance(&w->core.wheel, &w->core, tick);
	cr_assert_eq(w->core.wheel.tick, tick);
	uint32_t armed = 0;
	for (int i = 0; i < NODES; i++) {
		cr_assert_eq(wheel_armed(&w->t[i].node), w->t[i].armed);
		if (!w->t[i].armed)
			continue;
		armed++;
		cr_assert_gt((int32_t)(w->t[i].at - tick), 0, "due at %u, not fired at %u", w->t[i].at, tick);
	}
	cr_assert_eq(w->core.wheel.armed, armed);
}

/* Never later than the earliest node, and never in the past: a sleep until then misses nothing. */
static void
check_next(const struct world *w)
{
	uint32_t next, now = w->core.wheel.tick, earliest = UINT32_MAX;

	for (int i = 0; i < NODES; i++)
		if (w->t[i].armed && w->t[i].at - now < earliest)
			earliest = w->t[i].at - now;
	cr_assert_eq(wheel_next(&w->core.wheel, &next), earliest != UINT32_MAX);
	if (earliest != UINT32_MAX) {
		cr_assert_gt(next - now, 0);
		cr_assert_leq(next - now, earliest);
	}
}

static void
random_walk(uint32_t start, uint64_t seed, bool meddle)
{
	struct world *w = world_make(start, seed);

	w->meddle = meddle;
	for (int step = 0; step < STEPS; step++) {
		struct timed *t = &w->t[random_u32(w) % NODES];
		uint32_t next;
		switch (random_u32(w) % 8) {
		case 0:
			model_cancel(w, t);
			break;
		case 1:
			advance(w, w->core.tick + random_distance(w) / 2);
			break;
		case 2:
			advance(w, w->core.tick + 1 + random_u32(w) % 4);
			break;
		case 3:
			if (wheel_next(&w->core.wheel, &next))
				advance(w, next);
			break;
		default:
			model_arm(w, t, w->core.tick + random_distance(w));
		}
		check_next(w);
	}
	free(w);
}

Test(wheel, agrees_with_the_model)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++)
		random_walk((uint32_t)(seed * 0x12345677), seed, false);
}

Test(wheel, agrees_with_the_model_while_handlers_meddle)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++)
		random_walk((uint32_t)(seed * 0x3456789b), seed + 1000, true);
}

Test(wheel, agrees_with_the_model_across_the_wrap)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++)
		random_walk(0xffffffff - (1u << seed % 31), seed + 2000, true);
}

/* Every distance of the first two levels, and the neighbourhood of each power of two above. */
static void
fires_exactly(uint32_t start, uint32_t distance)
{
	struct world *w = world_make(start, 1);
	struct timed *t = &w->t[0];

	model_arm(w, t, start + distance);
	advance(w, start + distance - 1);
	cr_assert_eq(t->fired, 0, "early: %u + %u", start, distance);
	advance(w, start + distance);
	cr_assert_eq(t->fired, 1, "late: %u + %u", start, distance);
	free(w);
}

Test(wheel, nothing_fires_early_or_late)
{
	static const uint32_t starts[] = {0, 1, 255, 256, 65535, 0xfffffe, 0x7fffffff, 0x80000000, 0xfffffffe,
		0xffffffff};

	for (size_t i = 0; i < RTE_DIM(starts); i++) {
		for (uint32_t d = 1; d < 1500; d++)
			fires_exactly(starts[i], d);
		for (unsigned bit = 10; bit < 31; bit++)
			for (int off = -2; off <= 2; off++)
				fires_exactly(starts[i], (1u << bit) + (uint32_t)off);
		fires_exactly(starts[i], INT32_MAX);
	}
}

/* One sleeps from wheel_next() to wheel_next(): the wheel wakes at most once a level for nothing. */
Test(wheel, next_leads_to_the_node_in_a_few_steps)
{
	struct world *w = world_make(77, 1);
	uint32_t next, steps = 0;

	model_arm(w, &w->t[0], 77 + 0x12345678);
	while (wheel_next(&w->core.wheel, &next)) {
		advance(w, next);
		steps++;
	}
	cr_assert_eq(w->t[0].fired, 1);
	cr_assert_eq(w->core.tick, 77 + 0x12345678);
	cr_assert_leq(steps, WHEEL_LEVELS);
	free(w);
}

Test(wheel, a_tick_that_has_passed_is_the_next_one)
{
	struct world *w = world_make(5000, 1);

	model_arm(w, &w->t[0], 5000);
	model_arm(w, &w->t[1], 4000);
	advance(w, 5000);
	cr_assert_eq(w->t[0].fired + w->t[1].fired, 0);
	advance(w, 5001);
	cr_assert_eq(w->t[0].fired, 1);
	cr_assert_eq(w->t[1].fired, 1);
	free(w);
}

Test(wheel, arming_later_keeps_the_earlier_visit)
{
	struct world *w = world_make(0, 1);

	model_arm(w, &w->t[0], 10);
	model_arm(w, &w->t[0], 20);
	cr_assert_eq(w->t[0].node.at, 10);
	model_arm(w, &w->t[0], 5);
	cr_assert_eq(w->t[0].node.at, 5);
	advance(w, 100);
	cr_assert_eq(w->t[0].fired, 1);
	free(w);
}

/* With nothing filed a core may sleep for days: 2^31 ticks are 60 hours. */
Test(wheel, an_idle_gap_of_any_length_is_crossed)
{
	static const uint32_t gaps[] = {1, 0x7fffffff, 0x80000000, 0x80000001, 0xc0000000, 0xffffffff};

	for (size_t i = 0; i < RTE_DIM(gaps); i++) {
		struct world *w = world_make(123456, 1);
		advance(w, 123456 + gaps[i]);
		model_arm(w, &w->t[0], w->core.tick + 7);
		advance(w, w->core.tick + 6);
		cr_assert_eq(w->t[0].fired, 0);
		advance(w, w->core.tick + 1);
		cr_assert_eq(w->t[0].fired, 1);
		free(w);
	}
}

/* A process that was stopped over a weekend: what was due meanwhile is due now. */
Test(wheel, a_long_stop_with_timers_filed_fires_them)
{
	struct world *w = world_make(99, 1);

	for (uint32_t i = 0; i < NODES; i++)
		model_arm(w, &w->t[i], 99 + 1 + i * 0x00a00000);
	advance(w, 99 + 0x90000000);
	for (int i = 0; i < NODES; i++)
		cr_assert_eq(w->t[i].fired, 1, "node %d", i);
	free(w);
}

static void
rearm_in_a_day(struct core *core, struct wheel_node *node)
{
	struct world *w = (struct world *)core;

	((struct timed *)node)->fired++;
	wheel_arm(&w->core.wheel, node, core->tick + 86400u * CORE_TICKS_PER_SEC);
}

/* During a catch-up a handler counts from the present, not from the tick that is being made up for. */
Test(wheel, a_handler_that_arms_after_a_long_stop_is_not_fired_early)
{
	struct world *w = world_make(0, 1);
	uint32_t gap = 0x70000000, day = 86400u * CORE_TICKS_PER_SEC;

	wheel_handler(&w->core.wheel, WHEEL_TIMER, rearm_in_a_day);
	wheel_arm(&w->core.wheel, &w->t[0].node, 10);
	w->core.tick = gap;
	wheel_advance(&w->core.wheel, &w->core, gap);
	cr_assert_eq(w->t[0].fired, 1);
	w->core.tick = gap + day - 1;
	wheel_advance(&w->core.wheel, &w->core, gap + day - 1);
	cr_assert_eq(w->t[0].fired, 1);
	w->core.tick = gap + day;
	wheel_advance(&w->core.wheel, &w->core, gap + day);
	cr_assert_eq(w->t[0].fired, 2);
	free(w);
}

static void
note_kind(struct core *core, struct wheel_node *node)
{
	((struct world *)core)->last_at = node->kind;
}

Test(wheel, the_kind_chooses_the_handler)
{
	struct world *w = world_make(0, 1);

	for (unsigned kind = 0; kind < WHEEL_KINDS; kind++) {
		wheel_handler(&w->core.wheel, kind, note_kind);
		wheel_node_init(&w->t[kind].node, kind);
		wheel_arm(&w->core.wheel, &w->t[kind].node, kind + 1);
	}
	for (unsigned kind = 0; kind < WHEEL_KINDS; kind++) {
		cr_assert_eq(wheel_advance(&w->core.wheel, &w->core, kind + 1), 1);
		cr_assert_eq(w->last_at, kind);
	}
	free(w);
}
