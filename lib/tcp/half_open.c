/* SPDX-License-Identifier: BSD-3-Clause */
#include <stddef.h>
#include <string.h>
#include "base/seq.h"
#include "tcp/accept.h"
#include "tcp/cookie.h"
#include "tcp/ecn.h"
#include "tcp/half_open.h"
#include "tcp/listen.h"
#include "tcp/reply.h"
#include "tcp/scarcity.h"

static const size_t link_at = offsetof(struct half_open, link);

static void
tuple_of(const struct half_open *h, struct tuple *t)
{
	t->len = half_open_key_len(h);
	memcpy(t->key, h->key, t->len);
}

static struct tcp_listener *
listener_of(const struct core *core, const struct half_open *h)
{
	const struct leat_endpoint local = tuple_local(h->key, half_open_key_len(h));

	return tcp_listener_find(core, &local);
}

/* The time-out that an entry waits for after `retries` SYN-ACKs sent again: doubling (RFC 6298 5.5). */
static uint32_t
timeout(const struct core *core, uint8_t retries)
{
	const struct leat_tcp_config *c = core->tcp->config;

	return core_ticks(RTE_MIN(c->rto_initial << retries, c->rto_max));
}

static void
wait(struct core *core, uint32_t index)
{
	struct half_open *h = half_open_at(core->tcp, index);

	h->deadline = core->tick + timeout(core, h->retries);
	fifo_push(&core->tcp->half_open_fifo[h->retries], &core->tcp->half_opens, index, link_at);
	wheel_arm(&core->wheel, &core->tcp->half_open_timer, h->deadline);
}

static void
unwait(struct core *core, uint32_t index)
{
	struct half_open *h = half_open_at(core->tcp, index);

	fifo_unlink(&core->tcp->half_open_fifo[h->retries], &core->tcp->half_opens, index, link_at);
}

/*
 * RFC 7323 2.2: the window of a SYN is never scaled, that of any other segment is: the same edge,
 * rounded up so that it is not taken back (2.4).
 */
static uint16_t
window_field(const struct core *core, const struct half_open *h, uint8_t flags)
{
	uint32_t shift = flags & TCP_SYN || !half_open_wscale(h) ? 0 : core->tcp->rcv_wscale;

	return (uint16_t)((tcp_syn_window(core) + (1u << shift) - 1) >> shift);
}

void
half_open_reply(const struct core *core, const struct half_open *h, uint8_t flags, struct tcp_reply *r)
{
	*r = (struct tcp_reply){.seq = h->iss + !(flags & TCP_SYN), .ack = h->irs + 1, .flags = flags,
		.wnd = window_field(core, h, flags)};
	tuple_of(h, &r->tuple);
	if (flags & TCP_SYN) {
		/* RFC 7323 2.2, 3.2, RFC 2018 2: an option is offered only if the SYN had it */
		const struct leat_endpoint remote = tuple_remote(h->key, half_open_key_len(h));
		tcp_syn_opts(core, &remote.addr, &r->opts);
		r->opts.has_wscale &= half_open_wscale(h);
		r->opts.has_sack_perm &= h->sack;
		r->flags |= h->ecn ? TCP_ECE : 0; /* RFC 3168 6.1.1: an ECN-setup SYN-ACK */
	}
	r->opts.has_ts = h->ts;
	r->opts.tsval = tcp_ts_now(core) + half_open_ts_offset(core, h, &r->tuple);
	r->opts.tsecr = h->ts_recent;
}

static void
send(struct core *core, const struct half_open *h, uint8_t flags)
{
	struct tcp_reply r;

	half_open_reply(core, h, flags, &r);
	tcp_reply_send(core, &r);
}

static void
answer_syn(struct core *core, struct half_open *h, const struct tcp_seg *seg)
{
	h->unasked = seg->opts.has_mss ? HALF_OPEN_UNASKED : 1;
	send(core, h, TCP_SYN | TCP_ACK);
}

