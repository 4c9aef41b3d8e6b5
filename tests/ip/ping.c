/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <criterion/criterion.h>
#include <leat/ping.h>
#include "support/eal.h"
#include "support/net.h"
#include "wire/eth.h"
#include "wire/icmp.h"

static struct net n;
static struct leat_ping *ping;
static uint8_t frame[NET_FRAME_MAX];
static struct leat_ping_result results[128];
static unsigned nb_results;
static bool close_in_callback;

static void
on_result(struct leat_ping *p, const struct leat_ping_result *r, void *user)
{
	cr_assert_eq(p, ping);
	cr_assert_eq(user, &n);
	results[nb_results++] = *r;
	if (close_in_callback) {
		leat_ping_close(ping);
		ping = NULL;
	}
}

static int
open_to(uint32_t to, struct leat_ping **out)
{
	struct leat_addr a = {.v4 = to, .family = LEAT_IPV4};

	return leat_ping_open((struct leat_core *)&n.core, &a, on_result, &n, out);
}

static void
start(void)
{
	support_eal_start("--log-level=leat.link:error", NULL);
	net_config(&n);
	net_start(&n);
	net_meet_peer(&n);
	cr_assert_eq(open_to(NET_PEER, &ping), 0);
}

static void
stop(void)
{
	if (ping != NULL)
		leat_ping_close(ping);
	net_stop(&n);
}

TestSuite(ping, .init = start, .fini = stop);

static int
request(size_t len, uint64_t timeout)
{
	int seq = leat_ping_send(ping, len, timeout);

	txq_flush(&n.core, n.core.txqs[0]);
	return seq;
}

/* Takes the request that was sent, checks it, and returns its identifier. */
static uint16_t
take_request(uint16_t seq, size_t len)
{
	const uint8_t *m = frame + ETH_HDR_LEN + 20;

	cr_assert_eq(net_take(&n, frame), RTE_MAX(ETH_HDR_LEN + 28 + len, 60));
	cr_assert_eq(frame[ETH_HDR_LEN + 9], IPPROTO_ICMP);
	cr_assert_eq(net_cksum(frame + ETH_HDR_LEN, 20, 0), 0);
	cr_assert_eq(m[0], ICMP_TYPE_ECHO);
	cr_assert_eq(m[1], 0);
	cr_assert_eq(net_cksum(m, 8 + len, 0), 0);
	cr_assert_eq(m[6] << 8 | m[7], seq);
	for (size_t i = 0; i < len; i++)
		cr_assert_eq(m[8 + i], (uint8_t)i);
	return (uint16_t)(m[4] << 8 | m[5]);
}

static void
reply(uint32_t from, uint16_t ident, uint16_t seq, size_t len)
{
	uint8_t message[2000], data[1472];

	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)i;
	size_t size = net_echo(message, ICMP_TYPE_ECHO_REPLY, ident, seq, data, len);
	size = net_ip4_frame(&n, frame, &(struct net_ip4){.src = from, .proto = IPPROTO_ICMP, .ttl = 57}, message, size);
	net_give(&n, frame, size);
}

Test(ping, an_answer)
{
	int seq = request(56, NET_SEC);

	cr_assert_eq(seq, 1);
	uint16_t ident = take_request(1, 56);
	cr_assert_eq(nb_results, 0);
	n.time += 1234567;
	reply(NET_PEER, ident, 1, 56);
	cr_assert_eq(nb_results, 1);
	cr_assert_eq(results[0].error, 0);
	cr_assert_eq(results[0].seq, 1);
	cr_assert_eq(results[0].rtt_ns, 1234567);
	cr_assert_eq(results[0].ttl, 57);
	cr_assert_eq(results[0].len, 56);
	cr_assert_eq(results[0].from.v4, NET_PEER);
	net_after(&n, 2 * NET_SEC);
	cr_assert_eq(nb_results, 1, "exactly once: no time-out follows");
}

