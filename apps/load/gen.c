/* SPDX-License-Identifier: BSD-3-Clause */
/* A generator's memory, and what becomes of its slots. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "gen.h"
#include "gen_parts.h"

/* Packets that a neighbour may have waiting for it until it is found: those of leat (NEIGH_WAIT_MAX). */
enum { AHEAD = 8 };

_Static_assert(PLAN_SOURCES <= 32, "gen->tried has a bit for each");

/* Part i of a number, of so many. */
static uint64_t
share(uint64_t all, unsigned i, unsigned parts)
{
	return i < parts ? all / parts + (i < all % parts) : 0;
}

static int
take_memory(struct gen *g)
{
	size_t n = g->nb_slots, times = n * (g->pipeline_mask + 1);

	g->slots = aligned_alloc(sizeof(struct slot), n * sizeof(struct slot));
	g->free = calloc(n, sizeof(*g->free));
	g->ready = calloc(n, sizeof(*g->ready));
	g->asked = calloc(times, sizeof(*g->asked));
	if (g->slots == NULL || g->free == NULL || g->ready == NULL || g->asked == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < g->nb_slots; i++) {
		g->slots[i] = (struct slot){.gen = g, .at = SLOT_NOT_READY};
		g->free[g->nb_free++] = g->nb_slots - 1 - i; /* the first is taken first */
	}
	g->nb_in[SLOT_FREE] = g->nb_slots;
	return 0;
}

int
gen_open(struct gen *g, const struct plan *plan, struct leat_core *core, unsigned i, unsigned cores)
{
	/* Cores that have a connection: what is to be done is theirs. */
	unsigned parts = plan->connections < cores ? plan->connections : cores;
	double part = i < parts ? 1.0 / parts : 0;

	memset(g, 0, sizeof(*g));
	g->plan = plan;
	g->core = core;
	g->speech = plan->udp ? &udp_speech : plan->mode == LOAD_STREAM && plan->raw ? &stream_speech : &exchange_speech;
	g->connections = (uint32_t)share(plan->connections, i, parts);
	g->opening = (uint32_t)share(plan->opening, i, cores) + 1;
	g->quota = plan->count > 0 ? share(plan->count, i, parts) : UINT64_MAX;
	g->nb_slots = g->connections > 0 ? g->connections : 1;
	while (g->pipeline_mask + 1 < plan->pipeline)
		g->pipeline_mask = g->pipeline_mask * 2 + 1;
	g->nb_pairs = plan->nb_targets * (plan->nb_sources > 0 ? plan->nb_sources : 1);
	g->ahead = cores < AHEAD ? AHEAD / cores : 1;
	g->random = 0x9e3779b97f4a7c15u * (i + 1);
	g->open_rate = plan->mode == LOAD_KEEPALIVE ? 0 : plan->rate * part;
	g->ask_rate = (plan->mode == LOAD_HOLD ? plan->trickle : plan->mode == LOAD_KEEPALIVE ? plan->rate : 0) * part;
	int rc = take_memory(g);
	if (rc == 0 && plan->udp)
		rc = udp_open(g);
	if (rc < 0)
		gen_close(g);
	return rc;
}

void
gen_begin(struct gen *g, uint64_t when)
{
	g->begun = g->now = g->swept_at = when;
	pace_begin(&g->open_pace, when, g->open_rate, g->plan->ramp);
	pace_begin(&g->ask_pace, when, 0, 0); /* not before the warm-up */
	phase_begin(g);
}

unsigned
gen_turn(struct gen *g)
{
	g->now = leat_core_now(g->core);
	if (g->now < g->begun)
		return 0;
	unsigned n = phase_step(g);
	if (g->phase < GEN_DRAIN)
		n += start_connections(g) + start_requests(g);
	if (g->phase < GEN_BREAK)
		start_sweep(g);
	return n;
}

uint64_t
gen_next(const struct gen *g)
{
	uint64_t next = g->now + MILLISECOND; /* phases, time-outs */

	if (g->phase == GEN_DONE)
		return UINT64_MAX;
	if (g->phase < GEN_DRAIN && g->nb_free > 0 && g->open_pace.due < next)
		next = g->open_pace.due;
	if (g->phase < GEN_DRAIN && g->nb_ready > 0 && g->ask_pace.due < next)
		next = g->ask_pace.due;
	return next > g->now ? next : g->now;
}

