/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_PROBE_H
#define BENCH_PROBE_H
/*
 * One connection after the other beside the many of shakes.h, each timed from connect() to its end, by a clock that is
 * the caller's.
 */
#include <stdbool.h>
#include <stdint.h>
#include "pair.h"
#include "report.h"

enum { PROBES = 1 << 16 }; /* of a series; those beyond are not kept */

struct probe {
	struct pair *pair;
	const uint64_t *clock; /* TSC cycles */
	bool stopping, under_way;
	uint64_t since, failed;
	uint32_t n, cycles[PROBES];
};

/* Until probe_stop(), which ends when the last has ended, who is not timed: the clock may stand still. */
void probe_start(struct probe *p);
void probe_stop(struct probe *p);

/* Adds the 99th percentile, in microseconds, and forgets all. Prints why not and exits. */
void probe_conclude(struct probe *p, struct series *p99);

#endif
