/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_SLAB_H
#define BASE_SLAB_H
/*
 * A slab: up to max objects of one size, named by 32-bit handles (1..max; 0 = none). The address
 * range is reserved at once and touched as it is used, so a large max costs nothing until then.
 * Freed objects are handed out again last-in first-out: they are warm. One owner, no locks.
 */
#include <stddef.h>
#include <stdint.h>

struct slab {
	uint8_t *base;    /* object 0 is never used: handle 0 means none */
	uint32_t stride;  /* bytes from one object to the next */
	uint32_t max;     /* objects that may be in use */
	uint32_t used;    /* objects in use */
	uint32_t touched; /* highest handle ever handed out */
	uint32_t free;    /* first free handle; the next is in its first four bytes */
};

/** Reserves room for max objects of size bytes on a NUMA node (-1: any). 0 or -ENOMEM. */
int slab_init(struct slab *s, size_t size, uint32_t max, int numa_node);
void slab_fini(struct slab *s);

/** A handle, its object's bytes undefined; 0 when max are in use. */
uint32_t slab_alloc(struct slab *s);
void slab_free(struct slab *s, uint32_t handle);

static inline void *
slab_at(const struct slab *s, uint32_t handle)
{
	return s->base + (size_t)handle * s->stride;
}

static inline uint32_t
slab_handle(const struct slab *s, const void *object)
{
	return (uint32_t)(((const uint8_t *)object - s->base) / s->stride);
}

#endif
