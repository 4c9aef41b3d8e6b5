/* SPDX-License-Identifier: BSD-3-Clause */
/* What goes out: every size up to the MTU, both checksums, addresses by route, and what cannot be sent. */
#include <errno.h>
#include <string.h>
#include <criterion/criterion.h>
#include <rte_mempool.h>
#include "link/neigh.h"
#include "lab.h"

TestSuite(udp_output, .init = lab_start, .fini = lab_stop);

enum { MTU = 1500, LARGEST = MTU - IPV4_HDR_LEN - UDP_HDR_LEN };

static const struct leat_endpoint peer = {.addr = {.v4 = NET_PEER, .family = LEAT_IPV4}, .port = 53};

Test(udp_output, a_datagram_leaves_at_the_end_of_the_turn)
{
	struct leat_udp *udp = lab_open(":4242");
	struct ipv4_header ip;
	struct udp_header h;
	const uint8_t *data;

	cr_assert_eq(leat_udp_send(udp, &peer, "leat", 4), 0);
	cr_assert_eq(net_waiting(&lab.n), 0);
	lab_deliver();
	cr_assert_eq(lab_take(&ip, &h, &data), 4);
	cr_assert_eq(memcmp(data, "leat", 4), 0);
	cr_assert_eq(ip.src, NET_US);
	cr_assert_eq(ip.dst, NET_PEER);
	cr_assert_eq(ip.ttl, 64);
	cr_assert_eq(ip.fragment, IPV4_DF);
	cr_assert_eq(h.src, 4242);
	cr_assert_eq(h.dst, 53);
	cr_assert_eq(lab.n.core.counters[CNT_udp_out], 1);
	cr_assert_eq(net_waiting(&lab.n), 0);
}

Test(udp_output, every_size_up_to_the_mtu)
{
	struct leat_udp *udp = lab_open("198.18.0.1:4242");
	static uint8_t payload[LARGEST + 1];
	struct ipv4_header ip;
	struct udp_header h;
	const uint8_t *data;

	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)(i * 31 + (i >> 8));
	for (size_t len = 0; len <= LARGEST; len += len < 300 ? 1 : 41) {
		cr_assert_eq(leat_udp_send(udp, &peer, len ? payload : NULL, len), 0);
		lab_deliver();
		cr_assert_eq(lab_take(&ip, &h, &data), len);
		cr_assert_eq(memcmp(data, payload, len), 0, "%zu bytes", len);
	}
	cr_assert_eq(leat_udp_send(udp, &peer, payload, LARGEST), 0);
	cr_assert_eq(leat_udp_send(udp, &peer, payload, LARGEST + 1), -EMSGSIZE);
	cr_assert_eq(leat_udp_send(udp, &peer, payload, SIZE_MAX), -EMSGSIZE);
}

/* More than a buffer holds: a chain, whose sum runs over odd ends of segments. */
Test(udp_output, a_jumbo_datagram)
{
	enum { JUMBO = 9000 };
	static uint8_t payload[JUMBO - IPV4_HDR_LEN - UDP_HDR_LEN];
	struct leat_udp *udp = lab_open(":4242");
	struct ipv4_header ip;
	struct udp_header h;
	const uint8_t *data;

	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)(i * 31 + (i >> 8));
	lab.n.port->mtu = JUMBO;
	for (size_t less = 0; less < 3; less++) {
		cr_assert_eq(leat_udp_send(udp, &peer, payload, sizeof(payload) - less), 0);
		lab_deliver();
		cr_assert_eq(lab_take(&ip, &h, &data), sizeof(payload) - less);
		cr_assert_eq(memcmp(data, payload, sizeof(payload) - less), 0);
	}
}

/* RFC 768: a sum of zero is sent as all ones. lab_take() refuses a zero. */
Test(udp_output, a_checksum_of_zero_is_never_sent)
{
	struct leat_udp *udp = lab_open(":4242");
	struct ipv4_header ip;
	struct udp_header h;
	const uint8_t *data;
	unsigned ones = 0;

	for (uint32_t v = 0; v < 65536; v++) {
		uint8_t payload[2] = {(uint8_t)(v >> 8), (uint8_t)v};
		cr_assert_eq(leat_udp_send(udp, &peer, payload, 2), 0);
		lab_deliver();
		cr_assert_eq(lab_take(&ip, &h, &data), 2);
		ones += data[-2] == 0xff && data[-1] == 0xff;
	}
	cr_assert_eq(ones, 1, "of all payloads of two bytes one has the sum zero");
}

Test(udp_output, the_source_is_the_endpoints)
{
	struct leat_udp *udp = lab_open("198.18.0.3:4242");
	struct ipv4_header ip;
	struct udp_header h;
	const uint8_t *data;

	cr_assert_eq(leat_udp_send(udp, &peer, "x", 1), 0);
	lab_deliver();
	lab_take(&ip, &h, &data);
	cr_assert_eq(ip.src, LAB_US_TOO, "and not the route's");
}

