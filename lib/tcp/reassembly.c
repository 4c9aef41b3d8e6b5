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

/* From `start`, which is in c: as far as there are bytes without a gap, but not beyond `end`. */
static struct duplicate
known_from(struct core *core, const struct chunk *c, uint32_t start, uint32_t end)
{
	uint32_t to = end_of(c);

	while (seq_lt(to, end) && c->next != 0 && (c = chunk_at(core->tcp, c->next))->seq == to) {
		count(core, CNT_tcp_ooo_steps);
		if (c->len == 0)
			break; /* a bare FIN */
		to = end_of(c);
	}
	return (struct duplicate){start, seq_min(to, end) - start};
}

struct duplicate
tcp_ooo_overlap(struct core *core, const struct tcb *t, uint32_t len)
{
	const struct chunk *c = t->ooo_head != 0 ? chunk_at(core->tcp, t->ooo_head) : NULL;
	uint32_t end = t->rcv_nxt + len;

	return c != NULL && seq_lt(c->seq, end) ? known_from(core, c, c->seq, end) : (struct duplicate){0, 0};
}

/* The segment holds bytes of c, the first of them at `start`: c becomes part of the newest block. */
static void
note_duplicate(struct core *core, struct chunk *c, uint32_t start, const struct tcp_seg *seg, struct duplicate *d)
{
	if (d->len > 0 || c->len == 0 || seg->len == 0)
		return;
	*d = known_from(core, c, start, seg->seq + seg->len);
	c->stamp = ++core->tcp->ooo_stamp; /* RFC 2883 4: the block around the duplicate follows it */
}

/*
 * Finds where the segment goes and cuts it so that it overlaps nothing. Returns the link to put it
 * in, or NULL when every byte of it is there already; *d: the first bytes that were.
 */
static uint32_t *
fit(struct core *core, struct tcb *t, struct tcp_seg *seg, struct duplicate *d)
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
		note_duplicate(core, c, seq_max(c->seq, seg->seq), seg, d);
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

struct duplicate
tcp_ooo_insert(struct core *core, struct tcb *t, struct tcp_seg *seg)
{
	struct tcp_layer *tcp = core->tcp;
	struct duplicate d = {0, 0};
	uint32_t *link = fit(core, t, seg, &d);

	if (link == NULL) {
		seg_drop(core, seg, DROP_tcp_duplicate);
		return d;
	}
	uint32_t handle = may_keep(core, t) ? slab_alloc(&tcp->chunks) : 0;
	if (handle == 0) {
		seg_drop(core, seg, DROP_tcp_ooo_limit);
		return d;
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
	return d;
}

/* May its bytes be written: is it nobody else's, and no view of another's? */
static bool
is_ours(const struct rte_mbuf *m)
{
	for (; m != NULL; m = m->next)
		if (!RTE_MBUF_DIRECT(m) || rte_mbuf_refcnt_read(m) != 1)
			return false;
	return true;
}

/* The first len bytes of c, written into m from `at` on. */
static void
overwrite(struct rte_mbuf *m, uint32_t at, const struct chunk *c, uint32_t len)
{
	uint32_t from = 0;

	for (; len > 0; m = m->next) {
		if (at >= m->data_len) {
			at -= m->data_len;
			continue;
		}
		uint32_t n = RTE_MIN(len, m->data_len - at);
		uint8_t *to = rte_pktmbuf_mtod_offset(m, uint8_t *, at);
		const void *p = rte_pktmbuf_read(c->m, from, n, to);
		if (p != to)
			memcpy(to, p, n);
		from += n;
		len -= n;
		at = 0;
	}
}

void
tcp_ooo_agree(struct core *core, const struct tcb *t, struct tcp_seg *seg)
{
	uint32_t end = seg->seq + seg->len;
	const struct chunk *c;

	for (uint32_t handle = t->ooo_head; handle != 0; handle = c->next) {
		c = chunk_at(core->tcp, handle);
		if (seq_geq(c->seq, end))
			return;
		if (c->len == 0)
			continue;
		if (!is_ours(seg->m)) {
			seg->len = c->seq - seg->seq;
			mbuf_keep(seg->m, seg->len);
			seg->flags &= (uint8_t)~TCP_FIN;
			return;
		}
		count(core, CNT_tcp_ooo_steps);
		overwrite(seg->m, c->seq - seg->seq, c, seq_min(end, end_of(c)) - c->seq);
	}
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
