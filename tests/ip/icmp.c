/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <criterion/criterion.h>
#include "link/neigh.h"
#include "support/eal.h"
#include "support/net.h"
#include "wire/eth.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"

static struct net n;
static uint8_t frame[NET_FRAME_MAX], message[NET_FRAME_MAX], data[9000];

static void
start(void)
{
	support_eal_start("--log-level=leat.link:error", NULL);
	net_config(&n);
	n.config.mtu = 9000;
	net_start(&n);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 5 + 1);
	net_meet_peer(&n);
}

static void
stop(void)
{
	net_stop(&n);
}

TestSuite(icmp, .init = start, .fini = stop);

/* Sends an ICMP message of len bytes, already in `message`, from the peer. */
static void
give(const struct net_ip4 *how, size_t len, size_t segment)
{
	struct net_ip4 ip = *how;

	ip.proto = IPPROTO_ICMP;
	len = net_ip4_frame(&n, frame, &ip, message, len);
	net_give_mbuf(&n, net_mbuf(&n, frame, len, segment));
}

/* The echo of the request that was given comes back: exactly those bytes. */
static void
expect_echo(size_t len)
{
	uint8_t want[NET_FRAME_MAX];
	const uint8_t *h = frame + ETH_HDR_LEN;

	cr_assert_eq(net_take(&n, frame), RTE_MAX(ETH_HDR_LEN + 20 + 8 + len, 60), "payload of %zu", len);
	cr_assert_arr_eq(frame, &net_peer_mac, 6);
	cr_assert_eq(h[0], 0x45);
	cr_assert_eq(h[2] << 8 | h[3], (int)(28 + len));
	cr_assert_eq(h[8], 64);
	cr_assert_eq(net_cksum(h, 20, 0), 0);
	cr_assert_arr_eq(h + 12, &(uint32_t){NET_US}, 4);
	cr_assert_arr_eq(h + 16, &(uint32_t){NET_PEER}, 4);
	net_echo(want, ICMP_TYPE_ECHO_REPLY, 0x1234, 0x0042, data, len);
	cr_assert_arr_eq(h + 20, want, 8 + len);
	cr_assert_eq(net_waiting(&n), 0);
}

Test(icmp, echo_of_every_length)
{
	static const size_t lens[] = {0, 1, 2, 17, 18, 19, 55, 56, 57, 1000, 1471, 1472};

	for (size_t i = 0; i < RTE_DIM(lens); i++) {
		give(&(struct net_ip4){0}, net_echo(message, ICMP_TYPE_ECHO, 0x1234, 0x0042, data, lens[i]), 0);
		expect_echo(lens[i]);
	}
	cr_assert_eq(net_count(&n, CNT_icmp_echo_in), RTE_DIM(lens));
}

/*
 * RFC 6864 4.3: what may be cut on its way has an identification that no other has for long; RFC 6274
 * 3.5.2: which does not tell how many were sent meanwhile
 */
Test(icmp, identifications_differ_and_cannot_be_guessed)
{
	enum { LAP = 65536, MORE = 100 };
	static bool seen[LAP];
	static uint16_t first[MORE];
	size_t len = net_echo(message, ICMP_TYPE_ECHO, 1, 1, data, 8);
	unsigned next = 0, same = 0;
	uint16_t before = 0;

	for (unsigned i = 0; i < LAP + MORE; i++) {
		give(&(struct net_ip4){0}, len, 0);
		cr_assert_gt(net_take(&n, frame), 0);
		const uint8_t *h = frame + ETH_HDR_LEN;
		uint16_t ident = (uint16_t)(h[4] << 8 | h[5]);
		cr_assert_eq(h[6] << 8 | h[7], 0);
		cr_assert(i >= LAP || !seen[ident], "%u comes again within %u", ident, i);
		seen[ident] = true;
		next += (uint16_t)(ident - before) < 16;
		if (i < MORE)
			first[i] = ident;
		same += i >= LAP && first[i - LAP] == ident;
		before = ident;
	}
	cr_assert_lt(next, LAP / 2048, "%u follow the one before", next);
	cr_assert_lt(same, 5, "the same order again");
}

