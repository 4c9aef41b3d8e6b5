/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include "base/pages.h"
#include "base/poison.h"
#include "base/slab.h"

static size_t
extent(const struct slab *s)
{
	return ((size_t)s->max + 1) << s->shift;
}

int
slab_init(struct slab *s, size_t size, uint32_t max, void *owner, int numa_node)
{
	assert((size & (size - 1)) == 0 && size >= sizeof(void *));
	memset(s, 0, sizeof(*s));
	s->shift = (uint32_t)__builtin_ctzl(size);
	s->max = max;
	assert(owner == NULL || extent(s) <= SLAB_SPAN);
	s->base = owner != NULL ? pages_map_aligned(extent(s), SLAB_SPAN, numa_node) : pages_map(extent(s), numa_node);
	if (s->base == NULL)
		return -ENOMEM;
	if (owner != NULL)
		*(void **)s->base = owner;
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

uint32_t
slab_alloc(struct slab *s)
{
	uint32_t handle = s->free;

	if (s->used == s->max)
		return 0;
	s->used++;
	if (handle == 0)
		return ++s->touched;
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
