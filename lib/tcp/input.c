/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 9293 3.10.7.4: a segment for a connection that is synchronised. The steps in their order. */
#include <errno.h>
#include "base/seq.h"
#include "tcp/ecn.h"
#include "tcp/extra.h"
#include "tcp/stats.h"

void
tcp_challenge(struct core *core, struct tcb *t)
{
	uint8_t second = core->now / 1000000000u % 16;

	/* RFC 5961 7; per connection, so that one tells nothing of another (CVE-2016-5696) */
	if (t->challenge_sec != second) {
		t->challenge_sec = second;
		t->challenge_count = 0;
	}
	if (t->challenge_count >= TCP_CHALLENGES_PER_SEC) {
		count(core, CNT_tcp_challenge_acks_limited);
		return;
	}
	t->challenge_count++;
	count(core, CNT_tcp_challenge_acks);
	tcb_note(core, t, TRACE_CHALLENGE, 0);
	tcp_send_ack(core, t);
}

/*
 * All of it was received before: an old duplicate, or a keepalive probe. It owes an ACK, but its
 * own ACK field still counts: when our FIN's ACK was lost, the peer's repeated FIN brings it. Not
 * so when it is older than a window: nobody shall guess with a quarter of all numbers (RFC 5961 5).
 */
static bool
is_old_duplicate(const struct tcp_layer *tcp, const struct tcb *t, const struct tcp_seg *seg)
{
	uint32_t end = seg->seq + tcp_seg_len(seg);

	return !(seg->flags & (TCP_RST | TCP_SYN)) && seq_lt(seg->seq, t->rcv_nxt) && seq_leq(end, t->rcv_nxt) &&
		t->rcv_nxt - seg->seq <= RTE_MAX(tcb_rcv_buf(tcp, t), 65535u);
}

/* An unacceptable segment is answered with an ACK, unless it is a RST. Pure ACKs of it are limited. */
static void
refuse(struct core *core, struct tcb *t, struct tcp_seg *seg, enum counter reason)
{
	if (!(seg->flags & TCP_RST)) {
		if (seg->len > 0 && is_old_duplicate(core->tcp, t, seg))
			tcp_send_dsack(core, t, (struct duplicate){seg->seq, seg->len});
		else if (seg->len > 0)
			tcp_send_ack(core, t);
		else
			tcp_challenge(core, t);
	}
	seg_drop(core, seg, reason);
}

static uint8_t
today(const struct core *core)
{
	return (uint8_t)(core->now / 86400000000000u);
}

/*
 * RFC 7323 5.3 R1: a timestamp before the last one is that of an old duplicate (not so for RST). 5.5:
 * unless the last one is so old that the clock of the peer may have come round.
 */
static bool
paws_rejects(const struct core *core, const struct tcb *t, const struct tcp_seg *seg)
{
	return seq_lt(seg->opts.tsval, t->ts_recent) && (uint8_t)(today(core) - t->ts_day) <= 24;
}

/* RFC 7323 3.2, 5.3: false when a segment is refused for its timestamp, or for having none. */
static bool
check_timestamp(struct core *core, struct tcb *t, struct tcp_seg *seg)
{
	if (!(t->flags & TF_TS) || (seg->flags & TCP_RST))
		return true;
	if (!seg->opts.has_ts) {
		seg_drop(core, seg, DROP_tcp_no_timestamp);
		return false;
	}
	if (!paws_rejects(core, t, seg))
		return true;
	refuse(core, t, seg, DROP_tcp_paws);
	return false;
}

static uint32_t
rcv_wnd(const struct tcb *t)
{
	return t->rcv_adv - t->rcv_nxt;
}

/* 3.4, the four cases of segment length and window. */
static bool
in_window(const struct tcb *t, const struct tcp_seg *seg)
{
	uint32_t wnd = rcv_wnd(t), len = tcp_seg_len(seg);

	if (wnd == 0)
		return seg->seq == t->rcv_nxt;
	if (seg->seq - t->rcv_nxt < wnd)
		return true;
	return len > 0 && seg->seq + len - 1 - t->rcv_nxt < wnd;
}

