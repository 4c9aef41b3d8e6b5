/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>
#include <rte_common.h>
#include "conn.h"
#include "http.h"
#include "reply.h"
#include "server.h"

enum {
	REF_MAX = 1 << 30, /* bytes that leat_tcp_send_ref() takes at most */
	PEEK_MAX = 8,      /* pieces of received data that are looked at at once */
};

/* How long a refused client may go on sending before it is cut off: RFC 9112 9.6. */
static const uint64_t LINGER_NS = 2000000000;

/* A head that came in pieces. It is copied, so that a slow client holds no packet buffers. */
struct inbox {
	struct http_parser parser;
	uint32_t len;
	char data[HTTP_HEAD_MAX];
};

struct conn {
	struct sweep_node node;  /* first; its deadline is when the connection is given up */
	struct server *server;
	struct leat_conn *tcp;
	struct inbox *inbox;     /* NULL: no head is half read */
	struct file *file;       /* of the last reply, until all of it is acknowledged */
	uint64_t at, end;        /* the part of it that is not queued yet */
	uint64_t in_flight;      /* bytes queued and not acknowledged */
	uint32_t skip;           /* bytes of a request's body that are still to be thrown away */
	bool closing;            /* no request is read any more: the reply underway is the last */
	bool refused;            /* the last reply refuses: the client may still be sending */
	bool lingering;          /* our FIN is queued, what the client sends is thrown away */
	bool peer_closed;
	bool closed;             /* leat_tcp_close() or leat_tcp_abort() was called */
};

static void
touch(struct conn *c)
{
	if (!c->lingering)
		c->node.deadline = leat_core_now(c->server->core) + c->server->idle_timeout;
}

static void
drop_inbox(struct conn *c)
{
	free(c->inbox);
	c->inbox = NULL;
}

static void
drop_file(struct conn *c)
{
	if (c->file != NULL)
		file_release(c->file);
	c->file = NULL;
	c->at = c->end = 0;
}

/* The client is told so by RST: what it got is not what it was promised, or it takes nothing. */
static void
cut(struct conn *c)
{
	c->closed = true;
	leat_tcp_abort(c->tcp);
}

static void
close_now(struct conn *c)
{
	drop_inbox(c);
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
	drop_inbox(c);
	leat_tcp_shutdown(c->tcp);
	leat_tcp_consume(c->tcp, leat_rx_size(leat_tcp_rx(c->tcp)));
	c->lingering = true;
	sweep_file(&c->server->sweep, &c->node, leat_core_now(c->server->core) + LINGER_NS);
}

/* No request and no reply is underway; what is queued need not be acknowledged yet. */
static bool
is_idle(const struct conn *c)
{
	return c->inbox == NULL && c->at == c->end && c->skip == 0;
}

/* Queues what is left of the body; false: the send buffer is full. */
static bool
push_body(struct conn *c)
{
	while (c->at < c->end) {
		size_t n = RTE_MIN(c->end - c->at, (uint64_t)REF_MAX);

		file_hold(c->file);
		ssize_t sent = leat_tcp_send_ref(c->tcp, c->file->data + c->at, n, file_release, c->file);
		if (sent <= 0) {
			file_release(c->file);
			return false; /* or the connection has ended: on_closed comes */
		}
		c->at += (uint64_t)sent;
		c->in_flight += (uint64_t)sent;
	}
	return true;
}

static void
write_log(struct conn *c, const struct reply *r, const char *line, size_t len)
{
	struct leat_endpoint remote;

	leat_tcp_remote(c->tcp, &remote);
	struct log_entry e = {
		.client = remote.addr,
		.at = c->server->date_at,
		.line = line,
		.len = len,
		.status = r->status,
		.bytes = r->head_only ? 0 : r->length,
	};
	log_request(c->server->log, &e);
}

/* Queues a reply, as far as the send buffer takes it. There is room for REPLY_MAX bytes. */
static void
start_reply(struct conn *c, struct reply *r)
{
	char out[REPLY_MAX];
	uint64_t body;

	r->close |= c->server->draining;
	size_t len = reply_write(r, server_date(c->server), out, &body);
	ssize_t sent = leat_tcp_send(c->tcp, out, len);
	if (sent > 0)
		c->in_flight += (uint64_t)sent;
	c->server->requests++;
	drop_file(c);
	c->file = r->file;
	c->at = r->first;
	c->end = r->first + body;
	c->closing = r->close;
	c->refused = r->refused;
	if (body == 0)
		drop_file(c);
}

static void
refuse(struct conn *c, int status)
{
	struct reply r;

	drop_inbox(c);
	reply_refuse(&r, status);
	start_reply(c, &r);
	if (c->server->log != NULL)
		write_log(c, &r, NULL, 0);
}

