/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include "tcp/extra.h"
#include "tcp/pace.h"

enum { BURST = 1000000 }; /* nanoseconds */

static uint32_t
limit_of(const struct core *core, const struct tcb *t)
{
	const struct tcp_extra *e = extra_of(core->tcp, t);

	return e != NULL && e->pacing != 0 ? e->pacing : UINT32_MAX;
}

uint64_t
pace_rate(const struct core *core, const struct tcb *t)
{
	uint64_t limit = limit_of(core, t), window = RTE_MAX(t->cwnd, tcb_flight(t));

	if (limit == UINT32_MAX)
		limit = UINT64_MAX;
	if (!(t->flags & TF_RTT_KNOWN))
		return limit == UINT64_MAX ? 0 : limit;
	uint64_t bytes = t->cwnd < t->ssthresh / 2 ? 2 * window : window + window / 5;
	return RTE_MIN(RTE_MAX(bytes * 1000000 / RTE_MAX(t->srtt, 1u), 1u), limit);
}

bool
pace_allows(struct core *core, struct tcb *t)
{
	const struct tcp_sender *s = sender_get(core, t);

	if (s == NULL || s->pace_next <= core->now + BURST)
		return true;
	/* half of a burst together, and not every hundred microseconds a bit of it */
	tcp_timer_pace(core, t, s->pace_next - core->now - BURST / 2);
	return false;
}

void
pace_sent(const struct core *core, const struct tcb *t, struct tcp_sender *s, uint32_t bytes)
{
	uint64_t rate = pace_rate(core, t);

	if (rate != 0)
		s->pace_next = RTE_MAX(s->pace_next, core->now) + bytes * 1000000000ull / rate;
}

int
pace_set(struct core *core, struct tcb *t, uint32_t limit)
{
	struct tcp_extra *e = limit != 0 && limit != UINT32_MAX ? tcp_extra_need(core, t) : extra_of(core->tcp, t);

	if (e == NULL && limit != 0 && limit != UINT32_MAX)
		return -ENOMEM;
	t->paced = limit != 0;
	if (e != NULL)
		e->pacing = limit != UINT32_MAX ? limit : 0;
	/* what waits goes by the new rate from now on */
	if (t->sender != 0)
		sender_of(core->tcp, t)->pace_next = 0;
	if (t->state >= TCPS_ESTABLISHED && t->state != TCPS_TIME_WAIT)
		tcb_mark(core, t);
	return 0;
}

uint32_t
pace_get(const struct core *core, const struct tcb *t)
{
	return t->paced ? limit_of(core, t) : 0;
}
