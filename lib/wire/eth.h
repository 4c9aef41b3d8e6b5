/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_ETH_H
#define WIRE_ETH_H
/* Ethernet II headers: bytes <-> structs. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <rte_byteorder.h>
#include <rte_ether.h>

enum {
	ETH_HDR_LEN = RTE_ETHER_HDR_LEN,
	ETH_FRAME_MIN = 60, /* without the frame check sequence, which the device appends */
	ETH_TYPE_IP4 = RTE_ETHER_TYPE_IPV4,
	ETH_TYPE_ARP = RTE_ETHER_TYPE_ARP,
	ETH_TYPE_IP6 = RTE_ETHER_TYPE_IPV6,
};

static inline void
eth_write(uint8_t *h, const struct rte_ether_addr *dst, const struct rte_ether_addr *src, uint16_t type)
{
	uint16_t be = rte_cpu_to_be_16(type);

	memcpy(h, dst, RTE_ETHER_ADDR_LEN);
	memcpy(h + RTE_ETHER_ADDR_LEN, src, RTE_ETHER_ADDR_LEN);
	memcpy(h + 2 * RTE_ETHER_ADDR_LEN, &be, sizeof(be));
}

static inline uint16_t
eth_type(const uint8_t *h)
{
	return (uint16_t)(h[12] << 8 | h[13]);
}

/* Could a single station have this address? */
static inline bool
eth_is_station(const struct rte_ether_addr *a)
{
	return rte_is_unicast_ether_addr(a) && !rte_is_zero_ether_addr(a);
}

#endif
