/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "farm.h"
#include "model.h"
#include "table.h"
#include "world.h"

enum {
	SECONDS = 120,
	MSS = 1448,              /* with timestamps */
	LOSSES = 4, RTTS = 5,
	GOODPUTS = LOSSES * RTTS * 2,
	COSTS = 7, COST_RTT_MS = 50, COST_SEGMENTS = 60,
	SHARES = 2, SHARE_SECONDS = 120,
	ROWS = GOODPUTS + COSTS + SHARES,
};

/* Losses in 1/10000, and enough segments that some tens to hundreds are lost. */
static const struct {
	uint64_t loss, segments;
} losses[LOSSES] = {{10, 40000}, {100, 15000}, {300, 6000}, {1000, 2000}};
static const uint64_t rtts_ms[RTTS] = {1, 10, 50, 100, 300};

/* Which data segments of COST_SEGMENTS are lost, from 1; n 0: that one only; and one more. */
static const struct {
	const char *what;
	unsigned first, n, more;
} costs[COSTS] = {
	{"none", 0, 0, 0},
	{"one", 30, 1, 0},
	{"two in a row", 30, 2, 0},
	{"two of the same flight", 30, 1, 35},
	{"the last but one", COST_SEGMENTS - 1, 1, 0},
	{"the last, with FIN", COST_SEGMENTS, 1, 0},
	{"the last three", COST_SEGMENTS - 2, 3, 0},
};

static const unsigned flows[SHARES] = {2, 10};

/* What Linux gives for the same path: recorded. */
struct measured {
	uint64_t loss, rtt;
	double plain, reordered; /* bit/s */
};
#define MEASURED(by) by
#define GOODPUT(loss, rtt, plain, reordered)
#define COST(row, ns)
static const char kernel[] =
#include "kernel.def"
;
#undef MEASURED
#undef GOODPUT
#define MEASURED(by)
#define GOODPUT(...) {__VA_ARGS__},
static const struct measured kernel_goodputs[] = {
#include "kernel.def"
};
#undef GOODPUT
#undef COST
#define GOODPUT(...)
#define COST(row, ns) [row] = ns,
static const double kernel_costs[COSTS] = {
#include "kernel.def"
};

/* What a row gives. */
struct result {
	double value;            /* bit/s, ns, or Jain's index */
	double use;              /* of the line, fairness only */
	char congestion[16];
};

/* A path without trouble and one dialer at a that sends. */
static void
plain(struct scenario *s, uint64_t rtt_ms, uint64_t bytes)
{
	uint64_t value;

	scenario_draw(s, 1);
	s->path.talks = SCENARIO_TALKS;
	for (unsigned i = 0; scenario_value(s, i, &value) != NULL; i++)
		*scenario_value(s, i, &value) = value;
	s->path.delay = rtt_ms * 500;
	s->path.rate = 1000000;
	s->a.snd_buf = s->b.rcv_buf = 4 << 20;
	s->talks[0] = (struct scenario_talk){.kind = TALK_UP, .up = bytes, .rounds = 1, .pause = 1000000, .ways = 1};
}

static void
goodput_scenario(unsigned row, struct scenario *s)
{
	unsigned l = row / 2 / RTTS, r = row / 2 % RTTS;

	plain(s, rtts_ms[r], losses[l].segments * MSS);
	s->ab.loss = losses[l].loss;
	if (row % 2 == 1) {
		s->ab.reorder = 20;
		s->ab.gap = rtts_ms[r] * 1000 / 4;
	}
}

/* before: frames ahead of the first data segment. */
static void
cost_scenario(unsigned row, uint64_t before, struct scenario *s)
{
	plain(s, COST_RTT_MS, (uint64_t)COST_SEGMENTS * MSS);
	s->a.nodelay = 1;
	if (before == 0 || costs[row].first == 0)
		return;
	s->ab.pick = before + costs[row].first;
	s->ab.pick_n = costs[row].n;
	s->ab.pick_too = costs[row].more > 0 ? before + costs[row].more : 0;
}

static void
share_scenario(unsigned row, struct scenario *s)
{
	plain(s, 40, 1u << 30);
	s->path.rate = 20000;
	s->path.queue = 70; /* 40 ms of it */
	/* or everything is periodic, and one flow's segments always find the queue full (Floyd, Jacobson 1992) */
	s->ab.jitter = s->ba.jitter = 2000;
	s->path.talks = flows[row];
	s->a.snd_buf = s->b.rcv_buf = 256 << 10; /* so that packet memory is enough for all */
	for (unsigned i = 0; i < flows[row]; i++) {
		s->talks[i] = s->talks[0];
		s->talks[i].at = i * 100;
	}
}

