/* SPDX-License-Identifier: BSD-3-Clause */
#include "demux_objects.h"

TestSuite(demux, .init = setup, .fini = teardown);

Test(demux, nothing_is_found_in_an_empty_table)
{
	cr_assert_eq(look(1, false), 0);
}

Test(demux, what_was_entered_is_found_and_only_that)
{
	uint32_t index = enter(5, false);

	cr_assert_eq(look(5, false), demux_handle(DEMUX_TCB, index, TUPLE4_LEN));
	cr_assert_eq(look(6, false), 0);
	cr_assert_eq(look(5, true), 0);
}

Test(demux, ipv4_and_ipv6_live_side_by_side)
{
	uint32_t four = enter(5, false), six = enter(5, true);

	cr_assert_eq(demux_index(look(5, false)), four);
	cr_assert_eq(demux_index(look(5, true)), six);
	cr_assert(look(5, true) & DEMUX_V6);
}

Test(demux, replace_changes_the_object_in_place)
{
	uint32_t a = enter(7, false), b = slab_alloc(&objects);
	struct tuple t;

	tuple_nr(7, false, &t);
	memcpy(object(b)->key, t.key, t.len);
	demux_replace(&demux, demux_hash(&demux, &t), handle_of(a, &t), demux_handle(DEMUX_TIME_WAIT, b, t.len));
	cr_assert_eq(look(7, false), demux_handle(DEMUX_TIME_WAIT, b, t.len));
	cr_assert_eq(demux.entries, 1);
}

Test(demux, what_a_burst_found_is_known_to_have_changed)
{
	uint32_t a = enter(1, false), b = slab_alloc(&objects);
	struct tcp_seg segs[3] = {{.len = 0}};

	for (uint32_t i = 0; i < 3; i++) {
		tuple_nr(i, false, &segs[i].tuple);
		segs[i].hash = demux_hash(&demux, &segs[i].tuple);
	}
	demux_lookup_burst(&demux, segs, 3);
	cr_assert_eq(segs[1].handle, handle_of(a, &segs[1].tuple));
	for (uint32_t i = 0; i < 3; i++)
		cr_assert_not(demux_has_changed(&demux, segs[i].hash));
	memcpy(object(b)->key, segs[1].tuple.key, segs[1].tuple.len);
	demux_replace(&demux, segs[1].hash, segs[1].handle, demux_handle(DEMUX_TIME_WAIT, b, segs[1].tuple.len));
	cr_assert(demux_has_changed(&demux, segs[1].hash), "replaced");
	enter(2, false);
	cr_assert(demux_has_changed(&demux, segs[2].hash), "entered");
	demux_lookup_burst(&demux, segs, 3);
	cr_assert_not(demux_has_changed(&demux, segs[1].hash), "a new burst");
	demux_remove(&demux, segs[1].hash, segs[1].handle);
	cr_assert(demux_has_changed(&demux, segs[1].hash), "removed");
	cr_assert_not(demux_has_changed(&demux, segs[0].hash), "another one (of 256 bits)");
}

Test(demux, it_grows_without_losing_an_entry)
{
	for (uint32_t i = 0; i < 100000; i++) {
		enter(i, i & 1);
		/* also while it is growing: the old ones are found at every step of it */
		uint32_t k = (uint32_t)(rand() % (int)(i + 1));
		cr_assert_neq(look(k, k & 1), 0, "entry %u is lost after %u insertions", k, i + 1);
	}
	for (uint32_t i = 0; i < 100000; i++)
		cr_assert_neq(look(i, i & 1), 0, "entry %u is lost", i);
	cr_assert_eq(demux.entries, 100000);
	/* 13 to 26 bytes an entry */
	cr_assert_lt(demux_bytes(&demux), 3 * 26 * 100000u);
}

Test(demux, random_insertions_and_removals_agree_with_a_model)
{
	enum { TUPLES = 40000, STEPS = 600000 };
	static uint32_t index_of[TUPLES];

	srand(1);
	for (uint32_t step = 0; step < STEPS; step++) {
		uint32_t i = (uint32_t)rand() % TUPLES;
		bool v6 = i % 3 == 0;
		if (index_of[i] == 0) {
			cr_assert_eq(look(i, v6), 0);
			index_of[i] = enter(i, v6);
		} else {
			struct tuple t;
			tuple_nr(i, v6, &t);
			cr_assert_eq(look(i, v6), handle_of(index_of[i], &t));
			demux_remove(&demux, demux_hash(&demux, &t), handle_of(index_of[i], &t));
			slab_free(&objects, index_of[i]);
			index_of[i] = 0;
		}
	}
	uint32_t left = 0;
	for (uint32_t i = 0; i < TUPLES; i++)
		left += index_of[i] != 0;
	cr_assert_eq(demux.entries, left);
}

/* When every entry is gone no bucket may believe that something lies beyond it. */
Test(demux, an_emptied_table_probes_no_further)
{
	for (uint32_t i = 0; i < 50000; i++)
		enter(i, false);
	for (uint32_t i = 0; i < 50000; i++) {
		struct tuple t;
		tuple_nr(i, false, &t);
		uint32_t handle = look(i, false);
		demux_remove(&demux, demux_hash(&demux, &t), handle);
	}
	cr_assert_eq(demux.entries, 0);
	for (uint64_t b = 0; b <= demux.now.mask; b++) {
		cr_assert_eq(demux.now.buckets[b].passed, 0, "bucket %lu", b);
		for (int way = 0; way < DEMUX_WAYS; way++)
			cr_assert_eq(demux.now.buckets[b].handles[way], 0);
	}
}

Test(demux, a_burst_finds_what_single_lookups_find)
{
	struct tcp_seg segs[32];

	for (uint32_t i = 0; i < 16; i++)
		enter(i, i & 1);
	for (uint32_t i = 0; i < 32; i++) {
		tuple_nr(i, i & 1, &segs[i].tuple);
		segs[i].hash = demux_hash(&demux, &segs[i].tuple);
	}
	demux_lookup_burst(&demux, segs, 32);
	for (uint32_t i = 0; i < 32; i++)
		cr_assert_eq(segs[i].handle, look(i, i & 1));
	cr_assert_neq(segs[15].handle, 0);
	cr_assert_eq(segs[16].handle, 0);
}
