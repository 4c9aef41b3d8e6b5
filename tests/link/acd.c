/* SPDX-License-Identifier: BSD-3-Clause */
/* Address conflict detection (RFC 5227), in virtual time. */
#include <criterion/criterion.h>
#include <string.h>
#include "ip/ip.h"
#include "link/acd.h"
#include "support/eal.h"
#include "support/net.h"
#include "wire/arp.h"
#include "wire/eth.h"

static struct net n;
static uint8_t frame[NET_FRAME_MAX];
static const struct leat_addr us = {.v4 = NET_US, .family = LEAT_IPV4}, other = {.v4 = NET_OTHER, .family = LEAT_IPV4};

static void
start(void)
{
	support_eal_start("--log-level=leat.link:emergency", NULL);
	net_config(&n);
	net_start(&n);
}

static void
stop(void)
{
	net_forget(&n);
	net_stop(&n);
}

TestSuite(acd, .init = start, .fini = stop);

/* The next ARP packet that we send, and when, in ms from now; at most ten seconds are waited. */
static uint64_t
next_sent(struct arp_packet *a)
{
	uint64_t from = n.time;

	while (net_waiting(&n) == 0) {
		cr_assert_lt(n.time - from, 10 * NET_SEC, "nothing is sent");
		net_after(&n, 10 * NET_MS);
	}
	cr_assert_eq(net_take(&n, frame), 60);
	cr_assert_arr_eq(frame, &net_all, 6);
	cr_assert_eq(eth_type(frame), ETH_TYPE_ARP);
	cr_assert_eq(arp_parse(frame + ETH_HDR_LEN, ARP_LEN, a), 0);
	return (n.time - from) / NET_MS;
}

static void
expect_probe(uint64_t at_least, uint64_t at_most)
{
	struct arp_packet a;
	uint64_t ms = next_sent(&a);

	cr_assert(ms >= at_least && ms <= at_most + 10, "after %lu ms", ms);
	cr_assert_eq(a.op, ARP_REQUEST);
	cr_assert_eq(a.sender_ip, 0);
	cr_assert_eq(a.target_ip, NET_US);
	cr_assert(rte_is_same_ether_addr(&a.sender_mac, &n.port->mac));
	cr_assert(rte_is_zero_ether_addr(&a.target_mac));
	cr_assert_not(ip_is_local(&n.core, &us));
}

static void
expect_announcement(uint64_t at_least, uint64_t at_most)
{
	struct arp_packet a;
	uint64_t ms = next_sent(&a);

	cr_assert(ms >= at_least && ms <= at_most + 10, "after %lu ms", ms);
	cr_assert_eq(a.op, ARP_REQUEST);
	cr_assert_eq(a.sender_ip, NET_US);
	cr_assert_eq(a.target_ip, NET_US);
	cr_assert(ip_is_local(&n.core, &us));
}

/* Somebody else's packet: a claim (sender NET_US), or a probe of his own (sender 0). */
static void
somebody_says(uint16_t op, uint32_t sender, uint32_t target)
{
	net_give_arp(&n, &(struct net_arp){.op = op, .from = &net_other_mac, .to = &net_all, .sender_ip = sender,
		.target_ip = target});
}

/* RFC 5227 2.1.1, 2.3: three probes, one to two seconds apart; two seconds later two announcements, two seconds apart */
Test(acd, probes_then_announces)
{
	ip_announce(&n.core, true);
	expect_probe(0, 1000);
	expect_probe(1000, 2000);
	expect_probe(1000, 2000);
	expect_announcement(2000, 2000);
	expect_announcement(2000, 2000);
	net_after(&n, 20 * NET_SEC);
	cr_assert_eq(net_waiting(&n), 0);
	cr_assert_eq(net_count(&n, CNT_arp_probes_out), ACD_PROBE_NUM);
	cr_assert_eq(net_count(&n, CNT_arp_conflict), 0);
}