/* first: check sequence number. False: the segment is done with. */
static bool
check_sequence(struct core *core, struct tcb *t, struct tcp_seg *seg)
{
	if (!check_timestamp(core, t, seg))
		return false;
	if (in_window(t, seg)) {
		/* a closed window still takes ACK, RST and URG, but no data (3.4) */
		if (rcv_wnd(t) == 0 && tcp_seg_len(seg) > 0) {
			seg->len = 0;
			seg->flags &= (uint8_t)~TCP_FIN;
			t->flags |= TF_ACK_NOW;
			tcb_mark(core, t);
		}
		return true;
	}
	if (is_old_duplicate(core->tcp, t, seg) && t->state > TCPS_SYN_RECEIVED) {
		struct tcp_seg copy = *seg;
		refuse(core, t, seg, DROP_tcp_duplicate);
		copy.m = NULL;
		tcp_ack_input(core, t, &copy);
		return false;
	}
	refuse(core, t, seg, DROP_tcp_seq);
	return false;
}

/* RFC 7323 4.3: which timestamp to echo */
static void
note_timestamp(const struct core *core, struct tcb *t, const struct tcp_seg *seg)
{
	if (!(t->flags & TF_TS) || !seg->opts.has_ts || seq_gt(seg->seq, t->last_ack_sent))
		return;
	/* it passed PAWS: newer, or the old one does not count any more */
	t->ts_recent = seg->opts.tsval;
	t->ts_day = today(core);
}

static int
reset_reason(const struct tcb *t)
{
	/* SYN-RECEIVED here came from an active open: "connection refused" */
	if (t->state == TCPS_SYN_RECEIVED)
		return ECONNREFUSED;
	/* CLOSING, LAST-ACK: both sides have closed; nothing is lost if all our data arrived */
	if ((t->state == TCPS_CLOSING || t->state == TCPS_LAST_ACK) && seq_geq(t->snd_una, t->snd_end))
		return 0;
	return ECONNRESET;
}

/* second: check the RST bit, by RFC 5961 3.2. False: done with. */
static bool
check_rst(struct core *core, struct tcb *t, struct tcp_seg *seg)
{
	if (likely(!(seg->flags & TCP_RST)))
		return true;
	if (seg->seq == t->rcv_nxt) {
		count(core, CNT_tcp_resets_in);
		tcb_close(core, t, reset_reason(t));
	} else {
		tcp_challenge(core, t);
	}
	seg_drop(core, seg, DROP_tcp_rst);
	return false;
}

/* fourth: check the SYN bit, by RFC 5961 4.2. False: done with. */
static bool
check_syn(struct core *core, struct tcb *t, struct tcp_seg *seg)
{
	if (likely(!(seg->flags & TCP_SYN)))
		return true;
	tcp_challenge(core, t);
	seg_drop(core, seg, DROP_tcp_syn);
	return false;
}

/* sixth: the urgent pointer is noted and no more: the data stays where it is (RFC 6093 recommends just that). */
static void
check_urg(struct core *core, const struct tcp_seg *seg)
{
	if (unlikely(seg->flags & TCP_URG))
		count(core, CNT_tcp_urgent_in);
}

void
tcp_established(struct core *core, struct tcb *t)
{
	tcb_set_state(core, t, TCPS_ESTABLISHED);
	t->quickack = TCP_QUICKACKS;
	t->backoff = 0;
	if (t->flags & TF_ECN)
		count(core, CNT_tcp_ecn_agreed);
	tcb_event(core, t, EV_OPEN);
	tcp_timer_heard(core, t);
	if (t->snd_end != t->snd_nxt || (t->flags & TF_FIN_QUEUED))
		tcb_mark(core, t);
	/* closed by the application before it was open: the FIN is on its way (3.10.4) */
	if (t->flags & TF_FIN_QUEUED)
		tcb_set_state(core, t, TCPS_FIN_WAIT_1);
}

