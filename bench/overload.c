/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * More connections than a server can serve: they come at a constant rate, whatever becomes of those before them (an
 * open loop), 1.5 and 3 times as many as it sustains. Who is not served sends its SYN again, after 1 and 3 s, and gives
 * up after 5. Then the load falls: all who wait give up, and half of what it sustains goes on coming. Before and after
 * it is measured what the server sustains: so many at a time, and another as soon as one is served.
 *
 * The server is a slow processor: time is its own. The clock of both ends moves on by what the server's turns cost in
 * TSC cycles, taken SLOW times; the clients' turns cost nothing. So the server is what limits, whatever the machine does
 * meanwhile, and clients are never late. The server's receive queue is a ring of 1023; what does not fit is lost, as in a NIC.
 * The clients are no stack (callers.h): one of those, with as many waiting, takes the caches from the server.
 *
 *   overload [EAL options --] [-c CONCURRENCY] [-s SECONDS] [-r RUNS] [--json]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rte_cycles.h>
#include <rte_eth_ring.h>
#include <rte_ring.h>
#include <leat/leat.h>
#include "callers.h"
#include "options.h"
#include "report.h"

#define SEC 1000000000ull

enum {
	SLOW = 50,
	QUEUE = 1024,             /* as rx_descriptors */
	WIDE = 1 << 16,           /* a ring that is never full */
	STEP = 1000000,           /* ns of the clock: the server keeps its caches to itself for that long */
	LATE = 150000000,         /* ns: longer than anything takes without a segment being lost (the least RTO is 200 ms) */
	MAX_SECONDS = 64,
	FACTORS = 2,
};

static const double factors[FACTORS] = {1.5, 3};

struct phase {
	uint64_t begin, end;      /* of the clock */
	uint64_t opened, served, gave_up; /* clients */
	struct callers_count before; /* as counted when it began */
	uint64_t shed;            /* SYNs, likewise */
	double server, clients;   /* cycles */
	uint64_t late;            /* when the last one was due that was served late, or not at all */
	uint64_t each[MAX_SECONDS + 1]; /* served in each second */
};

static struct {
	struct leat *server;
	struct callers *clients;
	uint64_t now;
	double ns_per_cycle;
	struct phase *phase;
	uint8_t message[64];
} w;

struct results {
	struct series sustained, served, worst, recovery;
};

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "overload: %s: %s\n", what, why);
	exit(1);
}

static uint64_t
read_clock(void *arg)
{
	(void)arg;
	return w.now;
}

/* --- the server --- */

static void
serve(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	(void)user;
	leat_tcp_consume(c, leat_rx_size(rx));
	leat_tcp_send_close(c, w.message, sizeof(w.message));
}

static const struct leat_tcp_events server_events = {.on_data = serve};

/* --- the clients --- */

static void
count_one(uint64_t due, uint64_t now, bool is_served)
{
	struct phase *p = w.phase;

	if (due >= p->begin && (!is_served || now - due > LATE) && due > p->late)
		p->late = due;
	p->gave_up += !is_served;
	if (!is_served)
		return;
	p->served++;
	p->each[(now - p->begin) / SEC]++;
}

static void
open_one(uint64_t due)
{
	callers_call(w.clients, due);
	w.phase->opened++;
}

/* The server turns for STEP, and then the clients do all that they have to do at its end. */
static void
turn(void)
{
	for (uint64_t end = w.now + STEP; w.now < end;) {
		uint64_t start = rte_rdtsc();
		leat_core_poll(leat_core(w.server, 0));
		uint64_t took = cycles_between(start, rte_rdtsc());
		w.phase->server += (double)took;
		w.now += (uint64_t)((double)took * w.ns_per_cycle) + 1;
	}
	uint64_t start = rte_rdtsc();
	callers_turn(w.clients, w.now);
	w.phase->clients += (double)(rte_rdtsc() - start);
}

static struct phase *
begin(struct phase *p, double seconds)
{
	memset(p, 0, sizeof(*p));
	p->before = *callers_counted(w.clients);
	p->shed = leat_stat_value(w.server, "drop_tcp_shed");
	p->begin = w.now;
	p->end = w.now + (uint64_t)(seconds * 1e9);
	return w.phase = p;
}

/* To standard error: what was asked of the server, and what those who were served cost it, and the clients. */
static void
explain(double factor, const struct phase *p)
{
	double seconds = (double)(w.now - p->begin) / 1e9, served = (double)p->served;
	double again = (double)(callers_counted(w.clients)->again - p->before.again);
	double lost = (double)(callers_counted(w.clients)->lost - p->before.lost);
	double shed = (double)(leat_stat_value(w.server, "drop_tcp_shed") - p->shed);

	fprintf(stderr, "overload: %g times, a second: %.0f clients came, %.0f gave up, %.0f segments sent again, %.0f packets lost in "
		"front of the queue; for each of the %.0f served %.1f SYNs were shed, the server took %.0f cycles and the clients "
		"%.0f\n", factor, (double)p->opened / seconds, (double)p->gave_up / seconds, again / seconds,
		lost / seconds, served / seconds, shed / served, p->server / served, p->clients / served);
}

