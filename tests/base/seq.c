/* SPDX-License-Identifier: BSD-3-Clause */
/* Arithmetic modulo 2^32 (RFC 9293 3.4). */
#include <criterion/criterion.h>
#include <rte_common.h>
#include "base/seq.h"

static const uint32_t starts[] = {0, 1, 0x7ffffffe, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff};
static const uint32_t ahead[] = {1, 2, 1000, 0x40000000, 0x7ffffffe, 0x7fffffff};

Test(seq, a_number_is_neither_before_nor_behind_itself)
{
	for (size_t i = 0; i < RTE_DIM(starts); i++) {
		uint32_t a = starts[i];
		cr_assert(!seq_lt(a, a) && !seq_gt(a, a));
		cr_assert(seq_leq(a, a) && seq_geq(a, a));
		cr_assert_eq(seq_max(a, a), a);
		cr_assert_eq(seq_min(a, a), a);
	}
}

Test(seq, what_is_less_than_half_the_space_ahead_is_behind_it)
{
	for (size_t i = 0; i < RTE_DIM(starts); i++)
		for (size_t j = 0; j < RTE_DIM(ahead); j++) {
			uint32_t a = starts[i], b = a + ahead[j];
			cr_assert(seq_lt(a, b) && seq_leq(a, b) && !seq_gt(a, b) && !seq_geq(a, b), "%u %u", a, b);
			cr_assert(!seq_lt(b, a) && !seq_leq(b, a) && seq_gt(b, a) && seq_geq(b, a), "%u %u", a, b);
			cr_assert(seq_max(a, b) == b && seq_max(b, a) == b);
			cr_assert(seq_min(a, b) == a && seq_min(b, a) == a);
		}
}

Test(seq, the_wrap_is_nothing_special)
{
	cr_assert(seq_lt(0xffffffff, 0));
	cr_assert(seq_gt(5, 0xfffffff0));
	cr_assert_eq(seq_max(0xfffffff0, 5), 5);
	cr_assert_eq(seq_min(0xfffffff0, 5), 0xfffffff0);
}
