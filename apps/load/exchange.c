/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Connections over TCP that ask and are answered, by HTTP or with raw bytes: the modes handshake, request,
 * keepalive and hold.
 */
#include <errno.h>
#include <string.h>
#include "exchange.h"
#include "over_tcp.h"

/* Most connections are never told what was acknowledged: only one whose request waits for memory wants to know. */
static const struct leat_tcp_events events, short_events;

/* All went well: FIN, and then its end is waited for. */
static void
hang_up(struct gen *g, struct slot *s)
{
	gen_closing(g, s);
	if (g->plan->reset)
		leat_tcp_abort(s->conn);
	else
		leat_tcp_close(s->conn);
}

/* Sends what is left of the newest request. What leat has no memory for now is sent when it has: it says so then. */
static void
push(struct gen *g, struct slot *s)
{
	const struct target *t = &g->plan->targets[s->target];
	ssize_t n = leat_tcp_send(s->conn, t->request + t->request_len - s->unsent, s->unsent);

	if (n < 0) {
		gen_fail(g, s, failure_of((int)-n));
		return;
	}
	g->tally.bytes_out += (size_t)n;
	s->unsent -= (uint32_t)n;
	leat_tcp_set_events(s->conn, s->unsent > 0 ? &short_events : &events);
}

static void
ask(struct gen *g, struct slot *s, uint64_t due)
{
	const struct target *t = &g->plan->targets[s->target];
	ssize_t n = leat_tcp_send(s->conn, t->request, t->request_len);

	gen_asked(g, s, due);
	g->tally.bytes_out += n > 0 ? (size_t)n : 0;
	if (n != (ssize_t)t->request_len) {
		s->unsent = (uint32_t)t->request_len - (n > 0 ? (uint32_t)n : 0);
		push(g, s); /* takes no more now, but sees to the rest, or says why there is no use in it */
	}
	if (s->waiting >= g->plan->pipeline || s->unsent > 0)
		gen_not_ready(g, s);
}

/* The peer ended what it should not have ended yet. */
static void
lose(struct gen *g, struct slot *s)
{
	gen_count_failure(g, s, FAIL_CUT);
	hang_up(g, s);
	gen_state(g, s, SLOT_FAILED);
}

/* An answer is complete, or the connection new: what now? */
static void
go_on(struct gen *g, struct slot *s)
{
	bool over = g->phase >= GEN_DRAIN || g->quota == 0, ends = over || s->last;

	if (s->last && !over && g->plan->mode == LOAD_HOLD) {
		lose(g, s); /* it was to be held */
	} else if (ends && s->waiting == 0) {
		hang_up(g, s);
	} else if (ends) {
		gen_not_ready(g, s);
	} else if (g->ask_rate > 0 || g->plan->mode == LOAD_HOLD) {
		if (s->unsent == 0 && s->waiting < g->plan->pipeline)
			gen_ready(g, s);
	} else {
		while (s->state == SLOT_OPEN && s->waiting < g->plan->pipeline && s->unsent == 0 && gen_take_quota(g))
			ask(g, s, g->now);
	}
}

static void
on_open(struct leat_conn *conn, void *user)
{
	struct slot *s = user;
	struct gen *g = gen_of(s);

	(void)conn;
	if (s->state != SLOT_OPENING)
		return;
	gen_opened(g, s);
	switch (g->plan->mode) {
	case LOAD_HANDSHAKE:
		/* A RST in the place of the handshake's last ACK would leave the server without a connection. */
		if (g->plan->reset)
			gen_ready(g, s);
		else
			hang_up(g, s);
		break;
	case LOAD_REQUEST:
		ask(g, s, s->begun);
		break;
	default:
		go_on(g, s);
		break;
	}
}

/* One answer is complete. */
static void
answered(struct gen *g, struct slot *s)
{
	s->reading = READING_HEAD;
	s->last |= leat_rx_ended(leat_tcp_rx(s->conn));
	gen_answered(g, s);
	if (g->plan->mode != LOAD_REQUEST) {
		go_on(g, s);
	} else if (g->plan->raw) {
		hang_up(g, s);
	} else {
		/* The server ends it, as it was asked to: so the TIME-WAIT is there. */
		s->last = true;
	}
}

static void
on_data(struct leat_conn *conn, struct leat_rx *rx, void *user)
{
	struct slot *s = user;
	struct gen *g = gen_of(s);
	size_t size;

	s->moved = g->now;
	while (s->state == SLOT_OPEN && (size = leat_rx_size(rx)) > 0) {
		if (s->waiting == 0) {
			gen_fail(g, s, FAIL_ANSWER); /* nobody asked */
			return;
		}
		enum answer a = answer_take(g, s, conn, rx);
		g->tally.bytes_in += size - leat_rx_size(rx);
		if (a == ANSWER_BAD)
			gen_fail(g, s, FAIL_ANSWER);
		else if (a == ANSWER_DONE)
			answered(g, s);
		else if (size == leat_rx_size(rx))
			break; /* more of the head is to come */
	}
	if (s->state == SLOT_OPEN && leat_rx_size(rx) > 0 && leat_rx_ended(rx))
		gen_fail(g, s, FAIL_CUT); /* or is not */
}

static void
on_peer_closed(struct leat_conn *conn, void *user)
{
	struct slot *s = user;
	struct gen *g = gen_of(s);

	s->moved = g->now;
	if (s->state != SLOT_OPEN) {
		leat_tcp_close(conn);
		return;
	}
	if (s->reading == READING_CLOSE)
		answered(g, s);
	if (s->state != SLOT_OPEN)
		return;
	/* A server may end a kept connection whenever nothing is under way, but not one that is to be held. */
	if ((s->waiting > 0 && !s->last) || (g->plan->mode == LOAD_HOLD && g->phase < GEN_DRAIN)) {
		lose(g, s);
		return;
	}
	if (s->waiting > 0 && g->quota != UINT64_MAX)
		g->quota += s->waiting; /* sent behind the last one that it would answer: to be asked again */
	hang_up(g, s);
}

static void
on_closed(struct leat_conn *conn, int reason, void *user)
{
	struct slot *s = user;
	struct gen *g = gen_of(s);

	(void)conn;
	if (s->state == SLOT_CLOSING && (reason == 0 || (reason == ECONNABORTED && g->plan->reset))) {
		if (g->plan->mode == LOAD_HANDSHAKE)
			gen_time(g, &g->times.whole, s->begun);
		g->tally.ended++;
	} else if (s->state != SLOT_FAILED) {
		gen_count_failure(g, s, failure_of(reason));
	}
	gen_free(g, s);
}

static void
on_sent(struct leat_conn *conn, size_t acked, void *user)
{
	struct slot *s = user;
	struct gen *g = gen_of(s);

	(void)conn;
	(void)acked;
	if (s->state != SLOT_OPEN)
		return;
	s->moved = g->now;
	push(g, s);
	if (s->state == SLOT_OPEN && s->unsent == 0 && g->plan->mode != LOAD_REQUEST)
		go_on(g, s);
}

static const struct leat_tcp_events events = {
	.on_open = on_open,
	.on_data = on_data,
	.on_peer_closed = on_peer_closed,
	.on_closed = on_closed,
};

static const struct leat_tcp_events short_events = {
	.on_open = on_open,
	.on_data = on_data,
	.on_sent = on_sent,
	.on_peer_closed = on_peer_closed,
	.on_closed = on_closed,
};

static int
open_one(struct gen *g, struct slot *s)
{
	return over_tcp_open(g, s, &events);
}

const struct speech exchange_speech = {open_one, ask, hang_up, over_tcp_abort};
