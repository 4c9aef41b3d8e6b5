/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <rte_ethdev.h>
#include "core/core.h"
#include "core/lane.h"
#include "core/txq.h"

/* The next packets, as many as are taken at once. */
static uint16_t
burst(struct core *core, struct txq *q, struct rte_mbuf **pkts, uint16_t n)
{
	if (likely(!q->by_lane))
		return rte_eth_tx_burst(q->port_id, q->queue_id, pkts, n);
	return (uint16_t)lane_send(core, q->helper, q->index, pkts, n);
}

/* Hands over from the first on until the driver takes no more; returns how many it took. */
static uint32_t
hand_over(struct core *core, struct txq *q)
{
	uint64_t bytes = 0;
	uint32_t sent = 0;

	for (uint32_t i = 0; i < q->n; i++)
		bytes += q->pkts[i]->pkt_len;
	while (sent < q->n) {
		uint16_t n = burst(core, q, q->pkts + sent, (uint16_t)(q->n - sent));
		if (n == 0)
			break;
		sent += n;
	}
	for (uint32_t i = sent; i < q->n; i++)
		bytes -= q->pkts[i]->pkt_len;
	memmove(q->pkts, q->pkts + sent, (q->n - sent) * sizeof(q->pkts[0]));
	q->n -= sent;
	if (likely(!q->by_lane)) {
		count_n(core, CNT_link_frames_out, sent);
		count_n(core, CNT_link_bytes_out, bytes);
	}
	return sent;
}

/*
 * Nothing was taken for a while. It may be for the first packet (net_tap stops at one that the kernel
 * does not read), or the port is dead: what stands in front goes, until something is taken.
 */
static uint32_t
drop_refused(struct core *core, struct txq *q)
{
	uint32_t sent = 0;

	while (q->n > 0 && sent == 0) {
		drop(core, q->pkts[0], DROP_tx_refused);
		memmove(q->pkts, q->pkts + 1, --q->n * sizeof(q->pkts[0]));
		sent = hand_over(core, q);
	}
	q->refused_since = core->now;
	return sent;
}

unsigned
txq_flush(struct core *core, struct txq *q)
{
	uint32_t sent = q->n == 0 ? 0 : hand_over(core, q);

	if (sent > 0 || q->n == 0) {
		q->refusing = false;
	} else if (!q->refusing) {
		q->refusing = true;
		q->refused_since = core->now;
	} else if (core->now - q->refused_since >= TXQ_PATIENCE_NS) {
		sent = drop_refused(core, q);
	}
	return sent;
}

void
txq_put(struct core *core, struct txq *q, struct rte_mbuf *m)
{
	if (q->n == TXQ_SIZE && txq_flush(core, q) == 0 && q->n == TXQ_SIZE) {
		drop(core, m, q->by_lane ? DROP_lane_out_full : DROP_tx_full);
		return;
	}
	if (unlikely(q->pcap != NULL))
		q->on_frame(q->pcap, m, core->now);
	q->pkts[q->n++] = m;
}
