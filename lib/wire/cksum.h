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

/* The sum of len bytes, in words of 32 bits: carries stay in the upper half (RFC 1071 2(C)). */
static inline uint64_t
cksum_bytes(const void *data, uint32_t len)
{
	const uint8_t *p = data;
	uint64_t sum = 0;
	uint32_t last = 0;

	for (; len >= 16; p += 16, len -= 16) {
		uint32_t w[4];
		memcpy(w, p, sizeof(w));
		sum += (uint64_t)w[0] + w[1] + w[2] + w[3];
	}
	for (; len >= 4; p += 4, len -= 4) {
		memcpy(&last, p, sizeof(last));
		sum += last;
	}
	last = 0;
	memcpy(&last, p, len);
	return sum + last;
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
