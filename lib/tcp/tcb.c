/* SPDX-License-Identifier: BSD-3-Clause */
#include <netinet/in.h>
#include <string.h>
#include "tcp/extra.h"
#include "tcp/reassembly.h"
#include "tcp/stats.h"
#include "tcp/tcp.h"
#include "tcp/time_wait.h"

struct tcb *
tcb_alloc(struct core *core)
{
	struct tcp_layer *tcp = core->tcp;
	const struct leat_tcp_config *c = tcp->config;
	uint32_t handle = slab_alloc(&tcp->tcbs);

	if (handle == 0)
		return NULL;
	struct tcb *t = slab_at(&tcp->tcbs, handle);
	memset(t, 0, sizeof(*t));
	t->snd_buf = c->snd_buf;
	t->rcv_buf = c->rcv_buf;
	t->ssthresh = UINT32_MAX; /* RFC 5681 3.1: arbitrarily high */
	t->cc = (uint8_t)c->congestion;
	t->paced = c->pacing;
	t->flags = (c->nodelay ? TF_NODELAY : 0u) | (c->keepalive > 0 ? TF_KEEPALIVE : 0u);
	t->made = (uint32_t)(core->now / 100000000);
	if (unlikely(c->statistics))
		stats_set(core, t, true); /* without memory it goes uncounted */
	return t;
}

void
tcb_set_tuple(struct tcb *t, const struct tuple *tuple, uint32_t ts_offset)
{
	t->ip_len = ip_template_key(t->hdr, tuple->key, tuple->len, IPPROTO_TCP);
	t->ts_offset = ts_offset;
}

uint32_t
tcp_initial_window(const struct core *core, const struct tcb *t)
{
	uint32_t iw = core->tcp->config->initial_window, mss = t->mss;

	/* RFC 6928 2: min (10*MSS, max (2*MSS, 14600)) */
	return RTE_MIN(iw * mss, RTE_MAX(2 * mss, iw * 1460u));
}

void
tcb_set_state(struct core *core, struct tcb *t, enum tcp_state to)
{
	struct tuple tuple;

	if (trace_on(core)) {
		tcb_tuple(t, &tuple);
		trace_state(core, &tuple, t->state, (uint8_t)to);
	}
	t->state = (uint8_t)to;
}

void
tcb_note(struct core *core, const struct tcb *t, enum trace_note what, uint32_t value)
{
	struct tuple tuple;

	if (!trace_on(core))
		return;
	tcb_tuple(t, &tuple);
	trace_note(core, &tuple, what, value);
}

uint64_t
tcb_hash(const struct core *core, const struct tcb *t)
{
	return demux_hash_key(&core->tcp->demux, tcb_key(t), tcb_key_len(t));
}

void
tcb_queue_event(struct core *core, struct tcb *t)
{
	struct tcp_layer *tcp = core->tcp;
	uint32_t handle = slab_handle(&tcp->tcbs, t);

	t->flags |= TF_QUEUED;
	t->events_next = 0;
	if (tcp->events_tail != 0)
		((struct tcb *)slab_at(&tcp->tcbs, tcp->events_tail))->events_next = handle;
	else
		tcp->events_head = handle;
	tcp->events_tail = handle;
}

/* What ends with the connection, whoever goes on with its tuple. */
static void
finish(struct core *core, struct tcb *t, int reason)
{
	tcp_timer_stop(core, t);
	tcp_starved_remove(core, t);
	core->tcp->orphans -= !!(t->flags & TF_ORPHAN);
	t->soft_error = (uint8_t)reason;
	count(core, CNT_tcp_closed);
	tcb_event(core, t, EV_CLOSED);
}

void
tcb_close(struct core *core, struct tcb *t, int reason)
{
	if (t->state == TCPS_CLOSED || t->state == TCPS_TIME_WAIT)
		return;
	demux_remove(&core->tcp->demux, tcb_hash(core, t),
		demux_handle(DEMUX_TCB, slab_handle(&core->tcp->tcbs, t), tcb_key_len(t)));
	tcb_set_state(core, t, TCPS_CLOSED);
	finish(core, t, reason);
}

void
tcb_to_time_wait(struct core *core, struct tcb *t)
{
	tcb_set_state(core, t, TCPS_TIME_WAIT);
	time_wait_create(core, t);
	finish(core, t, 0);
}

void
tcb_reset(struct core *core, struct tcb *t, int reason)
{
	/* SYN-SENT has nothing to reset (RFC 9293 3.10.5) */
	if (t->state >= TCPS_SYN_RECEIVED && t->state != TCPS_TIME_WAIT)
		tcp_send_rst(core, t);
	tcb_close(core, t, reason);
}

void
tcb_free(struct core *core, struct tcb *t)
{
	tcp_sendq_free(core, t);
	tcp_rcv_free(core, t);
	sender_free(core, t);
	tcp_extra_free(core, t);
	slab_free(&core->tcp->tcbs, slab_handle(&core->tcp->tcbs, t));
}
