/* SPDX-License-Identifier: BSD-3-Clause */
/* What IPv4 takes and what it drops: a test for each field. */
#include <netinet/in.h>
#include <string.h>
#include <criterion/criterion.h>
#include "support/eal.h"
#include "support/net.h"
#include "wire/eth.h"
#include "wire/ipv4.h"

enum { SAMPLE = 30 }; /* bytes of payload: a frame of 64 bytes */

static struct net n;
static uint8_t frame[NET_FRAME_MAX], payload[SAMPLE];

static void
start(void)
{
	support_eal_start("--log-level=leat.link:error", NULL);
	net_config(&n);
	net_start(&n);
	for (int i = 0; i < SAMPLE; i++)
		payload[i] = (uint8_t)(i + 1);
}

static void
stop(void)
{
	net_stop(&n);
}

TestSuite(ip4, .init = start, .fini = stop);

static size_t
make(const struct net_ip4 *ip)
{
	struct net_ip4 udp = *ip;

	if (udp.proto == 0)
		udp.proto = IPPROTO_UDP;
	return net_ip4_frame(&n, frame, &udp, payload, SAMPLE);
}

/* Writes the header checksum anew after a test has changed the header. */
static void
mend(void)
{
	uint8_t *h = frame + ETH_HDR_LEN;
	uint32_t len = (uint32_t)(h[0] & 15) * 4;

	h[10] = h[11] = 0;
	uint16_t c = net_cksum(h, len, 0);
	h[10] = (uint8_t)(c >> 8);
	h[11] = (uint8_t)c;
}

static void
expect_taken(void)
{
	cr_assert_not_null(n.got.m);
	cr_assert_eq(n.got.m->pkt_len, SAMPLE);
	uint8_t copy[SAMPLE];
	cr_assert_arr_eq(rte_pktmbuf_read(n.got.m, 0, SAMPLE, copy), payload, SAMPLE);
	rte_pktmbuf_free(n.got.m);
	n.got.m = NULL;
}

static void
expect_dropped(enum counter reason, const char *what)
{
	cr_assert_null(n.got.m, "%s", what);
	cr_assert_eq(net_count(&n, reason), 1, "%s", what);
	n.core.counters[reason] = 0;
	cr_assert_eq(net_waiting(&n), 0, "%s: nobody is told", what);
}

Test(ip4, a_good_datagram)
{
	size_t len = make(&(struct net_ip4){.ttl = 61, .tos = 0xb8});

	net_give(&n, frame, len);
	cr_assert_eq(n.got.src.v4, NET_PEER);
	cr_assert_eq(n.got.dst.v4, NET_US);
	cr_assert_eq(n.got.src.family, LEAT_IPV4);
	cr_assert_eq(n.got.proto, IPPROTO_UDP);
	cr_assert_eq(n.got.ttl, 61);
	cr_assert_eq(n.got.tos, 0xb8);
	cr_assert_eq(n.got.hdr_len, 20);
	cr_assert_not(n.got.to_group);
	cr_assert_eq(n.got.port, n.port);
	expect_taken();
	cr_assert_eq(net_count(&n, CNT_ip4_in), 1);
}

Test(ip4, padding_of_the_frame_is_cut_off)
{
	size_t len = make(&(struct net_ip4){0});

	memset(frame + len, 0xdd, 40);
	net_give(&n, frame, len + 40);
	expect_taken();
	net_give_mbuf(&n, net_mbuf(&n, frame, len + 40, 40)); /* whole segments of it, too */
	expect_taken();
}

Test(ip4, shorter_than_a_header)
{
	make(&(struct net_ip4){0});
	for (size_t len = 0; len < IPV4_HDR_LEN; len++) {
		net_give(&n, frame, ETH_HDR_LEN + len);
		expect_dropped(DROP_ip4_short, "short");
	}
}

Test(ip4, version)
{
	for (unsigned version = 0; version < 16; version++) {
		size_t len = make(&(struct net_ip4){0});
		frame[ETH_HDR_LEN] = (uint8_t)(version << 4 | 5);
		mend();
		net_give(&n, frame, len);
		if (version == 4)
			expect_taken();
		else
			expect_dropped(DROP_ip4_version, "version");
	}
}

