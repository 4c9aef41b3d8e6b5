/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include "heap.h"

int
heap_init(struct heap *h, uint32_t capacity)
{
	*h = (struct heap){.flights = calloc(capacity, sizeof(*h->flights)), .capacity = capacity};
	return h->flights != NULL ? 0 : -ENOMEM;
}

void
heap_fini(struct heap *h)
{
	free(h->flights);
}

static bool
before(const struct flight *a, const struct flight *b)
{
	return a->due != b->due ? a->due < b->due : a->order < b->order;
}

void
heap_push(struct heap *h, const struct flight *f)
{
	uint32_t i = h->count++;

	for (; i > 0 && before(f, &h->flights[(i - 1) / 2]); i = (i - 1) / 2)
		h->flights[i] = h->flights[(i - 1) / 2];
	h->flights[i] = *f;
}

struct flight
heap_pop(struct heap *h)
{
	struct flight top = h->flights[0];
	const struct flight *last = &h->flights[--h->count];
	uint32_t i = 0, child;

	while ((child = 2 * i + 1) < h->count) {
		if (child + 1 < h->count && before(&h->flights[child + 1], &h->flights[child]))
			child++;
		if (!before(&h->flights[child], last))
			break;
		h->flights[i] = h->flights[child];
		i = child;
	}
	h->flights[i] = *last;
	return top;
}
