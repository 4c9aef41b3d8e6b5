/* SPDX-License-Identifier: BSD-3-Clause */
/* What can be seen of a connection: leat_tcp_info() and the walk over all of a core's. */
#include <string.h>
#include "base/seq.h"
#include "tcp/cc.h"
#include "tcp/cookie.h"
#include "tcp/extra.h"
#include "tcp/half_open.h"
#include "tcp/listen.h"
#include "tcp/pace.h"
#include "tcp/reassembly.h"
#include "tcp/stats.h"
#include "tcp/time_wait.h"

static uint32_t
ms_until(const struct core *core, uint32_t deadline)
{
	int32_t ticks = (int32_t)(deadline - core->tick);

	return ticks > 0 ? (uint32_t)ticks / (CORE_TICKS_PER_SEC / 1000) : 0;
}

static void
fill_timer(const struct core *core, const struct tcb *t, struct leat_tcp_info *i)
{
	bool persist = t->state >= TCPS_ESTABLISHED && (t->snd_wnd == 0 || tcb_flight(t) == 0);

	i->timer = "";
	if (t->armed & T_RTX) {
		i->timer = t->state < TCPS_ESTABLISHED ? "syn" : persist ? "persist" :
			t->armed & T_PTO ? "probe" : t->armed & T_REO ? "reorder" : "rto";
		i->timer_ms = ms_until(core, t->t_rtx);
	} else if (t->armed & T_IDLE) {
		i->timer = t->state == TCPS_FIN_WAIT_2 && (t->flags & TF_ORPHAN) ? "fin-wait-2" : "keepalive";
		i->timer_ms = ms_until(core, t->t_idle);
	}
}

/* What is known while data is in flight, and a while behind. */
static void
fill_sender(const struct core *core, const struct tcb *t, struct leat_tcp_info *i)
{
	const struct tcp_sender *s = sender_of(core->tcp, t);

	i->phase = t->flags & TF_RTO && t->state >= TCPS_ESTABLISHED ? "timeout" :
		t->flags & TF_RECOVERY ? "recovery" : s != NULL && s->cwr == CWR_REDUCING ? "reducing" : "open";
	if (s == NULL)
		return;
	i->lost = s->lost;
	i->sacked = s->sacked;
	i->reordering = s->reordering;
	i->min_rtt_us = sender_min_rtt(s) != UINT32_MAX ? sender_min_rtt(s) : 0;
}

static uint64_t
wide(uint16_t high, uint32_t low)
{
	return (uint64_t)high << 32 | low;
}

static void
fill_tcb(const struct core *core, const struct tcb *t, struct leat_tcp_info *i)
{
	uint32_t acked = seq_min(t->snd_una, t->snd_end) - (t->iss + 1);

	i->state = (enum leat_tcp_state)t->state;
	i->core = core->id;
	tuple_read(tcb_key(t), tcb_key_len(t), &i->local, &i->remote);
	i->rcv_queued = tcp_rcv_queued(core->tcp, t);
	i->snd_queued = seq_lt(t->snd_una, t->snd_end) ? t->snd_end - t->snd_una : 0;
	i->in_flight = tcb_flight(t);
	i->ooo = tcp_ooo_bytes(core->tcp, t);
	i->iss = t->iss;
	i->irs = t->irs;
	i->snd_una = t->snd_una;
	i->snd_nxt = t->snd_nxt;
	i->snd_wnd = t->snd_wnd;
	i->rcv_nxt = t->rcv_nxt;
	i->rcv_wnd = t->rcv_adv - t->rcv_nxt;
	i->snd_wscale = t->snd_wscale;
	i->rcv_wscale = t->rcv_wscale;
	i->timestamps = t->flags & TF_TS;
	i->sack = t->flags & TF_SACK;
	i->nodelay = t->flags & TF_NODELAY;
	i->ecn = t->flags & TF_ECN;
	i->pacing_rate = t->paced ? pace_rate(core, t) : 0;
	i->snd_buf = t->snd_buf;
	i->rcv_buf = tcb_rcv_buf(core->tcp, t);
	i->age_ms = ((uint32_t)(core->now / 100000000) - t->made) * (uint64_t)100;
	fill_sender(core, t, i);
	if (t->counted)
		stats_fill(core, t, i);
	i->mss = t->mss;
	i->cwnd = t->cwnd;
	i->ssthresh = t->ssthresh;
	i->congestion = tcp_cc_all[t->cc]->name;
	i->srtt_us = t->srtt;
	i->rttvar_us = t->rttvar;
	i->rto_us = (uint32_t)tcp_rto_us(core, t);
	i->retransmits = t->retransmits;
	i->backoff = t->backoff;
	i->soft_error = t->state != TCPS_CLOSED ? t->soft_error : 0;
	i->bytes_in = t->state >= TCPS_ESTABLISHED ?
		wide(t->in_hi, t->rcv_nxt - (t->irs + 1) - !!(t->flags & TF_PEER_FIN)) : 0;
	i->bytes_out = t->state >= TCPS_ESTABLISHED ? wide(t->out_hi, acked) : 0;
	fill_timer(core, t, i);
}

