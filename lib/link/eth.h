/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LINK_ETH_H
#define LINK_ETH_H
/* Ethernet II on the way in. On the way out: link_output(). */
#include <stdbool.h>
#include <stdint.h>
#include "core/core.h"
#include "link/port.h"
#include "wire/eth.h"

/*
 * Reads and strips the Ethernet header: m's data then begins at the ARP or IP header. *type is
 * ETH_TYPE_ARP, _IP4 or _IP6; *group tells that the frame went to more stations than us. 0; or -1
 * when m was dropped: too short, to another station, or of a type (VLAN tags among them) that
 * leat does not speak.
 */
int eth_input_slowly(struct core *core, const struct port *port, struct rte_mbuf *m, uint16_t *type, bool *group);

/* The same; nearly every frame is IPv4 for our station, its header in the first buffer. */
static inline int
eth_input(struct core *core, const struct port *port, struct rte_mbuf *m, uint16_t *type, bool *group)
{
	const struct rte_ether_hdr *h = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);

	if (unlikely(m->data_len <= ETH_HDR_LEN || h->ether_type != RTE_BE16(ETH_TYPE_IP4) ||
		!rte_is_same_ether_addr(&h->dst_addr, &port->mac)))
		return eth_input_slowly(core, port, m, type, group);
	*type = ETH_TYPE_IP4;
	*group = false;
	rte_pktmbuf_adj(m, ETH_HDR_LEN);
	return 0;
}

#endif
