/* SPDX-License-Identifier: BSD-3-Clause */
/* Replies, into the send buffer. */
#include <stdlib.h>
#include <string.h>
#include <rte_common.h>
#include "conn_parts.h"

/*
 * Bytes of a file that are queued by one call: what one connection may have queued beyond its send
 * buffer. Each piece costs packet descriptors of a pool that all connections share.
 */
enum { PIECE_MAX = 192 << 10 };

void
conn_drop_reply(struct conn *c)
{
	free(c->rest);
	c->rest = NULL;
	if (c->file != NULL)
		file_release(c->file);
	c->file = NULL;
	c->at = c->end = 0;
}

/* The send buffer had room, but packet buffers ran out: the rest is kept until there are some. */
static void
keep_rest(struct conn *c, const char *at, size_t len)
{
	c->rest = malloc(sizeof(*c->rest) + len);
	if (c->rest == NULL) {
		conn_cut(c);
		return;
	}
	c->rest->len = (uint32_t)len;
	c->rest->at = 0;
	memcpy(c->rest->data, at, len);
}

static int
push_rest(struct conn *c)
{
	struct rest *r = c->rest;
	ssize_t sent = leat_tcp_send(c->tcp, r->data + r->at, r->len - r->at);

	if (sent < 0)
		return (int)sent;
	c->in_flight += (uint64_t)sent;
	r->at += (uint32_t)sent;
	if (r->at < r->len)
		return 0;
	free(r);
	c->rest = NULL;
	return 1;
}

int
conn_push(struct conn *c)
{
	int rc = c->rest != NULL ? push_rest(c) : 1;

	while (rc > 0 && c->at < c->end) {
		size_t n = RTE_MIN(c->end - c->at, (uint64_t)PIECE_MAX);

		file_hold(c->file);
		ssize_t sent = leat_tcp_send_ref(c->tcp, c->file->data + c->at, n, file_release, c->file);
		if (sent <= 0) {
			file_release(c->file);
			rc = (int)sent;
			break;
		}
		c->at += (uint64_t)sent;
		c->in_flight += (uint64_t)sent;
	}
	return rc;
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
	log_request(c->server->all->log, &e);
}

static void
start_reply(struct conn *c, struct reply *r)
{
	char out[REPLY_MAX];
	uint64_t body;

	r->close |= c->server->draining;
	size_t len = reply_write(r, server_date(c->server), out, &body);
	conn_drop_reply(c);
	c->server->requests++;
	c->closing = r->close;
	c->refused = r->refused;
	c->file = r->file;
	c->at = r->first;
	c->end = r->first + body;
	if (body == 0)
		conn_drop_reply(c);
	ssize_t sent = leat_tcp_send(c->tcp, out, len);
	if (sent < 0)
		return; /* conn_push() will be told the same */
	c->in_flight += (uint64_t)sent;
	if ((size_t)sent < len)
		keep_rest(c, out + sent, len - (size_t)sent);
}

void
conn_refuse(struct conn *c, int status)
{
	struct reply r;

	conn_drop_inbox(c);
	reply_refuse(&r, status);
	start_reply(c, &r);
	if (c->server->all->log != NULL)
		write_log(c, &r, NULL, 0);
}

void
conn_answer(struct conn *c, const struct http_request *req, const char *head)
{
	struct server *s = c->server;
	struct reply r;

	reply_to(&r, &s->site, req, head, leat_core_now(s->core));
	if (!r.refused)
		c->skip = (uint32_t)req->content_length;
	start_reply(c, &r);
	if (s->all->log != NULL)
		write_log(c, &r, head + req->line.at, req->line.len);
}
