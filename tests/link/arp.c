/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <criterion/criterion.h>
#include "link/arp.h"
#include "link/neigh.h"
#include "support/eal.h"
#include "support/net.h"
#include "wire/arp.h"
#include "wire/eth.h"

static struct net n;
static uint8_t frame[NET_FRAME_MAX];

static void
start(void)
{
	support_eal_start("--log-level=leat.link:error", NULL);
	net_config(&n);
	net_start(&n);
}

static void
stop(void)
{
	net_stop(&n);
}

TestSuite(arp, .init = start, .fini = stop);

/* The next frame that was sent is an ARP packet: checks its Ethernet header and length, fills *a. */
static void
expect_arp(const struct rte_ether_addr *to, struct arp_packet *a)
{
	size_t len = net_take(&n, frame);

	cr_assert_eq(len, 60, "an ARP packet is sent padded, in 60 bytes");
	cr_assert_eq(eth_type(frame), ETH_TYPE_ARP);
	cr_assert_arr_eq(frame, to, 6);
	cr_assert_arr_eq(frame + 6, &n.port->mac, 6);
	cr_assert_eq(arp_parse(frame + ETH_HDR_LEN, ARP_LEN, a), 0);
	cr_assert(rte_is_same_ether_addr(&a->sender_mac, &n.port->mac));
	for (size_t i = ETH_HDR_LEN + ARP_LEN; i < len; i++)
		cr_assert_eq(frame[i], 0, "padding is zero");
}

static void
look(const struct neigh *e, void *arg)
{
	const struct neigh **wanted = arg;

	if (e->addr.v4 == wanted[0]->addr.v4)
		wanted[1] = e;
}

/* The entry of ip, NULL = none. */
static const struct neigh *
neighbour(uint32_t ip)
{
	const struct neigh key = {.addr = {.v4 = ip}};
	const struct neigh *wanted[2] = {&key, NULL};

	neigh_walk(&n.core, look, wanted);
	return wanted[1];
}

Test(arp, a_request_of_42_bytes_for_us_is_answered)
{
	struct arp_packet a;

	net_give_arp(&n, &(struct net_arp){.op = ARP_REQUEST, .from = &net_peer_mac, .to = &net_all,
		.sender_ip = NET_PEER, .target_ip = NET_US});
	expect_arp(&net_peer_mac, &a);
	cr_assert_eq(a.op, ARP_REPLY);
	cr_assert_eq(a.sender_ip, NET_US);
	cr_assert_eq(a.target_ip, NET_PEER);
	cr_assert(rte_is_same_ether_addr(&a.target_mac, &net_peer_mac));
	cr_assert_eq(net_waiting(&n), 0);
	cr_assert_eq(net_count(&n, CNT_arp_requests_in), 1);
	cr_assert_eq(net_count(&n, CNT_arp_replies_out), 1);
}

Test(arp, who_asks_for_us_becomes_a_neighbour)
{
	net_give_arp(&n, &(struct net_arp){.op = ARP_REQUEST, .from = &net_peer_mac, .to = &net_all,
		.sender_ip = NET_PEER, .target_ip = NET_US});
	cr_assert_not_null(neighbour(NET_PEER));
	cr_assert_eq(neighbour(NET_PEER)->state, NEIGH_STALE, "it was not asked, so it is not confirmed");
	cr_assert_arr_eq(neighbour(NET_PEER)->header, &net_peer_mac, 6);
}

Test(arp, who_asks_for_others_does_not)
{
	net_give_arp(&n, &(struct net_arp){.op = ARP_REQUEST, .from = &net_peer_mac, .to = &net_all,
		.sender_ip = NET_PEER, .target_ip = NET_OTHER});
	cr_assert_null(neighbour(NET_PEER));
	cr_assert_eq(net_waiting(&n), 0, "and is not answered");
	cr_assert_eq(net_count(&n, DROP_arp_not_ours), 1);
}

Test(arp, merge_rule_a_known_neighbour_is_updated_whatever_was_asked)
{
	net_meet_peer(&n);
	net_give_arp(&n, &(struct net_arp){.op = ARP_REQUEST, .from = &net_other_mac, .to = &net_all,
		.sender_ip = NET_PEER, .target_ip = NET_OTHER});
	cr_assert_arr_eq(neighbour(NET_PEER)->header, &net_other_mac, 6);
	cr_assert_eq(neighbour(NET_PEER)->state, NEIGH_STALE, "a change that we did not ask for is confirmed on use");
}

Test(arp, a_reply_that_nobody_asked_for_makes_no_neighbour)
{
	net_give_arp(&n, &(struct net_arp){.op = ARP_REPLY, .from = &net_peer_mac, .sender_ip = NET_PEER,
		.target_ip = NET_US});
	cr_assert_null(neighbour(NET_PEER));
	cr_assert_eq(net_count(&n, CNT_arp_replies_in), 1);
}

Test(arp, a_sender_outside_the_subnet_is_answered_but_not_learned)
{
	struct arp_packet a;

	net_give_arp(&n, &(struct net_arp){.op = ARP_REQUEST, .from = &net_peer_mac, .to = &net_all,
		.sender_ip = NET_FAR, .target_ip = NET_US});
	expect_arp(&net_peer_mac, &a);
	cr_assert_null(neighbour(NET_FAR));
}

Test(arp, a_probe_is_answered_and_teaches_nothing)
{
	struct arp_packet a;

	net_give_arp(&n, &(struct net_arp){.op = ARP_REQUEST, .from = &net_peer_mac, .to = &net_all,
		.sender_ip = 0, .target_ip = NET_US});
	expect_arp(&net_peer_mac, &a);
	cr_assert_eq(a.target_ip, 0);
	cr_assert_null(neighbour(0));
	cr_assert_eq(net_count(&n, CNT_arp_conflict), 0);
}

