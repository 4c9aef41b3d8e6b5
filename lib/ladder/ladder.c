/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <leat/tcp.h>
#include "base/seq.h"
#include "ladder/ladder.h"
#include "ladder/draw.h"

enum {
	BUCKETS = 4096,
	NO_STATE = -1,
};

/* A connection while the trace is being sorted. */
struct found {
	struct ladder_conn conn; /* its records */
	size_t room;
	struct found *older;     /* in the same bucket */
	int state;               /* leat's, after the records so far; or NO_STATE */
	bool reset;
	bool syn_in, syn_out, fin_in, fin_out;
	uint32_t irs, iss;
};

struct sorter {
	const struct ladder_filter *filter;
	bool captured;           /* the records are of a capture */
	struct found **list;     /* oldest first */
	size_t n, room;
	struct found *buckets[BUCKETS];
	bool no_memory;
};

static bool
same_tuple(const struct tuple *a, const struct tuple *b)
{
	return a->len == b->len && memcmp(a->key, b->key, a->len) == 0;
}

static struct found **
bucket(struct sorter *s, const struct tuple *t)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (unsigned i = 0; i < t->len; i++)
		h = (h ^ t->key[i]) * 16777619u;
	return &s->buckets[(h ^ h >> 16) % BUCKETS];
}

/* The newest connection with this tuple before `than` (NULL: of all). */
static struct found *
look_up(struct found *than, const struct tuple *t)
{
	while (than != NULL && !same_tuple(&than->conn.recs[0]->tuple, t))
		than = than->older;
	return than;
}

static bool
is_end(const struct leat_endpoint *asked, const struct leat_endpoint *end)
{
	return (asked->port == 0 || asked->port == end->port) &&
		(asked->addr.family == LEAT_UNSPEC || leat_addr_equal(&asked->addr, &end->addr));
}

/* In a capture either end may be the one that was asked for. */
static bool
wanted(const struct ladder_filter *f, bool captured, const struct tuple *t)
{
	struct leat_endpoint local, remote;

	if (f == NULL || f->remote == NULL)
		return true;
	tuple_read(t->key, t->len, &local, &remote);
	return is_end(f->remote, &remote) || (captured && is_end(f->remote, &local));
}

/* Has this connection ended, so that its tuple may serve a new one? */
static bool
is_over(const struct found *c)
{
	return c->reset || c->state == LEAT_TCP_CLOSED || c->state == LEAT_TCP_TIME_WAIT ||
		(c->state == NO_STATE && c->fin_in && c->fin_out);
}

/*
 * Does r begin a new connection on the tuple of c? A SYN with another number does, when the old
 * one is over or leat itself sends it; on an open one it is only a segment to be challenged.
 */
