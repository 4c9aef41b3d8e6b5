/* SPDX-License-Identifier: BSD-3-Clause */
/* What is not TCP comes to the right core too: ARP, ICMP, UDP, fragments, pings. */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include "link/acd.h"
#include "link/neigh.h"
#include "link/port.h"
#include "run/run.h"
#include "support/eal.h"
#include "support/net.h"
#include "wire/arp.h"
#include "wire/eth.h"
#include "wire/icmp.h"
#include "hall.h"

enum { OTHERS = 32 };

static void
start(void)
{
	support_eal_start("-m", "384", NULL);
}

TestSuite(steer, .init = start, .timeout = 60);

static void
open_two_cores(enum leat_steering how)
{
	hall.a = (struct side){.cores = 2, .steering = how};
	if (how != LEAT_STEER_QUEUE)
		hall.a.nb_in = hall.a.nb_out = 1;
	hall_open();
}

/* --- ARP --- */

/* The next frame that a sent by its queue q; its length, 0 = none. */
static uint16_t
taken(unsigned q, uint8_t *frame)
{
	void *object;

	if (rte_ring_dequeue(hall.a.out[q], &object) < 0)
		return 0;
	struct rte_mbuf *m = object;
	uint16_t len = (uint16_t)m->pkt_len;
	memcpy(frame, rte_pktmbuf_mtod(m, void *), len);
	rte_pktmbuf_free(m);
	return len;
}

static void
turn_a(void)
{
	for (unsigned i = 0; i < 2 * hall.a.cores; i++)
		hall_turn(leat_core(hall.a.leat, i % hall.a.cores));
}

static void
give_arp(unsigned queue, uint16_t op, uint32_t sender_ip, uint32_t target_ip)
{
	const struct rte_ether_addr all = {.addr_bytes = {255, 255, 255, 255, 255, 255}};
	uint8_t frame[ETH_HDR_LEN + ARP_LEN];
	const struct arp_packet p = {.op = op, .sender_mac = net_other_mac, .sender_ip = sender_ip, .target_ip = target_ip};

	eth_write(frame, &all, &net_other_mac, ETH_TYPE_ARP);
	arp_write(frame + ETH_HDR_LEN, &p);
	hall_give(queue, frame, sizeof(frame));
	turn_a();
}

static unsigned
sent_by_a(void)
{
	uint8_t frame[2048];
	unsigned n = 0;

	for (unsigned q = 0; q < hall.a.nb_out; q++)
		while (taken(q, frame) > 0)
			n++;
	return n;
}

Test(steer, an_arp_request_is_answered_once_and_every_core_learns)
{
	const struct leat_addr other = {.v4 = NET_OTHER, .family = LEAT_IPV4};

	for (unsigned queue = 0; queue < 2; queue++) {
		if (queue == 0)
			open_two_cores(LEAT_STEER_QUEUE);
		turn_a();
		sent_by_a();
		uint64_t replies = leat_stat_value(hall.a.leat, "arp_replies_out");
		give_arp(queue, ARP_REQUEST, NET_OTHER, NET_US);
		cr_assert_eq(leat_stat_value(hall.a.leat, "arp_replies_out"), replies + 1);
		cr_assert_eq(leat_stat_value(hall.a.leat, "arp_in"), queue + 1);
		cr_assert_eq(sent_by_a(), 1);
		for (unsigned i = 0; i < 2; i++) {
			struct core *core = &hall.a.leat->loops[i].core;
			uint32_t handle = neigh_get(core, &core->link->ports[0], &other);
			cr_assert_eq(neigh_state_of(core, handle), NEIGH_STALE, "core %u does not know", i);
		}
	}
	hall_close();
}

/* Of what comes once, one drop is told, though every core hears of ARP. */
Test(steer, arp_that_is_of_no_use_is_counted_once)
{
	uint8_t frame[ETH_HDR_LEN + ARP_LEN] = {0};
	const struct rte_ether_addr all = {.addr_bytes = {255, 255, 255, 255, 255, 255}};

	open_two_cores(LEAT_STEER_QUEUE);
	turn_a();
	for (unsigned queue = 0; queue < 2; queue++) {
		eth_write(frame, &all, &net_other_mac, ETH_TYPE_ARP);
		hall_give(queue, frame, sizeof(frame));
		hall_give(queue, frame, sizeof(frame) - 1);
		turn_a();
		cr_assert_eq(leat_stat_value(hall.a.leat, "drop_arp_malformed"), 2 * queue + 2);
		eth_write(frame, &net_other_mac, &net_other_mac, ETH_TYPE_ARP); /* for somebody else */
		hall_give(queue, frame, sizeof(frame));
		turn_a();
		cr_assert_eq(leat_stat_value(hall.a.leat, "drop_eth_not_ours"), queue + 1);
	}
	cr_assert_eq(leat_stat_value(hall.a.leat, "arp_in"), 4);
	hall_close();
}

