/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Questions over UDP, to a server that sends back what it gets (RFC 862). Each datagram says who waits for it: the
 * number of the slot and of the question. What does not come back in --timeout is lost.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "gen.h"

/* At the start of each datagram, in our own byte order: nobody else reads it. */
struct mark_of {
	uint32_t slot, question;
};

_Static_assert(sizeof(struct mark_of) == PLAN_UDP_MIN, "the smallest datagram is a mark");

static void
ask(struct gen *g, struct slot *s, uint64_t due)
{
	const struct target *t = &g->plan->targets[s->target];
	struct mark_of mark = {gen_index(g, s), (uint32_t)g->tally.requests};

	memcpy(g->datagram, &mark, sizeof(mark));
	s->left = mark.question;
	gen_asked(g, s, due);
	gen_not_ready(g, s);
	int rc = leat_udp_send(g->udp[s->source], &t->at, g->datagram, t->request_len);
	if (rc == 0) {
		g->tally.bytes_out += t->request_len;
		return;
	}
	gen_fail(g, s, failure_of(-rc));
	g->retry_at = g->now + MILLISECOND;
}

static void
go_on(struct gen *g, struct slot *s)
{
	if (g->phase >= GEN_DRAIN || g->quota == 0) {
		g->tally.ended++;
		gen_free(g, s);
	} else if (g->ask_rate > 0) {
		gen_ready(g, s);
	} else if (gen_take_quota(g)) {
		ask(g, s, g->now);
	}
}

static void
on_datagram(struct leat_udp *udp, const struct leat_datagram *d, void *user)
{
	struct gen *g = user;
	struct mark_of mark;

	(void)udp;
	g->now = leat_core_now(g->core);
	g->tally.bytes_in += d->len;
	if (d->len < sizeof(mark))
		return;
	memcpy(&mark, d->data, sizeof(mark));
	struct slot *s = mark.slot < g->nb_slots ? &g->slots[mark.slot] : NULL;
	if (s == NULL || s->waiting == 0 || s->left != mark.question)
		return; /* late or twice: it was counted as lost, or answered */
	if (d->len != g->plan->targets[s->target].request_len) {
		gen_fail(g, s, FAIL_ANSWER);
		return;
	}
	gen_met(g, s);
	gen_first_byte(g, s);
	gen_answered(g, s);
	go_on(g, s);
}

/* One of those that wait for an answer from there gets none. */
static void
on_error(struct leat_udp *udp, const struct leat_endpoint *to, int error, void *user)
{
	struct gen *g = user;

	(void)udp;
	g->now = leat_core_now(g->core);
	for (uint32_t i = 0; i < g->nb_slots; i++) {
		struct slot *s = &g->slots[i];
		const struct leat_endpoint *at = &g->plan->targets[s->target].at;
		if (s->waiting > 0 && at->port == to->port && leat_addr_equal(&at->addr, &to->addr)) {
			gen_fail(g, s, failure_of(error));
			return;
		}
	}
}

static int
open_one(struct gen *g, struct slot *s)
{
	gen_route(g, s);
	gen_state(g, s, SLOT_OPEN);
	g->tally.opened++;
	go_on(g, s);
	return 0;
}

static void
close_one(struct gen *g, struct slot *s)
{
	g->tally.ended++;
	gen_free(g, s);
}

const struct speech udp_speech = {open_one, ask, close_one, gen_free};

int
udp_open(struct gen *g)
{
	static const struct leat_udp_events events = {.on_datagram = on_datagram, .on_error = on_error};
	const struct plan *p = g->plan;
	int rc = 0;

	g->datagram = malloc(p->targets[0].request_len);
	if (g->datagram == NULL)
		return -ENOMEM;
	memcpy(g->datagram, p->targets[0].request, p->targets[0].request_len);
	for (unsigned i = 0; rc == 0 && (i == 0 || i < p->nb_sources); i++) {
		struct leat_endpoint local = {0};
		if (p->nb_sources > 0)
			local.addr = p->sources[i];
		rc = leat_udp_open(g->core, &local, &events, g, &g->udp[i]);
		g->nb_udp += rc == 0;
	}
	return rc;
}
