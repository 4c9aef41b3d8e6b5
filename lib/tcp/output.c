/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Step 6 of the turn: what a connection has to say, decided once: data, ACK, window and FIN
 * together, as few segments as the windows allow.
 */
#include <errno.h>
#include "base/seq.h"
#include "tcp/ecn.h"
#include "tcp/emit.h"
#include "tcp/pace.h"
#include "tcp/scarcity.h"
#include "tcp/stats.h"

/* Does the FIN directly follow this data, and may it be sent? */
static bool
fin_follows(const struct tcb *t, uint32_t seq, uint32_t len)
{
	return (t->flags & TF_FIN_QUEUED) && seq + len == t->snd_end;
}

/* A segment left that had left before. */
static void
sent_again(struct core *core, struct tcb *t, const struct tcp_out *o, uint32_t end)
{
	struct tcp_sender *s = sender_of(core->tcp, t);

	count(core, CNT_tcp_retransmits);
	if (unlikely(t->counted))
		stats_of(core, t)->bytes_resent += o->len;
	if (t->retransmits < UINT16_MAX)
		t->retransmits++;
	t->flags &= ~TF_TIMING; /* Karn's algorithm */
	if (s != NULL) {
		runs_resent(core, s, o->seq, end);
		undo_resent(core, t, s);
		s->prr_out += end - o->seq;
	} else {
		t->rtt_time = tcp_us_now(core);
	}
	if (o->seq == t->snd_una)
		tcp_timer_resent(core, t);
}

/* A segment of new data (or SYN, or FIN) left. */
static void
sent_new(struct core *core, struct tcb *t, uint32_t end)
{
	uint32_t now = tcp_us_now(core);
	struct tcp_sender *s = sender_of(core->tcp, t);

	/* from the second turn on there is more to know than when the first data left */
	if (s == NULL && tcb_flight(t) > 0 && t->rtt_time != now)
		s = sender_get(core, t);
	if (s != NULL && runs_sent(core, t, s, end))
		s->prr_out += end - t->snd_nxt;
	else if (s != NULL)
		sender_free(core, t);
	if (!(t->flags & (TF_TIMING | TF_RTO)) && (t->sender != 0 || tcb_flight(t) == 0)) {
		t->flags |= TF_TIMING;
		t->rtt_seq = end;
		t->rtt_time = now;
	}
	t->snd_nxt = end;
}

/* Bookkeeping for a segment that was sent: new or again. */
static void
sent(struct core *core, struct tcb *t, const struct tcp_out *o)
{
	uint32_t end = o->seq + o->len + !!(o->flags & (TCP_SYN | TCP_FIN));
	bool first = tcb_flight(t) == 0;

	if (seq_lt(o->seq, t->snd_nxt))
		sent_again(core, t, o, end);
	else
		sent_new(core, t, end);
	if (unlikely(t->paced) && t->sender != 0)
		pace_sent(core, t, sender_of(core->tcp, t), o->len);
	tcp_timer_sent(core, t, first);
}

/* o: seq, len and FIN are set. */
static int
send_data(struct core *core, struct tcb *t, struct tcp_out *o)
{
	o->flags |= TCP_ACK;
	/* RFC 9293 MUST-61: PSH when there is no more to follow */
	if (o->len > 0 && o->seq + o->len == t->snd_end)
		o->flags |= TCP_PSH;
	int r = tcp_emit(core, t, o);
	if (r == -ENOBUFS)
		return r;
	sent(core, t, o);
	return r;
}

/* Data that was never sent: only this is ECN-capable, and may tell of a reduced window (RFC 3168 6.1.2, 6.1.5). */
static int
send_new(struct core *core, struct tcb *t, struct tcp_out *o)
{
	if (unlikely(t->flags & TF_ECN) && o->len > 0) {
		o->ecn = t->no_ect ? 0 : ECN_ECT_0;
		o->flags |= t->flags & TF_CWR ? TCP_CWR : 0;
	}
	int r = send_data(core, t, o);
	if (unlikely(o->flags & TCP_CWR) && r != -ENOBUFS)
		t->flags &= ~TF_CWR;
	return r;
}

/*
 * Sent before, from seq on, up to len sequence numbers of it: cut to what one segment and the window
 * take (but one byte at least).
 */
