/* SPDX-License-Identifier: BSD-3-Clause */
/* Connections of several cores: each lives on one, whichever way its packets are steered. */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <rte_thash.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include "link/port.h"
#include "run/run.h"
#include "support/eal.h"
#include "hall.h"

enum { CLIENTS = 64 };

static const struct leat_endpoint any_echo = {.port = 7};
static struct client clients[CLIENTS];

static void
start(void)
{
	support_eal_start("-m", "384", NULL);
}

TestSuite(tcp, .init = start, .timeout = 60);

static struct leat_endpoint
echo_of(const struct side *s)
{
	return (struct leat_endpoint){.addr = leat_ipv4(198, 18, 0, s == &hall.a ? 1 : 2), .port = 7};
}

static void
listen_on_all(struct side *s)
{
	struct leat_listener *l;

	cr_assert_eq(leat_tcp_listen(s->leat, &any_echo, &hall_echo, NULL, &l), 0);
}

/* CLIENTS of `from`, spread over its cores, each with a word; all are answered, and all end. */
static void
everybody_talks(struct side *from, struct side *to)
{
	const struct leat_endpoint echo = echo_of(to);

	listen_on_all(to);
	for (unsigned i = 0; i < CLIENTS; i++) {
		hall_connect(from, i % from->cores, &echo, &clients[i]);
		if (i < from->cores)
			hall_settle(); /* each core asks for the neighbour once; few packets wait for it */
	}
	hall_settle();
	for (unsigned i = 0; i < CLIENTS; i++) {
		cr_assert_eq(clients[i].opened, 1, "connection %u is not open", i);
		cr_assert_eq(leat_tcp_send(clients[i].conn, "word", 4), 4);
	}
	hall_settle();
	for (unsigned i = 0; i < CLIENTS; i++) {
		cr_assert_eq(clients[i].received, 4);
		leat_tcp_close(clients[i].conn);
	}
	hall_after(100 * MS);
	for (unsigned i = 0; i < CLIENTS; i++)
		cr_assert(clients[i].closed == 1 && clients[i].reason == 0);
	cr_assert_eq(leat_stat_value(hall.a.leat, "tcp_rst_out") + leat_stat_value(hall.b.leat, "tcp_rst_out"), 0);
	cr_assert_eq(leat_stat_value(hall.a.leat, "tcp_retransmits") + leat_stat_value(hall.b.leat, "tcp_retransmits"), 0);
}

static void
expect_all_served(unsigned cores)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < cores; i++) {
		cr_assert_gt(hall_accepted[i], 0, "nobody came to core %u", i);
		sum += hall_accepted[i];
	}
	cr_assert_eq(sum, CLIENTS);
}

Test(tcp, software_spreads_what_comes_by_one_queue)
{
	hall.a = (struct side){.cores = 4, .nb_in = 1, .nb_out = 1, .steering = LEAT_STEER_AUTO};
	hall_open();
	everybody_talks(&hall.b, &hall.a);
	expect_all_served(4);
	cr_assert_eq(hall.a.leat->link.steer.how, LEAT_STEER_SOFTWARE);
	cr_assert_gt(leat_stat_value(hall.a.leat, "core_steered"), 0);
	cr_assert_gt(leat_stat_value(hall.a.leat, "core_sent_for"), 0);
	hall_close();
}

Test(tcp, answers_to_what_a_core_opened_come_back_to_it_by_software)
{
	hall.a = (struct side){.cores = 3, .nb_in = 1, .nb_out = 1};
	hall_open();
	everybody_talks(&hall.a, &hall.b);
	hall_close();
}

Test(tcp, both_sides_have_several_cores)
{
	hall.a = (struct side){.cores = 2};
	hall.b = (struct side){.cores = 4, .nb_in = 2, .nb_out = 1};
	hall_open();
	everybody_talks(&hall.a, &hall.b);
	expect_all_served(4);
	hall_close();
}

Test(tcp, by_queue_nothing_is_passed_on)
{
	hall.a = (struct side){.cores = 2, .steering = LEAT_STEER_QUEUE};
	hall.b = (struct side){.cores = 2, .steering = LEAT_STEER_QUEUE};
	hall_open();
	everybody_talks(&hall.a, &hall.b);
	expect_all_served(2);
	/* but for ARP, of which both hear */
	cr_assert_eq(leat_stat_value(hall.b.leat, "core_steered"), leat_stat_value(hall.b.leat, "arp_in"));
	hall_close();
}