/* Jain 1984: (sum x)^2 / (n * sum x^2) of what each has received when all is stopped. */
static void
measure_shares(struct world *w)
{
	struct result *r = w->options->arg;
	double sum = 0, squares = 0;

	for (unsigned i = 0; i < w->nb_talks; i++) {
		double got = w->talks[i].accepter.got;
		sum += got;
		squares += got * got;
	}
	r->value = sum * sum / (w->nb_talks * squares);
	r->use = sum * 8 / ((double)SHARE_SECONDS * (double)w->scenario.path.rate * 1e3);
}

/* What the conversations know stays when the world is closed. */
static void
run_world(struct world *w, const struct scenario *s, const struct world_options *options)
{
	world_open(w, s, options);
	world_run(w);
	world_close(w);
}

static void
run_row(const struct farm *f, uint64_t row, char *why, struct farm_sum *sum)
{
	struct result *r = &((struct result *)f->arg)[row];
	struct world_options options = {.why = why, .arg = r};
	struct scenario s;
	static struct world w;

	(void)sum;
	if (row < GOODPUTS) {
		goodput_scenario((unsigned)row, &s);
	} else if (row < GOODPUTS + COSTS) {
		cost_scenario((unsigned)row - GOODPUTS, 0, &s);
		run_world(&w, &s, &options);
		cost_scenario((unsigned)row - GOODPUTS, w.talks[0].frames_before, &s);
	} else {
		share_scenario((unsigned)row - GOODPUTS - COSTS, &s);
		options.stop_at = SHARE_SECONDS * WORLD_SEC;
		options.stopping = measure_shares;
	}
	run_world(&w, &s, &options);
	double ns = (double)(w.talks[0].last_byte - w.talks[0].first_byte);
	if (row < GOODPUTS)
		r->value = (double)w.talks[0].accepter.got * 8e9 / ns;
	else if (row < GOODPUTS + COSTS)
		r->value = ns;
	snprintf(r->congestion, sizeof(r->congestion), "%s", w.talks[0].congestion);
}

static void
on_failed(const struct farm *f, uint64_t row, const char *why)
{
	(void)f;
	fprintf(stderr, "row %" PRIu64 ": %s\n", row, why);
}

static const char *
rate_text(double bits, char text[32])
{
	snprintf(text, 32, bits >= 99.5e6 ? "%.0f" : bits >= 9.95e6 ? "%.1f" : "%.2f", bits / 1e6);
	return text;
}

static const struct measured *
kernel_goodput(unsigned loss, unsigned rtt)
{
	for (size_t i = 0; i < sizeof(kernel_goodputs) / sizeof(kernel_goodputs[0]); i++)
		if (kernel_goodputs[i].loss == losses[loss].loss && kernel_goodputs[i].rtt == rtts_ms[rtt])
			return &kernel_goodputs[i];
	return NULL;
}

static void
print_goodput(const struct result *r, FILE *to)
{
	char rates[5][32], measured[2][32];

	fputs("## Goodput\n\n"
		"One flow, 1 Gbit/s, receive and send buffers of 4 MiB, data lost at random, in Mbit/s; with reordering: 2 % of the\n"
		"data segments come a quarter of the round-trip time late.\n\n"
		"| loss | RTT ms | goodput | with reordering | Linux | Linux, with reordering | Mathis 1997 | Reno, RFC 5348 3.1 "
		"| CUBIC, RFC 9438 5 |\n"
		"|---|---|---|---|---|---|---|---|---|\n", to);
	for (unsigned i = 0; i < LOSSES * RTTS; i++) {
		double p = (double)losses[i / RTTS].loss / 1e4, rtt = (double)rtts_ms[i % RTTS] / 1e3;
		double rto = 0.2 > 2 * rtt ? 0.2 : 2 * rtt;
		const struct measured *m = kernel_goodput(i / RTTS, i % RTTS);
		fprintf(to, "| %g %% | %" PRIu64 " | %s | %s | %s | %s | %s | %s | %s |\n", p * 100, rtts_ms[i % RTTS],
			rate_text(r[2 * i].value, rates[0]), rate_text(r[2 * i + 1].value, rates[1]),
			m != NULL ? rate_text(m->plain, measured[0]) : "·", m != NULL ? rate_text(m->reordered, measured[1]) : "·",
			rate_text(model_mathis(MSS, rtt, p), rates[2]), rate_text(model_reno(MSS, rtt, rto, p, 1), rates[3]),
			rate_text(model_cubic(MSS, rtt, p), rates[4]));
	}
}

