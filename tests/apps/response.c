/* SPDX-License-Identifier: BSD-3-Clause */
/* Responses: every kind of body, however the bytes are cut. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "get/response.h"

#define HEAD "HTTP/1.1 200 OK\r\n"
#define CHUNKED HEAD "Transfer-Encoding: chunked\r\n\r\n"

static struct response r;
static char body[256];
static size_t body_len;
static unsigned heads;

static void
on_head(void *arg, const char *head, size_t len)
{
	(void)arg;
	cr_assert(memcmp(head, "HTTP/1.", 7) == 0 && head[len - 1] == '\n');
	heads++;
}

static void
on_body(void *arg, const char *data, size_t len)
{
	(void)arg;
	cr_assert_leq(body_len + len, sizeof(body));
	memcpy(body + body_len, data, len);
	body_len += len;
}

static const struct response_events events = {on_head, on_body};

enum outcome { DONE, KEPT, CUT, BAD }; /* complete; and reusable; closed too early; refused */

struct row {
	const char *bytes;
	const char *body;
	enum outcome want;
	const char *rest; /* what belongs to the next response */
};

static const struct row rows[] = {
	{HEAD "Content-Length: 5\r\n\r\nhello", "hello", KEPT, ""},
	{HEAD "content-length:5 \r\n\r\nhelloHTTP", "hello", KEPT, "HTTP"},
	{HEAD "Content-Length: 0\r\n\r\nx", "", KEPT, "x"},
	{HEAD "Content-Length: 5\r\nConnection: close\r\n\r\nhello", "hello", DONE, ""},
	{"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", "hi", DONE, ""},
	{"HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: Keep-Alive\r\n\r\nhi", "hi", KEPT, ""},
	{"HTTP/1.1 200\nContent-Length: 2\n\nhi", "hi", KEPT, ""},
	{HEAD "\r\nto the end", "to the end", KEPT, ""},
	{HEAD "Connection: close\r\n\r\nto the end", "to the end", DONE, ""},
	{HEAD "Transfer-Encoding: gzip\r\nContent-Length: 1\r\n\r\nto the end", "to the end", KEPT, ""},
	{"HTTP/1.1 204 No Content\r\n\r\nx", "", KEPT, "x"},
	{"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "", KEPT, ""},
	{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nContent-Length: 7\r\n\r\n" HEAD
	 "Content-Length: 1\r\n\r\nx", "x", KEPT, ""},
	{CHUNKED "5\r\nhello\r\n0\r\n\r\nnext", "hello", KEPT, "next"},
	{CHUNKED "1\r\nh\r\n00a;q=\"x\"\r\n0123456789\r\n0;last\r\nTrailer: t\r\n\r\n", "h0123456789", KEPT, ""},
	{CHUNKED "A \r\n0123456789\r\n0\r\n\r\n", "0123456789", KEPT, ""},
	{CHUNKED "2\nhi\n0\n\n", "hi", KEPT, ""},
	{HEAD "Transfer-Encoding: gzip, Chunked\r\nContent-Length: 1\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "hi", KEPT, ""},

	{"", "", CUT, ""},
	{"HTTP/1.1 200 OK\r\n", "", CUT, ""},
	{HEAD "Content-Length: 5\r\n\r\nhell", "hell", CUT, ""},
	{CHUNKED "5\r\nhell", "hell", CUT, ""},
	{CHUNKED "5\r\nhello\r\n0\r\n", "hello", CUT, ""},

	{"\r\n\r\n", "", BAD, ""},
	{"SSH-2.0-OpenSSH\r\n\r\n", "", BAD, ""},
	{"HTTP/2 200\r\n\r\n", "", BAD, ""},
	{"HTTP/1.1 20 OK\r\n\r\n", "", BAD, ""},
	{"HTTP/1.1 2000 OK\r\n\r\n", "", BAD, ""},
	{"HTTP/1.1 101 Switching Protocols\r\n\r\n", "", BAD, ""},
	{HEAD "no colon\r\n\r\n", "", BAD, ""},
	{HEAD "Content-Length: -1\r\n\r\n", "", BAD, ""},
	{HEAD "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", "", BAD, ""},
	{CHUNKED "\r\n", "", BAD, ""},
	{CHUNKED "x\r\n", "", BAD, ""},
	{CHUNKED "1\r\nhello", "h", BAD, ""},
	{CHUNKED "1000000000000000\r\n", "", BAD, ""},
};

/* Feeds in two parts cut at cut; returns what came of it, *taken what belongs to the response. */
static enum outcome
feed_cut(const char *bytes, size_t len, size_t cut, size_t *taken)
{
	size_t part[2] = {cut, len - cut};

	body_len = heads = 0;
	*taken = 0;
	response_begin(&r, false, &events, NULL);
	for (int i = 0; i < 2; i++) {
		char *copy = malloc(part[i] ? part[i] : 1); /* a sanitizer sees looks beyond */
		memcpy(copy, bytes + (i ? cut : 0), part[i]);
		ssize_t n = response_feed(&r, copy, part[i]);
		free(copy);
		if (n < 0) {
			cr_assert_eq(n, -EBADMSG);
			return BAD;
		}
		*taken += (size_t)n;
	}
	if (r.state != RESPONSE_DONE && response_end(&r) < 0)
		return CUT;
	return response_reusable(&r) ? KEPT : DONE;
}

Test(response, each_row_at_every_cut)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		size_t len = strlen(row->bytes), taken;

		for (size_t cut = 0; cut <= len; cut++) {
			enum outcome got = feed_cut(row->bytes, len, cut, &taken);
			cr_assert_eq(got, row->want, "%s\ncut at %zu: %d, not %d", row->bytes, cut, got, row->want);
			cr_assert_eq(body_len, strlen(row->body), "%s\ncut at %zu: %zu bytes", row->bytes, cut, body_len);
			cr_assert_eq(memcmp(body, row->body, body_len), 0);
			if (got != BAD)
				cr_assert_eq(taken, len - strlen(row->rest), "%s", row->bytes);
		}
	}
}

Test(response, interim_heads_are_shown_and_do_not_count)
{
	size_t taken;

	feed_cut(rows[12].bytes, strlen(rows[12].bytes), 0, &taken);
	cr_assert_eq(heads, 3);
	cr_assert_eq(r.status, 200);
}

Test(response, to_head_there_is_no_body)
{
	static const char bytes[] = HEAD "Content-Length: 5\r\n\r\n";

	response_begin(&r, true, &events, NULL);
	cr_assert_eq(response_feed(&r, bytes, sizeof(bytes) - 1), sizeof(bytes) - 1);
	cr_assert_eq(r.state, RESPONSE_DONE);
	cr_assert(response_reusable(&r));
}

Test(response, endless_heads_and_trailers_are_refused)
{
	ssize_t n;

	response_begin(&r, false, &events, NULL);
	do
		n = response_feed(&r, "X: y\r\n", 6);
	while (n == 6);
	cr_assert_eq(n, -EMSGSIZE);

	response_begin(&r, false, &events, NULL);
	cr_assert_gt(response_feed(&r, CHUNKED "0\r\n", strlen(CHUNKED "0\r\n")), 0);
	int lines = 0;
	while ((n = response_feed(&r, "X: y\r\n", 6)) == 6)
		lines++;
	cr_assert_eq(n, -EBADMSG);
	cr_assert_lt(lines, 20000);
}
