/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_FIFO_H
#define BASE_FIFO_H
/* First in, first out, and taken out of the middle: lists of slab objects linked by handles. */
#include "base/slab.h"

struct fifo_link {
	uint32_t next, prev;
};

struct fifo {
	uint32_t head, tail; /* handles, 0: empty */
};

/* `at`: where struct fifo_link stands in the objects of the slab. */
static inline struct fifo_link *
fifo_link(const struct slab *s, uint32_t handle, size_t at)
{
	return (struct fifo_link *)((uint8_t *)slab_at(s, handle) + at);
}

static inline void
fifo_push(struct fifo *f, const struct slab *s, uint32_t handle, size_t at)
{
	struct fifo_link *l = fifo_link(s, handle, at);

	l->next = 0;
	l->prev = f->tail;
	if (f->tail != 0)
		fifo_link(s, f->tail, at)->next = handle;
	else
		f->head = handle;
	f->tail = handle;
}

static inline void
fifo_unlink(struct fifo *f, const struct slab *s, uint32_t handle, size_t at)
{
	struct fifo_link *l = fifo_link(s, handle, at);

	if (l->prev != 0)
		fifo_link(s, l->prev, at)->next = l->next;
	else
		f->head = l->next;
	if (l->next != 0)
		fifo_link(s, l->next, at)->prev = l->prev;
	else
		f->tail = l->prev;
}

#endif
