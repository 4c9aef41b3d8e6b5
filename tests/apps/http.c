/* SPDX-License-Identifier: BSD-3-Clause */
/* The request parser: what it takes and what it refuses, however the bytes are cut. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "httpd/http.h"

#define HOST "Host: a\r\n"
#define END "\r\n"

/* want > 0: the method, plus one, of a complete head; want < 0: the refusal; 0: incomplete. */
struct row {
	const char *name;
	const char *head;
	int want;
};

enum { GET = HTTP_GET + 1, HEAD = HTTP_HEAD + 1, KNOWN = HTTP_KNOWN_METHOD + 1, OTHER = HTTP_OTHER_METHOD + 1 };

static const struct row rows[] = {
	{"plain", "GET / HTTP/1.1\r\n" HOST END, GET},
	{"head", "HEAD / HTTP/1.1\r\n" HOST END, HEAD},
	{"method that files cannot answer", "POST / HTTP/1.1\r\n" HOST END, KNOWN},
	{"method of any name", "BREW / HTTP/1.1\r\n" HOST END, OTHER},
	{"methods are case-sensitive", "get / HTTP/1.1\r\n" HOST END, OTHER},
	{"1.0 needs no host", "GET / HTTP/1.0\r\n" END, GET},
	{"a later minor version", "GET / HTTP/1.7\r\n" HOST END, GET},
	{"empty lines first", "\r\n\r\nGET / HTTP/1.1\r\n" HOST END, GET},
	{"bare LF as line end", "GET / HTTP/1.1\nHost: a\n\n", GET},
	{"an empty host", "GET / HTTP/1.1\r\nHost:\r\n" END, GET},
	{"a host with port", "GET / HTTP/1.1\r\nhOST: [2001:db8::1]:80 \r\n" END, GET},
	{"an empty field", "GET / HTTP/1.1\r\n" HOST "X:\r\n" END, GET},
	{"tabs and high bytes in a value", "GET / HTTP/1.1\r\n" HOST "X: a\tb\xff\r\n" END, GET},
	{"absolute-form", "GET http://a/ HTTP/1.1\r\n" HOST END, GET},
	{"the same length twice", "GET / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 3\r\n" END, GET},
	{"chunked", "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: , chunked\r\n" END, GET},

	{"nothing", "", 0},
	{"only an empty line", "\r\n", 0},
	{"no end of line", "GET / HTTP/1.1", 0},
	{"no end of head", "GET / HTTP/1.1\r\n" HOST, 0},
	{"CR of the end only", "GET / HTTP/1.1\r\n" HOST "\r", 0},

	{"no host", "GET / HTTP/1.1\r\n" END, -400},
	{"two hosts", "GET / HTTP/1.1\r\n" HOST HOST END, -400},
	{"two hosts in 1.0", "GET / HTTP/1.0\r\n" HOST HOST END, -400},
	{"a host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n" END, -400},
	{"a host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n" END, -400},
	{"no version", "GET /\r\n" END, -400},
	{"version in lower case", "GET / http/1.1\r\n" HOST END, -400},
	{"version without minor", "GET / HTTP/1\r\n" HOST END, -400},
	{"version of two digits", "GET / HTTP/1.10\r\n" HOST END, -400},
	{"no target", "GET  HTTP/1.1\r\n" HOST END, -400},
	{"two spaces", "GET  / HTTP/1.1\r\n" HOST END, -400},
	{"a tab for a space", "GET\t/ HTTP/1.1\r\n" HOST END, -400},
	{"space at the end", "GET / HTTP/1.1 \r\n" HOST END, -400},
	{"space in the target", "GET /a b HTTP/1.1\r\n" HOST END, -400},
	{"control byte in the target", "GET /\x01 HTTP/1.1\r\n" HOST END, -400},
	{"high byte in the target", "GET /\xe4 HTTP/1.1\r\n" HOST END, -400},
	{"space first", " GET / HTTP/1.1\r\n" HOST END, -400},
	{"CR inside the line", "GET / HTTP/1.1\r\r\n" HOST END, -400},
	{"a TLS hello", "\x16\x03\x01\x02", -400},
	{"separator in the method", "GE:T / HTTP/1.1\r\n" HOST END, -400},
	{"folded field", "GET / HTTP/1.1\r\n" HOST "X: a\r\n b\r\n" END, -400},
	{"space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n" END, -400},
	{"space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n" END, -400},
	{"no colon", "GET / HTTP/1.1\r\n" HOST "X\r\n" END, -400},
	{"no name", "GET / HTTP/1.1\r\n" HOST ": x\r\n" END, -400},
	{"control byte in a value", "GET / HTTP/1.1\r\n" HOST "X: a\x02\r\n" END, -400},
	{"CR in a value", "GET / HTTP/1.1\r\n" HOST "X: a\rb\r\n" END, -400},
	{"length is no number", "GET / HTTP/1.1\r\n" HOST "Content-Length: +3\r\n" END, -400},
	{"empty length", "GET / HTTP/1.1\r\n" HOST "Content-Length:\r\n" END, -400},
	{"list of lengths", "GET / HTTP/1.1\r\n" HOST "Content-Length: 3, 3\r\n" END, -400},
	{"length beyond 64 bits", "GET / HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551617\r\n" END, -400},
	{"two lengths", "GET / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 4\r\n" END, -400},
	{"length and chunked", "GET / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n" END, -400},
	{"chunked twice", "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, chunked\r\n" END, -400},
	{"chunked in 1.0", "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" END, -400},
	{"no coding", "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding:\r\n" END, -400},
	{"unknown coding", "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n" END, -501},
	{"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", -505},
	{"HTTP/0.9", "GET / HTTP/0.9\r\n" END, -505},
};