/* RFC 5961 7: limited, or two ends that disagree answer each other's answers for ever. */
static void
challenge(struct core *core, struct half_open *h)
{
	if (h->challenges == TCP_CHALLENGES_PER_SEC) {
		count(core, CNT_tcp_challenge_acks_limited);
		return;
	}
	h->challenges++;
	send(core, h, TCP_ACK);
}

static void
forget(struct core *core, uint32_t index)
{
	struct half_open *h = half_open_at(core->tcp, index);
	struct tcp_listener *l = listener_of(core, h);
	struct tuple t;

	tuple_of(h, &t);
	if (trace_on(core))
		trace_state(core, &t, TCPS_SYN_RECEIVED, TCPS_CLOSED);
	unwait(core, index);
	demux_remove(&core->tcp->demux, demux_hash(&core->tcp->demux, &t),
		demux_handle(DEMUX_HALF_OPEN, index, t.len));
	if (l != NULL)
		l->half_open--;
	slab_free(&core->tcp->half_opens, index);
}

void
half_open_set_tuple(const struct core *core, struct half_open *h, const struct tuple *tuple)
{
	memcpy(h->key, tuple->key, tuple->len);
	h->v6 = tuple->len == TUPLE6_LEN;
	if (!h->v6)
		h->ts_offset4 = tcp_ts_offset(core, tuple);
}

void
half_open_remember(const struct core *core, struct half_open *h, const struct tcp_seg *seg)
{
	const struct leat_tcp_config *c = core->tcp->config;

	memset(h, 0, sizeof(*h));
	half_open_set_tuple(core, h, &seg->tuple);
	h->irs = seg->seq;
	h->mss = seg->opts.has_mss ? RTE_MIN(seg->opts.mss, HALF_OPEN_MSS_MAX) & HALF_OPEN_MSS_MAX : 0;
	h->ts = c->timestamps && seg->opts.has_ts;
	h->ts_recent = seg->opts.tsval;
	h->snd_wscale = c->window_scale && seg->opts.has_wscale ? seg->opts.wscale & 15 : HALF_OPEN_NO_WSCALE;
	h->sack = c->sack && seg->opts.has_sack_perm;
	h->ecn = c->ecn != LEAT_ECN_OFF && ecn_is_setup_syn(seg);
}

static bool
has_room(const struct core *core, const struct tcp_listener *l)
{
	const struct tcp_layer *tcp = core->tcp;

	return tcp->config->syn_cookies != LEAT_COOKIES_ALWAYS && l->half_open < l->backlog &&
		tcp->half_opens.used < tcp->half_opens.max;
}

/*
 * Why no connection begins now, or 0. What is refused here asks again; with a SYN-ACK it would take itself for
 * connected, and what it says then would be lost.
 */
static enum counter
refusal(struct core *core)
{
	if (unlikely(core->tcp->tcbs.used == core->tcp->tcbs.max))
		return CNT_tcp_no_tcb;
	return unlikely(tcp_scarcity_refuses(core)) ? CNT_tcp_mbufs_scarce : 0;
}

bool
half_open_can_follow(struct core *core, const struct tcp_listener *l, const struct tuple *tuple, uint32_t after)
{
	if (refusal(core) != 0)
		return false;
	return has_room(core, l) ||
		(core->tcp->config->syn_cookies != LEAT_COOKIES_OFF && cookie_can_follow(core, tuple, after));
}

/* The SYN is ignored, and counted why: the peer tries again. */
static void
refuse(struct core *core, struct tcp_seg *seg, enum counter why)
{
	count(core, why);
	seg_drop(core, seg, DROP_tcp_syn_refused);
}

/* No entry for this SYN: a cookie, or it is refused. */
static void
do_without(struct core *core, struct tcp_listener *l, struct tcp_seg *seg, const uint32_t *after)
{
	if (core->tcp->config->syn_cookies == LEAT_COOKIES_OFF || !cookie_send(core, l, seg, after))
		refuse(core, seg, CNT_tcp_half_open_full);
}

