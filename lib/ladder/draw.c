/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <leat/tcp.h>
#include "ladder/infer.h"
#include "ladder/draw.h"
#include "ladder/rows.h"

enum {
	NONE = -1,
	LEFT = 12, CAPTURED_LEFT = 13, /* "SYN-RECEIVED", and with "?" */
};

enum phase {
	OPENING,
	OPEN,
	CLOSING,
};

/* A side whose states are inferred. */
struct guess {
	struct infer infer;
	const char *form;  /* of a state, and of what follows it: "" or "?" */
	int shown;         /* the state written last, or INFER_UNKNOWN */
	bool shown_sure;
};

struct drawing {
	const struct ladder_conn *conn;
	struct ladder_sheet sheet;
	struct ladder_pair pair;
	struct guess peer, us; /* us: only in a capture */
	const char *names[2];  /* of the left side and the right */
	int *beside;       /* of each segment record: leat's state to write beside it, or NONE */
	bool *drawn;       /* of each state record: it stands beside a segment */
	int state;         /* leat's, or NONE */
	enum phase phase;
	bool gap;          /* an empty row is due */
};

static bool
is_segment(const struct trace_rec *r)
{
	return r->kind == TRACE_SEG_IN || r->kind == TRACE_SEG_OUT;
}

static const char *
write_state(const struct guess *g, int state, bool sure, char buf[32])
{
	snprintf(buf, 32, g->form, leat_tcp_state_name((enum leat_tcp_state)state), sure ? "" : "?");
	return buf;
}

/*
 * What to write at an inferred side: beside its own segment (for which r is TRACE_SEG_IN) the state it was in
 * when it sent it, beside the other's the state it comes to if that arrives; "" when that is nothing new.
 */
static const char *
inferred_side(struct guess *g, const struct trace_rec *r, char buf[32])
{
	struct infer *p = &g->infer, old = *p;
	bool tell;
	int state;

	infer_segment(p, r);
	if (r->kind == TRACE_SEG_IN) {
		state = p->known;
		tell = p->known != old.known || p->expected != old.expected ||
			(g->shown == p->known && !g->shown_sure);
	} else {
		state = p->expected;
		tell = g->shown != p->expected;
	}
	bool sure = state == p->known;
	if (!tell || state == INFER_UNKNOWN || (g->shown == state && g->shown_sure == sure))
		return "";
	g->shown = state;
	g->shown_sure = sure;
	return write_state(g, state, sure, buf);
}

/* What did not arrive as it was sent tells its receiver nothing. */
static const char *
peer_side(struct drawing *d, const struct ladder_seg *seg, char buf[32])
{
	bool spoilt = seg->lost || (seg->fate != NULL && seg->fate->harmed);

	return spoilt && seg->rec->kind == TRACE_SEG_OUT ? "" : inferred_side(&d->peer, seg->rec, buf);
}

/* The same of the left side in a capture: seen from there, what comes in is what the other sends. */
static const char *
captured_side(struct drawing *d, const struct ladder_seg *seg, char buf[32])
{
	bool spoilt = seg->lost || seg->fate->harmed;
	struct trace_rec mirrored = *seg->rec;

	if (spoilt && seg->rec->kind == TRACE_SEG_IN)
		return "";
	mirrored.kind = seg->rec->kind == TRACE_SEG_IN ? TRACE_SEG_OUT : TRACE_SEG_IN;
	return inferred_side(&d->us, &mirrored, buf);
}

static const char *
our_side(struct drawing *d, int state)
{
	if (state == NONE)
		return "";
	d->state = state;
	return leat_tcp_state_name((enum leat_tcp_state)state);
}

