/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/stats.h"

/* RFC 6298 2.2, 2.3: alpha = 1/8, beta = 1/4 */
void
tcp_rtt_sample(struct core *core, struct tcb *t, uint32_t us)
{
	if (us == 0)
		us = 1;
	if (unlikely(t->counted))
		stats_rtt(core, t, us);
	if (!(t->flags & TF_RTT_KNOWN)) {
		t->srtt = us;
		t->rttvar = us / 2;
		t->flags |= TF_RTT_KNOWN;
		return;
	}
	uint32_t differ = t->srtt > us ? t->srtt - us : us - t->srtt;
	t->rttvar = (uint32_t)((3 * (uint64_t)t->rttvar + differ) / 4);
	t->srtt = (uint32_t)((7 * (uint64_t)t->srtt + us) / 8);
}

uint64_t
tcp_rto_us(const struct core *core, const struct tcb *t)
{
	const struct leat_tcp_config *c = core->tcp->config;
	uint64_t rto = c->rto_initial / 1000;

	if (t->flags & TF_RTT_KNOWN) {
		/*
		 * RFC 6298 2.3, 2.4. The variance counts as half the minimum at least: on a long and steady path
		 * it vanishes, and any ACK that the peer delays would be late (Linux adds the whole minimum).
		 */
		rto = t->srtt + RTE_MAX(4 * (uint64_t)t->rttvar, c->rto_min / 2000);
		rto = RTE_MAX(rto, c->rto_min / 1000);
	} else if (t->state >= TCPS_ESTABLISHED && t->retransmits > 0) {
		/* RFC 6298 5.7: the SYN was sent again: data begins with 3 seconds */
		rto = RTE_MAX(rto, 3000000u);
	}
	return RTE_MIN(rto << t->backoff, c->rto_max / 1000);
}
