/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_IPV4_H
#define WIRE_IPV4_H
/* IPv4 headers (RFC 791): bytes <-> struct, and what addresses mean (RFC 1122 3.2.1.3). */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <rte_byteorder.h>
#include "wire/cksum.h"

enum {
	IPV4_HDR_LEN = 20, /* without options */
	IPV4_HDR_MAX = 60,
	IPV4_VHL = 0x45, /* version, and length without options */
	IPV4_DF = 0x4000,
	IPV4_MF = 0x2000,
	IPV4_OFFSET = 0x1fff,
	IPV4_OPT_EOL = 0, IPV4_OPT_NOP = 1, IPV4_OPT_LSRR = 131, IPV4_OPT_SSRR = 137,
};

/* Addresses in network byte order, the rest in host byte order. */
struct ipv4_header {
	uint8_t len;       /* of the header, in bytes */
	uint8_t tos, ttl, proto;
	uint16_t total;    /* of the datagram, header included */
	uint16_t ident;
	uint16_t fragment; /* IPV4_DF, IPV4_MF, and the offset in units of eight bytes */
	uint32_t src, dst;
};

enum ipv4_fault {
	IPV4_OK,
	IPV4_SHORT,         /* less than a header */
	IPV4_VERSION,
	IPV4_HEADER_LENGTH, /* below 5 words, or beyond the packet */
	IPV4_TOTAL_LENGTH,  /* below the header, or beyond the packet */
};

/*
 * Reads the header at h of a packet of len bytes (link padding included), of which the first
 * min(len, IPV4_HDR_MAX) or as many as the header claims are readable. The checksum is not checked.
 */
static inline enum ipv4_fault
ipv4_parse(const uint8_t *p, uint32_t len, struct ipv4_header *out)
{
	if (len < IPV4_HDR_LEN)
		return IPV4_SHORT;
	if (p[0] >> 4 != 4)
		return IPV4_VERSION;
	out->len = (uint8_t)((p[0] & 15) * 4);
	if (out->len < IPV4_HDR_LEN || out->len > len)
		return IPV4_HEADER_LENGTH;
	out->total = (uint16_t)(p[2] << 8 | p[3]);
	if (out->total < out->len || out->total > len)
		return IPV4_TOTAL_LENGTH;
	out->tos = p[1];
	out->ttl = p[8];
	out->proto = p[9];
	out->ident = (uint16_t)(p[4] << 8 | p[5]);
	out->fragment = (uint16_t)(p[6] << 8 | p[7]);
	memcpy(&out->src, p + 12, sizeof(out->src));
	memcpy(&out->dst, p + 16, sizeof(out->dst));
	return IPV4_OK;
}

/*
 * The first twelve bytes of a header without options, which the addresses follow; of its length, TTL and checksum
 * nothing is known yet.
 */
static inline void
ipv4_template(uint8_t *h, uint8_t proto, bool df)
{
	const uint32_t first = RTE_BE32((uint32_t)IPV4_VHL << 24);
	uint32_t second = df ? RTE_BE32(IPV4_DF) : 0, third = rte_cpu_to_be_32((uint32_t)proto << 16);

	memcpy(h, &first, 4);
	memcpy(h + 4, &second, 4);
	memcpy(h + 8, &third, 4);
}

/* Is the checksum of this header of hdr_len bytes right? */
static inline bool
ipv4_cksum_ok(const uint8_t *h, uint32_t hdr_len)
{
	return cksum_fold(cksum_bytes(h, hdr_len)) == 0xffff;
}

/* Writes h without options: IPV4_HDR_LEN bytes, checksum and all. */
void ipv4_write(uint8_t *h, const struct ipv4_header *in);

/*
 * May a datagram with these options be taken? Not if one is malformed, nor if it is source-routed:
 * its answers would have to take the route it names (RFC 1122 3.2.1.8), which only attackers ask for.
 */
bool ipv4_options_ok(const uint8_t *p, uint32_t len);

#define IPV4_ALL_HOSTS RTE_BE32(0xe0000001) /* 224.0.0.1 */

/* All take addresses in network byte order. */
static inline bool
ipv4_is_loopback(uint32_t a)
{
	return (a & RTE_BE32(0xff000000)) == RTE_BE32(0x7f000000);
}

static inline bool
ipv4_is_multicast(uint32_t a)
{
	return (a & RTE_BE32(0xf0000000)) == RTE_BE32(0xe0000000);
}

/*
 * May it stand for one host on a network? Not "this network" 0/8, loopback, multicast, class E, or
 * the limited broadcast. Broadcasts of subnets are known only to who knows the subnets.
 */
static inline bool
ipv4_is_host(uint32_t a)
{
	uint32_t first = rte_be_to_cpu_32(a) >> 24;

	return first != 0 && first != 127 && first < 224;
}

static inline uint32_t
ipv4_mask(uint8_t prefix_len)
{
	return prefix_len == 0 ? 0 : rte_cpu_to_be_32(UINT32_MAX << (32 - prefix_len));
}

#endif
