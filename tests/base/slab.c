/* SPDX-License-Identifier: BSD-3-Clause */
/* Slabs: handles, owners, the limit, and memory that is touched only as it is used. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include <criterion/criterion.h>
#include "base/pages.h"
#include "base/poison.h"
#include "base/slab.h"

struct object {
	uint32_t words[16];
};

/* With max_connections at its limit control blocks are the most that has an owner. */
struct tcb_sized {
	uint8_t bytes[256];
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

/* Two slabs side by side: the first and the last object of each, and those around every 2 MiB. */
Test(slab, every_object_finds_its_owner)
{
	enum { MAX = 64 << 20, STEP = (2 << 20) / sizeof(struct object) };
	static int another;
	struct slab other;

	make(MAX);
	cr_assert_eq(slab_init(&other, sizeof(struct tcb_sized), MAX, &another, -1), 0);
	for (uint32_t h = 1; h < MAX; h += h % STEP == 1 ? STEP - 2 : 1) {
		cr_assert_eq(slab_owner(slab_at(&slab, h)), &owner, "handle %u", h);
		cr_assert_eq(slab_owner(slab_at(&other, h)), &another, "handle %u", h);
	}
	cr_assert_eq(slab_owner(slab_at(&slab, MAX)), &owner);
	cr_assert_eq(slab_owner(slab_at(&other, MAX)), &another);
	slab_fini(&slab);
	slab_fini(&other);
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
	cr_assert_eq(slab_init(&slab, (size_t)1 << 20, UINT32_MAX, NULL, -1), -ENOMEM);
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

/* What is in the way stays what it is. */
Test(slab, pages_are_aligned_to_more_than_the_system_knows_where_nothing_else_is)
{
	enum { MANY = 20, SIZE = 3 << 20 };
	const size_t align = (size_t)8 << 30;
	uint8_t *p[MANY];

	for (int i = 0; i < MANY; i++) {
		p[i] = pages_map_aligned(SIZE, align, -1);
		cr_assert_not_null(p[i]);
		cr_assert_eq((uintptr_t)p[i] % align, 0);
		cr_assert_eq(p[i][0] | p[i][SIZE - 1], 0);
		memset(p[i], i + 1, SIZE);
	}
	for (int i = 0; i < MANY; i++) {
		cr_assert_eq(p[i][0], i + 1);
		cr_assert_eq(p[i][SIZE - 1], i + 1);
		pages_unmap(p[i], SIZE);
	}
}

#ifndef POISON_ASAN /* which takes address space of its own */
/* Where address space is limited a slab takes of it what it may use, and not what it is aligned to. */
Test(slab, an_owner_takes_no_address_space)
{
	struct rlimit limit;
	unsigned long pages;

	FILE *f = fopen("/proc/self/statm", "r");
	cr_assert_eq(fscanf(f, "%lu", &pages), 1);
	fclose(f);
	limit.rlim_cur = limit.rlim_max = pages * (rlim_t)sysconf(_SC_PAGESIZE) + (64u << 20);
	cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
	make(100);
	fill(slab_alloc(&slab));
	slab_fini(&slab);
}
#endif

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
