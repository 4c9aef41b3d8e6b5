/* SPDX-License-Identifier: BSD-3-Clause */
/* The sender's memory of what is in flight: made, freed; the smallest RTT. */
#include <string.h>
#include "tcp/cc.h"
#include "tcp/tcp.h"

struct tcp_sender *
sender_get(struct core *core, struct tcb *t)
{
	struct tcp_layer *tcp = core->tcp;

	if (t->sender != 0)
		return sender_of(tcp, t);
	if ((t->sender = slab_alloc(&tcp->senders)) == 0) {
		count(core, CNT_tcp_no_sender);
		return NULL;
	}
	struct tcp_sender *s = sender_of(tcp, t);
	memset(s, 0, sizeof(*s));
	s->reo_mult = 1; /* RFC 8985 6.2.3.2: RACK.reo_wnd_mult */
	s->min_rtt[0] = s->min_rtt[1] = UINT32_MAX;
	if (!runs_begin(core, t, s)) {
		slab_free(&tcp->senders, t->sender);
		t->sender = 0;
		count(core, CNT_tcp_no_sender);
		return NULL;
	}
	if (t->flags & TF_RTO) {
		/* there was no memory for it at the time-out: what was in flight then is sent again from now on */
		s->recover = t->rtt_seq;
		s->recovered = true;
		runs_lose_all(core, s);
	}
	tcp_cc_all[t->cc]->init(core, t, s);
	return s;
}

void
sender_free(struct core *core, struct tcb *t)
{
	struct tcp_layer *tcp = core->tcp;

	if (t->sender == 0)
		return;
	runs_free(core, sender_of(tcp, t));
	slab_free(&tcp->senders, t->sender);
	t->sender = 0;
	t->flags &= ~TF_RECOVERY;
	t->armed &= (uint8_t)~T_PACE;
}

enum { MIN_RTT_SPAN = 10000000 }; /* microseconds */

void
sender_rtt(const struct core *core, struct tcp_sender *s, uint32_t us)
{
	uint32_t now = tcp_us_now(core);

	if (now - s->min_rtt_since > MIN_RTT_SPAN) {
		/* after a pause of two spans neither counts */
		s->min_rtt[0] = now - s->min_rtt_since > 2 * MIN_RTT_SPAN ? UINT32_MAX : s->min_rtt[1];
		s->min_rtt[1] = UINT32_MAX;
		s->min_rtt_since = now;
	}
	s->min_rtt[1] = RTE_MIN(s->min_rtt[1], us);
}

uint32_t
sender_min_rtt(const struct tcp_sender *s)
{
	return RTE_MIN(s->min_rtt[0], s->min_rtt[1]);
}
