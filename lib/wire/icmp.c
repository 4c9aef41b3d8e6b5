/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <rte_icmp.h>
#include "wire/icmp.h"

_Static_assert(sizeof(struct rte_icmp_hdr) == ICMP_HDR_LEN, "type, code, checksum, and four bytes more");

void
icmp_parse(const uint8_t *p, struct icmp_header *out)
{
	struct rte_icmp_hdr h;

	memcpy(&h, p, sizeof(h));
	out->type = h.icmp_type;
	out->code = h.icmp_code;
	out->ident = rte_be_to_cpu_16(h.icmp_ident);
	out->seq = rte_be_to_cpu_16(h.icmp_seq_nb);
}

void
icmp_write(uint8_t *p, const struct icmp_header *in)
{
	struct rte_icmp_hdr h = {
		.icmp_type = in->type,
		.icmp_code = in->code,
		.icmp_ident = rte_cpu_to_be_16(in->ident),
		.icmp_seq_nb = rte_cpu_to_be_16(in->seq),
	};

	memcpy(p, &h, sizeof(h));
}

int
icmp_quote_parse(const uint8_t *p, uint32_t len, struct icmp_quote *out)
{
	enum ipv4_fault fault = ipv4_parse(p, len, &out->ip);

	/* the quoted packet was longer than its quotation: its total length is right to lie beyond */
	if (fault == IPV4_TOTAL_LENGTH && out->ip.total >= out->ip.len)
		fault = ipv4_parse(p, out->ip.total, &out->ip);
	if (fault != IPV4_OK || len < (uint32_t)out->ip.len + ICMP_QUOTE_MIN)
		return -EBADMSG;
	out->l4 = p + out->ip.len;
	out->l4_len = len - out->ip.len;
	return 0;
}
