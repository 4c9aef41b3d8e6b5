/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <strings.h>
#include "http.h"

enum {
	CONNECTION_CLOSE = 1,
	CONNECTION_KEEP_ALIVE = 2,
};

/* A line without its end, and the head it is in. */
struct line {
	const char *head;
	const char *at;
	const char *end;
};

void
http_parser_init(struct http_parser *p)
{
	memset(p, 0, sizeof(*p));
}

/* RFC 9110 5.6.2 */
static bool
is_token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		(c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static struct http_span
span(const char *head, const char *from, const char *to)
{
	return (struct http_span){(uint16_t)(from - head), (uint16_t)(to - from)};
}

static bool
equals(const char *from, const char *to, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(to - from) == len && strncasecmp(from, word, len) == 0;
}

static enum http_method
method_of(const char *from, const char *to)
{
	static const char *const known[] = {"POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};
	size_t len = (size_t)(to - from);

	if (len == 3 && memcmp(from, "GET", 3) == 0)
		return HTTP_GET;
	if (len == 4 && memcmp(from, "HEAD", 4) == 0)
		return HTTP_HEAD;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (len == strlen(known[i]) && memcmp(from, known[i], len) == 0)
			return HTTP_KNOWN_METHOD;
	}
	return HTTP_OTHER_METHOD;
}

/* "HTTP/" DIGIT "." DIGIT; a minor version above ours is as good as ours (RFC 9110 2.5). */
static int
parse_version(struct http_request *r, const char *at, const char *end)
{
	if (end - at != 8 || memcmp(at, "HTTP/", 5) != 0 || at[5] < '0' || at[5] > '9' || at[6] != '.' ||
		at[7] < '0' || at[7] > '9')
		return -400;
	if (at[5] != '1')
		return -505;
	r->minor = at[7] == '0' ? 0 : 1;
	return 0;
}

/* RFC 9112 3: method SP request-target SP HTTP-version, with single spaces. */
static int
parse_request_line(struct http_parser *p, struct line l)
{
	struct http_request *r = &p->request;
	const char *at = l.at;

	while (at < l.end && is_token_char(*at))
		at++;
	if (at == l.at || at == l.end || *at != ' ')
		return -400;
	r->method = method_of(l.at, at);
	const char *target = ++at;
	while (at < l.end && (unsigned char)*at > ' ' && (unsigned char)*at < 0x7f)
		at++;
	if (at == target || at == l.end || *at != ' ')
		return -400;
	r->target = span(l.head, target, at);
	r->line = span(l.head, l.at, l.end);
	p->in_fields = true;
	return parse_version(r, at + 1, l.end);
}

/* The next member of a comma-separated list, trimmed; false at the end (RFC 9110 5.6.1). */
static bool
next_member(const char **at, const char *end, const char **from, const char **to)
{
	if (*at >= end)
		return false;
	const char *comma = memchr(*at, ',', (size_t)(end - *at));
	*from = *at;
	*to = comma != NULL ? comma : end;
	*at = *to + 1;
	while (*from < *to && (**from == ' ' || **from == '\t'))
		(*from)++;
	while (*from < *to && ((*to)[-1] == ' ' || (*to)[-1] == '\t'))
		(*to)--;
	return true;
}

static int
on_connection(struct http_parser *p, const char *value, const char *end)
{
	const char *from, *to;

	while (next_member(&value, end, &from, &to)) {
		if (equals(from, to, "close"))
			p->connection |= CONNECTION_CLOSE;
		else if (equals(from, to, "keep-alive"))
			p->connection |= CONNECTION_KEEP_ALIVE;
	}
	return 0;
}

/* Repeated with another value it is an attack on someone's framing: RFC 9112 6.3, rule 5. */
static int
on_content_length(struct http_parser *p, const char *value, const char *end)
{
	uint64_t n = 0;

	if (value == end || end - value > 18)
		return -400;
	for (; value < end; value++) {
		if (*value < '0' || *value > '9')
			return -400;
		n = n * 10 + (uint64_t)(*value - '0');
	}
	if (p->has_length && p->request.content_length != n)
		return -400;
	p->has_length = true;
	p->request.content_length = n;
	return 0;
}

/* RFC 9112 6.1: 501 for a coding that is not understood, 400 when chunked is not the last. */
static int
on_transfer_encoding(struct http_parser *p, const char *value, const char *end)
{
	const char *from, *to;

	while (next_member(&value, end, &from, &to)) {
		if (from == to)
			continue;
		if (p->request.chunked)
			return -400;
		if (!equals(from, to, "chunked"))
			return -501;
		p->request.chunked = true;
	}
	return p->request.chunked ? 0 : -400;
}

static int
on_expect(struct http_parser *p, const char *value, const char *end)
{
	p->request.expects = equals(value, end, "100-continue");
	return 0;
}

static const struct field {
	const char *name;
	enum http_field keep; /* HTTP_FIELDS: parsed here */
	int (*parse)(struct http_parser *p, const char *value, const char *end);
} fields[] = {
	{"host", HTTP_HOST, NULL},
	{"connection", HTTP_FIELDS, on_connection},
	{"range", HTTP_RANGE, NULL},
	{"if-range", HTTP_IF_RANGE, NULL},
	{"if-match", HTTP_IF_MATCH, NULL},
	{"if-none-match", HTTP_IF_NONE_MATCH, NULL},
	{"if-modified-since", HTTP_IF_MODIFIED_SINCE, NULL},
	{"if-unmodified-since", HTTP_IF_UNMODIFIED_SINCE, NULL},
	{"content-length", HTTP_FIELDS, on_content_length},
	{"transfer-encoding", HTTP_FIELDS, on_transfer_encoding},
	{"expect", HTTP_FIELDS, on_expect},
};

/* uri-host [":" port], loosely: what cannot be one is refused (RFC 9112 3.2). */
static bool
is_host(const char *at, const char *end)
{
	for (; at < end; at++) {
		if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 0x7f || strchr("\"#/<>?@\\^`{|}", *at))
			return false;
	}
	return true;
}

