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
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <rte_common.h>
#include <rte_cycles.h>
#include "model.h"
#include "options.h"
#include "pair.h"
#include "report.h"

enum {
	PORTS = 80,        /* the server listens on this many, from 80 on */
	EACH = 4 << 20,    /* connections that do nothing from one address of the client: of 5.2 M tuples */
	FIRST_PORT = 1024, /* of a client, for who does nothing */
	STEP = 16,         /* opened in one turn: no more than the server takes in one */
	MSL = 1000000,     /* nanoseconds */
};

struct bench {
	struct options options;
	struct pair pair;
	uint64_t done, failed;
	uint64_t opened, begun; /* of those that do nothing */
	unsigned under_way;
	bool filling, pausing;
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
		b->opened++;
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

static void
open_one(struct bench *b)
{
	struct leat_conn *c;

	if (leat_tcp_connect(leat_core(b->pair.client, 0), NULL, &b->pair.server_at, &client_events, b, &c) < 0)
		b->failed++;
	else
		b->under_way++;
}

/* Addresses of the client beside the first, for connections that do nothing. */
static unsigned
idle_addrs(const struct options *o)
{
	return (o->open + EACH - 1) / EACH;
}

/* Two ends of a connection that is to do nothing: in a row, or anywhere. */
static void
choose_tuple(struct bench *b, struct leat_endpoint *from, struct leat_endpoint *to)
{
	uint64_t ports = UINT16_MAX - FIRST_PORT + 1, i = b->begun++;

	if (b->options.random) {
		i = (i ^ i >> 31) * 0x7fb5d329728ea185u;
		i = (i ^ i >> 27) * 0x81dadef4bc2dd44du;
		i ^= i >> 33;
	}
	i %= idle_addrs(&b->options) * PORTS * ports;
	*to = b->pair.server_at;
	to->port = (uint16_t)(to->port + i / ports % PORTS);
	*from = pair_client_at(1 + (unsigned)(i / ports / PORTS), (uint16_t)(FIRST_PORT + i % ports));
}

static void
open_idle(struct bench *b)
{
	struct leat_core *core = leat_core(b->pair.client, 0);
	struct leat_endpoint from, to;
	struct leat_conn *c;
	int r;

	do {
		choose_tuple(b, &from, &to);
	} while ((r = leat_tcp_connect(core, &from, &to, &client_events, b, &c)) == -EADDRINUSE);
	if (r < 0)
		b->failed++;
}

/*
 * One from each address, one after the other: they bring the neighbours, for whom only a few packets may
 * wait.
 */
static void
introduce(struct bench *b)
{
	struct leat_conn *c;

	for (unsigned i = 0; i <= idle_addrs(&b->options) && b->failed == 0; i++) {
		struct leat_endpoint from = pair_client_at(i, FIRST_PORT - 1);
		if (leat_tcp_connect(leat_core(b->pair.client, 0), &from, &b->pair.server_at, &client_events, b, &c) < 0)
			b->failed++;
		while (b->opened <= i && b->failed == 0)
			pair_poll(&b->pair);
	}
}

static void
fill(struct bench *b)
{
	b->filling = true;
	introduce(b);
	for (uint64_t begun = b->opened; b->opened < b->options.open && b->failed == 0;) {
		for (unsigned i = 0; i < STEP && begun < b->options.open; i++, begun++)
			open_idle(b);
		pair_poll(&b->pair);
	}
	b->filling = false;
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

static void
listen_on_all(struct bench *b)
{
	struct leat_endpoint at = b->pair.server_at;
	struct leat_listener *listener;

	for (unsigned i = 0; i < PORTS; i++, at.port++)
		if (leat_tcp_listen(b->pair.server, &at, &server_events, b, &listener) < 0)
			b->failed++;
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
	struct series both, server, limit, limit_server, rate;
	double packets;
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
		r->packets = ours.packets;
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
	options_case(o, what, sizeof(what), "server");
	report(&(struct figure){"handshakes", what, "cycles/connection", &r->server, "limit", &r->limit_server}, o->json);
	if (!o->json)
		printf("handshakes: packets a connection %.2f, failed %llu, retransmits %llu\n", r->packets,
			(unsigned long long)b->failed,
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
	pair_open(&b.pair, 1 + idle_addrs(&b.options), tune);
	listen_on_all(&b);
	fill(&b);
	struct model_config config = {b.options.concurrency, b.options.open, b.options.random, b.options.verify};
	struct model *limit = model_open(&config);
	measure(&b, limit, &results);
	print(&b, &results);
	model_close(limit);
	return b.failed > 0;
}
