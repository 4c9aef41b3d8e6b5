/* SPDX-License-Identifier: BSD-3-Clause */
/* When the starts of an open loop are due. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include "load/pace.h"

static struct pace p;

Test(load_pace, constant)
{
	pace_begin(&p, 5000, 1e6, 0);
	for (uint64_t n = 0; n < 10000; n++) {
		cr_assert_eq(p.due, 5000 + n * 1000, "number %llu", (unsigned long long)n);
		cr_assert_eq(pace_take(&p), 5000 + n * 1000);
	}
}

/* A rate that is no whole number of nanoseconds does not drift. */
Test(load_pace, does_not_drift)
{
	uint64_t last = 0;

	pace_begin(&p, 0, 3e6, 0);
	for (int n = 0; n <= 30000000; n++)
		last = pace_take(&p);
	cr_assert(last >= 9999999998 && last <= 10000000000, "%llu", (unsigned long long)last);
}

Test(load_pace, none)
{
	pace_begin(&p, 5000, 0, 0);
	cr_assert_eq(p.due, UINT64_MAX);
	cr_assert_eq(pace_behind(&p, UINT64_MAX - 1), 0);
}

/* Over ten seconds from 0 to 1000 a second: 5000 starts, a quarter of them in the first half. */
Test(load_pace, ramp)
{
	const uint64_t second = 1000000000;
	uint64_t n = 0, last = 0;

	pace_begin(&p, second, 1000, 10 * second);
	for (; p.due < 6 * second; n++) {
		cr_assert_geq(p.due, last);
		last = pace_take(&p);
	}
	cr_assert(n >= 1249 && n <= 1251, "%llu", (unsigned long long)n);
	for (; p.due < 11 * second; n++)
		pace_take(&p);
	cr_assert(n >= 4999 && n <= 5001, "%llu", (unsigned long long)n);
	/* and from there on the full rate, without a jump */
	cr_assert(p.due < 11 * second + 1100000);
	for (; p.due < 12 * second; n++)
		pace_take(&p);
	cr_assert(n >= 5999 && n <= 6001, "%llu", (unsigned long long)n);
}

/* What is due and not taken is counted alike, in the ramp and behind it. */
Test(load_pace, behind)
{
	const uint64_t second = 1000000000;

	for (uint64_t ramp = 0; ramp <= 4 * second; ramp += 2 * second) {
		pace_begin(&p, second, 1000, ramp);
		cr_assert_eq(pace_behind(&p, second - 1), 0);
		for (uint64_t at = second; at < 7 * second; at += second / 7) {
			uint64_t behind = pace_behind(&p, at), n = 0;
			for (; p.due <= at; n++)
				pace_take(&p);
			cr_assert(llabs((long long)(behind - n)) <= 1, "at %llu: %llu, not %llu", (unsigned long long)at,
				(unsigned long long)behind, (unsigned long long)n);
		}
	}
}

Test(load_pace, connections_rise)
{
	cr_assert_eq(pace_ramp(100, 0, 100, 64), 64);
	cr_assert_eq(pace_ramp(100, 1000, 100, 64), 1);
	cr_assert_eq(pace_ramp(100, 1000, 600, 64), 32);
	cr_assert_eq(pace_ramp(100, 1000, 1099, 64), 63);
	cr_assert_eq(pace_ramp(100, 1000, 1100, 64), 64);
	cr_assert_eq(pace_ramp(100, 1000, 99, 64), 1);
}
