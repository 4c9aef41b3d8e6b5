/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H
/*
 * What the benches have in common: CPU time and the clock, series of repetitions, and how a figure is printed - a line
 * to read, or with --json a row for bench/run.
 */
#include <stdbool.h>
#include <stdint.h>

enum { SERIES = 64 };

/* A figure by CPU time, and the same by the clock: cycles and nanoseconds, or so many per CPU-second and per second. */
struct measure {
	double cpu, clock;
};

/* Repetitions of one measurement; clock: the same by the clock, where it was measured so. */
struct series {
	double values[SERIES], clock[SERIES];
	int n;
	bool timed;
};

/* Nanoseconds of CPU time of the calling thread, and of the clock. */
struct spent {
	uint64_t cpu, clock;
};

uint64_t cpu_ns(void);
uint64_t clock_ns(void);
struct spent spent_now(void);
struct spent spent_since(const struct spent *then);

/* What one of n took: TSC cycles that its CPU time is, nanoseconds of the clock. */
struct measure each_of(const struct spent *spent, double n);

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
void series_add_measure(struct series *s, struct measure m);
void series_add_median(struct series *s, const struct series *of);
double series_median(const struct series *s); /* 0 if there are none */
double series_spread(const struct series *s); /* (largest - smallest) / median */

/* One figure; its peer was measured in the same run, alternately, and may be NULL. */
struct figure {
	const char *bench, *what, *unit;
	const struct series *own;
	const char *peer;
	const struct series *peer_own;
};

/*
 * To standard output: a line, or one JSON object on a line. A second one where the series was measured by the clock too,
 * WHAT, "by the clock": the unit is nanoseconds instead of cycles, seconds instead of CPU-seconds.
 */
void report(const struct figure *f, bool json);

#endif