Test(tcp, more_queues_than_cores_are_all_read)
{
	hall.a = (struct side){.cores = 2, .nb_in = 4, .nb_out = 4};
	hall.b = (struct side){.cores = 4};
	hall_open();
	everybody_talks(&hall.b, &hall.a);
	expect_all_served(2);
	hall_close();
}

/* What a port with RSS does: it hashes as we told it to. */
static int
sort_as_a_nic(struct hall *h, bool from_a, unsigned queue, struct rte_mbuf *m)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(eth + 1);
	const struct rte_tcp_hdr *tcp = (const struct rte_tcp_hdr *)(ip + 1);
	struct rte_ipv4_tuple t;

	(void)queue;
	if (from_a || eth->ether_type != RTE_BE16(RTE_ETHER_TYPE_IPV4) || ip->next_proto_id != IPPROTO_TCP)
		return 0;
	t.src_addr = rte_be_to_cpu_32(ip->src_addr);
	t.dst_addr = rte_be_to_cpu_32(ip->dst_addr);
	t.sport = rte_be_to_cpu_16(tcp->src_port);
	t.dport = rte_be_to_cpu_16(tcp->dst_port);
	return (int)(rte_softrss((uint32_t *)&t, RTE_THASH_V4_L4_LEN, h->a.leat->link.steer.rss_key) % 128 % h->a.cores);
}

/* net_ring has no RSS; whatever follows from it, a does as if it had. */
static void
steer_by_rss(void)
{
	struct steer *s = &hall.a.leat->link.steer;

	s->how = LEAT_STEER_RSS;
	s->reta_size = 128;
	steer_draw_rss_key(s, &hall.a.leat->loops[0].core);
}

Test(tcp, a_port_is_chosen_whose_answer_rss_brings_back)
{
	hall.a = (struct side){.cores = 3};
	hall.sort = sort_as_a_nic;
	hall_open();
	steer_by_rss();
	everybody_talks(&hall.a, &hall.b);
	cr_assert_eq(leat_stat_value(hall.a.leat, "core_steered"), 2 * leat_stat_value(hall.a.leat, "arp_in"));
	hall_close();
}

Test(tcp, a_local_port_of_another_core_is_refused)
{
	const struct leat_endpoint to = {.addr = leat_ipv4(198, 18, 0, 2), .port = 7};
	struct leat_conn *conn;
	unsigned taken = 0;

	hall.a = (struct side){.cores = 2, .nb_in = 1, .nb_out = 1};
	hall_open();
	for (uint16_t port = 20000; port < 20064; port++) {
		const struct leat_endpoint local = {.port = port};
		int first = leat_tcp_connect(leat_core(hall.a.leat, 0), &local, &to, &hall_client, &clients[0], &conn);
		int second = leat_tcp_connect(leat_core(hall.a.leat, 1), &local, &to, &hall_client, &clients[0], &conn);
		cr_assert((first == 0 && second == -EADDRNOTAVAIL) || (first == -EADDRNOTAVAIL && second == 0));
		taken += first == 0;
	}
	cr_assert(taken > 10 && taken < 54, "%u of 64", taken);
	cr_assert_eq(leat_stat_value(hall.a.leat, "tcp_ports_elsewhere"), 64);
}

static void
room_for_all(struct leat_config *c, bool is_a)
{
	if (is_a)
		c->max_connections = 65536;
}

/* Every port from 1024 on serves one connection to this remote, on one core or the other, and then there is none. */
static void
fill_port_space(enum leat_steering how)
{
	const struct leat_endpoint to = {.addr = leat_ipv4(198, 18, 0, 2), .port = 7};
	static uint8_t seen[65536];
	unsigned opened = 0, own[2] = {0, 0};
	struct leat_conn *conn;
	int r = 0;

	hall.a = (struct side){.cores = 2, .steering = how};
	hall.tune = room_for_all;
	hall_open();
	if (how == LEAT_STEER_RSS)
		steer_by_rss();
	for (unsigned core = 0; core < 2; core++) {
		struct leat_core *c = leat_core(hall.a.leat, core);
		while ((r = leat_tcp_connect(c, NULL, &to, &hall_client, &clients[0], &conn)) == 0) {
			struct leat_endpoint local;
			leat_tcp_local(conn, &local);
			cr_assert_eq(seen[local.port]++, 0, "port %u is used twice", local.port);
			opened++;
			own[core]++;
		}
		cr_assert_eq(r, -EADDRNOTAVAIL);
	}
	cr_assert_eq(opened, 65536 - 1024);
	cr_assert(own[0] > 30000 && own[1] > 30000, "%u and %u", own[0], own[1]);
	cr_assert_eq(leat_stat_value(hall.a.leat, "tcp_ports_exhausted"), 2);
}