static int
outcome(const struct http_parser *p, int n)
{
	return n > 0 ? (int)p->request.method + 1 : n;
}

/* The first decision when the bytes come in two parts cut at `cut`. */
static int
parse_cut(const char *head, size_t len, size_t cut, struct http_parser *p, int *length)
{
	/* exact-size copies: a sanitizer sees any look beyond what has arrived */
	char *first = malloc(cut + 1), *all = malloc(len + 1);

	memcpy(first, head, cut);
	memcpy(all, head, len);
	first = realloc(first, cut ? cut : 1);
	http_parser_init(p);
	*length = http_parse(p, first, cut);
	if (*length == 0)
		*length = http_parse(p, all, len);
	free(first);
	free(all);
	return outcome(p, *length);
}

Test(http, each_row_at_every_cut)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = strlen(rows[i].head);
		struct http_parser p;
		int n;

		for (size_t cut = 0; cut <= len; cut++) {
			int got = parse_cut(rows[i].head, len, cut, &p, &n);
			cr_assert_eq(got, rows[i].want, "%s, cut at %zu of %zu: %d, not %d", rows[i].name,
				cut, len, got, rows[i].want);
			if (n > 0)
				cr_assert_eq((size_t)n, len, "%s: head of %d bytes", rows[i].name, n);
		}
	}
}

Test(http, each_row_byte_by_byte)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = strlen(rows[i].head);
		struct http_parser p;
		int n = 0;

		http_parser_init(&p);
		for (size_t have = 0; have <= len && n == 0; have++)
			n = http_parse(&p, rows[i].head, have);
		cr_assert_eq(outcome(&p, n), rows[i].want, "%s: %d", rows[i].name, outcome(&p, n));
	}
}

static void
expect_span(const char *head, struct http_span s, const char *want)
{
	cr_assert_eq(s.len, strlen(want));
	cr_assert_arr_eq(head + s.at, want, s.len, "%.*s, not %s", s.len, head + s.at, want);
}

Test(http, spans_point_into_the_head)
{
	static const char head[] =
		"\r\nGET /a?b HTTP/1.1\r\nHost:  h:80\t\r\nRANGE: bytes=0-1\r\nIf-Match: \"m\"\r\n"
		"if-none-match:\"n\"\r\nIf-Modified-Since: d\r\nIf-Unmodified-Since: u\r\nIf-Range: r\r\n"
		"Expect: 100-Continue\r\nContent-Length: 12\r\n\r\n";
	struct http_parser p;
	const struct http_request *r = &p.request;

	http_parser_init(&p);
	cr_assert_eq(http_parse(&p, head, sizeof(head) - 1), sizeof(head) - 1);
	expect_span(head, r->line, "GET /a?b HTTP/1.1");
	expect_span(head, r->target, "/a?b");
	expect_span(head, r->fields[HTTP_HOST], "h:80");
	expect_span(head, r->fields[HTTP_RANGE], "bytes=0-1");
	expect_span(head, r->fields[HTTP_IF_MATCH], "\"m\"");
	expect_span(head, r->fields[HTTP_IF_NONE_MATCH], "\"n\"");
	expect_span(head, r->fields[HTTP_IF_MODIFIED_SINCE], "d");
	expect_span(head, r->fields[HTTP_IF_UNMODIFIED_SINCE], "u");
	expect_span(head, r->fields[HTTP_IF_RANGE], "r");
	cr_assert(r->expects);
	cr_assert(!r->chunked);
	cr_assert_eq(r->content_length, 12);
}

