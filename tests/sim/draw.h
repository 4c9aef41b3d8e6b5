/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_DRAW_H
#define SIM_DRAW_H
/* Numbers from a seed. Whoever draws has a stream of its own, so that leaving one out disturbs no other. */
#include <stdbool.h>
#include <stdint.h>

/* Who draws. */
enum { DRAW_PATH = 1, DRAW_WIRE, DRAW_FORGE, DRAW_TALK /* + 1, + 2, … */, DRAW_ECN = 100 };

struct draw {
	uint64_t state;
};

/* The stream of `who` under this seed. */
static inline struct draw
draw_stream(uint64_t seed, uint64_t who)
{
	return (struct draw){seed * 0x2545f4914f6cdd1dull + who * 0xd1342543de82ef95ull + 1};
}

/* splitmix64 */
static inline uint64_t
draw(struct draw *d)
{
	uint64_t z = d->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* 0 <= result < n */
static inline uint64_t
draw_below(struct draw *d, uint64_t n)
{
	return draw(d) % n;
}

static inline uint64_t
draw_between(struct draw *d, uint64_t from, uint64_t to)
{
	return from + draw(d) % (to - from + 1);
}

static inline bool
draw_chance(struct draw *d, unsigned per_mille)
{
	return draw_below(d, 1000) < per_mille;
}

/* From `from` to `to` (from >= 1), each power of two as likely as the next. */
static inline uint64_t
draw_scale(struct draw *d, uint64_t from, uint64_t to)
{
	unsigned steps = 0;

	while (from << (steps + 1) <= to)
		steps++;
	uint64_t low = from << draw_below(d, steps + 1), high = low * 2 - 1;
	return draw_between(d, low, high < to ? high : to);
}

#endif
