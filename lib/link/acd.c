/* SPDX-License-Identifier: BSD-3-Clause */
#include <stddef.h>
#include <string.h>
#include <rte_jhash.h>
#include "link/acd.h"
#include "link/arp.h"
#include "link/log.h"
#include "wire/arp.h"

#define ADDR_FORMAT "%u.%u.%u.%u"
#define ADDR_BYTES(p) (p)[0], (p)[1], (p)[2], (p)[3]
#define MAC_FORMAT "%02x:%02x:%02x:%02x:%02x:%02x"
#define MAC_BYTES(p) (p)[0], (p)[1], (p)[2], (p)[3], (p)[4], (p)[5]

/* A random time of from..to seconds, in ticks: hosts that start together do not ask together. */
static uint32_t
between(const struct core *core, const struct port_ip4 *a, uint32_t from, uint32_t to)
{
	uint32_t seed, range = (to - from) * CORE_TICKS_PER_SEC;

	memcpy(&seed, core->secret, sizeof(seed));
	return from * CORE_TICKS_PER_SEC + rte_jhash_3words(a->addr, a->packets, a->state, seed) % (range + 1);
}

static void
wait(struct core *core, struct port_ip4 *a, uint32_t ticks)
{
	wheel_arm(&core->wheel, &a->timer, core->tick + ticks);
}

/* RFC 5227 2.1.1: PROBE_NUM probes; then silence is consent. */
static void
probe(struct core *core, struct port_ip4 *a)
{
	arp_probe(core, a->port, a->addr);
	if (++a->packets < ACD_PROBE_NUM) {
		wait(core, a, between(core, a, ACD_PROBE_MIN, ACD_PROBE_MAX));
		return;
	}
	a->packets = 0;
	a->state = ACD_PROBED;
	wait(core, a, ACD_ANNOUNCE_WAIT * CORE_TICKS_PER_SEC);
}

/* RFC 5227 2.3 */
static void
announce(struct core *core, struct port_ip4 *a)
{
	arp_announce(core, a->port, a->addr);
	if (++a->packets < ACD_ANNOUNCE_NUM)
		wait(core, a, ACD_ANNOUNCE_INTERVAL * CORE_TICKS_PER_SEC);
}

static void
on_timer(struct core *core, struct wheel_node *node)
{
	struct port_ip4 *a = container_of(node, struct port_ip4, timer);
	const uint8_t *ip = (const uint8_t *)&a->addr;

	if (a->state == ACD_TAKEN)
		a->state = ACD_PROBING;
	if (a->state == ACD_PROBING) {
		probe(core, a);
		return;
	}
	if (a->state == ACD_PROBED) {
		LINK_LOG(NOTICE, "port %s: nobody else has " ADDR_FORMAT ": it is used from now on\n", a->port->name,
			ADDR_BYTES(ip));
		a->state = ACD_USED;
		core->link->addrs_changed++;
		a->told_taken = false;
	}
	announce(core, a);
}

void
acd_init(struct core *core)
{
	wheel_handler(&core->wheel, WHEEL_ACD, on_timer);
}

void
acd_start(struct core *core, struct port *port, bool probes)
{
	for (unsigned i = 0; i < port->nb_ip4; i++) {
		struct port_ip4 *a = &port->ip4[i];
		const uint8_t *ip = (const uint8_t *)&a->addr;
		if (!probes) {
			arp_announce(core, port, a->addr);
			continue;
		}
		LINK_LOG(NOTICE, "port %s: asking whether somebody else has " ADDR_FORMAT " (arp.probe): it is not used for "
			"four to seven seconds\n", port->name, ADDR_BYTES(ip));
		a->state = ACD_PROBING;
		core->link->addrs_changed++;
		wait(core, a, between(core, a, 0, ACD_PROBE_WAIT));
	}
}

void
acd_stop(struct core *core, struct port *port)
{
	for (unsigned i = 0; i < port->nb_ip4; i++)
		wheel_cancel(&core->wheel, &port->ip4[i].timer);
}

/*
 * RFC 5227 2.1.1: the address is somebody else's; it is not used. Nobody is there to choose another, so
 * it is asked for again, no more often than the RFC lets who has met many conflicts: he may have left.
 */
static void
give_way(struct core *core, struct port_ip4 *a, const struct arp_packet *p)
{
	const uint8_t *ip = (const uint8_t *)&a->addr, *mac = p->sender_mac.addr_bytes;

	count(core, CNT_arp_conflict);
	count(core, CNT_arp_given_way);
	wheel_cancel(&core->wheel, &a->timer);
	a->state = ACD_TAKEN;
	core->link->addrs_changed++;
	a->packets = 0;
	wait(core, a, ACD_RATE_LIMIT_INTERVAL * CORE_TICKS_PER_SEC);
	if (a->told_taken)
		return;
	a->told_taken = true;
	LINK_LOG(ERR, "port %s: " MAC_FORMAT " has " ADDR_FORMAT ": leat does not use it, and asks again each minute; "
		"give it another address\n", a->port->name, MAC_BYTES(mac), ADDR_BYTES(ip));
}

/*
 * Somebody sends with an address that we use. RFC 5227 2.4 (c): we keep it, and defend it with one
 * announcement, but not more often than every ten seconds, lest two of our kind shout for ever.
 */
static void
defend(struct core *core, struct port_ip4 *a, const struct arp_packet *p)
{
	const uint8_t *ip = (const uint8_t *)&a->addr, *mac = p->sender_mac.addr_bytes;

	count(core, CNT_arp_conflict);
	if (a->defended && core->tick - a->defended_at < ACD_DEFEND_INTERVAL * CORE_TICKS_PER_SEC)
		return;
	LINK_LOG(NOTICE, "port %s: " ADDR_FORMAT " is ours, but " MAC_FORMAT " uses it too\n", a->port->name,
		ADDR_BYTES(ip), MAC_BYTES(mac));
	a->defended = true;
	a->defended_at = core->tick;
	count(core, CNT_arp_defended);
	arp_announce(core, a->port, a->addr);
}

/* Does p show that its sender has, or is about to take, an address that we ask for? */
static bool
claims(const struct port_ip4 *a, const struct arp_packet *p)
{
	return p->sender_ip == a->addr || (p->op == ARP_REQUEST && p->sender_ip == 0 && p->target_ip == a->addr);
}

bool
acd_input(struct core *core, struct port *port, const struct arp_packet *p)
{
	/* Our own, come back. The kernel's end of a net_tap has the same MAC address as ours. */
	if (rte_is_same_ether_addr(&p->sender_mac, &port->mac))
		return false;
	for (unsigned i = 0; i < port->nb_ip4; i++) {
		struct port_ip4 *a = &port->ip4[i];
		if ((a->state == ACD_PROBING || a->state == ACD_PROBED) && claims(a, p)) {
			give_way(core, a, p);
			return true;
		}
		if (a->state == ACD_USED && p->sender_ip == a->addr) {
			defend(core, a, p);
			return true;
		}
	}
	return false;
}