Test(icmp, echo_of_chains)
{
	for (size_t segment = 100; segment < 2000; segment += 333) {
		give(&(struct net_ip4){0}, net_echo(message, ICMP_TYPE_ECHO, 0x1234, 0x0042, data, 8972), segment);
		expect_echo(8972);
	}
}

Test(icmp, echo_keeps_the_type_of_service_and_drops_the_options)
{
	static const uint8_t options[8] = {7, 7, 4, 0, 0, 0, 0, 0};

	give(&(struct net_ip4){.tos = 0xb8, .options = options, .options_len = 8},
		net_echo(message, ICMP_TYPE_ECHO, 0x1234, 0x0042, data, 100), 0);
	expect_echo(100);
	cr_assert_eq(frame[ETH_HDR_LEN + 1], 0xb8);
}

Test(icmp, echo_never_writes_into_memory_that_its_sender_shares)
{
	size_t len = net_echo(message, ICMP_TYPE_ECHO, 0x1234, 0x0042, data, 100);
	struct rte_mbuf *kept, *ind = rte_pktmbuf_alloc(n.core.ind_pool);

	len = net_ip4_frame(&n, frame, &(struct net_ip4){.proto = IPPROTO_ICMP}, message, len);
	kept = net_mbuf(&n, frame, len, 0);
	rte_pktmbuf_attach(ind, kept);
	net_give_mbuf(&n, ind);
	cr_assert_arr_eq(rte_pktmbuf_mtod(kept, uint8_t *), frame, len);
	rte_pktmbuf_free(kept);
	expect_echo(100);
}

Test(icmp, echo_asks_the_port_for_nothing_that_the_request_did)
{
	size_t len = net_echo(message, ICMP_TYPE_ECHO, 0x1234, 0x0042, data, 100);
	void *object;

	len = net_ip4_frame(&n, frame, &(struct net_ip4){.proto = IPPROTO_ICMP}, message, len);
	struct rte_mbuf *m = net_mbuf(&n, frame, len, 0);
	m->ol_flags = RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_UDP_CKSUM;
	net_give_mbuf(&n, m);
	cr_assert_eq(rte_ring_dequeue(n.from_core, &object), 0);
	m = object;
	cr_assert_eq(m->ol_flags, 0);
	rte_pktmbuf_free(m);
}

Test(icmp, echo_to_a_broadcast_is_ignored)
{
	size_t len = net_echo(message, ICMP_TYPE_ECHO, 0x1234, 0x0042, data, 56);

	give(&(struct net_ip4){.dst = RTE_BE32(0xc61200ff), .to = &net_all}, len, 0);
	give(&(struct net_ip4){.dst = UINT32_MAX, .to = &net_all}, len, 0);
	give(&(struct net_ip4){.dst = RTE_BE32(0xe0000001), .to = &net_all}, len, 0);
	cr_assert_eq(net_waiting(&n), 0);
	cr_assert_eq(net_count(&n, DROP_icmp_to_group), 3);
}

Test(icmp, malformed_and_of_no_use)
{
	size_t len = net_echo(message, ICMP_TYPE_ECHO, 0x1234, 0x0042, data, 56);

	give(&(struct net_ip4){0}, 7, 0);
	cr_assert_eq(net_count(&n, DROP_icmp_malformed), 1, "seven bytes");
	message[20] ^= 1;
	give(&(struct net_ip4){0}, len, 0);
	cr_assert_eq(net_count(&n, DROP_icmp_bad_checksum), 1);
	static const uint8_t types[] = {4, 5, 9, 10, 13, 15, 17, 30, 255};
	for (size_t i = 0; i < RTE_DIM(types); i++)
		give(&(struct net_ip4){0}, net_echo(message, types[i], 1, 1, data, 20), 0);
	cr_assert_eq(net_count(&n, DROP_icmp_type), RTE_DIM(types));
	give(&(struct net_ip4){0}, net_echo(message, ICMP_TYPE_ECHO_REPLY, 1, 1, data, 20), 0);
	cr_assert_eq(net_count(&n, DROP_icmp_unmatched), 1, "a reply that nobody waits for");
	cr_assert_eq(net_waiting(&n), 0);
}

