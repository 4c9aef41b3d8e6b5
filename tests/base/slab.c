/* SPDX-License-Identifier: BSD-3-Clause */
/* Slabs: handles, owners, the limit, and memory that is touched only as it is used. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <criterion/criterion.h>
#include "base/pages.h"
#include "base/poison.h"
#include "base/slab.h"

struct object {
	uint32_t words[16];
};

static struct slab slab;
static int owner;

static void
make(uint32_t max)
{
	cr_assert_eq(slab_init(&slab, sizeof(struct object), max, &owner, -1), 0);
}

static void
fill(uint32_t handle)
{
	struct object *o = slab_at(&slab, handle);

	for (int i = 0; i < 16; i++)
		o->words[i] = handle * 31 + (uint32_t)i;
}

static void
check(uint32_t handle)
{
	const struct object *o = slab_at(&slab, handle);

	for (int i = 0; i < 16; i++)
		cr_assert_eq(o->words[i], handle * 31 + (uint32_t)i, "object %u was written over", handle);
	cr_assert_eq(slab_handle(&slab, o), handle);
	cr_assert_eq(slab_owner(o), &owner);
}

static bool
is_owners(uint32_t handle)
{
	void *at = slab_at(&slab, handle);

	return (void *)slab_owner_at(at) == at;
}

Test(slab, hands_out_max_objects_and_not_one_more)
{
	uint32_t handles[100];

	make(100);
	for (int i = 0; i < 100; i++) {
		handles[i] = slab_alloc(&slab);
		cr_assert_neq(handles[i], 0);
		fill(handles[i]);
	}
	cr_assert_eq(slab_alloc(&slab), 0);
	cr_assert_eq(slab.used, 100);
	for (int i = 0; i < 100; i++)
		check(handles[i]);
	slab_free(&slab, handles[7]);
	cr_assert_eq(slab.used, 99);
	cr_assert_eq(slab_alloc(&slab), handles[7]);
	cr_assert_eq(slab_alloc(&slab), 0);
	slab_fini(&slab);
}

Test(slab, freed_objects_come_back_last_in_first_out)
{
	uint32_t h[5];

	make(10);
	for (int i = 0; i < 5; i++)
		h[i] = slab_alloc(&slab);
	for (int i = 0; i < 5; i++)
		slab_free(&slab, h[i]);
	for (int i = 4; i >= 0; i--)
		cr_assert_eq(slab_alloc(&slab), h[i]);
	slab_fini(&slab);
}

/* Over several blocks: the places of the owners are never handed out. */
Test(slab, every_object_of_every_block_finds_its_owner)
{
	enum { MAX = 3 * SLAB_BLOCK / (int)sizeof(struct object) };

	make(MAX);
	for (uint32_t i = 0; i < MAX; i++) {
		uint32_t h = slab_alloc(&slab);
		cr_assert_neq(h, 0);
		cr_assert(!is_owners(h), "handle %u is an owner's place", h);
		fill(h);
	}
	cr_assert_eq(slab_alloc(&slab), 0);
	cr_assert_gt(slab.touched, MAX, "owners were skipped");
	for (uint32_t h = 1; h <= slab.touched; h++)
		if (!is_owners(h))
			check(h);
	slab_fini(&slab);
}

/* In a cache of 1 MiB in eight ways what is 2 MiB apart shares eight lines: of 64 owners it would hold eight. */
Test(slab, owners_of_neighbouring_blocks_share_no_cache_set)
{
	enum { SET = 128 << 10, BLOCKS = 64 };
	uintptr_t seen[BLOCKS];

	make(BLOCKS * (SLAB_BLOCK / sizeof(struct object)));
	for (int i = 0; i < BLOCKS; i++) {
		seen[i] = (uintptr_t)slab_owner_at(slab.base + (size_t)i * SLAB_BLOCK);
		cr_assert_eq(seen[i] / SLAB_BLOCK, (uintptr_t)slab.base / SLAB_BLOCK + (uintptr_t)i, "it is in another block");
		for (int k = 0; k < i; k++)
			cr_assert_neq(seen[i] % SET, seen[k] % SET, "those of blocks %d and %d", k, i);
	}
	slab_fini(&slab);
}

Test(slab, random_use_never_hands_out_an_object_twice)
{
	enum { MAX = 500 };
	uint32_t held[MAX], n = 0;

	srand(1);
	make(MAX);
	for (int step = 0; step < 200000; step++) {
		if (n < MAX && rand() % 2) {
			uint32_t h = slab_alloc(&slab);
			cr_assert_neq(h, 0);
			fill(h);
			held[n++] = h;
		} else if (n > 0) {
			uint32_t i = (uint32_t)rand() % n;
			check(held[i]);
			slab_free(&slab, held[i]);
			held[i] = held[--n];
		}
		cr_assert_eq(slab.used, n);
	}
	slab_fini(&slab);
}

/* max says what may be used, not what is: ten million connections cost nothing before they come. */
Test(slab, memory_is_touched_only_as_it_is_used)
{
	unsigned char resident[64];
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	make(64 << 20);
	uint8_t *far = slab.base + ((size_t)1 << 30);
	cr_assert_eq(mincore(far, sizeof(resident) * page, resident), 0);
	for (size_t i = 0; i < sizeof(resident); i++)
		cr_assert_eq(resident[i] & 1, 0);
	fill(slab_alloc(&slab));
	slab_fini(&slab);
	cr_assert_null(slab.base);
	slab_fini(&slab);
}

Test(slab, more_than_the_address_space_is_refused)
{
	cr_assert_eq(slab_init(&slab, (size_t)1 << 20, UINT32_MAX, &owner, -1), -ENOMEM);
	slab_fini(&slab);
}

Test(slab, pages_are_aligned_and_zero)
{
	for (size_t size = 1; size < (9u << 20); size = size * 3 + 1) {
		uint8_t *p = pages_map(size, -1);
		cr_assert_not_null(p);
		cr_assert_eq((uintptr_t)p % PAGES_ALIGN, 0);
		cr_assert_eq(p[0] | p[size - 1], 0);
		memset(p, 0xff, size);
		pages_unmap(p, size);
	}
}

#ifdef POISON_ASAN
Test(slab, free_objects_are_poisoned)
{
	make(4);
	uint32_t h = slab_alloc(&slab);
	uint8_t *o = slab_at(&slab, h);
	cr_assert(!__asan_address_is_poisoned(o));
	slab_free(&slab, h);
	cr_assert(__asan_address_is_poisoned(o));
	cr_assert(__asan_address_is_poisoned(o + sizeof(struct object) - 1));
	cr_assert_eq(slab_alloc(&slab), h);
	cr_assert(!__asan_address_is_poisoned(o));
	slab_fini(&slab);
}
#endif
