/* SPDX-License-Identifier: BSD-3-Clause */
/* The table grows without a stop: what one insertion moves, touches and gives back is bounded. */
#include <errno.h>
#include <sys/mman.h>
#include "demux_objects.h"

TestSuite(demux_growth, .init = setup, .fini = teardown);

enum {
	PAGE = 4096,
	MOVED = 2,          /* buckets an insertion may move */
	TOUCHED = PAGE,     /* bytes it may touch of the next table */
	RELEASED = 4 << 20, /* bytes of the old one it may give back, the last remains included */
};

/* Pages of it that take memory, as the system says. */
static size_t
resident(const void *p, size_t size)
{
	static unsigned char pages[(64 << 20) / PAGE];
	size_t n = 0;

	cr_assert_leq(size / PAGE, sizeof(pages));
	cr_assert_eq(mincore((void *)(uintptr_t)p, size, pages), 0);
	for (size_t i = 0; i < size / PAGE; i++)
		n += pages[i] & 1;
	return n;
}

static size_t
bytes(const struct demux_table *t)
{
	return (t->mask + 1) * sizeof(struct demux_bucket);
}

/* Enters so many, checking each step, and that what was there is found. */
static void
grow_to(uint32_t entries)
{
	uint64_t moved = 0, released = 0;

	for (uint32_t i = 0; i < entries; i++) {
		uint64_t prepared = demux.prepared;
		uint32_t generation = demux.generation, k = (uint32_t)rand() % (i + 1);
		enter(i, i & 1);
		cr_assert_neq(look(k, k & 1), 0, "entry %u is lost after %u insertions", k, i + 1);
		if (demux.generation != generation) {
			cr_assert_eq(prepared, bytes(&demux.now), "the new table was not ready");
			cr_assert_eq(resident(demux.now.buckets, bytes(&demux.now)), bytes(&demux.now) / PAGE);
			cr_assert_eq(demux.moved, 0);
			moved = released = 0;
			continue;
		}
		cr_assert_leq(demux.prepared - prepared, TOUCHED);
		cr_assert_leq(demux.moved - moved, MOVED);
		moved = demux.moved;
		if (demux.old.buckets != NULL) {
			cr_assert_leq(demux.released - released, RELEASED);
			/* who lives a few buckets on is found by way of these */
			cr_assert(demux.released == 0 ||
				demux.released + DEMUX_PROBES * sizeof(struct demux_bucket) <= moved * sizeof(struct demux_bucket));
			cr_assert_leq(moved * sizeof(struct demux_bucket), demux.released + RELEASED);
			released = demux.released;
		}
	}
}

Test(demux_growth, each_insertion_does_a_bounded_part_of_it)
{
	enum { ENTRIES = 800000, GROWTHS = 9 }; /* 4096 places at first, 2 M in the end */

	slab_fini(&objects);
	demux_fini(&demux);
	cr_assert_eq(slab_init(&objects, 64, ENTRIES, NULL, -1), 0);
	start(1);
	grow_to(ENTRIES);
	cr_assert_eq(demux.generation, GROWTHS);
	cr_assert_eq(demux.old.buckets, NULL);
	for (unsigned i = 0; i < demux.generation; i++) /* the addresses stay, for who still reads there */
		cr_assert_eq(resident(demux.tables[i].buckets, bytes(&demux.tables[i])), 0);
	cr_assert_eq(demux_bytes(&demux), bytes(&demux.now));
}

Test(demux_growth, the_account_is_what_the_system_says)
{
	uint64_t there = 0;

	for (uint32_t i = 0; demux.generation < 5 || demux.moved < demux.old.mask / 2; i++)
		enter(i, false);
	for (unsigned i = 0; i <= demux.generation + 1; i++)
		if (demux.tables[i].buckets != NULL)
			there += PAGE * resident(demux.tables[i].buckets, bytes(&demux.tables[i]));
	cr_assert_eq(demux_bytes(&demux), there);
}

/* Hashes are chosen here, as only who knows the secret could. */
static int
enter_at(uint64_t hash, uint32_t i)
{
	uint32_t index = slab_alloc(&objects);
	struct tuple t;

	tuple_nr(i, false, &t);
	memcpy(object(index)->key, t.key, t.len);
	return demux_insert(&demux, hash, handle_of(index, &t));
}

Test(demux_growth, a_full_neighbourhood_while_it_grows_is_refused_and_not_waited_for)
{
	enum { NEIGHBOURHOOD = DEMUX_PROBES * DEMUX_WAYS };
	uint32_t i = 0;
	uint64_t hash = 12345, elsewhere = 0;

	for (; i < NEIGHBOURHOOD; i++)
		cr_assert_eq(enter_at(hash, i), 0);
	cr_assert_eq(demux.generation, 0);
	cr_assert_eq(enter_at(hash, i++), 0); /* it doubles for that one, */
	cr_assert_eq(demux.generation, 1);
	cr_assert_eq(enter_at(elsewhere, i++), 0); /* and begins to move: the others move to where they really belong */
	while (enter_at(hash, i) == 0)
		cr_assert_lt(i++, 2 * NEIGHBOURHOOD + 2);
	cr_assert_neq(demux.old.buckets, NULL);
	cr_assert_eq(enter_at(hash, i), -ENOMEM);
	cr_assert_eq(demux.generation, 1);
	cr_assert_eq(demux.entries, i);
	cr_assert_eq(enter_at(elsewhere, i), 0); /* only there */
}

static bool met[OBJECTS];

static void
meet(const struct demux_bucket *b)
{
	for (unsigned way = 0; way < DEMUX_WAYS; way++)
		met[demux_index(b->handles[way])] = true;
}

/* At some step so many others are entered that it doubles, and all that stands there moves. */
Test(demux_growth, a_walk_in_steps_meets_all_that_stay)
{
	enum { THERE = 2500, OTHERS = 600 }; /* 2560 double the first table, and 256 more move what it held */

	for (unsigned secret = 0; secret < 300; secret++) {
		const struct demux_bucket *b;
		struct demux_walk walk;
		slab_fini(&objects);
		demux_fini(&demux);
		cr_assert_eq(slab_init(&objects, 64, OBJECTS, NULL, -1), 0);
		start(secret);
		memset(met, 0, sizeof(met));
		for (uint32_t i = 0; i < THERE; i++)
			enter(i, false);
		demux_walk_begin(&demux, &walk);
		for (unsigned steps = 0; (b = demux_walk_next(&demux, &walk)) != NULL; steps++) {
			meet(b);
			for (uint32_t i = THERE; steps == secret && i < THERE + OTHERS; i++)
				enter(i, false);
		}
		cr_assert_eq(demux.generation, 1);
		cr_assert_null(demux.old.buckets);
		for (uint32_t i = 0; i < THERE; i++)
			cr_assert(met[demux_index(look(i, false))], "secret %u: entry %u was not met", secret, i);
	}
}
