/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_CKSUM_H
#define WIRE_CKSUM_H
/*
 * The Internet checksum (RFC 1071). Sums are of 16-bit words as they lie in memory; what
 * cksum_fold() returns is complemented by whoever writes it into a header.
 */
#include <stdint.h>
#include <string.h>
#include <rte_byteorder.h>
#include <rte_common.h>
#include <rte_mbuf.h>

/* Folds a sum to 16 bits. */
static inline uint16_t
cksum_fold(uint64_t sum)
{
	sum = (sum >> 32) + (uint32_t)sum;
	sum = (sum >> 32) + (uint32_t)sum;
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)sum;
}

enum { CKSUM_LONG = 256 }; /* from here on wide registers are worth their set-up */

/* The same as cksum_bytes(), in the widest registers there are: of a multiple of 64 bytes, at most 64 KiB. */
uint64_t cksum_blocks(const void *data, uint32_t len);

/* The sum of len bytes (64 KiB at most), in words of 64 bits with the carries added (RFC 1071 2(C)): below 2^33. */
static inline uint64_t
cksum_bytes(const void *data, uint32_t len)
{
	__extension__ typedef unsigned __int128 wide;
	const uint8_t *p = data;
	uint64_t w, last = 0;
	wide sum = 0;

	if (len >= CKSUM_LONG) {
		sum = cksum_blocks(p, len & ~63u);
		p += len & ~63u;
		len &= 63;
	}
	for (; len >= 8; p += 8, len -= 8) {
		memcpy(&w, p, sizeof(w));
		sum += w;
	}
	if (len & 4) {
		uint32_t half;
		memcpy(&half, p, sizeof(half));
		last = half;
		p += 4;
	}
	if (len & 2) {
		uint16_t word;
		memcpy(&word, p, sizeof(word));
		last += word;
		p += 2;
	}
	if (len & 1) {
		uint16_t half_word = 0;
		memcpy(&half_word, p, 1); /* the first byte in memory, whichever end is little */
		last += half_word;
	}
	sum += last;
	uint64_t low = (uint64_t)sum, high = (uint64_t)(sum >> 64);
	return (low & UINT32_MAX) + (low >> 32) + high;
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
