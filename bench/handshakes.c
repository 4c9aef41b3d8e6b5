/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Connections per second of CPU: open, a 64-byte request, a 64-byte response with FIN, close -
 * six packets. Both ends on one core over net_ring, so the figure is for client and server
 * together; with real clocks, options and timers.
 *
 *   handshakes [EAL options --] [-c CONCURRENCY] [-s SECONDS] [-r RUNS] [-o OPEN]
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rte_common.h>
#include <rte_cycles.h>
#include "pair.h"

enum {
	PORTS = 80,                 /* the server listens on this many, from 80 on */
	IDLE_PER_PORT = 60000,      /* of the 64,512 local ports that one of them offers a client */
};

struct bench {
	struct pair pair;
	unsigned concurrency;
	unsigned idle;              /* connections that are open all the time and do nothing */
	uint64_t done, failed, opened_idle, begun_idle;
	bool filling;
	char message[64];
};

/* --- server --- */

static void
serve(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	struct bench *b = user;

	leat_tcp_consume(c, leat_rx_size(rx));
	leat_tcp_send(c, b->message, sizeof(b->message));
	leat_tcp_close(c);
}

static const struct leat_tcp_events server_events = {.on_data = serve};

/* --- client --- */

static void open_one(struct bench *b);

static void
ask(struct leat_conn *c, void *user)
{
	struct bench *b = user;

	if (b->filling)
		b->opened_idle++;
	else
		leat_tcp_send(c, b->message, sizeof(b->message));
}

static void
take(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	(void)user;
	leat_tcp_consume(c, leat_rx_size(rx));
}

static void
hang_up(struct leat_conn *c, void *user)
{
	(void)user;
	leat_tcp_close(c);
}

static void
count_one(struct leat_conn *c, int reason, void *user)
{
	struct bench *b = user;

	(void)c;
	if (reason == 0)
		b->done++;
	else
		b->failed++;
	open_one(b);
}

static const struct leat_tcp_events client_events = {
	.on_open = ask, .on_data = take, .on_peer_closed = hang_up, .on_closed = count_one,
};

static void
open_one(struct bench *b)
{
	struct leat_endpoint to = b->pair.server_at;
	struct leat_conn *c;

	if (b->filling)
		to.port = (uint16_t)(to.port + 1 + b->begun_idle++ / IDLE_PER_PORT);
	if (leat_tcp_connect(leat_core(b->pair.client, 0), NULL, &to, &client_events, b, &c) < 0)
		b->failed++;
}

static void
tune(struct leat_config *c, bool server)
{
	(void)server;
	c->tcp.msl = 1000000; /* 1 ms: what is measured is connections, not the size of a TIME-WAIT table */
	c->max_time_wait = 1 << 20;
	c->max_connections = 8 << 20;
	c->rx_mbufs = c->tx_mbufs = 16384;
}

static void
fill_idle(struct bench *b)
{
	b->filling = true;
	while (b->opened_idle < b->idle && b->failed == 0) {
		for (unsigned i = 0; i < 16 && b->begun_idle < b->idle; i++) /* no more than the server takes in a turn */
			open_one(b);
		pair_poll(&b->pair);
	}
	b->filling = false;
}

/* One run: connections a CPU-second; *cycles: TSC cycles of CPU a connection. */
static double
run(struct bench *b, double seconds, double *cycles)
{
	uint64_t before = b->done, start = cpu_ns();

	while (cpu_ns() - start < (uint64_t)(seconds * 1e9))
		for (int i = 0; i < 256; i++)
			pair_poll(&b->pair);
	double cpu = (double)(cpu_ns() - start) / 1e9;
	double n = (double)(b->done - before);
	*cycles = n > 0 ? cpu * (double)rte_get_tsc_hz() / n : 0;
	return n / cpu;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

int
main(int argc, char **argv)
{
	static struct bench b = {.concurrency = 256};
	double seconds = 2, rates[64], cycles[64];
	int runs = 5, eal = 0, option;

	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--") == 0)
			eal = i;
	optind = eal > 0 ? eal + 1 : 1;
	while ((option = getopt(argc, argv, "c:s:r:o:")) != -1)
		switch (option) {
		case 'c':
			b.concurrency = (unsigned)atoi(optarg);
			break;
		case 's':
			seconds = atof(optarg);
			break;
		case 'r':
			runs = atoi(optarg) < 1 ? 1 : atoi(optarg) > 64 ? 64 : atoi(optarg);
			break;
		case 'o':
			b.idle = RTE_MIN((unsigned)atoi(optarg), (PORTS - 1u) * IDLE_PER_PORT);
			break;
		default:
			fprintf(stderr, "usage: handshakes [EAL options --] [-c CONCURRENCY] [-s SECONDS] [-r RUNS] [-o OPEN]\n");
			return 2;
		}
	memset(b.message, 'x', sizeof(b.message));
	pair_open(&b.pair, eal > 0 ? eal : 1, argv, tune);
	for (uint16_t i = 0; i < PORTS; i++) {
		struct leat_endpoint at = {b.pair.server_at.addr, (uint16_t)(b.pair.server_at.port + i)};
		struct leat_listener *listener;
		if (leat_tcp_listen(b.pair.server, &at, &server_events, &b, &listener) < 0)
			return 1;
	}
	/* one first: it brings the neighbours, for whom only a few packets may wait */
	open_one(&b);
	while (b.done == 0 && b.failed == 0)
		pair_poll(&b.pair);
	fill_idle(&b);
	for (unsigned i = 1; i < b.concurrency; i++)
		open_one(&b);
	run(&b, seconds / 4, &cycles[0]); /* warm-up */
	for (int i = 0; i < runs; i++)
		rates[i] = run(&b, seconds, &cycles[i]);
	qsort(rates, (size_t)runs, sizeof(rates[0]), by_value);
	qsort(cycles, (size_t)runs, sizeof(cycles[0]), by_value);
	printf("handshakes: %u at a time, %u idle: %.0f connections per CPU-second, both ends "
		"(median of %d; %.0f..%.0f), %.0f TSC cycles a connection, %llu failed\n",
		b.concurrency, b.idle, rates[runs / 2], runs, rates[0], rates[runs - 1], cycles[runs / 2],
		(unsigned long long)b.failed);
	uint64_t segs = leat_stat_value(b.pair.server, "tcp_segs_in") + leat_stat_value(b.pair.server, "tcp_segs_out");
	printf("  packets a connection %.2f, retransmits %llu\n",
		(double)segs / (double)leat_stat_value(b.pair.server, "tcp_opened_passive"),
		(unsigned long long)(leat_stat_value(b.pair.server, "tcp_retransmits") +
			leat_stat_value(b.pair.client, "tcp_retransmits")));
	return b.failed > 0;
}
