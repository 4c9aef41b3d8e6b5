/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/mbufs.h"
#include "link/eth.h"

int
eth_input_slowly(struct core *core, const struct port *port, struct rte_mbuf *m, uint16_t *type, bool *group)
{
	struct rte_ether_hdr copy;
	const struct rte_ether_hdr *h = mbuf_peek(m, 0, ETH_HDR_LEN, &copy);

	if (unlikely(h == NULL)) {
		drop(core, m, DROP_eth_short);
		return -1;
	}
	*group = rte_is_multicast_ether_addr(&h->dst_addr);
	/* A port may be promiscuous without our asking: net_tap and net_ring have no filter. */
	if (!*group && !rte_is_same_ether_addr(&h->dst_addr, &port->mac)) {
		drop(core, m, DROP_eth_not_ours);
		return -1;
	}
	*type = eth_type((const uint8_t *)h);
	if (*type != ETH_TYPE_IP4 && *type != ETH_TYPE_ARP && *type != ETH_TYPE_IP6) {
		drop(core, m, DROP_eth_type);
		return -1;
	}
	mbuf_strip(m, ETH_HDR_LEN);
	return 0;
}
