/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_MICRO_H
#define BENCH_MICRO_H
/*
 * Parts of leat alone, each beside what DPDK has for the same. Unlike the other benches this one sees the
 * library from inside.
 */
#include <stdbool.h>
#include <stdint.h>
#include "../options.h"
#include "../report.h"

/* What fn takes for each of `each` operations, repeated for so many seconds. */
struct measure micro_time(double seconds, uint64_t each, void (*fn)(void *arg), void *arg);

/* The two by turns, o->runs times, and the row. */
void micro_compare(const struct options *o, const char *what, const char *unit, uint64_t each, void (*ours)(void *),
	const char *peer, void (*theirs)(void *), void *arg);

/* Random numbers that are the same in every run. */
uint64_t micro_random(void);

void micro_demux(const struct options *o);
void micro_wheel(const struct options *o);
void micro_bytes(const struct options *o);

#endif
