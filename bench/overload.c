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
 *
 *   overload [EAL options --] [-c CONCURRENCY] [-s SECONDS] [-r RUNS] [--json]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rte_cycles.h>
#include <rte_eth_ring.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <leat/leat.h>
#include "options.h"
#include "report.h"

#define SEC 1000000000ull

enum {
	SLOW = 50,
	QUEUE = 1024,             /* as rx_descriptors */
	WIDE = 1 << 16,           /* a ring that is never full */
	CLIENTS = 30,             /* addresses, with 64 k ports each */
	FLOWS = 1 << 22,          /* connections that are under way at the most */
	PATIENCE = 5000,          /* ms, after which a client gives up */
	STEP = 1000000,           /* ns of the clock: the server keeps its caches to itself for that long */
	STOLEN = 100000,          /* cycles: a turn that takes longer was interrupted */
	LATE = 150000000,         /* ns: longer than anything takes without a segment being lost (the least RTO is 200 ms) */
	MAX_SECONDS = 64,
	FACTORS = 2,
};

static const double factors[FACTORS] = {1.5, 3};

struct phase {
	uint64_t begin, end;      /* of the clock */
	uint64_t served;
	uint64_t late;            /* when the last one was due that was served late, or not at all */
	uint64_t each[MAX_SECONDS + 1]; /* served in each second */
};

struct flow {
	struct leat_conn *conn;   /* NULL: it has ended */
	uint64_t due;             /* when it was to be opened */
};

static struct {
	struct leat *server, *client;
	struct rte_ring *sent, *queue; /* from the clients to the server */
	struct leat_endpoint server_at;
	uint64_t now;
	double ns_per_cycle;
	struct flow *flows;
	uint64_t opened;
	unsigned under_way;
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
	leat_tcp_send(c, w.message, sizeof(w.message));
	leat_tcp_close(c);
}

static const struct leat_tcp_events server_events = {.on_data = serve};

/* --- the clients --- */

static void
ask(struct leat_conn *c, void *user)
{
	(void)user;
	leat_tcp_send(c, w.message, sizeof(w.message));
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
	struct flow *f = user;
	struct phase *p = w.phase;

	(void)c;
	f->conn = NULL;
	w.under_way--;
	if (f->due >= p->begin && (reason != 0 || w.now - f->due > LATE) && f->due > p->late)
		p->late = f->due;
	if (reason != 0)
		return;
	p->served++;
	p->each[(w.now - p->begin) / SEC]++;
}

static const struct leat_tcp_events client_events = {
	.on_open = ask, .on_data = take, .on_peer_closed = hang_up, .on_closed = count_one,
};

static void
open_one(uint64_t due)
{
	struct flow *f = &w.flows[w.opened % FLOWS];
	struct leat_endpoint from = {leat_ipv4(198, 18, 0, (uint8_t)(2 + w.opened++ % CLIENTS)), 0};

	if (f->conn != NULL || leat_tcp_connect(leat_core(w.client, 0), &from, &w.server_at, &client_events, f, &f->conn) < 0)
		die("connect", "the clients have no room for so many");
	leat_tcp_set(f->conn, LEAT_TCP_USER_TIMEOUT, PATIENCE);
	f->due = due;
	w.under_way++;
}

/* The wire: what the clients have sent is at the server, or lost. */
static void
carry(void)
{
	void *m;

	while (rte_ring_sc_dequeue(w.sent, &m) == 0)
		if (rte_ring_sp_enqueue(w.queue, m) != 0)
			rte_pktmbuf_free(m);
}

/* The server turns for STEP, and then the clients do all that they have to do at its end. */
static void
turn(void)
{
	for (uint64_t end = w.now + STEP; w.now < end;) {
		uint64_t start = rte_rdtsc();
		leat_core_poll(leat_core(w.server, 0));
		uint64_t took = rte_rdtsc() - start;
		w.now += (uint64_t)((double)(took < STOLEN ? took : STOLEN) * w.ns_per_cycle) + 1;
	}
	while (leat_core_poll(leat_core(w.client, 0)) > 0)
		carry();
	carry();
}

