/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/udp.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t out[UDP_HDR_LEN];
	struct udp_header h;

	if (udp_parse(data, (uint32_t)size, &h) < 0)
		return 0;
	MUST(h.len >= UDP_HDR_LEN && h.len <= size);
	udp_write(out, &h);
	MUST(memcmp(out, data, UDP_CKSUM_AT) == 0);
	return 0;
}
