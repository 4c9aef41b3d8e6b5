/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "files.h"
#include "path.h"
#include "reply.h"

static void
set(struct reply *r, int status)
{
	r->status = status;
	r->file = NULL;
	r->first = r->length = 0;
}

__attribute__((format(printf, 2, 3))) static void
extra(struct reply *r, const char *format, ...)
{
	size_t room = sizeof(r->extra) - r->extra_len;
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(r->extra + r->extra_len, room, format, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < room)
		r->extra_len = (uint16_t)(r->extra_len + n);
}

static void
begin(struct reply *r)
{
	/* not the array: it is long, and what extra_len does not cover is never read */
	memset(r, 0, offsetof(struct reply, extra));
	r->status = 200;
}

/* A directory without its slash: relative links in its index would lead astray. */
static void
redirect(struct reply *r, const char *path)
{
	char where[REPLY_EXTRA_MAX - 32];

	if (path_encode(path, where, sizeof(where)) < 0) {
		set(r, 414);
		return;
	}
	set(r, 301);
	/* One slash: "//" would name another host. */
	extra(r, "Location: /%s/\r\n", where);
}

static void
found(struct reply *r, struct file *f)
{
	r->file = f;
	r->length = f->size;
}

/* The file of a path: r->file, or another status. */
static void
find_file(struct reply *r, struct files *files, const char *path, uint64_t now)
{
	size_t n = strlen(path);
	struct file *file;

	switch (files_get(files, path, now, &file)) {
	case 0:
		found(r, file);
		return;
	case -ENOENT:
		set(r, 404);
		return;
	case -EISDIR:
		if (n > 0 && path[n - 1] != '/')
			redirect(r, path);
		else
			set(r, 404);
		return;
	case -EACCES:
	case -EPERM:
		set(r, 403);
		return;
	case -ENOMEM:
	case -EMFILE:
	case -ENFILE:
		set(r, 503);
		return;
	}
	set(r, 500);
}

/* A condition's field and the file it is about. */
struct condition {
	const char *at;
	size_t len;
};

static bool
given(const struct http_request *req, const char *head, enum http_field field, struct condition *c)
{
	c->at = head + req->fields[field].at;
	c->len = req->fields[field].len;
	return req->fields[field].at != 0;
}

/* RFC 9110 13.2.2, its steps in its order; 200 = go on. */
static int
preconditions(const struct http_request *req, const char *head, const struct file *f)
{
	struct condition c;
	time_t date;

	if (given(req, head, HTTP_IF_MATCH, &c)) {
		if (!etag_matches(c.at, c.len, f->etag, false))
			return 412;
	} else if (given(req, head, HTTP_IF_UNMODIFIED_SINCE, &c)) {
		date = date_parse(c.at, c.len);
		if (date != -1 && f->modified > date)
			return 412;
	}
	if (given(req, head, HTTP_IF_NONE_MATCH, &c))
		return etag_matches(c.at, c.len, f->etag, true) ? 304 : 200;
	if (given(req, head, HTTP_IF_MODIFIED_SINCE, &c)) {
		date = date_parse(c.at, c.len);
		if (date != -1 && f->modified <= date)
			return 304;
	}
	return 200;
}

/* RFC 9110 13.1.5: a part is only good with the rest of the very same file. */
static bool
range_applies(const struct http_request *req, const char *head, const struct file *f)
{
	struct condition c;

	if (!given(req, head, HTTP_IF_RANGE, &c))
		return true;
	if (c.len > 0 && (*c.at == '"' || *c.at == 'W'))
		return etag_matches(c.at, c.len, f->etag, false);
	return date_parse(c.at, c.len) == f->modified;
}

static void
apply_range(struct reply *r, const struct http_request *req, const char *head)
{
	unsigned long long size = r->file->size;
	struct condition c;
	uint64_t first, last;

	/* RFC 9110 14.2: only of GET */
	if (req->method != HTTP_GET || !given(req, head, HTTP_RANGE, &c) ||
		!range_applies(req, head, r->file))
		return;
	switch (range_parse(c.at, c.len, size, &first, &last)) {
	case RANGE_WHOLE:
		return;
	case RANGE_PART:
		r->status = 206;
		r->first = first;
		r->length = last - first + 1;
		extra(r, "Content-Range: bytes %llu-%llu/%llu\r\n", (unsigned long long)first,
			(unsigned long long)last, size);
		return;
	case RANGE_UNSATISFIABLE:
		file_release(r->file);
		set(r, 416);
		extra(r, "Content-Range: bytes */%llu\r\n", size);
	}
}

/* Conditions and ranges, of what has a date and a tag. */
static void
apply_fields(struct reply *r, const struct http_request *req, const char *head)
{
	int status = preconditions(req, head, r->file);

	if (status == 200) {
		apply_range(r, req, head);
	} else if (status == 304) {
		r->status = 304;
		r->head_only = true;
	} else {
		file_release(r->file);
		set(r, status);
	}
}