Test(ip4, header_length)
{
	for (unsigned words = 0; words < 5; words++) {
		size_t len = make(&(struct net_ip4){0});
		frame[ETH_HDR_LEN] = (uint8_t)(0x40 | words);
		net_give(&n, frame, len);
		expect_dropped(DROP_ip4_header_length, "below five words");
	}
	make(&(struct net_ip4){0});
	frame[ETH_HDR_LEN] = 0x4f;
	net_give(&n, frame, ETH_HDR_LEN + 59);
	expect_dropped(DROP_ip4_header_length, "beyond the packet");
}

Test(ip4, total_length)
{
	static const uint16_t wrong[] = {0, 19, SAMPLE + 20 + 1, 65535};

	for (size_t i = 0; i < RTE_DIM(wrong); i++) {
		size_t len = make(&(struct net_ip4){0});
		frame[ETH_HDR_LEN + 2] = (uint8_t)(wrong[i] >> 8);
		frame[ETH_HDR_LEN + 3] = (uint8_t)wrong[i];
		mend();
		net_give(&n, frame, len);
		expect_dropped(DROP_ip4_total_length, "total length");
	}
}

Test(ip4, total_length_of_a_bare_header)
{
	size_t len = make(&(struct net_ip4){0});

	frame[ETH_HDR_LEN + 2] = 0;
	frame[ETH_HDR_LEN + 3] = 20;
	mend();
	net_give(&n, frame, len);
	cr_assert_not_null(n.got.m);
	cr_assert_eq(n.got.m->pkt_len, 0);
}