static int
resend(struct core *core, struct tcb *t, uint32_t seq, uint32_t len)
{
	uint32_t end = seq_min(seq + len, t->snd_nxt), used = seq - t->snd_una;
	uint32_t data = seq_lt(seq, t->snd_end) ? seq_min(end, t->snd_end) - seq : 0;
	uint32_t wnd = t->snd_wnd > used ? t->snd_wnd - used : 1;

	data = RTE_MIN(RTE_MIN(data, (uint32_t)t->mss), wnd);
	bool fin = fin_follows(t, seq, data) && seq_gt(end, seq + data);
	return send_data(core, t, &(struct tcp_out){.seq = seq, .len = data, .flags = fin ? TCP_FIN : 0});
}

/* Whatever cwnd says: what is lost first, or without a sender the segment at SND.UNA. */
static int
resend_first(struct core *core, struct tcb *t)
{
	struct tcp_sender *s = sender_of(core->tcp, t);
	uint32_t seq = t->snd_una, len = tcb_flight(t);

	if (s != NULL)
		len = runs_first_lost(core, s, &seq);
	return len > 0 ? resend(core, t, seq, len) : 0;
}

/* RFC 8985 7.3: a new segment if there is one and the peer's window takes it, else the last again. */
static int
probe_tail(struct core *core, struct tcb *t)
{
	struct tcp_sender *s = sender_of(core->tcp, t);
	uint32_t flight = tcb_flight(t), data = seq_lt(t->snd_nxt, t->snd_end) ? t->snd_end - t->snd_nxt : 0;
	uint32_t wnd = t->snd_wnd > flight ? t->snd_wnd - flight : 0;
	uint32_t len = RTE_MIN(RTE_MIN(data, wnd), (uint32_t)t->mss);
	int r;

	if (s == NULL || flight == 0)
		return 0;
	s->tlp_again = len == 0 || !runs_room(core, t, s);
	if (s->tlp_again) {
		len = RTE_MIN(flight, t->mss + (uint32_t)tcb_fin_sent(t));
		r = resend(core, t, t->snd_nxt - len, len);
	} else {
		bool fin = fin_follows(t, t->snd_nxt, len) && wnd > len;
		r = send_new(core, t, &(struct tcp_out){.seq = t->snd_nxt, .len = len, .flags = fin ? TCP_FIN : 0});
	}
	s->tlp_out = r != -ENOBUFS;
	s->tlp_end = t->snd_nxt;
	return r;
}

/* Zero-window probe: the first byte not acknowledged, or the FIN (RFC 9293 3.8.6.1). */
static int
probe(struct core *core, struct tcb *t)
{
	uint32_t len = seq_lt(t->snd_una, t->snd_end) ? 1 : 0;
	bool fin = len == 0 && (t->flags & TF_FIN_QUEUED);

	if (unlikely(tcb_fin_acked(t))) /* while there was no buffer to probe with */
		return 0;
	count(core, CNT_tcp_persist_probes);
	return send_data(core, t, &(struct tcp_out){.seq = t->snd_una, .len = len, .flags = fin ? TCP_FIN : 0});
}

/* RFC 9293 3.8.4: an old sequence number that forces an answer. */
static int
keep_probe(struct core *core, struct tcb *t)
{
	count(core, CNT_tcp_keepalive_probes);
	return tcp_emit(core, t, &(struct tcp_out){.seq = t->snd_nxt - 1, .flags = TCP_ACK});
}

/* RFC 9293 3.8.6.2.1 with Nagle (3.7.4): is a segment of len bytes from seq worth sending? */
static bool
worth_sending(const struct tcb *t, uint32_t seq, uint32_t len)
{
	if (len == t->mss || (t->flags & (TF_RTO | TF_FORCE)))
		return true;
	bool all = seq + len == t->snd_end;
	if (all && (seq == t->snd_una || (t->flags & (TF_NODELAY | TF_FIN_QUEUED))))
		return true;
	return len > 0 && len >= ((uint32_t)t->max_wnd << t->snd_wscale) / 2 && seq == t->snd_una;
}

/* What is lost is sent before anything new, as far as cwnd allows (RFC 6675 5 (C)). */
static bool
next_lost(struct core *core, const struct tcb *t, const struct tcp_sender *s, struct tcp_out *o)
{
	uint32_t len = runs_first_lost(core, s, &o->seq), used = o->seq - t->snd_una;
	uint32_t pipe = sender_pipe(s, t), size = RTE_MIN(len, (uint32_t)t->mss);

	o->len = size;
	return t->snd_wnd > used && pipe + size <= t->cwnd;
}

