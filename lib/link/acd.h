/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LINK_ACD_H
#define LINK_ACD_H
/*
 * Address conflict detection (RFC 5227): whether somebody else has an address of ours. With the key
 * arp.probe it is asked before the address is used, which takes four to seven seconds; with and
 * without it is defended once somebody else says that it is his. One that somebody else has is asked
 * for again each minute, until he has left.
 */
#include <stdbool.h>
#include "link/port.h"

struct arp_packet;

/* RFC 5227 1.1, in seconds and numbers of packets. */
enum {
	ACD_PROBE_WAIT = 1,     /* up to that long before the first probe */
	ACD_PROBE_NUM = 3,
	ACD_PROBE_MIN = 1,      /* from one probe to the next */
	ACD_PROBE_MAX = 2,
	ACD_ANNOUNCE_WAIT = 2,  /* from the last probe to the first announcement */
	ACD_ANNOUNCE_NUM = 2,
	ACD_ANNOUNCE_INTERVAL = 2,
	ACD_DEFEND_INTERVAL = 10,
	ACD_RATE_LIMIT_INTERVAL = 60,
};

void acd_init(struct core *core);  /* registers WHEEL_ACD */

/* The addresses of the port: probes for them, or announces them at once and begins to use them. */
void acd_start(struct core *core, struct port *port, bool probe);
void acd_stop(struct core *core, struct port *port);

/* May the address be used: is it not asked about any more, and nobody else's? */
static inline bool
acd_usable(const struct port_ip4 *a)
{
	return a->state == ACD_USED;
}

/* Does the ARP packet say that somebody else has an address of ours? Then it is dealt with: true. */
bool acd_input(struct core *core, struct port *port, const struct arp_packet *a);

#endif
