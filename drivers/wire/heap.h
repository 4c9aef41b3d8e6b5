/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DRIVERS_WIRE_HEAP_H
#define DRIVERS_WIRE_HEAP_H
/* Packets under way, the one that is due first on top: a binary heap of fixed capacity. */
#include <stdbool.h>
#include <stdint.h>

struct rte_mbuf;

struct flight {
	uint64_t due, order;  /* order: decides between packets of the same time */
	uint64_t pushed, number;
	struct rte_mbuf *m;
	uint32_t faults;
	bool is_copy;
};

struct heap {
	struct flight *flights;
	uint32_t capacity, count;
};

/* 0 or -ENOMEM. */
int heap_init(struct heap *h, uint32_t capacity);
void heap_fini(struct heap *h);

/* There must be room. */
void heap_push(struct heap *h, const struct flight *f);
/* There must be one. */
struct flight heap_pop(struct heap *h);

static inline bool
heap_is_full(const struct heap *h)
{
	return h->count == h->capacity;
}

#endif