Test(arp, an_address_conflict_is_counted_and_defended_once_in_ten_seconds)
{
	const struct net_arp claim = {.op = ARP_REPLY, .from = &net_peer_mac, .to = &net_all, .sender_ip = NET_US,
		.target_ip = NET_OTHER};
	struct arp_packet a;

	net_give_arp(&n, &claim);
	expect_arp(&net_all, &a);
	cr_assert_eq(a.sender_ip, NET_US);
	cr_assert_eq(a.target_ip, NET_US);
	net_after(&n, 9900 * NET_MS);
	net_give_arp(&n, &claim);
	cr_assert_eq(net_waiting(&n), 0);
	net_after(&n, 200 * NET_MS);
	net_give_arp(&n, &claim);
	expect_arp(&net_all, &a);
	cr_assert_eq(net_count(&n, CNT_arp_conflict), 3);
	cr_assert_null(neighbour(NET_US), "we learn nobody else's MAC for our own address");
}

Test(arp, our_own_frame_come_back_is_no_conflict)
{
	net_give_arp(&n, &(struct net_arp){.op = ARP_REQUEST, .from = &n.port->mac, .to = &net_all,
		.sender_ip = NET_US, .target_ip = NET_PEER});
	cr_assert_eq(net_count(&n, CNT_arp_conflict), 0);
	cr_assert_eq(net_waiting(&n), 0);
}

/* The kernel's end of a net_tap has the MAC address that DPDK says is ours. */
Test(arp, a_peer_with_our_mac_address_is_a_peer)
{
	struct arp_packet a;

	net_give_arp(&n, &(struct net_arp){.op = ARP_REQUEST, .from = &n.port->mac, .to = &net_all,
		.sender_ip = NET_PEER, .target_ip = NET_US});
	expect_arp(&n.port->mac, &a);
	cr_assert_eq(a.op, ARP_REPLY);
	cr_assert_not_null(neighbour(NET_PEER));
}

Test(arp, malformed)
{
	const struct rte_ether_addr zero = {{0}};
	uint8_t p[ETH_HDR_LEN + ARP_LEN];

	eth_write(p, &net_all, &net_peer_mac, ETH_TYPE_ARP);
	arp_write(p + ETH_HDR_LEN, &(struct arp_packet){.op = ARP_REQUEST, .sender_mac = net_peer_mac,
		.sender_ip = NET_PEER, .target_ip = NET_US});
	net_give(&n, p, sizeof(p) - 1);
	cr_assert_eq(net_count(&n, DROP_arp_malformed), 1, "27 bytes");
	p[ETH_HDR_LEN + 7] = 3;
	net_give(&n, p, sizeof(p));
	cr_assert_eq(net_count(&n, DROP_arp_malformed), 2, "an operation that is neither request nor reply");
	net_give_arp(&n, &(struct net_arp){.op = ARP_REQUEST, .from = &net_all, .sender_ip = NET_PEER,
		.target_ip = NET_US});
	cr_assert_eq(net_count(&n, DROP_arp_malformed), 3, "a sender that is everybody");
	net_give_arp(&n, &(struct net_arp){.op = ARP_REQUEST, .from = &zero, .sender_ip = NET_PEER,
		.target_ip = NET_US});
	cr_assert_eq(net_count(&n, DROP_arp_malformed), 4, "a sender that is nobody");
	cr_assert_eq(net_waiting(&n), 0);
}

Test(arp, a_request_in_pieces)
{
	uint8_t p[ETH_HDR_LEN + ARP_LEN];

	eth_write(p, &net_all, &net_peer_mac, ETH_TYPE_ARP);
	arp_write(p + ETH_HDR_LEN, &(struct arp_packet){.op = ARP_REQUEST, .sender_mac = net_peer_mac,
		.sender_ip = NET_PEER, .target_ip = NET_US});
	net_give_mbuf(&n, net_mbuf(&n, p, sizeof(p), 16));
	cr_assert_eq(net_count(&n, CNT_arp_replies_out), 1);
}

Test(arp, a_request_carries_the_address_beside_the_target)
{
	struct arp_packet a;

	port_add_ip4(n.port, RTE_BE32(0xc6130001), 24); /* 198.19.0.1/24 */
	cr_assert_eq(arp_request(&n.core, n.port, RTE_BE32(0xc6130009), NULL), 0);
	net_turn(&n);
	expect_arp(&net_all, &a);
	cr_assert_eq(a.op, ARP_REQUEST);
	cr_assert_eq(a.sender_ip, RTE_BE32(0xc6130001));
	cr_assert_eq(a.target_ip, RTE_BE32(0xc6130009));
	cr_assert_eq(arp_request(&n.core, n.port, NET_FAR, NULL), -EADDRNOTAVAIL);
	cr_assert_eq(arp_request(&n.core, n.port, NET_PEER, &net_peer_mac), 0);
	net_turn(&n);
	expect_arp(&net_peer_mac, &a);
}

Test(arp, announcement)
{
	struct arp_packet a;

	ip_announce(&n.core, false);
	net_turn(&n);
	expect_arp(&net_all, &a);
	cr_assert_eq(a.op, ARP_REQUEST);
	cr_assert_eq(a.sender_ip, NET_US);
	cr_assert_eq(a.target_ip, NET_US);
	cr_assert_eq(net_waiting(&n), 0);
}
