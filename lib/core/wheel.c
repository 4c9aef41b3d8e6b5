/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include "core/wheel.h"

/*
 * Level l holds nodes that are due in the same 256^(l+1)-tick period as now, in the slot of their
 * l-th byte. When the lower bytes of the tick run over to zero, the slot of the next level that
 * has come up is emptied into the levels below it.
 */

void
wheel_init(struct wheel *w, uint32_t tick)
{
	memset(w, 0, sizeof(*w));
	w->tick = tick;
}

static unsigned
level_of(uint32_t now, uint32_t at)
{
	uint32_t differ = now ^ at;

	return differ < 1u << 8 ? 0 : differ < 1u << 16 ? 1 : differ < 1u << 24 ? 2 : 3;
}

static void
file(struct wheel *w, struct wheel_node *n)
{
	unsigned level = level_of(w->tick, n->at);
	unsigned slot = n->at >> (8 * level) & 255;
	struct wheel_node **head = &w->slots[level][slot];

	n->next = *head;
	n->pprev = head;
	if (n->next != NULL)
		n->next->pprev = &n->next;
	*head = n;
	w->occupied[level][slot / 64] |= 1ull << slot % 64;
}

static void
unfile(struct wheel_node *n)
{
	*n->pprev = n->next;
	if (n->next != NULL)
		n->next->pprev = n->pprev;
	n->next = NULL;
	n->pprev = NULL;
	/* an emptied slot keeps its bit until it is visited: cheaper than to find out which slot it was */
}

void
wheel_arm(struct wheel *w, struct wheel_node *n, uint32_t at)
{
	if ((int32_t)(at - w->tick) <= 0)
		at = w->tick + 1;
	if (wheel_armed(n)) {
		if ((int32_t)(at - n->at) >= 0)
			return;
		unfile(n);
		w->armed--;
	}
	n->at = at;
	file(w, n);
	w->armed++;
}

void
wheel_cancel(struct wheel *w, struct wheel_node *n)
{
	if (!wheel_armed(n))
		return;
	unfile(n);
	w->armed--;
}

/* Takes the whole slot as a list headed by *head. */
static void
take_slot(struct wheel *w, unsigned level, unsigned slot, struct wheel_node **head)
{
	*head = w->slots[level][slot];
	w->slots[level][slot] = NULL;
	w->occupied[level][slot / 64] &= ~(1ull << slot % 64);
	if (*head != NULL)
		(*head)->pprev = head;
}

static void
cascade(struct wheel *w, unsigned level)
{
	struct wheel_node *head;

	take_slot(w, level, w->tick >> (8 * level) & 255, &head);
	while (head != NULL) {
		struct wheel_node *n = head;
		unfile(n);
		file(w, n);
	}
}

static unsigned
expire(struct wheel *w, struct core *core)
{
	struct wheel_node *head;
	unsigned done = 0;

	take_slot(w, 0, w->tick & 255, &head);
	/* A handler may cancel or arm any node, also one of this list: always look at the head anew. */
	while (head != NULL) {
		struct wheel_node *n = head;
		unfile(n);
		w->armed--;
		w->handlers[n->kind](core, n);
		done++;
	}
	return done;
}

/* The first occupied slot of a level in from..255, or 256. */
static unsigned
next_slot(const struct wheel *w, unsigned level, unsigned from)
{
	for (unsigned i = from / 64; i < WHEEL_SLOTS / 64; i++) {
		uint64_t word = w->occupied[level][i];
		if (i == from / 64)
			word &= ~0ull << from % 64;
		if (word != 0)
			return i * 64 + (unsigned)__builtin_ctzll(word);
	}
	return WHEEL_SLOTS;
}

/* The next tick after w->tick with an occupied slot of any level, or the end of the level-3 round. */
static uint32_t
next_stop(const struct wheel *w)
{
	for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
		unsigned here = w->tick >> (8 * level) & 255;
		unsigned slot = here < 255 ? next_slot(w, level, here + 1) : WHEEL_SLOTS;
		if (slot < WHEEL_SLOTS) {
			uint64_t above = ~((1ull << (8 * (level + 1))) - 1);
			return (w->tick & (uint32_t)above) | slot << (8 * level);
		}
	}
	/* Only the top level runs over: what is filed there beyond 2^32 is found from slot 0 on. */
	return (uint32_t)next_slot(w, 3, 0) << 24;
}

bool
wheel_next(const struct wheel *w, uint32_t *tick)
{
	if (w->armed == 0)
		return false;
	*tick = next_stop(w);
	return true;
}

unsigned
wheel_advance(struct wheel *w, struct core *core, uint32_t tick)
{
	unsigned done = 0;

	while ((int32_t)(tick - w->tick) > 0) {
		uint32_t stop = w->armed != 0 ? next_stop(w) : tick;
		/* behind us: only the bit of an emptied slot was left there */
		if ((int32_t)(tick - stop) < 0 || (int32_t)(stop - w->tick) <= 0)
			stop = tick;
		w->tick = stop;
		if ((stop & 0xffffff) == 0)
			cascade(w, 3);
		if ((stop & 0xffff) == 0)
			cascade(w, 2);
		if ((stop & 0xff) == 0)
			cascade(w, 1);
		done += expire(w, core);
	}
	return done;
}