Test(http, a_repeated_condition_is_void)
{
	static const char head[] = "GET / HTTP/1.1\r\n" HOST "Range: bytes=0-1\r\nRange: bytes=2-3\r\n\r\n";
	struct http_parser p;

	http_parser_init(&p);
	cr_assert_gt(http_parse(&p, head, sizeof(head) - 1), 0);
	cr_assert_eq(p.request.fields[HTTP_RANGE].at, 0);
}

/* RFC 9112 9.3 */
Test(http, persistence)
{
	static const struct {
		const char *head;
		bool keep;
	} cases[] = {
		{"GET / HTTP/1.1\r\n" HOST END, true},
		{"GET / HTTP/1.1\r\n" HOST "Connection: close\r\n" END, false},
		{"GET / HTTP/1.1\r\n" HOST "Connection: foo , CLOSE\r\n" END, false},
		{"GET / HTTP/1.1\r\n" HOST "Connection: close\r\nConnection: keep-alive\r\n" END, false},
		{"GET / HTTP/1.1\r\n" HOST "Connection: closed\r\n" END, true},
		{"GET / HTTP/1.0\r\n" END, false},
		{"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n" END, true},
		{"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n" END, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_parser p;

		http_parser_init(&p);
		cr_assert_gt(http_parse(&p, cases[i].head, strlen(cases[i].head)), 0);
		cr_assert_eq(p.request.keep_alive, cases[i].keep, "%s", cases[i].head);
		cr_assert_eq(p.request.minor, cases[i].head[13] - '0');
	}
}

Test(http, pipelined_heads_end_where_they_end)
{
	static const char one[] = "GET /1 HTTP/1.1\r\n" HOST END;
	char many[10 * sizeof(one)] = "";
	size_t at = 0;

	for (int i = 0; i < 10; i++)
		strcat(many, one);
	for (int i = 0; i < 10; i++) {
		struct http_parser p;

		http_parser_init(&p);
		int n = http_parse(&p, many + at, strlen(many) - at);
		cr_assert_eq(n, sizeof(one) - 1);
		at += (size_t)n;
	}
	cr_assert_eq(at, strlen(many));
}

/* A head whose request line has line_len bytes up to its LF and whose whole has head_len bytes. */
static char *
make_head(size_t line_len, size_t head_len)
{
	char *head = malloc(head_len);
	static const char tail[] = " HTTP/1.1\r\nHost: a\r\nX: ";

	memset(head, 'a', head_len);
	memcpy(head, "GET /", 5);
	memcpy(head + line_len - 10, tail, sizeof(tail) - 1);
	memcpy(head + head_len - 4, "\r\n\r\n", 4);
	return head;
}

Test(http, limits)
{
	static const struct {
		size_t line, head;
		int want;
	} cases[] = {
		{HTTP_LINE_MAX - 1, 9000, 9000},
		{HTTP_LINE_MAX, 9000, -414},
		{100, HTTP_HEAD_MAX, HTTP_HEAD_MAX},
		{100, HTTP_HEAD_MAX + 1, -431},
		{100, 4 * HTTP_HEAD_MAX, -431},
		{HTTP_HEAD_MAX + 100, 2 * HTTP_HEAD_MAX, -414},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *head = make_head(cases[i].line, cases[i].head);
		struct http_parser p;
		int n;

		http_parser_init(&p);
		cr_assert_eq(http_parse(&p, head, cases[i].head), cases[i].want, "row %zu", i);
		for (size_t cut = 1; cut < cases[i].head; cut += cut < 8150 ? 97 : 1) {
			parse_cut(head, cases[i].head, cut, &p, &n);
			cr_assert_eq(n, cases[i].want, "row %zu cut at %zu: %d", i, cut, n);
		}
		free(head);
	}
}

Test(http, a_flood_of_empty_lines_ends)
{
	char lines[HTTP_HEAD_MAX + 10];
	struct http_parser p;

	memset(lines, '\n', sizeof(lines));
	http_parser_init(&p);
	cr_assert_eq(http_parse(&p, lines, sizeof(lines)), -431);
}

Test(http, a_nul_byte_is_refused_wherever_it_stands)
{
	static const char head[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

	for (size_t i = 0; i < sizeof(head) - 1; i++) {
		char copy[sizeof(head)];
		struct http_parser p;

		memcpy(copy, head, sizeof(head));
		copy[i] = '\0';
		http_parser_init(&p);
		int n = http_parse(&p, copy, sizeof(head) - 1);
		/* in place of the last LF the head is only unfinished */
		cr_assert_eq(n, i == sizeof(head) - 2 ? 0 : -400, "NUL at %zu: %d", i, n);
	}
}