Test(ping, a_second_answer_is_nobodys)
{
	request(8, NET_SEC);
	uint16_t ident = take_request(1, 8);
	reply(NET_PEER, ident, 1, 8);
	reply(NET_PEER, ident, 1, 8);
	cr_assert_eq(nb_results, 1);
	cr_assert_eq(net_count(&n, DROP_icmp_unmatched), 1);
}

Test(ping, an_answer_must_match_in_all)
{
	request(8, NET_SEC);
	uint16_t ident = take_request(1, 8);
	reply(NET_PEER, (uint16_t)(ident + 1), 1, 8);
	reply(NET_PEER, ident, 2, 8);
	reply(NET_OTHER, ident, 1, 8);
	cr_assert_eq(nb_results, 0);
	cr_assert_eq(net_count(&n, DROP_icmp_unmatched), 3);
}

Test(ping, time_out)
{
	request(56, 500 * NET_MS);
	net_after(&n, 490 * NET_MS);
	cr_assert_eq(nb_results, 0);
	net_after(&n, 20 * NET_MS);
	cr_assert_eq(nb_results, 1);
	cr_assert_eq(results[0].error, ETIMEDOUT);
	cr_assert_eq(results[0].seq, 1);
	net_after(&n, NET_SEC);
	cr_assert_eq(nb_results, 1);
}

Test(ping, several_under_way_each_with_its_own_time_out)
{
	cr_assert_eq(request(0, 900 * NET_MS), 1);
	uint16_t ident = take_request(1, 0);
	cr_assert_eq(request(0, 300 * NET_MS), 2);
	cr_assert_eq(request(0, 600 * NET_MS), 3);
	net_forget(&n);
	reply(NET_PEER, ident, 3, 0);
	net_after(&n, 310 * NET_MS);
	cr_assert_eq(nb_results, 2);
	cr_assert_eq(results[0].seq, 3);
	cr_assert_eq(results[0].error, 0);
	cr_assert_eq(results[1].seq, 2);
	cr_assert_eq(results[1].error, ETIMEDOUT);
	net_after(&n, 600 * NET_MS);
	cr_assert_eq(nb_results, 3);
	cr_assert_eq(results[2].seq, 1);
}

Test(ping, sixty_four_and_no_more)
{
	for (int i = 0; i < 64; i++)
		cr_assert_eq(request(0, NET_SEC), i + 1);
	cr_assert_eq(request(0, NET_SEC), -EBUSY);
	uint16_t ident = take_request(1, 0);
	reply(NET_PEER, ident, 31, 0);
	cr_assert_eq(request(0, NET_SEC), 65, "one was answered: there is room for one");
	net_after(&n, 1100 * NET_MS);
	cr_assert_eq(nb_results, 65);
}

Test(ping, sizes)
{
	cr_assert_eq(request(1472, NET_SEC), 1);
	take_request(1, 1472);
	cr_assert_eq(request(1473, NET_SEC), -EMSGSIZE);
	n.port->mtu = 1000;
	cr_assert_eq(request(973, NET_SEC), -EMSGSIZE, "longer than the route's MTU");
	cr_assert_eq(request(972, NET_SEC), 2);
	net_forget(&n);
	net_after(&n, 1100 * NET_MS);
	cr_assert_eq(nb_results, 2, "what was refused has no result");
}

Test(ping, without_a_route)
{
	struct leat_ping *other;

	cr_assert_eq(open_to(UINT32_MAX, &other), -ENETUNREACH);
	cr_assert_eq(open_to(NET_US, &other), -ENETUNREACH);
	n.ip.nb_routes = 1; /* the gateway is the last of two */
	cr_assert_eq(open_to(NET_FAR, &other), -ENETUNREACH);
}

Test(ping, without_buffers)
{
	struct rte_mbuf *all[2048];
	unsigned taken = 0;

	while ((all[taken] = rte_pktmbuf_alloc(n.core.data_pool)) != NULL)
		taken++;
	cr_assert_eq(request(56, NET_SEC), -ENOBUFS);
	rte_pktmbuf_free_bulk(all, taken);
	net_after(&n, 2 * NET_SEC);
	cr_assert_eq(nb_results, 0);
}