/* An empty row sets the opening and the closing of the connection off from what is between. */
static void
draw_segment(struct drawing *d, size_t i)
{
	const struct trace_rec *r = d->conn->recs[i];
	bool opened = d->pair.us.syn && d->pair.peer.syn;
	struct ladder_seg seg;
	char left[32], right[32];

	if (d->phase == OPEN && (r->flags & TCP_FIN)) {
		d->phase = CLOSING;
		d->gap = true;
	}
	if (d->gap)
		ladder_row(&d->sheet, NULL, "", "", "");
	d->gap = false;
	ladder_seg_read(&d->pair, r, &seg);
	const char *ours = d->conn->captured ? captured_side(d, &seg, left) : our_side(d, d->beside[i]);
	ladder_row_segment(&d->sheet, &seg, ours, peer_side(d, &seg, right));
	if (d->phase == OPENING && opened && (r->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_ACK) {
		d->phase = (r->flags & TCP_FIN) ? CLOSING : OPEN;
		d->gap = true;
	}
}

/* The segment of the same turn that leat sent because of a step to this state. */
static uint8_t
sent_with(uint8_t state)
{
	switch (state) {
	case LEAT_TCP_SYN_SENT:
		return TCP_SYN;
	case LEAT_TCP_FIN_WAIT_1:
	case LEAT_TCP_LAST_ACK:
		return TCP_FIN;
	case LEAT_TCP_CLOSED:
		return TCP_RST;
	default:
		return 0;
	}
}

/*
 * The segment beside which a change of state is written: the one that leat sends with it, or the
 * one that came in and caused it. SIZE_MAX: it gets a line of its own.
 */
static size_t
place(const struct drawing *d, size_t at)
{
	const struct trace_rec **recs = d->conn->recs, *state = recs[at];
	uint8_t flag = sent_with(state->to);
	size_t next = at + 1, prev = at;

	while (next < d->conn->n && !is_segment(recs[next]))
		next++;
	while (prev > 0 && !is_segment(recs[prev - 1]))
		prev--;
	bool before = prev > 0 && recs[prev - 1]->time == state->time && d->beside[prev - 1] == NONE;
	bool sent = next < d->conn->n && recs[next]->time == state->time &&
		recs[next]->kind == TRACE_SEG_OUT && (recs[next]->flags & flag);

	if (sent && (state->to != LEAT_TCP_CLOSED || !before))
		return next;
	if (!before)
		return SIZE_MAX;
	/* A step of the application's whose segment must wait is not caused by what came in. */
	if (flag && state->to != LEAT_TCP_CLOSED && !(recs[prev - 1]->flags & flag &&
			recs[prev - 1]->kind == TRACE_SEG_OUT))
		return SIZE_MAX;
	return prev - 1;
}

static void
place_states(struct drawing *d)
{
	for (size_t i = 0; i < d->conn->n; i++)
		d->beside[i] = NONE;
	for (size_t i = 0; i < d->conn->n; i++) {
		if (d->conn->recs[i]->kind != TRACE_STATE)
			continue;
		size_t at = place(d, i);
		if (at == SIZE_MAX)
			continue;
		d->beside[at] = d->conn->recs[i]->to;
		d->drawn[i] = true;
	}
}

/* In a capture the sides have their names from the first SYN; who has none is A or B. */
static void
name_sides(struct drawing *d, const struct trace_rec *seg)
{
	bool opened = seg != NULL && (seg->flags & TCP_SYN);
	bool by_left = opened && (seg->kind == TRACE_SEG_OUT) == !(seg->flags & TCP_ACK);

	if (!d->conn->captured) {
		d->names[0] = "leat";
		d->names[1] = "peer";
	} else {
		d->names[0] = !opened ? "A" : by_left ? "client" : "server";
		d->names[1] = !opened ? "B" : by_left ? "server" : "client";
	}
}

/* Who opened it says its name; a capture has dates. */
static void
draw_opening(const struct drawing *d, const struct trace_rec *first)
{
	time_t seconds = (time_t)(first->time / 1000000000);
	char date[32];
	struct tm tm;

	strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", gmtime_r(&seconds, &tm));
	fprintf(d->sheet.to, "from %s.%06" PRIu64 " UTC\n", date, first->time / 1000 % 1000000);
}

static void
draw_head(struct drawing *d)
{
	const struct trace_rec *first = d->conn->recs[0], *seg = NULL, *state = NULL;
	char local[LEAT_ENDPOINT_TEXT], remote[LEAT_ENDPOINT_TEXT];
	struct leat_endpoint us, peer;

	for (size_t i = d->conn->n; i-- > 0;) {
		if (is_segment(d->conn->recs[i]))
			seg = d->conn->recs[i];
		else if (d->conn->recs[i]->kind == TRACE_STATE)
			state = d->conn->recs[i];
	}
	tuple_read(first->tuple.key, first->tuple.len, &us, &peer);
	name_sides(d, seg);
	fprintf(d->sheet.to, "%s (%s) <--> %s (%s), ", leat_endpoint_format(&us, local, sizeof(local)), d->names[0],
		leat_endpoint_format(&peer, remote, sizeof(remote)), d->names[1]);
	if (seg == NULL || !(seg->flags & TCP_SYN))
		fprintf(d->sheet.to, "beginning not in the %s:\n"
			"numbers count from the first one seen, windows are not scaled\n",
			d->conn->captured ? "capture" : "trace");
	else if (d->conn->captured)
		draw_opening(d, first);
	else
		fprintf(d->sheet.to, "opened by %s\n", seg->kind == TRACE_SEG_OUT ? "leat" : "the peer");
	fputc('\n', d->sheet.to);
	ladder_rule(&d->sheet, "ms", d->names[0], d->names[1]);
	if (state != NULL)
		ladder_row(&d->sheet, &first->time, our_side(d, state->from), "", "");
}

static void
draw_side(const struct drawing *d, const char *who, const struct ladder_side *s, const char *state)
{
	char lost[40] = "";

	if (s->lost > 0)
		snprintf(lost, sizeof(lost), ", %" PRIu64 " lost", s->lost);
	fprintf(d->sheet.to, "%10s %s%-*s  %" PRIu64 " byte%s in %" PRIu64 " segment%s, %" PRIu64 " resent%s%s%s\n", "", who,
		d->sheet.left - (int)strlen(who), " sent", ladder_bytes(s), ladder_bytes(s) == 1 ? "" : "s", s->segs,
		s->segs == 1 ? "" : "s", s->again, lost, state[0] ? "; now " : "", state);
}

static const char *
inferred_end(const struct guess *g, char buf[32])
{
	int state = g->infer.expected;

	return state == INFER_UNKNOWN ? "" : write_state(g, state, state == g->infer.known, buf);
}

static void
draw_foot(const struct drawing *d)
{
	const struct trace_rec **recs = d->conn->recs;
	uint64_t us = (recs[d->conn->n - 1]->time - recs[0]->time) / 1000;
	const char *ours = d->state == NONE ? "" : leat_tcp_state_name((enum leat_tcp_state)d->state);
	char left[32], right[32];

	ladder_rule(&d->sheet, "", "", "");
	draw_side(d, d->names[0], &d->pair.us, d->conn->captured ? inferred_end(&d->us, left) : ours);
	draw_side(d, d->names[1], &d->pair.peer, inferred_end(&d->peer, right));
	fprintf(d->sheet.to, "%10s %-*s  %" PRIu64 ".%03" PRIu64 " ms\n", "", d->sheet.left, "duration", us / 1000, us % 1000);
}

void
ladder_legend(bool captured, FILE *to)
{
	fputs(captured ?
	      "The states are inferred from the segments: STATE is proven by what that side sent, STATE? is where it comes\n"
	      "to if what was sent to it arrived. seq and ack count from the first of each side, TS is value/echo likewise;\n"
	      "=== is sent again, X is lost on the wire, #N its number there. Times are those of the capture.\n\n" :
	      "leat's states are its own and exact. The peer's are inferred from the segments: (STATE) is proven by\n"
	      "what it sent, (STATE?) is where it comes to if ours arrived. seq and ack count from the first of each\n"
	      "side, TS is value/echo likewise; === is sent again.\n\n", to);
}

/* In brackets beside states that are known. */
static void
begin_guess(struct guess *g, bool captured)
{
	infer_init(&g->infer);
	g->form = captured ? "%s%s" : "(%s%s)";
	g->shown = INFER_UNKNOWN;
}

void
ladder_draw(const struct ladder_conn *conn, FILE *to)
{
	struct drawing d = {.conn = conn, .state = NONE, .pair.captured = conn->captured,
		.sheet = {to, conn->recs[0]->time, conn->captured ? CAPTURED_LEFT : LEFT}};

	d.beside = calloc(conn->n, sizeof(*d.beside));
	d.drawn = calloc(conn->n, sizeof(*d.drawn));
	if (d.beside != NULL && d.drawn != NULL) {
		begin_guess(&d.peer, conn->captured);
		begin_guess(&d.us, conn->captured);
		place_states(&d);
		draw_head(&d);
		for (size_t i = 0; i < conn->n; i++) {
			const struct trace_rec *r = conn->recs[i];
			if (is_segment(r))
				draw_segment(&d, i);
			else if (r->kind == TRACE_NOTE)
				ladder_row_note(&d.sheet, r);
			else if (!d.drawn[i])
				ladder_row(&d.sheet, &r->time, our_side(&d, r->to), "", "");
		}
		draw_foot(&d);
	} else {
		fprintf(to, "no memory to draw this connection\n");
	}
	spans_free(&d.pair.us.seen);
	spans_free(&d.pair.peer.seen);
	free(d.beside);
	free(d.drawn);
}
