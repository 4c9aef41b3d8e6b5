/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LINK_ETH_H
#define LINK_ETH_H
/* Ethernet II on the way in. On the way out: link_output(). */
#include <stdbool.h>
#include <stdint.h>
#include "core/core.h"
#include "link/port.h"

/*
 * Reads and strips the Ethernet header: m's data then begins at the ARP or IP header. *type is
 * ETH_TYPE_ARP, _IP4 or _IP6; *group tells that the frame went to more stations than us. 0; or -1
 * when m was dropped: too short, to another station, or of a type (VLAN tags among them) that
 * leat does not speak.
 */
int eth_input(struct core *core, const struct port *port, struct rte_mbuf *m, uint16_t *type, bool *group);

#endif
