/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The send queue: our own list of {mbuf, offset, length, sequence number}. What is queued is
 * payload and never changes while it is queued; packets are made anew for each transmission, the
 * first as any other, by copying short payloads and referring to long ones. Whatever a driver or
 * a receiver does to a packet, what is sent again is right. What begins a queue and is short stands in
 * no mbuf at all (struct short_chunk), and is always copied.
 */
#include <errno.h>
#include <string.h>
#include <rte_memcpy.h>
#include "base/seq.h"
#include "core/mbufs.h"
#include "tcp/scarcity.h"
#include "wire/cksum.h"

enum { BULK = 32 }; /* buffers that a pool gives, or is given, at once */

size_t
tcp_sendq_room(const struct tcb *t)
{
	uint32_t queued = t->snd_end - t->snd_una;

	return queued < t->snd_buf ? t->snd_buf - queued : 0;
}

static bool
is_short(const struct chunk *c)
{
	return c->m == NULL;
}

static const uint8_t *
bytes_at(const struct chunk *c, uint32_t off)
{
	return is_short(c) ? ((const struct short_chunk *)c)->data + off :
		rte_pktmbuf_mtod_offset(c->m, const uint8_t *, c->off + off);
}

/* A chunk, filled in but for its number, becomes the last. */
static void
append(struct core *core, struct tcb *t, uint32_t handle)
{
	struct chunk *c = sendq_at(core->tcp, handle);

	c->seq = t->snd_end;
	if (t->snd_tail != 0)
		sendq_at(core->tcp, t->snd_tail)->next = handle;
	else
		t->snd_head = handle;
	t->snd_tail = handle;
	t->snd_end += c->len;
}

static int
append_chunk(struct core *core, struct tcb *t, struct rte_mbuf *m, uint32_t off, bool own)
{
	uint32_t handle = slab_alloc(&core->tcp->chunks);

	if (handle == 0)
		return -ENOBUFS;
	*chunk_at(core->tcp, handle) = (struct chunk){.len = m->data_len - off, .off = off, .m = m, .own = own};
	append(core, t, handle);
	core->held++;
	return 0;
}

/* Fills up the last chunk, if its buffer is ours: what was sent of it is not touched. */
static size_t
extend_tail(struct core *core, struct tcb *t, const uint8_t *data, size_t len)
{
	struct chunk *c = sendq_at(core->tcp, t->snd_tail);
	size_t n;

	if (t->snd_tail == 0 || !c->own)
		return 0;
	if (is_short(c)) {
		n = RTE_MIN(len, (size_t)(SHORT_ROOM - c->len));
		memcpy(((struct short_chunk *)c)->data + c->len, data, n);
	} else {
		n = RTE_MIN(len, (size_t)rte_pktmbuf_tailroom(c->m));
		rte_memcpy(rte_pktmbuf_mtod_offset(c->m, uint8_t *, c->m->data_len), data, n);
		c->m->data_len = (uint16_t)(c->m->data_len + n);
		c->m->pkt_len = c->m->data_len;
	}
	c->len += (uint32_t)n;
	t->snd_end += (uint32_t)n;
	return n;
}

/* The queue is empty: it begins with a short one. */
static size_t
begin_short(struct core *core, struct tcb *t, const uint8_t *data, size_t len)
{
	uint32_t handle = slab_alloc(&core->tcp->shorts);
	size_t n = RTE_MIN(len, (size_t)SHORT_ROOM);

	if (handle == 0)
		return 0;
	struct short_chunk *s = slab_at(&core->tcp->shorts, handle);
	s->c = (struct chunk){.len = (uint32_t)n, .own = true};
	memcpy(s->data, data, n);
	append(core, t, handle | SHORT_HANDLE);
	return n;
}

/* As many buffers as len bytes fill, at once; one where memory is short of so many. Returns how many: 0 if none. */
static unsigned
take_buffers(struct core *core, const struct tcb *t, struct rte_mbuf **m, size_t len)
{
	uint32_t room = rte_pktmbuf_data_room_size(core->data_pool);
	unsigned n = 1;

	while (n < BULK && n * room < len)
		n++;
	if (n > 1 && tcp_scarcity_lends_bulk(core, n) && rte_pktmbuf_alloc_bulk(core->data_pool, m, n) == 0)
		return n;
	m[0] = tcp_scarcity_lends(core, t) ? rte_pktmbuf_alloc(core->data_pool) : NULL;
	return m[0] != NULL;
}

