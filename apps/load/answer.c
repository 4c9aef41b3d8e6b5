/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "exchange.h"

enum { PIECES = 16 };

/* The bytes of a head that lies in several pieces, one after another. */
static size_t
gather(struct leat_rx *rx, char *to, size_t max)
{
	struct iovec iov[PIECES];
	int pieces = leat_rx_iov(rx, iov, PIECES);
	size_t n = 0;

	for (int i = 0; i < pieces && n < max; i++) {
		size_t part = iov[i].iov_len < max - n ? iov[i].iov_len : max - n;
		memcpy(to + n, iov[i].iov_base, part);
		n += part;
	}
	return n;
}

/* Its size, 0 or -EBADMSG; most heads lie in one piece, and are read where they are. */
static ssize_t
read_head(struct gen *g, struct leat_rx *rx, const struct head **head)
{
	char whole[HEAD_MAX];
	struct iovec first;

	if (leat_rx_iov(rx, &first, 1) != 1)
		return 0;
	ssize_t n = head_recall(&g->head, head, first.iov_base, first.iov_len);
	if (n != 0 || first.iov_len == leat_rx_size(rx))
		return n;
	return head_recall(&g->head, head, whole, gather(rx, whole, sizeof(whole)));
}

static bool
begin_chunks(struct gen *g, struct slot *s)
{
	if (g->chunked == NULL)
		g->chunked = calloc(g->nb_slots, sizeof(*g->chunked));
	if (g->chunked == NULL)
		return false;
	chunked_init(&g->chunked[gen_index(g, s)]);
	s->reading = READING_CHUNKED;
	return true;
}

static enum answer
take_head(struct gen *g, struct slot *s, struct leat_conn *conn, struct leat_rx *rx)
{
	const struct head *head;

	if (s->reading == READING_HEAD)
		gen_first_byte(g, s);
	s->reading = READING_REST;
	ssize_t n = read_head(g, rx, &head);
	if (n <= 0)
		return n < 0 || leat_rx_size(rx) >= HEAD_MAX ? ANSWER_BAD : ANSWER_MORE;
	leat_tcp_consume(conn, (size_t)n);
	if (head->status < 200)
		return ANSWER_MORE; /* RFC 9110 15.2: interim, the answer follows */
	if (head->status >= 400)
		gen_count_failure(g, s, FAIL_STATUS);
	s->last |= head->close;
	s->left = head->length;
	s->reading = head->framing == HEAD_CLOSE ? READING_CLOSE : READING_LENGTH;
	if (head->framing == HEAD_CHUNKED && !begin_chunks(g, s))
		return ANSWER_BAD;
	return s->reading == READING_LENGTH && s->left == 0 ? ANSWER_DONE : ANSWER_MORE;
}

static enum answer
take_length(struct slot *s, struct leat_conn *conn, struct leat_rx *rx)
{
	size_t size = leat_rx_size(rx);
	size_t n = size < s->left ? size : (size_t)s->left;

	leat_tcp_consume(conn, n);
	s->left -= n;
	return s->left == 0 ? ANSWER_DONE : ANSWER_MORE;
}

static enum answer
take_chunks(struct gen *g, struct slot *s, struct leat_conn *conn, struct leat_rx *rx)
{
	struct chunked *c = &g->chunked[gen_index(g, s)];
	struct iovec iov;

	while (leat_rx_iov(rx, &iov, 1) == 1) {
		const char *at = iov.iov_base;
		size_t taken = 0, data;
		while (taken < iov.iov_len && c->state != CHUNK_DONE) {
			ssize_t n = chunked_next(c, at + taken, iov.iov_len - taken, &data);
			if (n < 0)
				return ANSWER_BAD;
			taken += (size_t)n;
		}
		leat_tcp_consume(conn, taken);
		if (c->state == CHUNK_DONE)
			return ANSWER_DONE;
	}
	return ANSWER_MORE;
}

static enum answer
take_raw(struct gen *g, struct slot *s, struct leat_conn *conn, struct leat_rx *rx)
{
	if (s->reading == READING_HEAD) {
		gen_first_byte(g, s);
		s->left = g->plan->response_size;
		s->reading = READING_LENGTH;
	}
	return take_length(s, conn, rx);
}

enum answer
answer_take(struct gen *g, struct slot *s, struct leat_conn *conn, struct leat_rx *rx)
{
	if (g->plan->raw)
		return take_raw(g, s, conn, rx);
	switch (s->reading) {
	case READING_HEAD:
	case READING_REST:
		return take_head(g, s, conn, rx);
	case READING_LENGTH:
		return take_length(s, conn, rx);
	case READING_CHUNKED:
		return take_chunks(g, s, conn, rx);
	default:
		leat_tcp_consume(conn, leat_rx_size(rx));
		return ANSWER_MORE;
	}
}