static void
answer(struct conn *c, const struct http_request *req, const char *head)
{
	struct server *s = c->server;
	struct reply r;

	reply_to(&r, &s->site, req, head, leat_core_now(s->core));
	if (!r.refused)
		c->skip = (uint32_t)req->content_length;
	start_reply(c, &r);
	if (s->log != NULL)
		write_log(c, &r, head + req->line.at, req->line.len);
}

/* Copies what has arrived behind what the inbox has, without consuming it; returns how much. */
static uint32_t
peek(struct inbox *in, const struct iovec *iov, int pieces)
{
	uint32_t copied = 0;

	for (int i = 0; i < pieces; i++) {
		uint32_t room = HTTP_HEAD_MAX - in->len - copied;
		uint32_t n = (uint32_t)RTE_MIN(iov[i].iov_len, (size_t)room);
		memcpy(in->data + in->len + copied, iov[i].iov_base, n);
		copied += n;
	}
	return copied;
}

/* A head that came in pieces: reads on, and answers it when it is whole. */
static void
continue_head(struct conn *c, const struct iovec *iov, int pieces)
{
	struct inbox *in = c->inbox;
	uint32_t had = in->len;
	uint32_t copied = peek(in, iov, pieces);

	in->len += copied;
	int n = http_parse(&in->parser, in->data, in->len);
	if (n < 0) {
		refuse(c, -n);
		return;
	}
	leat_tcp_consume(c->tcp, n > 0 ? (uint32_t)n - had : copied);
	if (n == 0)
		return;
	answer(c, &in->parser.request, in->data);
	drop_inbox(c);
}

static bool
begin_inbox(struct conn *c)
{
	c->inbox = malloc(sizeof(*c->inbox));
	if (c->inbox == NULL)
		return false;
	c->inbox->len = 0;
	http_parser_init(&c->inbox->parser);
	return true;
}

/* Reads on, and answers a request when it is whole; false: nothing is there to read. */
static bool
next_request(struct conn *c)
{
	struct iovec iov[PEEK_MAX];
	struct http_parser parser;

	int pieces = leat_rx_iov(leat_tcp_rx(c->tcp), iov, PEEK_MAX);
	if (pieces == 0)
		return false;
	if (c->inbox != NULL) {
		continue_head(c, iov, pieces);
		return true;
	}

	/* Nearly always a whole request is in one packet: it is read where it lies. */
	http_parser_init(&parser);
	int n = http_parse(&parser, iov[0].iov_base, iov[0].iov_len);
	if (n < 0) {
		refuse(c, -n);
	} else if (n > 0) {
		answer(c, &parser.request, iov[0].iov_base);
		leat_tcp_consume(c->tcp, (size_t)n);
	} else if (begin_inbox(c)) {
		continue_head(c, iov, pieces);
	} else {
		refuse(c, 503);
	}
	return true;
}

/* Throws away the body of the last request; false: more of it must come. */
static bool
skip_body(struct conn *c)
{
	size_t n = RTE_MIN((size_t)c->skip, leat_rx_size(leat_tcp_rx(c->tcp)));

	leat_tcp_consume(c->tcp, n);
	c->skip -= (uint32_t)n;
	return c->skip == 0;
}

/* Does what can be done now: finishes the reply, then reads and answers requests while there is room. */
static void
serve(struct conn *c)
{
	for (;;) {
		if (!push_body(c))
			return;
		if (c->closing) {
			finish(c);
			return;
		}
		if (!skip_body(c) || leat_tcp_room(c->tcp) < REPLY_MAX)
			break;
		if (!next_request(c))
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
	c->server->bytes += acked;
	c->in_flight -= acked;
	if (c->file != NULL && c->file->torn) {
		cut(c);
		return;
	}
	touch(c);
	if (!c->closed && !c->lingering)
		serve(c);
	if (c->in_flight == 0 && c->at == c->end)
		drop_file(c);
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
	drop_inbox(c);
	drop_file(c);
	free(c);
	s->open--;
	if (s->draining && s->open == 0)
		leat_stop(s->leat);
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
	struct server *s = user;
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		leat_tcp_abort(tcp);
		return;
	}
	c->server = s;
	c->tcp = tcp;
	s->connections++;
	s->open++;
	sweep_file(&s->sweep, &c->node, leat_core_now(s->core) + s->idle_timeout);
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
	if (c->in_flight > 0 || c->at < c->end)
		cut(c);
	else if (!c->closed)
		close_now(c);
}

void
conn_drain(struct sweep_node *n)
{
	struct conn *c = (struct conn *)n;

	if (!c->closed && !c->lingering && is_idle(c) && leat_rx_size(leat_tcp_rx(c->tcp)) == 0)
		close_now(c);
}
