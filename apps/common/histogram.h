/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef COMMON_HISTOGRAM_H
#define COMMON_HISTOGRAM_H
/*
 * Latencies, counted in bins as the HDR histogram of Gil Tene has them: below 128 each value has its own bin, above
 * that each doubling has 128, so that no value is off by more than 1/128 (0.8 %). Recording finds the bin with shifts
 * alone: no division, no search, no memory. One thread records; others may read meanwhile and see a moment ago.
 */
#include <stdint.h>

enum {
	HISTOGRAM_BITS = 7,                                  /* of a value that its bin tells */
	HISTOGRAM_MAX_BITS = 40,                             /* 2^40 ns are 18 minutes: what is longer is in the last bin */
	HISTOGRAM_BINS = (HISTOGRAM_MAX_BITS - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS,
};

struct histogram {
	uint64_t count, sum, min, max; /* exact; min and max mean nothing while count is 0 */
	uint64_t bins[HISTOGRAM_BINS];
};

/* The bin of a value. */
static inline unsigned
histogram_bin(uint64_t value)
{
	if (value >> HISTOGRAM_MAX_BITS)
		return HISTOGRAM_BINS - 1;
	/* The bits above the lowest seven say how far to shift; the bit on top of what is left counts as one doubling. */
	unsigned shift = value >> HISTOGRAM_BITS ? 64 - HISTOGRAM_BITS - 1 - (unsigned)__builtin_clzll(value) : 0;
	return (shift << HISTOGRAM_BITS) + (unsigned)(value >> shift);
}

static inline void
histogram_record(struct histogram *h, uint64_t value)
{
	h->bins[histogram_bin(value)]++;
	h->count++;
	h->sum += value;
	if (value > h->max)
		h->max = value;
	if (value < h->min || h->count == 1)
		h->min = value;
}

/* Forgets everything. */
void histogram_clear(struct histogram *h);

/* Adds what `from` has. */
void histogram_add(struct histogram *h, const struct histogram *from);

/* The largest value that falls into a bin. */
uint64_t histogram_bin_end(unsigned bin);

/*
 * The value that `share` (0..1) of those recorded did not exceed: the end of its bin, never more than the
 * longest, which 1 gives exactly. 0 when nothing was recorded.
 */
uint64_t histogram_at(const struct histogram *h, double share);

/* 0 when nothing was recorded. */
double histogram_mean(const struct histogram *h);

#endif
