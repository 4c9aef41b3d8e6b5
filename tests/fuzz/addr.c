/* SPDX-License-Identifier: BSD-3-Clause */
#include <leat/addr.h>
#include "fuzz.h"

/* What is accepted as text is written as text that means the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[LEAT_ENDPOINT_TEXT], *in = malloc(size + 1);
	struct leat_endpoint ep, again;
	struct leat_addr a, b;

	MUST(in != NULL);
	memcpy(in, data, size);
	in[size] = '\0';
	if (leat_addr_parse(in, &a) == 0) {
		MUST(leat_addr_parse(leat_addr_format(&a, text, LEAT_ADDR_TEXT), &b) == 0);
		MUST(leat_addr_equal(&a, &b));
	}
	if (leat_endpoint_parse(in, &ep) == 0 && ep.addr.family != LEAT_UNSPEC) {
		MUST(leat_endpoint_parse(leat_endpoint_format(&ep, text, sizeof(text)), &again) == 0);
		MUST(leat_addr_equal(&ep.addr, &again.addr) && ep.port == again.port);
	}
	free(in);
	return 0;
}
