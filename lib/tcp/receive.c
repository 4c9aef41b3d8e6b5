/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 9293 3.10.7.4, seventh and eighth: segment text and FIN. The receive queue and its window. */
#include <errno.h>
#include "base/seq.h"
#include "core/recycle.h"
#include "tcp/extra.h"
#include "tcp/reassembly.h"
#include "tcp/scarcity.h"
#include "tcp/stats.h"

enum { COPY_UP_TO = 512 }; /* shorter segments are moved behind the last one, if there is room: they pin 2 KiB each */

uint32_t
tcp_rcv_queued(const struct tcp_layer *tcp, const struct tcb *t)
{
	uint32_t end = t->rcv_nxt - !!(t->flags & TF_PEER_FIN);

	return t->rcv_head != 0 ? end - chunk_at(tcp, t->rcv_head)->seq : 0;
}

/* How far beyond rcv_nxt the window may reach now: the free buffer, as far as the field can tell it. */
static uint32_t
space(const struct tcp_layer *tcp, const struct tcb *t, uint32_t queued)
{
	uint32_t limit = tcp_scarcity_limit(tcp, t), room = limit > queued ? limit - queued : 0;

	return RTE_MIN(room, 65535u << t->rcv_wscale);
}

/*
 * Rounded up, the edge of the window moves a little with each segment, and to crumbs that nobody reads
 * the window would never close: so not far beyond the buffer. There less is told than was offered before;
 * that is taken all the same (RFC 7323 2.4). promised: what is queued, and what may still come.
 */
static bool
may_round_up(uint32_t buf, uint32_t promised)
{
	return promised <= buf + buf / 8;
}

uint16_t
tcp_rcv_window(struct core *core, struct tcb *t)
{
	const struct tcp_layer *tcp = core->tcp;
	uint32_t queued = tcp_rcv_queued(tcp, t), buf = tcb_rcv_buf(tcp, t);
	uint32_t offered = t->rcv_adv - t->rcv_nxt, step = RTE_MIN(buf / 2, (uint32_t)t->mss), wnd = offered;

	/* RFC 9293 3.8.6.2.2: the edge moves by half the buffer or a segment at least, and never back */
	if (buf >= offered + step) { /* there is never room for more than the buffer */
		uint32_t room = space(tcp, t, queued);
		if (room > offered && room - offered >= step)
			wnd = room;
	}
	uint32_t field = wnd >> t->rcv_wscale;
	/* RFC 7323 2.4: rounding down would take back what was offered */
	if (field << t->rcv_wscale < offered && may_round_up(buf, queued + offered))
		field++;
	field = RTE_MIN(field, 65535u);
	if (field << t->rcv_wscale > offered)
		t->rcv_adv = t->rcv_nxt + (field << t->rcv_wscale);
	return (uint16_t)field;
}

void
tcp_rcv_consumed(struct core *core, struct tcb *t)
{
	if (t->rcv_head == 0 && (t->flags & TF_PEER_FIN))
		tcb_event(core, t, EV_PEER_CLOSED);
	if (t->state == TCPS_CLOSED || t->state == TCPS_TIME_WAIT || (t->flags & TF_PEER_FIN))
		return;
	if (core->tcp->scarcity != RX_PLENTY)
		tcp_scarcity_look(core); /* perhaps not any more */
	uint32_t queued = tcp_rcv_queued(core->tcp, t);
	tcp_grow_consumed(core, t, t->rcv_nxt - queued);
	uint32_t left = t->rcv_adv - t->rcv_nxt, room = space(core->tcp, t, queued);
	if (room <= left)
		return;
	uint32_t opens = room - left;
	/* Said when it helps: the peer has little left, or a quarter of the buffer came free. */
	if (opens < RTE_MIN(tcb_rcv_buf(core->tcp, t) / 2, (uint32_t)t->mss))
		return; /* 3.8.6.2.2: not in crumbs */
	if (left < 2u * t->mss || opens >= tcb_rcv_buf(core->tcp, t) / 4) {
		t->flags |= TF_ACK_NOW;
		tcb_mark(core, t);
	}
}

