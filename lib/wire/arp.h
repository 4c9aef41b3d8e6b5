/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_ARP_H
#define WIRE_ARP_H
/* ARP for IPv4 over Ethernet (RFC 826): bytes <-> struct. */
#include <stdint.h>
#include <rte_ether.h>

enum {
	ARP_LEN = 28,
	ARP_REQUEST = 1,
	ARP_REPLY = 2,
};

/* Addresses in network byte order; "hardware" and "protocol" of RFC 826 are MAC and IPv4 here. */
struct arp_packet {
	uint16_t op;
	struct rte_ether_addr sender_mac;
	uint32_t sender_ip;
	struct rte_ether_addr target_mac;
	uint32_t target_ip;
};

/* Reads len bytes; longer is fine (padding). 0, or -EBADMSG: too short, or not IPv4 over Ethernet. */
int arp_parse(const uint8_t *p, uint32_t len, struct arp_packet *a);

/* Writes ARP_LEN bytes. */
void arp_write(uint8_t *p, const struct arp_packet *a);

#endif
