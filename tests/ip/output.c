/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <criterion/criterion.h>
#include "ip/output.h"
#include "link/neigh.h"
#include "support/eal.h"
#include "support/net.h"
#include "wire/eth.h"
#include "wire/ipv4.h"

static struct net n;
static uint8_t frame[NET_FRAME_MAX];

static const struct ip_send tcp = {.ip_len = 20, .l4_len = 20, .cksum_at = 16, .proto = IPPROTO_TCP, .tos = 0x08};
static const struct ip_send udp = {.ip_len = 20, .l4_len = 8, .cksum_at = 6, .proto = IPPROTO_UDP};

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

TestSuite(output, .init = start, .fini = stop);

/* A datagram to dest with len bytes behind the IP header, in segments of at most `segment` bytes. */
static struct rte_mbuf *
datagram(uint32_t dest, const struct ip_send *s, uint16_t len, uint16_t segment)
{
	uint8_t bytes[NET_FRAME_MAX] = {0};
	struct leat_addr us = {.v4 = NET_US, .family = LEAT_IPV4}, to = {.v4 = dest, .family = LEAT_IPV4};
	struct rte_mbuf *m;

	cr_assert_eq(ip_template(bytes, &us, &to, s->proto), 20);
	for (uint16_t i = 0; i < len; i++)
		bytes[20 + i] = (uint8_t)(i * 7 + 3);
	m = net_mbuf(&n, bytes, 20 + len, segment);
	return m;
}

static int
output(struct rte_mbuf *m, const struct ip_send *s, uint32_t *next_hop)
{
	int rc = ip_output(&n.core, m, s, next_hop);

	txq_flush(&n.core, n.core.txqs[0]);
	return rc;
}

/* The frame that was sent: its header fields and both checksums are right. */
static const uint8_t *
expect_datagram(const struct ip_send *s, uint16_t len)
{
	const uint8_t *h = frame + ETH_HDR_LEN;

	cr_assert_eq(net_take(&n, frame), (size_t)RTE_MAX(ETH_HDR_LEN + 20 + len, 60));
	cr_assert_eq(h[0], 0x45);
	cr_assert_eq(h[1], s->tos);
	cr_assert_eq(h[2] << 8 | h[3], 20 + len);
	cr_assert_eq(h[8], 64);
	cr_assert_eq(h[9], s->proto);
	cr_assert_eq(net_cksum(h, 20, 0), 0, "header checksum");
	uint8_t pseudo[12] = {0};
	memcpy(pseudo, h + 12, 8);
	pseudo[9] = s->proto;
	pseudo[10] = (uint8_t)(len >> 8);
	pseudo[11] = (uint8_t)len;
	cr_assert_eq(net_cksum(h + 20, len, (uint16_t)~net_cksum(pseudo, 12, 0)), 0, "transport checksum");
	return h;
}

Test(output, template_holds_the_key_where_the_tuple_has_it)
{
	uint8_t h[IP_HDR_MAX];
	struct leat_addr us = {.v4 = NET_US, .family = LEAT_IPV4}, to = {.v4 = NET_PEER, .family = LEAT_IPV4};
	struct tuple t;

	tuple_make(&t, &us, 80, &to, 1234);
	cr_assert_eq(ip_template(h, &us, &to, IPPROTO_TCP), 20);
	cr_assert_arr_eq(h + ip_key_offset(20), t.key, 8, "addresses; the ports follow in the transport header");
	cr_assert_eq(ip_hdr_len(&us), 20);
}

/* RFC 9293 3.8.1 MAY-4: the identification is the same each time, as it may be where nothing is fragmented (RFC 6864 4.1) */
Test(output, all_fields_are_filled_in)
{
	uint32_t hop = 0;

	net_meet_peer(&n);
	cr_assert_eq(output(datagram(NET_PEER, &tcp, 30, 0), &tcp, &hop), 0);
	const uint8_t *h = expect_datagram(&tcp, 30);
	cr_assert_eq(h[6] << 8 | h[7], IPV4_DF);
	cr_assert_eq(h[4] << 8 | h[5], 0, "an atomic datagram needs no identification");
	cr_assert_neq(hop, 0, "the next hop is remembered");
	cr_assert_eq(net_count(&n, CNT_ip4_out), 1);
}

/* RFC 1122 3.2.1.7: the time to live is a matter of configuration */
Test(output, time_to_live_is_configured)
{
	uint32_t hop = 0;

	n.core.ip->ttl = 3;
	net_meet_peer(&n);
	cr_assert_eq(output(datagram(NET_PEER, &udp, 30, 0), &udp, &hop), 0);
	cr_assert_eq(net_take(&n, frame), 64);
	cr_assert_eq(frame[ETH_HDR_LEN + 8], 3);
}

/* RFC 9293 3.1 MUST-2 */
Test(output, checksums_over_chains_however_they_are_cut)
{
	uint32_t hop = 0;

	net_meet_peer(&n);
	for (uint16_t segment = 40; segment < 140; segment++) {
		cr_assert_eq(output(datagram(NET_PEER, &tcp, 121, segment), &tcp, &hop), 0);
		expect_datagram(&tcp, 121);
	}
}