/* Copies a short segment behind the last one in the queue, if that is ours to write to. */
static bool
append_to_tail(struct core *core, struct tcb *t, struct rte_mbuf *m)
{
	if (t->rcv_tail == 0 || m->nb_segs > 1 || (m->pkt_len > COPY_UP_TO && core->tcp->scarcity == RX_PLENTY))
		return false;
	struct chunk *c = chunk_at(core->tcp, t->rcv_tail);
	struct rte_mbuf *last = rte_pktmbuf_lastseg(c->m);
	if (!RTE_MBUF_DIRECT(last) || rte_mbuf_refcnt_read(last) != 1 || rte_pktmbuf_tailroom(last) < m->data_len)
		return false;
	memcpy(rte_pktmbuf_mtod_offset(last, uint8_t *, last->data_len), rte_pktmbuf_mtod(m, void *), m->data_len);
	last->data_len = (uint16_t)(last->data_len + m->data_len);
	c->m->pkt_len += m->data_len;
	c->len += m->data_len;
	recycle_put(core, m);
	return true;
}

bool
tcp_rcv_append(struct core *core, struct tcb *t, struct rte_mbuf *m)
{
	struct tcp_layer *tcp = core->tcp;
	uint32_t len = m->pkt_len;

	if (!append_to_tail(core, t, m)) {
		if (unlikely(tcp->scarcity >= RX_NO_OOO) && !tcp_scarcity_admits(tcp, t))
			return false;
		uint32_t handle = slab_alloc(&tcp->chunks);
		if (handle == 0)
			return false;
		*chunk_at(tcp, handle) = (struct chunk){.seq = t->rcv_nxt, .len = len, .m = m};
		if (t->rcv_tail != 0)
			chunk_at(tcp, t->rcv_tail)->next = handle;
		else
			t->rcv_head = handle;
		t->rcv_tail = handle;
		core->held += m->nb_segs;
	}
	if (t->rcv_nxt + len - (t->irs + 1) < t->rcv_nxt - (t->irs + 1))
		t->in_hi++;
	t->rcv_nxt += len;
	tcb_event(core, t, EV_DATA);
	return true;
}

struct rte_mbuf *
tcp_rcv_pop(struct core *core, struct tcb *t, uint32_t *len)
{
	struct tcp_layer *tcp = core->tcp;
	uint32_t handle = t->rcv_head;

	if (handle == 0)
		return NULL;
	struct chunk *c = chunk_at(tcp, handle);
	struct rte_mbuf *m = c->m;
	t->rcv_head = c->next;
	if (t->rcv_head == 0)
		t->rcv_tail = 0;
	*len = c->len;
	core->held -= m->nb_segs;
	slab_free(&tcp->chunks, handle);
	return m;
}

void
tcp_rcv_consume(struct core *core, struct tcb *t, size_t len)
{
	while (len > 0 && t->rcv_head != 0) {
		struct chunk *c = chunk_at(core->tcp, t->rcv_head);
		uint32_t n;
		if (len >= c->len) {
			struct rte_mbuf *m = tcp_rcv_pop(core, t, &n);
			recycle_put(core, m);
			len -= n;
			continue;
		}
		n = (uint32_t)len;
		core->held -= c->m->nb_segs;
		c->m = mbuf_cut_front(c->m, n);
		core->held += c->m->nb_segs;
		c->seq += n;
		c->len -= n;
		return;
	}
}

void
tcp_rcv_free(struct core *core, struct tcb *t)
{
	tcp_rcv_consume(core, t, SIZE_MAX);
	tcp_ooo_free(core, t);
}

/* When in-order data is acknowledged (RFC 9293 3.8.6.3, RFC 5681 4.2). */
static void
owe_ack(struct core *core, struct tcb *t, bool filled_hole)
{
	bool now = filled_hole || t->ooo_head != 0 || core->tcp->config->delayed_ack == 0;

	if (t->quickack > 0) {
		/* at the start of a connection the peer's window is small: every ACK counts */
		t->quickack--;
		now = true;
	}
	if (t->rcv_segs < UINT8_MAX)
		t->rcv_segs++;
	if (now || t->rcv_segs >= 2) {
		t->flags |= TF_ACK_NOW;
		tcb_mark(core, t);
	} else {
		tcp_timer_ack_owed(core, t);
	}
}

/* eighth: the peer's FIN is the next in order. */
static void
take_fin(struct core *core, struct tcb *t)
{
	t->rcv_nxt++;
	t->rcv_adv = seq_max(t->rcv_adv, t->rcv_nxt); /* right behind a full window it is still taken */
	t->flags |= TF_PEER_FIN | TF_ACK_NOW;
	tcb_mark(core, t);
	tcb_event(core, t, EV_PEER_CLOSED);
	switch (t->state) {
	case TCPS_SYN_RECEIVED:
	case TCPS_ESTABLISHED:
		tcb_set_state(core, t, TCPS_CLOSE_WAIT);
		break;
	case TCPS_FIN_WAIT_1:
		/* our FIN is not acknowledged, or step five would have gone to FIN-WAIT-2 */
		tcb_set_state(core, t, TCPS_CLOSING);
		break;
	case TCPS_FIN_WAIT_2:
		tcp_send_ack(core, t);
		tcb_to_time_wait(core, t);
		break;
	default:
		break;
	}
}

