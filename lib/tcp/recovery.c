/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loss: found by RACK when the peer tells what it has (RFC 8985), by duplicate ACKs when it does not
 * (RFC 5681 3.2, RFC 6582), by a probe of the tail (RFC 8985 7) or by the timer (RFC 6298 5). What is
 * lost is marked in the runs; step 6 sends it again as cwnd allows.
 */
#include "base/seq.h"
#include "tcp/cc.h"
#include "tcp/ecn.h"
#include "tcp/stats.h"

static void
grow(struct core *core, struct tcb *t, struct tcp_sender *s, const struct tcp_acked *a)
{
	/* RFC 7661: a window that the application does not fill proves nothing, so it does not grow */
	if (a->acked > 0 && 2 * (uint64_t)a->flight >= t->cwnd)
		tcp_cc_all[t->cc]->acked(core, t, s, a);
}

/* --- what a segment tells --- */

/* RFC 2883 4: the first block reports a duplicate when it is below the ACK, or inside the second. */
static bool
is_dsack(const struct tcp_seg *seg)
{
	const struct tcp_opts *o = &seg->opts;

	if (o->nb_sack == 0)
		return false;
	if (seq_lt(o->sack[0].start, seg->ack))
		return seq_leq(o->sack[0].end, seg->ack);
	return o->nb_sack > 1 && seq_geq(o->sack[0].start, o->sack[1].start) && seq_leq(o->sack[0].end, o->sack[1].end);
}

/* The block that begins lowest, not below `from`; nb_sack: none does. */
static uint8_t
lowest_block(const struct tcp_opts *o, uint8_t first, uint32_t from)
{
	uint8_t lowest = o->nb_sack;

	for (uint8_t i = first; i < o->nb_sack; i++)
		if (seq_geq(o->sack[i].start, from) &&
			(lowest == o->nb_sack || seq_lt(o->sack[i].start, o->sack[lowest].start)))
			lowest = i;
	return lowest;
}

static void
take_sack(struct core *core, struct tcb *t, struct tcp_sender *s, const struct tcp_seg *seg, struct tcp_acked *a)
{
	const struct tcp_opts *o = &seg->opts;
	uint8_t i;

	a->dsack = is_dsack(seg);
	if (a->dsack) {
		count(core, CNT_tcp_dsacks_in);
		stats_count(core, t, dsacks_in);
		rack_dsack(t, s);
	}
	/* from the lowest up: what one ACK tells of was not reordered against itself (RFC 8985 6.2 step 3) */
	for (uint32_t from = t->snd_una; (i = lowest_block(o, a->dsack, from)) < o->nb_sack; from = o->sack[i].start + 1) {
		/* what was never sent is no news, but a lie */
		if (seq_lt(o->sack[i].start, o->sack[i].end) && seq_leq(o->sack[i].end, t->snd_nxt))
			runs_sacked(core, s, o->sack[i].start, o->sack[i].end, a);
	}
	if (a->sacked > 0 && s->dupacks < UINT8_MAX)
		s->dupacks++;
}

/* Without SACK a duplicate ACK tells that a segment has arrived, but not which. */
static void
take_duplicate(struct tcb *t, struct tcp_sender *s, bool duplicate, struct tcp_acked *a)
{
	uint32_t flight = tcb_flight(t), mss = t->mss;

	if (a->acked > 0) {
		/* the one that was missing, and those that the duplicates told of */
		uint32_t told = RTE_MIN(s->sacked, a->acked - RTE_MIN(a->acked, mss));
		s->sacked = t->flags & TF_RECOVERY ? s->sacked - told : 0;
		a->delivered -= RTE_MIN(told, a->delivered);
	} else if (duplicate) {
		uint32_t most = flight > mss + s->lost ? flight - mss : 0;
		a->sacked = a->delivered = mss;
		s->sacked = RTE_MIN(s->sacked + mss, most);
		if (s->dupacks < UINT8_MAX)
			s->dupacks++;
	}
}

/* RFC 8985 7.4.2: was a tail lost that the probe has repaired? */
static void
take_probe_answer(struct core *core, struct tcb *t, struct tcp_sender *s, const struct tcp_seg *seg,
	const struct tcp_acked *a)
{
	if (!s->tlp_out || seq_lt(seg->ack, s->tlp_end))
		return;
	if (!s->tlp_again || a->dsack || (a->acked == 0 && seg->ack == s->tlp_end && seg->opts.nb_sack == 0)) {
		s->tlp_out = false; /* no loss: the first transmission arrived too, or the probe was new data */
		return;
	}
	if (seg->ack == s->tlp_end)
		return;
	s->tlp_out = false;
	s->undo_armed = false; /* what is to be put back is of another time */
	count(core, CNT_tcp_tlp_recoveries);
	/* RFC 3168 6.1.2: for what was in flight then the window is smaller already */
	if (unlikely(s->cwr != CWR_NONE) && seq_leq(s->tlp_end, s->cwr_end))
		return;
	tcp_cc_all[t->cc]->congested(core, t, s, RTE_MIN(a->flight, t->cwnd));
	t->cwnd = t->ssthresh;
	ecn_reduced(t, s);
}

