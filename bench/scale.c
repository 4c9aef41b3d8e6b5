/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a second core brings. Connections of six packets as in handshakes, each thread turning one core of the client
 * and the same of the server, over net_ring: on one core; on two that share nothing, an instance of its own each, which
 * is what this machine can; on two cores of one instance with a queue each; on two with one queue, where software
 * steers and core 0 sends for both, at both ends. They take turns in one process. Beside it what a cache line takes from
 * one of the two CPUs to the other and back.
 *
 *   scale [EAL options --] [-c CONCURRENCY] [-s SECONDS] [-r RUNS] [--json]
 *
 * -c: on each core. Exit status 77: there is one CPU only.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include "line.h"
#include "options.h"
#include "report.h"
#include "shakes.h"

enum {
	CORES = 2, MBUFS = 8192, TABLE = 1 << 16, LOOK = 64, SKIPPED = 77,
	SHORT = 20000, /* cycles: a turn that found nothing and took longer was interrupted */
};

enum way { ONE, APART, QUEUES, STEERED, WAYS };

/* What one thread does: a core of both instances of a pair, and what came of it. */
struct hand {
	struct shakes shakes;
	const atomic_bool *stop;
	uint64_t cpu, done;          /* nanoseconds of CPU, connections */
	uint64_t empty;              /* turns that found nothing */
	uint64_t shorts, in_shorts;  /* those of them that were not interrupted, and their TSC cycles */
} __attribute__((aligned(128)));

struct setup {
	const char *what;
	struct pair *pairs[CORES]; /* of each thread; the second may be the first */
	unsigned threads;
	struct hand hands[CORES];
};

/* What a run of all threads came to. */
struct total {
	double connections, cycles; /* TSC cycles of turns that found something */
	double busiest;             /* the same of the thread that has most, in seconds */
	double wall;                /* seconds of the clock */
	double passed;              /* frames that went from core to core, either way */
};

struct results {
	struct series cycles, rate, wall, passed, each;
};

static void
die(const char *why)
{
	fprintf(stderr, "scale: %s\n", why);
	exit(1);
}

static void
turn(struct hand *h)
{
	struct leat_core *client = leat_core(h->shakes.pair->client, h->shakes.core);
	struct leat_core *server = leat_core(h->shakes.pair->server, h->shakes.core);

	for (unsigned i = 0; i < LOOK; i++) {
		uint64_t start = rte_rdtsc();
		unsigned n = leat_core_poll(client) + leat_core_poll(server);
		uint64_t cycles = rte_rdtsc() - start;
		if (n > 0)
			continue;
		h->empty++;
		if (cycles < SHORT) {
			h->shorts++;
			h->in_shorts += cycles;
		}
	}
}

/* Goes on until it is stopped, or for so many seconds of CPU. */
static void
work(struct hand *h, double seconds)
{
	uint64_t start = cpu_ns(), done = h->shakes.done;

	h->empty = h->shorts = h->in_shorts = 0;
	shakes_start(&h->shakes);
	do {
		turn(h);
		h->cpu = cpu_ns() - start;
	} while (!atomic_load_explicit(h->stop, memory_order_relaxed) && (double)h->cpu < seconds * 1e9);
	h->done = h->shakes.done - done;
}

static int
work_until_stopped(void *hand)
{
	work(hand, 1e6);
	return 0;
}

static uint64_t
passed(const struct pair *p)
{
	return leat_stat_value(p->client, "core_steered") + leat_stat_value(p->client, "core_sent_for") +
		leat_stat_value(p->server, "core_steered") + leat_stat_value(p->server, "core_sent_for");
}

/*
 * CPU time less that of the turns that found nothing, as many as there were at what one takes. Stamps around those
 * that did would count what others did on this CPU meanwhile: who is interrupted while he waits finds something after.
 */
static double
busy_cycles(const struct hand *h)
{
	double each = h->shorts > 0 ? (double)h->in_shorts / (double)h->shorts : 0;

	return cycles_of(h->cpu) - each * (double)h->empty;
}

static void
add_up(struct total *t, const struct hand *h)
{
	double busy = busy_cycles(h);

	t->connections += (double)h->done;
	t->cycles += busy;
	t->busiest = RTE_MAX(t->busiest, busy / (double)rte_get_tsc_hz());
}

/* The second thread begins first and ends last, so that the first is never alone. */
static struct total
run(struct setup *s, double seconds)
{
	unsigned worker = rte_get_next_lcore(-1, 1, 0);
	atomic_bool stop = false, never = false;
	struct total t = {0};
	uint64_t before = passed(s->pairs[0]);
	uint64_t start = clock_ns();

	s->hands[0].stop = &never;
	s->hands[1].stop = &stop;
	if (s->threads > 1 && rte_eal_remote_launch(work_until_stopped, &s->hands[1], worker) != 0)
		die("the second lcore does not begin");
	work(&s->hands[0], seconds);
	atomic_store(&stop, true);
	if (s->threads > 1)
		rte_eal_wait_lcore(worker);
	t.wall = (double)(clock_ns() - start) / 1e9;
	for (unsigned i = 0; i < s->threads; i++)
		add_up(&t, &s->hands[i]);
	t.passed = (double)(passed(s->pairs[0]) - before);
	return t;
}