/* RFC 5227 2.1.1: hosts that start together do not ask together */
Test(acd, times_are_random)
{
	uint64_t first[8];
	unsigned distinct = 0;
	struct arp_packet a;

	for (uint8_t i = 0; i < 8; i++) {
		n.core.secret[0] = i;
		acd_stop(&n.core, n.port);
		n.port->ip4[0].packets = 0;
		ip_announce(&n.core, true);
		first[i] = next_sent(&a);
		bool seen = false;
		for (uint8_t k = 0; k < i; k++)
			seen |= first[k] == first[i];
		distinct += !seen;
	}
	cr_assert_geq(distinct, 5);
}

/* RFC 5227 2.1: until then the address is not used: nothing is answered, taken, or sent with it */
Test(acd, address_is_not_used_while_it_is_probed)
{
	static const uint8_t payload[8];

	ip_announce(&n.core, true);
	net_after(&n, 3 * NET_SEC);
	net_forget(&n);
	somebody_says(ARP_REQUEST, NET_OTHER, NET_US);
	cr_assert_eq(net_waiting(&n), 0, "no reply");
	cr_assert_null(ip_route_lookup(&n.core, &other));
	size_t len = net_ip4_frame(&n, frame, &(struct net_ip4){.proto = 17}, payload, sizeof(payload));
	net_give(&n, frame, len);
	cr_assert_null(n.got.m);
	cr_assert_eq(net_count(&n, DROP_ip4_not_ours), 1);
	net_after(&n, 7 * NET_SEC);
	net_forget(&n);
	cr_assert_not_null(ip_route_lookup(&n.core, &other));
	net_give(&n, frame, len);
	cr_assert_not_null(n.got.m);
	somebody_says(ARP_REQUEST, NET_OTHER, NET_US);
	cr_assert_eq(net_waiting(&n), 1, "a reply");
}

static void
expect_given_way(void)
{
	net_forget(&n);
	net_after(&n, 20 * NET_SEC);
	cr_assert_eq(net_waiting(&n), 0, "nothing more is sent");
	cr_assert_not(ip_is_local(&n.core, &us));
	cr_assert_null(ip_route_lookup(&n.core, &other));
	cr_assert_eq(net_count(&n, CNT_arp_given_way), 1);
	cr_assert_eq(net_count(&n, CNT_arp_defended), 0, "what is not ours is not defended");
}

/* RFC 5227 2.1.1: whoever answers has it, by request or reply */
Test(acd, gives_way_to_who_has_the_address)
{
	ip_announce(&n.core, true);
	net_after(&n, 1500 * NET_MS);
	somebody_says(ARP_REPLY, NET_US, 0);
	expect_given_way();
	somebody_says(ARP_REQUEST, NET_US, NET_OTHER);
	expect_given_way();
}

/* RFC 5227 2.1.1: later it is asked for again, not more than once a minute, and used when he has left */
Test(acd, asks_again_for_an_address_that_was_given_up)
{
	ip_announce(&n.core, true);
	net_after(&n, 1500 * NET_MS);
	somebody_says(ARP_REPLY, NET_US, 0);
	for (int i = 0; i < 3; i++) { /* still there */
		net_forget(&n);
		net_after(&n, (ACD_RATE_LIMIT_INTERVAL - 1) * NET_SEC);
		cr_assert_eq(net_waiting(&n), 0, "too early");
		expect_probe(0, 1000);
		somebody_says(ARP_REPLY, NET_US, 0);
		cr_assert_not(ip_is_local(&n.core, &us));
	}
	net_forget(&n);
	net_after(&n, (ACD_RATE_LIMIT_INTERVAL - 1) * NET_SEC);
	expect_probe(0, 1000);
	expect_probe(1000, 2000);
	expect_probe(1000, 2000);
	cr_assert_not(ip_is_local(&n.core, &us));
	expect_announcement(2000, 2000);
	cr_assert(ip_is_local(&n.core, &us));
	expect_announcement(2000, 2000);
	net_after(&n, 120 * NET_SEC);
	cr_assert_eq(net_waiting(&n), 0);
	cr_assert_eq(net_count(&n, CNT_arp_given_way), 4);
}

