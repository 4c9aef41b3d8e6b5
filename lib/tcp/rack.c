/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RACK (RFC 8985 6): what left long enough before something that arrived is lost. Time takes the place
 * of counting duplicates, so that reordering is no loss and a lost retransmission is one.
 */
#include "base/seq.h"
#include "tcp/tcp.h"

enum {
	REO_MULT_MAX = 64,    /* of a quarter of the smallest RTT; SRTT is the limit anyway */
	REO_PERSIST = 16,     /* recoveries that a window which has grown outlives (6.2.3.2) */
};

/* Was the first sent after the second? What left together is in the order of its numbers. */
static bool
sent_after(uint32_t t1, uint32_t end1, uint32_t t2, uint32_t end2)
{
	return seq_gt(t1, t2) || (t1 == t2 && seq_gt(end1, end2));
}

/* 6.2 steps 1 to 3 */
void
rack_delivered(const struct core *core, struct tcp_sender *s, const struct run *r, uint32_t end, uint32_t least)
{
	uint32_t rtt = tcp_us_now(core) - r->last;

	/* step 2: sooner than any RTT so far, it was the first transmission that arrived */
	if (r->again > 0 && rtt < least)
		return;
	/* step 3: below the highest that arrived, and sent only once: it was overtaken */
	if (!s->rack_valid || seq_gt(end, s->rack_fack))
		s->rack_fack = end;
	else if (r->again == 0 && seq_lt(end, s->rack_fack))
		s->reordering = true;
	if (s->rack_valid && !sent_after(r->last, end, s->rack_sent, s->rack_end))
		return;
	s->rack_valid = true;
	s->rack_sent = r->last;
	s->rack_end = end;
	s->rack_rtt = rtt;
}

void
rack_dsack(struct tcb *t, struct tcp_sender *s)
{
	if (s->in_dsack_round)
		return;
	s->in_dsack_round = true;
	s->dsack_round = t->snd_nxt;
	s->reo_mult = (uint8_t)RTE_MIN(s->reo_mult + 1, REO_MULT_MAX);
	s->reo_persist = REO_PERSIST;
}

void
rack_recovered(struct tcp_sender *s)
{
	if (s->reo_persist > 0 && --s->reo_persist == 0)
		s->reo_mult = 1;
}

/* 6.2 step 4: RACK.reo_wnd, microseconds */
static uint32_t
reordering_window(const struct tcb *t, struct tcp_sender *s)
{
	uint32_t min_rtt = sender_min_rtt(s);

	if (s->in_dsack_round && seq_geq(t->snd_una, s->dsack_round))
		s->in_dsack_round = false;
	if (!s->reordering && (t->flags & (TF_RECOVERY | TF_RTO) || s->dupacks >= TCP_DUP_THRESH ||
		s->sacked > (TCP_DUP_THRESH - 1u) * t->mss))
		return 0;
	if (min_rtt == UINT32_MAX)
		min_rtt = t->srtt;
	return (uint32_t)RTE_MIN((uint64_t)s->reo_mult * min_rtt / 4, (uint64_t)t->srtt);
}

/* 6.2 step 5 */
uint32_t
rack_detect(struct core *core, struct tcb *t, struct tcp_sender *s, struct tcp_acked *a)
{
	uint32_t wait = 0, now = tcp_us_now(core);

	if (!s->rack_valid)
		return 0;
	int64_t window = (int64_t)s->rack_rtt + reordering_window(t, s);
	for (uint32_t handle = s->head; handle != 0; handle = run_at(core->tcp, handle)->next) {
		const struct run *r = run_at(core->tcp, handle);
		if (r->fate != RUN_SENT || !sent_after(s->rack_sent, s->rack_end, r->last, r->seq))
			continue;
		/*
		 * What is sent again within the microsecond left last, whatever its number: else it would be
		 * lost at once, again and again, between two who answer in no time.
		 */
		if (r->again > 0 && r->last == s->rack_sent)
			continue;
		/* of a run that left together with what arrived, only what is below that was overtaken */
		uint32_t end = r->last == s->rack_sent ? seq_min(r->end, s->rack_end) : r->end;
		int64_t left = window - (int64_t)(now - r->last);
		if (left <= 0) {
			runs_lose(core, s, handle, end);
			a->lost = true;
		} else {
			wait = RTE_MAX(wait, (uint32_t)left);
		}
	}
	return wait;
}

void
rack_timed_out(struct core *core, struct tcb *t, struct tcp_sender *s)
{
	int64_t window = (int64_t)s->rack_rtt + reordering_window(t, s);
	uint32_t now = tcp_us_now(core), first = s->head != 0 ? run_at(core->tcp, s->head)->seq : 0;

	/* the peer acknowledged less than it said it has: it has dropped it (RFC 2018 8) */
	if (s->head != 0 && run_at(core->tcp, s->head)->fate == RUN_SACKED) {
		runs_forget_sacks(core, s);
		count(core, CNT_tcp_sack_reneged);
	}
	for (uint32_t handle = s->head; handle != 0; handle = run_at(core->tcp, handle)->next) {
		const struct run *r = run_at(core->tcp, handle);
		bool old = !(t->flags & TF_SACK) || !s->rack_valid || (int64_t)(now - r->last) >= window;
		if (r->fate == RUN_SENT && (r->seq == first || old))
			runs_lose(core, s, handle, r->end);
	}
}
