/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory of tables: where it lies. Of one node only can be asked what it was told, which the kernel keeps for it. */
#include <numa.h>
#include <numaif.h>
#include <string.h>
#include <sys/mman.h>
#include <criterion/criterion.h>
#include "base/pages.h"
#include "base/slab.h"

enum { SIZE = 4 << 20, NODES = 1024 };

struct told {
	int mode;
	unsigned long nodes[NODES / (8 * sizeof(unsigned long))];
};

static struct told
policy_of(void *p)
{
	struct told t = {.mode = -1};

	cr_assert_eq(get_mempolicy(&t.mode, t.nodes, NODES, p, MPOL_F_ADDR), 0);
	return t;
}

static void
assert_on(void *p, int node)
{
	struct told t = policy_of(p);

	cr_assert(t.mode == MPOL_BIND || t.mode == MPOL_PREFERRED, "mode %d", t.mode);
	for (unsigned i = 0; i < NODES; i++) {
		bool is = t.nodes[i / (8 * sizeof(long))] >> i % (8 * sizeof(long)) & 1;
		cr_assert_eq(is, i == (unsigned)node, "node %u", i);
	}
}

static void
need_nodes(void)
{
	if (numa_available() < 0)
		cr_skip_test("this system knows no nodes");
}

Test(pages, lie_on_the_node_that_is_told)
{
	need_nodes();
	int node = numa_max_node();
	uint8_t *p = pages_map(SIZE, node);

	cr_assert_not_null(p);
	assert_on(p, node);
	assert_on(p + SIZE - 1, node);
	memset(p, 1, SIZE);
	pages_unmap(p, SIZE);
}

Test(pages, without_a_node_lie_anywhere)
{
	need_nodes();
	void *p = pages_map(SIZE, -1);

	cr_assert_not_null(p);
	cr_assert_eq(policy_of(p).mode, MPOL_DEFAULT);
	pages_unmap(p, SIZE);
}

Test(pages, those_of_a_slab_too)
{
	need_nodes();
	int owner, node = numa_max_node();
	struct slab slab;

	cr_assert_eq(slab_init(&slab, 256, 100000, &owner, node), 0);
	assert_on(slab_at(&slab, slab_alloc(&slab)), node);
	assert_on(slab_at(&slab, 100000), node);
	slab_fini(&slab);
}

/* As valgrind has it, which maps from the bottom up: below there is nothing. */
Test(pages, that_are_aligned_lie_above_where_nothing_is_free_below)
{
	enum { PAGE = 4096, ALIGN = 1 << 20, BELOW = 4096 };
	static void *taken[BELOW];
	void *here = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uintptr_t first = (uintptr_t)here & ~(uintptr_t)(ALIGN - 1);

	munmap(here, PAGE);
	for (uintptr_t i = 0; i < BELOW; i++)
		taken[i] = mmap((void *)(first - i * ALIGN), PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	uint8_t *p = pages_map_aligned(PAGE, ALIGN, -1);
	cr_assert_not_null(p);
	cr_assert_gt((uintptr_t)p, first);
	cr_assert_eq((uintptr_t)p % ALIGN, 0);
	*p = 1;
	pages_unmap(p, PAGE);
	for (unsigned i = 0; i < BELOW; i++)
		if (taken[i] != MAP_FAILED)
			munmap(taken[i], PAGE);
}
