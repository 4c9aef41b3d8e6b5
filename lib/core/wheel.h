/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CORE_WHEEL_H
#define CORE_WHEEL_H
/*
 * A hierarchical timing wheel (Varghese and Lauck), ticks of 100 µs. The first level is so long (0.4 s) that what
 * most connections wait for, the retransmission of data and a delayed ACK, is filed once and never moved down: of
 * many connections every node is cold.
 *
 * Lazy: an owner with several deadlines files one node at the earliest and keeps the deadlines
 * themselves. Moving a deadline later only writes it there; the wheel visits at the old time,
 * the owner's handler looks, and files again.
 */
#include <stdbool.h>
#include <stdint.h>

struct core;
struct wheel_node;

/*
 * log2 of the slots of each level; together the 32 bits of a tick. A level's slots stand for as many periods of its
 * unit, from the present one on; its unit is all that the level below reaches over.
 */
enum { WHEEL_BITS_0 = 12, WHEEL_BITS_1 = 8, WHEEL_BITS_2 = 8, WHEEL_BITS_3 = 4 };

enum {
	WHEEL_LEVELS = 4,
	WHEEL_SLOTS = (1 << WHEEL_BITS_0) + (1 << WHEEL_BITS_1) + (1 << WHEEL_BITS_2) + (1 << WHEEL_BITS_3),
	WHEEL_FETCH = 256,
};

/* Who is called when a node is due: by the node's kind. */
enum wheel_kind {
	WHEEL_TCB,
	WHEEL_NEIGH,
	WHEEL_TIMER,    /* leat_timer */
	WHEEL_PING,
	WHEEL_PMTU,
	WHEEL_ACD,
	WHEEL_HALF_OPEN,
	WHEEL_TIME_WAIT,
	WHEEL_STARVED,  /* connections that wait for memory to send with */
	WHEEL_CARRIER,  /* links that are down and waited for */
	WHEEL_KINDS
};

typedef void (*wheel_fn)(struct core *core, struct wheel_node *node);

struct wheel_node {
	struct wheel_node *next;
	struct wheel_node **pprev; /* NULL: not filed */
	const void *owner;         /* what the handler looks at, WHEEL_FETCH bytes, if that is elsewhere: fetched before */
	uint32_t at;               /* tick it is filed at */
	uint8_t kind;              /* enum wheel_kind */
};

struct wheel {
	uint32_t tick;             /* every node due at or before it was visited */
	uint32_t armed;            /* nodes filed */
	struct wheel_node *due;    /* collected by wheel_advance(), waiting for their handlers */
	wheel_fn handlers[WHEEL_KINDS];
	uint64_t occupied[(WHEEL_SLOTS + 63) / 64];
	struct wheel_node *slots[WHEEL_SLOTS];
};

void wheel_init(struct wheel *w, uint32_t tick);

static inline void
wheel_handler(struct wheel *w, enum wheel_kind kind, wheel_fn fn)
{
	w->handlers[kind] = fn;
}

static inline void
wheel_node_init(struct wheel_node *n, enum wheel_kind kind)
{
	n->next = 0;
	n->pprev = 0;
	n->owner = 0;
	n->at = 0;
	n->kind = (uint8_t)kind;
}

static inline bool
wheel_armed(const struct wheel_node *n)
{
	return n->pprev != 0;
}

/*
 * Has the node visited at tick `at` or earlier: files it, or moves it when it is filed later.
 * A tick that has passed counts as the next one. `at` lies less than 2^31 ticks ahead.
 */
void wheel_arm(struct wheel *w, struct wheel_node *n, uint32_t at);

void wheel_cancel(struct wheel *w, struct wheel_node *n);

/*
 * Time goes on to tick: calls the handler of every node due by then, in the order of their ticks;
 * each is unfiled when its handler runs. Handlers may arm and cancel any node; what they arm comes
 * in a later call. Returns how many ran. Any step below 2^32 ticks (five days) is crossed; with
 * nothing filed the length does not matter.
 */
unsigned wheel_advance(struct wheel *w, struct core *core, uint32_t tick);

/*
 * The next tick at which wheel_advance() may have something to do; false when nothing is filed.
 * Never later than the earliest node; earlier only to move nodes down a level, or where a node was
 * cancelled. Not for handlers: they are called from the middle of an advance.
 */
bool wheel_next(const struct wheel *w, uint32_t *tick);

#endif
