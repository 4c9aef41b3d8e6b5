/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/cksum.h"

/*
 * Four lanes of 64 bits: the lower and the upper halves of their words are added apart, so that no carry is
 * lost. The compiler makes of it what the machine has: 32-byte registers, or 16-byte ones twice.
 */
typedef uint64_t lanes __attribute__((vector_size(32)));

#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
__attribute__((target_clones("avx2", "default")))
#endif
static uint64_t
sum_blocks(const uint8_t *p, uint32_t len)
{
	lanes low = {0}, high = {0};

	for (; len > 0; p += 64, len -= 64) {
		lanes a, b;
		memcpy(&a, p, sizeof(a));
		memcpy(&b, p + 32, sizeof(b));
		low += (a & UINT32_MAX) + (b & UINT32_MAX);
		high += (a >> 32) + (b >> 32);
	}
	low += high;
	return low[0] + low[1] + low[2] + low[3];
}

uint64_t
cksum_blocks(const void *data, uint32_t len)
{
	return sum_blocks(data, len);
}
