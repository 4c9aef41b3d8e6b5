/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/seq.h"
#include "tcp/cc.h"
#include "tcp/ecn.h"
#include "tcp/stats.h"

uint8_t
ecn_syn_flags(struct core *core, struct tcb *t)
{
	if (t->state == TCPS_SYN_RECEIVED)
		return TCP_ECE;
	if (t->backoff == 0)
		return TCP_ECE | TCP_CWR;
	/* 6.1.1.1: somebody on the path may drop what asks for ECN; then never again in this connection */
	count(core, CNT_tcp_ecn_fallback);
	t->flags &= ~TF_ECN;
	t->no_ect = 1;
	return 0;
}

void
ecn_take_syn(struct tcb *t, const struct tcp_seg *seg)
{
	/* 6.1.1: a SYN-ACK that has both flags only sends ours back */
	uint8_t yes = seg->flags & TCP_ACK ? TCP_ECE : TCP_ECE | TCP_CWR;
	bool asked = (t->flags & TF_ECN) || t->no_ect;

	t->flags &= ~TF_ECN;
	/* 6.1.1.1: also if the peer answers the first SYN, and a later one had not asked: marks are answered then */
	if (asked && (seg->flags & (TCP_ECE | TCP_CWR)) == yes)
		t->flags |= TF_ECN;
}

void
ecn_received(struct core *core, struct tcb *t, const struct tcp_seg *seg)
{
	if (seg->flags & TCP_CWR)
		t->flags &= ~TF_ECE;
	if (seg->len == 0 || (seg->tos & ECN_MASK) != ECN_CE)
		return;
	count(core, CNT_tcp_ce_in);
	stats_count(core, t, ce_in);
	/* the first mark is told of at once */
	if (!(t->flags & TF_ECE)) {
		t->flags |= TF_ECE | TF_ACK_NOW;
		tcb_mark(core, t);
	}
}

void
ecn_reduced(struct tcb *t, struct tcp_sender *s)
{
	if (likely(!(t->flags & TF_ECN)))
		return;
	t->flags |= TF_CWR;
	s->cwr = CWR_REDUCED;
	s->cwr_end = t->snd_nxt;
}

/* 6.1.2: as for a loss, once in a round trip; but the window shrinks while data goes on (RFC 9937). */
static void
reduce(struct core *core, struct tcb *t, struct tcp_sender *s, struct tcp_acked *a)
{
	count(core, CNT_tcp_ecn_reduced);
	stats_count(core, t, marks);
	tcb_note(core, t, TRACE_ECN, 0);
	tcp_cc_all[t->cc]->congested(core, t, s, RTE_MIN(a->flight, t->cwnd));
	s->undo_armed = false;
	ecn_reduced(t, s);
	a->held = true;
	if (t->cwnd <= t->ssthresh)
		return; /* it is as small as it becomes, and a mark makes it no larger */
	s->cwr = CWR_REDUCING;
	prr_begin(t, s, a);
}

/* All is acknowledged that was in flight when the window was reduced: it is so small now. */
static void
end_reduction(struct tcb *t, struct tcp_sender *s, struct tcp_acked *a)
{
	if (s->cwr != CWR_REDUCING || seq_lt(t->snd_una, s->cwr_end))
		return;
	a->held = true;
	t->cwnd = t->ssthresh;
	s->cwr = CWR_REDUCED;
}

void
ecn_acked(struct core *core, struct tcb *t, struct tcp_sender *s, struct tcp_acked *a)
{
	end_reduction(t, s, a);
	/* only what acknowledges data behind the reduction is of a peer that has seen CWR */
	if (s->cwr == CWR_REDUCED && seq_gt(t->snd_una, s->cwr_end))
		s->cwr = CWR_NONE;
	if (a->mark && s->cwr == CWR_NONE && !(t->flags & (TF_RECOVERY | TF_RTO)))
		reduce(core, t, s, a);
	end_reduction(t, s, a);
	if (s->cwr != CWR_REDUCING)
		return;
	a->held = true;
	if (s->lost == 0)
		prr_acked(t, s, a);
}

void
ecn_mark_unaided(struct core *core, struct tcb *t, const struct tcp_acked *a)
{
	if (t->flags & (TF_CWR | TF_RTO))
		return;
	count(core, CNT_tcp_ecn_reduced);
	t->ssthresh = RTE_MAX(RTE_MIN(a->flight, t->cwnd) / 2, 2u * t->mss);
	t->cwnd = RTE_MIN(t->cwnd, t->ssthresh);
	t->flags |= TF_CWR;
}
