/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <rte_lcore.h>
#include <rte_mempool.h>
#include "base/slab.h"
#include "memory.h"

#define OPS "sim"

const char *const memory_eal_args[] = {"--mbuf-pool-ops-name", OPS, NULL};

static struct {
	uint64_t first, n, count, failed;
} plans[MEMORY_KINDS];

/* Slabs that are made to look full, and how large they are. */
static struct {
	struct slab *slab;
	uint32_t max;
} slabs[MEMORY_SLABS_MAX];
static unsigned nb_slabs;
static bool frozen, held, freezes; /* freezes: as soon as it is not held any more */
static uint64_t frozen_until, ticked;

static unsigned dry_pool, dry_left;
static uint64_t refused;

/* The free objects of a pool: the last one that came back goes out first. */
struct stack {
	unsigned n;
	unsigned which; /* as memory_dry() numbers them; 0: not an instance's */
	void *objs[];
};

void
memory_no_cache(void)
{
	RTE_PER_LCORE(_lcore_id) = LCORE_ID_ANY;
}

const char *
memory_kind_name(enum memory_kind kind)
{
	return kind == MEMORY_MBUFS ? "mbufs" : "slabs";
}

static void
freeze(void)
{
	freezes = held;
	if (held)
		return;
	for (unsigned i = 0; i < nb_slabs; i++)
		slabs[i].slab->max = slabs[i].slab->used;
	frozen = true;
	frozen_until = ticked + MEMORY_FROZEN_NS;
}

static void
thaw(void)
{
	for (unsigned i = 0; i < nb_slabs; i++)
		slabs[i].slab->max = slabs[i].max;
	frozen = freezes = false;
}

void
memory_hold(bool hold)
{
	held = hold;
	if (!held && freezes)
		freeze();
}

void
memory_slabs(struct slab *const *which, unsigned n)
{
	thaw();
	for (nb_slabs = 0; nb_slabs < n; nb_slabs++) {
		slabs[nb_slabs].slab = which[nb_slabs];
		slabs[nb_slabs].max = which[nb_slabs]->max;
	}
}

void
memory_tick(uint64_t now)
{
	ticked = now;
	if (frozen && now >= frozen_until)
		thaw();
}

void
memory_fail(enum memory_kind kind, uint64_t first, uint64_t n)
{
	plans[kind].first = first;
	plans[kind].n = n;
	plans[kind].count = plans[kind].failed = 0;
	if (kind != MEMORY_SLABS)
		return;
	thaw();
	if (first == 1)
		freeze();
}

void
memory_stop(void)
{
	for (int k = 0; k < MEMORY_KINDS; k++)
		plans[k].first = 0;
}

bool
memory_frozen(void)
{
	return frozen;
}

uint64_t
memory_count(enum memory_kind kind)
{
	return plans[kind].count;
}

bool
memory_failed(enum memory_kind kind)
{
	return plans[kind].failed > 0;
}

void
memory_dry(unsigned which, unsigned left)
{
	dry_pool = which;
	dry_left = left;
}

uint64_t
memory_refused(void)
{
	return refused;
}

static bool
mbuf_fails(void)
{
	uint64_t i = ++plans[MEMORY_MBUFS].count, first = plans[MEMORY_MBUFS].first;
	bool fail = first != 0 && i >= first && i - first < plans[MEMORY_MBUFS].n;

	plans[MEMORY_MBUFS].failed += fail;
	return fail;
}

static unsigned
number_of(const char *name)
{
	static const char *const names[] = {"a-0-rx", "a-0-data", "a-0-hdr", "a-0-ind", "b-0-rx", "b-0-data", "b-0-hdr",
		"b-0-ind"};

	for (unsigned i = 0; i < RTE_DIM(names); i++)
		if (strcmp(name, names[i]) == 0)
			return i + 1;
	return 0;
}

static int
ops_alloc(struct rte_mempool *mp)
{
	struct stack *s = malloc(sizeof(*s) + mp->size * sizeof(void *));

	if (s == NULL)
		return -ENOMEM;
	s->n = 0;
	s->which = number_of(mp->name);
	mp->pool_data = s;
	return 0;
}

static void
ops_free(struct rte_mempool *mp)
{
	free(mp->pool_data);
}

static int
ops_enqueue(struct rte_mempool *mp, void *const *objs, unsigned n)
{
	struct stack *s = mp->pool_data;

	memcpy(s->objs + s->n, objs, n * sizeof(void *));
	s->n += n;
	return 0;
}

static int
ops_dequeue(struct rte_mempool *mp, void **objs, unsigned n)
{
	struct stack *s = mp->pool_data;

	bool empty = s->n < n || (s->which != 0 && s->which == dry_pool && s->n <= dry_left);

	refused += empty;
	if (empty || (s->which != 0 && mbuf_fails()))
		return -ENOBUFS;
	for (unsigned i = 0; i < n; i++)
		objs[i] = s->objs[--s->n];
	return 0;
}

static unsigned
ops_count(const struct rte_mempool *mp)
{
	return ((const struct stack *)mp->pool_data)->n;
}

static const struct rte_mempool_ops ops = {
	.name = OPS, .alloc = ops_alloc, .free = ops_free, .enqueue = ops_enqueue, .dequeue = ops_dequeue,
	.get_count = ops_count,
};

RTE_MEMPOOL_REGISTER_OPS(ops)

uint32_t __real_slab_alloc(struct slab *s);
uint32_t __wrap_slab_alloc(struct slab *s);

static bool
is_ours(const struct slab *s)
{
	for (unsigned i = 0; i < nb_slabs; i++)
		if (slabs[i].slab == s)
			return true;
	return false;
}

uint32_t
__wrap_slab_alloc(struct slab *s)
{
	uint32_t handle = __real_slab_alloc(s);

	if (!is_ours(s))
		return handle;
	plans[MEMORY_SLABS].count++;
	if (handle == 0 && frozen && ++plans[MEMORY_SLABS].failed >= plans[MEMORY_SLABS].n)
		thaw();
	if (handle != 0 && plans[MEMORY_SLABS].count + 1 == plans[MEMORY_SLABS].first)
		freeze();
	return handle;
}