Test(steer, an_address_is_defended_once)
{
	open_two_cores(LEAT_STEER_SOFTWARE);
	turn_a();
	sent_by_a();
	give_arp(0, ARP_REPLY, NET_US, NET_US);
	cr_assert_eq(leat_stat_value(hall.a.leat, "arp_conflict"), 1);
	cr_assert_eq(leat_stat_value(hall.a.leat, "arp_defended"), 1);
	cr_assert_eq(sent_by_a(), 1);
	hall_close();
}

static void
probing(struct leat_config *c, bool is_a)
{
	c->arp.probe = is_a;
}

/* What core 0 finds out of an address holds for the others. */
Test(steer, an_address_is_probed_by_core_0_and_then_every_core_uses_it)
{
	const struct leat_endpoint to = {.addr = leat_ipv4(198, 18, 0, 2), .port = 7};
	static struct client c[2];

	hall.tune = probing;
	open_two_cores(LEAT_STEER_SOFTWARE);
	cr_assert_eq(leat_tcp_connect(leat_core(hall.a.leat, 1), NULL, &to, &hall_client, &c[0], &c[0].conn), -ENETUNREACH);
	hall_after(8000 * MS);
	cr_assert_eq(leat_stat_value(hall.a.leat, "arp_probes_out"), ACD_PROBE_NUM);
	for (unsigned i = 0; i < 2; i++)
		hall_connect(&hall.a, i, &to, &c[i]);
	hall_settle();
	cr_assert(c[0].reason == ECONNREFUSED && c[1].reason == ECONNREFUSED);
	hall_close();
}

/* --- ICMP errors --- */

static uint8_t quoted[2][ETH_HDR_LEN + 28];

/* Keeps the beginning of the SYNs that a sends, and loses them. */
static int
lose_syns(struct hall *h, bool from_a, unsigned queue, struct rte_mbuf *m)
{
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);

	(void)h;
	if (!from_a || eth_type(p) != ETH_TYPE_IP4)
		return (int)queue % 1;
	uint16_t sport = (uint16_t)(p[ETH_HDR_LEN + 20] << 8 | p[ETH_HDR_LEN + 21]);
	memcpy(quoted[sport & 1], p, sizeof(quoted[0]));
	rte_pktmbuf_free(m);
	return -1;
}

static void
give_port_unreachable(unsigned queue, const uint8_t *about)
{
	uint8_t message[8 + 28] = {ICMP_TYPE_UNREACHABLE, 3}, frame[128];

	memcpy(message + 8, about + ETH_HDR_LEN, 28);
	uint16_t sum = rte_cpu_to_be_16(net_cksum(message, sizeof(message), 0));
	memcpy(message + 2, &sum, 2);
	hall_give(queue, frame, hall_ip4(frame, IPPROTO_ICMP, 0, message, sizeof(message)));
}

/* One connection each core opens; the error about each, by either queue, ends that one alone. */
static void
errors_find_their_cores(enum leat_steering how)
{
	const struct leat_endpoint to = {.addr = leat_ipv4(198, 18, 0, 2), .port = 7};
	static struct client c[2];

	hall.sort = lose_syns;
	open_two_cores(how);
	for (unsigned i = 0; i < 2; i++) {
		struct leat_endpoint local = {0};
		do { /* an odd port for core 1, an even one for core 0: so the test tells their SYNs apart */
			if (c[i].conn != NULL)
				leat_tcp_abort(c[i].conn);
			hall_connect(&hall.a, i, &to, &c[i]);
			leat_tcp_local(c[i].conn, &local);
		} while ((local.port & 1u) != i);
	}
	hall_settle();
	for (unsigned i = 0; i < 2; i++)
		c[i].closed = 0;
	for (unsigned i = 0; i < 2; i++) {
		give_port_unreachable(how == LEAT_STEER_QUEUE ? 1 - i : 0, quoted[i]);
		turn_a();
		cr_assert(c[i].closed == 1 && c[i].reason == ECONNREFUSED, "core %u", i);
		cr_assert_eq(c[1].closed, i);
	}
	cr_assert_eq(leat_stat_value(hall.a.leat, "icmp_errors_matched"), 2);
	hall_close();
}

