/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <numa.h>
#include "base/poison.h"
#include "base/slab.h"

static size_t
extent(const struct slab *s)
{
	return ((size_t)s->max + 1) * s->stride;
}

int
slab_init(struct slab *s, size_t size, uint32_t max, int numa_node)
{
	memset(s, 0, sizeof(*s));
	s->stride = (uint32_t)size;
	s->max = max;
	void *base = mmap(NULL, extent(s), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED)
		return -ENOMEM;
	s->base = base;
	/* A random access costs a third of the time in huge pages; a small slab would only waste one. */
	if (extent(s) >= 4u << 20)
		madvise(base, extent(s), MADV_HUGEPAGE);
	if (numa_node >= 0 && numa_available() >= 0)
		numa_tonode_memory(base, extent(s), numa_node);
	return 0;
}

void
slab_fini(struct slab *s)
{
	if (s->base == NULL)
		return;
	poison_off(s->base, extent(s));
	munmap(s->base, extent(s));
	s->base = NULL;
}

uint32_t
slab_alloc(struct slab *s)
{
	uint32_t handle = s->free;

	if (handle != 0) {
		void *object = slab_at(s, handle);
		poison_off(object, s->stride);
		memcpy(&s->free, object, sizeof(s->free));
	} else if (s->touched < s->max) {
		handle = ++s->touched;
	} else {
		return 0;
	}
	s->used++;
	return handle;
}

void
slab_free(struct slab *s, uint32_t handle)
{
	void *object = slab_at(s, handle);

	memcpy(object, &s->free, sizeof(s->free));
	poison_on(object, s->stride);
	s->free = handle;
	s->used--;
}
