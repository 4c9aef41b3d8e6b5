/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LINK_ARP_H
#define LINK_ARP_H
/* ARP (RFC 826, 1122 2.3.2, 5227). */
#include "core/core.h"
#include "link/port.h"

/* Handles a received packet whose data begins at the ARP header; takes m. */
void arp_input(struct core *core, struct port *port, struct rte_mbuf *m);

/*
 * Asks who has target (network byte order), with the address of ours on the port whose subnet
 * holds it. to: NULL = broadcast, else re-confirmation by unicast. 0, or -ENOBUFS, -EADDRNOTAVAIL.
 */
int arp_request(struct core *core, struct port *port, uint32_t target, const struct rte_ether_addr *to);

/* Tells all on the link that addr (ours, network byte order) is at our MAC address (RFC 5227 2.3). 0 or -ENOBUFS. */
int arp_announce(struct core *core, struct port *port, uint32_t addr);

/* Asks all on the link whether one of them has addr, in no name (RFC 5227 2.1.1). 0 or -ENOBUFS. */
int arp_probe(struct core *core, struct port *port, uint32_t addr);

#endif
