/* SPDX-License-Identifier: BSD-3-Clause */
/* Ethernet, ARP, IPv4 and ICMP: vectors written by hand from the RFCs' pictures. */
#include <errno.h>
#include <string.h>
#include <criterion/criterion.h>
#include "wire/arp.h"
#include "wire/eth.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"

static const struct rte_ether_addr a = {.addr_bytes = {0x02, 1, 2, 3, 4, 5}};
static const struct rte_ether_addr b = {.addr_bytes = {0x02, 6, 7, 8, 9, 10}};

Test(eth, header)
{
	const uint8_t want[] = {2, 6, 7, 8, 9, 10, 2, 1, 2, 3, 4, 5, 0x08, 0x06};
	uint8_t h[ETH_HDR_LEN];

	eth_write(h, &b, &a, ETH_TYPE_ARP);
	cr_assert_arr_eq(h, want, sizeof(want));
	cr_assert_eq(eth_type(h), 0x0806);
}

Test(eth, station_addresses)
{
	const struct rte_ether_addr zero = {{0}}, group = {{0x01, 0, 0x5e, 0, 0, 1}};

	cr_assert(eth_is_station(&a));
	cr_assert_not(eth_is_station(&zero));
	cr_assert_not(eth_is_station(&group));
}

/* Who has 198.18.0.1? Tell 198.18.0.2 */
static const uint8_t arp_request[ARP_LEN] = {
	0, 1, 0x08, 0, 6, 4, 0, 1, 2, 1, 2, 3, 4, 5, 198, 18, 0, 2, 0, 0, 0, 0, 0, 0, 198, 18, 0, 1,
};

Test(arp, request_read_and_written)
{
	struct arp_packet p;
	uint8_t out[ARP_LEN];

	cr_assert_eq(arp_parse(arp_request, ARP_LEN, &p), 0);
	cr_assert_eq(p.op, ARP_REQUEST);
	cr_assert(rte_is_same_ether_addr(&p.sender_mac, &a));
	cr_assert_eq(p.sender_ip, RTE_BE32(0xc6120002));
	cr_assert_eq(p.target_ip, RTE_BE32(0xc6120001));
	arp_write(out, &p);
	cr_assert_arr_eq(out, arp_request, ARP_LEN);
}

Test(arp, whatever_is_not_ipv4_over_ethernet)
{
	static const uint8_t at[] = {0, 1, 2, 3, 4, 5}; /* the bytes that say what it is */
	struct arp_packet p;
	uint8_t bad[ARP_LEN];

	cr_assert_eq(arp_parse(arp_request, ARP_LEN - 1, &p), -EBADMSG);
	for (size_t i = 0; i < sizeof(at); i++) {
		memcpy(bad, arp_request, ARP_LEN);
		bad[at[i]] ^= 2;
		cr_assert_eq(arp_parse(bad, ARP_LEN, &p), -EBADMSG, "byte %u", at[i]);
	}
}

/* 198.18.0.2 > 198.18.0.1, TCP, DF, TTL 64, identification 0x1c46, total length 60; checksum summed by hand. */
static const uint8_t ip[] = {
	0x45, 0x00, 0x00, 0x3c, 0x1c, 0x46, 0x40, 0x00, 0x40, 0x06, 0x92, 0x4e, 198, 18, 0, 2, 198, 18, 0, 1,
};

Test(ipv4, header_read_and_written)
{
	struct ipv4_header h;
	uint8_t out[IPV4_HDR_LEN];

	cr_assert_eq(ipv4_parse(ip, 60, &h), IPV4_OK);
	cr_assert_eq(h.len, 20);
	cr_assert_eq(h.total, 60);
	cr_assert_eq(h.ident, 0x1c46);
	cr_assert_eq(h.fragment, IPV4_DF);
	cr_assert_eq(h.ttl, 64);
	cr_assert_eq(h.proto, 6);
	cr_assert_eq(h.src, RTE_BE32(0xc6120002));
	cr_assert_eq(h.dst, RTE_BE32(0xc6120001));
	cr_assert(ipv4_cksum_ok(ip, sizeof(ip)));
	ipv4_write(out, &h);
	cr_assert_arr_eq(out, ip, sizeof(ip));
}

Test(ipv4, a_wrong_bit_anywhere_is_seen)
{
	uint8_t bad[sizeof(ip)];

	for (unsigned bit = 0; bit < 8 * sizeof(ip); bit++) {
		memcpy(bad, ip, sizeof(ip));
		bad[bit / 8] ^= (uint8_t)(1u << bit % 8);
		cr_assert_not(ipv4_cksum_ok(bad, sizeof(bad)), "bit %u", bit);
	}
}

