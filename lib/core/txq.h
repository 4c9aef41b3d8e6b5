/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CORE_TXQ_H
#define CORE_TXQ_H
/*
 * What a core sends on a port in this turn: collected, and handed to the driver in bursts at the
 * end of the turn or when full. What the driver refuses stays for the next turn; when the queue
 * is full of such packets, new ones are dropped (DROP_tx_full). When nothing at all is taken for a
 * second, what stands in front is dropped until something is (DROP_tx_refused).
 *
 * Where a port has fewer queues than the instance has cores, some cores have none: they pass their packets
 * to a core that has one (core/lane.h), and what its lane refuses stays as what a driver refuses does.
 */
#include <stdbool.h>
#include <stdint.h>

struct core;
struct rte_mbuf;
struct pcap_file;

enum { TXQ_SIZE = 256, TXQ_PATIENCE_NS = 1000000000 };

struct txq {
	uint16_t port_id;          /* ethdev port */
	uint16_t queue_id;
	bool by_lane;              /* there is no queue of ours: core `helper` sends */
	uint8_t index;             /* by_lane: our index of the port */
	uint16_t helper;
	uint32_t n;
	bool refusing;             /* at the last flush the driver took nothing, */
	uint64_t refused_since;    /* and has not since then, nanoseconds */
	struct pcap_file *pcap;    /* every frame is written there before it is handed over; may be NULL */
	void (*on_frame)(struct pcap_file *, const struct rte_mbuf *, uint64_t now);
	struct rte_mbuf *pkts[TXQ_SIZE];
};

/* Takes m. */
void txq_put(struct core *core, struct txq *q, struct rte_mbuf *m);

/* Hands over what there is; returns how many packets the driver took. */
unsigned txq_flush(struct core *core, struct txq *q);

#endif
