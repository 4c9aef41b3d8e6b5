/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_SLAB_H
#define BASE_SLAB_H
/*
 * A slab: up to max objects of one size, named by 32-bit handles (0 = none). The address range is
 * reserved at once and touched as it is used, so a large max costs nothing until then. Freed
 * objects are handed out again last-in first-out: they are warm. One owner, no locks.
 *
 * A slab with an owner begins at a multiple of SLAB_SPAN, with the pointer to the owner in the place of object 0: an
 * object finds its owner by its address alone and need not carry the eight bytes. One line for all objects of a slab: it
 * is warm, however many of them are cold.
 */
#include <stddef.h>
#include <stdint.h>

#define SLAB_SPAN (UINT64_C(32) << 30) /* bytes of a slab with an owner, at the most */

struct slab {
	uint8_t *base;    /* aligned to PAGES_ALIGN, or to SLAB_SPAN; there is no object 0 */
	uint32_t shift;   /* log2 of the object's size */
	uint32_t max;     /* objects that may be in use */
	uint32_t used;    /* objects in use */
	uint32_t touched; /* highest handle ever handed out */
	uint32_t free;    /* first free handle; the next is in its first four bytes */
};

/*
 * Reserves room for max objects of size bytes (a power of two) on a NUMA node (-1: any). owner, or NULL: slab_owner() is
 * not asked. 0 or -ENOMEM.
 */
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

/* The owner of the slab that object is from. */
static inline void *
slab_owner(const void *object)
{
	return *(void *const *)((uintptr_t)object & ~(uintptr_t)(SLAB_SPAN - 1));
}

#endif