static bool
begins_new(const struct found *c, const struct trace_rec *r)
{
	bool syn = (r->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;

	switch (r->kind) {
	case TRACE_SEG_IN:
		return syn && is_over(c) && !(c->syn_in && r->seq == c->irs);
	case TRACE_SEG_OUT:
		return syn && (c->syn_out ? r->seq != c->iss : is_over(c));
	case TRACE_STATE:
		return is_over(c) && (r->to == LEAT_TCP_SYN_SENT || r->to == LEAT_TCP_SYN_RECEIVED) &&
			r->from != LEAT_TCP_SYN_SENT;
	default:
		return false;
	}
}

static struct found *
begin(struct sorter *s, struct found **at)
{
	if (s->n == s->room) {
		size_t room = s->room ? 2 * s->room : 64;
		struct found **list = realloc(s->list, room * sizeof(*list));
		if (list == NULL)
			return NULL;
		s->list = list;
		s->room = room;
	}
	struct found *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	c->state = NO_STATE;
	c->conn.captured = s->captured;
	c->older = *at;
	*at = c;
	s->list[s->n++] = c;
	return c;
}

static int
append(struct found *c, const struct trace_rec *r)
{
	if (c->conn.n == c->room) {
		size_t room = c->room ? 2 * c->room : 16;
		const struct trace_rec **recs = realloc(c->conn.recs, room * sizeof(*recs));
		if (recs == NULL)
			return -1;
		c->conn.recs = recs;
		c->room = room;
	}
	c->conn.recs[c->conn.n++] = r;
	if (r->kind == TRACE_STATE) {
		c->state = r->to;
	} else if (r->kind != TRACE_NOTE) {
		c->reset |= (r->flags & TCP_RST) != 0;
		if (r->flags & TCP_FIN)
			*(r->kind == TRACE_SEG_IN ? &c->fin_in : &c->fin_out) = true;
		if ((r->flags & TCP_SYN) && r->kind == TRACE_SEG_IN) {
			c->syn_in = true;
			c->irs = r->seq;
		} else if (r->flags & TCP_SYN) {
			c->syn_out = true;
			c->iss = r->seq;
		}
	}
	return 0;
}

static void
sort_in(struct sorter *s, const struct trace_rec *r)
{
	/* Empty: a place in the ring that could not be copied in time. */
	if (r->tuple.len == 0 || !wanted(s->filter, s->captured, &r->tuple))
		return;
	struct found **at = bucket(s, &r->tuple), *c = look_up(*at, &r->tuple);

	if (c == NULL || begins_new(c, r)) {
		c = begin(s, at);
	} else if (r->kind == TRACE_STATE && r->from == LEAT_TCP_TIME_WAIT && c->state == NO_STATE) {
		/* RFC 6191: the SYN that reopens comes first, then the end of the entry it replaces. */
		struct found *old = look_up(c->older, &r->tuple);
		if (old != NULL && old->state == LEAT_TCP_TIME_WAIT)
			c = old;
	}
	if (c == NULL || append(c, r) < 0)
		s->no_memory = true;
}

static void
sort_all(struct sorter *s, const struct trace *trace)
{
	uint64_t first = trace->written > trace->size ? trace->written - trace->size : 0;

	for (uint64_t i = first; i < trace->written && !s->no_memory; i++)
		sort_in(s, &trace->recs[i % trace->size]);
}

static struct tuple
turned(const struct tuple *t)
{
	struct leat_endpoint local, remote;
	struct tuple other;

	tuple_read(t->key, t->len, &local, &remote);
	memset(&other, 0, sizeof(other));
	tuple_make(&other, &remote.addr, remote.port, &local.addr, local.port);
	return other;
}

/*
 * A capture has no side of its own: each segment comes as one that its sender, the local side, sent. Here who
 * opened the connection becomes the local side of all its segments.
 */
static void
orient(struct sorter *s, struct trace_rec *r)
{
	const struct tuple other = turned(&r->tuple);

	if (look_up(*bucket(s, &r->tuple), &r->tuple) != NULL)
		return;
	if (look_up(*bucket(s, &other), &other) == NULL && (r->flags & (TCP_SYN | TCP_ACK)) != (TCP_SYN | TCP_ACK))
		return;
	r->tuple = other;
	r->kind = TRACE_SEG_IN;
}

static void
draw_all(const struct sorter *s, FILE *to)
{
	size_t first = 0;

	if (s->no_memory)
		fprintf(to, "no memory to sort all of it; the newest records are missing here\n");
	if (s->filter != NULL && s->filter->last != 0 && s->filter->last < s->n)
		first = s->n - s->filter->last;
	if (s->n == 0)
		fprintf(to, "no connection%s in the %s\n",
			s->filter != NULL && s->filter->remote != NULL ? " with this peer" : "",
			s->captured ? "capture" : "trace");
	else
		ladder_legend(s->captured, to);
	for (size_t i = first; i < s->n; i++) {
		if (i > first)
			fputc('\n', to);
		ladder_draw(&s->list[i]->conn, to);
	}
}

static void
free_sorter(struct sorter *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->list[i]->conn.recs);
		free(s->list[i]);
	}
	free(s->list);
	free(s);
}

void
ladder_print(const struct trace *trace, const struct ladder_filter *filter, FILE *to)
{
	struct sorter *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		fprintf(to, "no memory to sort the trace\n");
		return;
	}
	s->filter = filter;
	sort_all(s, trace);
	if (trace->written > trace->size)
		fprintf(to, "The trace keeps the newest %" PRIu32 " records; %" PRIu64 " older ones are gone.\n",
			trace->size, trace->written - trace->size);
	draw_all(s, to);
	free_sorter(s);
}

void
ladder_print_capture(struct capture *capture, const struct ladder_filter *filter, FILE *to)
{
	struct sorter *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		fprintf(to, "no memory to sort the capture\n");
		return;
	}
	s->filter = filter;
	s->captured = true;
	for (size_t i = 0; i < capture->n && !s->no_memory; i++) {
		orient(s, &capture->recs[i].rec);
		sort_in(s, &capture->recs[i].rec);
	}
	draw_all(s, to);
	free_sorter(s);
}