/*
 * In a simultaneous open each side's SYN comes twice, the second time with the ACK (3.5, figure 8).
 * Taken without its SYN it is the ACK that is waited for; as it stands it would be out of window.
 */
static void
take_second_syn(const struct tcb *t, struct tcp_seg *seg)
{
	if (t->state == TCPS_SYN_RECEIVED && (seg->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == (TCP_SYN | TCP_ACK) &&
		seg->seq == t->irs) {
		seg->flags &= (uint8_t)~(TCP_SYN | TCP_ECE | TCP_CWR); /* which mean something else without it */
		seg->seq++;
		seg->wnd >>= t->snd_wscale; /* not scaled in a SYN (RFC 7323 2.2), as it will be taken to be */
	}
}

/*
 * Is it the segment that nearly all are: in order, acceptable whatever is asked, on a connection where nothing is out
 * of the ordinary (header prediction)? Steps one to four and six have nothing to say about it then, nor has five any
 * reason to refuse it or to take it for a duplicate ACK.
 */
static inline bool
is_next(const struct tcb *t, const struct tcp_seg *seg)
{
	const uint32_t odd = TF_ECN | TF_RTO | TF_RECOVERY;
	uint32_t flight = tcb_flight(t), acks = seg->ack - t->snd_una;

	return t->state >= TCPS_ESTABLISHED && (t->flags & (TF_TS | odd)) == TF_TS && seg->seq == t->rcv_nxt &&
		(seg->flags & (TCP_ACK | TCP_SYN | TCP_RST | TCP_URG)) == TCP_ACK && seg->opts.has_ts &&
		seg->opts.nb_sack == 0 && acks <= flight && (acks > 0 || flight == 0 || seg->len > 0) &&
		!seq_lt(seg->opts.tsval, t->ts_recent) && tcp_seg_len(seg) <= rcv_wnd(t) && t->sender == 0 && !t->counted;
}

static inline void
input_next(struct core *core, struct tcb *t, struct tcp_seg *seg)
{
	if (seg->seq == t->last_ack_sent) { /* RFC 7323 4.3 */
		t->ts_recent = seg->opts.tsval;
		t->ts_day = today(core);
	}
	t->probes = 0;
	if (unlikely(tcp_timer_minds_silence(t)))
		tcp_timer_heard(core, t);
	if (tcp_ack_next(core, t, seg) && (seg->len > 0 || seg->flags & TCP_FIN))
		tcp_receive_next(core, t, seg);
}

static void
input_any(struct core *core, struct tcb *t, struct tcp_seg *seg)
{
	if (unlikely(t->counted))
		stats_in(core, t, seg);
	take_second_syn(t, seg);
	if (!check_sequence(core, t, seg))         /* first */
		return;
	if (!check_rst(core, t, seg))              /* second; third, security, is not used */
		return;
	if (!check_syn(core, t, seg))              /* fourth */
		return;
	if (tcp_ack_acceptable(t, seg)) {          /* who guesses leaves no timestamp, and keeps nothing alive */
		note_timestamp(core, t, seg);
		tcp_timer_heard(core, t);
	}
	if (!tcp_ack_input(core, t, seg))          /* fifth */
		return;
	check_urg(core, seg);                      /* sixth */
	if (unlikely(t->flags & TF_ECN))
		ecn_received(core, t, seg);
	tcp_receive(core, t, seg);                 /* seventh: text; eighth: FIN */
}

void
tcp_input(struct core *core, struct tcb *t, struct tcp_seg *seg)
{
	if (likely(is_next(t, seg)))
		input_next(core, t, seg);
	else
		input_any(core, t, seg);
}
