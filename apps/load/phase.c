/* SPDX-License-Identifier: BSD-3-Clause */
/* Opening, warm-up, the measured time, and the end. */
#include "gen_parts.h"

static const uint64_t DRAIN_MAX = 2000 * MILLISECOND; /* in which something must end, when the time is over */

static void
begin_measuring(struct gen *g)
{
	g->phase = GEN_MEASURE;
	g->recording = true;
	g->from = (struct mark){g->now, g->tally};
	g->phase_end = g->now + g->plan->duration;
}

static void
begin_warm_up(struct gen *g)
{
	pace_begin(&g->ask_pace, g->now, g->ask_rate, g->plan->mode == LOAD_HOLD ? 0 : g->plan->ramp);
	g->phase = GEN_WARMUP;
	g->phase_end = g->now + plan_warmup(g->plan);
	if (g->phase_end == g->now)
		begin_measuring(g);
}

void
phase_begin(struct gen *g)
{
	if (g->plan->mode == LOAD_HOLD)
		g->phase = GEN_OPENING;
	else
		begin_warm_up(g);
}

static uint64_t
smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* What became due in the last moment is not late yet. */
static void
count_unmade(struct gen *g)
{
	const struct pace *p = g->ask_rate > 0 ? &g->ask_pace : &g->open_pace;

	if (g->quota > 0 && g->now > MILLISECOND && (g->plan->mode != LOAD_HOLD || p == &g->ask_pace))
		g->tally.unmade = smaller(pace_behind(p, g->now - MILLISECOND), g->quota);
}

void
gen_stop(struct gen *g)
{
	if (g->phase >= GEN_DRAIN)
		return;
	if (g->phase != GEN_MEASURE)
		g->from = (struct mark){g->now, g->tally};
	count_unmade(g);
	g->to = (struct mark){g->now, g->tally};
	g->recording = false;
	g->phase = GEN_DRAIN;
	g->left = UINT32_MAX;
}

/*
 * Ends connections that are open and owe nothing; not all at once: what is closed and still waits for its end is an
 * orphan of leat's, of which it keeps so many only (tcp.max_orphans).
 */
static unsigned
close_ready(struct gen *g)
{
	unsigned n = 0;

	for (; n < GEN_BURST && g->nb_ready > 0 && g->nb_in[SLOT_CLOSING] < g->opening; n++) {
		struct slot *s = &g->slots[g->ready[g->nb_ready - 1]];
		gen_not_ready(g, s);
		if (s->waiting == 0)
			g->speech->close(g, s);
	}
	return n;
}

/* Aborts a few of those that are left. */
static void
break_off(struct gen *g)
{
	for (unsigned n = 0; n < GEN_BURST && g->sweep_at < g->nb_slots; g->sweep_at++) {
		struct slot *s = &g->slots[g->sweep_at];
		if (s->state == SLOT_FREE || s->state == SLOT_FAILED)
			continue;
		g->tally.broken_off += s->state != SLOT_CLOSING;
		gen_abort(g, s);
		n++;
	}
}

static unsigned
drain(struct gen *g)
{
	unsigned n = close_ready(g);

	if (gen_active(g) < g->left) {
		g->left = gen_active(g);
		g->phase_end = g->now + (g->plan->timeout < DRAIN_MAX ? g->plan->timeout : DRAIN_MAX);
	}
	if (g->left == 0) {
		g->phase = GEN_DONE;
	} else if (g->now >= g->phase_end) {
		g->phase = GEN_BREAK;
		g->sweep_at = 0;
	}
	return n;
}

/* All are open, or no more can be. */
static bool
opened_enough(struct gen *g)
{
	if (g->nb_in[SLOT_OPEN] == g->connections) {
		g->opened_all = g->now - g->begun;
		return true;
	}
	return tally_failed(&g->tally) > 0;
}

/* Those that are open and owe nothing are of no use any more. */
static bool
ending(const struct gen *g)
{
	return g->quota == 0 || g->plan->reset;
}

unsigned
phase_step(struct gen *g)
{
	unsigned n = 0;

	if (g->gave_up || (g->quota == 0 && gen_active(g) == 0))
		gen_stop(g);
	switch (g->phase) {
	case GEN_OPENING:
		if (opened_enough(g))
			begin_warm_up(g);
		break;
	case GEN_WARMUP:
		n = ending(g) ? close_ready(g) : 0;
		if (g->now >= g->phase_end)
			begin_measuring(g);
		break;
	case GEN_MEASURE:
		n = ending(g) ? close_ready(g) : 0;
		if (g->now >= g->phase_end)
			gen_stop(g);
		break;
	case GEN_DRAIN:
		n = drain(g);
		break;
	case GEN_BREAK:
		break_off(g);
		if (gen_active(g) == 0)
			g->phase = GEN_DONE;
		break;
	case GEN_DONE:
		break;
	}
	return n;
}
