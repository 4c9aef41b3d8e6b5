/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/ipv4.h"
#include "fuzz.h"

/* What link and ip do with a packet: the header, its checksum, its options. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t out[IPV4_HDR_LEN];
	struct ipv4_header h, again;

	if (ipv4_parse(data, (uint32_t)size, &h) != IPV4_OK)
		return 0;
	MUST(h.len >= IPV4_HDR_LEN && h.len <= IPV4_HDR_MAX && h.len <= h.total && h.total <= size);
	uint8_t *header = exact(data, h.len);
	ipv4_cksum_ok(header, h.len);
	free(header);
	uint8_t *options = exact(data + IPV4_HDR_LEN, h.len - IPV4_HDR_LEN);
	ipv4_options_ok(options, h.len - IPV4_HDR_LEN);
	free(options);
	ipv4_write(out, &h);
	MUST(ipv4_cksum_ok(out, sizeof(out)));
	MUST(ipv4_parse(out, h.total, &again) == IPV4_OK);
	MUST(again.src == h.src && again.dst == h.dst && again.total == h.total && again.fragment == h.fragment);
	return 0;
}
