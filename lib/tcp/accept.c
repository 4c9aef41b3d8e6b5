/* SPDX-License-Identifier: BSD-3-Clause */
#include <rte_common.h>
#include "tcp/accept.h"
#include "tcp/listen.h"

static void
take_fields(const struct core *core, struct tcb *t, const struct half_open *h, const struct tcp_seg *seg)
{
	t->iss = h->iss;
	t->irs = h->irs;
	t->snd_una = t->snd_nxt = t->snd_end = h->iss + 1;
	t->rcv_nxt = t->last_ack_sent = h->irs + 1;
	t->flags |= (h->ts ? TF_TS : 0u) | (h->sack ? TF_SACK : 0u) | (h->ecn ? TF_ECN : 0u);
	t->ts_recent = h->ts_recent;
	t->ts_day = (uint8_t)(core->now / 86400000000000u);
	t->snd_wscale = half_open_wscale(h) ? h->snd_wscale : 0;
	t->rcv_wscale = half_open_wscale(h) ? core->tcp->rcv_wscale & 15 : 0;
	/* as an ACK of the half-open entry may have offered it: rounded up */
	t->rcv_adv = t->rcv_nxt + RTE_ALIGN_CEIL(tcp_syn_window(core), 1u << t->rcv_wscale);
	t->max_wnd = seg->wnd;
	t->snd_wnd = (uint32_t)seg->wnd << t->snd_wscale;
	t->snd_wl1 = seg->seq;
}

struct tcb *
accept_make(struct core *core, const struct half_open *h, const struct tcp_listener *l, const struct tcp_seg *seg)
{
	struct tcb *t = tcb_alloc(core);

	if (t == NULL) {
		count(core, CNT_tcp_no_tcb);
		return NULL;
	}
	tcb_set_tuple(t, &seg->tuple, half_open_ts_offset(core, h, &seg->tuple));
	take_fields(core, t, h, seg);
	tcb_set_mss(core, t, h->mss);
	if (h->retries > 0)
		t->cwnd = t->mss; /* RFC 5681 3.1: our SYN-ACK was lost */
	t->app = l->app;
	t->user = l->user;
	t->state = TCPS_SYN_RECEIVED;
	return t;
}

void
accept_open(struct core *core, struct tcb *t, struct tcp_seg *seg)
{
	tcp_established(core, t);
	count(core, CNT_tcp_opened_passive);
	tcp_input(core, t, seg);
}
