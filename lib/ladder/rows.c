/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <string.h>
#include "core/counters.h"
#include "ladder/rows.h"

enum {
	WIDTH = 78, /* between the rails; with the columns around them 120 at most */
	FLAGS = 8,  /* room for "SYN ACK" and a space */
};

void
ladder_row(const struct ladder_sheet *s, const uint64_t *time, const char *left, const char *inner,
	const char *right)
{
	char ms[24] = "";

	if (time != NULL) {
		uint64_t us = (*time - s->start) / 1000;
		if (us < 1000000000)
			snprintf(ms, sizeof(ms), "%" PRIu64 ".%03" PRIu64, us / 1000, us % 1000);
		else
			snprintf(ms, sizeof(ms), "%" PRIu64 " s", us / 1000000);
	}
	fprintf(s->to, "%10s %-*s |%-*s|%s%s\n", ms, s->left, left, WIDTH, inner, right[0] ? " " : "", right);
}

/*
 * Where to break text so that the first part has at most room characters: between parts (two
 * spaces) if that can be, else between words, else anywhere.
 */
static size_t
cut(const char *text, size_t room)
{
	size_t n = strlen(text), part = 0, word = 0;

	if (n <= room)
		return n;
	for (size_t i = 1; i <= room; i++) {
		if (text[i] != ' ')
			continue;
		word = i;
		if (text[i + 1] == ' ')
			part = i;
	}
	return part ? part : word ? word : room;
}

/* The rest of a text, in lines of its own below the first. */
static void
draw_rest(const struct ladder_sheet *s, const char *rest, size_t indent)
{
	char inner[WIDTH + 1];

	for (size_t n; *rest != '\0'; rest += n) {
		rest += strspn(rest, " ");
		n = cut(rest, WIDTH - indent - 1);
		snprintf(inner, sizeof(inner), "%*s%.*s", (int)indent, "", (int)n, rest);
		ladder_row(s, NULL, "", inner, "");
	}
}

/* "--- FLAGS -- text ------>", or "<--" … ; "===" when it was sent before, "X" where it was lost. */
static void
draw_arrow(char inner[WIDTH + 1], const struct ladder_seg *seg, const char *flags, const char *text, size_t n)
{
	bool out = seg->rec->kind == TRACE_SEG_OUT;
	size_t len = strlen(flags), at = 4 + (len < FLAGS ? FLAGS : len + 1);

	memset(inner, seg->repeats ? '=' : '-', WIDTH);
	inner[WIDTH] = '\0';
	inner[out ? WIDTH - 1 : 0] = out ? '>' : '<';
	if (seg->lost) {
		inner[out ? WIDTH - 1 : 0] = ' ';
		inner[out ? WIDTH - 2 : 1] = 'X';
	}
	inner[3] = inner[4 + len] = inner[at] = ' ';
	memcpy(inner + 4, flags, len);
	while (n > 0 && text[n - 1] == ' ')
		n--;
	memcpy(inner + at + 1, text, n);
	inner[at + 1 + n] = ' ';
}

void
ladder_row_segment(const struct ladder_sheet *s, const struct ladder_seg *seg, const char *left,
	const char *right)
{
	char text[LADDER_TEXT], flags[40], inner[WIDTH + 1];

	tcp_flags_format(seg->rec->flags, flags, sizeof(flags));
	size_t indent = 5 + (strlen(flags) < FLAGS ? FLAGS : strlen(flags) + 1);
	size_t room = WIDTH - 3 - indent; /* " ->" follows */
	ladder_seg_text(seg, true, text);
	if (strlen(text) > room)
		ladder_seg_text(seg, false, text);
	size_t n = cut(text, room);
	draw_arrow(inner, seg, flags, text, n);
	ladder_row(s, &seg->rec->time, left, inner, right);
	draw_rest(s, text + n, indent);
}

/* What a note says. */
static void
note_text(const struct trace_rec *r, char *text, size_t size)
{
	static const char *const texts[] = {
		[TRACE_RTO] = "retransmission timeout (RTO)",
		[TRACE_FAST_RETRANSMIT] = "loss found: fast recovery",
		[TRACE_TLP] = "tail loss probe (RFC 8985)",
		[TRACE_UNDONE] = "no loss after all: recovery undone",
		[TRACE_ECN] = "the path marks: window reduced (ECN)",
		[TRACE_PERSIST] = "zero-window probe (persist timer)",
		[TRACE_DELAYED_ACK] = "delayed ACK is due",
		[TRACE_KEEPALIVE] = "keepalive probe",
		[TRACE_CHALLENGE] = "challenge ACK (RFC 5961)",
	};

	if (r->from == TRACE_DROPPED && r->seq < CORE_COUNTERS)
		snprintf(text, size, "%s: %s", counter_rows[r->seq].name, counter_rows[r->seq].text);
	else if (r->from == TRACE_ICMP)
		snprintf(text, size, "ICMP error: %s", strerror((int)r->seq));
	else if (r->from == TRACE_GIVE_UP)
		snprintf(text, size, "given up: %s", strerror((int)r->seq));
	else if (r->from == TRACE_PMTU)
		snprintf(text, size, "path MTU is now %" PRIu32, r->seq);
	else if (r->from == TRACE_MTU_TRIAL)
		snprintf(text, size, "lost by its size? tried with %" PRIu32 " bytes", r->seq);
	else if (r->from < RTE_DIM(texts) && texts[r->from] != NULL)
		snprintf(text, size, "%s", texts[r->from]);
	else
		snprintf(text, size, "note %u: %" PRIu32, r->from, r->seq);
}

void
ladder_row_note(const struct ladder_sheet *s, const struct trace_rec *r)
{
	char text[256], inner[WIDTH + 1];

	note_text(r, text, sizeof(text));
	size_t n = cut(text, WIDTH - 5);
	snprintf(inner, sizeof(inner), "  * %.*s", (int)n, text);
	ladder_row(s, &r->time, "", inner, "");
	draw_rest(s, text + n, 4);
}

void
ladder_rule(const struct ladder_sheet *s, const char *time, const char *left, const char *right)
{
	char rule[WIDTH + 1];

	memset(rule, '-', WIDTH);
	rule[WIDTH] = '\0';
	fprintf(s->to, "%10s %-*s +%s+%s%s\n", time, s->left, left, rule, right[0] ? " " : "", right);
}
