/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/mbufs.h"

struct rte_mbuf *
mbuf_cut_chain(struct rte_mbuf *m, uint32_t n)
{
	while (n >= m->data_len && m->next != NULL) {
		struct rte_mbuf *rest = m->next;
		n -= m->data_len;
		rest->pkt_len = m->pkt_len - m->data_len;
		rest->nb_segs = (uint16_t)(m->nb_segs - 1);
		rest->port = m->port;
		rte_pktmbuf_free_seg(m);
		m = rest;
	}
	m->data_off = (uint16_t)(m->data_off + n);
	m->data_len = (uint16_t)(m->data_len - n);
	m->pkt_len -= n;
	return m;
}

void
mbuf_keep(struct rte_mbuf *m, uint32_t n)
{
	struct rte_mbuf *seg = m;
	uint16_t segs = 1;

	if (m->pkt_len == n)
		return;
	m->pkt_len = n;
	while (n > seg->data_len) {
		n -= seg->data_len;
		seg = seg->next;
		segs++;
	}
	seg->data_len = (uint16_t)n;
	rte_pktmbuf_free(seg->next); /* NULL is fine */
	seg->next = NULL;
	m->nb_segs = segs;
}
