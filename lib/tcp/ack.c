/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 9293 3.10.7.4, fifth: check the ACK field. What the sender learns from a segment. */
#include "base/seq.h"
#include "core/recycle.h"
#include "link/neigh.h"
#include "tcp/reply.h"
#include "tcp/stats.h"

/* RFC 5961 5.2: (SND.UNA - MAX.SND.WND) =< SEG.ACK =< SND.NXT, else an ACK is the answer. */
bool
tcp_ack_acceptable(const struct tcb *t, const struct tcp_seg *seg)
{
	uint32_t max_wnd = (uint32_t)t->max_wnd << t->snd_wscale;

	return (seg->flags & TCP_ACK) && seq_leq(seg->ack, t->snd_nxt) && seq_leq(t->snd_una - max_wnd, seg->ack);
}

static void
take_rtt(struct core *core, struct tcb *t, const struct tcp_seg *seg)
{
	if (t->flags & TF_TIMING && seq_geq(seg->ack, t->rtt_seq)) {
		tcp_rtt_sample(core, t, tcp_us_now(core) - t->rtt_time);
		t->flags &= ~TF_TIMING;
	} else if (!(t->flags & TF_TIMING) && (t->flags & TF_TS) && seg->opts.has_ts && seg->opts.tsecr != 0) {
		/* RFC 7323 4: the echo tells which transmission this answers; good for what was sent again */
		uint32_t ms = tcp_ts_now(core) + t->ts_offset - seg->opts.tsecr;
		if (ms < 600000)
			tcp_rtt_sample(core, t, ms * 1000);
	}
}

static void
new_ack(struct core *core, struct tcb *t, const struct tcp_seg *seg, struct tcp_acked *a)
{
	a->acked = seg->ack - t->snd_una;
	uint32_t bytes = a->acked - seq_gt(seg->ack, t->snd_end); /* FIN is no byte; SYN was acknowledged before */

	take_rtt(core, t, seg);
	if (seg->ack - (t->iss + 1) < t->snd_una - (t->iss + 1))
		t->out_hi++;
	t->snd_una = seg->ack;
	tcp_sendq_ack(core, t, seg->ack);
	t->soft_error = 0;
	neigh_confirm(core, t->next_hop);
	if (bytes > 0) {
		t->acked += bytes;
		tcb_event(core, t, EV_SENT);
	}
	if (t->snd_nxt != t->snd_end || (t->flags & TF_FIN_QUEUED))
		tcb_mark(core, t);
}

/*
 * RFC 5681 2: the five conditions for a duplicate acknowledgement. With a closed window it is the
 * answer to a probe.
 */
static bool
is_dupack(const struct tcb *t, const struct tcp_seg *seg)
{
	return t->snd_wnd > 0 && seg->ack == t->snd_una && tcb_flight(t) > 0 && seg->len == 0 &&
		!(seg->flags & (TCP_SYN | TCP_FIN)) && (uint32_t)seg->wnd << t->snd_wscale == t->snd_wnd;
}

/*
 * newer: the segment acknowledged what was not acknowledged before, so it was sent after every other
 * that came; then its window counts whatever its number (it may be one sent again). Taking only its
 * ACK would move the right edge of the window by what it acknowledged. Linux does the same.
 */
static void
update_window(struct core *core, struct tcb *t, const struct tcp_seg *seg, bool newer)
{
	uint32_t wnd = (uint32_t)seg->wnd << t->snd_wscale;

	/* an old duplicate is listened to only for its ACK (input.c) */
	if (!newer && seq_lt(seg->seq, t->rcv_nxt) && seq_leq(seg->seq + tcp_seg_len(seg), t->rcv_nxt))
		return;
	/* SND.WL1 < SEG.SEQ or (SND.WL1 = SEG.SEQ and SND.WL2 =< SEG.ACK); the latter always holds here */
	if (!newer && (seq_gt(t->snd_wl1, seg->seq) || seq_lt(seg->ack, t->snd_una)))
		return;
	bool opens = wnd > t->snd_wnd;
	bool was_closed = t->snd_wnd == 0 && wnd > 0;
	t->snd_wnd = wnd;
	t->snd_wl1 = seq_max(t->snd_wl1, seg->seq);
	t->max_wnd = RTE_MAX(t->max_wnd, seg->wnd);
	if (was_closed) {
		/* The byte of a probe that was not taken is no longer on its way: it goes out with the rest. */
		if (tcb_flight(t) == 1) {
			t->snd_nxt = t->snd_una;
			t->flags &= ~TF_TIMING;
			if (t->sender != 0)
				runs_free(core, sender_of(core->tcp, t));
		}
		tcp_timer_window(core, t);
	}
	if (opens)
		tcb_mark(core, t);
}