Test(steer, an_icmp_error_comes_to_the_connection_by_software)
{
	errors_find_their_cores(LEAT_STEER_SOFTWARE);
}

Test(steer, an_icmp_error_comes_to_the_connection_by_queue)
{
	errors_find_their_cores(LEAT_STEER_QUEUE);
}

/* --- fragments --- */

Test(steer, fragments_of_one_pair_of_addresses_meet)
{
	unsigned used[2] = {0, 0};
	uint8_t frame[128];

	open_two_cores(LEAT_STEER_QUEUE);
	turn_a();
	for (uint8_t host = 0; host < OTHERS; host++) {
		uint64_t before = hall_count(&hall.a, 0, DROP_ip4_fragment);
		for (unsigned i = 0; i < 4; i++) { /* what looks like ports differs, and so does the queue */
			uint32_t payload[4] = {i, i * 77, 0, 0}, src = leat_ipv4(198, 18, 0, (uint8_t)(10 + host)).v4;
			uint16_t fragment = i == 0 ? IPV4_MF : (uint16_t)(2 * i);
			size_t len = hall_ip4(frame, IPPROTO_UDP, fragment, payload, sizeof(payload));
			memcpy(frame + ETH_HDR_LEN + 12, &src, 4);
			memset(frame + ETH_HDR_LEN + 10, 0, 2);
			uint16_t sum = rte_cpu_to_be_16(net_cksum(frame + ETH_HDR_LEN, 20, 0));
			memcpy(frame + ETH_HDR_LEN + 10, &sum, 2);
			hall_give(i % 2, frame, len);
		}
		turn_a();
		uint64_t there = hall_count(&hall.a, 0, DROP_ip4_fragment) - before;
		cr_assert(there == 0 || there == 4, "%u of 4 came to core 0", (unsigned)there);
		used[there == 0]++;
	}
	cr_assert(used[0] > OTHERS / 8 && used[1] > OTHERS / 8, "%u and %u pairs", used[0], used[1]);
	cr_assert_eq(leat_stat_value(hall.a.leat, "drop_ip4_fragment"), 4 * OTHERS);
	hall_close();
}

/* --- UDP --- */

static unsigned datagrams[2], errors;

static void
on_datagram(struct leat_udp *udp, const struct leat_datagram *d, void *user)
{
	(void)udp;
	(void)d;
	cr_assert_eq(leat_core_id(hall.turning), (unsigned)(uintptr_t)user);
	datagrams[(uintptr_t)user]++;
}

static void
on_udp_error(struct leat_udp *udp, const struct leat_endpoint *to, int error, void *user)
{
	(void)udp;
	(void)to;
	(void)user;
	errors += error == ECONNREFUSED;
}

static const struct leat_udp_events udp_events = {.on_datagram = on_datagram, .on_error = on_udp_error};

static struct leat_udp *
open_udp(unsigned core, uint16_t port)
{
	const struct leat_endpoint local = {.port = port};
	struct leat_udp *udp;

	cr_assert_eq(leat_udp_open(leat_core(hall.a.leat, core), &local, &udp_events, (void *)(uintptr_t)core, &udp), 0);
	return udp;
}

/* A datagram from each of OTHERS ports of b. */
static void
send_from_b(uint16_t port)
{
	const struct leat_endpoint to = {.addr = leat_ipv4(198, 18, 0, 1), .port = port};

	for (unsigned i = 0; i < OTHERS; i++) {
		struct leat_udp *udp;
		cr_assert_eq(leat_udp_open(leat_core(hall.b.leat, 0), NULL, &udp_events, NULL, &udp), 0);
		cr_assert_eq(leat_udp_send(udp, &to, "x", 1), 0);
		hall_settle();
		leat_udp_close(udp);
	}
}

Test(steer, datagrams_come_to_the_core_that_has_the_port)
{
	open_two_cores(LEAT_STEER_SOFTWARE);
	for (unsigned i = 0; i < 2; i++)
		open_udp(i, (uint16_t)(5000 + i));
	send_from_b(5000);
	cr_assert(datagrams[0] == OTHERS && datagrams[1] == 0);
	send_from_b(5001);
	cr_assert(datagrams[0] == OTHERS && datagrams[1] == OTHERS);
	hall_close();
}

