/* SPDX-License-Identifier: BSD-3-Clause */
/* What happened in the test so far, as a ladder: the peer on the left, leat on the right. */
#include <stdarg.h>
#include <stdio.h>
#include "spec.h"

static char text[1 << 16];
static size_t used;

void
spec_ladder_line(const char *format, ...)
{
	va_list ap;

	if (used >= sizeof(text) - 256)
		return;
	used += (size_t)snprintf(text + used, 32, "%12.6f  ", (double)now() / 1e9);
	va_start(ap, format);
	used += (size_t)vsnprintf(text + used, 220, format, ap);
	va_end(ap);
	text[used++] = '\n';
}

void
spec_ladder_segment(bool sent, const struct talk *t, const struct tcp_seg *s)
{
	uint32_t seq0 = sent ? t->leat_iss : t->peer_iss, ack0 = sent ? t->peer_iss : t->leat_iss;
	char flags[40], opts[160] = "";
	int n = 0;

	if (s->opts.has_mss)
		n += snprintf(opts + n, sizeof(opts) - (size_t)n, " mss %u", s->opts.mss);
	if (s->opts.has_wscale)
		n += snprintf(opts + n, sizeof(opts) - (size_t)n, " wscale %u", s->opts.wscale);
	if (s->opts.has_sack_perm)
		n += snprintf(opts + n, sizeof(opts) - (size_t)n, " sack-ok");
	if (s->opts.has_ts)
		n += snprintf(opts + n, sizeof(opts) - (size_t)n, " ts %u/%u", s->opts.tsval, s->opts.tsecr);
	for (int i = 0; i < s->opts.nb_sack; i++)
		n += snprintf(opts + n, sizeof(opts) - (size_t)n, " sack %u-%u", s->opts.sack[i].start - ack0,
			s->opts.sack[i].end - ack0);
	tcp_flags_format(s->flags, flags, sizeof(flags));
	spec_ladder_line("%s %s  seq %u  ack %u  len %u  win %u%s", sent ? "           <--" : "-->           ",
		flags, s->seq - seq0, s->flags & ACK ? s->ack - ack0 : 0, s->len, s->wnd, opts);
}

void
spec_ladder_print(void)
{
	fprintf(stderr, "     seconds  peer       leat\n%.*s", (int)used, text);
}
