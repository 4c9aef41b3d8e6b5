/* SPDX-License-Identifier: BSD-3-Clause */
#include <stddef.h>
#include <string.h>
#include <rte_prefetch.h>
#include "base/seq.h"
#include "tcp/half_open.h"
#include "tcp/listen.h"
#include "tcp/reply.h"
#include "tcp/time_wait.h"

/* Our timestamp clock ticks in milliseconds: since the last segment it has gone on by one at least. */
enum { RECYCLE_TICKS = 2 * CORE_TICKS_PER_SEC / 1000 };

static const size_t link_at = offsetof(struct time_wait, link);

static void
tuple_of(const struct time_wait *w, struct tuple *t)
{
	t->len = time_wait_key_len(w);
	memcpy(t->key, w->key, t->len);
}

/* (Re)starts the 2 MSL: to the end of the list. */
static void
start(struct core *core, uint32_t index)
{
	struct tcp_layer *tcp = core->tcp;
	struct time_wait *w = time_wait_at(tcp, index);

	w->deadline = core->tick + core_ticks(2 * tcp->config->msl);
	fifo_push(&tcp->time_wait_fifo, &tcp->time_waits, index, link_at);
	wheel_arm(&core->wheel, &tcp->time_wait_timer, w->deadline);
}

static void
forget(struct core *core, uint32_t index)
{
	struct tcp_layer *tcp = core->tcp;
	struct time_wait *w = time_wait_at(tcp, index);
	struct tuple t;

	tuple_of(w, &t);
	if (trace_on(core))
		trace_state(core, &t, TCPS_TIME_WAIT, TCPS_CLOSED);
	fifo_unlink(&tcp->time_wait_fifo, &tcp->time_waits, index, link_at);
	demux_remove(&tcp->demux, demux_hash(&tcp->demux, &t), demux_handle(DEMUX_TIME_WAIT, index, t.len));
	slab_free(&tcp->time_waits, index);
}

void
time_wait_create(struct core *core, const struct tcb *t)
{
	struct tcp_layer *tcp = core->tcp;
	uint8_t len = tcb_key_len(t);

	if (tcp->time_waits.used == tcp->time_waits.max) {
		count(core, CNT_tcp_time_wait_full);
		forget(core, tcp->time_wait_fifo.head);
	}
	uint32_t index = slab_alloc(&tcp->time_waits);
	struct time_wait *w = time_wait_at(tcp, index);
	memset(w, 0, sizeof(*w));
	memcpy(w->key, tcb_key(t), len);
	w->v6 = len == TUPLE6_LEN;
	w->snd_nxt = t->snd_nxt;
	w->rcv_nxt = t->rcv_nxt;
	w->ts_recent = t->ts_recent;
	w->ts = !!(t->flags & TF_TS);
	w->wnd = (uint16_t)RTE_MIN((t->rcv_adv - t->rcv_nxt) >> t->rcv_wscale, 65535u);
	demux_replace(&tcp->demux, tcb_hash(core, t), demux_handle(DEMUX_TCB, slab_handle(&tcp->tcbs, t), len),
		demux_handle(DEMUX_TIME_WAIT, index, len));
	start(core, index);
}

static void
send_ack(struct core *core, const struct time_wait *w)
{
	struct tcp_reply r = {.seq = w->snd_nxt, .ack = w->rcv_nxt, .flags = TCP_ACK, .wnd = w->wnd};

	tuple_of(w, &r.tuple);
	r.opts.has_ts = w->ts;
	r.opts.tsval = tcp_ts_now(core) + tcp_ts_offset(core, &r.tuple);
	r.opts.tsecr = w->ts_recent;
	tcp_reply_send(core, &r);
}

/* RFC 5961 7: two ends that disagree would otherwise answer each other's answers for ever. */
static void
challenge(struct core *core, struct time_wait *w)
{
	uint8_t second = (uint8_t)(core->now / 1000000000u);

	if (w->challenge_sec != second) {
		w->challenge_sec = second;
		w->challenges = 0;
	}
	if (w->challenges == TCP_CHALLENGES_PER_SEC) {
		count(core, CNT_tcp_challenge_acks_limited);
		return;
	}
	w->challenges++;
	send_ack(core, w);
}