Test(ip4, header_checksum)
{
	size_t len = make(&(struct net_ip4){0});

	for (unsigned bit = 0; bit < 16; bit++) {
		frame[ETH_HDR_LEN + 10 + bit / 8] ^= (uint8_t)(1u << bit % 8);
		net_give(&n, frame, len);
		expect_dropped(DROP_ip4_bad_checksum, "checksum");
		frame[ETH_HDR_LEN + 10 + bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	net_give(&n, frame, len);
	expect_taken();
}

Test(ip4, what_the_port_says_of_the_checksum_counts_only_when_it_was_asked_to)
{
	size_t len = make(&(struct net_ip4){0});

	frame[ETH_HDR_LEN + 10] ^= 1;
	for (int asked = 0; asked < 2; asked++) {
		struct rte_mbuf *m = net_mbuf(&n, frame, len, 0);
		m->ol_flags |= RTE_MBUF_F_RX_IP_CKSUM_GOOD;
		n.port->rx_cksum = asked;
		net_give_mbuf(&n, m);
		if (asked)
			expect_taken();
		else
			expect_dropped(DROP_ip4_bad_checksum, "a claim of the sender's");
	}
	frame[ETH_HDR_LEN + 10] ^= 1;
	struct rte_mbuf *m = net_mbuf(&n, frame, len, 0);
	m->ol_flags |= RTE_MBUF_F_RX_IP_CKSUM_BAD;
	net_give_mbuf(&n, m);
	expect_taken(); /* BAD is looked at again */
}

Test(ip4, sources_that_no_host_may_have)
{
	static const uint8_t bad[][4] = {
		{0, 0, 0, 0}, {0, 1, 2, 3}, {127, 0, 0, 1}, {127, 255, 255, 255}, {224, 0, 0, 1}, {239, 1, 2, 3},
		{240, 0, 0, 1}, {255, 255, 255, 255}, {198, 18, 0, 255}, {198, 18, 0, 0}, {198, 18, 0, 1},
	};

	for (size_t i = 0; i < RTE_DIM(bad); i++) {
		uint32_t src;
		char what[32];
		memcpy(&src, bad[i], 4);
		snprintf(what, sizeof(what), "row %zu", i);
		size_t len = make(&(struct net_ip4){.src = NET_PEER});
		memcpy(frame + ETH_HDR_LEN + 12, &src, 4);
		mend();
		net_give(&n, frame, len);
		expect_dropped(DROP_ip4_bad_source, what);
	}
}

Test(ip4, destinations_that_are_not_ours)
{
	static const uint32_t others[] = {NET_OTHER, NET_FAR, RTE_BE32(0x7f000001), RTE_BE32(0xe0000002),
		RTE_BE32(0xc61201ff), RTE_BE32(0x00000001)};

	for (size_t i = 0; i < RTE_DIM(others); i++) {
		size_t len = make(&(struct net_ip4){.dst = others[i]});
		net_give(&n, frame, len);
		expect_dropped(DROP_ip4_not_ours, "another's");
	}
}

Test(ip4, destinations_of_groups)
{
	static const uint32_t groups[] = {UINT32_MAX, RTE_BE32(0xc61200ff), RTE_BE32(0xc6120000), RTE_BE32(0xe0000001)};

	for (size_t i = 0; i < RTE_DIM(groups); i++) {
		size_t len = make(&(struct net_ip4){.dst = groups[i], .to = &net_all});
		net_give(&n, frame, len);
		cr_assert(n.got.to_group, "row %zu", i);
		expect_taken();
	}
}

Test(ip4, to_us_in_a_frame_to_all)
{
	size_t len = make(&(struct net_ip4){.to = &net_all});

	net_give(&n, frame, len);
	expect_dropped(DROP_ip4_link_broadcast, "RFC 1122 3.3.6");
}

/* RFC 9293 3.9.2 MUST-50, RFC 1122 3.2.1.8: options that are not understood are ignored */
Test(ip4, options_are_skipped)
{
	static const uint8_t options[8] = {7, 7, 4, 0, 0, 0, 0, 0}; /* record route */
	size_t len = make(&(struct net_ip4){.options = options, .options_len = 8});

	net_give(&n, frame, len);
	cr_assert_eq(n.got.hdr_len, 28);
	expect_taken();
}

Test(ip4, source_routes_and_malformed_options)
{
	static const uint8_t options[][8] = {
		{131, 7, 4, 192, 0, 2, 1, 0}, {137, 7, 4, 192, 0, 2, 1, 0}, {7, 0, 0, 0, 0, 0, 0, 0}, {7, 9, 4, 0, 0, 0, 0, 0},
	};

	for (size_t i = 0; i < RTE_DIM(options); i++) {
		size_t len = make(&(struct net_ip4){.options = options[i], .options_len = 8});
		net_give(&n, frame, len);
		expect_dropped(DROP_ip4_options, "options");
	}
}

Test(ip4, fragments)
{
	static const uint16_t fragments[] = {IPV4_MF, 1, IPV4_OFFSET, IPV4_MF | 185};

	for (size_t i = 0; i < RTE_DIM(fragments); i++) {
		size_t len = make(&(struct net_ip4){.fragment = fragments[i]});
		net_give(&n, frame, len);
		expect_dropped(DROP_ip4_fragment, "fragment");
	}
	size_t len = make(&(struct net_ip4){.fragment = IPV4_DF});
	net_give(&n, frame, len);
	expect_taken();
}

/* RFC 1122 3.2.1.7: "A host MUST NOT discard a datagram just because it was received with TTL less than 2." */
Test(ip4, time_to_live_is_no_reason)
{
	for (uint8_t ttl = 0; ttl < 3; ttl++) {
		size_t len = make(&(struct net_ip4){.ttl = 1});
		frame[ETH_HDR_LEN + 8] = ttl;
		mend();
		net_give(&n, frame, len);
		cr_assert_eq(n.got.ttl, ttl);
		expect_taken();
	}
}

Test(ip4, chains_however_they_are_cut)
{
	size_t len = make(&(struct net_ip4){0});

	for (size_t segment = ETH_HDR_LEN; segment < len; segment++) {
		net_give_mbuf(&n, net_mbuf(&n, frame, len, segment));
		cr_assert_not_null(n.got.m, "segments of %zu", segment);
		cr_assert_geq(n.got.m->data_len, 8, "the transport header is in one piece");
		expect_taken();
	}
}

Test(ip4, the_tcp_header_with_its_options_is_made_one_piece)
{
	uint8_t tcp[60] = {0};

	tcp[12] = 10 << 4;
	size_t len = net_ip4_frame(&n, frame, &(struct net_ip4){.proto = IPPROTO_TCP}, tcp, sizeof(tcp));
	for (size_t segment = ETH_HDR_LEN; segment < len; segment++) {
		net_give_mbuf(&n, net_mbuf(&n, frame, len, segment));
		cr_assert_not_null(n.got.m, "segments of %zu", segment);
		cr_assert_geq(n.got.m->data_len, 40, "segments of %zu", segment);
	}
}

Test(ip4, without_a_buffer_for_the_copy_it_is_dropped)
{
	struct rte_mbuf *all[2048];
	unsigned taken = 0;
	size_t len = make(&(struct net_ip4){0});

	while ((all[taken] = rte_pktmbuf_alloc(n.core.rx_pool)) != NULL)
		taken++;
	net_give_mbuf(&n, net_mbuf(&n, frame, len, 20));
	expect_dropped(DROP_no_mbuf, "no buffer");
	rte_pktmbuf_free_bulk(all, taken);
}

static bool
l4_ok(uint8_t proto, const uint8_t *l4, size_t len, uint64_t flags)
{
	size_t total = net_ip4_frame(&n, frame, &(struct net_ip4){.proto = proto}, l4, len);
	struct rte_mbuf *m = net_mbuf(&n, frame, total, 37);

	m->ol_flags |= flags;
	net_give_mbuf(&n, m);
	cr_assert_not_null(n.got.m);
	return ip_l4_cksum_ok(&n.core, &n.got);
}

/* Pseudo header and segment summed apart from what is tested. */
static void
seal(uint8_t *l4, size_t len, size_t at, uint8_t proto)
{
	const uint8_t pseudo[] = {198, 18, 0, 2, 198, 18, 0, 1, 0, proto, (uint8_t)(len >> 8), (uint8_t)len};

	l4[at] = l4[at + 1] = 0;
	uint16_t c = net_cksum(l4, len, (uint16_t)~net_cksum(pseudo, sizeof(pseudo), 0));
	l4[at] = (uint8_t)(c >> 8);
	l4[at + 1] = (uint8_t)c;
}

Test(ip4, transport_checksum)
{
	uint8_t tcp[61];

	for (size_t i = 0; i < sizeof(tcp); i++)
		tcp[i] = (uint8_t)(250 + i);
	tcp[12] = 5 << 4;
	seal(tcp, sizeof(tcp), 16, IPPROTO_TCP);
	cr_assert(l4_ok(IPPROTO_TCP, tcp, sizeof(tcp), 0));
	cr_assert_not(l4_ok(IPPROTO_UDP, tcp, sizeof(tcp), 0), "the protocol is summed, too");
	tcp[60] ^= 1;
	cr_assert_not(l4_ok(IPPROTO_TCP, tcp, sizeof(tcp), 0));
	cr_assert_not(l4_ok(IPPROTO_TCP, tcp, sizeof(tcp), RTE_MBUF_F_RX_L4_CKSUM_GOOD), "nobody asked the port");
	n.port->rx_cksum = true;
	cr_assert(l4_ok(IPPROTO_TCP, tcp, sizeof(tcp), RTE_MBUF_F_RX_L4_CKSUM_GOOD));
	cr_assert(l4_ok(IPPROTO_TCP, tcp, sizeof(tcp), RTE_MBUF_F_RX_L4_CKSUM_NONE));
	cr_assert_not(l4_ok(IPPROTO_TCP, tcp, sizeof(tcp), RTE_MBUF_F_RX_L4_CKSUM_UNKNOWN));
	cr_assert_not(l4_ok(IPPROTO_TCP, tcp, sizeof(tcp), RTE_MBUF_F_RX_L4_CKSUM_BAD));
}

Test(ip4, a_udp_checksum_of_zero_is_none)
{
	uint8_t udp[12] = {0, 53, 0, 53, 0, 12, 0, 0, 1, 2, 3, 4};

	cr_assert(l4_ok(IPPROTO_UDP, udp, sizeof(udp), 0));
	udp[7] = 1;
	cr_assert_not(l4_ok(IPPROTO_UDP, udp, sizeof(udp), 0));
	udp[6] = udp[7] = 0;
	cr_assert_not(l4_ok(IPPROTO_TCP, udp, sizeof(udp), 0), "only UDP has that");
}
