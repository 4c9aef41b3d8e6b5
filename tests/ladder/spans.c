/* SPDX-License-Identifier: BSD-3-Clause */
/* spans: what is new is counted once. Checked against one flag a position. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include "ladder/spans.h"

Test(spans, repeats_count_nothing)
{
	struct spans s = {0};

	cr_expect_eq(spans_add(&s, 0, 10), 10);
	cr_expect_eq(spans_add(&s, 0, 10), 0);
	cr_expect_eq(spans_add(&s, 10, 20), 10);
	cr_expect_eq(s.n, 1, "neighbours become one span");
	cr_expect_eq(spans_add(&s, 30, 40), 10);
	cr_expect_eq(spans_add(&s, 5, 45), 15);
	cr_expect_eq(s.n, 1);
	cr_expect_eq(spans_add(&s, 7, 7), 0);
	spans_free(&s);
}

Test(spans, any_order_agrees_with_flags)
{
	enum { SPACE = 400 };
	unsigned seed = 7;

	for (int round = 0; round < 200; round++) {
		struct spans s = {0};
		bool flags[SPACE] = {false};
		for (int i = 0; i < 60; i++) {
			int from = rand_r(&seed) % SPACE, to = from + rand_r(&seed) % 20, new = 0;
			to = to > SPACE ? SPACE : to;
			for (int j = from; j < to; j++) {
				new += !flags[j];
				flags[j] = true;
			}
			cr_assert_eq(spans_add(&s, from - SPACE / 2, to - SPACE / 2), new);
		}
		for (unsigned i = 1; i < s.n; i++)
			cr_assert_lt(s.list[i - 1].to, s.list[i].from, "sorted, and never touching");
		spans_free(&s);
	}
}