/* Would a listener take it, and our ISN lie beyond what was used (RFC 9293 3.6.1)? */
static bool
is_wanted(struct core *core, const struct time_wait *w, const struct tuple *t)
{
	const struct leat_endpoint local = tuple_local(t->key, t->len);
	const struct tcp_listener *l = tcp_listener_find(core, &local);
	return l != NULL && half_open_can_follow(core, l, t, w->snd_nxt);
}

/*
 * RFC 6191 2: may this SYN begin a new connection although the old one is remembered? What no
 * listener would take ends nothing.
 */
static bool
reopens(struct core *core, const struct time_wait *w, const struct tcp_seg *seg)
{
	bool ts = core->tcp->config->timestamps && seg->opts.has_ts;

	if ((seg->flags & (TCP_SYN | TCP_ACK | TCP_FIN)) != TCP_SYN || !is_wanted(core, w, &seg->tuple))
		return false;
	if (ts && w->ts)
		return seq_gt(seg->opts.tsval, w->ts_recent) ||
			(seg->opts.tsval == w->ts_recent && seq_gt(seg->seq, w->rcv_nxt));
	if (ts)
		return true;
	return seq_gt(seg->seq, w->rcv_nxt);
}

void
time_wait_input(struct core *core, uint32_t index, struct tcp_seg *seg)
{
	struct time_wait *w = time_wait_at(core->tcp, index);

	/* RFC 1337 3, fix F1: RST does not cut TIME-WAIT short */
	if (seg->flags & TCP_RST) {
		seg_drop(core, seg, DROP_tcp_time_wait);
		return;
	}
	if (reopens(core, w, seg)) {
		uint32_t after = w->snd_nxt;
		count(core, CNT_tcp_time_wait_reopened);
		forget(core, index);
		tcp_listen_input(core, seg, &after);
		return;
	}
	/* RFC 9293 3.10.7.4: the peer's FIN again is acknowledged and restarts the 2 MSL */
	if (seg->flags & TCP_FIN && seg->seq + seg->len + 1 == w->rcv_nxt) {
		fifo_unlink(&core->tcp->time_wait_fifo, &core->tcp->time_waits, index, link_at);
		start(core, index);
		send_ack(core, w);
	} else if (tcp_seg_len(seg) > 0) {
		send_ack(core, w);
	} else if (seg->seq != w->rcv_nxt) {
		challenge(core, w);
	}
	seg_drop(core, seg, DROP_tcp_time_wait);
}

bool
time_wait_recycle(struct core *core, uint32_t index, const struct tuple *t)
{
	const struct time_wait *w = time_wait_at(core->tcp, index);
	const struct leat_tcp_config *c = core->tcp->config;
	uint32_t age = core->tick - (w->deadline - core_ticks(2 * c->msl));

	if (!c->timestamps || !w->ts || age < RECYCLE_TICKS || !seq_gt(tcp_isn(core, t), w->snd_nxt))
		return false;
	count(core, CNT_tcp_time_wait_recycled);
	forget(core, index);
	return true;
}

void
time_wait_forget_all(struct core *core)
{
	while (core->tcp->time_wait_fifo.head != 0)
		forget(core, core->tcp->time_wait_fifo.head);
}

static void
on_timer(struct core *core, struct wheel_node *node)
{
	struct tcp_layer *tcp = core->tcp;
	uint32_t i;

	while ((i = tcp->time_wait_fifo.head) != 0) {
		const struct time_wait *w = time_wait_at(tcp, i);
		uint32_t deadline = w->deadline;
		rte_prefetch0(time_wait_at(tcp, w->link.next)); /* nobody has looked at it for 2 MSL */
		if (seq_gt(deadline, core->tick)) {
			wheel_arm(&core->wheel, node, deadline);
			return;
		}
		forget(core, i);
	}
}

void
time_wait_init(struct core *core)
{
	wheel_handler(&core->wheel, WHEEL_TIME_WAIT, on_timer);
	wheel_node_init(&core->tcp->time_wait_timer, WHEEL_TIME_WAIT);
}
