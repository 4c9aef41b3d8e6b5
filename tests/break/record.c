/* SPDX-License-Identifier: BSD-3-Clause */
#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "record.h"
#include "world.h"

static struct note *
add(struct notes *n, uint64_t at, enum side side)
{
	cr_assert_lt(n->nb, RECORD_NOTES, "too much happens");
	n->notes[n->nb] = (struct note){.at = at, .side = side};
	return &n->notes[n->nb++];
}

/*
 * A number of the wire, relative to the side's ISN. After a reboot the side has another one, and the
 * other side may still count from the old: the nearer it is.
 */
static uint32_t
relative(const struct record *r, enum side side, uint32_t number)
{
	uint32_t now = number - r->isn[side][0], before = number - r->isn[side][1];
	uint32_t far_now = now < 0x80000000u ? now : -now, far_before = before < 0x80000000u ? before : -before;

	return far_before < far_now ? before : now;
}

static void
learn(struct record *r, enum side side, uint32_t isn)
{
	if (r->known[side] && r->isn[side][0] == isn)
		return;
	r->isn[side][1] = r->known[side] ? r->isn[side][0] : isn;
	r->isn[side][0] = isn;
	r->known[side] = true;
}

static void
format_segment(const struct record *r, const struct frame *f, char *p)
{
	const struct tcp_seg *s = &f->seg;
	enum side other = f->from == CLIENT ? SERVER : CLIENT;
	char flags[40];
	int n = snprintf(p, NOTE_TEXT, "%s seq ", tcp_flags_format(s->flags, flags, sizeof(flags)));
	uint32_t seq = relative(r, f->from, s->seq);

	/* <SEQ=0> of a reset to who is not known */
	n += snprintf(p + n, (size_t)(NOTE_TEXT - n), "%u", s->flags & TCP_RST && s->seq == 0 ? 0 : seq);
	if (s->len > 0)
		n += snprintf(p + n, (size_t)(NOTE_TEXT - n), ":%u", seq + s->len);
	if (s->flags & TCP_ACK)
		n += snprintf(p + n, (size_t)(NOTE_TEXT - n), " ack %u", relative(r, other, s->ack));
	for (unsigned i = 0; i < s->opts.nb_sack; i++)
		n += snprintf(p + n, (size_t)(NOTE_TEXT - n), " sack %u:%u", relative(r, other, s->opts.sack[i].start),
			relative(r, other, s->opts.sack[i].end));
}

void
record_frame(struct record *r, const struct frame *f)
{
	struct note *n = add(&r->sent, f->at, f->from);

	if (!f->is_tcp) {
		snprintf(n->text, sizeof(n->text), "ARP request");
		return;
	}
	if (f->seg.flags & TCP_SYN)
		learn(r, f->from, f->seg.seq);
	format_segment(r, f, n->text);
}

void
record_told(struct record *r, uint64_t at, enum side side, const char *format, ...)
{
	struct note *n = add(&r->told, at, side);
	va_list ap;

	va_start(ap, format);
	vsnprintf(n->text, sizeof(n->text), format, ap);
	va_end(ap);
}

const char *
record_state_of(const struct record *r, enum side side)
{
	for (unsigned i = r->state.nb; i-- > 0;)
		if (r->state.notes[i].side == side)
			return r->state.notes[i].text;
	return "";
}

void
record_state(struct record *r, uint64_t at, enum side side, const char *state)
{
	if (strcmp(record_state_of(r, side), state) != 0)
		snprintf(add(&r->state, at, side)->text, NOTE_TEXT, "%s", state);
}

/* Seconds, to the millisecond, without zeros at the end. */
static void
put_time(char *p, size_t size, uint64_t ns)
{
	int n = snprintf(p, size, "%.3f", (double)(ns / MS) / 1000.0);

	while (p[n - 1] == '0')
		p[--n] = '\0';
	if (p[n - 1] == '.')
		p[n - 1] = '\0';
}

static void
append(char *text, const char *format, ...)
{
	size_t used = strlen(text);
	va_list ap;

	va_start(ap, format);
	vsnprintf(text + used, RECORD_TEXT - used, format, ap);
	va_end(ap);
}

/* Equal notes are one line with all their times, where the first of them stands. */
static void
put_notes(const struct notes *n, uint64_t zero, char *text)
{
	bool done[RECORD_NOTES] = {false};
	char time[32];

	for (unsigned i = 0; i < n->nb; i++) {
		const struct note *first = &n->notes[i];
		if (done[i] || first->at < zero)
			continue;
		append(text, "%s%s %s at ", text[0] != '\0' ? "\n" : "", side_names[first->side], first->text);
		for (unsigned j = i; j < n->nb; j++) {
			const struct note *other = &n->notes[j];
			if (other->side != first->side || strcmp(other->text, first->text) != 0)
				continue;
			done[j] = true;
			put_time(time, sizeof(time), other->at - zero);
			append(text, "%s%s", j > i ? ", " : "", time);
		}
	}
	if (text[0] == '\0')
		append(text, "nothing");
}

static void
put_states(const struct notes *n, uint64_t zero, char *text)
{
	for (enum side side = CLIENT; side <= SERVER; side++) {
		char trail[RECORD_TEXT] = "";
		for (unsigned i = 0; i < n->nb; i++) {
			const struct note *now = &n->notes[i];
			if (now->side != side)
				continue;
			/* where it stood when the segment left, and what followed */
			if (now->at <= zero)
				trail[0] = '\0';
			append(trail, "%s%s", trail[0] != '\0' ? " → " : "", now->text);
		}
		append(text, "%s%s %s", side == SERVER ? "\n" : "", side_names[side], trail);
	}
}

static uint64_t
last_of(const struct notes *n, uint64_t after)
{
	return n->nb > 0 && n->notes[n->nb - 1].at > after ? n->notes[n->nb - 1].at : after;
}

void
record_claims(const struct record *r, uint64_t zero, struct claims *out)
{
	uint64_t end = last_of(&r->sent, last_of(&r->told, last_of(&r->state, zero)));

	memset(out, 0, sizeof(*out));
	put_notes(&r->sent, zero, out->sent);
	put_states(&r->state, zero, out->state);
	put_notes(&r->told, zero, out->told);
	put_time(out->takes, sizeof(out->takes) - 3, end - zero);
	strcat(out->takes, " s");
}

const char *
record_differs(const struct cell *cell, const struct claims *is)
{
	if (strcmp(cell->sent, is->sent) != 0)
		return "sent";
	if (strcmp(cell->state, is->state) != 0)
		return "state";
	if (strcmp(cell->told, is->told) != 0)
		return "told";
	return strcmp(cell->takes, is->takes) != 0 ? "takes" : NULL;
}