void
gen_close(struct gen *g)
{
	for (unsigned i = 0; i < g->nb_udp; i++)
		leat_udp_close(g->udp[i]);
	g->nb_udp = 0;
	free(g->slots);
	free(g->free);
	free(g->ready);
	free(g->asked);
	free(g->chunked);
	free(g->datagram);
	g->slots = NULL;
	g->free = g->ready = NULL;
	g->asked = NULL;
	g->chunked = NULL;
	g->datagram = NULL;
}

struct leat_endpoint
gen_route(struct gen *g, struct slot *s)
{
	const struct plan *p = g->plan;
	struct leat_endpoint local = {0};

	s->target = g->next_target;
	s->source = g->next_source;
	if (p->nb_sources > 0)
		local.addr = p->sources[g->next_source];
	/* Every target from every source: one goes on when the other has come round. */
	if (++g->next_target < p->nb_targets)
		return local;
	g->next_target = 0;
	if (++g->next_source >= p->nb_sources)
		g->next_source = 0;
	return local;
}

/* It is known what becomes of connections from its source to its target. */
static void
count_tried(struct gen *g, const struct slot *s)
{
	uint32_t bit = 1u << s->source;

	g->nb_tried += (g->tried[s->target] & bit) == 0;
	g->tried[s->target] |= bit;
}

void
gen_met(struct gen *g, const struct slot *s)
{
	g->met |= 1u << s->target;
	count_tried(g, s);
}

void
gen_opened(struct gen *g, struct slot *s)
{
	gen_state(g, s, SLOT_OPEN);
	s->moved = g->now;
	gen_met(g, s);
	g->tally.opened++;
	gen_time(g, &g->times.connect, s->begun);
}

void
gen_closing(struct gen *g, struct slot *s)
{
	gen_not_ready(g, s);
	gen_state(g, s, SLOT_CLOSING);
	s->moved = g->now;
}

void
gen_ready(struct gen *g, struct slot *s)
{
	if (s->at != SLOT_NOT_READY)
		return;
	s->at = g->nb_ready;
	g->ready[g->nb_ready++] = gen_index(g, s);
}

void
gen_not_ready(struct gen *g, struct slot *s)
{
	if (s->at == SLOT_NOT_READY)
		return;
	uint32_t last = g->ready[--g->nb_ready];
	g->ready[s->at] = last;
	g->slots[last].at = s->at;
	s->at = SLOT_NOT_READY;
}

void
gen_asked(struct gen *g, struct slot *s, uint64_t due)
{
	*gen_asked_at(g, s, s->sent++) = due;
	s->waiting++;
	s->moved = g->now;
	g->tally.requests++;
}

void
gen_first_byte(struct gen *g, struct slot *s)
{
	gen_time(g, &g->times.first, *gen_asked_at(g, s, s->sent - s->waiting));
}

void
gen_answered(struct gen *g, struct slot *s)
{
	gen_time(g, &g->times.whole, *gen_asked_at(g, s, s->sent - s->waiting));
	s->waiting--;
	g->tally.answers++;
	g->answering |= 1u << s->target;
}

/* Nothing was ever had from its target that would say that another try may do better. */
static bool
is_hopeless(const struct gen *g, const struct slot *s, enum failure why)
{
	uint32_t good = why == FAIL_ANSWER ? g->answering : g->met;

	return (good & 1u << s->target) == 0;
}

void
gen_count_failure(struct gen *g, struct slot *s, enum failure why)
{
	g->tally.failed[why]++;
	count_tried(g, s);
	if (g->gave_up || !is_hopeless(g, s, why))
		return;
	/* Nothing is gained by trying a thousand more: somebody must look first. */
	g->gave_up = true;
	g->gave_up_target = s->target;
	g->gave_up_why = why;
}

void
gen_abort(struct gen *g, struct slot *s)
{
	gen_not_ready(g, s);
	gen_state(g, s, SLOT_FAILED);
	g->speech->abort(g, s);
}

void
gen_fail(struct gen *g, struct slot *s, enum failure why)
{
	gen_count_failure(g, s, why);
	gen_abort(g, s);
}

void
gen_free(struct gen *g, struct slot *s)
{
	gen_not_ready(g, s);
	gen_state(g, s, SLOT_FREE);
	*s = (struct slot){.gen = g, .at = SLOT_NOT_READY};
	g->free[g->nb_free++] = gen_index(g, s);
}