void
half_open_create(struct core *core, struct tcp_listener *l, struct tcp_seg *seg, const uint32_t *after)
{
	struct tcp_layer *tcp = core->tcp;
	enum counter refused = refusal(core);

	if (unlikely(refused != 0)) {
		refuse(core, seg, refused);
		return;
	}
	if (!has_room(core, l)) {
		do_without(core, l, seg, after);
		return;
	}
	uint32_t index = slab_alloc(&tcp->half_opens);
	struct half_open *h = half_open_at(tcp, index);
	half_open_remember(core, h, seg);
	h->iss = tcp_isn(core, &seg->tuple);
	/* RFC 9293 3.6.1: a reopened connection begins beyond what the earlier one used */
	if (after != NULL && seq_leq(h->iss, *after))
		h->iss = *after + 64000;
	if (demux_insert(&tcp->demux, seg->hash, demux_handle(DEMUX_HALF_OPEN, index, seg->tuple.len)) < 0) {
		slab_free(&tcp->half_opens, index);
		refuse(core, seg, CNT_tcp_demux_full);
		return;
	}
	l->half_open++;
	wait(core, index);
	if (trace_on(core))
		trace_state(core, &seg->tuple, TCPS_LISTEN, TCPS_SYN_RECEIVED);
	answer_syn(core, h, seg);
}

/* The handshake is complete. False when there is no control block: the entry stays, the peer will repeat. */
static bool
complete(struct core *core, uint32_t index, struct tcp_listener *l, struct tcp_seg *seg)
{
	struct tcp_layer *tcp = core->tcp;
	struct half_open *h = half_open_at(tcp, index);
	struct tcb *t = accept_make(core, h, l, seg);

	if (t == NULL) {
		h->unasked = HALF_OPEN_PROVEN;
		return false;
	}
	if (h->retries == 0) /* Karn: else it is not known which SYN-ACK this answers */
		tcp_rtt_sample(core, t, (core->tick - (h->deadline - timeout(core, 0))) * (CORE_NS_PER_TICK / 1000));
	unwait(core, index);
	l->half_open--;
	demux_replace(&tcp->demux, seg->hash, demux_handle(DEMUX_HALF_OPEN, index, seg->tuple.len),
		demux_handle(DEMUX_TCB, slab_handle(&tcp->tcbs, t), seg->tuple.len));
	slab_free(&tcp->half_opens, index);
	accept_open(core, t, seg);
	return true;
}

static bool
in_window(const struct core *core, const struct half_open *h, const struct tcp_seg *seg)
{
	uint32_t offset = seg->seq - (h->irs + 1);

	return offset < tcp_syn_window(core);
}

/* Steps one to four for SYN-RECEIVED; true when the segment may go on to step five. */
static bool
check(struct core *core, uint32_t index, struct tcp_seg *seg)
{
	struct half_open *h = half_open_at(core->tcp, index);

	/* A SYN again: our SYN-ACK was lost, or a new connection (RFC 5961 4: challenged, its RST clears us). */
	if ((seg->flags & (TCP_SYN | TCP_RST)) == TCP_SYN) {
		if (seg->seq == h->irs && !(seg->flags & TCP_ACK)) {
			h->ecn &= ecn_is_setup_syn(seg); /* the peer may have given it up, for want of an answer */
			answer_syn(core, h, seg);
		} else
			challenge(core, h);
		return false;
	}
	/* RFC 7323 5.3: PAWS */
	bool old = h->ts && seg->opts.has_ts && seq_lt(seg->opts.tsval, h->ts_recent);
	if (seg->flags & TCP_RST) {
		/* RFC 5961 3: only the exact number resets; a listener's connection ends in silence */
		if (seg->seq == h->irs + 1)
			forget(core, index);
		else if (in_window(core, h, seg))
			challenge(core, h);
		return false;
	}
	if (old || !in_window(core, h, seg)) {
		challenge(core, h);
		return false;
	}
	return true;
}