Test(output, every_length_of_udp)
{
	uint32_t hop = 0;

	net_meet_peer(&n);
	for (uint16_t len = 8; len < 80; len++) {
		cr_assert_eq(output(datagram(NET_PEER, &udp, len, 0), &udp, &hop), 0);
		expect_datagram(&udp, len);
	}
}

Test(output, a_udp_checksum_of_zero_is_sent_as_all_ones)
{
	struct rte_mbuf *m = datagram(NET_PEER, &udp, 10, 0);
	uint8_t *l4 = rte_pktmbuf_mtod_offset(m, uint8_t *, 20);
	const uint8_t pseudo[] = {198, 18, 0, 1, 198, 18, 0, 2, 0, 17, 0, 10};
	uint32_t hop = 0;

	net_meet_peer(&n);
	memset(l4, 0, 10);
	uint16_t c = net_cksum(pseudo, sizeof(pseudo), 0); /* the payload that makes the sum ffff */
	l4[8] = (uint8_t)(c >> 8);
	l4[9] = (uint8_t)c;
	cr_assert_eq(output(m, &udp, &hop), 0);
	cr_assert_eq(net_take(&n, frame), 60);
	cr_assert_eq(frame[ETH_HDR_LEN + 26], 0xff);
	cr_assert_eq(frame[ETH_HDR_LEN + 27], 0xff);
}

Test(output, what_the_port_does_is_left_to_it)
{
	const uint8_t pseudo[] = {198, 18, 0, 1, 198, 18, 0, 2, 0, 6, 0, 30};
	uint32_t hop = 0;
	void *object;

	net_meet_peer(&n);
	n.port->tx_ip_cksum = n.port->tx_tcp_cksum = true;
	cr_assert_eq(output(datagram(NET_PEER, &tcp, 30, 0), &tcp, &hop), 0);
	cr_assert_eq(rte_ring_dequeue(n.from_core, &object), 0);
	struct rte_mbuf *m = object;
	cr_assert_eq(m->ol_flags, RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_TCP_CKSUM);
	cr_assert_eq(m->l2_len, 14);
	cr_assert_eq(m->l3_len, 20);
	cr_assert_eq(m->l4_len, 20);
	const uint8_t *h = rte_pktmbuf_mtod_offset(m, const uint8_t *, ETH_HDR_LEN);
	cr_assert_eq(h[10] | h[11], 0);
	cr_assert_eq(h[36] << 8 | h[37], (uint16_t)~net_cksum(pseudo, sizeof(pseudo), 0), "the pseudo header's sum");
	rte_pktmbuf_free(m);
	cr_assert_eq(output(datagram(NET_PEER, &udp, 30, 0), &udp, &hop), 0);
	cr_assert_eq(rte_ring_dequeue(n.from_core, &object), 0);
	m = object;
	cr_assert_eq(m->ol_flags, RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM, "UDP it does not do");
	rte_pktmbuf_free(m);
}

/* What is sent of the same segment, by ip4_output() or by ip_output(): bytes, and what the port is asked for. */
static size_t
sent_by(bool fast, uint32_t how, uint16_t len, uint32_t hop, uint8_t *out, uint64_t *asked)
{
	struct ip_send s = {.ip_len = 20, .l4_len = 20, .cksum_at = 16, .proto = IPPROTO_TCP, .tos = how & 3, .summed = true};
	struct rte_mbuf *m = datagram(NET_PEER, &s, len, how & 64 ? 41 : 0);
	uint8_t *h = rte_pktmbuf_mtod(m, uint8_t *), template[20];
	void *object;

	memset(h + 20 + s.cksum_at, 0, 2);
	ip_template_df(h, 20, (how & 4) != 0);
	ip_template_set_dscp(h, 20, how & 8 ? 46 : 0);
	s.sum = cksum_mbuf(m, 20, len);
	n.port->tx_ip_cksum = (how & 16) != 0;
	n.port->tx_tcp_cksum = (how & 32) != 0;
	n.ip.idents = 7;
	if (fast) {
		memcpy(template, h, sizeof(template));
		memset(h, 0xaa, sizeof(template));
		cr_assert_eq(ip4_output(&n.core, m, template, s, &hop), 0);
		txq_flush(&n.core, n.core.txqs[0]);
	} else {
		cr_assert_eq(output(m, &s, &hop), 0);
	}
	cr_assert_eq(rte_ring_dequeue(n.from_core, &object), 0);
	m = object;
	size_t all = m->pkt_len;
	*asked = m->ol_flags;
	const void *bytes = rte_pktmbuf_read(m, 0, m->pkt_len, out);
	if (bytes != out)
		memcpy(out, bytes, all);
	rte_pktmbuf_free(m);
	return all;
}

