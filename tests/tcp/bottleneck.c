/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Flows that share a bottleneck: two instances with the impaired wire between them, in virtual time.
 * How much of the link they use, and how evenly.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <leat/leat.h>
#include <rte_mbuf.h>
#include "drivers/wire/ports.h"
#include "support/eal.h"

#define MS 1000000ull
#define SEC 1000000000ull

enum { FLOWS = 10, PORT = 9, CHUNK = 16384 };

struct flow {
	struct leat_conn *conn;
	uint32_t congestion;      /* enum leat_tcp_congestion */
	uint64_t received, mark;  /* bytes, and how many they were when the measurement began */
};

static struct {
	uint64_t now;
	struct wire_ports *ports;
	struct rte_mempool *pool; /* of the wire */
	struct leat *a, *b;
	struct leat_listener *listener;
	struct flow flows[FLOWS];
	unsigned nb_flows;
} net;

static uint64_t
clock_of(void *arg)
{
	(void)arg;
	return net.now;
}

static struct leat *
make(bool is_a)
{
	struct leat_config c;
	struct leat_error error;

	leat_config_init(&c);
	snprintf(c.name, sizeof(c.name), "%s", is_a ? "a" : "b");
	snprintf(c.ports[0].name, sizeof(c.ports[0].name), "%s",
		wire_ports_name(net.ports, is_a ? WIRE_A_TO_B : WIRE_B_TO_A));
	c.nb_ports = 1;
	c.addrs[0].addr = leat_ipv4(198, 18, 0, is_a ? 1 : 2);
	c.addrs[0].prefix_len = 24;
	c.nb_addrs = 1;
	c.clock = clock_of;
	memset(c.secret, is_a ? 0xa : 0xb, sizeof(c.secret));
	c.has_secret = true;
	c.rx_mbufs = c.tx_mbufs = 8192;
	c.tcp.rcv_buf = c.tcp.snd_buf = 1 << 20;
	struct leat *leat = leat_create(&c, &error);
	cr_assert_not_null(leat, "%s", error.text);
	return leat;
}

/* --- the applications: a sends without end, b counts --- */

static void
fill(struct leat_conn *conn)
{
	static const uint8_t zeros[CHUNK];

	while (leat_tcp_room(conn) >= CHUNK && leat_tcp_send(conn, zeros, CHUNK) > 0)
		;
}

static void
on_open(struct leat_conn *conn, void *user)
{
	struct flow *f = user;

	cr_assert_eq(leat_tcp_set(conn, LEAT_TCP_CONGESTION, f->congestion), 0);
	fill(conn);
}

static void
on_sent(struct leat_conn *conn, size_t acked, void *user)
{
	(void)acked;
	(void)user;
	fill(conn);
}

/* Which flow it is, b knows by the port. */
static void
on_data(struct leat_conn *conn, struct leat_rx *rx, void *user)
{
	struct leat_endpoint remote;
	size_t n = leat_rx_size(rx);

	(void)user;
	leat_tcp_remote(conn, &remote);
	cr_assert(remote.port >= 1000 && remote.port < 1000 + FLOWS);
	net.flows[remote.port - 1000].received += n;
	leat_tcp_consume(conn, n);
}

static const struct leat_tcp_events sender = {.on_open = on_open, .on_sent = on_sent}, sink = {.on_data = on_data};

/* --- the world --- */

static void
run(uint64_t ns)
{
	struct leat_core *a = leat_core(net.a, 0), *b = leat_core(net.b, 0);

	for (uint64_t end = net.now + ns; net.now < end;) {
		while (leat_core_poll(a) + leat_core_poll(b) + wire_turn(net.ports, net.now) > 0)
			;
		uint64_t next = RTE_MIN(leat_core_next(a), leat_core_next(b));
		next = RTE_MIN(next, wire_next(wire_ports_wire(net.ports)));
		net.now = RTE_MIN(end, RTE_MAX(next, net.now + 1));
	}
}

/* rate in bit/s; the queue holds what the link carries in one RTT. */
static void
begin(uint64_t rate, uint64_t rtt)
{
	struct wire_params p = {.seed = 1};

	net.now = SEC;
	net.pool = rte_pktmbuf_pool_create("wire", 8191, 0, 0, 2048, SOCKET_ID_ANY);
	p.pool = net.pool;
	p.copy = true;
	p.impair[WIRE_A_TO_B] = (struct wire_impair){
		.rate = rate, .queue_bytes = rate / 8 * (rtt / MS) / 1000, .delay = rtt / 2};
	p.impair[WIRE_B_TO_A].delay = rtt - rtt / 2;
	cr_assert_eq(wire_ports_create("w", &p, &net.ports), 0);
	net.a = make(true);
	net.b = make(false);
	const struct leat_endpoint local = {.port = PORT};
	cr_assert_eq(leat_tcp_listen(net.b, &local, &sink, NULL, &net.listener), 0);
}

