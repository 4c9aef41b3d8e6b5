/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How long a 64-byte message and its answer take, one after the other on one connection: no wire, both ends in one
 * thread over net_ring, so what is measured is the way through both stacks and what stands before it in their
 * turns. -o other connections exchange messages meanwhile, -c at a time: the load.
 *
 *   latency [EAL options --] [-o OTHERS] [-c CONCURRENCY] [-s SECONDS] [-r RUNS] [--json]
 *
 * The peer is the kernel's loopback, an epoll server and client in one thread, under the same load: as many others, or
 * as many as there are descriptors for, and as many messages at a time. Percentiles are of each run; the median of the
 * runs is given. Wall time: what others do on this core is in it.
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
	struct kernel_pair *kernel;
	uint32_t others, kernel_others, at_a_time;
	const struct side *side;
	uint64_t sent; /* TSC */
	struct samples samples;
	bool stop;
};

/* leat or the kernel: the load, the message, and a turn of both ends. */
struct side {
	void (*start)(struct pinger *p);
	void (*pause)(struct pinger *p);
	void (*ping)(struct pinger *p);
	void (*poll)(struct pinger *p);
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
	p->side->ping(p);
}

static void
pong(void *arg)
{
	struct pinger *p = arg;

	note(&p->samples, rte_rdtsc() - p->sent);
	if (!p->stop)
		ping(p);
}

/* --- leat --- */

static void
on_open(struct leat_conn *c, void *user)
{
	((struct pinger *)user)->conn = c;
}

static void
on_data(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	if (leat_rx_size(rx) < MESSAGE)
		return;
	leat_tcp_consume(c, MESSAGE);
	pong(user);
}

static const struct leat_tcp_events events = {.on_open = on_open, .on_data = on_data};

static void
start_leat(struct pinger *p)
{
	echo_start(&p->echo, p->at_a_time, p->others);
}

static void
poll_leat(struct pinger *p)
{
	for (int i = 0; i < 64; i++)
		pair_poll(&p->echo.pair);
}

static void
pause_leat(struct pinger *p)
{
	echo_pause(&p->echo);
	for (int i = 0; i < 16; i++) /* and the last ping */
		poll_leat(p);
}

static void
ping_leat(struct pinger *p)
{
	leat_tcp_send(p->conn, p->echo.message, MESSAGE);
}

static const struct side leat_side = {start_leat, pause_leat, ping_leat, poll_leat};

static void
open_leat(struct pinger *p)
{
	echo_open(&p->echo, p->others + 1, MESSAGE, true);
	pair_introduce(&p->echo.pair);
	echo_fill(&p->echo, p->others);
	if (leat_tcp_connect(leat_core(p->echo.pair.client, 0), NULL, &p->echo.pair.server_at, &events, p, &p->conn) < 0)
		exit(1);
	for (p->conn = NULL; p->conn == NULL;)
		pair_poll(&p->echo.pair);
}

/* --- the kernel --- */

static void
start_kernel(struct pinger *p)
{
	kernel_start(p->kernel, p->at_a_time < p->kernel_others ? p->at_a_time : p->kernel_others);
}

static void
pause_kernel(struct pinger *p)
{
	kernel_pause(p->kernel);
}

static void
ping_kernel(struct pinger *p)
{
	kernel_ping(p->kernel, pong, p);
}

static void
poll_kernel(struct pinger *p)
{
	kernel_poll(p->kernel);
}

static const struct side kernel_side = {start_kernel, pause_kernel, ping_kernel, poll_kernel};

static void
open_kernel(struct pinger *p)
{
	uint32_t room = kernel_room();

	p->kernel_others = p->others < room ? p->others : room;
	p->kernel = kernel_open(p->kernel_others, MESSAGE);
}

/* --- both --- */

static void
run(struct pinger *p, const struct side *side, double seconds, struct series *series)
{
	uint64_t start = cpu_ns();

	p->side = side;
	p->samples.n = 0;
	p->stop = false;
	side->start(p);
	ping(p);
	while ((double)(cpu_ns() - start) < seconds * 1e9 && p->samples.n < SAMPLES)
		side->poll(p);
	p->stop = true;
	side->pause(p);
	conclude(&p->samples, series);
}

static void
print(const struct pinger *p, const struct series *own, const struct series *peer, bool json)
{
	char what[96], kernel[64] = "kernel";

	if (p->kernel_others < p->others)
		snprintf(kernel, sizeof(kernel), "kernel, %u others", p->kernel_others);
	for (int q = 0; q < QUANTILES; q++) {
		snprintf(what, sizeof(what), "%s, %u at a time on %u others", quantiles[q].name, p->at_a_time, p->others);
		report(&(struct figure){"latency", what, "us", &own[q], kernel, &peer[q]}, json);
	}
}

int
main(int argc, char **argv)
{
	static struct options o = {.concurrency = 64, .seconds = 1, .runs = 5};
	static struct series own[QUANTILES], peer[QUANTILES];
	static struct pinger p;

	options_parse(&o, argc, argv, "ocsr");
	options_start_eal(&o, argv);
	p.others = o.open;
	p.at_a_time = o.concurrency < o.open ? o.concurrency : o.open;
	open_leat(&p);
	open_kernel(&p);
	for (int i = 0; i < o.runs; i++) {
		run(&p, &leat_side, o.seconds, own);
		run(&p, &kernel_side, o.seconds, peer);
	}
	print(&p, own, peer, o.json);
	kernel_close(p.kernel);
	echo_close(&p.echo);
	return 0;
}
