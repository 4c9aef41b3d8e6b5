/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include "wire/tcp.h"
#include "fuzz.h"

/* The first byte is how much longer the segment is than what can be read of it. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tcp_seg s;

	if (size == 0)
		return 0;
	uint32_t avail = (uint32_t)size - 1, total = avail + data[0];
	uint8_t *h = exact(data + 1, avail);
	int len = tcp_parse(h, avail, total, &s);
	MUST(len == -EBADMSG || (len >= TCP_HDR_LEN && len <= TCP_HDR_MAX && (uint32_t)len <= avail));
	if (len > 0) {
		MUST(s.len + (uint32_t)len == total);
		MUST(tcp_seg_len(&s) - s.len <= 2);
	}
	free(h);
	return 0;
}