/* A UDP datagram for a port that is not there, left in n.got. */
static void
give_udp(const struct net_ip4 *how, size_t len, size_t segment)
{
	struct net_ip4 ip = *how;

	ip.proto = ip.proto != 0 ? ip.proto : IPPROTO_UDP;
	len = net_ip4_frame(&n, message, &ip, data, len);
	net_give_mbuf(&n, net_mbuf(&n, message, len, segment));
	cr_assert_not_null(n.got.m);
}

static void
complain(enum icmp_unreach code)
{
	icmp_send_unreachable(&n.core, &n.got, code);
	txq_flush(&n.core, n.core.txqs[0]);
}

/* The error quotes `quoted` bytes of the datagram in `message`, IP header included. */
static void
expect_unreachable(uint8_t code, size_t quoted)
{
	const uint8_t *h = frame + ETH_HDR_LEN;

	cr_assert_eq(net_take(&n, frame), RTE_MAX(ETH_HDR_LEN + 28 + quoted, 60));
	cr_assert_eq(net_cksum(h, 20, 0), 0);
	cr_assert_eq(h[9], IPPROTO_ICMP);
	cr_assert_arr_eq(h + 12, &(uint32_t){NET_US}, 4);
	cr_assert_arr_eq(h + 16, &(uint32_t){NET_PEER}, 4);
	cr_assert_eq(h[20], ICMP_TYPE_UNREACHABLE);
	cr_assert_eq(h[21], code);
	cr_assert_eq(net_cksum(h + 20, 8 + quoted, 0), 0);
	cr_assert_eq(h[24] | h[25] | h[26] | h[27], 0, "unused");
	cr_assert_arr_eq(h + 28, message + ETH_HDR_LEN, quoted);
	cr_assert_eq(net_waiting(&n), 0);
}

Test(icmp, unreachable_quotes_the_datagram)
{
	give_udp(&(struct net_ip4){0}, 40, 0);
	complain(ICMP_UNREACH_PORT);
	expect_unreachable(3, 60);
	complain(ICMP_UNREACH_PROTOCOL);
	expect_unreachable(2, 60);
	cr_assert_eq(n.got.m->pkt_len, 40, "the datagram is only read");
}

Test(icmp, unreachable_is_at_most_576_bytes)
{
	static const uint8_t options[40] = {1};

	give_udp(&(struct net_ip4){0}, 1400, 0);
	complain(ICMP_UNREACH_PORT);
	expect_unreachable(3, 576 - 28);
	give_udp(&(struct net_ip4){0}, 1400, 111);
	complain(ICMP_UNREACH_PORT);
	expect_unreachable(3, 576 - 28);
	give_udp(&(struct net_ip4){.options = options, .options_len = 40}, 1400, 0);
	complain(ICMP_UNREACH_PORT);
	expect_unreachable(3, 576 - 28);
	give_udp(&(struct net_ip4){0}, 528, 0);
	complain(ICMP_UNREACH_PORT);
	expect_unreachable(3, 548);
}

Test(icmp, unreachable_is_never_about_groups)
{
	give_udp(&(struct net_ip4){.dst = RTE_BE32(0xc61200ff), .to = &net_all}, 40, 0);
	complain(ICMP_UNREACH_PORT);
	give_udp(&(struct net_ip4){.dst = RTE_BE32(0xe0000001), .to = &net_all}, 40, 0);
	complain(ICMP_UNREACH_PORT);
	cr_assert_eq(net_waiting(&n), 0);
	cr_assert_eq(net_count(&n, CNT_icmp_out), 0);
}