/*
 * The peer's first SYN was answered with a cookie, and the same SYN sent again with an entry, for which
 * there was room by then. The peer goes by the first answer. False: this ACK is not for such a cookie.
 */
static bool
complete_earlier(struct core *core, uint32_t index, struct tcp_listener *l, struct tcp_seg *seg)
{
	if (!cookie_is_valid(core, l, seg))
		return false;
	forget(core, index);
	return cookie_input(core, l, seg);
}

void
half_open_input(struct core *core, uint32_t index, struct tcp_seg *seg)
{
	struct half_open *h = half_open_at(core->tcp, index);
	struct tcp_listener *l = listener_of(core, h);

	if (!check(core, index, seg) || !(seg->flags & TCP_ACK)) {
		seg_drop(core, seg, DROP_tcp_half_open);
		return;
	}
	/* fifth: SND.UNA < SEG.ACK =< SND.NXT leaves one number; any other is answered with RST */
	if (seg->ack != h->iss + 1 || l == NULL) {
		if (l == NULL || !complete_earlier(core, index, l, seg)) {
			tcp_reply_rst(core, seg);
			seg_drop(core, seg, DROP_tcp_ack);
		}
		return;
	}
	if (!complete(core, index, l, seg))
		seg_drop(core, seg, DROP_tcp_half_open);
}

void
half_open_recount(struct core *core)
{
	struct tcp_layer *tcp = core->tcp;

	for (unsigned b = 0; b < TCP_LISTEN_BUCKETS; b++)
		for (struct tcp_listener *l = tcp->listeners[b]; l != NULL; l = l->next)
			l->half_open = 0;
	for (int level = 0; level < TCP_RETRY_LEVELS; level++)
		for (uint32_t i = tcp->half_open_fifo[level].head, next; i != 0; i = next) {
			struct tcp_listener *l = listener_of(core, half_open_at(tcp, i));
			next = half_open_at(tcp, i)->link.next;
			if (l == NULL)
				forget(core, i);
			else
				l->half_open++;
		}
}

/* May the SYN-ACK go out again? See half_open.h for the arithmetic. */
static bool
may_repeat(const struct core *core, struct half_open *h)
{
	uint8_t last = RTE_MIN(HALF_OPEN_LAST, core->tcp->config->synack_retries);

	if (h->unasked == HALF_OPEN_PROVEN)
		return true;
	if (h->unasked == 0 || (h->unasked == 1 && h->retries < last))
		return false;
	h->unasked--;
	return true;
}

/* The entry's time is over: SYN-ACK again, or it is given up. */
static void
expire(struct core *core, uint32_t index)
{
	struct half_open *h = half_open_at(core->tcp, index);

	if (h->retries >= core->tcp->config->synack_retries) {
		count(core, CNT_tcp_half_open_expired);
		forget(core, index);
		return;
	}
	unwait(core, index);
	h->retries++;
	h->challenges = 0;
	wait(core, index);
	if (!may_repeat(core, h)) {
		count(core, CNT_tcp_synack_withheld);
		return;
	}
	count(core, CNT_tcp_synack_retransmits);
	send(core, h, TCP_SYN | TCP_ACK);
}

static void
on_timer(struct core *core, struct wheel_node *node)
{
	struct tcp_layer *tcp = core->tcp;

	for (int level = 0; level < TCP_RETRY_LEVELS; level++) {
		uint32_t i;
		while ((i = tcp->half_open_fifo[level].head) != 0) {
			struct half_open *h = half_open_at(tcp, i);
			if (seq_gt(h->deadline, core->tick)) {
				wheel_arm(&core->wheel, node, h->deadline);
				break;
			}
			expire(core, i);
		}
	}
}

void
half_open_init(struct core *core)
{
	wheel_handler(&core->wheel, WHEEL_HALF_OPEN, on_timer);
	wheel_node_init(&core->tcp->half_open_timer, WHEEL_HALF_OPEN);
}
