/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LOAD_OVER_TCP_H
#define LOAD_OVER_TCP_H
/* What every mode over TCP does alike with a slot: exchange.c, stream.c. */
#include "gen.h"

/* Whose slot it is, with the time of this turn. */
static inline struct gen *
gen_of(struct slot *s)
{
	s->gen->now = leat_core_now(s->gen->core);
	return s->gen;
}

/* 0, or what leat_tcp_connect() says. */
static inline int
over_tcp_open(struct gen *g, struct slot *s, const struct leat_tcp_events *events)
{
	struct leat_endpoint local = gen_route(g, s);

	return leat_tcp_connect(g->core, &local, &g->plan->targets[s->target].at, events, s, &s->conn);
}

static inline void
over_tcp_abort(struct gen *g, struct slot *s)
{
	(void)g;
	leat_tcp_abort(s->conn);
}

#endif
