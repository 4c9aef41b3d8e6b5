/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <stdlib.h>
#include <leat/tcp.h>
#include "ladder/infer.h"
#include "ladder/draw.h"
#include "ladder/rows.h"

enum {
	NONE = -1,
};

enum phase {
	OPENING,
	OPEN,
	CLOSING,
};

struct drawing {
	const struct ladder_conn *conn;
	struct ladder_sheet sheet;
	struct ladder_pair pair;
	struct infer peer;
	int *beside;       /* of each segment record: leat's state to write beside it, or NONE */
	bool *drawn;       /* of each state record: it stands beside a segment */
	int shown;         /* the peer's state written last, or INFER_UNKNOWN */
	bool shown_sure;
	int state;         /* leat's, or NONE */
	enum phase phase;
	bool gap;          /* an empty row is due */
};

static bool
is_segment(const struct trace_rec *r)
{
	return r->kind == TRACE_SEG_IN || r->kind == TRACE_SEG_OUT;
}

/*
 * What to write at the peer's side: beside its own segment the state it was in when it sent it,
 * beside ours the state it comes to if ours arrives; "" when that is nothing new.
 */
static const char *
peer_side(struct drawing *d, const struct trace_rec *r, char buf[32])
{
	struct infer *p = &d->peer, old = *p;
	bool tell;
	int state;

	infer_segment(p, r);
	if (r->kind == TRACE_SEG_IN) {
		state = p->known;
		tell = p->known != old.known || p->expected != old.expected ||
			(d->shown == p->known && !d->shown_sure);
	} else {
		state = p->expected;
		tell = d->shown != p->expected;
	}
	bool sure = state == p->known;
	if (!tell || state == INFER_UNKNOWN || (d->shown == state && d->shown_sure == sure))
		return "";
	d->shown = state;
	d->shown_sure = sure;
	snprintf(buf, 32, "(%s%s)", leat_tcp_state_name((enum leat_tcp_state)state), sure ? "" : "?");
	return buf;
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
	char right[32];

	if (d->phase == OPEN && (r->flags & TCP_FIN)) {
		d->phase = CLOSING;
		d->gap = true;
	}
	if (d->gap)
		ladder_row(&d->sheet, NULL, "", "", "");
	d->gap = false;
	ladder_seg_read(&d->pair, r, &seg);
	ladder_row_segment(&d->sheet, &seg, our_side(d, d->beside[i]), peer_side(d, r, right));
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
	fprintf(d->sheet.to, "%s (leat) <--> %s (peer), ", leat_endpoint_format(&us, local, sizeof(local)),
		leat_endpoint_format(&peer, remote, sizeof(remote)));
	if (seg != NULL && (seg->flags & TCP_SYN))
		fprintf(d->sheet.to, "opened by %s\n", seg->kind == TRACE_SEG_OUT ? "leat" : "the peer");
	else
		fprintf(d->sheet.to, "beginning not in the trace:\n"
			"numbers count from the first one seen, windows are not scaled\n");
	fputc('\n', d->sheet.to);
	ladder_rule(&d->sheet, "ms", "leat", "peer");
	if (state != NULL)
		ladder_row(&d->sheet, &first->time, our_side(d, state->from), "", "");
}

static void
draw_side(const struct drawing *d, const char *who, const struct ladder_side *s, const char *state)
{
	fprintf(d->sheet.to, "%10s %-12s  %" PRIu64 " byte%s in %" PRIu64 " segment%s, %" PRIu64 " resent%s%s\n", "", who,
		ladder_bytes(s), ladder_bytes(s) == 1 ? "" : "s", s->segs, s->segs == 1 ? "" : "s", s->again,
		state[0] ? "; now " : "", state);
}

static void
draw_foot(const struct drawing *d)
{
	const struct trace_rec **recs = d->conn->recs;
	uint64_t us = (recs[d->conn->n - 1]->time - recs[0]->time) / 1000;
	const char *ours = d->state == NONE ? "" : leat_tcp_state_name((enum leat_tcp_state)d->state);
	char peers[32] = "";

	ladder_rule(&d->sheet, "", "", "");
	if (d->peer.expected != INFER_UNKNOWN)
		snprintf(peers, sizeof(peers), "(%s%s)",
			leat_tcp_state_name((enum leat_tcp_state)d->peer.expected),
			d->peer.expected == d->peer.known ? "" : "?");
	draw_side(d, "leat sent", &d->pair.us, ours);
	draw_side(d, "peer sent", &d->pair.peer, peers);
	fprintf(d->sheet.to, "%10s %-12s  %" PRIu64 ".%03" PRIu64 " ms\n", "", "duration", us / 1000, us % 1000);
}

void
ladder_legend(FILE *to)
{
	fputs("leat's states are its own and exact. The peer's are inferred from the segments: (STATE) is proven by\n"
	      "what it sent, (STATE?) is where it comes to if ours arrived. seq and ack count from the first of each\n"
	      "side, TS is value/echo likewise; === is sent again.\n\n", to);
}

void
ladder_draw(const struct ladder_conn *conn, FILE *to)
{
	struct drawing d = {.conn = conn, .sheet = {to, conn->recs[0]->time}, .shown = INFER_UNKNOWN, .state = NONE};

	d.beside = calloc(conn->n, sizeof(*d.beside));
	d.drawn = calloc(conn->n, sizeof(*d.drawn));
	if (d.beside != NULL && d.drawn != NULL) {
		infer_init(&d.peer);
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
