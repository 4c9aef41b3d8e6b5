/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How long a 64-byte message and its answer take, one after the other on one connection: no wire, both ends in one
 * thread over net_ring, so what is measured is the way through both stacks and what stands before it in their
 * turns. -o other connections exchange messages meanwhile, -c at a time.
 *
 *   latency [EAL options --] [-o OTHERS] [-c CONCURRENCY] [-s SECONDS] [-r RUNS] [--json]
 *
 * The peer is the kernel's loopback; with others, leat without them. Percentiles are of each run; the median of the runs is given. Wall time:
 * what others do on this core is in it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <rte_cycles.h>
#include "echo.h"
#include "kernel.h"
#include "options.h"
#include "report.h"

enum { MESSAGE = 64, SAMPLES = 1 << 20, QUANTILES = 3 };

static const struct {
	const char *name;
	double of;
} quantiles[QUANTILES] = {{"p50", 0.5}, {"p99", 0.99}, {"p99.9", 0.999}};

struct samples {
	uint32_t n, cycles[SAMPLES];
};

struct pinger {
	struct echo echo;
	struct leat_conn *conn;
	uint64_t sent; /* TSC */
	struct samples *samples;
	bool stop;
};

static void
note(struct samples *s, uint64_t cycles)
{
	if (s->n < SAMPLES)
		s->cycles[s->n++] = cycles > UINT32_MAX ? UINT32_MAX : (uint32_t)cycles;
}

static int
by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void
conclude(struct samples *s, struct series *series)
{
	if (s->n == 0) {
		fprintf(stderr, "latency: nothing was answered\n");
		exit(1);
	}
	qsort(s->cycles, s->n, sizeof(s->cycles[0]), by_size);
	for (int q = 0; q < QUANTILES; q++)
		series_add(&series[q], s->cycles[(uint32_t)(quantiles[q].of * (s->n - 1))] * 1e6 / (double)rte_get_tsc_hz());
}

static void
ping(struct pinger *p)
{
	p->sent = rte_rdtsc();
	leat_tcp_send(p->conn, p->echo.message, MESSAGE);
}

static void
on_open(struct leat_conn *c, void *user)
{
	((struct pinger *)user)->conn = c;
}

static void
on_data(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	struct pinger *p = user;

	if (leat_rx_size(rx) < MESSAGE)
		return;
	leat_tcp_consume(c, MESSAGE);
	note(p->samples, rte_rdtsc() - p->sent);
	if (!p->stop)
		ping(p);
}

static const struct leat_tcp_events events = {.on_open = on_open, .on_data = on_data};

static void
run(struct pinger *p, const struct options *o, bool others, struct series *series)
{
	uint64_t start = cpu_ns();

	if (others)
		echo_start(&p->echo, o->concurrency < o->open ? o->concurrency : o->open, o->open);
	p->samples->n = 0;
	p->stop = false;
	ping(p);
	while ((double)(cpu_ns() - start) < o->seconds * 1e9 && p->samples->n < SAMPLES)
		for (int i = 0; i < 64; i++)
			pair_poll(&p->echo.pair);
	p->stop = true;
	if (others)
		echo_pause(&p->echo);
	for (int i = 0; i < 1000; i++)
		pair_poll(&p->echo.pair);
	conclude(p->samples, series);
}

static void
run_kernel(struct kernel_pair *k, const struct options *o, struct samples *s, struct series *series)
{
	uint64_t start = cpu_ns();

	s->n = 0;
	while ((double)(cpu_ns() - start) < o->seconds * 1e9 && s->n < SAMPLES) {
		uint64_t sent = rte_rdtsc();
		if (kernel_turn(k, 1) != 1)
			exit(1);
		note(s, rte_rdtsc() - sent);
	}
	conclude(s, series);
}

int
main(int argc, char **argv)
{
	static struct options o = {.concurrency = 64, .seconds = 1, .runs = 5};
	static struct series own[QUANTILES], peer[QUANTILES];
	static struct samples samples;
	static struct pinger p = {.samples = &samples};
	struct leat_conn *conn;
	char what[96];

	options_parse(&o, argc, argv, "ocsr");
	options_start_eal(&o, argv);
	echo_open(&p.echo, o.open + 1, MESSAGE, true);
	pair_introduce(&p.echo.pair);
	echo_fill(&p.echo, o.open);
	if (leat_tcp_connect(leat_core(p.echo.pair.client, 0), NULL, &p.echo.pair.server_at, &events, &p, &conn) < 0)
		return 1;
	while (p.conn == NULL)
		pair_poll(&p.echo.pair);
	struct kernel_pair *kernel = kernel_open(1, MESSAGE);
	for (int i = 0; i < o.runs; i++) {
		run(&p, &o, o.open > 0, own);
		if (o.open > 0)
			run(&p, &o, false, peer);
		else
			run_kernel(kernel, &o, &samples, peer);
	}
	for (int q = 0; q < QUANTILES; q++) {
		snprintf(what, sizeof(what), "%s, %u at a time on %u others", quantiles[q].name,
			o.concurrency < o.open ? o.concurrency : o.open, o.open);
		report(&(struct figure){"latency", what, "us", &own[q], o.open > 0 ? "no others" : "kernel", &peer[q]}, o.json);
	}
	kernel_close(kernel);
	echo_close(&p.echo);
	return 0;
}
