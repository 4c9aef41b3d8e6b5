/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a short connection costs: open, a 64-byte request, a 64-byte response with FIN, close - six packets.
 * Both ends on one core over net_ring, with real clocks, options and timers; the limit (model.h) is measured
 * alternately in the same process.
 *
 *   handshakes [EAL options --] [-c CONCURRENCY] [-s SECONDS] [-r RUNS] [-o OPEN] [-t random|sequential] [-v] [--json]
 *
 * -v: the limit verifies checksums too, as leat does here.
 */
#include <stdio.h>
#include <string.h>
#include <rte_cycles.h>
#include "crowd.h"
#include "model.h"
#include "options.h"
#include "pair.h"
#include "report.h"

enum { MSL = 1000000 }; /* nanoseconds */

struct bench {
	struct options options;
	struct pair pair;
	uint64_t done, failed;
	unsigned under_way;
	bool pausing;
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
	b->under_way--;
	if (reason == 0)
		b->done++;
	else
		b->failed++;
	if (!b->pausing)
		open_one(b);
}

static const struct leat_tcp_events client_events = {
	.on_open = ask, .on_data = take, .on_peer_closed = hang_up, .on_closed = count_one,
};

/* Who does nothing may not end either. */
static void
lose_one(struct leat_conn *c, int reason, void *user)
{
	struct bench *b = user;

	(void)c;
	(void)reason;
	b->failed++;
}

static const struct leat_tcp_events idle_events = {.on_closed = lose_one};

static void
open_one(struct bench *b)
{
	struct leat_conn *c;

	if (leat_tcp_connect(leat_core(b->pair.client, 0), NULL, &b->pair.server_at, &client_events, b, &c) < 0)
		b->failed++;
	else
		b->under_way++;
}

static void
tune(struct leat_config *c, bool server)
{
	(void)server;
	c->tcp.msl = MSL; /* what is measured is connections, not the size of a TIME-WAIT table */
	c->max_time_wait = 1 << 20;
	c->max_connections = 40 << 20;
	c->rx_mbufs = c->tx_mbufs = 16384;
}

/* Segments in and out of the server, as counted by itself. */
static uint64_t
segments(const struct bench *b)
{
	return leat_stat_value(b->pair.server, "tcp_segs_in") + leat_stat_value(b->pair.server, "tcp_segs_out");
}

/* Opens and closes for so many seconds of CPU. */
static struct model_cost
run(struct bench *b, double seconds)
{
	uint64_t done = b->done, segs = segments(b), start = cpu_ns(), cpu;
	struct pair_cycles in = {0, 0};

	do {
		pair_poll_stamped(&b->pair, 256, &in);
		cpu = cpu_ns() - start;
	} while ((double)cpu < seconds * 1e9);
	double n = (double)(b->done - done), cycles = cycles_of(cpu) / n;
	double share = (double)in.server / (double)(in.server + in.client);
	return (struct model_cost){cycles, cycles * share, (double)(segments(b) - segs) / n};
}

static void
resume(struct bench *b)
{
	b->pausing = false;
	while (b->under_way < b->options.concurrency && b->failed == 0)
		open_one(b);
}

/* Until nothing is under way, in TIME-WAIT or about to be sent again, while the limit is measured. */
static void
pause_all(struct bench *b)
{
	uint64_t start;

	b->pausing = true;
	while (b->under_way > 0 && b->failed == 0)
		pair_poll(&b->pair);
	for (start = cpu_ns(); cpu_ns() - start < 5 * MSL;)
		pair_poll(&b->pair);
}

struct results {
	struct series both, server, limit, limit_server, rate, packets;
};

/* leat and the limit by turns, so that what disturbs one disturbs the other. */
static void
measure(struct bench *b, struct model *limit, struct results *r)
{
	const struct options *o = &b->options;

	for (int i = 0; i < o->runs && b->failed == 0; i++) {
		resume(b);
		run(b, o->seconds / 4); /* warm-up */
		struct model_cost ours = run(b, o->seconds);
		pause_all(b);
		model_run(limit, o->seconds / 4);
		struct model_cost least = model_run(limit, o->seconds);
		series_add(&r->both, ours.cycles);
		series_add(&r->server, ours.server_cycles);
		series_add(&r->limit, least.cycles);
		series_add(&r->limit_server, least.server_cycles);
		series_add(&r->rate, (double)rte_get_tsc_hz() / ours.cycles);
		series_add(&r->packets, ours.packets);
	}
}

static void
print(const struct bench *b, const struct results *r)
{
	const struct options *o = &b->options;
	char what[96];

	options_case(o, what, sizeof(what), "both ends");
	report(&(struct figure){"handshakes", what, "cycles/connection", &r->both, "limit", &r->limit}, o->json);
	report(&(struct figure){"handshakes", what, "connections/CPU-second", &r->rate, NULL, NULL}, o->json);
	report(&(struct figure){"handshakes", what, "packets/connection", &r->packets, NULL, NULL}, o->json);
	options_case(o, what, sizeof(what), "server");
	report(&(struct figure){"handshakes", what, "cycles/connection", &r->server, "limit", &r->limit_server}, o->json);
	if (!o->json)
		printf("handshakes: failed %llu, sent again %llu\n", (unsigned long long)b->failed,
			(unsigned long long)(leat_stat_value(b->pair.server, "tcp_retransmits") +
				leat_stat_value(b->pair.client, "tcp_retransmits")));
}

int
main(int argc, char **argv)
{
	static struct bench b = {.options = {.concurrency = 256, .seconds = 1, .runs = 5, .random = true}};
	static struct results results;

	options_parse(&b.options, argc, argv, "csrotv");
	options_start_eal(&b.options, argv);
	memset(b.message, 'x', sizeof(b.message));
	struct crowd idle = {.pair = &b.pair, .random = b.options.random, .addrs = crowd_addrs(b.options.open)};
	pair_open(&b.pair, 1 + idle.addrs, tune);
	crowd_listen(&b.pair, &server_events, &b);
	pair_introduce(&b.pair);
	crowd_open(&idle, b.options.open, &idle_events, &b);
	struct model_config config = {b.options.concurrency, b.options.open, b.options.random, b.options.verify};
	struct model *limit = model_open(&config);
	measure(&b, limit, &results);
	print(&b, &results);
	model_close(limit);
	return b.failed > 0;
}
