/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <rte_byteorder.h>
#include <rte_udp.h>
#include "wire/udp.h"

_Static_assert(sizeof(struct rte_udp_hdr) == UDP_HDR_LEN, "ports, length, checksum");

int
udp_parse(const uint8_t *p, uint32_t len, struct udp_header *out)
{
	struct rte_udp_hdr h;

	if (len < UDP_HDR_LEN)
		return -EBADMSG;
	memcpy(&h, p, sizeof(h));
	out->src = rte_be_to_cpu_16(h.src_port);
	out->dst = rte_be_to_cpu_16(h.dst_port);
	out->len = rte_be_to_cpu_16(h.dgram_len);
	return out->len < UDP_HDR_LEN || out->len > len ? -EBADMSG : 0;
}

void
udp_write(uint8_t *p, const struct udp_header *in)
{
	const struct rte_udp_hdr h = {
		.src_port = rte_cpu_to_be_16(in->src),
		.dst_port = rte_cpu_to_be_16(in->dst),
		.dgram_len = rte_cpu_to_be_16(in->len),
	};

	memcpy(p, &h, sizeof(h));
}