/* A second Host is refused; a second value of a condition makes it void, which only costs time. */
static int
keep_field(struct http_parser *p, const struct field *f, struct line value)
{
	uint16_t bit = (uint16_t)(1u << f->keep);

	if (f->keep == HTTP_HOST && ((p->seen & bit) != 0 || !is_host(value.at, value.end)))
		return -400;
	p->request.fields[f->keep] =
		p->seen & bit ? (struct http_span){0, 0} : span(value.head, value.at, value.end);
	p->seen |= bit;
	return 0;
}

/* RFC 9112 5: field-name ":" OWS field-value OWS. No space before the colon, no folding. */
static int
parse_field_line(struct http_parser *p, struct line l)
{
	const char *colon = l.at;

	while (colon < l.end && is_token_char(*colon))
		colon++;
	if (colon == l.at || colon == l.end || *colon != ':')
		return -400;
	struct line value = {l.head, colon + 1, l.end};
	while (value.at < value.end && (*value.at == ' ' || *value.at == '\t'))
		value.at++;
	while (value.at < value.end && (value.end[-1] == ' ' || value.end[-1] == '\t'))
		value.end--;
	for (const char *c = value.at; c < value.end; c++) {
		if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f)
			return -400;
	}
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!equals(l.at, colon, fields[i].name))
			continue;
		return fields[i].parse ? fields[i].parse(p, value.at, value.end)
				       : keep_field(p, &fields[i], value);
	}
	return 0;
}

/* The empty line: what only the whole head can tell. */
static int
finish(struct http_parser *p)
{
	struct http_request *r = &p->request;

	if (r->minor == 1 && (p->seen & 1u << HTTP_HOST) == 0)
		return -400; /* RFC 9112 3.2, MUST */
	if (r->chunked && (p->has_length || r->minor == 0))
		return -400; /* RFC 9112 6.1: smuggling, or faulty framing */
	r->keep_alive = (p->connection & CONNECTION_CLOSE) == 0 &&
		(r->minor == 1 || (p->connection & CONNECTION_KEEP_ALIVE) != 0);
	return 0;
}

/*
 * What begins like no request at all (a TLS hello, say) is refused at its first byte rather than
 * waited for.
 */
static bool
begins_wrong(const struct http_parser *p, const char *head, size_t len)
{
	for (size_t i = p->line; i < len; i++) {
		if (head[i] == ' ' && i > p->line)
			return false;
		if (head[i] == '\r' && i == p->line)
			continue;
		if (!is_token_char(head[i]))
			return true;
	}
	return false;
}

/* No line end in sight: more to come, or too much already? */
static int
no_line(struct http_parser *p, const char *head, size_t len)
{
	if (!p->in_fields) {
		if (begins_wrong(p, head, len))
			return -400;
		if (len - p->line >= HTTP_LINE_MAX)
			return -414;
	}
	if (len >= HTTP_HEAD_MAX)
		return -431;
	p->scanned = (uint32_t)len;
	return 0;
}

/* One line, whose LF is at end: 0, or -status; *done at the empty line. */
static int
parse_line(struct http_parser *p, const char *head, const char *end, bool *done)
{
	struct line l = {head, head + p->line, end};
	bool too_long = l.end - l.at >= HTTP_LINE_MAX;

	if (l.end > l.at && l.end[-1] == '\r')
		l.end--;
	if (p->in_fields) {
		*done = l.at == l.end;
		return *done ? finish(p) : parse_field_line(p, l);
	}
	if (l.at == l.end)
		return 0; /* RFC 9112 2.2: empty lines before a request are ignored */
	if (too_long)
		return begins_wrong(p, head, (size_t)(l.end - head)) ? -400 : -414;
	return parse_request_line(p, l);
}

int
http_parse(struct http_parser *p, const char *head, size_t len)
{
	size_t limit = len < HTTP_HEAD_MAX ? len : HTTP_HEAD_MAX;
	bool done = false;

	for (;;) {
		const char *lf = memchr(head + p->scanned, '\n', limit - p->scanned);
		if (lf == NULL)
			return no_line(p, head, limit);
		int rc = parse_line(p, head, lf, &done);
		if (rc < 0)
			return rc;
		p->line = p->scanned = (uint32_t)(lf + 1 - head);
		if (done)
			return (int)p->line;
	}
}