/* The next new segment that windows and rules allow. False: nothing more now. */
static bool
next_new(struct core *core, const struct tcb *t, const struct tcp_sender *s, struct tcp_out *o)
{
	uint32_t seq = t->snd_nxt, used = tcb_flight(t), pipe = sender_pipe(s, t);
	uint32_t wnd = t->snd_wnd > used ? t->snd_wnd - used : 0;
	uint32_t room = t->cwnd > pipe ? RTE_MIN(t->cwnd - pipe, wnd) : 0;

	if (seq_gt(seq, t->snd_end)) /* the FIN is out */
		return false;
	if (s != NULL && !runs_room(core, t, s))
		return false;
	o->seq = seq;
	o->len = RTE_MIN(RTE_MIN(t->snd_end - seq, room), (uint32_t)t->mss);
	o->flags = fin_follows(t, seq, o->len) && wnd > o->len ? TCP_FIN : 0;
	return o->flags != 0 || (o->len > 0 && worth_sending(t, seq, o->len));
}

/* What the persist timer lets go is asked of the peer, and counted: it does not wait for its turn. */
static bool
in_pace(struct core *core, struct tcb *t)
{
	return likely(!t->paced) || t->flags & TF_FORCE || pace_allows(core, t);
}

/* All that the windows allow: what is lost, then what is new. */
static int
send_allowed(struct core *core, struct tcb *t)
{
	int r = 0;

	while (r == 0) {
		struct tcp_out o = {0};
		/* the first segment of a second turn makes the sender */
		const struct tcp_sender *s = sender_of(core->tcp, t);
		if (s != NULL && s->lost > 0) {
			if (!next_lost(core, t, s, &o) || !in_pace(core, t))
				break;
			r = resend(core, t, o.seq, o.len);
		} else {
			if (!next_new(core, t, s, &o) || !in_pace(core, t))
				break;
			r = send_new(core, t, &o);
		}
		t->flags &= ~TF_FORCE;
		if (likely(t->sender == 0 && seq_geq(t->snd_nxt, t->snd_end) && (tcb_fin_sent(t) || !(t->flags & TF_FIN_QUEUED))))
			break; /* that was all */
	}
	return r;
}

/* Something waits, nothing is in flight: only the peer's window can be the reason. */
static void
check_blocked(struct core *core, struct tcb *t)
{
	bool waits = seq_lt(t->snd_nxt, t->snd_end) || ((t->flags & TF_FIN_QUEUED) && !tcb_fin_sent(t));

	if (waits && tcb_flight(t) == 0 && !(t->armed & T_PACE))
		tcp_timer_blocked(core, t);
}

static int
output_data(struct core *core, struct tcb *t)
{
	uint32_t before = t->snd_nxt;
	int r = 0;

	if (unlikely(t->pmtu_seen != core->ip->pmtu_version))
		tcp_mtu_follow(core, t);
	/* RFC 5681 4.1: after being idle the path is unknown again */
	if (tcb_flight(t) == 0 && seq_lt(t->snd_nxt, t->snd_end) && tcp_timer_was_idle(core, t))
		t->cwnd = RTE_MIN(t->cwnd, tcp_initial_window(core, t));
	if (t->flags & TF_REXMIT)
		r = resend_first(core, t);
	if (r == 0 && (t->flags & TF_PROBE))
		r = probe(core, t);
	if (r == 0 && (t->flags & TF_TLP))
		r = probe_tail(core, t);
	if (r == 0)
		r = send_allowed(core, t);
	if (r == 0 && (t->flags & TF_KEEP_PROBE))
		r = keep_probe(core, t);
	if (t->snd_nxt != before && !(t->flags & TF_TLP))
		tcp_timer_sent_new(core, t);
	if (r == -ENOBUFS)
		return r;
	t->flags &= ~(TF_REXMIT | TF_PROBE | TF_FORCE | TF_KEEP_PROBE | TF_TLP);
	check_blocked(core, t);
	return r;
}

/* SYN-SENT: SYN; SYN-RECEIVED after a simultaneous open: SYN, ACK. */
static int
output_syn(struct core *core, struct tcb *t)
{
	struct tcp_out o = {.seq = t->iss, .flags = TCP_SYN};

	if (t->state == TCPS_SYN_RECEIVED)
		o.flags |= TCP_ACK;
	if (t->snd_nxt != t->iss && !(t->flags & (TF_RTO | TF_ACK_NOW)))
		return 0;
	if (t->flags & TF_ECN)
		o.flags |= ecn_syn_flags(core, t);
	int r = tcp_emit(core, t, &o);
	if (r == -ENOBUFS)
		return r;
	sent(core, t, &o);
	t->flags &= ~TF_RTO;
	return r;
}

