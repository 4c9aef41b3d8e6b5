/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <string.h>
#include <rte_common.h>
#include "core/wheel.h"

/* log2 of a level's unit in ticks; where its slots begin in wheel->slots, a multiple of 64 */
enum {
	SHIFT_1 = WHEEL_BITS_0,
	SHIFT_2 = SHIFT_1 + WHEEL_BITS_1,
	SHIFT_3 = SHIFT_2 + WHEEL_BITS_2,
	FIRST_1 = 1 << WHEEL_BITS_0,
	FIRST_2 = FIRST_1 + (1 << WHEEL_BITS_1),
	FIRST_3 = FIRST_2 + (1 << WHEEL_BITS_2),
};

static_assert(SHIFT_3 + WHEEL_BITS_3 == 32, "the last level reaches over all ticks");
static_assert(FIRST_1 % 64 == 0 && FIRST_2 % 64 == 0 && FIRST_3 % 64 == 0, "no word of occupied is of two levels");

/*
 * A node is filed at the lowest level that reaches so far. When the present comes to the beginning of a slot of a
 * higher level, what is in it is filed anew, below.
 */
static const struct level {
	uint16_t first, slots; /* of slots a power of two */
	uint8_t shift;
} levels[WHEEL_LEVELS] = {
	{0, 1 << WHEEL_BITS_0, 0},
	{FIRST_1, 1 << WHEEL_BITS_1, SHIFT_1},
	{FIRST_2, 1 << WHEEL_BITS_2, SHIFT_2},
	{FIRST_3, 1 << WHEEL_BITS_3, SHIFT_3},
};

static unsigned
slot_at(const struct level *l, uint32_t tick)
{
	return tick >> l->shift & (l->slots - 1u);
}

void
wheel_init(struct wheel *w, uint32_t tick)
{
	memset(w, 0, sizeof(*w));
	w->tick = tick;
}

static const struct level *
level_of(uint32_t ahead)
{
	return &levels[ahead < 1u << SHIFT_1 ? 0 : ahead < 1u << SHIFT_2 ? 1 : ahead < 1u << SHIFT_3 ? 2 : 3];
}

static void
file(struct wheel *w, struct wheel_node *n)
{
	const struct level *l = level_of(n->at - w->tick);
	unsigned slot = l->first + slot_at(l, n->at);
	struct wheel_node **head = &w->slots[slot];

	n->next = *head;
	n->pprev = head;
	if (n->next != NULL)
		n->next->pprev = &n->next;
	*head = n;
	w->occupied[slot / 64] |= 1ull << slot % 64;
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

/* Takes the slot of the present as a list headed by *head. */
static void
take_slot(struct wheel *w, const struct level *l, struct wheel_node **head)
{
	unsigned slot = l->first + slot_at(l, w->tick);

	*head = w->slots[slot];
	w->slots[slot] = NULL;
	w->occupied[slot / 64] &= ~(1ull << slot % 64);
	if (*head != NULL)
		(*head)->pprev = head;
}

/* At the beginning of a slot of this level: its nodes go where they now belong. */
static void
cascade(struct wheel *w, const struct level *l)
{
	struct wheel_node *head;

	if ((w->tick & ((1u << l->shift) - 1)) != 0)
		return;
	take_slot(w, l, &head);
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
	for (unsigned level = WHEEL_LEVELS - 1; level > 0; level--)
		cascade(w, &levels[level]);
	take_slot(w, &levels[0], tail);
	for (; *tail != NULL; tail = &(*tail)->next)
		fetch_owner(*tail);
	return tail;
}

/* The first occupied slot of a level in from..to-1, or to. */
static unsigned
next_slot(const struct wheel *w, const struct level *l, unsigned from, unsigned to)
{
	for (unsigned i = from & ~63u; i < to; i += 64) {
		uint64_t word = w->occupied[(l->first + i) / 64];
		if (i < from)
			word &= ~0ull << from % 64;
		if (word != 0)
			return RTE_MIN(i + (unsigned)__builtin_ctzll(word), to);
	}
	return to;
}

/*
 * Ticks from here to the beginning of the level's next occupied slot; 0: there is none. The present one's own slot is
 * empty, or stands for the time when it comes again.
 */
static uint32_t
next_of(const struct wheel *w, const struct level *l)
{
	unsigned here = slot_at(l, w->tick), slot = next_slot(w, l, here + 1, l->slots);
	uint32_t away = slot - here;

	if (slot == l->slots) {
		slot = next_slot(w, l, 0, here + 1);
		if (slot == here + 1)
			return 0;
		away = slot + l->slots - here;
	}
	return (((w->tick >> l->shift) + away) << l->shift) - w->tick;
}

/* Ticks from here to the next occupied slot of any level; UINT32_MAX: there is none. */
static uint32_t
next_stop(const struct wheel *w)
{
	uint32_t nearest = UINT32_MAX;

	for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
		uint32_t ticks = next_of(w, &levels[level]);
		if (ticks != 0)
			nearest = RTE_MIN(nearest, ticks);
	}
	return nearest;
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
