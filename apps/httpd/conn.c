/* SPDX-License-Identifier: BSD-3-Clause */
/* A connection's events and its life. */
#include <stdlib.h>
#include "conn.h"
#include "conn_parts.h"

/* How long a refused client may go on sending before it is cut off: RFC 9112 9.6. */
static const uint64_t LINGER_NS = 2000000000;

static void
file_idle(struct conn *c)
{
	struct server *s = c->server;

	sweep_file(&s->sweep, &c->node, leat_core_now(s->core) + s->all->idle_timeout);
}

static void
touch(struct conn *c)
{
	if (!c->lingering && !c->stalled)
		c->node.deadline = leat_core_now(c->server->core) + c->server->all->idle_timeout;
}

void
conn_cut(struct conn *c)
{
	c->closed = true;
	leat_tcp_abort(c->tcp);
}

static void
close_now(struct conn *c)
{
	conn_drop_inbox(c);
	leat_tcp_consume(c->tcp, leat_rx_size(leat_tcp_rx(c->tcp)));
	c->closed = true;
	leat_tcp_close(c->tcp);
}

/*
 * The last reply is queued. FIN goes with it; but whoever was refused may be in the middle of
 * sending, and data after close is answered by RST, which could overtake the reply in the client.
 */
static void
finish(struct conn *c)
{
	if (!c->refused || c->peer_closed) {
		close_now(c);
		return;
	}
	conn_drop_inbox(c);
	leat_tcp_shutdown(c->tcp);
	leat_tcp_consume(c->tcp, leat_rx_size(leat_tcp_rx(c->tcp)));
	c->lingering = true;
	sweep_file(&c->server->sweep, &c->node, leat_core_now(c->server->core) + LINGER_NS);
}

/* No request and no reply is underway; what is queued need not be acknowledged yet. */
static bool
is_idle(const struct conn *c)
{
	return c->inbox == NULL && c->rest == NULL && c->at == c->end && c->skip == 0;
}

/*
 * What the stack has no buffers for now is tried again soon, in a line of our own: on_sent would tell
 * only those whose reply was refused, and behind them stand others whose request was not read yet.
 */
static void
stall(struct conn *c)
{
	if (!c->stalled)
		server_retry(c->server, &c->node);
	c->stalled = true;
}

/* Does what can be done now: finishes the reply, then reads and answers requests while there is room. */
static void
serve(struct conn *c)
{
	for (;;) {
		int rc = conn_push(c);
		if (c->closed)
			return;
		if (rc < 0) {
			close_now(c); /* the connection has ended: on_closed comes */
			return;
		}
		if (rc == 0) {
			if (c->in_flight == 0)
				stall(c);
			return;
		}
		if (c->closing) {
			finish(c);
			return;
		}
		if (!conn_skip_body(c) || leat_tcp_room(c->tcp) < REPLY_MAX)
			break;
		if (c->server->retrying && leat_rx_size(leat_tcp_rx(c->tcp)) > 0) {
			stall(c); /* others wait for memory already: in turn, or some would starve */
			return;
		}
		if (!conn_read(c))
			break;
	}
	/* A client that has half-closed gets its answers; after them nothing whole can come. */
	if (leat_rx_size(leat_tcp_rx(c->tcp)) == 0 &&
		(c->peer_closed || (c->server->draining && is_idle(c))))
		close_now(c);
}

static void
on_data(struct leat_conn *tcp, struct leat_rx *rx, void *user)
{
	struct conn *c = user;

	if (c->lingering) {
		leat_tcp_consume(tcp, leat_rx_size(rx));
		return;
	}
	touch(c);
	serve(c);
}

static void
on_sent(struct leat_conn *tcp, size_t acked, void *user)
{
	struct conn *c = user;

	(void)tcp;
	if (acked == 0 && c->stalled)
		return; /* in its turn */
	c->server->bytes += acked;
	c->in_flight -= acked;
	if (c->file != NULL && c->file->torn) {
		conn_cut(c);
		return;
	}
	touch(c);
	if (!c->closed && !c->lingering)
		serve(c);
	if (c->in_flight == 0 && is_idle(c))
		conn_drop_reply(c);
}

static void
on_peer_closed(struct leat_conn *tcp, void *user)
{
	struct conn *c = user;

	(void)tcp;
	c->peer_closed = true;
	if (c->lingering)
		close_now(c);
	else
		serve(c);
}

static void
on_closed(struct leat_conn *tcp, int reason, void *user)
{
	struct conn *c = user;
	struct server *s = c->server;

	(void)tcp;
	(void)reason;
	sweep_remove(&c->node);
	conn_drop_inbox(c);
	conn_drop_reply(c);
	free(c);
	s->open--;
	server_ended(s);
}

static const struct leat_tcp_events events = {
	.on_data = on_data,
	.on_sent = on_sent,
	.on_peer_closed = on_peer_closed,
	.on_closed = on_closed,
};

static void
on_open(struct leat_conn *tcp, void *user)
{
	struct servers *all = user;
	struct server *s = &all->of_core[leat_core_id(leat_tcp_core(tcp))];
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		leat_tcp_abort(tcp);
		return;
	}
	c->server = s;
	c->tcp = tcp;
	s->connections++;
	s->open++;
	file_idle(c);
	leat_tcp_set_user(tcp, c);
	leat_tcp_set_events(tcp, &events);
	/* Replies are whole when they are queued, and leave once a turn: Nagle could only delay their ends. */
	leat_tcp_set(tcp, LEAT_TCP_NODELAY, 1);
}

static const struct leat_tcp_events accept_events = {.on_open = on_open};
const struct leat_tcp_events *const conn_accept = &accept_events;

void
conn_expired(struct sweep_node *n)
{
	struct conn *c = (struct conn *)n;

	/* A client that takes nothing for so long is not worth a FIN that it would not take either. */
	if (c->in_flight > 0 || c->rest != NULL || c->at < c->end)
		conn_cut(c);
	else if (!c->closed)
		close_now(c);
}

void
conn_retry(struct sweep_node *n)
{
	struct conn *c = (struct conn *)n;

	c->stalled = false;
	file_idle(c);
	if (!c->closed)
		serve(c);
}

void
conn_drain(struct sweep_node *n)
{
	struct conn *c = (struct conn *)n;

	if (!c->closed && !c->lingering && is_idle(c) && leat_rx_size(leat_tcp_rx(c->tcp)) == 0)
		close_now(c);
}
