/* SPDX-License-Identifier: BSD-3-Clause */
/* The congestion control of RFC 5681; what RFC 6582 changes in it is in recovery.c. */
#include "tcp/slow_start.h"

struct newreno {
	uint32_t acked; /* congestion avoidance: bytes acknowledged towards the next segment of cwnd */
};
static_assert(sizeof(struct newreno) <= sizeof(((struct tcp_sender *)0)->cc), "it lives there");

static struct newreno *
newreno(struct tcp_sender *s)
{
	return (struct newreno *)s->cc;
}

static void
init(const struct core *core, struct tcb *t, struct tcp_sender *s)
{
	(void)core;
	(void)t;
	newreno(s)->acked = 0;
}

static void
acked(const struct core *core, struct tcb *t, struct tcp_sender *s, const struct tcp_acked *a)
{
	struct newreno *n = newreno(s);
	uint32_t bytes = t->cwnd < t->ssthresh ? tcp_slow_start(t, a) : a->acked;

	(void)core;
	/* RFC 5681 3.1: one SMSS each time a whole window was acknowledged, however many ACKs that took */
	n->acked += RTE_MIN(bytes, t->cwnd);
	if (n->acked >= t->cwnd) {
		n->acked -= t->cwnd;
		tcp_cwnd_grow(t, t->mss);
	}
}

/* RFC 5681 3.1 (4): ssthresh = max (FlightSize / 2, 2*SMSS); of a timeout too. */
static void
congested(const struct core *core, struct tcb *t, struct tcp_sender *s, uint32_t flight)
{
	(void)core;
	t->ssthresh = tcp_ssthresh(t, flight / 2);
	newreno(s)->acked = 0;
}

/* Nothing is kept beyond cwnd and ssthresh. */
static void
undo(const struct core *core, struct tcb *t, struct tcp_sender *s)
{
	(void)core;
	(void)t;
	(void)s;
}

const struct tcp_cc_ops tcp_newreno = {
	.name = "newreno",
	.init = init,
	.acked = acked,
	.congested = congested,
	.timed_out = congested,
	.undo = undo,
};