/* Cuts what was received before and what lies beyond the window. */
static void
trim(const struct tcb *t, struct tcp_seg *seg)
{
	if (seq_lt(seg->seq, t->rcv_nxt)) {
		uint32_t cut = RTE_MIN(t->rcv_nxt - seg->seq, seg->len);
		seg->m = mbuf_cut_front(seg->m, cut);
		seg->seq += cut;
		seg->len -= cut;
	}
	if (seq_gt(seg->seq + seg->len, t->rcv_adv)) {
		uint32_t keep = seq_lt(seg->seq, t->rcv_adv) ? t->rcv_adv - seg->seq : 0;
		mbuf_keep(seg->m, RTE_MIN(keep, seg->len));
		seg->len = RTE_MIN(keep, seg->len);
		seg->flags &= (uint8_t)~TCP_FIN;
	}
}

/* dup: what of it was received before and is cut off already. */
static void
in_order(struct core *core, struct tcb *t, struct tcp_seg *seg, struct duplicate dup)
{
	bool hole = t->ooo_head != 0, fin;

	if (hole && dup.len == 0)
		dup = tcp_ooo_overlap(core, t, seg->len);
	if (hole)
		tcp_ooo_agree(core, t, seg);
	uint32_t end = seg->seq + seg->len;
	fin = seg->flags & TCP_FIN;
	if (seg->len > 0) {
		if (!tcp_rcv_append(core, t, seg->m)) {
			seg_drop(core, seg, DROP_tcp_rcv_scarce); /* not acknowledged: the peer sends it again */
			return;
		}
		seg->m = NULL;
	}
	if (hole)
		fin = tcp_ooo_drain(core, t) || (fin && t->rcv_nxt == end); /* not one that earlier bytes contradict */
	if (hole && fin)
		tcp_ooo_free(core, t); /* nothing is behind it but a mistake */
	if (dup.len > 0)
		tcp_send_dsack(core, t, dup);
	else if (seg->len > 0)
		owe_ack(core, t, hole);
	if (fin)
		take_fin(core, t);
}

void
tcp_receive_next(struct core *core, struct tcb *t, struct tcp_seg *seg)
{
	if (unlikely(t->ooo_head != 0 || t->flags & TF_PEER_FIN || (seg->len > 0 && t->flags & TF_ORPHAN))) {
		tcp_receive(core, t, seg);
		return;
	}
	if (seg->len > 0) {
		tcp_grow_received(core, t, seg);
		if (unlikely(!tcp_rcv_append(core, t, seg->m))) {
			seg_drop(core, seg, DROP_tcp_rcv_scarce); /* not acknowledged: the peer sends it again */
			return;
		}
		seg->m = NULL;
		owe_ack(core, t, false);
	}
	if (seg->flags & TCP_FIN)
		take_fin(core, t);
}

void
tcp_receive(struct core *core, struct tcb *t, struct tcp_seg *seg)
{
	if (seg->len == 0 && !(seg->flags & TCP_FIN))
		return;
	/* CLOSE-WAIT and later: the peer has said that it has no more; ignored */
	if (t->flags & TF_PEER_FIN)
		return;
	if (seg->len > 0 && (t->flags & TF_ORPHAN)) {
		/* RFC 9293 3.6.1: nobody will read this; the peer must know that it is lost */
		tcb_reset(core, t, ECONNRESET);
		seg_drop(core, seg, DROP_tcp_after_close);
		return;
	}
	struct duplicate dup = {seg->seq, 0};
	if (seq_lt(seg->seq, t->rcv_nxt))
		dup.len = RTE_MIN(seg->len, t->rcv_nxt - seg->seq);
	tcp_grow_received(core, t, seg);
	trim(t, seg);
	if (seg->len == 0 && !(seg->flags & TCP_FIN)) {
		tcp_send_dsack(core, t, dup);
		seg_drop(core, seg, DROP_tcp_duplicate);
		return;
	}
	if (seg->seq == t->rcv_nxt) {
		in_order(core, t, seg, dup);
		return;
	}
	count(core, CNT_tcp_ooo_in);
	stats_count(core, t, ooo_in);
	/* RFC 5681 4.2: a duplicate ACK, at once */
	tcp_send_dsack(core, t, tcp_ooo_insert(core, t, seg));
}