/* False: there is no place for it in the queue. */
static bool
append_buffer(struct core *core, struct tcb *t, struct rte_mbuf *m, const uint8_t *data, size_t n)
{
	m->data_off = 0; /* no header ever goes in front of it */
	rte_memcpy(rte_pktmbuf_mtod(m, uint8_t *), data, n);
	m->data_len = (uint16_t)n;
	m->pkt_len = m->data_len;
	return append_chunk(core, t, m, 0, true) == 0;
}

static size_t
append_buffers(struct core *core, struct tcb *t, const uint8_t *data, size_t len)
{
	struct rte_mbuf *m[BULK];
	unsigned n = take_buffers(core, t, m, len), i;
	size_t taken = 0, part = 0;

	for (i = 0; i < n; i++, taken += part) {
		part = RTE_MIN(len - taken, (size_t)m[i]->buf_len);
		if (!append_buffer(core, t, m[i], data + taken, part))
			break;
	}
	rte_pktmbuf_free_bulk(m + i, n - i);
	return taken;
}

/* Short data that begins a queue in a short chunk, all else in a buffer; where there is none of one, the other. */
static size_t
append_copy(struct core *core, struct tcb *t, const uint8_t *data, size_t len)
{
	bool begins = t->snd_head == 0;
	size_t n = 0;

	if (begins && len <= SHORT_ROOM)
		n = begin_short(core, t, data, len);
	if (n == 0)
		n = append_buffers(core, t, data, len);
	if (unlikely(n == 0) && begins)
		n = begin_short(core, t, data, len);
	return n;
}

size_t
tcp_sendq_copy(struct core *core, struct tcb *t, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t taken = extend_tail(core, t, p, len);

	while (taken < len) {
		size_t n = append_copy(core, t, p + taken, len - taken);
		if (n == 0)
			break;
		taken += n;
	}
	return taken;
}

/* An mbuf that nobody else will cut or link: an indirect one. */
static struct rte_mbuf *
own_piece(struct core *core, struct rte_mbuf *m)
{
	struct rte_mbuf *mine = rte_pktmbuf_alloc(core->ind_pool);

	if (mine != NULL)
		rte_pktmbuf_attach(mine, m);
	return mine;
}

static bool
is_ours_alone(const struct rte_mbuf *m)
{
	for (; m != NULL; m = m->next)
		if (rte_mbuf_refcnt_read(m) != 1)
			return false;
	return true;
}

/* n indirect mbufs that refer to nothing yet, linked; NULL: there are not that many. */
static struct rte_mbuf *
spare_pieces(struct core *core, unsigned n)
{
	struct rte_mbuf *list = NULL;

	while (n-- > 0) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(core->ind_pool);
		if (m == NULL) {
			rte_pktmbuf_free(list);
			return NULL;
		}
		m->next = list;
		list = m;
	}
	return list;
}

/*
 * One mbuf of a chain: itself, or referred to by one of *spare. Short ones are copied, so that no
 * segment becomes a chain of crumbs.
 */
static void
append_segment(struct core *core, struct tcb *t, struct rte_mbuf *seg, struct rte_mbuf **spare)
{
	uint32_t copied = 0, len = seg->data_len;
	struct rte_mbuf *piece = *spare;

	if (len <= CORE_COPY_MAX)
		copied = (uint32_t)tcp_sendq_copy(core, t, rte_pktmbuf_mtod(seg, const void *), len);
	if (copied == len) {
		if (piece == NULL)
			rte_pktmbuf_free_seg(seg);
		return;
	}
	if (piece != NULL) {
		*spare = piece->next;
		piece->next = NULL;
		rte_pktmbuf_attach(piece, seg);
	}
	append_chunk(core, t, piece != NULL ? piece : seg, copied, false);
}

/* Chunks are single mbufs: a chain is taken apart (or, when somebody else holds it too, referred to). */
int
tcp_sendq_mbuf(struct core *core, struct tcb *t, struct rte_mbuf *m)
{
	bool alone = is_ours_alone(m);
	struct rte_mbuf *spare = NULL;

	if (core->tcp->chunks.max - core->tcp->chunks.used < 2u * m->nb_segs)
		return -ENOBUFS;
	/* one for each and one that stays; a count of the pool would include what other threads cache */
	if (!alone && (spare = spare_pieces(core, m->nb_segs + 1u)) == NULL)
		return -ENOBUFS;
	for (struct rte_mbuf *seg = m, *next; seg != NULL; seg = next) {
		next = seg->next;
		if (alone) {
			seg->next = NULL;
			seg->nb_segs = 1;
			seg->pkt_len = seg->data_len;
		}
		append_segment(core, t, seg, &spare);
	}
	if (!alone)
		rte_pktmbuf_free(m); /* our reference; the pieces hold theirs */
	rte_pktmbuf_free(spare);
	return 0;
}

