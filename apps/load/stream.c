/* SPDX-License-Identifier: BSD-3-Clause */
/* Bytes without end, one way: to a server that throws them away, or from one that only talks. */
#include <errno.h>
#include "over_tcp.h"

enum { BLOCK = 1 << 16 };

static void
keep(void *arg)
{
	(void)arg; /* what is sent by reference is never freed */
}

static void
fill(struct gen *g, struct slot *s)
{
	static const char block[BLOCK];
	ssize_t n;

	do {
		n = g->plan->reference ? leat_tcp_send_ref(s->conn, block, BLOCK, keep, NULL) :
			leat_tcp_send(s->conn, block, BLOCK);
	} while (n == BLOCK && leat_tcp_room(s->conn) > 0);
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
	gen_ready(g, s); /* it may be closed at any time */
	if (g->plan->up)
		fill(g, s);
}

static void
on_data(struct leat_conn *conn, struct leat_rx *rx, void *user)
{
	struct slot *s = user;
	struct gen *g = gen_of(s);

	if (!g->plan->up)
		s->moved = g->now;
	g->tally.bytes_in += leat_rx_size(rx);
	leat_tcp_consume(conn, leat_rx_size(rx));
}

static void
on_sent(struct leat_conn *conn, size_t acked, void *user)
{
	struct slot *s = user;
	struct gen *g = gen_of(s);

	(void)conn;
	s->moved = g->now;
	g->tally.bytes_out += acked;
	if (s->state == SLOT_OPEN && g->plan->up)
		fill(g, s);
}

static void
hang_up(struct gen *g, struct slot *s)
{
	gen_closing(g, s);
	leat_tcp_close(s->conn);
	/* The other side goes on talking: only a RST ends that. */
	if (!g->plan->up)
		leat_tcp_abort(s->conn);
}

static void
on_peer_closed(struct leat_conn *conn, void *user)
{
	struct slot *s = user;
	struct gen *g = gen_of(s);

	if (s->state != SLOT_OPEN)
		return;
	gen_closing(g, s);
	if (g->plan->up) {
		gen_count_failure(g, s, FAIL_CUT);
		gen_state(g, s, SLOT_FAILED);
	}
	leat_tcp_close(conn);
}

static void
on_closed(struct leat_conn *conn, int reason, void *user)
{
	struct slot *s = user;
	struct gen *g = gen_of(s);

	(void)conn;
	if (s->state == SLOT_CLOSING && (reason == 0 || reason == ECONNABORTED))
		g->tally.ended++;
	else if (s->state != SLOT_FAILED)
		gen_count_failure(g, s, failure_of(reason));
	gen_free(g, s);
}

static int
open_one(struct gen *g, struct slot *s)
{
	static const struct leat_tcp_events events = {
		.on_open = on_open,
		.on_data = on_data,
		.on_sent = on_sent,
		.on_peer_closed = on_peer_closed,
		.on_closed = on_closed,
	};

	return over_tcp_open(g, s, &events);
}

const struct speech stream_speech = {open_one, NULL, hang_up, over_tcp_abort};
