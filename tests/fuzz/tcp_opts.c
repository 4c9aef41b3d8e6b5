/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/tcp.h"
#include "fuzz.h"

static int
same(const struct tcp_opts *a, const struct tcp_opts *b)
{
	return memcmp(a, b, offsetof(struct tcp_opts, sack)) == 0 &&
		memcmp(a->sack, b->sack, a->nb_sack * sizeof(a->sack[0])) == 0;
}

/* What was read is written and read again; SACK blocks beyond the room for them may be missing. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tcp_opts o, again;

	tcp_opts_parse(data, (uint32_t)size, &o);
	MUST(o.nb_sack <= TCP_SACK_MAX && o.wscale <= TCP_WSCALE_MAX);
	MUST((o.has_mss || o.mss == 0) && (o.has_wscale || o.wscale == 0) && (o.has_ts || o.tsval == 0));
	uint8_t *out = malloc(TCP_OPTS_MAX);
	MUST(out != NULL);
	uint32_t len = tcp_opts_write(out, &o);
	MUST(len <= TCP_OPTS_MAX && len % 4 == 0);
	uint8_t *written = exact(out, len);
	tcp_opts_parse(written, len, &again);
	MUST(again.nb_sack <= o.nb_sack);
	o.nb_sack = again.nb_sack;
	MUST(same(&o, &again));
	free(written);
	free(out);
	return 0;
}