static void
release_ref(void *addr, void *opaque)
{
	struct send_ref *ref = opaque;
	struct tcp_layer *tcp = slab_owner(ref);

	(void)addr;
	ref->next = atomic_load(&tcp->released);
	while (!atomic_compare_exchange_weak(&tcp->released, &ref->next, ref))
		;
}

unsigned
tcp_release_refs(struct tcp_layer *tcp)
{
	struct send_ref *next = NULL;
	unsigned done = 0;

	if (likely(atomic_load_explicit(&tcp->released, memory_order_relaxed) == NULL))
		return 0;
	for (struct send_ref *ref = atomic_exchange(&tcp->released, NULL); ref != NULL; ref = next, done++) {
		void (*release)(void *) = ref->release;
		void *arg = ref->arg;
		next = ref->next;
		slab_free(&tcp->refs, slab_handle(&tcp->refs, ref));
		if (release != NULL)
			release(arg);
	}
	return done;
}

/* One mbuf for each 64 KiB, all of them the same reference. */
static struct rte_mbuf *
ref_piece(struct core *core, struct send_ref *ref, const uint8_t *data, uint16_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(core->ind_pool);
	void *addr = (void *)(uintptr_t)data;

	if (m == NULL)
		return NULL;
	rte_pktmbuf_attach_extbuf(m, addr, rte_mem_virt2iova(addr), len, &ref->shared);
	m->data_off = 0;
	m->data_len = len;
	m->pkt_len = len;
	return m;
}

int
tcp_sendq_ref(struct core *core, struct tcb *t, const void *data, size_t len, void (*release)(void *), void *arg)
{
	enum { PIECE = 49152 };
	struct tcp_layer *tcp = core->tcp;
	size_t pieces = (len + PIECE - 1) / PIECE;
	uint32_t handle = tcp->chunks.max - tcp->chunks.used < pieces ? 0 : slab_alloc(&tcp->refs);

	if (handle == 0)
		return -ENOBUFS;
	struct send_ref *ref = slab_at(&tcp->refs, handle);
	*ref = (struct send_ref){.shared = {.free_cb = release_ref, .fcb_opaque = ref}, .release = release, .arg = arg};
	struct rte_mbuf *mbufs[pieces];
	for (size_t i = 0; i < pieces; i++) {
		size_t n = RTE_MIN(len - i * PIECE, (size_t)PIECE);
		mbufs[i] = ref_piece(core, ref, (const uint8_t *)data + i * PIECE, (uint16_t)n);
		if (mbufs[i] == NULL) {
			/* not yet counted by anyone: undo without a release */
			ref->release = NULL;
			rte_mbuf_ext_refcnt_set(&ref->shared, (uint16_t)RTE_MAX(i, 1u));
			for (size_t k = 0; k < i; k++)
				rte_pktmbuf_free(mbufs[k]);
			if (i == 0)
				slab_free(&tcp->refs, handle);
			return -ENOBUFS;
		}
	}
	rte_mbuf_ext_refcnt_set(&ref->shared, (uint16_t)pieces);
	for (size_t i = 0; i < pieces; i++)
		append_chunk(core, t, mbufs[i], 0, false);
	return 0;
}

void
tcp_sendq_fetch(const struct tcp_layer *tcp, const struct tcb *t)
{
	if (t->snd_head != 0)
		rte_prefetch0(sendq_at(tcp, t->snd_head));
	if (unlikely(t->armed & T_SPARSE)) /* its node leaves the wheel (timers.c) */
		rte_prefetch0(slab_at(&tcp->timers, t->timer));
}

/* The first chunk goes. What it was in has still to be freed; NULL: it was a short one. */
static struct rte_mbuf *
take_head(struct core *core, struct tcb *t)
{
	struct tcp_layer *tcp = core->tcp;
	uint32_t handle = t->snd_head;
	const struct chunk *c = sendq_at(tcp, handle);
	struct rte_mbuf *m = c->m;

	t->snd_head = c->next;
	if (t->snd_head == 0)
		t->snd_tail = 0;
	if (t->snd_cur == handle)
		t->snd_cur = c->next;
	if (is_short(c)) {
		slab_free(&tcp->shorts, handle & ~(uint32_t)SHORT_HANDLE);
	} else {
		core->held--;
		slab_free(&tcp->chunks, handle);
	}
	return m;
}

