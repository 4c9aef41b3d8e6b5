/* SPDX-License-Identifier: BSD-3-Clause */
/* What leat-load reads of a response's head. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "load/head.h"

static struct head h;

/* Parses a copy of exactly this size, so that a byte read behind it is seen. */
static ssize_t
parse(const char *text)
{
	size_t len = strlen(text);
	char *copy = malloc(len + (len == 0));
	memcpy(copy, text, len);
	ssize_t n = head_parse(&h, copy, len);
	free(copy);
	return n;
}

Test(load_head, framings)
{
	static const struct {
		const char *text;
		uint16_t status;
		enum head_framing framing;
		uint64_t length;
		bool close;
	} cases[] = {
		{"HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n", 200, HEAD_LENGTH, 64, false},
		{"HTTP/1.1 200\r\ncontent-length:64 \r\n\r\n", 200, HEAD_LENGTH, 64, false},
		{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 200, HEAD_LENGTH, 0, true},
		{"HTTP/1.1 200 OK\r\nConnection: keep-alive, Close\r\nContent-Length: 5\r\n\r\n", 200, HEAD_LENGTH, 5, true},
		{"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", 200, HEAD_LENGTH, 5, true},
		{"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 5\r\n\r\n", 200, HEAD_LENGTH, 5, false},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200, HEAD_CHUNKED, 0, false},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\nContent-Length: 9\r\n\r\n", 200, HEAD_CHUNKED, 0, false},
		{"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n", 200, HEAD_CLOSE, 0, true},
		{"HTTP/1.1 200 OK\r\n\r\n", 200, HEAD_CLOSE, 0, true},
		{"HTTP/1.1 304 Not Modified\r\nContent-Length: 64\r\n\r\n", 304, HEAD_LENGTH, 0, false},
		{"HTTP/1.1 204 No Content\r\n\r\n", 204, HEAD_LENGTH, 0, false},
		{"HTTP/1.1 100 Continue\r\n\r\n", 100, HEAD_LENGTH, 0, false},
		{"HTTP/1.1 503 Busy\r\nContent-Length: 999999999999999999\r\n\r\n", 503, HEAD_LENGTH, 999999999999999999u, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_assert_eq(parse(cases[i].text), (ssize_t)strlen(cases[i].text), "%s", cases[i].text);
		cr_assert_eq(h.size, strlen(cases[i].text));
		cr_assert_eq(h.status, cases[i].status, "%s", cases[i].text);
		cr_assert_eq(h.framing, cases[i].framing, "%s", cases[i].text);
		cr_assert_eq(h.close, cases[i].close, "%s", cases[i].text);
		if (h.framing == HEAD_LENGTH)
			cr_assert_eq(h.length, cases[i].length, "%s", cases[i].text);
	}
}

Test(load_head, what_is_none)
{
	static const char *const bad[] = {"X", "HTTP/2", "SSH-2.0-x\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
		"HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999\r\n\r\n", "\r\n\r\n"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_assert_eq(parse(bad[i]), -EBADMSG, "%s", bad[i]);
}

/* However far it has come: not there yet, until it is. */
Test(load_head, arrives_byte_by_byte)
{
	static const char text[] = "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 64\r\n\r\nxxxx";
	size_t size = strlen(text) - 4;

	for (size_t n = 1; n < size; n++) {
		char *part = strndup(text, n);
		cr_assert_eq(parse(part), 0, "%zu", n);
		free(part);
	}
	cr_assert_eq(parse(text), (ssize_t)size);
}

Test(load_head, endless_is_none)
{
	static char text[HEAD_MAX + 1];

	memset(text, 'x', HEAD_MAX);
	memcpy(text, "HTTP/1.1 200 OK\r\nA: ", 20);
	text[HEAD_MAX - 1] = '\0';
	cr_assert_eq(parse(text), 0);
	text[HEAD_MAX - 1] = 'x';
	cr_assert_eq(parse(text), -EBADMSG);
}

/* The same bytes mean the same; one other byte and it is read anew. */
Test(load_head, is_recalled)
{
	static struct head_memory m;
	char a[] = "HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n", b[] = "HTTP/1.1 200 OK\r\nContent-Length: 65\r\n\r\n";
	const struct head *got;

	cr_assert_eq(head_recall(&m, &got, a, 10), 0);
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(head_recall(&m, &got, a, strlen(a)), (ssize_t)strlen(a));
		cr_assert_eq(got->length, 64);
		cr_assert_eq(head_recall(&m, &got, b, strlen(b)), (ssize_t)strlen(b));
		cr_assert_eq(got->length, 65);
		cr_assert_eq(head_recall(&m, &got, b, strlen(b) - 1), 0, "a part of it is not it");
		cr_assert_eq(head_recall(&m, &got, "FTP", 3), -EBADMSG);
	}
}

/* Of one that is too long to be kept only the bytes are not. */
Test(load_head, is_not_recalled_when_it_is_long)
{
	static struct head_memory m;
	static char text[HEAD_KEPT + 200];
	const struct head *got;

	memset(text, 'x', sizeof(text));
	memcpy(text, "HTTP/1.1 200 OK\r\nA: ", 20);
	memcpy(text + HEAD_KEPT + 100, "\r\nContent-Length: 7\r\n\r\n", 23);
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(head_recall(&m, &got, text, sizeof(text)), HEAD_KEPT + 123);
		cr_assert_eq(got->length, 7);
		text[HEAD_KEPT + 118] = '7';
	}
}