Test(steer, datagrams_to_a_port_of_both_cores_are_spread)
{
	open_two_cores(LEAT_STEER_SOFTWARE);
	struct leat_udp *first = open_udp(0, 5000);
	open_udp(1, 5000);
	send_from_b(5000);
	cr_assert_eq(datagrams[0] + datagrams[1], OTHERS);
	cr_assert(datagrams[0] > OTHERS / 8 && datagrams[1] > OTHERS / 8);
	leat_udp_close(first);
	datagrams[0] = datagrams[1] = 0;
	send_from_b(5000);
	cr_assert(datagrams[0] == 0 && datagrams[1] == OTHERS);
	hall_close();
}

Test(steer, a_chosen_udp_port_is_no_other_cores)
{
	static uint8_t seen[65536];

	open_two_cores(LEAT_STEER_SOFTWARE);
	for (unsigned i = 0; i < 1000; i++) {
		struct leat_endpoint local;
		leat_udp_local(open_udp(i % 2, 0), &local);
		cr_assert_eq(seen[local.port]++, 0, "port %u", local.port);
	}
	hall_close();
}

/* The error about a datagram comes to the core that sent it. */
Test(steer, an_icmp_error_comes_to_the_udp_endpoint)
{
	const struct leat_endpoint nobody = {.addr = leat_ipv4(198, 18, 0, 2), .port = 9999};

	open_two_cores(LEAT_STEER_SOFTWARE);
	for (unsigned i = 0; i < 8; i++)
		cr_assert_eq(leat_udp_send(open_udp(1, 0), &nobody, "x", 1), 0);
	hall_after(10 * MS);
	cr_assert_eq(errors, 8);
	hall_close();
}

/* --- pings --- */

static unsigned answers;

static void
on_result(struct leat_ping *ping, const struct leat_ping_result *r, void *user)
{
	(void)ping;
	cr_assert_eq(leat_core_id(hall.turning), (unsigned)(uintptr_t)user);
	answers += r->error == 0;
}

Test(steer, answers_to_pings_come_to_who_asked)
{
	const struct leat_addr b = leat_ipv4(198, 18, 0, 2);

	hall.a = (struct side){.cores = 3, .nb_in = 1, .nb_out = 1};
	hall_open();
	for (unsigned i = 0; i < 30; i++) {
		struct leat_ping *ping;
		cr_assert_eq(leat_ping_open(leat_core(hall.a.leat, i % 3), &b, on_result, (void *)(uintptr_t)(i % 3), &ping), 0);
		cr_assert_geq(leat_ping_send(ping, 10, 1000 * MS), 0);
		hall_settle();
	}
	cr_assert_eq(answers, 30);
	hall_close();
}

/* RFC 6864: what two cores send to one destination bears no identification twice. */
Test(steer, identifications_are_of_all_cores_together)
{
	uint8_t frame[2048], echo[64];
	static uint8_t seen[65536];

	open_two_cores(LEAT_STEER_QUEUE);
	give_arp(0, ARP_REPLY, NET_PEER, NET_US);
	for (unsigned i = 0; i < 1000; i++) {
		size_t len = net_echo(echo, ICMP_TYPE_ECHO, 1, (uint16_t)i, "data", 4);
		hall_give(i % 2, frame, hall_ip4(frame, IPPROTO_ICMP, 0, echo, len));
		turn_a();
		for (unsigned q = 0; q < 2; q++)
			while (taken(q, frame) > 0)
				if (eth_type(frame) == ETH_TYPE_IP4)
					cr_assert_eq(seen[frame[ETH_HDR_LEN + 4] << 8 | frame[ETH_HDR_LEN + 5]]++, 0);
		if (i == 0) /* the first waits for the neighbour's address */
			give_arp(0, ARP_REQUEST, NET_PEER, NET_US);
	}
	cr_assert_eq(leat_stat_value(hall.a.leat, "icmp_echo_in"), 1000);
	hall_close();
}

/* --- who gets how many connections --- */

/* How many of 10,000 tuples are core 0's. */
static unsigned
of_core_0(const struct steer *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < 10000; i++) {
		struct tuple t;
		const struct leat_addr local = leat_ipv4(198, 18, 0, 1), remote = leat_ipv4(198, 18, 1, (uint8_t)(i / 100));
		tuple_make(&t, &local, 80, &remote, (uint16_t)(1024 + i));
		n += steer_tuple(s, &t) == 0;
	}
	return n;
}