/* Frees all chunks that end before una, or all. */
static void
free_chunks(struct core *core, struct tcb *t, uint32_t una, bool all)
{
	struct rte_mbuf *done[BULK];
	unsigned n = 0;

	while (t->snd_head != 0) {
		const struct chunk *c = sendq_at(core->tcp, t->snd_head);
		if (!all && seq_gt(c->seq + c->len, una))
			break;
		struct rte_mbuf *m = take_head(core, t);
		if (m == NULL)
			continue;
		done[n++] = m;
		if (n == BULK) {
			rte_pktmbuf_free_bulk(done, n);
			n = 0;
		}
	}
	if (n > 0)
		rte_pktmbuf_free_bulk(done, n);
}

void
tcp_sendq_ack(struct core *core, struct tcb *t, uint32_t una)
{
	free_chunks(core, t, una, false);
}

void
tcp_sendq_free(struct core *core, struct tcb *t)
{
	free_chunks(core, t, 0, true);
}

/* The chunk that holds seq; looks from where the last new segment ended, or from the head. */
static uint32_t
find(const struct tcp_layer *tcp, const struct tcb *t, uint32_t seq)
{
	uint32_t handle = t->snd_head;

	if (t->snd_cur != 0 && seq_geq(seq, sendq_at(tcp, t->snd_cur)->seq))
		handle = t->snd_cur;
	while (handle != 0 && seq_leq(sendq_at(tcp, handle)->seq + sendq_at(tcp, handle)->len, seq))
		handle = sendq_at(tcp, handle)->next;
	return handle;
}

static void
copy_piece(struct rte_mbuf *head, const struct chunk *c, uint32_t off, uint32_t len)
{
	rte_memcpy(rte_pktmbuf_mtod_offset(head, uint8_t *, head->data_len), bytes_at(c, off), len);
	head->data_len = (uint16_t)(head->data_len + len);
	head->pkt_len += len;
}

static struct rte_mbuf *
attach_piece(struct core *core, const struct chunk *c, uint32_t off, uint32_t len)
{
	struct rte_mbuf *piece = own_piece(core, c->m);

	if (piece == NULL)
		return NULL;
	piece->data_off = (uint16_t)(c->m->data_off + c->off + off);
	piece->data_len = (uint16_t)len;
	piece->pkt_len = len;
	return piece;
}

/* Of a piece behind `before` bytes of data: where that is odd, its words are the other way round (RFC 1071 2(B)). */
static uint64_t
sum_piece(const struct chunk *c, uint32_t off, uint32_t len, uint32_t before)
{
	uint64_t sum = cksum_bytes(bytes_at(c, off), len);

	return likely((before & 1) == 0) ? sum : rte_bswap16(cksum_fold(sum));
}

static int
fill(struct core *core, struct tcb *t, uint32_t seq, uint32_t len, struct rte_mbuf *m, uint64_t *sum)
{
	struct tcp_layer *tcp = core->tcp;
	struct rte_mbuf *last = m;
	bool copy = len <= CORE_COPY_MAX;
	uint32_t handle = find(tcp, t, seq), first = seq;

	while (len > 0) {
		const struct chunk *c = sendq_at(tcp, handle);
		uint32_t off = seq - c->seq, n = RTE_MIN(len, c->len - off);
		*sum += sum_piece(c, off, n, seq - first);
		/* a short chunk is the first of its queue, and so of the segment: it stands right behind the header */
		if (copy || is_short(c)) {
			copy_piece(m, c, off, n);
		} else {
			struct rte_mbuf *piece = attach_piece(core, c, off, n);
			if (piece == NULL)
				return -ENOBUFS;
			last->next = piece;
			last = piece;
			m->nb_segs++;
			m->pkt_len += n;
		}
		seq += n;
		len -= n;
		if (seq_geq(seq, t->snd_nxt))
			t->snd_cur = handle;
		if (off + n == c->len)
			handle = c->next;
	}
	return 0;
}

int
tcp_sendq_fill(struct core *core, struct tcb *t, uint32_t seq, uint32_t len, struct rte_mbuf *m, uint64_t *sum)
{
	const struct chunk *only = sendq_at(core->tcp, t->snd_head);

	if (unlikely(only->seq != seq || only->len != len || !is_short(only)))
		return fill(core, t, seq, len, m, sum);
	/* a whole request, a whole answer: there is nothing to find, and it is read once */
	*sum += cksum_copy(rte_pktmbuf_mtod_offset(m, uint8_t *, m->data_len), bytes_at(only, 0), len);
	m->data_len = (uint16_t)(m->data_len + len);
	m->pkt_len += len;
	if (seq_geq(seq + len, t->snd_nxt))
		t->snd_cur = t->snd_head;
	return 0;
}
