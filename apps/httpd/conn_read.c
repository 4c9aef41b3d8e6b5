/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests, out of what has arrived. */
#include <stdlib.h>
#include <string.h>
#include <rte_common.h>
#include "conn_parts.h"

enum { PEEK_MAX = 8 }; /* pieces of received data that are looked at at once */

void
conn_drop_inbox(struct conn *c)
{
	free(c->inbox);
	c->inbox = NULL;
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
		conn_refuse(c, -n);
		return;
	}
	leat_tcp_consume(c->tcp, n > 0 ? (uint32_t)n - had : copied);
	if (n == 0)
		return;
	conn_answer(c, &in->parser.request, in->data);
	conn_drop_inbox(c);
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

bool
conn_read(struct conn *c)
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
		conn_refuse(c, -n);
	} else if (n > 0) {
		conn_answer(c, &parser.request, iov[0].iov_base);
		leat_tcp_consume(c->tcp, (size_t)n);
	} else if (begin_inbox(c)) {
		continue_head(c, iov, pieces);
	} else {
		conn_refuse(c, 503);
	}
	return true;
}

bool
conn_skip_body(struct conn *c)
{
	size_t n = RTE_MIN((size_t)c->skip, leat_rx_size(leat_tcp_rx(c->tcp)));

	leat_tcp_consume(c->tcp, n);
	c->skip -= (uint32_t)n;
	return c->skip == 0;
}