Test(icmp, unreachable_is_never_about_errors)
{
	static const uint8_t errors[] = {3, 4, 5, 11, 12};

	for (size_t i = 0; i < RTE_DIM(errors); i++) {
		data[0] = errors[i];
		give_udp(&(struct net_ip4){0}, 40, 0);
		n.got.proto = IPPROTO_ICMP;
		complain(ICMP_UNREACH_PROTOCOL);
		cr_assert_eq(net_waiting(&n), 0, "type %u", errors[i]);
	}
	data[0] = ICMP_TYPE_ECHO;
	give_udp(&(struct net_ip4){0}, 40, 0);
	n.got.proto = IPPROTO_ICMP;
	complain(ICMP_UNREACH_PROTOCOL);
	cr_assert_eq(net_waiting(&n), 1, "an echo request is no error");
}

static unsigned
complaints(unsigned tries)
{
	for (unsigned i = 0; i < tries; i++)
		complain(ICMP_UNREACH_PORT);
	unsigned sent = net_waiting(&n);
	net_forget(&n);
	return sent;
}

Test(icmp, unreachables_are_rate_limited)
{
	give_udp(&(struct net_ip4){0}, 40, 0);
	cr_assert_eq(complaints(200), ICMP_ERRORS_BURST);
	cr_assert_eq(net_count(&n, CNT_icmp_rate_limited), 200 - ICMP_ERRORS_BURST);
	net_after(&n, 100 * NET_MS);
	cr_assert_eq(complaints(200), ICMP_ERRORS_PER_SEC / 10);
	net_after(&n, 10 * NET_SEC);
	cr_assert_eq(complaints(200), ICMP_ERRORS_BURST, "the bucket does not grow beyond its size");
}

/* Whatever the steps in which time passes: no more than the rate. */
Test(icmp, the_rate_does_not_depend_on_how_often_it_is_asked)
{
	unsigned sent = 0;

	give_udp(&(struct net_ip4){0}, 40, 0);
	complaints(200);
	for (int i = 0; i < 1000; i++) {
		n.time += 1 * NET_MS + 1;
		net_turn(&n);
		sent += complaints(1);
	}
	cr_assert_geq(sent, ICMP_ERRORS_PER_SEC);
	cr_assert_leq(sent, ICMP_ERRORS_PER_SEC + 1);
}

/* Gives an error that quotes `quote`, a datagram that we sent. */
static void
give_error(uint8_t type, uint8_t code, uint16_t mtu, const uint8_t *quote, size_t len)
{
	size_t total = net_echo(message, type, 0, mtu, quote, len);

	message[1] = code;
	message[2] = message[3] = 0;
	uint16_t c = net_cksum(message, total, 0);
	message[2] = (uint8_t)(c >> 8);
	message[3] = (uint8_t)c;
	n.nb_errors = 0;
	give(&(struct net_ip4){.src = NET_FAR}, total, 0);
}

/* The first 28 bytes of a segment that we sent to the peer: 80 > 4660, sequence number 0x01020304. */
static void
make_quote(uint8_t *q, uint8_t proto)
{
	const struct ipv4_header h = {.total = 1500, .ttl = 61, .proto = proto, .fragment = IPV4_DF, .src = NET_US,
		.dst = NET_PEER};
	static const uint8_t l4[8] = {0, 80, 0x12, 0x34, 1, 2, 3, 4};

	ipv4_write(q, &h);
	memcpy(q + 20, l4, 8);
}

