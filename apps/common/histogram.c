/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <string.h>
#include "histogram.h"

void
histogram_clear(struct histogram *h)
{
	memset(h, 0, sizeof(*h));
}

void
histogram_add(struct histogram *h, const struct histogram *from)
{
	if (from->count == 0)
		return;
	h->min = h->count == 0 || from->min < h->min ? from->min : h->min;
	h->max = from->max > h->max ? from->max : h->max;
	h->count += from->count;
	h->sum += from->sum;
	for (unsigned i = 0; i < HISTOGRAM_BINS; i++)
		h->bins[i] += from->bins[i];
}

uint64_t
histogram_bin_end(unsigned bin)
{
	unsigned shift = bin >> (HISTOGRAM_BITS + 1) ? (bin >> HISTOGRAM_BITS) - 1 : 0;
	uint64_t begin = (uint64_t)(bin - (shift << HISTOGRAM_BITS)) << shift;

	return begin + (1ull << shift) - 1;
}

uint64_t
histogram_at(const struct histogram *h, double share)
{
	/* Of 1000 values the 99.9th percentile is the 999th: what is exact in decimals shall not be rounded up. */
	uint64_t wanted = (uint64_t)ceil(share * (double)h->count - 1e-6), seen = 0;

	for (unsigned i = 0; i < HISTOGRAM_BINS; i++) {
		seen += h->bins[i];
		if (seen >= wanted && seen > 0) {
			uint64_t end = histogram_bin_end(i);
			return i == HISTOGRAM_BINS - 1 || end > h->max ? h->max : end;
		}
	}
	return h->max;
}

double
histogram_mean(const struct histogram *h)
{
	return h->count > 0 ? (double)h->sum / (double)h->count : 0;
}