static void
start_flow(uint32_t congestion)
{
	struct flow *f = &net.flows[net.nb_flows];
	const struct leat_endpoint local = {.addr = leat_ipv4(198, 18, 0, 1), .port = (uint16_t)(1000 + net.nb_flows)},
		remote = {.addr = leat_ipv4(198, 18, 0, 2), .port = PORT};

	f->congestion = congestion;
	cr_assert_eq(leat_tcp_connect(leat_core(net.a, 0), &local, &remote, &sender, f, &f->conn), 0);
	net.nb_flows++;
}

static void
measure(uint64_t ns)
{
	for (unsigned i = 0; i < net.nb_flows; i++)
		net.flows[i].mark = net.flows[i].received;
	run(ns);
}

static double
goodput(unsigned i)
{
	return (double)(net.flows[i].received - net.flows[i].mark);
}

/* The part of the link's rate that arrived as data. */
static double
used(uint64_t rate, uint64_t ns)
{
	double sum = 0;

	for (unsigned i = 0; i < net.nb_flows; i++)
		sum += goodput(i);
	return sum * 8 / ((double)rate * (double)ns / SEC);
}

/* Jain's index: 1 when all have the same, 1/n when one has all. */
static double
fairness(void)
{
	double sum = 0, squares = 0;

	for (unsigned i = 0; i < net.nb_flows; i++) {
		sum += goodput(i);
		squares += goodput(i) * goodput(i);
	}
	return sum * sum / (net.nb_flows * squares);
}

static void
end(void)
{
	wire_ports_forget(net.ports);
	leat_destroy(net.a);
	leat_destroy(net.b);
	wire_ports_destroy(net.ports);
	rte_mempool_free(net.pool);
}

static void
start(void)
{
	support_eal_start(NULL);
}

TestSuite(bottleneck, .init = start, .fini = end, .timeout = 120);

#define RATE 20000000ull

/* RFC 9438 5: one flow uses the link; the queue of one RTT lets 0.7 of the window keep it busy */
Test(bottleneck, one_flow_uses_the_link)
{
	begin(RATE, 50 * MS);
	start_flow(LEAT_TCP_CUBIC);
	run(5 * SEC);
	measure(30 * SEC);
	printf("one flow: %.3f of the link\n", used(RATE, 30 * SEC));
	cr_assert_gt(used(RATE, 30 * SEC), 0.93);
}

/* RFC 9406 1: slow start overshoots; before a long queue the delay tells in time to overshoot by less */
Test(bottleneck, hystart_spares_a_long_queue)
{
	uint64_t lost[2];

	for (uint32_t which = LEAT_TCP_CUBIC; which <= LEAT_TCP_NEWRENO; which++) {
		memset(&net, 0, sizeof(net));
		begin(RATE, 50 * MS);
		struct wire_impair i = *wire_get(wire_ports_wire(net.ports), WIRE_A_TO_B);
		i.queue_bytes *= 4;
		cr_assert_eq(wire_set(wire_ports_wire(net.ports), WIRE_A_TO_B, &i), 0);
		start_flow(which);
		run(3 * SEC);
		lost[which] = wire_counters(wire_ports_wire(net.ports), WIRE_A_TO_B)->lost_queue;
		if (which == LEAT_TCP_CUBIC)
			end();
	}
	printf("lost by the first slow start: CUBIC with HyStart++ %lu, NewReno %lu\n", lost[0], lost[1]);
	cr_assert_lt(2 * lost[0], lost[1]);
}

/* RFC 9438 4.7, 5.3: a second flow, that comes later, gets its share */
Test(bottleneck, a_second_flow_gets_its_share)
{
	begin(RATE, 50 * MS);
	start_flow(LEAT_TCP_CUBIC);
	run(10 * SEC);
	start_flow(LEAT_TCP_CUBIC);
	run(30 * SEC);
	measure(60 * SEC);
	printf("two flows: %.3f of the link, %.3f of it the first, Jain %.3f\n", used(RATE, 60 * SEC),
		goodput(0) / (goodput(0) + goodput(1)), fairness());
	cr_assert_gt(used(RATE, 60 * SEC), 0.93);
	cr_assert_gt(fairness(), 0.9);
}

