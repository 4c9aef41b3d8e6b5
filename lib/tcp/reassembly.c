/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/seq.h"
#include "core/mbufs.h"
#include "tcp/reassembly.h"

static uint32_t
end_of(const struct chunk *c)
{
	return c->seq + c->len;
}

/* The chunk is not in the list any more. */
static void
discard(struct core *core, struct tcb *t, uint32_t handle)
{
	struct chunk *c = chunk_at(core->tcp, handle);

	if (c->m != NULL) {
		core->held -= c->m->nb_segs;
		rte_pktmbuf_free(c->m);
	}
	slab_free(&core->tcp->chunks, handle);
	core->tcp->ooo_chunks--;
	t->ooo_count--;
}

/* Is there room for one more, and would the port still have buffers to receive what fills the hole? */
static bool
may_keep(const struct core *core, const struct tcb *t)
{
	return t->ooo_count < TCP_OOO_MAX && core->tcp->scarcity < RX_NO_OOO;
}

/*
 * Finds where the segment goes and cuts it so that it overlaps nothing. Returns the link to put it
 * in, or NULL when every byte of it is there already.
 */
static uint32_t *
fit(struct core *core, struct tcb *t, struct tcp_seg *seg)
{
	struct tcp_layer *tcp = core->tcp;
	uint32_t *link = &t->ooo_head;
	bool fin = seg->flags & TCP_FIN;

	for (; *link != 0; link = &chunk_at(tcp, *link)->next) {
		struct chunk *c = chunk_at(tcp, *link);
		count(core, CNT_tcp_ooo_steps);
		if (seq_leq(seg->seq + seg->len, c->seq) && !(seg->len == 0 && seg->seq == c->seq))
			return link;
		if (seq_leq(end_of(c), seg->seq) && !(seg->len == 0 && end_of(c) == seg->seq))
			continue;
		if (seq_gt(c->seq, seg->seq)) {
			/* what lies behind c is sent again by the peer: rare, and simpler than to split */
			uint32_t keep = c->seq - seg->seq;
			mbuf_keep(seg->m, keep);
			seg->len = keep;
			seg->flags &= (uint8_t)~TCP_FIN;
			return link;
		}
		uint32_t cut = RTE_MIN(end_of(c) - seg->seq, seg->len);
		seg->m = mbuf_cut_front(seg->m, cut);
		seg->seq += cut;
		seg->len -= cut;
		if (seg->len == 0) {
			if (fin && seg->seq == end_of(c))
				c->fin = true;
			return NULL;
		}
	}
	return link;
}

bool
tcp_ooo_insert(struct core *core, struct tcb *t, struct tcp_seg *seg)
{
	struct tcp_layer *tcp = core->tcp;
	uint32_t *link = fit(core, t, seg);

	if (link == NULL) {
		seg_drop(core, seg, DROP_tcp_duplicate);
		return false;
	}
	uint32_t handle = may_keep(core, t) ? slab_alloc(&tcp->chunks) : 0;
	if (handle == 0) {
		seg_drop(core, seg, DROP_tcp_ooo_limit);
		return true;
	}
	struct chunk *c = chunk_at(tcp, handle);
	*c = (struct chunk){.next = *link, .seq = seg->seq, .len = seg->len, .fin = seg->flags & TCP_FIN,
		.stamp = ++tcp->ooo_stamp};
	if (seg->len > 0) {
		c->m = seg->m;
		seg->m = NULL;
		core->held += c->m->nb_segs;
	}
	*link = handle;
	t->ooo_count++;
	tcp->ooo_chunks++;
	return true;
}

bool
tcp_ooo_drain(struct core *core, struct tcb *t)
{
	struct tcp_layer *tcp = core->tcp;
	bool fin = false;

	while (!fin && t->ooo_head != 0 && seq_leq(chunk_at(tcp, t->ooo_head)->seq, t->rcv_nxt)) {
		uint32_t handle = t->ooo_head;
		struct chunk *c = chunk_at(tcp, handle);
		uint32_t cut = RTE_MIN(t->rcv_nxt - c->seq, c->len);
		t->ooo_head = c->next;
		if (c->len > cut) {
			core->held -= c->m->nb_segs;
			struct rte_mbuf *m = mbuf_cut_front(c->m, cut);
			c->m = NULL;
			if (!tcp_rcv_append(core, t, m)) {
				drop(core, m, DROP_tcp_rcv_scarce); /* not acknowledged: the peer sends it again */
				discard(core, t, handle);
				return false;
			}
		}
		fin = c->fin && end_of(c) == t->rcv_nxt; /* not one that later bytes contradict */
		discard(core, t, handle);
	}
	return fin;
}

uint32_t
tcp_ooo_bytes(const struct tcp_layer *tcp, const struct tcb *t)
{
	uint32_t bytes = 0;

	for (uint32_t i = t->ooo_head; i != 0; i = chunk_at(tcp, i)->next)
		bytes += chunk_at(tcp, i)->len;
	return bytes;
}

void
tcp_ooo_free(struct core *core, struct tcb *t)
{
	while (t->ooo_head != 0) {
		uint32_t handle = t->ooo_head;
		t->ooo_head = chunk_at(core->tcp, handle)->next;
		discard(core, t, handle);
	}
}

void
tcp_ooo_give_up(struct core *core, struct tcb *t)
{
	count_n(core, CNT_tcp_ooo_given_up, t->ooo_count);
	tcp_ooo_free(core, t);
}
