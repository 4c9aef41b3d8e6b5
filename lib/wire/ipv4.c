/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <rte_ip.h>
#include "wire/ipv4.h"

void
ipv4_write(uint8_t *p, const struct ipv4_header *in)
{
	struct rte_ipv4_hdr h = {
		.version_ihl = IPV4_VHL,
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