/* Until nothing is under way or in TIME-WAIT on any core. */
static void
pause_all(struct setup *s)
{
	for (unsigned i = 0; i < s->threads; i++)
		s->hands[i].shakes.pausing = true;
	for (unsigned i = 0; i < s->threads; i++)
		shakes_pause(&s->hands[i].shakes);
	for (unsigned i = 0; i < s->threads; i++)
		if (s->hands[i].shakes.failed > 0)
			die("a connection failed");
}

static void
measure(struct setup *s, double seconds, double one_core, struct results *r)
{
	run(s, seconds / 4); /* warm-up */
	struct total t = run(s, seconds);
	pause_all(s);
	double each = t.cycles / t.connections;
	series_add(&r->cycles, each);
	series_add(&r->rate, t.connections / t.busiest);
	series_add(&r->wall, t.connections / t.wall);
	series_add(&r->passed, t.passed / t.connections);
	if (t.passed > 0)
		series_add(&r->each, (each - one_core) * t.connections / t.passed);
}

static void
tune(struct leat_config *c, bool server)
{
	shakes_tune(c, server);
	c->rx_mbufs = c->tx_mbufs = MBUFS;
	c->max_connections = c->max_time_wait = TABLE;
}

static void
open_pair(struct pair *p, const struct pair_shape *shape)
{
	static struct shakes serving; /* apart from what the threads write */

	pair_open_as(p, shape, tune);
	serving.pair = p;
	shakes_listen(&serving);
	pair_introduce(p);
}

static void
set_up(struct setup setups[WAYS], unsigned at_a_time)
{
	static struct pair one, other, queues, steered;

	open_pair(&one, &(struct pair_shape){"one-", 1, 1, 1, LEAT_STEER_AUTO});
	open_pair(&other, &(struct pair_shape){"other-", 1, 1, 1, LEAT_STEER_AUTO});
	open_pair(&queues, &(struct pair_shape){"queues-", 1, CORES, CORES, LEAT_STEER_QUEUE});
	open_pair(&steered, &(struct pair_shape){"steered-", 1, CORES, 1, LEAT_STEER_SOFTWARE});
	setups[ONE] = (struct setup){"one core", {&one}, 1, {{.cpu = 0}}};
	setups[APART] = (struct setup){"two instances that share nothing", {&one, &other}, CORES, {{.cpu = 0}}};
	setups[QUEUES] = (struct setup){"two cores, a queue each", {&queues, &queues}, CORES, {{.cpu = 0}}};
	setups[STEERED] = (struct setup){"two cores, one queue, software steers", {&steered, &steered}, CORES, {{.cpu = 0}}};
	for (unsigned w = 0; w < WAYS; w++)
		for (unsigned i = 0; i < setups[w].threads; i++)
			setups[w].hands[i].shakes = (struct shakes){.pair = setups[w].pairs[i], .at_a_time = at_a_time,
				.core = setups[w].pairs[i] == setups[w].pairs[0] ? i : 0};
}

static void
print_rate(const struct setup *s, const char *by, const struct series *own, const struct series *one, bool json)
{
	char what[96];

	snprintf(what, sizeof(what), "%s, by %s", s->what, by);
	report(&(struct figure){"scale", what, "connections/s", own, "one core", one}, json);
}

static void
print(const struct setup *setups, const struct results *r, const struct series *line, bool json)
{
	const struct results *one = &r[ONE], *steered = &r[STEERED];
	const char *what = setups[STEERED].what;

	for (unsigned w = APART; w < WAYS; w++) {
		report(&(struct figure){"scale", setups[w].what, "cycles/connection", &r[w].cycles, "one core", &one->cycles}, json);
		print_rate(&setups[w], "the busiest core's CPU", &r[w].rate, &one->rate, json);
		print_rate(&setups[w], "the clock", &r[w].wall, &one->wall, json);
	}
	report(&(struct figure){"scale", what, "passed/connection", &steered->passed, NULL, NULL}, json);
	report(&(struct figure){"scale", what, "cycles/passed packet", &steered->each, NULL, NULL}, json);
	report(&(struct figure){"scale", "a cache line to the other core and back", "cycles", line, NULL, NULL}, json);
}

int
main(int argc, char **argv)
{
	static struct options o = {.concurrency = 256, .seconds = 1, .runs = 5};
	static struct setup setups[WAYS];
	static struct results results[WAYS];
	struct series line = {0};

	options_parse(&o, argc, argv, "csr");
	options_start_eal(&o, argv);
	if (rte_lcore_count() < CORES) {
		fprintf(stderr, "scale: it needs %d CPUs, and there is %u\n", CORES, rte_lcore_count());
		return SKIPPED;
	}
	rte_cpuset_t cpus = rte_lcore_cpuset(rte_lcore_id()); /* leat_init() may have let go of it */
	rte_thread_set_affinity(&cpus);
	set_up(setups, o.concurrency);
	for (int i = 0; i < o.runs; i++) {
		series_add(&line, line_round_trip(rte_get_next_lcore(-1, 1, 0)));
		for (unsigned w = 0; w < WAYS; w++)
			measure(&setups[w], o.seconds, results[ONE].cycles.values[i], &results[w]);
	}
	print(setups, results, &line, o.json);
	return 0;
}