/* Callers may know an older, shorter struct: they get that much of ours. */
static void
hand_out(const struct leat_tcp_info *from, struct leat_tcp_info *to)
{
	uint32_t size = RTE_MIN(to->size, (uint32_t)sizeof(*from));

	memcpy(to, from, size);
	to->size = size;
}

void
leat_tcp_info(const struct leat_conn *c, struct leat_tcp_info *info)
{
	const struct tcb *t = tcb_of(c);
	struct leat_tcp_info i = {.size = sizeof(i)};

	fill_tcb(tcb_owned(t), t, &i);
	hand_out(&i, info);
}

static void
fill_entry(const struct core *core, uint32_t handle, struct leat_tcp_info *i)
{
	const struct tcp_layer *tcp = core->tcp;
	uint32_t index = demux_index(handle);

	*i = (struct leat_tcp_info){.size = sizeof(*i), .core = core->id, .timer = "", .congestion = "", .phase = ""};
	if (demux_kind(handle) == DEMUX_TCB) {
		fill_tcb(core, slab_at(&tcp->tcbs, index), i);
	} else if (demux_kind(handle) == DEMUX_HALF_OPEN) {
		const struct half_open *h = half_open_at(tcp, index);
		i->state = LEAT_TCP_SYN_RECEIVED;
		tuple_read(h->key, half_open_key_len(h), &i->local, &i->remote);
		i->iss = i->snd_una = h->iss;
		i->snd_nxt = h->iss + 1;
		i->irs = h->irs;
		i->rcv_nxt = h->irs + 1;
		i->retransmits = i->backoff = h->retries;
		i->timer = "syn";
		i->timer_ms = ms_until(core, h->deadline);
	} else {
		const struct time_wait *w = time_wait_at(tcp, index);
		i->state = LEAT_TCP_TIME_WAIT;
		tuple_read(w->key, time_wait_key_len(w), &i->local, &i->remote);
		i->snd_una = i->snd_nxt = w->snd_nxt;
		i->rcv_nxt = w->rcv_nxt;
		i->timer = "time-wait";
		i->timer_ms = ms_until(core, w->deadline);
	}
}

static bool
walk_listeners(const struct core *core, bool (*fn)(const struct leat_tcp_info *, void *), void *arg)
{
	for (unsigned b = 0; b < TCP_LISTEN_BUCKETS; b++)
		for (const struct tcp_listener *l = core->tcp->listeners[b]; l != NULL; l = l->next) {
			struct leat_tcp_info i = {.size = sizeof(i), .state = LEAT_TCP_LISTEN, .local = l->local,
				.core = core->id, .rcv_queued = l->half_open, .snd_queued = l->backlog, .timer = "",
				.congestion = "", .phase = "", .syn_cookies = cookie_is_active(core, l)};
			if (!fn(&i, arg))
				return false;
		}
	return true;
}

static bool
walk_bucket(const struct core *core, const struct demux_bucket *b,
	bool (*fn)(const struct leat_tcp_info *, void *), void *arg)
{
	struct leat_tcp_info i;

	for (int way = 0; way < DEMUX_WAYS; way++) {
		if (b->handles[way] == 0)
			continue;
		fill_entry(core, b->handles[way], &i);
		if (!fn(&i, arg))
			return false;
	}
	return true;
}

bool
tcp_walk_step(struct core *core, struct tcp_walk *w, uint64_t buckets,
	bool (*fn)(const struct leat_tcp_info *, void *arg), void *arg)
{
	const struct demux *demux = &core->tcp->demux;

	if (!w->begun) {
		w->begun = true;
		demux_walk_begin(demux, &w->entries);
		if (!walk_listeners(core, fn, arg))
			return false;
	}
	for (; buckets > 0; buckets--) {
		const struct demux_bucket *b = demux_walk_next(demux, &w->entries);
		if (b == NULL || !walk_bucket(core, b, fn, arg))
			return false;
	}
	return true;
}

void
leat_tcp_walk(struct leat_core *c, bool (*fn)(const struct leat_tcp_info *, void *arg), void *arg)
{
	struct core *core = (struct core *)c;
	struct tcp_walk w = {0};

	core_assert_owner(core);
	tcp_walk_step(core, &w, UINT64_MAX, fn, arg);
}