Test(udp_output, the_source_of_any_address_is_the_routes)
{
	struct leat_endpoint far = {.addr = {.v4 = NET_FAR, .family = LEAT_IPV4}, .port = 9};
	struct leat_addr gateway = {.v4 = NET_GATEWAY, .family = LEAT_IPV4};
	struct leat_udp *udp = lab_open(":4242");
	struct ipv4_header ip;
	struct udp_header h;
	const uint8_t *data;

	/* the gateway's Ethernet address is the peer's: lab_take() looks for it */
	neigh_learn(&lab.n.core, lab.n.port, &gateway, &net_peer_mac, true, false);
	neigh_confirm(&lab.n.core, neigh_get(&lab.n.core, lab.n.port, &gateway));
	for (int i = 0; i < 6; i++) { /* to and fro: what is cached of one does not do for the other */
		cr_assert_eq(leat_udp_send(udp, i % 2 ? &far : &peer, "x", 1), 0);
		lab_deliver();
		lab_take(&ip, &h, &data);
		cr_assert_eq(ip.src, NET_US);
		cr_assert_eq(ip.dst, i % 2 ? NET_FAR : NET_PEER);
		cr_assert_eq(h.dst, i % 2 ? 9 : 53);
	}
}

Test(udp_output, where_nothing_can_be_sent)
{
	static const char *const nowhere[] = {"198.18.0.255:9", "255.255.255.255:9", "224.0.0.1:9", "0.0.0.0:9",
		"198.18.0.1:9", "[2001:db8::1]:9", ":9"};
	struct leat_udp *udp = lab_open(":4242");
	struct leat_endpoint to;

	for (size_t i = 0; i < RTE_DIM(nowhere); i++) {
		cr_assert_eq(leat_endpoint_parse(nowhere[i], &to), 0);
		cr_assert_eq(leat_udp_send(udp, &to, "x", 1), -ENETUNREACH, "%s", nowhere[i]);
	}
	to = (struct leat_endpoint){.addr = peer.addr};
	cr_assert_eq(leat_udp_send(udp, &to, "x", 1), -EINVAL);
	lab_deliver();
	cr_assert_eq(net_waiting(&lab.n), 0);
	cr_assert_eq(lab.n.core.counters[CNT_udp_out], 0);
}

/* ARP is asked three times; then the application is told, not left waiting. */
Test(udp_output, a_neighbour_that_does_not_answer)
{
	struct leat_endpoint silent = {.addr = {.v4 = NET_OTHER, .family = LEAT_IPV4}, .port = 9};
	struct leat_udp *udp = lab_open(":4242");

	cr_assert_eq(leat_udp_send(udp, &silent, "x", 1), 0, "it waits for an address");
	net_after(&lab.n, (NEIGH_TRIES + 1) * NET_SEC);
	cr_assert_eq(lab.n.nb_errors, 1);
	cr_assert(udp_error(&lab.n.core, &lab.n.error));
	lab_deliver();
	cr_assert_eq(lab.nb_heard, 1);
	cr_assert_eq(lab.heard[0].error, EHOSTUNREACH);
	cr_assert_eq(lab.heard[0].to.addr.v4, NET_OTHER);
	net_forget(&lab.n);
}

static void
without_buffers(struct leat_udp *udp, struct rte_mempool *pool, size_t len)
{
	static struct rte_mbuf *taken[2048];
	static uint8_t payload[9000];
	unsigned n = 0;
	uint64_t before = lab.n.core.counters[DROP_no_mbuf];

	while ((taken[n] = rte_pktmbuf_alloc(pool)) != NULL)
		n++;
	cr_assert_gt(n, 0);
	cr_assert_eq(leat_udp_send(udp, &peer, payload, len), -ENOBUFS);
	/* one is there, but the datagram needs two */
	rte_pktmbuf_free(taken[--n]);
	int rc = leat_udp_send(udp, &peer, payload, len);
	cr_assert_eq(rc, len > 2048 ? -ENOBUFS : 0);
	cr_assert_eq(lab.n.core.counters[DROP_no_mbuf] - before, len > 2048 ? 2 : 1);
	while (n > 0)
		rte_pktmbuf_free(taken[--n]);
	lab_deliver();
	net_forget(&lab.n);
}

Test(udp_output, without_buffers_nothing_is_lost)
{
	struct leat_udp *udp = lab_open(":4242");

	lab.n.port->mtu = 9000;
	without_buffers(udp, lab.n.core.hdr_pool, 10);
	without_buffers(udp, lab.n.core.data_pool, 1000);
	without_buffers(udp, lab.n.core.data_pool, 3000);
}

static void
echo(struct leat_udp *udp, const struct leat_datagram *d, void *user)
{
	(void)user;
	cr_assert_eq(leat_udp_send(udp, &d->from, d->data, d->len), 0);
}

Test(udp_output, an_echo_server_answers_in_the_same_turn)
{
	struct leat_udp_events events = {.on_datagram = echo};
	struct leat_endpoint local = {.port = 7};
	struct leat_udp *udp;
	struct ipv4_header ip;
	struct udp_header h;
	const uint8_t *data;

	cr_assert_eq(leat_udp_open((struct leat_core *)&lab.n.core, &local, &events, NULL, &udp), 0);
	memset(&events, 0, sizeof(events)); /* they were copied */
	lab_give(&(struct dgram){.from = 777}, "hello", 5);
	lab_deliver();
	cr_assert_eq(lab_take(&ip, &h, &data), 5);
	cr_assert_eq(memcmp(data, "hello", 5), 0);
	cr_assert_eq(h.src, 7);
	cr_assert_eq(h.dst, 777);
}
