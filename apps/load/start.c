/* SPDX-License-Identifier: BSD-3-Clause */
/* What a generator begins: connections, requests on those that stay; and what it gives up. */
#include "gen_parts.h"

static const uint64_t RETRY = MILLISECOND; /* after a connection that leat refused at once */

/* How many may be open at this time. */
static uint32_t
wanted(const struct gen *g)
{
	const struct plan *p = g->plan;

	return p->rate > 0 ? g->connections : pace_ramp(g->begun, p->ramp, g->now, g->connections);
}

/*
 * From each source to each target one connection goes ahead: it makes either side find its neighbour, for whom few
 * packets may wait; the server knows no source of ours before that source speaks. gen_route() takes them in turn, so
 * that the first starts are each to another pair.
 */
static bool
waits_for_neighbours(const struct gen *g)
{
	return g->nb_tried < g->nb_pairs &&
		(g->tally.started >= g->nb_pairs || g->tally.started >= g->nb_tried + g->ahead);
}

static bool
begin(struct gen *g, uint64_t due)
{
	struct slot *s = &g->slots[g->free[--g->nb_free]];

	s->begun = due;
	s->moved = g->now;
	gen_state(g, s, SLOT_OPENING);
	int rc = g->speech->open(g, s);
	if (rc == 0) {
		g->tally.started++;
		return true;
	}
	gen_count_failure(g, s, failure_of(-rc));
	gen_free(g, s);
	g->retry_at = g->now + RETRY;
	return false;
}

/* In a mode whose connections do not stay, each is one of --count. */
static bool
may_begin(struct gen *g, uint32_t most)
{
	if (g->nb_free == 0 || gen_active(g) >= most || waits_for_neighbours(g))
		return false;
	if (g->open_rate > 0 && g->open_pace.due > g->now)
		return false;
	if (plan_keeps(g->plan))
		return g->nb_in[SLOT_OPENING] < g->opening && g->quota > 0;
	return gen_take_quota(g);
}

unsigned
start_connections(struct gen *g)
{
	unsigned n = 0;

	if (g->now < g->retry_at || g->gave_up)
		return 0;
	for (uint32_t most = wanted(g); n < GEN_BURST && may_begin(g, most); n++)
		if (!begin(g, g->open_rate > 0 ? pace_take(&g->open_pace) : g->now))
			break;
	return n;
}

/* A uniform number below n, which is not 0. */
static uint32_t
random_below(struct gen *g, uint32_t n)
{
	uint64_t x = g->random; /* xorshift64 (Marsaglia) */

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	g->random = x;
	return (uint32_t)((x >> 32) * n >> 32);
}

unsigned
start_requests(struct gen *g)
{
	unsigned n = 0;

	for (; n < GEN_BURST && g->nb_ready > 0 && g->ask_pace.due <= g->now && gen_take_quota(g); n++) {
		struct slot *s = &g->slots[g->ready[random_below(g, g->nb_ready)]];
		g->speech->ask(g, s, pace_take(&g->ask_pace));
	}
	return n;
}

/* It owes us something, and owes it too long. An idle connection that is kept may be silent. */
static bool
is_late(const struct gen *g, const struct slot *s)
{
	bool owes = s->state == SLOT_OPENING || s->state == SLOT_CLOSING || s->waiting > 0 ||
		(s->state == SLOT_OPEN && (s->last || g->plan->mode == LOAD_STREAM));

	return owes && g->now > s->moved && g->now - s->moved >= g->plan->timeout;
}

void
start_sweep(struct gen *g)
{
	if (g->now - g->swept_at < MILLISECOND)
		return;
	/* Once round in a quarter of the time-out. */
	uint64_t n = g->nb_slots * (g->now - g->swept_at) * 4 / g->plan->timeout + 1;
	if (n > g->nb_slots)
		n = g->nb_slots;
	g->swept_at = g->now;
	while (n-- > 0) {
		struct slot *s = &g->slots[g->sweep_at];
		if (++g->sweep_at == g->nb_slots)
			g->sweep_at = 0;
		if (is_late(g, s))
			gen_fail(g, s, FAIL_TIMEOUT);
	}
}