/* So many at a time, and another as soon as one ends; returns how many a second. */
static double
closed_loop(unsigned at_a_time, double seconds)
{
	struct phase p;

	for (begin(&p, seconds); w.now < p.end; turn())
		while (callers_under_way(w.clients) < at_a_time)
			open_one(w.now);
	double served = (double)p.served * 1e9 / (double)(w.now - p.begin);
	if (seconds >= 1)
		explain(1, &p);
	begin(&p, 1);
	while (callers_under_way(w.clients) > 0)
		turn();
	return served;
}

static void
open_loop(struct phase *p, double rate, double seconds)
{
	double each = 1e9 / rate, due = (double)w.now;

	for (begin(p, seconds); w.now < p->end; turn())
		for (; due <= (double)w.now; due += each)
			open_one((uint64_t)due);
}

/* The fewest in a second of it; in all if it is shorter. */
static double
worst_second(const struct phase *p)
{
	uint64_t seconds = (p->end - p->begin) / SEC, least = UINT64_MAX;

	for (uint64_t i = 0; i < seconds; i++)
		least = p->each[i] < least ? p->each[i] : least;
	return seconds > 0 ? (double)least : (double)p->served * 1e9 / (double)(p->end - p->begin);
}

static void
measure(const struct options *o, double factor, struct results *r)
{
	struct phase p, after;
	double sustained = closed_loop(o->concurrency, 1);

	open_loop(&p, factor * sustained, o->seconds);
	double seconds = (double)(w.now - p.begin) / 1e9;
	explain(factor, &p);
	callers_give_up(w.clients);
	open_loop(&after, sustained / 2, 2);
	sustained = (sustained + closed_loop(o->concurrency, 1)) / 2;
	series_add(&r->sustained, sustained);
	series_add(&r->served, (double)p.served / seconds);
	series_add(&r->worst, worst_second(&p));
	/* of the clock, to a hundredth of a second: when it was seen that nobody is late any more */
	series_add(&r->recovery, 0.01 + (after.late > 0 ? (double)(after.late - after.begin) / 1e9 : 0));
}

/* --- both --- */

static struct rte_ring *
ring(const char *name, unsigned size)
{
	struct rte_ring *r = rte_ring_create(name, size, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);

	if (r == NULL)
		die(name, "no memory");
	return r;
}

static struct leat *
make_server(const struct leat_config *config)
{
	struct leat_endpoint at = {leat_ipv4(198, 18, 0, 1), 80};
	struct leat_listener *listener;
	struct leat_error error;
	struct leat *leat = leat_create(config, &error);

	if (leat == NULL)
		die("server", error.text);
	if (leat_tcp_listen(leat, &at, &server_events, NULL, &listener) < 0)
		die("listen", "refused");
	return leat;
}

static void
open_world(void)
{
	struct callers_config clients = {.in = ring("back", WIDE), .out = ring("queue", QUEUE), .ended = count_one};
	struct leat_config c;

	if (rte_eth_from_rings("server", &clients.out, 1, &clients.in, 1, 0) < 0)
		die("server", "no port");
	w.now = 1000 * SEC;
	w.ns_per_cycle = SLOW * 1e9 / (double)rte_get_tsc_hz();
	memset(w.message, 'x', sizeof(w.message));
	leat_config_init(&c);
	snprintf(c.name, sizeof(c.name), "server");
	snprintf(c.ports[0].name, sizeof(c.ports[0].name), "net_ring_server");
	c.nb_ports = c.nb_addrs = 1;
	c.addrs[0].addr = leat_ipv4(198, 18, 0, 1);
	c.addrs[0].prefix_len = 24;
	c.clock = read_clock;
	c.tcp.msl = 50000000; /* what is measured is connections, not the size of a TIME-WAIT table */
	w.server = make_server(&c);
	w.clients = callers_open(&clients);
	leat_core_poll(leat_core(w.server, 0)); /* it announces itself */
	callers_turn(w.clients, w.now);
}

static void
tell(double factor, const struct results *r, bool json)
{
	char what[64];

	snprintf(what, sizeof(what), "%g times what it sustains: served", factor);
	report(&(struct figure){"overload", what, "connections/s", &r->served, "sustained", &r->sustained}, json);
	snprintf(what, sizeof(what), "%g times what it sustains: the worst second", factor);
	report(&(struct figure){"overload", what, "connections/s", &r->worst, "sustained", &r->sustained}, json);
	snprintf(what, sizeof(what), "%g times, then half: until nobody is late", factor);
	report(&(struct figure){"overload", what, "s", &r->recovery, NULL, NULL}, json);
}

int
main(int argc, char **argv)
{
	static struct options o = {.concurrency = 512, .seconds = 20, .runs = 5};
	static struct results results[FACTORS];

	options_parse(&o, argc, argv, "csr");
	if (o.seconds > MAX_SECONDS)
		die("-s", "at most 64 seconds, which are the server's");
	options_start_eal(&o, argv);
	open_world();
	closed_loop(1, 0.1); /* they learn each other's addresses: for a neighbour only a few packets may wait */
	closed_loop(o.concurrency, 0.5);
	for (int i = 0; i < o.runs; i++)
		for (int k = 0; k < FACTORS; k++)
			measure(&o, factors[k], &results[k]);
	for (int k = 0; k < FACTORS; k++)
		tell(factors[k], &results[k], o.json);
	leat_destroy(w.server);
	callers_close(w.clients);
	return 0;
}
