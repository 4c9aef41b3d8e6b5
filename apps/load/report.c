/* SPDX-License-Identifier: BSD-3-Clause */
/* The table at the end, and the line each second. */
#include <string.h>
#include "common/app.h"
#include "result.h"

uint64_t
result_done(const struct result *r)
{
	switch (r->plan->mode) {
	case LOAD_HANDSHAKE:
	case LOAD_REQUEST:
		return r->measured.ended;
	default:
		return r->measured.answers;
	}
}

const char *
result_unit(const struct plan *p)
{
	return p->mode == LOAD_HANDSHAKE || p->mode == LOAD_REQUEST ? "connections" : "requests";
}

double
result_per_second(const struct result *r, uint64_t n)
{
	return r->seconds > 0 ? (double)n / r->seconds : 0;
}

static double
ratio(double a, double b)
{
	return b > 0 ? a / b : 0;
}

static void
print_latency(const char *name, const struct histogram *h, FILE *to)
{
	static const double shares[] = {0.5, 0.9, 0.99, 0.999, 1};

	if (h->count == 0)
		return;
	fprintf(to, "  %-12s", name);
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
		fprintf(to, " %10.3f", (double)histogram_at(h, shares[i]) / 1e6);
	fprintf(to, "   (%llu)\n", (unsigned long long)h->count);
}

static void
print_latencies(const struct result *r, FILE *to)
{
	const struct latencies *t = &r->times;

	if (t->connect.count + t->first.count + t->whole.count == 0)
		return;
	fprintf(to, "\n  latency, ms         p50        p90        p99      p99.9        max   (of)\n");
	print_latency("connect", &t->connect, to);
	print_latency("first byte", &t->first, to);
	print_latency("whole", &t->whole, to);
}

/* Errors count from the first connection to the last. */
static void
print_errors(const struct result *r, FILE *to)
{
	uint64_t all = tally_failed(&r->total);

	fprintf(to, "\n  errors       %llu\n", (unsigned long long)all);
	for (int i = 0; i < FAILURES; i++) {
		if (r->total.failed[i] > 0)
			fprintf(to, "  %12llu %s\n", (unsigned long long)r->total.failed[i], failure_texts[i].text);
	}
	if (r->total.unmade > 0)
		fprintf(to, "  %12llu were due and could not be begun before the time was over\n",
			(unsigned long long)r->total.unmade);
	if (r->total.broken_off > 0)
		fprintf(to, "  %12llu connections were broken off at the end\n", (unsigned long long)r->total.broken_off);
}

static void
print_rates(const struct result *r, FILE *to)
{
	const struct tally *t = &r->measured;
	char in[16], out[16];

	if (r->plan->mode != LOAD_KEEPALIVE || t->opened > 0)
		fprintf(to, "  connections  %.0f/s opened, %.0f/s ended, %u open at the end\n", result_per_second(r, t->opened),
			result_per_second(r, t->ended), r->open);
	if (t->requests > 0)
		fprintf(to, "  requests     %.0f/s sent, %.0f/s answered\n", result_per_second(r, t->requests),
			result_per_second(r, t->answers));
	if (r->opening > 0)
		fprintf(to, "  opening      %u in %.2f s, %.0f/s\n", r->plan->connections, r->opening,
			r->plan->connections / r->opening);
	else if (r->plan->mode == LOAD_HOLD)
		fprintf(to, "  opening      not all of %u could be opened\n", r->plan->connections);
	app_bytes((uint64_t)result_per_second(r, t->bytes_in), in, sizeof(in));
	app_bytes((uint64_t)result_per_second(r, t->bytes_out), out, sizeof(out));
	fprintf(to, "  payload      %s/s in (%.3f Gbit/s), %s/s out (%.3f Gbit/s)\n", in,
		result_per_second(r, t->bytes_in) * 8e-9, out, result_per_second(r, t->bytes_out) * 8e-9);
}

double
result_cycles(const struct result *r)
{
	return ratio(r->cpu * r->busy * r->hz, (double)result_done(r));
}

/* What one connection, or request, costs this side. */
static void
print_cost(const struct result *r, FILE *to)
{
	double done = (double)result_done(r), segs = (double)(r->stack.segs_in + r->stack.segs_out);
	const char *unit = result_unit(r->plan);

	fprintf(to, "  packets      %.0f/s in, %.0f/s out", result_per_second(r, r->stack.segs_in),
		result_per_second(r, r->stack.segs_out));
	if (done > 0)
		fprintf(to, ", %.2f a %.*s", segs / done, (int)strlen(unit) - 1, unit);
	fprintf(to, "; %llu sent again\n", (unsigned long long)r->stack.retransmits);
	fprintf(to, "  CPU          %.2f s, busy in %.0f %% of it", r->cpu, 100 * r->busy);
	if (done > 0)
		fprintf(to, ": %.2f us or %.0f TSC cycles a %.*s", ratio(result_cycles(r), r->hz) * 1e6, result_cycles(r),
			(int)strlen(unit) - 1, unit);
	fputc('\n', to);
}

static void
print_title(const struct result *r, FILE *to)
{
	const struct plan *p = r->plan;

	fprintf(to, "%s%s to", load_mode_names[p->mode], p->udp ? " over UDP" : "");
	for (unsigned i = 0; i < p->nb_targets; i++)
		fprintf(to, " %s", p->targets[i].text);
	fprintf(to, ": %u connections", p->connections);
	if (p->pipeline > 1)
		fprintf(to, ", %u requests each at a time", p->pipeline);
	if (p->rate > 0)
		fprintf(to, ", %.0f/s asked for", p->rate);
	fprintf(to, "; %u core%s, measured %.2f s\n\n", r->cores, r->cores == 1 ? "" : "s", r->seconds);
}

void
report_print(const struct result *r, FILE *to)
{
	struct limit limit = limit_of(r);

	print_title(r, to);
	print_rates(r, to);
	print_cost(r, to);
	print_latencies(r, to);
	print_errors(r, to);
	fprintf(to, "\n  limited by   %s: %s\n", limit.what, limit.why);
}

void
report_progress(const struct plan *p, const struct second *s, FILE *to)
{
	fprintf(to, "%6.1f s %-8s %9llu opened %9llu ended", s->at, s->phase, (unsigned long long)s->delta.opened,
		(unsigned long long)s->delta.ended);
	if (p->mode != LOAD_HANDSHAKE)
		fprintf(to, " %9llu answers", (unsigned long long)s->delta.answers);
	fprintf(to, " %8.1f MB in %8.1f MB out %7u open %5llu errors\n", (double)s->delta.bytes_in / 1e6,
		(double)s->delta.bytes_out / 1e6, s->open, (unsigned long long)tally_failed(&s->delta));
}
