/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_ICMP_H
#define WIRE_ICMP_H
/* ICMP messages (RFC 792): bytes <-> structs. */
#include <stdint.h>
#include "wire/ipv4.h"

enum {
	ICMP_HDR_LEN = 8,
	ICMP_CKSUM_AT = 2,
	ICMP_TYPE_ECHO_REPLY = 0,
	ICMP_TYPE_UNREACHABLE = 3,
	ICMP_TYPE_ECHO = 8,
	ICMP_TYPE_TIME_EXCEEDED = 11,
	ICMP_TYPE_PARAMETER_PROBLEM = 12,
	ICMP_QUOTE_MIN = 8,   /* bytes of the transport header that every error quotes */
};

/* The first eight bytes. What the last four mean depends on the type. */
struct icmp_header {
	uint8_t type, code;
	uint16_t ident;       /* echo */
	uint16_t seq;         /* echo; fragmentation needed: next-hop MTU (RFC 1191 4) */
};

/* h has ICMP_HDR_LEN bytes. The checksum is left to the caller. */
void icmp_parse(const uint8_t *h, struct icmp_header *out);
void icmp_write(uint8_t *h, const struct icmp_header *in);

/* What an error quotes of the packet it is about. */
struct icmp_quote {
	struct ipv4_header ip;
	const uint8_t *l4;    /* the first l4_len bytes behind the IP header, at least ICMP_QUOTE_MIN */
	uint32_t l4_len;
};

/* Reads len bytes behind the header of an error. 0, or -EBADMSG when too little is quoted. */
int icmp_quote_parse(const uint8_t *p, uint32_t len, struct icmp_quote *out);

#endif
