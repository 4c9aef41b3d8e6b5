/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "ladder/text.h"

/* The distance of a number of this side's sequence space from its first. */
static int64_t
relative(struct ladder_side *s, uint32_t seq)
{
	if (!s->based) {
		s->based = true;
		s->last = seq;
	}
	s->last_rel += (int32_t)(seq - s->last);
	s->last = seq;
	return s->last_rel;
}

/* Learns from the options of a SYN, and the bases of the timestamps. */
static void
read_options(struct ladder_side *from, const struct ladder_side *to, struct ladder_seg *seg)
{
	const struct trace_rec *r = seg->rec;

	tcp_opts_parse(r->opts, r->opts_len, &seg->opts);
	if ((r->flags & TCP_SYN) && !seg->stray) {
		from->has_wscale = seg->opts.has_wscale;
		from->wscale = seg->opts.wscale;
	}
	seg->wnd = r->wnd;
	/* RFC 7323 2.2: the window of a SYN is never scaled */
	if (!(r->flags & TCP_SYN) && from->has_wscale && to->has_wscale)
		seg->wnd <<= from->wscale;
	if (!seg->opts.has_ts)
		return;
	if (!from->has_ts) {
		from->has_ts = true;
		from->ts_base = seg->opts.tsval;
	}
	seg->tsval = (int32_t)(seg->opts.tsval - from->ts_base);
	/* RFC 7323 3.2: the echo is valid only with ACK */
	seg->has_tsecr = (r->flags & TCP_ACK) && to->has_ts;
	if (seg->has_tsecr)
		seg->tsecr = (int32_t)(seg->opts.tsecr - to->ts_base);
}

/* Is it new, or was it seen before, or has it come too early? */
static const char *
mark(struct ladder_side *from, struct ladder_seg *seg)
{
	const struct trace_rec *r = seg->rec;
	bool ours = r->kind == TRACE_SEG_OUT && seg->fate == NULL; /* who sent it said whether it was sent before */
	int64_t len = (int64_t)r->len + !!(r->flags & TCP_SYN) + !!(r->flags & TCP_FIN);

	if (len == 0 || (r->flags & TCP_RST) || seg->stray)
		return "";
	int64_t added = spans_add(&from->seen, seg->seq, seg->seq + len);
	bool early = from->has_end && seg->seq > from->end, filled = from->has_end && seg->seq < from->end;
	if (!from->has_end || seg->seq + len > from->end)
		from->end = seg->seq + len;
	from->has_end = true;
	if (ours ? r->resent : added == 0) {
		from->again++;
		seg->repeats = true;
		return r->resent ? "resent" : "again";
	}
	if (ours)
		return "";
	return early ? "out of order" : filled && added == len ? "fills a hole" : "";
}

void
ladder_seg_read(struct ladder_pair *pair, const struct trace_rec *r, struct ladder_seg *seg)
{
	bool out = r->kind == TRACE_SEG_OUT;
	struct ladder_side *from = out ? &pair->us : &pair->peer, *to = out ? &pair->peer : &pair->us;

	memset(seg, 0, sizeof(*seg));
	seg->rec = r;
	seg->fate = pair->captured ? capture_fate(r) : NULL;
	seg->lost = seg->fate != NULL && seg->fate->lost;
	seg->seq = relative(from, r->seq);
	if (r->flags & TCP_ACK)
		seg->ack = relative(to, r->ack);
	seg->stray = (r->flags & TCP_SYN) && from->syn && seg->seq != 0;
	read_options(from, to, seg);
	seg->mark = mark(from, seg);
	from->segs++;
	from->lost += seg->lost;
	from->syn |= (r->flags & TCP_SYN) != 0;
	from->fin |= (r->flags & TCP_FIN) != 0;
}

__attribute__((format(printf, 2, 3))) static void
add(char text[LADDER_TEXT], const char *format, ...)
{
	size_t n = strlen(text);
	va_list ap;

	va_start(ap, format);
	vsnprintf(text + n, LADDER_TEXT - n, format, ap);
	va_end(ap);
}

static void
add_options(const struct ladder_seg *seg, char text[LADDER_TEXT])
{
	const struct tcp_opts *o = &seg->opts;
	const char *gap = "  ";

	if (o->has_mss) {
		add(text, "%smss %u", gap, o->mss);
		gap = " ";
	}
	if (o->has_sack_perm) {
		add(text, "%ssackOK", gap);
		gap = " ";
	}
	if (o->has_ts) {
		add(text, "%sTS %" PRId32 "/", gap, seg->tsval);
		if (seg->has_tsecr)
			add(text, "%" PRId32, seg->tsecr);
		else
			add(text, "-");
		gap = " ";
	}
	if (o->has_wscale)
		add(text, "%swscale %u", gap, o->wscale);
	for (unsigned i = 0; i < o->nb_sack; i++) {
		int64_t start = seg->ack + (int32_t)(o->sack[i].start - seg->rec->ack);
		add(text, "%s%" PRId64 ":%" PRId64, i ? "  " : "  sack ", start,
			start + (int32_t)(o->sack[i].end - o->sack[i].start));
	}
}

static void
add_fate(const struct capture_fate *f, char text[LADDER_TEXT])
{
	if (f->lost)
		add(text, "  LOST %s #%" PRIu64, f->words, f->number);
	else if (f->words[0] != '\0')
		add(text, "  %s #%" PRIu64, f->words, f->number);
}

void
ladder_seg_text(const struct ladder_seg *seg, bool aligned, char text[LADDER_TEXT])
{
	const struct trace_rec *r = seg->rec;
	int column = aligned && !(r->flags & (TCP_SYN | TCP_RST)) ? 1 : 0;
	char part[64];
	int n = snprintf(part, sizeof(part), "seq %" PRId64, seg->seq);

	text[0] = '\0';
	if (r->len > 0)
		snprintf(part + n, sizeof(part) - (size_t)n, ":%" PRId64 " (%" PRIu32 ")", seg->seq + r->len, r->len);
	add(text, "%-*s", column * 20, part);
	if (r->flags & TCP_ACK) {
		snprintf(part, sizeof(part), "ack %" PRId64, seg->ack);
		add(text, "  %-*s", column * 9, part);
	}
	if (!(r->flags & TCP_RST))
		add(text, "  win %-*" PRIu32, column * 6, seg->wnd);
	add_options(seg, text);
	if (seg->fate != NULL)
		add_fate(seg->fate, text);
	if (seg->mark[0] != '\0')
		add(text, "  %s", seg->mark);
}

uint64_t
ladder_bytes(const struct ladder_side *side)
{
	int64_t sum = 0;

	for (unsigned i = 0; i < side->seen.n; i++)
		sum += side->seen.list[i].to - side->seen.list[i].from;
	return (uint64_t)(sum - side->syn - side->fin);
}