Test(ipv4, faults)
{
	struct ipv4_header h;
	uint8_t p[60];
	static const struct {
		uint8_t first;
		uint16_t total;
		uint32_t len;
		enum ipv4_fault fault;
	} rows[] = {
		{0x45, 20, 19, IPV4_SHORT}, {0x65, 20, 20, IPV4_VERSION}, {0x05, 20, 20, IPV4_VERSION},
		{0x44, 20, 20, IPV4_HEADER_LENGTH}, {0x40, 20, 20, IPV4_HEADER_LENGTH},
		{0x46, 24, 20, IPV4_HEADER_LENGTH}, {0x4f, 60, 59, IPV4_HEADER_LENGTH},
		{0x45, 19, 20, IPV4_TOTAL_LENGTH}, {0x46, 20, 24, IPV4_TOTAL_LENGTH}, {0x45, 0, 46, IPV4_TOTAL_LENGTH},
		{0x45, 21, 20, IPV4_TOTAL_LENGTH}, {0x45, 65535, 1500, IPV4_TOTAL_LENGTH},
		{0x45, 20, 20, IPV4_OK}, {0x45, 20, 46, IPV4_OK}, {0x4f, 60, 60, IPV4_OK},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(p, 0, sizeof(p));
		p[0] = rows[i].first;
		p[2] = (uint8_t)(rows[i].total >> 8);
		p[3] = (uint8_t)rows[i].total;
		cr_assert_eq(ipv4_parse(p, rows[i].len, &h), rows[i].fault, "row %zu", i);
	}
}

Test(ipv4, options)
{
	static const struct {
		uint8_t bytes[8];
		uint32_t len;
		bool ok;
		const char *what;
	} rows[] = {
		{{0}, 0, true, "none"},
		{{1, 1, 1, 0}, 4, true, "no-operation and the end"},
		{{0, 131, 3, 4}, 4, true, "behind the end nothing counts"},
		{{148, 4, 0, 0}, 4, true, "router alert"},
		{{7, 7, 4, 0, 0, 0, 0, 0}, 8, true, "record route"},
		{{131, 7, 4, 0, 0, 0, 0, 0}, 8, false, "loose source route"},
		{{137, 7, 4, 0, 0, 0, 0, 0}, 8, false, "strict source route"},
		{{1, 137, 3, 4}, 4, false, "strict source route behind a no-operation"},
		{{7, 0, 0, 0}, 4, false, "length zero"},
		{{7, 1, 0, 0}, 4, false, "length one"},
		{{7, 5, 0, 0}, 4, false, "length beyond the header"},
		{{1, 1, 1, 7}, 4, false, "no room for a length"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_assert_eq(ipv4_options_ok(rows[i].bytes, rows[i].len), rows[i].ok, "%s", rows[i].what);
}

Test(ipv4, what_addresses_are)
{
	cr_assert(ipv4_is_host(RTE_BE32(0xc6120001)));
	cr_assert(ipv4_is_host(RTE_BE32(0x01000001)));
	cr_assert(ipv4_is_host(RTE_BE32(0xdfffffff)));
	cr_assert_not(ipv4_is_host(0));
	cr_assert_not(ipv4_is_host(RTE_BE32(0x00000001)));
	cr_assert_not(ipv4_is_host(RTE_BE32(0x7f000001)));
	cr_assert_not(ipv4_is_host(RTE_BE32(0xe0000001)));
	cr_assert_not(ipv4_is_host(RTE_BE32(0xf0000001)));
	cr_assert_not(ipv4_is_host(UINT32_MAX));
	cr_assert(ipv4_is_multicast(RTE_BE32(0xefffffff)));
	cr_assert_not(ipv4_is_multicast(RTE_BE32(0xf0000000)));
	cr_assert(ipv4_is_loopback(RTE_BE32(0x7fffffff)));
	cr_assert_eq(ipv4_mask(0), 0);
	cr_assert_eq(ipv4_mask(24), RTE_BE32(0xffffff00));
	cr_assert_eq(ipv4_mask(32), UINT32_MAX);
}

Test(icmp, header_read_and_written)
{
	const uint8_t echo[] = {8, 0, 0, 0, 0x12, 0x34, 0x00, 0x07};
	struct icmp_header h;
	uint8_t out[ICMP_HDR_LEN];

	icmp_parse(echo, &h);
	cr_assert_eq(h.type, ICMP_TYPE_ECHO);
	cr_assert_eq(h.code, 0);
	cr_assert_eq(h.ident, 0x1234);
	cr_assert_eq(h.seq, 7);
	icmp_write(out, &h);
	cr_assert_arr_eq(out, echo, sizeof(echo));
}

Test(icmp, quotation)
{
	uint8_t p[sizeof(ip) + 8] = {0};
	struct icmp_quote q;

	memcpy(p, ip, sizeof(ip));
	p[sizeof(ip)] = 0xaa;
	cr_assert_eq(icmp_quote_parse(p, sizeof(p), &q), 0, "60 bytes of which 28 are quoted");
	cr_assert_eq(q.ip.total, 60);
	cr_assert_eq(q.l4[0], 0xaa);
	cr_assert_eq(q.l4_len, 8);
	cr_assert_eq(icmp_quote_parse(p, sizeof(p) - 1, &q), -EBADMSG, "seven bytes of transport header");
	cr_assert_eq(icmp_quote_parse(p, 12, &q), -EBADMSG);
	cr_assert_eq(icmp_quote_parse(p, 0, &q), -EBADMSG);
	p[0] = 0x4f;
	cr_assert_eq(icmp_quote_parse(p, sizeof(p), &q), -EBADMSG, "options beyond the quotation");
	p[0] = 0x65;
	cr_assert_eq(icmp_quote_parse(p, sizeof(p), &q), -EBADMSG);
}
