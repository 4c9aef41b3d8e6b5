/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include "core/core.h"
#include "cut.h"
#include "stage.h"

enum {
	PIECES_MAX = 64,   /* of a frame */
	LENT = 0xf0,       /* cut so, or more: not leat's own */
	LENT_MAX = 64,
};

/* Frames that leat sees through indirect mbufs, as it sees those of another instance over net_ring. */
static struct {
	struct rte_mbuf *m;
	uint8_t bytes[STAGE_FRAME_MAX];
} lent[LENT_MAX];
static unsigned nb_lent;

/* How long the piece that begins at byte `at` is. */
static uint32_t
piece(uint8_t cut, uint32_t at, uint32_t *noise)
{
	uint32_t n = cut & 63;

	switch (cut >> 6) {
	case 0: /* in two; 0: not at all */
		return n > at ? n - at : UINT32_MAX;
	case 1: /* all of one length */
		return n + 1;
	case 2: /* in two, further behind */
		return 32 * (n + 1) > at ? 32 * (n + 1) - at : UINT32_MAX;
	default: /* of any length, also none */
		*noise = *noise * 1664525 + 1013904223;
		return (*noise >> 16) % (n + 1);
	}
}

/* A frame in an mbuf of the wire's own; NULL: none is left. */
static struct rte_mbuf *
lend(const uint8_t *frame, uint32_t len)
{
	struct rte_mbuf *m = nb_lent < LENT_MAX ? rte_pktmbuf_alloc(stage.core->rx_pool) : NULL;

	if (m == NULL)
		return NULL;
	memcpy(rte_pktmbuf_append(m, (uint16_t)len), frame, len);
	memcpy(lent[nb_lent].bytes, frame, len);
	lent[nb_lent++].m = m;
	return m;
}

/* What was lent must be as it was: leat may write into what is its own, and nobody else's. */
void
cut_take_back(void)
{
	while (nb_lent > 0) {
		struct rte_mbuf *m = lent[--nb_lent].m;
		HOLDS(memcmp(rte_pktmbuf_mtod(m, void *), lent[nb_lent].bytes, m->data_len) == 0,
			"leat wrote into a packet that is not its own");
		rte_pktmbuf_free(m);
	}
}

/* len bytes of a frame from `at` on: copied, or referred to. */
static struct rte_mbuf *
make_piece(struct rte_mbuf *whole, const uint8_t *frame, uint32_t at, uint32_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(whole != NULL ? stage.core->ind_pool : stage.core->rx_pool);

	if (m == NULL)
		return NULL;
	if (whole != NULL) {
		rte_pktmbuf_attach(m, whole);
		m->data_off = (uint16_t)(whole->data_off + at);
	} else {
		memcpy(rte_pktmbuf_mtod(m, void *), frame + at, len);
	}
	m->data_len = (uint16_t)len;
	return m;
}

static struct rte_mbuf *
append_piece(struct rte_mbuf *head, struct rte_mbuf **last, struct rte_mbuf *m, uint32_t len)
{
	if (m == NULL) {
		rte_pktmbuf_free(head);
		return NULL;
	}
	if (head == NULL) {
		head = m;
		m->pkt_len = 0;
		m->nb_segs = 0;
	} else {
		(*last)->next = m;
	}
	*last = m;
	head->pkt_len += len;
	head->nb_segs++;
	return head;
}

struct rte_mbuf *
cut_frame(const uint8_t *frame, uint32_t len, uint8_t cut)
{
	struct rte_mbuf *head = NULL, *last = NULL, *whole = cut >= LENT ? lend(frame, len) : NULL;
	uint32_t noise = cut, at = 0;

	for (unsigned n = 1; at < len || n == 1; n++) {
		uint32_t size = n < PIECES_MAX ? RTE_MIN(piece(cut, at, &noise), len - at) : len - at;
		head = append_piece(head, &last, make_piece(whole, frame, at, size), size);
		if (head == NULL)
			return NULL;
		at += size;
	}
	return head;
}
