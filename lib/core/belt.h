/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CORE_BELT_H
#define CORE_BELT_H
/*
 * Frames on their way from one core to another: one thread puts, one takes. A cache line that one of them writes and the
 * other reads takes longer to come over than a frame takes to be looked at, so few do. What is put at once is a parcel of
 * whole lines, and its first word says which one it is and how many frames are in it: the line that tells that there is
 * something also says what, and nobody asks for an index beside it. How far it has come the taker writes into a line
 * of its own, and the putter looks there only when by what it saw last the belt is long.
 *
 * A word is a frame's mbuf, and in the bits that its alignment leaves our index of its port: who passes a frame on does
 * not write into it.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <rte_mbuf.h>
#include "core/core.h"

enum {
	BELT_LINES = 256,
	BELT_LONG = BELT_LINES / 2,
	BELT_WORDS = RTE_CACHE_LINE_SIZE / sizeof(uint64_t),
	BELT_MOST = CORE_BURST,  /* frames of a parcel */
	BELT_PORT = RTE_CACHE_LINE_MIN_SIZE - 1, /* the bits of a word that are the port */
};

_Static_assert(CORE_MAX_PORTS <= BELT_PORT + 1, "a port's index fits beside an mbuf's address");

/* In no address. */
#define BELT_MARK (UINT64_C(1) << 63)

struct belt {
	struct {
		_Atomic uint32_t lines, frames; /* taken so far, modulo 2^32 */
	} taken __attribute__((aligned(RTE_CACHE_LINE_SIZE)));
	_Atomic uint64_t words[BELT_LINES * BELT_WORDS] __attribute__((aligned(RTE_CACHE_LINE_SIZE)));
};

/* The end where frames are put. */
struct belt_in {
	struct belt *belt;       /* NULL: there is none */
	uint32_t lines;          /* put so far, modulo 2^32 */
	uint32_t taken;          /* of them, when last looked */
	_Atomic uint32_t frames; /* put so far */
};

/* The end where they are taken. */
struct belt_out {
	struct belt *belt;
	uint32_t lines, frames;  /* taken so far, modulo 2^32 */
};

static inline uint64_t
belt_word(const struct rte_mbuf *m, uint8_t port)
{
	return (uint64_t)(uintptr_t)m | port;
}

static inline struct rte_mbuf *
belt_mbuf(uint64_t word)
{
	return (struct rte_mbuf *)(uintptr_t)(word & ~(uint64_t)BELT_PORT);
}

static inline uint8_t
belt_port(uint64_t word)
{
	return (uint8_t)(word & BELT_PORT);
}

static inline uint32_t
belt_lines_of(uint32_t frames)
{
	return frames / BELT_WORDS + 1; /* with the first word */
}

/* The first word of a parcel of that many frames which begins at that line. */
static inline uint64_t
belt_head(uint32_t line, uint32_t frames)
{
	return BELT_MARK | (uint64_t)(line & INT32_MAX) << 32 | frames;
}

static inline _Atomic uint64_t *
belt_at(struct belt *b, uint32_t line, uint32_t word)
{
	return &b->words[(line * BELT_WORDS + word) % (BELT_LINES * BELT_WORDS)];
}

/* Lines on the belt; at least: more may have been taken meanwhile, unless it seems to be long. */
static inline uint32_t
belt_length(struct belt_in *in)
{
	if (unlikely(in->lines - in->taken > BELT_LONG))
		in->taken = atomic_load_explicit(&in->belt->taken.lines, memory_order_acquire);
	return in->lines - in->taken;
}

/* Puts n words (1..BELT_MOST), or says that there is no room for them. */
static inline bool
belt_put(struct belt_in *in, const uint64_t *words, uint32_t n)
{
	uint32_t lines = belt_lines_of(n);

	if (unlikely(belt_length(in) + lines > BELT_LINES))
		return false;
	for (uint32_t i = 0; i < n; i++)
		atomic_store_explicit(belt_at(in->belt, in->lines, i + 1), words[i], memory_order_relaxed);
	atomic_store_explicit(belt_at(in->belt, in->lines, 0), belt_head(in->lines, n), memory_order_release);
	in->lines += lines;
	atomic_store_explicit(&in->frames, atomic_load_explicit(&in->frames, memory_order_relaxed) + n, memory_order_relaxed);
	return true;
}

/* Frames of the parcel that is next; 0: there is none. */
static inline uint32_t
belt_next(const struct belt_out *out)
{
	uint64_t head = atomic_load_explicit(belt_at(out->belt, out->lines, 0), memory_order_acquire);

	return head - belt_head(out->lines, 0) <= BELT_MOST ? (uint32_t)(head & INT32_MAX) : 0;
}

/* The word of a frame in it. */
static inline uint64_t
belt_peek(const struct belt_out *out, uint32_t frame)
{
	return atomic_load_explicit(belt_at(out->belt, out->lines, frame + 1), memory_order_relaxed);
}

/* It has been read to its end, and its lines may be written again. */
static inline void
belt_taken(struct belt_out *out, uint32_t frames)
{
	out->lines += belt_lines_of(frames);
	out->frames += frames;
	atomic_store_explicit(&out->belt->taken.lines, out->lines, memory_order_release);
	atomic_store_explicit(&out->belt->taken.frames, out->frames, memory_order_relaxed);
}

/* Frames on the belt, as far as a third thread can tell. */
static inline uint32_t
belt_held(const struct belt_in *in)
{
	int32_t n = 0;

	if (in->belt != NULL)
		n = (int32_t)(atomic_load_explicit(&in->frames, memory_order_relaxed) -
			atomic_load_explicit(&in->belt->taken.frames, memory_order_relaxed));
	return n > 0 ? (uint32_t)n : 0;
}

#endif
