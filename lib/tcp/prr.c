/* SPDX-License-Identifier: BSD-3-Clause */
/* Proportional rate reduction (RFC 9937): how much may be sent on each ACK while lost data is repaired. */
#include "tcp/tcp.h"

void
prr_begin(const struct tcb *t, struct tcp_sender *s, const struct tcp_acked *a)
{
	s->prr_delivered = 0;
	s->prr_out = 0;
	/* RecoverFS: what was SACKed before will not be delivered again; what this ACK tells of will be */
	s->prr_flight = RTE_MAX(tcb_flight(t) - RTE_MIN(s->sacked, tcb_flight(t)) + a->delivered, 1u);
}

void
prr_acked(struct tcb *t, struct tcp_sender *s, const struct tcp_acked *a)
{
	uint32_t pipe = sender_pipe(s, t), mss = t->mss;
	int64_t send;

	if (a->delivered == 0)
		return;
	s->prr_delivered += a->delivered;
	if (pipe > t->ssthresh) {
		uint64_t part = (uint64_t)s->prr_delivered * t->ssthresh;
		send = (int64_t)((part + s->prr_flight - 1) / s->prr_flight) - s->prr_out;
	} else {
		/* conservative by default; slow start while SND.UNA moves and nothing more is lost */
		send = RTE_MAX((int64_t)s->prr_delivered - s->prr_out, (int64_t)a->delivered);
		if (a->acked > 0 && !a->lost)
			send += mss;
		send = RTE_MIN(send, (int64_t)t->ssthresh - pipe);
	}
	/* recovery begins with a retransmission whatever is under way */
	if (s->prr_out == 0 && send < (int64_t)mss)
		send = mss;
	t->cwnd = pipe + (uint32_t)RTE_MAX(send, 0);
}