/* What was looked up while the address was ours is looked up anew when it is not. */
Test(acd, a_hop_is_forgotten_with_the_address)
{
	const struct ip_route *route = ip_route_lookup(&n.core, &other);
	uint32_t handle = ip_next_hop(&n.core, &other);

	ip_hop_note(&n.core, &other, route, handle, ip_addrs_changed(&n.core));
	cr_assert_not_null(ip_hop_find(&n.core, &other));
	cr_assert_eq(ip_route_mtu(&n.core, &other), 1500);
	ip_announce(&n.core, true); /* asked for again: not ours meanwhile */
	cr_assert_null(ip_hop_find(&n.core, &other));
	cr_assert_eq(ip_route_mtu(&n.core, &other), 0);
}

/* Addresses are core 0's: another core may be about to note what it has looked up. */
Test(acd, a_hop_looked_up_before_the_address_went_is_not_kept)
{
	uint32_t seen = ip_addrs_changed(&n.core);
	const struct ip_route *route = ip_route_lookup(&n.core, &other);
	uint32_t handle = ip_next_hop(&n.core, &other);

	ip_announce(&n.core, true);
	ip_hop_note(&n.core, &other, route, handle, seen);
	cr_assert_null(ip_hop_find(&n.core, &other));
	cr_assert_eq(ip_route_mtu(&n.core, &other), 0);
}

/* RFC 5227 2.1.1: and who probes for it at the same time */
Test(acd, gives_way_to_who_probes_too)
{
	ip_announce(&n.core, true);
	net_after(&n, 1500 * NET_MS);
	somebody_says(ARP_REQUEST, 0, NET_US);
	expect_given_way();
}

/* RFC 5227 2.1.1: in the two seconds after the last probe too */
Test(acd, gives_way_to_a_late_answer)
{
	ip_announce(&n.core, true);
	for (int i = 0; i < ACD_PROBE_NUM; i++)
		expect_probe(0, 2000);
	net_after(&n, 1900 * NET_MS);
	somebody_says(ARP_REPLY, NET_US, NET_US);
	expect_given_way();
}

/* RFC 5227 2.1.1: what is said of other addresses, or asked by those that have one, is no conflict */
Test(acd, other_packets_are_no_conflict)
{
	ip_announce(&n.core, true);
	net_after(&n, 1500 * NET_MS);
	somebody_says(ARP_REQUEST, 0, NET_OTHER);
	somebody_says(ARP_REQUEST, NET_OTHER, NET_US);
	somebody_says(ARP_REPLY, NET_OTHER, NET_US);
	somebody_says(ARP_REPLY, 0, NET_US);
	/* our own probe, come back */
	net_give_arp(&n, &(struct net_arp){.op = ARP_REQUEST, .from = &n.port->mac, .to = &net_all, .target_ip = NET_US});
	net_after(&n, 10 * NET_SEC);
	cr_assert(ip_is_local(&n.core, &us));
	cr_assert_eq(net_count(&n, CNT_arp_conflict), 0);
}

/* RFC 5227 2.4 (c): once it is used it is kept, and defended once in ten seconds, each address for itself */
Test(acd, defends_each_address_for_itself)
{
	struct arp_packet a;

	port_add_ip4(n.port, NET_OTHER, 24);
	for (int i = 0; i < 5; i++) {
		somebody_says(ARP_REQUEST, NET_US, NET_US);
		somebody_says(ARP_REQUEST, NET_OTHER, NET_OTHER);
	}
	cr_assert_eq(net_waiting(&n), 2);
	next_sent(&a);
	cr_assert(a.sender_ip == NET_US && a.target_ip == NET_US);
	next_sent(&a);
	cr_assert(a.sender_ip == NET_OTHER && a.target_ip == NET_OTHER);
	cr_assert_eq(net_count(&n, CNT_arp_defended), 2);
	cr_assert_eq(net_count(&n, CNT_arp_conflict), 10);
	net_after(&n, ACD_DEFEND_INTERVAL * NET_SEC);
	somebody_says(ARP_REQUEST, NET_US, NET_US);
	cr_assert_eq(net_waiting(&n), 1);
	cr_assert(ip_is_local(&n.core, &us));
}
