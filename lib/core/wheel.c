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

/* With many connections theirs are cold, and by then come together. */
static void
fetch_owner(const struct wheel_node *n)
{
	if (n->owner == NULL)
		return;
	for (unsigned i = 0; i < WHEEL_FETCH; i += 64)
		__builtin_prefetch((const char *)n->owner + i);
}

/* Appends what is due at w->tick to the list that ends at *tail; returns its new end. */
static struct wheel_node **
collect(struct wheel *w, struct wheel_node **tail)
{
	if ((w->tick & 0xffffff) == 0)
		cascade(w, 3);
	if ((w->tick & 0xffff) == 0)
		cascade(w, 2);
	if ((w->tick & 0xff) == 0)
		cascade(w, 1);
	take_slot(w, 0, w->tick & 255, tail);
	for (; *tail != NULL; tail = &(*tail)->next)
		fetch_owner(*tail);
	return tail;
}

/* The first occupied slot of a level in from..255, or 256. from may be 256. */
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

/*
 * Ticks from here to the next occupied slot of any level: the lowest level that has one ahead has
 * the nearest. Only the top level runs over: what lies beyond 2^32 is found there from slot 0 on,
 * before any bit that a cancelled node left behind us, because nodes are less than 2^31 ahead.
 */
static uint32_t
next_stop(const struct wheel *w)
{
	for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
		unsigned here = w->tick >> (8 * level) & 255;
		unsigned slot = next_slot(w, level, here + 1);
		uint32_t period = w->tick & (uint32_t)(~0ull << (8 * level + 8));
		if (slot < WHEEL_SLOTS)
			return (period | slot << (8 * level)) - w->tick;
	}
	unsigned slot = next_slot(w, 3, 0);
	return slot < WHEEL_SLOTS ? (slot << 24) - w->tick : UINT32_MAX;
}

bool
wheel_next(const struct wheel *w, uint32_t *tick)
{
	if (w->armed == 0)
		return false;
	*tick = w->tick + next_stop(w);
	return true;
}

/*
 * All that is due is collected before the first handler runs: a handler arms from the present on,
 * also when the wheel has days to catch up with. Until its turn comes a collected node is filed,
 * in w->due, and another handler may cancel it.
 */
unsigned
wheel_advance(struct wheel *w, struct core *core, uint32_t tick)
{
	struct wheel_node **tail = &w->due;
	unsigned done = 0;

	while (w->tick != tick) {
		uint32_t left = tick - w->tick, step = next_stop(w);
		w->tick += step < left ? step : left;
		tail = collect(w, tail);
	}
	while (w->due != NULL) {
		struct wheel_node *n = w->due;
		unfile(n);
		w->armed--;
		w->handlers[n->kind](core, n);
		done++;
	}
	return done;
}
