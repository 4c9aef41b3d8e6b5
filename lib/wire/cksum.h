/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_CKSUM_H
#define WIRE_CKSUM_H
/*
 * The Internet checksum (RFC 1071). Sums are of 16-bit words as they lie in memory; what
 * cksum_fold() returns is complemented by whoever writes it into a header.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <rte_byteorder.h>
#include <rte_common.h>
#include <rte_mbuf.h>

/* Folds a sum to 16 bits: carries go round (RFC 1071 2(A)). */
static inline uint16_t
cksum_fold(uint64_t sum)
{
	uint32_t half, carry = __builtin_add_overflow((uint32_t)sum, (uint32_t)(sum >> 32), &half);

	half += carry;
	/* both halves of this are the sum; into the upper one the carry of the lower has come */
	return (uint16_t)((half + (half << 16 | half >> 16)) >> 16);
}

/*
 * Is this the sum of something with its checksum in it, that is 0xffff when it is folded? Folding keeps what the sum
 * leaves by 0xffff; a sum of 0 has no header in it.
 */
static inline bool
cksum_is_right(uint64_t sum)
{
	return sum % 0xffff == 0 && sum != 0;
}

enum { CKSUM_LONG = 256 }; /* from here on wide registers are worth their set-up */

/* The same as cksum_bytes(), in the widest registers there are: of a multiple of 64 bytes, at most 64 KiB. */
uint64_t cksum_blocks(const void *data, uint32_t len);

/* One word of 64 bits more; the carry goes round at once (RFC 1071 2(C)). */
static inline uint64_t
cksum_add(uint64_t sum, const void *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	uint64_t carry = __builtin_add_overflow(sum, w, &sum);
	return sum + carry;
}

struct cksum_block {
	uint8_t bytes[32];
};

/* 32 bytes more: in one chain of carries, which no compiler makes of the sum above. */
static inline uint64_t
cksum_add32(uint64_t sum, const uint8_t *p)
{
#ifdef RTE_ARCH_X86_64
	__asm__("addq (%[p]), %[sum]\n\tadcq 8(%[p]), %[sum]\n\tadcq 16(%[p]), %[sum]\n\tadcq 24(%[p]), %[sum]\n\tadcq $0, %[sum]"
		: [sum] "+&r"(sum) : [p] "r"(p), "m"(*(const struct cksum_block *)p) : "cc");
	return sum;
#else
	return cksum_add(cksum_add(cksum_add(cksum_add(sum, p), p + 8), p + 16), p + 24);
#endif
}

/* The sum, below 2^35, of `sum` and what is left behind the blocks: len bytes at p, below 32. */
static inline uint64_t
cksum_tail(uint64_t sum, const uint8_t *p, uint32_t len)
{
	uint64_t last = 0;

	if (len & 16) {
		sum = cksum_add(cksum_add(sum, p), p + 8);
		p += 16;
	}
	if (len & 8) {
		sum = cksum_add(sum, p);
		p += 8;
	}
	if (len & 4) {
		uint32_t half;
		memcpy(&half, p, sizeof(half));
		last = half;
		p += 4;
	}
	if (unlikely(len & 3)) {
		uint32_t rest = 0; /* the first bytes in memory, whichever end is little */
		memcpy(&rest, p, 1);
		if (len & 2)
			memcpy((uint8_t *)&rest + 1, p + 1, 1);
		if ((len & 3) == 3)
			memcpy((uint8_t *)&rest + 2, p + 2, 1);
		last += rest;
	}
	return (sum & UINT32_MAX) + (sum >> 32) + last;
}

/* The sum of len bytes (64 KiB at most), in words of 64 bits: below 2^35. */
static inline uint64_t
cksum_bytes(const void *data, uint32_t len)
{
	const uint8_t *p = data;
	uint64_t sum = 0;

	if (unlikely(len >= CKSUM_LONG)) {
		sum = cksum_blocks(p, len & ~63u);
		p += len & ~63u;
		len &= 63;
	}
	for (; len >= 32; len -= 32, p += 32)
		sum = cksum_add32(sum, p);
	return cksum_tail(sum, p, len);
}

/* Copies len bytes (64 KiB at most), which do not overlap; returns what cksum_bytes() would of them. */
static inline uint64_t
cksum_copy(void *to, const void *from, uint32_t len)
{
	const uint8_t *p = from;
	uint8_t *q = to;
	uint64_t sum = 0;

	for (; len >= 32; len -= 32, p += 32, q += 32) {
		memcpy(q, p, 32);
		sum = cksum_add32(sum, p);
	}
	if (len > 0)
		memcpy(q, p, len);
	return cksum_tail(sum, p, len);
}

/*
 * The folded sum of len bytes of m from off on, which must exist. Behind an odd number of bytes the
 * words of the next segment are shifted by a byte, so its sum is swapped (RFC 1071 2(B)).
 * (rte_raw_cksum_mbuf() of DPDK 22.11 loses the carries of such a segment.)
 */
static inline uint16_t
cksum_mbuf(const struct rte_mbuf *m, uint32_t off, uint32_t len)
{
	uint64_t sum = 0;

	if (likely(off + len <= m->data_len))
		return cksum_fold(cksum_bytes(rte_pktmbuf_mtod_offset(m, const uint8_t *, off), len));
	while (off >= m->data_len && m->next != NULL) {
		off -= m->data_len;
		m = m->next;
	}
	for (uint32_t done = 0; m != NULL && done < len; m = m->next, off = 0) {
		uint32_t n = RTE_MIN(m->data_len - off, len - done);
		uint16_t part = cksum_fold(cksum_bytes(rte_pktmbuf_mtod_offset(m, const uint8_t *, off), n));
		sum += done & 1 ? rte_bswap16(part) : part;
		done += n;
	}
	return cksum_fold(sum);
}

/* The sum of an IPv4 pseudo header (RFC 9293 3.1): addresses in network byte order, len of header and payload. */
static inline uint64_t
cksum_pseudo4(uint32_t src, uint32_t dst, uint8_t proto, uint16_t len)
{
	return (uint64_t)src + dst + rte_cpu_to_be_16(proto) + rte_cpu_to_be_16(len);
}

#endif
