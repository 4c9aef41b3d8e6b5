/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LOAD_PACE_H
#define LOAD_PACE_H
/*
 * When each start of an open loop is due: number n at a time that depends on n alone, never on what became of the
 * ones before. A start that could not be made in time keeps its time, and the latency is counted from there: so a
 * peer that stalls is charged for all that would have come to it meanwhile ("coordinated omission").
 */
#include <stdint.h>

struct pace {
	uint64_t begin;  /* ns */
	double interval; /* ns between two starts, once the ramp is over */
	double ramp;     /* ns in which the rate rises from 0 to all */
	double ramped;   /* starts within the ramp */
	uint64_t n;      /* starts taken so far */
	uint64_t due;    /* when the next is due; UINT64_MAX: never */
};

/* per_second 0: nothing is ever due. */
void pace_begin(struct pace *p, uint64_t begin, double per_second, uint64_t ramp);

/* Takes the next start; returns when it was due. */
uint64_t pace_take(struct pace *p);

/* How many are due at this time and not taken. */
uint64_t pace_behind(const struct pace *p, uint64_t now);

/* Of `all` things, how many may be at this time of a linear ramp: 1..all. */
uint32_t pace_ramp(uint64_t begin, uint64_t ramp, uint64_t now, uint32_t all);

#endif
