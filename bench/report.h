/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H
/*
 * What the benches have in common: CPU time, series of repetitions, and how a figure is printed - a line to
 * read, or with --json a row for bench/run.
 */
#include <stdbool.h>
#include <stdint.h>

enum { SERIES = 64 };

/* Repetitions of one measurement. */
struct series {
	double values[SERIES];
	int n;
};

/* CPU time of the calling thread, nanoseconds. */
uint64_t cpu_ns(void);

/*
 * What a turn took, from one TSC stamp to another. One that took longer than turns do was interrupted, by who else is on
 * this CPU, and is taken for the longest.
 */
enum { STOLEN = 100000 };

static inline uint64_t
cycles_between(uint64_t from, uint64_t to)
{
	return to - from < STOLEN ? to - from : STOLEN;
}

/* TSC cycles that so many nanoseconds of CPU are. */
double cycles_of(uint64_t ns);

/* At most SERIES are kept. */
void series_add(struct series *s, double value);
double series_median(const struct series *s); /* 0 if there are none */
double series_spread(const struct series *s); /* (largest - smallest) / median */

/* One figure; its peer was measured in the same run, alternately, and may be NULL. */
struct figure {
	const char *bench, *what, *unit;
	const struct series *own;
	const char *peer;
	const struct series *peer_own;
};

/* To standard output: a line, or one JSON object on a line. */
void report(const struct figure *f, bool json);

#endif
