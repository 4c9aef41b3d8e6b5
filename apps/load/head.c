/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <strings.h>
#include "head.h"

enum { STATUS_LINE = 12 }; /* "HTTP/1.1 200" */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "HTTP/1.x NNN", and what may follow it. */
static bool
parse_status(struct head *h, const char *at, size_t len)
{
	if (len < STATUS_LINE || memcmp(at, "HTTP/1.", 7) != 0 || !is_digit(at[7]) || at[8] != ' ' || !is_digit(at[9]) ||
		!is_digit(at[10]) || !is_digit(at[11]) || (len > STATUS_LINE && at[STATUS_LINE] != ' '))
		return false;
	h->status = (uint16_t)((at[9] - '0') * 100 + (at[10] - '0') * 10 + (at[11] - '0'));
	h->close = at[7] == '0'; /* HTTP/1.0 closes unless it says otherwise */
	return h->status >= 100;
}

static bool
parse_length(uint64_t *out, const char *at, size_t len)
{
	uint64_t n = 0;

	if (len == 0 || len > 18)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!is_digit(at[i]))
			return false;
		n = n * 10 + (uint64_t)(at[i] - '0');
	}
	*out = n;
	return true;
}

/* The value contains this word, in any case. */
static bool
has_word(const char *at, size_t len, const char *word)
{
	size_t n = strlen(word);

	for (; len >= n; at++, len--) {
		if (strncasecmp(at, word, n) == 0)
			return true;
	}
	return false;
}

struct field {
	const char *name, *value;
	size_t name_len, value_len;
};

static bool
named(const struct field *f, const char *name)
{
	return f->name_len == strlen(name) && strncasecmp(f->name, name, f->name_len) == 0;
}

static bool
take_field(struct head *h, const struct field *f)
{
	uint64_t length;

	if (named(f, "content-length")) {
		if (!parse_length(&length, f->value, f->value_len))
			return false;
		if (h->framing == HEAD_CLOSE) {
			h->framing = HEAD_LENGTH;
			h->length = length;
		}
		/* RFC 9112 6.3: different lengths are an error, and chunks override any */
		return h->framing == HEAD_CHUNKED || h->length == length;
	}
	if (named(f, "transfer-encoding") && has_word(f->value, f->value_len, "chunked"))
		h->framing = HEAD_CHUNKED;
	else if (named(f, "connection"))
		h->close = has_word(f->value, f->value_len, "close") ||
			(h->close && !has_word(f->value, f->value_len, "keep-alive"));
	return true;
}

static bool
parse_field(struct head *h, const char *at, const char *end)
{
	const char *colon = memchr(at, ':', (size_t)(end - at));

	if (colon == NULL)
		return false;
	const char *from = colon + 1;
	while (from < end && (*from == ' ' || *from == '\t'))
		from++;
	while (end > from && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	const struct field f = {at, from, (size_t)(colon - at), (size_t)(end - from)};
	return take_field(h, &f);
}

ssize_t
head_parse(struct head *h, const char *data, size_t len)
{
	const char *end = memmem(data, len < HEAD_MAX ? len : HEAD_MAX, "\r\n\r\n", 4);

	if (end == NULL) {
		/* What does not begin like an answer will never be one. */
		size_t n = len < 7 ? len : 7;
		return len >= HEAD_MAX || memcmp(data, "HTTP/1.", n) != 0 ? -EBADMSG : 0;
	}
	*h = (struct head){.framing = HEAD_CLOSE, .size = (uint32_t)(end + 4 - data)};
	const char *line = data, *lf;
	while (line < end + 2 && (lf = memmem(line, (size_t)(end + 2 - line), "\r\n", 2)) != NULL) {
		bool good = line == data ? parse_status(h, line, (size_t)(lf - line)) : parse_field(h, line, lf);
		if (!good)
			return -EBADMSG;
		line = lf + 2;
	}
	/* RFC 9112 6.3: these never have a body. */
	if (h->status < 200 || h->status == 204 || h->status == 304) {
		h->framing = HEAD_LENGTH;
		h->length = 0;
	}
	h->close |= h->framing == HEAD_CLOSE;
	return h->size;
}

ssize_t
head_recall(struct head_memory *m, const struct head **h, const char *data, size_t len)
{
	uint32_t size = m->head.size;

	*h = &m->head;
	if (size > 0 && size <= HEAD_KEPT && len >= size && memcmp(m->bytes, data, size) == 0)
		return size;
	struct head fresh;
	ssize_t n = head_parse(&fresh, data, len);
	if (n > 0) {
		m->head = fresh;
		if (n <= HEAD_KEPT)
			memcpy(m->bytes, data, (size_t)n);
	}
	return n;
}
