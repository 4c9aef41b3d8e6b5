/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <rte_ip.h>
#include "wire/cksum.h"
#include "wire/ipv4.h"

enum ipv4_fault
ipv4_parse(const uint8_t *p, uint32_t len, struct ipv4_header *out)
{
	struct rte_ipv4_hdr h;

	if (len < IPV4_HDR_LEN)
		return IPV4_SHORT;
	memcpy(&h, p, sizeof(h));
	if (h.version_ihl >> 4 != 4)
		return IPV4_VERSION;
	out->len = (uint8_t)((h.version_ihl & 15) * 4);
	if (out->len < IPV4_HDR_LEN || out->len > len)
		return IPV4_HEADER_LENGTH;
	out->total = rte_be_to_cpu_16(h.total_length);
	if (out->total < out->len || out->total > len)
		return IPV4_TOTAL_LENGTH;
	out->tos = h.type_of_service;
	out->ttl = h.time_to_live;
	out->proto = h.next_proto_id;
	out->ident = rte_be_to_cpu_16(h.packet_id);
	out->fragment = rte_be_to_cpu_16(h.fragment_offset);
	out->src = h.src_addr;
	out->dst = h.dst_addr;
	return IPV4_OK;
}

bool
ipv4_cksum_ok(const uint8_t *h, uint32_t hdr_len)
{
	return cksum_fold(cksum_bytes(h, hdr_len)) == 0xffff;
}

void
ipv4_write(uint8_t *p, const struct ipv4_header *in)
{
	struct rte_ipv4_hdr h = {
		.version_ihl = RTE_IPV4_VHL_DEF,
		.type_of_service = in->tos,
		.total_length = rte_cpu_to_be_16(in->total),
		.packet_id = rte_cpu_to_be_16(in->ident),
		.fragment_offset = rte_cpu_to_be_16(in->fragment),
		.time_to_live = in->ttl,
		.next_proto_id = in->proto,
		.src_addr = in->src,
		.dst_addr = in->dst,
	};

	h.hdr_checksum = (uint16_t)~cksum_fold(cksum_bytes(&h, sizeof(h)));
	memcpy(p, &h, sizeof(h));
}

bool
ipv4_options_ok(const uint8_t *p, uint32_t len)
{
	while (len > 0 && p[0] != IPV4_OPT_EOL) {
		uint32_t n = 1;
		if (p[0] != IPV4_OPT_NOP) {
			if (len < 2 || p[1] < 2 || p[1] > len)
				return false;
			if (p[0] == IPV4_OPT_LSRR || p[0] == IPV4_OPT_SSRR)
				return false;
			n = p[1];
		}
		p += n;
		len -= n;
	}
	return true;
}