/* ECN, Don't Fragment, DSCP, what the port sums, chains; with a neighbour that is known, and one to be looked up. */
Test(output, both_ways_send_the_same)
{
	static uint8_t one[NET_FRAME_MAX], two[NET_FRAME_MAX];
	uint32_t known = 0;
	uint64_t a, b;

	net_meet_peer(&n);
	cr_assert_eq(output(datagram(NET_PEER, &tcp, 30, 0), &tcp, &known), 0);
	net_forget(&n);
	for (uint32_t how = 0; how < 256; how++)
		for (uint16_t len = 40; len < 120; len += 13) {
			uint32_t hop = how & 128 ? 0 : known;
			size_t size = sent_by(true, how, len, hop, one, &a);
			cr_assert_eq(sent_by(false, how, len, hop, two, &b), size);
			cr_assert_eq(memcmp(one, two, size), 0, "%x, %u bytes", how, len);
			cr_assert_eq(a, b);
		}
}

Test(output, without_a_route)
{
	uint32_t hop = 0;

	n.ip.nb_routes = 0;
	cr_assert_eq(output(datagram(NET_FAR, &tcp, 30, 0), &tcp, &hop), -ENETUNREACH);
	cr_assert_eq(net_count(&n, DROP_ip_no_route), 1);
	cr_assert_eq(hop, 0);
	cr_assert_eq(net_waiting(&n), 0);
}

Test(output, a_stale_next_hop_is_looked_up_anew)
{
	uint32_t hop = 0;

	net_meet_peer(&n);
	cr_assert_eq(output(datagram(NET_PEER, &tcp, 30, 0), &tcp, &hop), 0);
	expect_datagram(&tcp, 30);
	uint32_t before = hop;
	net_after(&n, (NEIGH_GC_SEC + 31) * NET_SEC);
	net_forget(&n);
	cr_assert_not(neigh_valid(&n.core, hop));
	cr_assert_eq(output(datagram(NET_PEER, &tcp, 30, 0), &tcp, &hop), 0);
	cr_assert_neq(hop, before);
	cr_assert_eq(net_take(&n, frame), 60, "it is asked for again");
	cr_assert_eq(eth_type(frame), ETH_TYPE_ARP);
}

Test(output, through_the_gateway)
{
	struct leat_addr gateway = {.v4 = NET_GATEWAY, .family = LEAT_IPV4};
	uint32_t hop = 0;

	cr_assert_eq(neigh_set_static(&n.core, n.port, &gateway, &net_other_mac), 0);
	cr_assert_eq(output(datagram(NET_FAR, &tcp, 30, 0), &tcp, &hop), 0);
	const uint8_t *h = expect_datagram(&tcp, 30);
	cr_assert_arr_eq(frame, &net_other_mac, 6);
	cr_assert_arr_eq(h + 16, &(uint32_t){NET_FAR}, 4);
}

Test(output, a_host_that_does_not_answer)
{
	uint32_t hop = 0;

	cr_assert_eq(output(datagram(NET_PEER, &tcp, 30, 0), &tcp, &hop), 0);
	net_after(&n, 4 * NET_SEC);
	cr_assert_eq(net_count(&n, DROP_neigh_failed), 1);
	cr_assert_eq(n.nb_errors, 1, "who sent it is told");
	cr_assert_eq(n.error.error, EHOSTUNREACH);
	cr_assert(n.error.local && !n.error.hard);
	cr_assert_eq(n.error.proto, IPPROTO_TCP);
	cr_assert_eq(n.error.from.v4, NET_US);
	/* the next one is not refused, but asks and waits too */
	net_forget(&n);
	cr_assert_eq(output(datagram(NET_PEER, &tcp, 30, 0), &tcp, &hop), 0);
	cr_assert_eq(net_waiting(&n), 1);
	net_after(&n, 4 * NET_SEC);
	cr_assert_eq(n.nb_errors, 2);
}

Test(output, longer_than_the_mtu)
{
	uint32_t hop = 0;

	net_meet_peer(&n);
	cr_assert_eq(output(datagram(NET_PEER, &udp, 1480, 0), &udp, &hop), 0);
	expect_datagram(&udp, 1480);
	cr_assert_eq(output(datagram(NET_PEER, &udp, 1481, 0), &udp, &hop), -EMSGSIZE);
	cr_assert_eq(net_count(&n, DROP_ip_too_big), 1);
	cr_assert_eq(net_waiting(&n), 0);
}

Test(output, with_the_neighbour_table_full)
{
	uint32_t hop = 0;

	for (unsigned i = 0; i < NEIGH_MAX; i++) {
		struct leat_addr a = leat_ipv4(198, 19, (uint8_t)(i >> 8), (uint8_t)i);
		cr_assert_eq(neigh_set_static(&n.core, n.port, &a, &net_peer_mac), 0);
	}
	cr_assert_eq(output(datagram(NET_PEER, &tcp, 30, 0), &tcp, &hop), -EHOSTUNREACH);
	cr_assert_eq(net_count(&n, DROP_neigh_table_full), 1);
}
