/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include "base/seq.h"
#include "tcp/extra.h"
#include "tcp/stats.h"

struct tcp_stats *
stats_of(const struct core *core, const struct tcb *t)
{
	return (struct tcp_stats *)slab_at(&core->tcp->stats, extra_of(core->tcp, t)->stats);
}

static int
begin(struct core *core, struct tcb *t)
{
	struct slab *slab = &core->tcp->stats;
	struct tcp_extra *e = tcp_extra_need(core, t);

	if (e == NULL)
		return -ENOMEM;
	if ((e->stats = slab_alloc(slab)) == 0)
		return -ENOMEM;
	struct tcp_stats *s = slab_at(slab, e->stats);
	memset(s, 0, sizeof(*s));
	s->limited_since = core->now;
	s->limited_times[LIMIT_APP] = 1;
	t->counted = 1;
	return 0;
}

int
stats_set(struct core *core, struct tcb *t, bool on)
{
	if (on == t->counted)
		return 0;
	if (on)
		return begin(core, t);
	struct tcp_extra *e = extra_of(core->tcp, t);
	slab_free(&core->tcp->stats, e->stats);
	e->stats = 0;
	t->counted = 0;
	return 0;
}

void
stats_in(const struct core *core, const struct tcb *t, const struct tcp_seg *seg)
{
	struct tcp_stats *s = stats_of(core, t);

	s->segs_in++;
	if (seg->len > 0) {
		s->data_segs_in++;
		s->data_in_at = core->now;
	}
	if (seg->flags & TCP_ACK)
		s->ack_in_at = core->now;
}

void
stats_out(const struct core *core, const struct tcb *t, uint32_t len)
{
	struct tcp_stats *s = stats_of(core, t);

	s->segs_out++;
	if (len > 0) {
		s->data_segs_out++;
		s->data_out_at = core->now;
	}
	s->cwnd_max = RTE_MAX(s->cwnd_max, t->cwnd);
}

void
stats_rtt(const struct core *core, const struct tcb *t, uint32_t us)
{
	struct tcp_stats *s = stats_of(core, t);

	s->rtt_min = s->rtt_max == 0 ? us : RTE_MIN(s->rtt_min, us);
	s->rtt_max = RTE_MAX(s->rtt_max, us);
}

static enum tcp_limit
limit_of(const struct tcb *t)
{
	const uint32_t flight = tcb_flight(t);

	if (seq_geq(t->snd_nxt, t->snd_end) || t->armed & T_PACE)
		return LIMIT_APP;
	/* what does not fill a segment waits for more of it, or for an ACK (3.8.6.2.1) */
	uint32_t next = RTE_MIN(t->snd_end - t->snd_nxt, (uint32_t)t->mss);
	if (t->snd_wnd < flight + next)
		return LIMIT_RWND;
	return t->cwnd < flight + next || t->flags & (TF_RECOVERY | TF_RTO) ? LIMIT_CWND : LIMIT_APP;
}

void
stats_limit(const struct core *core, const struct tcb *t)
{
	struct tcp_stats *s = stats_of(core, t);
	enum tcp_limit now = limit_of(t);

	if (now == s->limit)
		return;
	s->limited_ns[s->limit] += core->now - s->limited_since;
	s->limited_since = core->now;
	s->limited_times[now]++;
	s->limit = (uint8_t)now;
}

static uint64_t
limited_us(const struct core *core, const struct tcp_stats *s, enum tcp_limit limit)
{
	return (s->limited_ns[limit] + (s->limit == limit ? core->now - s->limited_since : 0)) / 1000;
}

static uint32_t
ms_since(const struct core *core, uint64_t at)
{
	return at == 0 ? UINT32_MAX : (uint32_t)RTE_MIN((core->now - at) / 1000000, (uint64_t)UINT32_MAX - 1);
}

void
stats_fill(const struct core *core, const struct tcb *t, struct leat_tcp_info *i)
{
	const struct tcp_stats *s = stats_of(core, t);

	i->counted = true;
	i->segs_in = s->segs_in;
	i->segs_out = s->segs_out;
	i->data_segs_in = s->data_segs_in;
	i->data_segs_out = s->data_segs_out;
	i->bytes_resent = s->bytes_resent;
	i->timeouts = s->timeouts;
	i->recoveries = s->recoveries;
	i->probes = s->probes;
	i->undone = s->undone;
	i->dup_acks_in = s->dup_acks_in;
	i->dsacks_in = s->dsacks_in;
	i->dsacks_out = s->dsacks_out;
	i->ooo_in = s->ooo_in;
	i->ce_in = s->ce_in;
	i->marks = s->marks;
	i->cwnd_max = RTE_MAX(s->cwnd_max, t->cwnd);
	i->rtt_min_us = s->rtt_min;
	i->rtt_max_us = s->rtt_max;
	i->data_in_ms = ms_since(core, s->data_in_at);
	i->data_out_ms = ms_since(core, s->data_out_at);
	i->ack_in_ms = ms_since(core, s->ack_in_at);
	i->limited_app_us = limited_us(core, s, LIMIT_APP);
	i->limited_cwnd_us = limited_us(core, s, LIMIT_CWND);
	i->limited_rwnd_us = limited_us(core, s, LIMIT_RWND);
	i->limited_app = s->limited_times[LIMIT_APP];
	i->limited_cwnd = s->limited_times[LIMIT_CWND];
	i->limited_rwnd = s->limited_times[LIMIT_RWND];
}