Test(icmp, errors_are_read)
{
	struct leat_endpoint local, remote;
	uint8_t q[28];

	make_quote(q, IPPROTO_TCP);
	give_error(3, 4, 1400, q, sizeof(q));
	cr_assert_eq(n.nb_errors, 1);
	cr_assert_eq(n.error.proto, IPPROTO_TCP);
	cr_assert_eq(n.error.error, EMSGSIZE);
	cr_assert_eq(n.error.mtu, 1400);
	cr_assert(n.error.hard);
	cr_assert_eq(n.error.seq, 0x01020304);
	cr_assert_eq(n.error.from.v4, NET_FAR);
	tuple_read(n.error.tuple.key, n.error.tuple.len, &local, &remote);
	cr_assert_eq(local.addr.v4, NET_US);
	cr_assert_eq(local.port, 80);
	cr_assert_eq(remote.addr.v4, NET_PEER);
	cr_assert_eq(remote.port, 0x1234);
	cr_assert_eq(net_count(&n, CNT_icmp_errors_in), 1);
	make_quote(q, IPPROTO_UDP);
	give_error(3, 3, 0, q, sizeof(q));
	cr_assert_eq(n.error.proto, IPPROTO_UDP);
	cr_assert_eq(n.error.error, ECONNREFUSED);
}

Test(icmp, what_each_code_means)
{
	static const struct {
		uint8_t type, code;
		int error;
		bool hard;
	} rows[] = {
		{3, 0, ENETUNREACH, false}, {3, 1, EHOSTUNREACH, false}, {3, 2, ECONNREFUSED, true},
		{3, 3, ECONNREFUSED, true}, {3, 4, EMSGSIZE, true}, {3, 5, EHOSTUNREACH, false},
		{3, 6, ENETUNREACH, false}, {3, 7, EHOSTUNREACH, false}, {3, 9, ENETUNREACH, false},
		{3, 10, EHOSTUNREACH, false}, {3, 11, ENETUNREACH, false}, {3, 12, EHOSTUNREACH, false},
		{3, 13, EHOSTUNREACH, false}, {3, 99, EHOSTUNREACH, false}, {11, 0, EHOSTUNREACH, false},
		{11, 3, EHOSTUNREACH, false}, {12, 0, EHOSTUNREACH, false},
	};
	uint8_t q[28];

	make_quote(q, IPPROTO_TCP);
	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		give_error(rows[i].type, rows[i].code, 0, q, sizeof(q));
		cr_assert_eq(n.nb_errors, 1, "row %zu", i);
		cr_assert_eq(n.error.error, rows[i].error, "row %zu", i);
		cr_assert_eq(n.error.hard, rows[i].hard, "row %zu", i);
		cr_assert_eq(n.error.mtu, 0, "row %zu", i);
	}
}

Test(icmp, errors_about_what_we_did_not_send)
{
	uint8_t q[28];

	make_quote(q, IPPROTO_TCP);
	memcpy(q + 12, &(uint32_t){NET_OTHER}, 4);
	give_error(3, 3, 0, q, sizeof(q));
	cr_assert_eq(n.nb_errors, 0, "another's packet");
	make_quote(q, IPPROTO_TCP);
	q[7] = 1;
	give_error(3, 3, 0, q, sizeof(q));
	cr_assert_eq(n.nb_errors, 0, "a later fragment has no ports");
	make_quote(q, IPPROTO_TCP);
	for (size_t len = 0; len < sizeof(q); len++) {
		give_error(3, 3, 0, q, len);
		cr_assert_eq(n.nb_errors, 0, "%zu bytes quoted", len);
	}
	make_quote(q, 47);
	give_error(3, 3, 0, q, sizeof(q));
	cr_assert_eq(n.nb_errors, 0, "a protocol that we do not speak");
	cr_assert_eq(net_count(&n, DROP_icmp_malformed), 2 + sizeof(q));
	cr_assert_eq(net_count(&n, DROP_icmp_unmatched), 1);
	cr_assert_eq(net_waiting(&n), 0);
}

Test(icmp, an_error_in_pieces)
{
	uint8_t q[28];

	make_quote(q, IPPROTO_TCP);
	size_t len = net_echo(message, 3, 0, 0, q, sizeof(q));
	give(&(struct net_ip4){0}, len, 43);
	cr_assert_eq(n.nb_errors, 1);
	cr_assert_eq(n.error.seq, 0x01020304);
}
