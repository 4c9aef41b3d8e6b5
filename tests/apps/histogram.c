/* SPDX-License-Identifier: BSD-3-Clause */
/* The latencies of leat-load: no value is off by more than 1/128, and what is recorded is never lost. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include "common/histogram.h"

static struct histogram h, other;

/* Every value lies in a bin whose end is not below it and not more than 1/128 above. */
Test(histogram, bins_are_no_wider_than_a_128th)
{
	for (uint64_t v = 0; v < 1ull << HISTOGRAM_MAX_BITS; v += 1 + v / 300) {
		uint64_t end = histogram_bin_end(histogram_bin(v));
		cr_assert(end >= v && end - v <= v / 128, "%llu ends at %llu", (unsigned long long)v, (unsigned long long)end);
	}
}

/* One bin begins where the one before ends: no value is between two, and none in two. */
Test(histogram, bins_join)
{
	for (unsigned bin = 0; bin < HISTOGRAM_BINS; bin++) {
		uint64_t end = histogram_bin_end(bin);
		cr_assert_eq(histogram_bin(end), bin);
		if (bin + 1 < HISTOGRAM_BINS)
			cr_assert_eq(histogram_bin(end + 1), bin + 1);
	}
	cr_assert_eq(histogram_bin_end(HISTOGRAM_BINS - 1), (1ull << HISTOGRAM_MAX_BITS) - 1);
	cr_assert_eq(histogram_bin(UINT64_MAX), HISTOGRAM_BINS - 1);
}

Test(histogram, percentiles_of_1_to_1000)
{
	for (uint64_t v = 1; v <= 1000; v++)
		histogram_record(&h, v * 1000);
	cr_assert_eq(h.count, 1000);
	cr_assert_eq(h.min, 1000);
	cr_assert_eq(h.max, 1000000);
	cr_assert_float_eq(histogram_mean(&h), 500500, 0.001);
	static const struct {
		double share;
		uint64_t want;
	} cases[] = {{0, 1000}, {0.001, 1000}, {0.5, 500000}, {0.9, 900000}, {0.99, 990000}, {0.999, 999000}, {1, 1000000}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t at = histogram_at(&h, cases[i].share);
		cr_assert_eq(histogram_bin(at), histogram_bin(cases[i].want), "%g: %llu", cases[i].share, (unsigned long long)at);
		cr_assert_leq(at, h.max);
	}
	cr_assert_eq(histogram_at(&h, 1), 1000000, "the longest is exact");
}

Test(histogram, of_one_value_is_that_value)
{
	histogram_record(&h, 123456789);
	for (int i = 0; i <= 10; i++)
		cr_assert_eq(histogram_at(&h, i / 10.0), 123456789);
	cr_assert_eq(h.min, 123456789);
}

Test(histogram, empty_says_zero)
{
	cr_assert_eq(histogram_at(&h, 0.5), 0);
	cr_assert_eq(histogram_at(&h, 1), 0);
	cr_assert_float_eq(histogram_mean(&h), 0, 0);
}

Test(histogram, what_is_too_long_counts_with_its_own_length)
{
	histogram_record(&h, 5);
	histogram_record(&h, 1ull << 50);
	cr_assert_eq(histogram_at(&h, 0.5), 5);
	cr_assert_eq(histogram_at(&h, 1), 1ull << 50);
}

Test(histogram, zero_is_a_value)
{
	histogram_record(&h, 0);
	histogram_record(&h, 0);
	histogram_record(&h, 7);
	cr_assert_eq(h.min, 0);
	cr_assert_eq(histogram_at(&h, 0.5), 0);
	cr_assert_eq(histogram_at(&h, 0.9), 7);
}

/* Two cores' halves are the whole. */
Test(histogram, adding_is_as_if_recorded_together)
{
	static struct histogram both;
	uint64_t x = 88172645463325252u;

	for (int i = 0; i < 10000; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		uint64_t v = x >> (20 + x % 40);
		histogram_record(i % 3 ? &h : &other, v);
		histogram_record(&both, v);
	}
	histogram_add(&h, &other);
	cr_assert_arr_eq(h.bins, both.bins, sizeof(h.bins));
	cr_assert(h.count == both.count && h.sum == both.sum && h.min == both.min && h.max == both.max);
	histogram_clear(&other);
	cr_assert_eq(other.count, 0);
	histogram_add(&h, &other);
	cr_assert_eq(h.min, both.min, "an empty one changes nothing");
	histogram_add(&other, &both);
	cr_assert_eq(other.min, both.min, "nor does being empty");
}