Test(ping, a_neighbour_that_is_not_there)
{
	leat_ping_close(ping);
	cr_assert_eq(open_to(NET_OTHER, &ping), 0);
	cr_assert_eq(request(56, 4 * NET_SEC), 1);
	net_after(&n, 5 * NET_SEC);
	cr_assert_eq(nb_results, 1);
	cr_assert_eq(results[0].error, EHOSTUNREACH, "not even ARP was answered");
	cr_assert_eq(results[0].from.v4, NET_US);
	cr_assert_eq(request(56, 10 * NET_SEC), 2, "it may be there by now");
	net_after(&n, 2900 * NET_MS);
	cr_assert_eq(nb_results, 1);
	net_after(&n, 200 * NET_MS);
	cr_assert_eq(nb_results, 2, "after three requests there is no more to wait for");
	cr_assert_eq(results[1].error, EHOSTUNREACH);
}

Test(ping, an_error_about_the_request)
{
	uint8_t quote[28], message[64];

	request(56, NET_SEC);
	take_request(1, 56);
	memcpy(quote, frame + ETH_HDR_LEN, sizeof(quote));
	size_t len = net_echo(message, ICMP_TYPE_UNREACHABLE, 0, 0, quote, sizeof(quote)); /* code 0: network */
	len = net_ip4_frame(&n, frame, &(struct net_ip4){.src = NET_GATEWAY, .proto = IPPROTO_ICMP}, message, len);
	net_give(&n, frame, len);
	cr_assert_eq(nb_results, 1);
	cr_assert_eq(results[0].error, ENETUNREACH);
	cr_assert_eq(results[0].from.v4, NET_GATEWAY);
	net_give(&n, frame, len);
	cr_assert_eq(nb_results, 1);
	cr_assert_eq(net_count(&n, DROP_icmp_unmatched), 1);
	cr_assert_eq(n.nb_errors, 0, "it is no business of TCP or UDP");
}

Test(ping, closing_forgets)
{
	request(56, 100 * NET_MS);
	uint16_t ident = take_request(1, 56);
	leat_ping_close(ping);
	ping = NULL;
	reply(NET_PEER, ident, 1, 56);
	net_after(&n, NET_SEC);
	cr_assert_eq(nb_results, 0);
}

Test(ping, closed_from_its_own_answer)
{
	request(56, NET_SEC);
	uint16_t ident = take_request(1, 56);
	close_in_callback = true;
	reply(NET_PEER, ident, 1, 56);
	cr_assert_eq(nb_results, 1);
	cr_assert_null(ping);
}

Test(ping, closed_from_its_own_time_out)
{
	request(56, 100 * NET_MS);
	request(56, 100 * NET_MS);
	close_in_callback = true;
	net_after(&n, NET_SEC);
	cr_assert_eq(nb_results, 1, "the second request is forgotten");
	cr_assert_null(ping);
}

Test(ping, identifiers_differ)
{
	struct leat_ping *more[100];
	uint16_t idents[100];

	for (int i = 0; i < 100; i++) {
		cr_assert_eq(open_to(NET_PEER, &more[i]), 0);
		cr_assert_eq(leat_ping_send(more[i], 0, NET_SEC), 1);
		txq_flush(&n.core, n.core.txqs[0]);
		idents[i] = take_request(1, 0);
		for (int j = 0; j < i; j++)
			cr_assert_neq(idents[i], idents[j]);
	}
	cr_assert_neq(idents[1], idents[0] + 1, "nor are they a sequence");
	for (int i = 0; i < 100; i++)
		leat_ping_close(more[i]);
}

Test(ping, left_open_at_the_end)
{
	request(56, NET_SEC);
	net_forget(&n);
	ping = NULL; /* the instance frees it */
}
