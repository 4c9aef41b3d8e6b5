/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/icmp.h"
#include "fuzz.h"

/* A whole message: its header, and what it quotes if it is an error. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t out[ICMP_HDR_LEN];
	struct icmp_header h;
	struct icmp_quote q;

	if (size < ICMP_HDR_LEN)
		return 0;
	icmp_parse(data, &h);
	icmp_write(out, &h);
	MUST(out[0] == data[0] && out[1] == data[1] && memcmp(out + 4, data + 4, 4) == 0);
	uint32_t len = (uint32_t)size - ICMP_HDR_LEN;
	uint8_t *quoted = exact(data + ICMP_HDR_LEN, len);
	if (icmp_quote_parse(quoted, len, &q) == 0) {
		MUST(q.l4_len >= ICMP_QUOTE_MIN);
		MUST(q.l4 == quoted + q.ip.len && q.l4 + q.l4_len == quoted + len);
	}
	free(quoted);
	return 0;
}
