/* SPDX-License-Identifier: BSD-3-Clause */
#include <rte_ethdev.h>
#include "pmd.h"

/* To the port behind us goes what is due. It is called often enough: whoever waits for an answer polls. */
static void
pump_out(struct pmd_port *p)
{
	struct rte_mbuf *mbufs[PMD_BURST];
	uint16_t n;

	while ((n = (uint16_t)wire_pull(p->cable->wire, p->out, mbufs, PMD_BURST, pmd_now())) > 0) {
		uint16_t sent = rte_eth_tx_burst(p->lower, 0, mbufs, n);
		p->sent.errors += n - sent;
		rte_pktmbuf_free_bulk(mbufs + sent, n - sent);
	}
}

uint16_t
pmd_tx_burst(void *queue, struct rte_mbuf **mbufs, uint16_t n)
{
	struct pmd_port *p = ((struct pmd_queue *)queue)->port;
	rte_spinlock_t *lock = &p->cable->locks[p->out];

	rte_spinlock_lock(lock);
	for (uint16_t i = 0; i < n; i++)
		p->sent.bytes += mbufs[i]->pkt_len;
	p->sent.packets += n;
	wire_push(p->cable->wire, p->out, mbufs, n, pmd_now());
	if (pmd_has_lower(p))
		pump_out(p);
	rte_spinlock_unlock(lock);
	return n;
}

/* What waits in the port behind us goes into the wire, up to a burst. */
static void
pump_in(struct pmd_port *p, enum wire_dir in)
{
	struct rte_mbuf *mbufs[PMD_BURST];
	uint16_t n = rte_eth_rx_burst(p->lower, 0, mbufs, PMD_BURST);

	if (n > 0)
		wire_push(p->cable->wire, in, mbufs, n, pmd_now());
}

uint16_t
pmd_rx_burst(void *queue, struct rte_mbuf **mbufs, uint16_t n)
{
	struct pmd_port *p = ((struct pmd_queue *)queue)->port;
	enum wire_dir in = !p->out;
	uint16_t got;

	if (pmd_has_lower(p)) {
		rte_spinlock_lock(&p->cable->locks[p->out]);
		pump_out(p);
		rte_spinlock_unlock(&p->cable->locks[p->out]);
	}
	rte_spinlock_lock(&p->cable->locks[in]);
	if (pmd_has_lower(p))
		pump_in(p, in);
	got = (uint16_t)wire_pull(p->cable->wire, in, mbufs, n, pmd_now());
	for (uint16_t i = 0; i < got; i++) {
		/* A checksum that some hardware found right may have been spoiled since. */
		mbufs[i]->ol_flags = 0;
		mbufs[i]->packet_type = 0;
		mbufs[i]->port = p->port_id;
		p->received.bytes += mbufs[i]->pkt_len;
	}
	p->received.packets += got;
	rte_spinlock_unlock(&p->cable->locks[in]);
	return got;
}
