/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <rte_cycles.h>
#include "report.h"

static uint64_t
read_clock(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t
cpu_ns(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t
clock_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

/* What is read outermost is not the shorter of the two. */
struct spent
spent_now(void)
{
	uint64_t clock = clock_ns();

	return (struct spent){cpu_ns(), clock};
}

struct spent
spent_since(const struct spent *then)
{
	uint64_t cpu = cpu_ns();

	return (struct spent){cpu - then->cpu, clock_ns() - then->clock};
}

struct measure
each_of(const struct spent *spent, double n)
{
	return (struct measure){cycles_of(spent->cpu) / n, (double)spent->clock / n};
}

double
cycles_of(uint64_t ns)
{
	return (double)ns * (double)rte_get_tsc_hz() / 1e9;
}

void
series_add(struct series *s, double value)
{
	if (s->n < SERIES)
		s->values[s->n++] = value;
}

void
series_add_measure(struct series *s, struct measure m)
{
	s->timed = true;
	if (s->n < SERIES)
		s->clock[s->n] = m.clock;
	series_add(s, m.cpu);
}

/* The same by the clock. */
static struct series
by_clock(const struct series *s)
{
	struct series clock = {.n = s->n};

	memcpy(clock.values, s->clock, sizeof(clock.values));
	return clock;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static struct series
sorted(const struct series *s)
{
	struct series copy = *s;

	qsort(copy.values, (size_t)copy.n, sizeof(copy.values[0]), by_value);
	return copy;
}

double
series_median(const struct series *s)
{
	struct series by_size = sorted(s);

	if (s->n == 0)
		return 0;
	return (by_size.values[(s->n - 1) / 2] + by_size.values[s->n / 2]) / 2;
}

void
series_add_median(struct series *s, const struct series *of)
{
	struct series clock = by_clock(of);

	if (of->timed)
		series_add_measure(s, (struct measure){series_median(of), series_median(&clock)});
	else
		series_add(s, series_median(of));
}

double
series_spread(const struct series *s)
{
	struct series by_size = sorted(s);
	double median = series_median(s);

	return median != 0 ? (by_size.values[s->n - 1] - by_size.values[0]) / median : 0;
}

/* Enough digits for what it is, and no more. */
static const char *
number(double value, char *buf, size_t size)
{
	snprintf(buf, size, value < 10 && value > -10 ? "%.3f" : value < 1000 ? "%.1f" : "%.0f", value);
	return buf;
}

static void
line(const struct figure *f, double value, double peer)
{
	char a[32], b[32];

	printf("%s: %s: %s %s", f->bench, f->what, number(value, a, sizeof(a)), f->unit);
	printf(" (median of %d, spread %.0f %%)", f->own->n, 100 * series_spread(f->own));
	if (f->peer != NULL)
		printf("; %s %s: %.2f times", f->peer, number(peer, b, sizeof(b)), peer != 0 ? value / peer : 0);
	printf("\n");
}

/* The names are our own: nothing in them needs escaping. */
static void
row(const struct figure *f, double value, double peer)
{
	printf("{\"bench\": \"%s\", \"case\": \"%s\", \"unit\": \"%s\", \"value\": %.9g, ", f->bench, f->what, f->unit, value);
	if (f->peer != NULL)
		printf("\"peer\": \"%s\", \"peer_value\": %.9g, \"ratio\": %.9g, ", f->peer, peer, peer != 0 ? value / peer : 0);
	else
		printf("\"peer\": null, \"peer_value\": null, \"ratio\": null, ");
	printf("\"runs\": %d, \"spread\": %.4f}\n", f->own->n, series_spread(f->own));
}

static void
print(const struct figure *f, bool json)
{
	double peer = f->peer != NULL ? series_median(f->peer_own) : 0;

	(json ? row : line)(f, series_median(f->own), peer);
	fflush(stdout);
}

/* "cycles/connection" is "ns/connection", "Gbit/CPU-second" is "Gbit/s". */
static void
unit_by_clock(const char *unit, char *buf, size_t size)
{
	static const char cycles[] = "cycles", second[] = "CPU-second";
	const char *at = strstr(unit, second);

	if (at != NULL)
		snprintf(buf, size, "%.*ss", (int)(at - unit), unit);
	else
		snprintf(buf, size, "ns%s", strncmp(unit, cycles, strlen(cycles)) == 0 ? unit + strlen(cycles) : "");
}

static void
print_by_clock(const struct figure *f, bool json)
{
	bool with_peer = f->peer != NULL && f->peer_own->timed;
	struct series own = by_clock(f->own), peer = {.n = 0};
	char what[160], unit[64];

	if (with_peer)
		peer = by_clock(f->peer_own);
	snprintf(what, sizeof(what), "%s, by the clock", f->what);
	unit_by_clock(f->unit, unit, sizeof(unit));
	print(&(struct figure){f->bench, what, unit, &own, with_peer ? f->peer : NULL, &peer}, json);
}

void
report(const struct figure *f, bool json)
{
	print(f, json);
	if (f->own->timed)
		print_by_clock(f, json);
}