/* 24 connections from ports in a row, as a kernel chooses them: under no secret are they all one core's. */
Test(steer, ports_in_a_row_are_shared_out_under_every_secret)
{
	static _Atomic uint8_t pins[65536];
	static struct steer s = {.how = LEAT_STEER_SOFTWARE, .nb_cores = 2, .pins = pins};
	const struct leat_addr local = leat_ipv4(198, 18, 0, 1), remote = leat_ipv4(198, 18, 0, 2);

	srandom(1);
	memset(s.slots + STEER_SLOTS / 2, 1, STEER_SLOTS / 2);
	for (unsigned secret = 0; secret < 20000; secret++) {
		unsigned of_1 = 0, first = 32768 + 2 * (secret % 10000);
		for (uint8_t *p = (uint8_t *)s.keys; p < (uint8_t *)s.keys + sizeof(s.keys); p++)
			*p = (uint8_t)random();
		tuple_hash_secret(s.keys);
		for (unsigned i = 0; i < 24; i++) {
			struct tuple t;
			tuple_make(&t, &local, 80, &remote, (uint16_t)(first + 2 * i));
			of_1 += steer_tuple(&s, &t);
		}
		cr_assert(of_1 > 0 && of_1 < 24, "secret %u: %u of 24", secret, of_1);
	}
}

/* What RSS makes of runs of ports, by ones and by twos, the peer's or ours, of each secret that this program tries. */
static void
expect_rss_to_share_out(unsigned nb_cores)
{
	static _Atomic uint8_t pins[65536];
	static struct steer s;
	static struct core core;
	const struct leat_addr local = leat_ipv4(198, 18, 0, 1);

	s = (struct steer){.how = LEAT_STEER_RSS, .nb_cores = nb_cores, .reta_size = 128, .pins = pins};
	for (unsigned secret = 0; secret < 4 * 300; secret++) {
		const struct leat_addr remote = leat_ipv4(10, (uint8_t)random(), (uint8_t)random(), (uint8_t)random());
		unsigned n[LEAT_MAX_CORES] = {0}, step = 1 + (secret & 1), first = 1024 + (unsigned)random() % 60000;
		for (unsigned i = 0; i < sizeof(core.secret); i++)
			core.secret[i] = (uint8_t)random();
		steer_draw_rss_key(&s, &core);
		for (unsigned i = 0; i < 16 * nb_cores; i++) {
			uint16_t port = (uint16_t)(first + i * step);
			struct tuple t;
			tuple_make(&t, &local, secret & 2 ? 80 : port, &remote, secret & 2 ? port : 80);
			n[steer_tuple(&s, &t)]++;
		}
		for (unsigned i = 0; i < nb_cores; i++)
			cr_assert_geq(n[i], 8, "%u cores, secret %u: core %u has %u of %u", nb_cores, secret, i, n[i], 16 * nb_cores);
	}
}

Test(steer, an_rss_key_shares_out_ports_in_a_row)
{
	srandom(1);
	for (unsigned nb_cores = 2; nb_cores <= LEAT_MAX_CORES; nb_cores *= 2)
		expect_rss_to_share_out(nb_cores);
}

static unsigned cost;

static void
set_cost(struct leat_config *c, bool is_a)
{
	(void)is_a;
	c->steering_cost = cost;
}

static void
expect_of_core_0(unsigned steering_cost, unsigned queues, unsigned least, unsigned most)
{
	cost = steering_cost;
	hall.tune = set_cost;
	hall.a = (struct side){.cores = 2, .steering = LEAT_STEER_SOFTWARE, .nb_in = queues, .nb_out = queues};
	hall_open();
	unsigned n = of_core_0(&hall.a.leat->link.steer);
	cr_expect(n >= least && n <= most, "%u", n);
	hall_close();
}

Test(steer, who_receives_and_sends_for_all_gets_fewer_connections)
{
	expect_of_core_0(20, 1, 3700, 4300); /* (1 + 0.2) / 2 - 0.2 = 0.4 */
}

Test(steer, half_of_an_even_share_at_least)
{
	expect_of_core_0(400, 1, 700, 1200); /* 0.25 beside 2.5 */
}

Test(steer, where_that_costs_nothing_all_get_as_many)
{
	expect_of_core_0(0, 1, 4700, 5300);
}

Test(steer, with_a_queue_each_all_get_as_many)
{
	expect_of_core_0(400, 2, 4700, 5300);
}

Test(steer, of_the_most_cores_each_gets_some)
{
	struct link_layer link = {.nb_cores = LEAT_MAX_CORES, .nb_ports = 1, .ports[0] = {.nb_rx = 1, .nb_tx = 1}};

	steer_share_out(&link, 400);
	for (unsigned i = 0; i < LEAT_MAX_CORES; i++)
		cr_expect_not_null(memchr(link.steer.slots, (int)i, STEER_SLOTS), "core %u", i);
}