/*
 * What nearly every turn of nearly every connection is: of `fresh` sequence numbers that have not left, the FIN's
 * included, either there is none, or they are all there is, in one segment that every window takes. Nothing else is asked
 * of it, and no sender is there, nor will be.
 */
static inline bool
is_plain(const struct core *core, const struct tcb *t, uint32_t fresh)
{
	const uint32_t odd = TF_ECN | TF_RTO | TF_RECOVERY | TF_REXMIT | TF_PROBE | TF_TLP | TF_FORCE | TF_KEEP_PROBE;

	if (t->state < TCPS_ESTABLISHED || (t->flags & odd) != 0 || t->sender != 0 || t->paced || t->counted ||
		t->pmtu_seen != core->ip->pmtu_version || !tcp_emits_plainly(core, t))
		return false;
	return fresh == 0 || (tcb_flight(t) == 0 && fresh <= t->mss && fresh <= t->snd_wnd && fresh <= t->cwnd);
}

/* Such a turn: what output_data() would do with the same segment, and no question asked twice. */
static inline int
output_plain(struct core *core, struct tcb *t, uint32_t fresh)
{
	const uint32_t fin = fresh > 0 && t->flags & TF_FIN_QUEUED ? 1 : 0, end = t->snd_nxt + fresh;
	const struct tcp_out o = {.seq = t->snd_nxt, .len = fresh - fin,
		.flags = (uint8_t)(TCP_ACK | (fin ? TCP_FIN : 0) | (fresh > fin ? TCP_PSH : 0))};

	if (fresh > fin && tcp_timer_was_idle(core, t))
		t->cwnd = RTE_MIN(t->cwnd, tcp_initial_window(core, t)); /* RFC 5681 4.1 */
	int r = tcp_emit_plain(core, t, &o);
	if (fresh == 0) /* an ACK that finds no way says nothing of what was sent */
		return r == -ENOBUFS ? r : 0;
	if (unlikely(r == -ENOBUFS))
		return r;
	if (!(t->flags & TF_TIMING)) {
		t->flags |= TF_TIMING;
		t->rtt_seq = end;
		t->rtt_time = tcp_us_now(core);
	}
	t->snd_nxt = end;
	tcp_timer_sent(core, t, true);
	return r;
}

static int
output_any(struct core *core, struct tcb *t)
{
	bool syn = t->state == TCPS_SYN_SENT || t->state == TCPS_SYN_RECEIVED;
	int r = syn ? output_syn(core, t) : output_data(core, t);

	if (!syn && r == 0 && (t->flags & TF_ACK_NOW))
		tcp_send_ack(core, t);
	if (unlikely(t->counted))
		stats_limit(core, t);
	return r;
}

void
tcp_output(struct core *core, struct tcb *t)
{
	uint32_t fresh = t->snd_end + !!(t->flags & TF_FIN_QUEUED) - t->snd_nxt;
	int r = 0;

	if (unlikely(!is_plain(core, t, fresh)))
		r = output_any(core, t);
	else if (fresh > 0 || t->flags & TF_ACK_NOW)
		r = output_plain(core, t, fresh);
	if (t->armed & T_DELACK)
		tcp_timer_ack_waits(core, t);
	if (likely(r == 0))
		return;
	if (r == -ENOBUFS)
		tcb_mark(core, t); /* buffers come back: next turn */
	else if (t->state == TCPS_SYN_SENT)
		tcb_close(core, t, -r); /* no route, or the neighbour does not answer */
	else if (r < 0)
		t->soft_error = (uint8_t)-r;
}

void
tcp_output_marked(struct core *core)
{
	struct tcp_layer *tcp = core->tcp;
	uint32_t handle = tcp->marked;

	tcp->marked = 0; /* what is marked while we send is for the next turn */
	while (handle != 0) {
		struct tcb *t = slab_at(&tcp->tcbs, handle);
		handle = t->marked_next;
		if (handle != 0)
			tcb_prefetch(slab_at(&tcp->tcbs, handle));
		t->flags &= ~TF_MARKED;
		if (t->state != TCPS_CLOSED && t->state != TCPS_TIME_WAIT)
			tcp_output(core, t);
		core->work++;
	}
	core->work += tcp_scarcity_relieve(core);
	while (tcp->dead != 0) {
		struct tcb *t = slab_at(&tcp->tcbs, tcp->dead);
		tcp->dead = t->events_next;
		tcb_free(core, t);
	}
}