/* RFC 9438 5: ten flows that begin one after the other */
Test(bottleneck, ten_flows_share)
{
	begin(RATE, 50 * MS);
	for (int i = 0; i < 10; i++) {
		start_flow(LEAT_TCP_CUBIC);
		run(300 * MS);
	}
	run(30 * SEC);
	measure(60 * SEC);
	printf("ten flows: %.3f of the link, Jain %.3f\n", used(RATE, 60 * SEC), fairness());
	cr_assert_gt(used(RATE, 60 * SEC), 0.93);
	cr_assert_gt(fairness(), 0.85);
}

/* RFC 9438 5.1: where Reno does well (a short path), CUBIC takes about as much and not more */
Test(bottleneck, cubic_is_friendly_to_newreno_on_a_short_path)
{
	begin(RATE, 10 * MS);
	start_flow(LEAT_TCP_CUBIC);
	start_flow(LEAT_TCP_NEWRENO);
	run(20 * SEC);
	measure(60 * SEC);
	double cubic = goodput(0) / (goodput(0) + goodput(1));
	printf("beside NewReno: %.3f of the link, %.3f of it CUBIC\n", used(RATE, 60 * SEC), cubic);
	cr_assert_gt(used(RATE, 60 * SEC), 0.93);
	cr_assert(cubic > 0.35 && cubic < 0.65, "%.3f", cubic);
}

/* RFC 9438 5.2: on a long, fat path CUBIC comes back from a loss, where NewReno adds a segment a round trip */
Test(bottleneck, cubic_uses_a_long_path_better_than_newreno)
{
	double share[2];

	for (uint32_t which = LEAT_TCP_CUBIC; which <= LEAT_TCP_NEWRENO; which++) {
		memset(&net, 0, sizeof(net));
		begin(RATE, 200 * MS);
		struct wire_impair i = *wire_get(wire_ports_wire(net.ports), WIRE_A_TO_B);
		i.loss = 0.0001;
		cr_assert_eq(wire_set(wire_ports_wire(net.ports), WIRE_A_TO_B, &i), 0);
		start_flow(which);
		run(10 * SEC);
		measure(120 * SEC);
		share[which] = used(RATE, 120 * SEC);
		if (which == LEAT_TCP_CUBIC)
			end();
	}
	printf("200 ms, 0.01 %% loss: CUBIC %.3f, NewReno %.3f of the link\n", share[0], share[1]);
	cr_assert_gt(share[0], 0.7);
	cr_assert_gt(share[0], 1.2 * share[1]);
}

/* Every 1/p-th packet is lost, on a link that is never full. Returns the average window, in segments. */
static double
average_window(uint32_t congestion, uint32_t every, uint64_t rtt, uint64_t ns)
{
	static struct wire_pick picks[1000];
	struct wire_impair i = {.rate = 10000000000ull, .delay = rtt / 2, .picks = picks, .nb_picks = RTE_DIM(picks)};

	for (uint32_t n = 0; n < RTE_DIM(picks); n++)
		picks[n] = (struct wire_pick){.first = (uint64_t)(n + 1) * every, .last = (uint64_t)(n + 1) * every,
			.faults = WIRE_LOSE};
	memset(&net, 0, sizeof(net));
	begin(RATE, rtt);
	cr_assert_eq(wire_set(wire_ports_wire(net.ports), WIRE_A_TO_B, &i), 0);
	start_flow(congestion);
	run(ns / 4);
	measure(ns);
	double segments = goodput(0) / 1448 * (double)rtt / (double)ns;
	printf("1/%u lost, %.0f ms: %s %.1f segments\n", every, (double)rtt / MS,
		congestion == LEAT_TCP_CUBIC ? "CUBIC" : "NewReno", segments);
	return segments;
}

/* RFC 9438 5.1, tables 1 and 2: CUBIC's and Reno's average windows for a loss rate and a round trip */
Test(bottleneck, the_average_window_is_that_of_the_model)
{
	static const struct {
		uint32_t every, rtt_ms;
		double cubic, reno;
	} rows[] = {{1000, 100, 38, 38}, {10000, 100, 187, 120}, {1000, 10, 38, 38}, {10000, 10, 120, 120}};

	for (size_t r = 0; r < RTE_DIM(rows); r++) {
		uint64_t rtt = rows[r].rtt_ms * MS, ns = 2000 * rtt;
		if (r > 0)
			end();
		double cubic = average_window(LEAT_TCP_CUBIC, rows[r].every, rtt, ns);
		end();
		double reno = average_window(LEAT_TCP_NEWRENO, rows[r].every, rtt, ns);
		cr_expect(cubic > 0.9 * rows[r].cubic && cubic < 1.1 * rows[r].cubic, "%.1f, not %.0f", cubic, rows[r].cubic);
		cr_expect(reno > 0.9 * rows[r].reno && reno < 1.1 * rows[r].reno, "%.1f, not %.0f", reno, rows[r].reno);
	}
}
