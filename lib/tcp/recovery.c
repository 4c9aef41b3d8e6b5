/* SPDX-License-Identifier: BSD-3-Clause */
/* Loss: found by duplicate ACKs (RFC 5681 3.2, RFC 6582) or by the timer (RFC 6298 5). */
#include "base/seq.h"
#include "tcp/cc.h"
#include "tcp/tcp.h"

static void
note(struct core *core, struct tcb *t, enum trace_note what)
{
	struct tuple tuple;

	if (!trace_on(core))
		return;
	tcb_tuple(t, &tuple);
	trace_note(core, &tuple, what, 0);
}

static void
rexmit(struct core *core, struct tcb *t)
{
	t->flags |= TF_REXMIT;
	t->flags &= ~TF_TIMING; /* Karn's algorithm */
	tcb_mark(core, t);
}

void
tcp_on_dupack(struct core *core, struct tcb *t)
{
	count(core, CNT_tcp_dup_acks_in);
	if (t->dupacks < UINT8_MAX)
		t->dupacks++;
	if (t->flags & TF_RECOVERY) {
		/* RFC 6582 3.2 step 4: another segment has left the network */
		t->cwnd += t->mss;
		tcb_mark(core, t);
		return;
	}
	if (t->dupacks < TCP_DUP_THRESH)
		tcb_mark(core, t); /* limited transmit */
	if (t->dupacks != TCP_DUP_THRESH || (t->flags & TF_RTO))
		return;
	/* RFC 6582 3.2 step 2: not for what was sent before the last recovery ended */
	if ((t->flags & TF_RECOVERED) && seq_leq(t->snd_una, t->recover))
		return;
	/* RFC 5681 3.2 step 2: what limited transmit sent beyond cwnd does not count */
	core->tcp->cc->lost(t, RTE_MIN(tcb_flight(t), t->cwnd));
	t->recover = t->snd_nxt;
	t->flags |= TF_RECOVERY | TF_RECOVERED;
	count(core, CNT_tcp_fast_retransmits);
	note(core, t, TRACE_FAST_RETRANSMIT);
	rexmit(core, t);
}

/* RFC 6582 3.2 step 3, in recovery */
static void
recovery_ack(struct core *core, struct tcb *t, uint32_t acked)
{
	if (seq_geq(t->snd_una, t->recover)) {
		/* full: cwnd = min (ssthresh, max(FlightSize, SMSS) + SMSS) */
		uint32_t flight = RTE_MAX(tcb_flight(t), (uint32_t)t->mss);
		t->cwnd = RTE_MIN(t->ssthresh, flight + t->mss);
		t->flags &= ~TF_RECOVERY;
		return;
	}
	/* partial: the next hole is sent at once; deflate by what was acknowledged, plus one SMSS */
	t->cwnd -= RTE_MIN(acked, t->cwnd - RTE_MIN(t->cwnd, (uint32_t)t->mss));
	if (acked >= t->mss)
		t->cwnd += t->mss;
	rexmit(core, t);
}

void
tcp_on_new_ack(struct core *core, struct tcb *t, uint32_t acked, uint32_t flight)
{
	t->dupacks = 0;
	if (t->flags & TF_RECOVERY) {
		recovery_ack(core, t, acked);
		return;
	}
	if (seq_gt(t->snd_una, t->recover))
		t->flags &= ~TF_RECOVERED; /* or a number long past would count as ahead again */
	core->tcp->cc->acked(t, acked, flight);
	if (!(t->flags & TF_RTO))
		return;
	if (seq_lt(t->snd_rtx, t->snd_una))
		t->snd_rtx = t->snd_una;
	if (seq_geq(t->snd_una, t->recover) || t->snd_una == t->snd_nxt)
		t->flags &= ~TF_RTO;
	tcb_mark(core, t);
}

void
tcp_on_rto(struct core *core, struct tcb *t)
{
	count(core, CNT_tcp_rto);
	note(core, t, TRACE_RTO);
	if (t->state >= TCPS_ESTABLISHED) /* a lost SYN: syn_sent.c */
		core->tcp->cc->timed_out(t, tcb_flight(t), t->backoff <= 1);
	t->recover = t->snd_nxt;
	t->flags &= ~(TF_RECOVERY | TF_TIMING);
	t->flags |= TF_RTO | TF_RECOVERED;
	t->snd_rtx = t->snd_una;
	t->dupacks = 0;
	tcb_mark(core, t);
}