/* --- recovery begins and ends --- */

static void
begin_recovery(struct core *core, struct tcb *t, struct tcp_sender *s, const struct tcp_acked *a)
{
	if (s->cwr != CWR_REDUCING) {
		undo_begin(t, s);
		/* RFC 5681 3.2 step 2: what limited transmit sent beyond cwnd does not count */
		tcp_cc_all[t->cc]->congested(core, t, s, RTE_MIN(a->flight, t->cwnd));
		prr_begin(t, s, a);
	}
	s->recover = t->snd_nxt;
	s->recovered = true;
	s->tlp_out = false;
	t->flags |= TF_RECOVERY;
	ecn_reduced(t, s);
	prr_acked(t, s, a);
	count(core, CNT_tcp_fast_retransmits);
	stats_count(core, t, recoveries);
	tcb_note(core, t, TRACE_FAST_RETRANSMIT, 0);
}

static void
end_recovery(struct tcb *t, struct tcp_sender *s)
{
	/* RFC 9937 7; without SACK as RFC 6582 3.2 step 3: no burst into what was emptied unseen */
	uint32_t flight = RTE_MAX(tcb_flight(t), (uint32_t)t->mss);

	t->cwnd = t->flags & TF_SACK ? t->ssthresh : RTE_MIN(t->ssthresh, flight + t->mss);
	t->flags &= ~TF_RECOVERY;
	s->sacked = t->flags & TF_SACK ? s->sacked : 0;
	rack_recovered(s);
}

/* --- what is lost --- */

/* Without SACK: the first segment, at the third duplicate and at each partial ACK (RFC 6582 3.2). */
static void
find_loss_by_count(struct core *core, struct tcb *t, struct tcp_sender *s, struct tcp_acked *a)
{
	bool partial = (t->flags & TF_RECOVERY) && a->acked > 0 && seq_lt(t->snd_una, s->recover);
	/* step 2: not for what was sent before the last recovery ended */
	bool third = !(t->flags & (TF_RECOVERY | TF_RTO)) && s->dupacks >= TCP_DUP_THRESH &&
		!(s->recovered && seq_leq(t->snd_una, s->recover));

	if ((!partial && !third) || s->head == 0 || run_at(core->tcp, s->head)->fate == RUN_LOST)
		return;
	runs_lose(core, s, s->head, t->snd_una + t->mss);
	a->lost = true;
	if (partial)
		t->flags |= TF_REXMIT; /* step 3: the next hole at once */
}

static void
find_loss(struct core *core, struct tcb *t, struct tcp_sender *s, struct tcp_acked *a)
{
	if (t->flags & TF_SACK)
		tcp_timer_reorder(core, t, rack_detect(core, t, s, a));
	else
		find_loss_by_count(core, t, s, a);
}

/* The phases of a sender: after a timeout, in fast recovery, or neither. */
static void
go_on(struct core *core, struct tcb *t, struct tcp_sender *s, const struct tcp_acked *a)
{
	if (t->flags & TF_RECOVERY) {
		if (seq_geq(t->snd_una, s->recover))
			end_recovery(t, s);
		else
			prr_acked(t, s, a);
		return;
	}
	if (t->flags & TF_RTO) {
		if (seq_geq(t->snd_una, s->recover)) {
			t->flags &= ~TF_RTO;
			rack_recovered(s);
		}
	} else if (s->lost > 0) {
		begin_recovery(core, t, s, a);
		return;
	}
	if (likely(!a->held))
		grow(core, t, s, a);
}

/* Without a sender: what fits one turn, or memory is short. */
static void
unaided(struct core *core, struct tcb *t, struct tcp_acked *a)
{
	struct tcp_sender *s;

	if (a->acked == 0)
		return;
	if (unlikely(t->flags & TF_RTO)) {
		/* one segment at a time until all is acknowledged that was in flight */
		t->flags &= ~(TF_RTO | TF_REXMIT);
		if (seq_lt(t->snd_una, t->rtt_seq))
			t->flags |= TF_RTO | TF_REXMIT;
		tcb_mark(core, t);
	}
	if (2 * (uint64_t)a->flight >= t->cwnd && (s = sender_get(core, t)) != NULL) {
		a->rtt = tcp_us_now(core) - t->rtt_time;
		grow(core, t, s, a);
	}
}

