/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LEAT_ADDR_H
#define LEAT_ADDR_H
/*
 * Addresses. One struct carries IPv4 and IPv6; nothing above lib/ip asks which it is.
 * All functions here are pure: any thread may call them.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum leat_family {
	LEAT_UNSPEC = 0,
	LEAT_IPV4 = 4,
	LEAT_IPV6 = 6,
};

/** An IP address in network byte order. An IPv4 address fills the first four bytes, the rest is 0. */
struct leat_addr {
	union {
		uint8_t bytes[16];
		uint32_t v4;       /**< network byte order */
		uint64_t words[2]; /**< for comparison */
	};
	uint8_t family; /**< enum leat_family */
};

/** An address and a port. port is in host byte order, 0..65535. */
struct leat_endpoint {
	struct leat_addr addr;
	uint16_t port;
};

/** Longest text of an address and of "[address]:port", with the final 0. */
#define LEAT_ADDR_TEXT 46
#define LEAT_ENDPOINT_TEXT 56

/** Reads "192.0.2.1" or "2001:db8::1". 0, or -EINVAL when the whole of text is no address. */
int leat_addr_parse(const char *text, struct leat_addr *out);

/** Writes the address as text into buf (at least LEAT_ADDR_TEXT bytes); returns buf. */
char *leat_addr_format(const struct leat_addr *addr, char *buf, size_t size);

/** Reads "192.0.2.1:80", "[2001:db8::1]:80" or, with family LEAT_UNSPEC, ":80". 0 or -EINVAL. */
int leat_endpoint_parse(const char *text, struct leat_endpoint *out);

/** Writes "192.0.2.1:80" into buf (at least LEAT_ENDPOINT_TEXT bytes); returns buf. */
char *leat_endpoint_format(const struct leat_endpoint *ep, char *buf, size_t size);

/** The IPv4 address a.b.c.d. */
struct leat_addr leat_ipv4(uint8_t a, uint8_t b, uint8_t c, uint8_t d);

/** Same family and same bytes. */
static inline bool
leat_addr_equal(const struct leat_addr *a, const struct leat_addr *b)
{
	return a->family == b->family && a->words[0] == b->words[0] && a->words[1] == b->words[1];
}

#ifdef __cplusplus
}
#endif
#endif