static void
answer(struct reply *r, const struct site *site, const struct http_request *req, const char *head,
	uint64_t now)
{
	char path[HTTP_LINE_MAX + 1];

	if (req->method == HTTP_OTHER_METHOD) {
		set(r, 501);
		return;
	}
	if (req->method == HTTP_KNOWN_METHOD) {
		set(r, 405);
		extra(r, "Allow: GET, HEAD\r\n");
		return;
	}
	int n = path_parse(head + req->target.at, req->target.len, path);
	if (n < 0) {
		set(r, -n);
	} else if (site->fixed == NULL) {
		find_file(r, site->files, path, now);
		if (r->file != NULL)
			apply_fields(r, req, head);
	} else if (n == 0 || site->every_path) {
		file_hold(site->fixed);
		found(r, site->fixed);
	} else {
		set(r, 404);
	}
}

void
reply_to(struct reply *r, const struct site *site, const struct http_request *req, const char *head,
	uint64_t now)
{
	begin(r);
	r->head_only = req->method == HTTP_HEAD;
	r->keep_alive = req->minor == 0 && req->keep_alive;
	r->close = !req->keep_alive;
	/*
	 * A body whose end is not known beforehand is not looked for. And who asked for 100 and gets
	 * this may or may not send its body: only a new connection is unambiguous (RFC 9110 10.1.1).
	 */
	r->refused = req->chunked || req->content_length > REPLY_BODY_MAX ||
		(req->expects && req->content_length > 0);
	if (req->chunked)
		set(r, 411);
	else if (req->content_length > REPLY_BODY_MAX)
		set(r, 413);
	else
		answer(r, site, req, head, now);
	r->close |= r->refused;
}

void
reply_refuse(struct reply *r, int status)
{
	begin(r);
	set(r, status);
	r->close = r->refused = true;
}

static const char *
reason(int status)
{
	static const struct {
		int status;
		const char *text;
	} reasons[] = {
		{200, "OK"},
		{206, "Partial Content"},
		{301, "Moved Permanently"},
		{304, "Not Modified"},
		{400, "Bad Request"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{411, "Length Required"},
		{412, "Precondition Failed"},
		{413, "Content Too Large"},
		{414, "URI Too Long"},
		{416, "Range Not Satisfiable"},
		{431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"},
		{501, "Not Implemented"},
		{503, "Service Unavailable"},
		{505, "HTTP Version Not Supported"},
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].status == status)
			return reasons[i].text;
	}
	return "";
}

/* snprintf() would be a third of the work of a small answer. */
static char *
put(char *to, const void *text, size_t len)
{
	memcpy(to, text, len);
	return to + len;
}

static char *
put_text(char *to, const char *text)
{
	return put(to, text, strlen(text));
}

static char *
put_number(char *to, uint64_t n)
{
	char digits[20];
	size_t i = sizeof(digits);

	do
		digits[--i] = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	return put(to, digits + i, sizeof(digits) - i);
}

/* Everything that does not speak of the body. */
static char *
put_head(char *to, const struct reply *r, const char date[DATE_TEXT])
{
	to = put_text(to, "HTTP/1.1 ");
	to = put_number(to, (uint64_t)r->status);
	to = put_text(to, " ");
	to = put_text(to, reason(r->status));
	to = put_text(to, "\r\nServer: leat\r\nDate: ");
	to = put(to, date, DATE_TEXT - 1);
	to = put_text(to, "\r\n");
	if (r->close)
		to = put_text(to, "Connection: close\r\n");
	else if (r->keep_alive)
		to = put_text(to, "Connection: keep-alive\r\n");
	return put(to, r->extra, r->extra_len);
}

/* The body of everything but files: "404 Not Found". */
static char *
put_status_body(char *to, const struct reply *r)
{
	const char *text = reason(r->status);

	to = put_text(to, "Content-Type: text/plain; charset=utf-8\r\nContent-Length: ");
	to = put_number(to, strlen(text) + 5);
	to = put_text(to, "\r\n\r\n");
	if (r->head_only)
		return to;
	to = put_number(to, (uint64_t)r->status);
	to = put_text(to, " ");
	to = put_text(to, text);
	return put_text(to, "\n");
}

size_t
reply_write(const struct reply *r, const char date[DATE_TEXT], char *out, uint64_t *body)
{
	char *to = put_head(out, r, date);

	*body = 0;
	if (r->file == NULL)
		return (size_t)(put_status_body(to, r) - out);
	to = put(to, r->file->fields, r->file->fields_len);
	if (r->status != 304) {
		to = put_text(to, "Content-Length: ");
		to = put_number(to, r->length);
		to = put_text(to, "\r\n");
	}
	to = put_text(to, "\r\n");
	if (r->head_only)
		return (size_t)(to - out);
	if (r->length <= REPLY_COPY_MAX)
		return (size_t)(put(to, r->file->data + r->first, r->length) - out);
	*body = r->length;
	return (size_t)(to - out);
}