static struct phase *
begin(struct phase *p, double seconds)
{
	memset(p, 0, sizeof(*p));
	p->begin = w.now;
	p->end = w.now + (uint64_t)(seconds * 1e9);
	return w.phase = p;
}

/* So many at a time, and another as soon as one ends; returns how many a second. */
static double
closed_loop(unsigned at_a_time, double seconds)
{
	struct phase p;

	for (begin(&p, seconds); w.now < p.end; turn())
		while (w.under_way < at_a_time)
			open_one(w.now);
	double served = (double)p.served * 1e9 / (double)(w.now - p.begin);
	begin(&p, 1);
	while (w.under_way > 0)
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

static void
all_give_up(void)
{
	for (unsigned i = 0; i < FLOWS; i++)
		if (w.flows[i].conn != NULL)
			leat_tcp_abort(w.flows[i].conn);
	turn();
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
	all_give_up();
	open_loop(&after, sustained / 2, 2);
	sustained = (sustained + closed_loop(o->concurrency, 1)) / 2;
	series_add(&r->sustained, sustained);
	series_add(&r->served, (double)p.served / seconds);
	series_add(&r->worst, worst_second(&p));
	/* of the clock, to a hundredth of a second: when it was seen that nobody is late any more */
	series_add(&r->recovery, 0.01 + (after.late > 0 ? (double)(after.late - after.begin) / 1e9 : 0));
}

/* --- both --- */

static struct leat *
make(const char *name, struct rte_ring *in, struct rte_ring *out, bool server)
{
	struct leat_error error;
	struct leat_config c;

	if (rte_eth_from_rings(name, &in, 1, &out, 1, 0) < 0)
		die(name, "no port");
	leat_config_init(&c);
	snprintf(c.name, sizeof(c.name), "%s", name);
	snprintf(c.ports[0].name, sizeof(c.ports[0].name), "net_ring_%s", name);
	c.nb_ports = 1;
	c.nb_addrs = server ? 1 : CLIENTS;
	for (unsigned i = 0; i < c.nb_addrs; i++) {
		c.addrs[i].addr = leat_ipv4(198, 18, 0, (uint8_t)(server ? 1 : 2 + i));
		c.addrs[i].prefix_len = 24;
	}
	c.clock = read_clock;
	c.tcp.msl = 50000000; /* what is measured is connections, not the size of a TIME-WAIT table */
	if (!server) {
		c.max_connections = FLOWS;
		c.rx_mbufs = c.tx_mbufs = 1 << 13;
	}
	struct leat *leat = leat_create(&c, &error);
	if (leat == NULL)
		die(name, error.text);
	return leat;
}

static struct rte_ring *
ring(const char *name, unsigned size)
{
	struct rte_ring *r = rte_ring_create(name, size, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);

	if (r == NULL)
		die(name, "no memory");
	return r;
}

static void
open_world(void)
{
	struct rte_ring *back = ring("back", WIDE);
	struct leat_listener *listener;

	w.now = 1000 * SEC;
	w.flows = calloc(FLOWS, sizeof(*w.flows));
	if (w.flows == NULL)
		die("flows", "no memory");
	w.ns_per_cycle = SLOW * 1e9 / (double)rte_get_tsc_hz();
	w.sent = ring("sent", WIDE);
	w.queue = ring("queue", QUEUE);
	w.server_at = (struct leat_endpoint){leat_ipv4(198, 18, 0, 1), 80};
	w.server = make("server", w.queue, back, true);
	w.client = make("client", back, w.sent, false);
	memset(w.message, 'x', sizeof(w.message));
	if (leat_tcp_listen(w.server, &w.server_at, &server_events, NULL, &listener) < 0)
		die("listen", "refused");
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
	leat_destroy(w.client);
	leat_destroy(w.server);
	return 0;
}
