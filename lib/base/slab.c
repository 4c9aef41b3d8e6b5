/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include "base/pages.h"
#include "base/poison.h"
#include "base/slab.h"

static uint32_t
per_block(const struct slab *s)
{
	return SLAB_BLOCK >> s->shift;
}

static size_t
extent(const struct slab *s)
{
	/* one place of each block holds the owner, and the last block's lies within */
	size_t places = (size_t)s->max + s->max / (per_block(s) - 1) + 3;

	return (places << s->shift) + SLAB_COLOURS * SLAB_OBJECT_MAX;
}

int
slab_init(struct slab *s, size_t size, uint32_t max, void *owner, int numa_node)
{
	assert((size & (size - 1)) == 0 && size >= sizeof(void *));
	memset(s, 0, sizeof(*s));
	s->shift = (uint32_t)__builtin_ctzl(size);
	s->max = max;
	s->owner = owner;
	s->base = pages_map(extent(s), numa_node);
	if (s->base == NULL)
		return -ENOMEM;
	assert(size <= SLAB_OBJECT_MAX);
	*slab_owner_at(s->base) = owner;
	return 0;
}

void
slab_fini(struct slab *s)
{
	if (s->base == NULL)
		return;
	poison_off(s->base, extent(s));
	pages_unmap(s->base, extent(s));
	s->base = NULL;
}

/* The next place that was never used and is not the owner's, which stands in a block before anything else does. */
static uint32_t
touch(struct slab *s)
{
	do {
		if (++s->touched % per_block(s) == 0)
			*slab_owner_at(slab_at(s, s->touched)) = s->owner;
	} while (slab_at(s, s->touched) == slab_owner_at(slab_at(s, s->touched)));
	return s->touched;
}

uint32_t
slab_alloc(struct slab *s)
{
	uint32_t handle = s->free;

	if (s->used == s->max)
		return 0;
	s->used++;
	if (handle == 0)
		return touch(s);
	poison_off(slab_at(s, handle), 1ul << s->shift);
	memcpy(&s->free, slab_at(s, handle), sizeof(s->free));
	__builtin_prefetch(slab_at(s, s->free)); /* where many were freed the next is not warm any more */
	return handle;
}

void
slab_free(struct slab *s, uint32_t handle)
{
	void *object = slab_at(s, handle);

	memcpy(object, &s->free, sizeof(s->free));
	poison_on(object, 1ul << s->shift);
	s->free = handle;
	s->used--;
}
