/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <rte_arp.h>
#include <rte_byteorder.h>
#include "wire/arp.h"

_Static_assert(sizeof(struct rte_arp_hdr) == ARP_LEN, "an ARP packet for IPv4 over Ethernet");

int
arp_parse(const uint8_t *p, uint32_t len, struct arp_packet *a)
{
	struct rte_arp_hdr h;

	if (len < ARP_LEN)
		return -EBADMSG;
	memcpy(&h, p, sizeof(h));
	if (h.arp_hardware != RTE_BE16(RTE_ARP_HRD_ETHER) || h.arp_protocol != RTE_BE16(RTE_ETHER_TYPE_IPV4) ||
	    h.arp_hlen != RTE_ETHER_ADDR_LEN || h.arp_plen != 4)
		return -EBADMSG;
	a->op = rte_be_to_cpu_16(h.arp_opcode);
	a->sender_mac = h.arp_data.arp_sha;
	a->sender_ip = h.arp_data.arp_sip;
	a->target_mac = h.arp_data.arp_tha;
	a->target_ip = h.arp_data.arp_tip;
	return 0;
}

void
arp_write(uint8_t *p, const struct arp_packet *a)
{
	struct rte_arp_hdr h = {
		.arp_hardware = RTE_BE16(RTE_ARP_HRD_ETHER),
		.arp_protocol = RTE_BE16(RTE_ETHER_TYPE_IPV4),
		.arp_hlen = RTE_ETHER_ADDR_LEN,
		.arp_plen = 4,
		.arp_opcode = rte_cpu_to_be_16(a->op),
		.arp_data = {
			.arp_sha = a->sender_mac,
			.arp_sip = a->sender_ip,
			.arp_tha = a->target_mac,
			.arp_tip = a->target_ip,
		},
	};

	memcpy(p, &h, sizeof(h));
}
