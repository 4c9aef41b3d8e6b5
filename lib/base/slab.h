/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_SLAB_H
#define BASE_SLAB_H
/*
 * A slab: up to max objects of one size, named by 32-bit handles (0 = none). The address range is
 * reserved at once and touched as it is used, so a large max costs nothing until then. Freed
 * objects are handed out again last-in first-out: they are warm. One owner, no locks.
 *
 * Each 2 MiB of it has a pointer to the slab's owner, in the place of one object: an object finds its
 * owner by its address alone and need not carry the eight bytes. Not in the same place of each: in a
 * cache what is 2 MiB apart is in the way of one another.
 */
#include <stddef.h>
#include <stdint.h>

enum {
	SLAB_BLOCK = 2 << 20,
	SLAB_OBJECT_MAX = 512, /* bytes of an object */
	SLAB_COLOURS = 256,    /* places where a block may have its owner */
};

struct slab {
	uint8_t *base;    /* aligned to SLAB_BLOCK; there is no object 0 */
	void *owner;
	uint32_t shift;   /* log2 of the object's size */
	uint32_t max;     /* objects that may be in use */
	uint32_t used;    /* objects in use */
	uint32_t touched; /* highest handle ever handed out */
	uint32_t free;    /* first free handle; the next is in its first four bytes */
};

/* Reserves room for max objects of size bytes (a power of two) on a NUMA node (-1: any). 0 or -ENOMEM. */
int slab_init(struct slab *s, size_t size, uint32_t max, void *owner, int numa_node);
void slab_fini(struct slab *s);

/* A handle, its object's bytes undefined; 0 when max are in use. */
uint32_t slab_alloc(struct slab *s);
void slab_free(struct slab *s, uint32_t handle);

static inline void *
slab_at(const struct slab *s, uint32_t handle)
{
	return s->base + ((size_t)handle << s->shift);
}

static inline uint32_t
slab_handle(const struct slab *s, const void *object)
{
	return (uint32_t)((size_t)((const uint8_t *)object - s->base) >> s->shift);
}

/* Where the block that object is in has the slab's owner. */
static inline void **
slab_owner_at(const void *object)
{
	uintptr_t block = (uintptr_t)object / SLAB_BLOCK;

	return (void **)(block * SLAB_BLOCK + block % SLAB_COLOURS * SLAB_OBJECT_MAX);
}

/* The owner of the slab that object is from. */
static inline void *
slab_owner(const void *object)
{
	return *slab_owner_at(object);
}

#endif
