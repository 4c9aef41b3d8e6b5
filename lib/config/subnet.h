/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_SUBNET_H
#define CONFIG_SUBNET_H
/* Arithmetic of IPv4 subnets, for checking a configuration. */
#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <leat/addr.h>

/* The netmask of a prefix length 0..32, in host byte order. */
static inline uint32_t
subnet_mask(uint8_t prefix_len)
{
	return prefix_len == 0 ? 0 : UINT32_MAX << (32 - prefix_len);
}

static inline struct leat_addr
subnet_addr(uint32_t network_order)
{
	struct leat_addr a = {.family = LEAT_IPV4};

	a.v4 = network_order;
	return a;
}

/* The first (network) and the last (broadcast) address of the subnet that addr is in. */
static inline struct leat_addr
subnet_first(const struct leat_addr *addr, uint8_t prefix_len)
{
	return subnet_addr(addr->v4 & htobe32(subnet_mask(prefix_len)));
}

static inline struct leat_addr
subnet_last(const struct leat_addr *addr, uint8_t prefix_len)
{
	return subnet_addr(addr->v4 | htobe32(~subnet_mask(prefix_len)));
}

/* Subnets of up to 30 bits have a network and a broadcast address; /31 and /32 have none (RFC 3021). */
static inline bool
subnet_has_broadcast(uint8_t prefix_len)
{
	return prefix_len <= 30;
}

/* Is addr in the subnet that `of` is in? */
static inline bool
subnet_contains(const struct leat_addr *of, uint8_t prefix_len, const struct leat_addr *addr)
{
	return addr->family == of->family && ((addr->v4 ^ of->v4) & htobe32(subnet_mask(prefix_len))) == 0;
}

/* The address that stands n before or after this one. */
static inline struct leat_addr
subnet_step(const struct leat_addr *addr, int n)
{
	return subnet_addr(htobe32(be32toh(addr->v4) + (uint32_t)n));
}

#endif
