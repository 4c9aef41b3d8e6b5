/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CORE_MBUFS_H
#define CORE_MBUFS_H
/* Cutting packets that may be chains. The mbufs are ours alone (refcnt 1); bytes are not written. */
#include <stdint.h>
#include <rte_mbuf.h>
#include "core/core.h"

/*
 * For headers, with short payloads behind them: empty, room for a link header in front. NULL: none is left. In a pool
 * each mbuf lies alone, unchained and unshared (rte_mbuf_raw_alloc()): what is not asked of a packet to be sent stays.
 */
static inline struct rte_mbuf *
mbuf_alloc_header(struct core *core)
{
	struct rte_mbuf *m = rte_mbuf_raw_alloc(core->hdr_pool);

	if (likely(m != NULL)) {
		m->data_off = RTE_PKTMBUF_HEADROOM;
		m->ol_flags = 0;
		m->data_len = 0;
		m->pkt_len = 0;
	}
	return m;
}

/* Frees m (NULL is fine), which nearly always is one buffer and ours alone. */
static inline void
mbuf_free(struct rte_mbuf *m)
{
	if (m == NULL)
		return;
	if (likely(m->nb_segs == 1 && RTE_MBUF_DIRECT(m) && rte_mbuf_refcnt_read(m) == 1))
		rte_mbuf_raw_free(m);
	else
		rte_pktmbuf_free(m);
}

/*
 * Back to the pools, a pool's at once: each is one buffer and ours alone. What is freed together has mostly come from
 * one pool, so its cache is asked for once.
 */
static inline void
mbuf_raw_free_bulk(struct rte_mbuf *const *m, unsigned n)
{
	for (unsigned i = 0, same; i < n; i += same) {
		for (same = 1; i + same < n && m[i + same]->pool == m[i]->pool;)
			same++;
		rte_mempool_put_bulk(m[i]->pool, (void *const *)(m + i), same);
	}
}

/* Cuts n bytes off the front (n <= pkt_len); emptied segments are freed. Returns the new head. */
struct rte_mbuf *mbuf_cut_chain(struct rte_mbuf *m, uint32_t n);

static inline struct rte_mbuf *
mbuf_cut_front(struct rte_mbuf *m, uint32_t n)
{
	if (unlikely(m->nb_segs > 1))
		return mbuf_cut_chain(m, n);
	m->data_off = (uint16_t)(m->data_off + n);
	m->data_len = (uint16_t)(m->data_len - n);
	m->pkt_len -= n;
	return m;
}

/* Keeps the first n bytes (n <= pkt_len). */
void mbuf_keep(struct rte_mbuf *m, uint32_t n);

/* Cuts n bytes off the front (n <= pkt_len), and the head stays: it, and more, may be empty then. */
static inline void
mbuf_strip(struct rte_mbuf *m, uint32_t n)
{
	m->pkt_len -= n;
	for (; n > 0; m = m->next) {
		uint32_t here = RTE_MIN(n, (uint32_t)m->data_len);
		m->data_off = (uint16_t)(m->data_off + here);
		m->data_len = (uint16_t)(m->data_len - here);
		n -= here;
	}
}

/* A pointer to len contiguous bytes at off, for reading: in place, or copied into buf; NULL: it is not that long. */
static inline const void *
mbuf_peek(const struct rte_mbuf *m, uint32_t off, uint32_t len, void *buf)
{
	return rte_pktmbuf_read(m, off, len, buf);
}

#endif