static void
print_costs(const struct result *r, FILE *to)
{
	fprintf(to, "\n## What loss costs\n\n"
		"%d segments over a round-trip time of %d ms, from the first byte written to the last byte read.\n\n"
		"| lost | ms | more than without, in round trips | Linux, ms | in round trips |\n|---|---|---|---|---|\n",
		COST_SEGMENTS, COST_RTT_MS);
	for (unsigned i = 0; i < COSTS; i++)
		fprintf(to, "| %s | %.1f | %.2f | %.1f | %.2f |\n", costs[i].what, r[i].value / 1e6,
			(r[i].value - r[0].value) / 1e6 / COST_RTT_MS, kernel_costs[i] / 1e6,
			(kernel_costs[i] - kernel_costs[0]) / 1e6 / COST_RTT_MS);
}

static void
print_shares(const struct result *r, FILE *to)
{
	fprintf(to, "\n## Fairness\n\n"
		"Flows that begin 100 ms one after the other and share 20 Mbit/s, 40 ms, a queue of 70 frames, for %d s: Jain's index\n"
		"(1: all got the same; 1/n: one got all), and how much of the line carried data.\n\n"
		"| flows | Jain's index | use |\n|---|---|---|\n", SHARE_SECONDS);
	for (unsigned i = 0; i < SHARES; i++)
		fprintf(to, "| %u | %.2f | %.0f %% |\n", flows[i], r[i].value, r[i].use * 100);
}

/* Runs all and writes the page. False: a row failed. */
static bool
make(unsigned jobs, FILE *to)
{
	size_t size = ROWS * sizeof(struct result);
	struct result *r = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct farm f = {.to = ROWS, .workers = jobs, .seconds = SECONDS, .job = run_row, .failed = on_failed, .arg = r};

	if (r == MAP_FAILED || farm_run(&f, NULL) > 0 || farm_stopped())
		return false;
	fprintf(to, "# What TCP makes of paths\n\n"
		"Written by `build/tests/sim/leat-sim --table`: two instances over the impaired wire, in virtual time. The suite `sim`\n"
		"fails when a number leaves this page by more than a quarter; then look, and write it anew. Congestion control: %s.\n\n"
		"The models are what the literature expects of a flow on such a path, not what another stack did: they know no limit of\n"
		"buffers and, Mathis and CUBIC, no timeouts. What %s makes of the same paths was measured by\n"
		"`bench/kernel_paths.py` between two network namespaces, over the driver net_wire; it is recorded in\n"
		"`tests/sim/kernel.def`, not measured again by the suite. Its flows last 10 s, and 25 s where a round trip takes\n"
		"100 ms; what loss costs is the median of five. That is real time on a machine of two CPUs with other work to do:\n"
		"some ms of it are the machine's. A dot: not measured.\n\n", r[0].congestion, kernel);
	print_goodput(r, to);
	print_costs(r + GOODPUTS, to);
	print_shares(r + GOODPUTS + COSTS, to);
	munmap(r, size);
	return true;
}

int
table_print(unsigned jobs)
{
	return make(jobs, stdout) ? 0 : 1;
}

/* Do two lines say the same, numbers apart by a quarter or 2? */
static bool
alike(const char *a, const char *b)
{
	while (*a != '\0' && *b != '\0') {
		char *a_end, *b_end;
		double x = strtod(a, &a_end), y = strtod(b, &b_end);
		if (a_end == a || b_end == b) {
			if (*a++ != *b++)
				return false;
			continue;
		}
		if (fabs(x - y) > 2 && fabs(x - y) > fmax(fabs(x), fabs(y)) / 4)
			return false;
		a = a_end;
		b = b_end;
	}
	return *a == *b;
}

static unsigned
compare(FILE *is, FILE *was)
{
	char a[512], b[512];
	unsigned other = 0;

	for (;;) {
		bool more = fgets(a, sizeof(a), is) != NULL;
		if (fgets(b, sizeof(b), was) == NULL && !more)
			return other;
		if (!more)
			a[0] = '\0';
		if (alike(a, b))
			continue;
		printf("is:  %swas: %s", a, b);
		other++;
		b[0] = '\0';
	}
}

int
table_check(const char *path, unsigned jobs)
{
	FILE *is = tmpfile(), *was = fopen(path, "r");

	if (is == NULL || was == NULL) {
		perror(path);
		return 1;
	}
	if (!make(jobs, is))
		return 1;
	rewind(is);
	unsigned other = compare(is, was);
	printf("%u lines of %s are not so any more\n", other, path);
	fclose(is);
	fclose(was);
	return other > 0;
}
