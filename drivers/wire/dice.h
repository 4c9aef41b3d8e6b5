/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DRIVERS_WIRE_DICE_H
#define DRIVERS_WIRE_DICE_H
/*
 * The wire's random numbers. Each kind of question in each direction has a stream of its own, and
 * the answer about packet n is that stream's n-th number: no question shifts another's answers,
 * however often it is asked. SplitMix64 (Steele, Lea and Flood, 2014), which can be read at any place.
 */
#include <stdbool.h>
#include <stdint.h>

enum dice {
	DICE_LOSS,
	DICE_BURST_STATE,
	DICE_BURST_LOSS,
	DICE_MARK,
	DICE_TRUNCATE,
	DICE_LENGTH,
	DICE_CORRUPT,
	DICE_DUPLICATE,
	DICE_JITTER,
	DICE_REORDER,
	DICE_BIT, /* and WIRE_CORRUPT_BITS_MAX more */
};

static inline uint64_t
dice_mix(uint64_t z)
{
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* The number of a stream (enum dice) about packet n. seed: the direction's. */
static inline uint64_t
dice_roll(uint64_t seed, uint32_t stream, uint64_t n)
{
	const uint64_t golden = 0x9e3779b97f4a7c15ull;

	return dice_mix(dice_mix(seed + (stream + 1) * golden) + n * golden);
}

/* Evenly in 0..n-1. */
static inline uint64_t
dice_below(uint64_t roll, uint64_t n)
{
	return (uint64_t)((unsigned __int128)roll * n >> 64);
}

/* True with probability p. */
static inline bool
dice_hits(uint64_t seed, uint32_t stream, uint64_t n, double p)
{
	return p > 0 && (double)(dice_roll(seed, stream, n) >> 11) * 0x1p-53 < p;
}

#endif