void
tcp_on_ack(struct core *core, struct tcb *t, const struct tcp_seg *seg, bool duplicate, struct tcp_acked *a)
{
	struct tcp_sender *s = sender_of(core->tcp, t);
	bool news = duplicate || ((t->flags & TF_SACK) && seg->opts.nb_sack > 0);

	a->delivered = a->acked;
	a->mark = ecn_tells(t, seg, a);
	if (s == NULL && (a->mark || (news && tcb_flight(t) > 0)))
		s = sender_get(core, t);
	if (s == NULL) {
		if (unlikely(a->mark))
			ecn_mark_unaided(core, t, a);
		unaided(core, t, a);
		return;
	}
	/* before the first sample of its own, half of what is the rule tells the answer to a retransmission apart */
	a->least = sender_min_rtt(s) != UINT32_MAX ? sender_min_rtt(s) : t->srtt / 2;
	if (a->acked > 0)
		s->dupacks = 0;
	if (s->head != 0) {
		a->delivered = 0;
		runs_acked(core, s, t->snd_una, a);
	}
	if (t->flags & TF_SACK)
		take_sack(core, t, s, seg, a);
	else
		take_duplicate(t, s, duplicate, a);
	if (a->rtt != 0)
		sender_rtt(core, s, a->rtt);
	take_probe_answer(core, t, s, seg, a);
	if (undo_check(core, t, s, seg, a))
		tcb_note(core, t, TRACE_UNDONE, 0);
	find_loss(core, t, s, a);
	if (unlikely(a->mark || s->cwr != CWR_NONE))
		ecn_acked(core, t, s, a);
	go_on(core, t, s, a);
	if (seq_gt(t->snd_una, s->recover))
		s->recovered = false; /* or a number long past would count as ahead again */
	if (a->delivered > 0 || s->lost > 0)
		tcb_mark(core, t);
}

/* --- timers --- */

void
tcp_on_reorder(struct core *core, struct tcb *t)
{
	struct tcp_sender *s = sender_of(core->tcp, t);
	struct tcp_acked a = {.flight = tcb_flight(t)};

	if (s == NULL)
		return;
	find_loss(core, t, s, &a);
	if (!a.lost)
		return;
	if (!(t->flags & (TF_RECOVERY | TF_RTO)))
		begin_recovery(core, t, s, &a);
	/* RFC 8985 6.3: what was found lost without an ACK still begins with one segment */
	t->cwnd = RTE_MAX(t->cwnd, sender_pipe(s, t) + t->mss);
	tcb_mark(core, t);
}

void
tcp_on_probe(struct core *core, struct tcb *t)
{
	if (sender_get(core, t) == NULL)
		return; /* then the retransmission timer does it */
	count(core, CNT_tcp_tlp_probes);
	stats_count(core, t, probes);
	tcb_note(core, t, TRACE_TLP, 0);
	t->flags |= TF_TLP;
	tcb_mark(core, t);
}

/* No memory for a sender: RFC 5681 3.1 (4), and what was in flight one by one. */
static void
timed_out_unaided(struct tcb *t)
{
	if (!(t->flags & TF_RTO))
		t->ssthresh = RTE_MAX(tcb_flight(t) / 2, 2u * t->mss);
	t->rtt_seq = t->snd_nxt;
}

/* What is in flight now is sent again until it is acknowledged; duplicates of it tell nothing new. */
static void
begin_again(struct tcb *t, struct tcp_sender *s)
{
	if (!(t->flags & TF_SACK))
		s->sacked = 0;
	s->recover = t->snd_nxt;
	s->recovered = true;
	s->tlp_out = false;
	s->dupacks = 0;
}

static void
timed_out(struct core *core, struct tcb *t, struct tcp_sender *s)
{
	/* RFC 5681 3.1: ssthresh is held at a second timeout of the same segment */
	if (t->backoff <= 1) {
		if (!(t->flags & (TF_RECOVERY | TF_RTO)) || !s->undo_armed)
			undo_begin(t, s);
		tcp_cc_all[t->cc]->timed_out(core, t, s, tcb_flight(t));
	}
	begin_again(t, s);
	ecn_reduced(t, s);
	rack_timed_out(core, t, s);
}

void
tcp_lose_all(struct core *core, struct tcb *t)
{
	struct tcp_sender *s = sender_get(core, t);

	t->flags &= ~(TF_RECOVERY | TF_TIMING | TF_REXMIT | TF_TLP);
	t->flags |= TF_RTO;
	if (s != NULL) {
		s->undo_armed = false;
		begin_again(t, s);
		runs_lose_all(core, s);
	} else {
		t->rtt_seq = t->snd_nxt;
		t->flags |= TF_REXMIT;
	}
}

void
tcp_on_rto(struct core *core, struct tcb *t)
{
	count(core, CNT_tcp_rto);
	stats_count(core, t, timeouts);
	tcb_note(core, t, TRACE_RTO, 0);
	if (t->state >= TCPS_ESTABLISHED) { /* a lost SYN: syn_sent.c */
		struct tcp_sender *s = sender_get(core, t);
		if (s != NULL)
			timed_out(core, t, s);
		else
			timed_out_unaided(t);
		t->cwnd = t->mss; /* the loss window, LW */
		t->flags |= TF_REXMIT;
	}
	t->flags &= ~(TF_RECOVERY | TF_TIMING | TF_TLP);
	t->flags |= TF_RTO;
	tcb_mark(core, t);
}
