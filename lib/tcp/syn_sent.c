/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 9293 3.10.7.3: a segment for a connection that we opened and the peer has not answered yet. */
#include <errno.h>
#include "base/seq.h"
#include "tcp/ecn.h"
#include "tcp/reply.h"
#include "tcp/stats.h"

/* fourth: the peer's SYN. What it offers, as far as we offered it too. */
static void
take_syn(struct core *core, struct tcb *t, const struct tcp_seg *seg)
{
	const struct leat_tcp_config *c = core->tcp->config;

	t->irs = seg->seq;
	t->rcv_nxt = t->last_ack_sent = seg->seq + 1;
	t->rcv_adv = t->rcv_nxt + tcp_syn_window(core);
	if (c->timestamps && seg->opts.has_ts) {
		t->flags |= TF_TS;
		t->ts_recent = seg->opts.tsval;
		t->ts_day = (uint8_t)(core->now / 86400000000000u);
	}
	if (c->sack && seg->opts.has_sack_perm)
		t->flags |= TF_SACK;
	if (c->window_scale && seg->opts.has_wscale) {
		t->snd_wscale = seg->opts.wscale & 15;
		t->rcv_wscale = core->tcp->rcv_wscale & 15;
	}
	ecn_take_syn(t, seg);
	/* RFC 7323 2.2: the window of a SYN is never scaled */
	t->snd_wnd = seg->wnd;
	t->max_wnd = (uint16_t)(seg->wnd >> t->snd_wscale);
	t->snd_wl1 = seg->seq;
	tcb_set_mss(core, t, seg->opts.has_mss ? seg->opts.mss : 0);
	if (t->backoff > 0)
		t->cwnd = t->mss; /* RFC 5681 3.1: our SYN was lost */
}

void
tcp_opened(struct core *core, struct tcb *t, uint32_t ack)
{
	if (t->flags & TF_TIMING && seq_geq(ack, t->rtt_seq))
		tcp_rtt_sample(core, t, tcp_us_now(core) - t->rtt_time);
	t->flags &= ~(TF_TIMING | TF_RTO);
	t->snd_una = ack;
	t->soft_error = 0;
	tcp_timer_acked(core, t);
	tcp_established(core, t);
	count(core, CNT_tcp_opened_active);
}

static void
open_active(struct core *core, struct tcb *t, struct tcp_seg *seg)
{
	tcp_opened(core, t, seg->ack);
	t->flags |= TF_ACK_NOW;
	tcb_mark(core, t);
	/* Data or FIN that came with the SYN: seven and eight. */
	seg->seq++;
	seg->flags &= (uint8_t)~TCP_SYN;
	tcp_receive(core, t, seg);
}

/* Both sides opened at once (3.5, figure 8): SYN-RECEIVED, and our SYN goes out again with an ACK. */
static void
open_simultaneous(struct core *core, struct tcb *t)
{
	tcb_set_state(core, t, TCPS_SYN_RECEIVED);
	t->flags |= TF_ACK_NOW;
	tcb_mark(core, t);
}

void
tcp_syn_sent_input(struct core *core, struct tcb *t, struct tcp_seg *seg)
{
	if (unlikely(t->counted))
		stats_in(core, t, seg);
	bool ack_ok = (seg->flags & TCP_ACK) && seq_gt(seg->ack, t->iss) && seq_leq(seg->ack, t->snd_nxt);

	/* first: the ACK bit */
	if ((seg->flags & TCP_ACK) && !ack_ok) {
		tcp_reply_rst(core, seg);
		seg_drop(core, seg, DROP_tcp_ack);
		return;
	}
	/* second: the RST bit; only one that acknowledges our SYN is believed */
	if (seg->flags & TCP_RST) {
		if (ack_ok) {
			count(core, CNT_tcp_resets_in);
			tcb_close(core, t, ECONNREFUSED);
		}
		seg_drop(core, seg, DROP_tcp_rst);
		return;
	}
	/* fifth: neither SYN nor RST */
	if (!(seg->flags & TCP_SYN)) {
		seg_drop(core, seg, DROP_tcp_ack);
		return;
	}
	take_syn(core, t, seg);
	if (ack_ok) {
		open_active(core, t, seg);
		return;
	}
	open_simultaneous(core, t);
	seg_drop(core, seg, DROP_tcp_syn);
}
