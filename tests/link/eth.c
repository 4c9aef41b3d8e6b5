/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <criterion/criterion.h>
#include "link/eth.h"
#include "support/eal.h"
#include "support/net.h"
#include "wire/eth.h"

static struct net n;

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

TestSuite(eth, .init = start, .fini = stop);

/* Feeds a frame of len bytes with this destination and type; the type that came out, or -1 when it was dropped. */
static int
input(const struct rte_ether_addr *to, uint16_t type, size_t len, bool *group)
{
	uint8_t frame[64] = {0};
	uint16_t got = 0;

	eth_write(frame, to, &net_peer_mac, type);
	struct rte_mbuf *m = net_mbuf(&n, frame, len, 0);
	if (eth_input(&n.core, n.port, m, &got, group) < 0)
		return -1;
	cr_assert_eq(m->pkt_len, len - ETH_HDR_LEN, "the header is stripped");
	rte_pktmbuf_free(m);
	return got;
}

Test(eth, to_us)
{
	bool group = true;

	cr_assert_eq(input(&n.port->mac, ETH_TYPE_IP4, 60, &group), ETH_TYPE_IP4);
	cr_assert_not(group);
	cr_assert_eq(input(&n.port->mac, ETH_TYPE_IP6, 60, &group), ETH_TYPE_IP6);
}

Test(eth, to_all_and_to_groups)
{
	const struct rte_ether_addr all_hosts = {{0x01, 0x00, 0x5e, 0x00, 0x00, 0x01}};
	bool group = false;

	cr_assert_eq(input(&net_all, ETH_TYPE_ARP, 42, &group), ETH_TYPE_ARP);
	cr_assert(group);
	group = false;
	cr_assert_eq(input(&all_hosts, ETH_TYPE_IP4, 60, &group), ETH_TYPE_IP4);
	cr_assert(group);
}

Test(eth, to_another_station)
{
	bool group;

	cr_assert_eq(input(&net_other_mac, ETH_TYPE_IP4, 60, &group), -1);
	cr_assert_eq(net_count(&n, DROP_eth_not_ours), 1);
}

Test(eth, types_that_are_not_spoken)
{
	static const uint16_t types[] = {0x8100 /* VLAN */, 0x88a8, 0x05dc /* a length */, 0x88cc, 0};
	bool group;

	for (size_t i = 0; i < RTE_DIM(types); i++)
		cr_assert_eq(input(&n.port->mac, types[i], 60, &group), -1, "type %04x", types[i]);
	cr_assert_eq(net_count(&n, DROP_eth_type), RTE_DIM(types));
}

Test(eth, shorter_than_a_header)
{
	bool group;

	for (size_t len = 0; len < ETH_HDR_LEN; len++)
		cr_assert_eq(input(&n.port->mac, ETH_TYPE_IP4, len, &group), -1, "length %zu", len);
	cr_assert_eq(net_count(&n, DROP_eth_short), ETH_HDR_LEN);
	cr_assert_eq(input(&n.port->mac, ETH_TYPE_IP4, ETH_HDR_LEN, &group), ETH_TYPE_IP4);
}

/* A driver may cut a packet wherever it likes, also within its headers. */
Test(eth, header_in_pieces)
{
	uint8_t frame[60], copy[60];
	uint16_t type;
	bool group;

	for (size_t i = 0; i < sizeof(frame); i++)
		frame[i] = (uint8_t)i;
	eth_write(frame, &n.port->mac, &net_peer_mac, ETH_TYPE_IP4);
	for (size_t segment = 1; segment < sizeof(frame); segment++) {
		struct rte_mbuf *m = net_mbuf(&n, frame, sizeof(frame), segment);
		cr_assert_eq(eth_input(&n.core, n.port, m, &type, &group), 0, "in pieces of %zu", segment);
		cr_assert_eq(m->pkt_len, sizeof(frame) - ETH_HDR_LEN);
		const void *rest = rte_pktmbuf_read(m, 0, m->pkt_len, copy);
		cr_assert(rest != NULL && memcmp(rest, frame + ETH_HDR_LEN, sizeof(frame) - ETH_HDR_LEN) == 0);
		rte_pktmbuf_free(m);
	}
}

Test(eth, ipv6_is_counted_until_it_is_spoken)
{
	uint8_t frame[60] = {0};

	eth_write(frame, &n.port->mac, &net_peer_mac, ETH_TYPE_IP6);
	net_give(&n, frame, sizeof(frame));
	cr_assert_eq(net_count(&n, DROP_ip6_in), 1);
}
