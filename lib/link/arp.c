/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include "core/mbufs.h"
#include "link/acd.h"
#include "link/arp.h"
#include "link/neigh.h"
#include "wire/arp.h"
#include "wire/eth.h"

static const struct rte_ether_addr broadcast = {.addr_bytes = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

static bool
is_ours(const struct port *port, uint32_t ip)
{
	for (unsigned i = 0; i < port->nb_ip4; i++)
		if (port->ip4[i].addr == ip && acd_usable(&port->ip4[i]))
			return true;
	return false;
}

/* The address of ours whose subnet holds ip; 0 = none. */
static uint32_t
address_beside(const struct port *port, uint32_t ip)
{
	for (unsigned i = 0; i < port->nb_ip4; i++)
		if (((port->ip4[i].addr ^ ip) & port->ip4[i].mask) == 0 && acd_usable(&port->ip4[i]))
			return port->ip4[i].addr;
	return 0;
}

static int
send(struct core *core, struct port *port, const struct arp_packet *a, const struct rte_ether_addr *to)
{
	struct rte_mbuf *m = mbuf_alloc_header(core);
	uint8_t *p = m == NULL ? NULL : (uint8_t *)rte_pktmbuf_append(m, ETH_HDR_LEN + ARP_LEN);

	if (p == NULL) {
		drop(core, m, DROP_no_mbuf);
		return -ENOBUFS;
	}
	eth_write(p, to, &port->mac, ETH_TYPE_ARP);
	arp_write(p + ETH_HDR_LEN, a);
	link_output(core, port, m);
	return 0;
}

int
arp_request(struct core *core, struct port *port, uint32_t target, const struct rte_ether_addr *to)
{
	struct arp_packet a = {
		.op = ARP_REQUEST,
		.sender_mac = port->mac,
		.sender_ip = address_beside(port, target),
		.target_ip = target,
	};

	if (a.sender_ip == 0)
		return -EADDRNOTAVAIL;
	int rc = send(core, port, &a, to != NULL ? to : &broadcast);
	if (rc == 0)
		count(core, CNT_arp_requests_out);
	return rc;
}

int
arp_announce(struct core *core, struct port *port, uint32_t addr)
{
	const struct arp_packet a = {
		.op = ARP_REQUEST,
		.sender_mac = port->mac,
		.sender_ip = addr,
		.target_ip = addr,
	};
	int rc = send(core, port, &a, &broadcast);

	if (rc == 0)
		count(core, CNT_arp_requests_out);
	return rc;
}

int
arp_probe(struct core *core, struct port *port, uint32_t addr)
{
	const struct arp_packet a = {.op = ARP_REQUEST, .sender_mac = port->mac, .target_ip = addr};
	int rc = send(core, port, &a, &broadcast);

	if (rc == 0)
		count(core, CNT_arp_probes_out);
	return rc;
}

static void
reply(struct core *core, struct port *port, const struct arp_packet *request)
{
	const struct arp_packet a = {
		.op = ARP_REPLY,
		.sender_mac = port->mac,
		.sender_ip = request->target_ip,
		.target_mac = request->sender_mac,
		.target_ip = request->sender_ip,
	};

	if (send(core, port, &a, &request->sender_mac) == 0)
		count(core, CNT_arp_replies_out);
}

/* What an ARP packet tells of its sender. for_us: it asks for an address of ours, or answers us. */
static void
learn(struct core *core, struct port *port, const struct arp_packet *a, bool for_us)
{
	const struct leat_addr sender = {.v4 = a->sender_ip, .family = LEAT_IPV4};

	/*
	 * A sender address of zero is a probe (RFC 5227 2.1.1): answered, but nothing to learn from. Who
	 * asks for us will be sent to next, so it gets an entry; a reply without a question makes none.
	 */
	if (address_beside(port, a->sender_ip) != 0)
		neigh_learn(core, port, &sender, &a->sender_mac, for_us && a->op == ARP_REQUEST,
			for_us && a->op == ARP_REPLY);
}

/* RFC 826 "Packet Reception": merge what the sender says of itself, then see whether we are meant. Why it was of no use, or 0. */
static int
receive(struct core *core, struct port *port, const struct arp_packet *a)
{
	bool for_us = is_ours(port, a->target_ip);

	/* Our own, come back. The MAC alone tells nothing: the kernel's end of a net_tap has the same as ours. */
	if (rte_is_same_ether_addr(&a->sender_mac, &port->mac) && is_ours(port, a->sender_ip))
		return DROP_arp_not_ours;
	if (core->id != 0) { /* every core hears of it, and learns; core 0 does the rest */
		if (!is_ours(port, a->sender_ip))
			learn(core, port, a, for_us);
		return 0;
	}
	if (acd_input(core, port, a))
		return 0;
	learn(core, port, a, for_us);
	if (!for_us)
		return DROP_arp_not_ours;
	if (a->op == ARP_REQUEST) {
		count(core, CNT_arp_requests_in);
		reply(core, port, a);
	} else {
		count(core, CNT_arp_replies_in);
	}
	return 0;
}

void
arp_input(struct core *core, struct port *port, struct rte_mbuf *m)
{
	struct arp_packet a;
	uint8_t copy[ARP_LEN];
	const uint8_t *p = rte_pktmbuf_read(m, 0, ARP_LEN, copy);

	if (core->id == 0)
		count(core, CNT_arp_in);
	if (p == NULL || arp_parse(p, ARP_LEN, &a) < 0 || (a.op != ARP_REQUEST && a.op != ARP_REPLY) ||
	    !eth_is_station(&a.sender_mac)) {
		drop_if(core, m, core->id == 0 ? DROP_arp_malformed : 0); /* the others have copies */
		return;
	}
	drop_if(core, m, receive(core, port, &a));
}
