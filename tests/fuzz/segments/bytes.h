/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SEGMENTS_BYTES_H
#define SEGMENTS_BYTES_H
/* What is left of an input. Behind its end there are only zeros. */
#include <stddef.h>
#include <stdint.h>

struct bytes {
	const uint8_t *p;
	size_t left;
};

static inline uint8_t
bytes_next(struct bytes *b)
{
	if (b->left == 0)
		return 0;
	b->left--;
	return *b->p++;
}

/* One byte is a small number as it is (0..127), or a large one: up to 127 + 128 * unit. */
static inline uint32_t
bytes_size(struct bytes *b, uint32_t unit)
{
	uint8_t v = bytes_next(b);

	return v < 128 ? v : 127 + (v - 127u) * unit;
}

/* A distance, forward or back: up to 63 as it is, then in steps of unit. */
static inline uint32_t
bytes_offset(struct bytes *b, uint32_t unit)
{
	uint8_t v = bytes_next(b);
	uint32_t size = v & 0x7f, far = size < 64 ? size : 63 + (size - 63) * unit;

	return v & 0x80 ? 0u - far : far;
}

#endif