Test(tcp, the_whole_port_space_is_used_by_software)
{
	fill_port_space(LEAT_STEER_SOFTWARE);
}

Test(tcp, the_whole_port_space_is_used_by_queue)
{
	fill_port_space(LEAT_STEER_QUEUE);
}

Test(tcp, the_whole_port_space_is_used_by_rss)
{
	fill_port_space(LEAT_STEER_RSS);
}

/* --- listeners --- */

Test(tcp, a_pinned_port_has_all_its_connections_on_one_core)
{
	const struct leat_endpoint echo = {.addr = leat_ipv4(198, 18, 0, 1), .port = 7};
	struct leat_listener *l, *other;

	hall.a = (struct side){.cores = 3, .nb_in = 2};
	hall_open();
	cr_assert_eq(leat_tcp_listen_on(leat_core(hall.a.leat, 2), &any_echo, &hall_echo, NULL, &l), 0);
	cr_assert_eq(leat_tcp_listen(hall.a.leat, &echo, &hall_echo, NULL, &other), -EADDRINUSE);
	cr_assert_eq(leat_tcp_listen_on(leat_core(hall.a.leat, 1), &echo, &hall_echo, NULL, &other), -EADDRINUSE);
	for (unsigned i = 0; i < CLIENTS; i++) {
		hall_connect(&hall.b, 0, &echo, &clients[i]);
		hall_settle();
	}
	cr_assert_eq(hall_accepted[2], CLIENTS);
	leat_tcp_unlisten(l);
	struct client late = {0};
	hall_connect(&hall.b, 0, &echo, &late);
	hall_settle();
	cr_assert_eq(late.reason, ECONNREFUSED);
	/* and the port is the core's still */
	cr_assert_eq(leat_tcp_listen(hall.a.leat, &any_echo, &hall_echo, NULL, &other), -EADDRINUSE);
	cr_assert_eq(leat_tcp_listen_on(leat_core(hall.a.leat, 2), &any_echo, &hall_echo, NULL, &other), 0);
	for (unsigned i = 0; i < CLIENTS; i++)
		leat_tcp_abort(clients[i].conn);
	hall_close();
}

Test(tcp, a_port_that_is_listened_to_everywhere_cannot_be_pinned)
{
	const struct leat_endpoint echo = {.addr = leat_ipv4(198, 18, 0, 1), .port = 7};
	struct leat_listener *l;

	hall.a = (struct side){.cores = 2};
	hall_open();
	listen_on_all(&hall.a);
	cr_assert_eq(leat_tcp_listen_on(leat_core(hall.a.leat, 1), &echo, &hall_echo, NULL, &l), -EADDRINUSE);
	cr_assert_eq(leat_tcp_listen(hall.a.leat, &any_echo, &hall_echo, NULL, &l), -EADDRINUSE);
	hall_close();
}

/* Its connections live on, on every core, and would be torn from theirs. */
Test(tcp, nor_a_port_that_was)
{
	const struct leat_endpoint echo = {.addr = leat_ipv4(198, 18, 0, 1), .port = 7};
	struct leat_listener *l;

	hall.a = (struct side){.cores = 2, .nb_in = 1, .nb_out = 1};
	hall_open();
	cr_assert_eq(leat_tcp_listen(hall.a.leat, &any_echo, &hall_echo, NULL, &l), 0);
	for (unsigned i = 0; i < CLIENTS; i++) {
		hall_connect(&hall.b, 0, &echo, &clients[i]);
		hall_settle();
	}
	leat_tcp_unlisten(l);
	hall_settle();
	cr_assert_eq(leat_tcp_listen_on(leat_core(hall.a.leat, 1), &any_echo, &hall_echo, NULL, &l), -EADDRINUSE);
	for (unsigned i = 0; i < CLIENTS; i++)
		cr_assert_eq(leat_tcp_send(clients[i].conn, "word", 4), 4);
	hall_settle();
	for (unsigned i = 0; i < CLIENTS; i++) {
		cr_assert_eq(clients[i].received, 4);
		leat_tcp_abort(clients[i].conn);
	}
	cr_assert_eq(leat_tcp_listen(hall.a.leat, &any_echo, &hall_echo, NULL, &l), 0, "it is still for all");
	hall_close();
}

