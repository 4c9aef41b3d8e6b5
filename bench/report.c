/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <rte_cycles.h>
#include "report.h"

uint64_t
cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
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

void
report(const struct figure *f, bool json)
{
	double peer = f->peer != NULL ? series_median(f->peer_own) : 0;

	(json ? row : line)(f, series_median(f->own), peer);
	fflush(stdout);
}
