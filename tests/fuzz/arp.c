/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/arp.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t out[ARP_LEN];
	struct arp_packet a;

	if (arp_parse(data, (uint32_t)size, &a) < 0)
		return 0;
	MUST(size >= ARP_LEN);
	arp_write(out, &a);
	MUST(memcmp(out, data, ARP_LEN) == 0);
	return 0;
}
