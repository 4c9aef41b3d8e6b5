/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_UDP_H
#define WIRE_UDP_H
/* UDP headers (RFC 768): bytes <-> struct. */
#include <stdint.h>

enum {
	UDP_HDR_LEN = 8,
	UDP_CKSUM_AT = 6,
};

/* In host byte order. */
struct udp_header {
	uint16_t src, dst; /* ports */
	uint16_t len;      /* of header and payload */
};

/*
 * Reads the header at p of a datagram of len bytes, of which the first min(len, UDP_HDR_LEN) are
 * readable. 0, or -EBADMSG: shorter than a header, or its length field below that or beyond len.
 */
int udp_parse(const uint8_t *p, uint32_t len, struct udp_header *h);

/* Writes UDP_HDR_LEN bytes; the checksum is left 0 for whoever knows the addresses. */
void udp_write(uint8_t *p, const struct udp_header *h);

#endif