/* Our FIN is acknowledged: the states of 3.10.7.4 go on. False: the connection is no more. */
static bool
fin_acked(struct core *core, struct tcb *t)
{
	switch (t->state) {
	case TCPS_FIN_WAIT_1:
		tcb_set_state(core, t, TCPS_FIN_WAIT_2);
		if (t->flags & TF_ORPHAN)
			tcp_timer_fin_wait_2(core, t);
		return true;
	case TCPS_CLOSING:
		tcb_to_time_wait(core, t);
		return false;
	case TCPS_LAST_ACK:
		tcb_close(core, t, 0);
		return false;
	default:
		return true;
	}
}

/* SYN-RECEIVED, after a simultaneous open. */
static bool
complete_open(struct core *core, struct tcb *t, struct tcp_seg *seg)
{
	if (seq_leq(seg->ack, t->snd_una) || seq_gt(seg->ack, t->snd_nxt)) {
		tcp_reply_rst(core, seg);
		seg_drop(core, seg, DROP_tcp_ack);
		return false;
	}
	t->snd_wnd = (uint32_t)seg->wnd << t->snd_wscale;
	t->snd_wl1 = seg->seq;
	tcp_opened(core, t, seg->ack);
	return true;
}

/* What an ACK brings beyond what it acknowledges. False: the connection is no more, or the segment is taken. */
static inline bool
acked(struct core *core, struct tcb *t, struct tcp_seg *seg, const struct tcp_acked *a)
{
	if (unlikely(t->flags & (TF_SMALLER | TF_FULL_AGAIN)) && a->acked > 0)
		tcp_mtu_acked(core, t, a->acked);
	if (a->acked > 0)
		tcp_timer_acked(core, t);
	if (tcb_fin_acked(t) && !fin_acked(core, t)) {
		recycle_put(core, seg->m);
		seg->m = NULL;
		return false;
	}
	return true;
}

bool
tcp_ack_next(struct core *core, struct tcb *t, struct tcp_seg *seg)
{
	struct tcp_acked a = {.flight = tcb_flight(t)};
	bool newer = seg->ack != t->snd_una;

	if (newer)
		new_ack(core, t, seg, &a);
	update_window(core, t, seg, newer);
	if (unlikely(2 * (uint64_t)a.flight >= t->cwnd)) /* else there is no congestion window to grow */
		tcp_on_ack(core, t, seg, false, &a);
	return acked(core, t, seg, &a);
}

bool
tcp_ack_input(struct core *core, struct tcb *t, struct tcp_seg *seg)
{
	if (!(seg->flags & TCP_ACK)) {
		seg_drop(core, seg, DROP_tcp_ack);
		return false;
	}
	if (t->state == TCPS_SYN_RECEIVED && !complete_open(core, t, seg))
		return false;
	if (!tcp_ack_acceptable(t, seg)) {
		tcp_challenge(core, t);
		seg_drop(core, seg, DROP_tcp_ack);
		return false;
	}
	struct tcp_acked a = {.flight = tcb_flight(t)};
	bool dup = is_dupack(t, seg), newer = seq_gt(seg->ack, t->snd_una);
	if (newer)
		new_ack(core, t, seg, &a);
	update_window(core, t, seg, newer);
	if (dup) {
		count(core, CNT_tcp_dup_acks_in);
		stats_count(core, t, dup_acks_in);
	}
	tcp_on_ack(core, t, seg, dup, &a);
	return acked(core, t, seg, &a);
}