Test(tcp, a_pinned_listener_is_counted)
{
	struct leat_usage usage = {.size = sizeof(usage)};
	struct leat_listener *l;

	hall.a = (struct side){.cores = 2};
	hall_open();
	cr_assert_eq(leat_tcp_listen_on(leat_core(hall.a.leat, 0), &any_echo, &hall_echo, NULL, &l), 0);
	leat_usage(hall.a.leat, &usage);
	cr_assert_eq(usage.listeners, 1);
	hall_close();
}

Test(tcp, an_ended_listener_is_gone_from_every_core)
{
	const struct leat_endpoint echo = {.addr = leat_ipv4(198, 18, 0, 1), .port = 7};
	struct leat_usage usage = {.size = sizeof(usage)};
	struct leat_listener *l;

	hall.a = (struct side){.cores = 4, .nb_in = 1, .nb_out = 1};
	hall_open();
	cr_assert_eq(leat_tcp_listen(hall.a.leat, &any_echo, &hall_echo, NULL, &l), 0);
	hall_settle();
	leat_usage(hall.a.leat, &usage);
	cr_assert_eq(usage.listeners, 1);
	leat_tcp_unlisten(l);
	for (unsigned i = 0; i < CLIENTS; i++) {
		hall_connect(&hall.b, 0, &echo, &clients[i]);
		hall_settle();
	}
	for (unsigned i = 0; i < CLIENTS; i++)
		cr_assert_eq(clients[i].reason, ECONNREFUSED);
	leat_usage(hall.a.leat, &usage);
	cr_assert_eq(usage.listeners, 0);
	hall_close();
}

/* --- order --- */

static uint32_t next_seq;
static unsigned in_order, segments;

/* a's only stream: are its segments in order on the wire? */
static int
watch_order(struct hall *h, bool from_a, unsigned queue, struct rte_mbuf *m)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(eth + 1);
	const struct rte_tcp_hdr *tcp = (const struct rte_tcp_hdr *)(ip + 1);

	if (from_a && eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4) && m->pkt_len > 1000) {
		uint32_t seq = rte_be_to_cpu_32(tcp->sent_seq);
		in_order += segments == 0 || seq == next_seq;
		segments++;
		next_seq = seq + m->pkt_len - 14 - 20 - (uint32_t)(tcp->data_off >> 4) * 4;
	}
	return (int)(queue % (from_a ? h->b.nb_in : h->a.nb_in));
}

Test(tcp, order_is_kept_by_a_core_without_a_queue)
{
	static uint8_t data[200000];
	const struct leat_endpoint echo = {.addr = leat_ipv4(198, 18, 0, 2), .port = 7};
	size_t sent = 0;

	hall.a = (struct side){.cores = 2, .nb_in = 1, .nb_out = 1};
	hall.sort = watch_order;
	hall_open();
	listen_on_all(&hall.b);
	hall_connect(&hall.a, 1, &echo, &clients[0]);
	hall_settle();
	while (sent < sizeof(data)) {
		sent += (size_t)leat_tcp_send(clients[0].conn, data + sent, sizeof(data) - sent);
		hall_after(MS);
	}
	hall_after(100 * MS);
	cr_assert_eq(clients[0].received, sizeof(data));
	cr_assert_geq(segments, sizeof(data) / 1460);
	cr_assert_eq(in_order, segments);
	cr_assert_eq(hall_count(&hall.a, 0, CNT_core_sent_for), hall_count(&hall.a, 1, CNT_tcp_segs_out) +
		hall_count(&hall.a, 1, CNT_arp_requests_out));
	leat_tcp_abort(clients[0].conn);
	hall_close();
}
