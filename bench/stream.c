/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What bulk data costs: sender and receiver on one core over net_ring, checksums computed and verified in software.
 *
 *   stream [EAL options --] [-n CONNECTIONS] [-m MSS] [-w up|down] [-z] [-s SECONDS] [-r RUNS] [--json]
 *
 * -z: by reference (leat_tcp_send_ref()) instead of by copy; -w: from the client up, or from the server down.
 * The windows of all connections together are 2 MiB, so that no more is in flight than the rings take. The peer is
 * one copy of the bytes, segment by segment, in the same run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rte_atomic.h>
#include <rte_common.h>
#include <rte_memcpy.h>
#include "crowd.h"
#include "options.h"
#include "report.h"

enum { CHUNK = 64 << 10, WINDOWS = 2 << 20, HEADERS = 40 + 12 }; /* IPv4, TCP, timestamps */

struct stream {
	struct options options;
	struct pair pair;
	struct crowd crowd;
	uint64_t received, failed;
	uint8_t data[CHUNK], copy[CHUNK];
};

static void
release(void *arg)
{
	(void)arg;
}

static void
fill(struct leat_conn *c, size_t acked, void *user)
{
	struct stream *s = user;
	ssize_t n;

	(void)acked;
	do {
		n = s->options.by_reference ? leat_tcp_send_ref(c, s->data, CHUNK, release, NULL) : leat_tcp_send(c, s->data, CHUNK);
	} while (n == CHUNK);
	if (n < 0)
		s->failed++;
}

static void
begin(struct leat_conn *c, void *user)
{
	fill(c, 0, user);
}

static void
take(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	struct stream *s = user;

	s->received += leat_rx_size(rx);
	leat_tcp_consume(c, leat_rx_size(rx));
}

static void
lose(struct leat_conn *c, int reason, void *user)
{
	(void)c;
	(void)reason;
	((struct stream *)user)->failed++;
}

static const struct leat_tcp_events sender = {.on_open = begin, .on_sent = fill, .on_closed = lose};
static const struct leat_tcp_events receiver = {.on_data = take, .on_closed = lose};

static const struct options *options; /* of tune() */

static void
tune(struct leat_config *c, bool server)
{
	(void)server;
	c->mtu = options->mss + HEADERS;
	c->tcp.rcv_buf = RTE_MAX(WINDOWS / options->connections, 4096u);
	c->tcp.rcv_buf_max = 0;
	c->rx_mbufs = c->tx_mbufs = 32768;
}

/* A second, of CPU and of the clock. */
static struct measure
gbits(uint64_t bytes, const struct spent *spent)
{
	double bits = (double)bytes * 8;

	return (struct measure){bits / (double)spent->cpu, bits / (double)spent->clock};
}

static struct measure
run(struct stream *s, double seconds)
{
	struct spent start = spent_now(), spent;
	uint64_t received = s->received;

	do {
		for (int i = 0; i < 64; i++)
			pair_poll(&s->pair);
		spent = spent_since(&start);
	} while ((double)spent.cpu < seconds * 1e9);
	if (s->failed > 0 || s->received == received) {
		fprintf(stderr, "stream: a connection was lost, or nothing comes\n");
		exit(1);
	}
	return gbits(s->received - received, &spent);
}

/* The bytes alone. */
static struct measure
run_copy(struct stream *s, double seconds)
{
	struct spent start = spent_now(), spent;
	uint64_t bytes = 0;
	unsigned mss = s->options.mss;

	do {
		for (unsigned at = 0; at + mss <= CHUNK; at += mss) {
			rte_memcpy(s->copy + at, s->data + at, mss);
			bytes += mss;
		}
		rte_compiler_barrier();
		spent = spent_since(&start);
	} while ((double)spent.cpu < seconds * 1e9);
	return gbits(bytes, &spent);
}

int
main(int argc, char **argv)
{
	static struct stream s = {.options = {.seconds = 1, .runs = 5, .connections = 1, .mss = 1448, .up = true}};
	static struct series own, peer;
	const struct options *o = &s.options;
	char what[96];

	options_parse(&s.options, argc, argv, "nmwzsr");
	options_start_eal(&s.options, argv);
	options = o;
	s.crowd = (struct crowd){.pair = &s.pair, .random = true, .addrs = 1};
	pair_open(&s.pair, 2, tune);
	pair_introduce(&s.pair);
	crowd_listen(&s.pair, o->up ? &receiver : &sender, &s);
	crowd_open(&s.crowd, o->connections, o->up ? &sender : &receiver, &s);
	for (int i = 0; i < o->runs; i++) {
		run(&s, o->seconds / 4); /* warm-up */
		series_add_measure(&own, run(&s, o->seconds));
		series_add_measure(&peer, run_copy(&s, o->seconds / 4));
	}
	snprintf(what, sizeof(what), "%u connection%s, MSS %u, %s, %s", o->connections, o->connections == 1 ? "" : "s", o->mss,
		o->up ? "up" : "down", o->by_reference ? "by reference" : "copied");
	report(&(struct figure){"stream", what, "Gbit/CPU-second", &own,
		"one copy of the bytes", &peer}, o->json);
	pair_close(&s.pair);
	return 0;
}
