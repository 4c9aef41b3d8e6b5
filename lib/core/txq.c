/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <rte_ethdev.h>
#include "core/core.h"
#include "core/txq.h"

unsigned
txq_flush(struct core *core, struct txq *q)
{
	uint64_t bytes = 0;
	uint32_t sent = 0;

	if (q->n == 0)
		return 0;
	for (uint32_t i = 0; i < q->n; i++)
		bytes += q->pkts[i]->pkt_len;
	while (sent < q->n) {
		uint16_t n = rte_eth_tx_burst(q->port_id, q->queue_id, q->pkts + sent,
			(uint16_t)(q->n - sent));
		if (n == 0)
			break;
		sent += n;
	}
	for (uint32_t i = sent; i < q->n; i++)
		bytes -= q->pkts[i]->pkt_len;
	memmove(q->pkts, q->pkts + sent, (q->n - sent) * sizeof(q->pkts[0]));
	q->n -= sent;
	count_n(core, CNT_link_frames_out, sent);
	count_n(core, CNT_link_bytes_out, bytes);
	return sent;
}

void
txq_put(struct core *core, struct txq *q, struct rte_mbuf *m)
{
	if (q->n == TXQ_SIZE && txq_flush(core, q) == 0) {
		drop(core, m, DROP_tx_full);
		return;
	}
	if (unlikely(q->pcap != NULL))
		q->on_frame(q->pcap, m, core->now);
	q->pkts[q->n++] = m;
}
