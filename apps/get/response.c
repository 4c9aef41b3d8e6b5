/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <strings.h>
#include "response.h"

void
response_begin(struct response *r, bool to_head, const struct response_events *events, void *arg)
{
	memset(r, 0, offsetof(struct response, head));
	r->to_head = to_head;
	r->events = events;
	r->arg = arg;
}

/* Whether a comma-separated list has this member. */
static bool
lists(const char *at, const char *end, const char *word)
{
	size_t len = strlen(word);

	while (at < end) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		const char *to = comma != NULL ? comma : end;
		const char *next = to + 1;
		while (at < to && (*at == ' ' || *at == '\t'))
			at++;
		while (at < to && (to[-1] == ' ' || to[-1] == '\t'))
			to--;
		if ((size_t)(to - at) == len && strncasecmp(at, word, len) == 0)
			return true;
		at = next;
	}
	return false;
}

/* "HTTP/1.x SSS reason" */
static int
parse_status_line(struct response *r, const char *at, const char *end)
{
	if (end - at < 12 || memcmp(at, "HTTP/1.", 7) != 0 || at[7] < '0' || at[7] > '9' || at[8] != ' ')
		return -EBADMSG;
	for (int i = 9; i < 12; i++) {
		if (at[i] < '0' || at[i] > '9')
			return -EBADMSG;
		r->status = r->status * 10 + at[i] - '0';
	}
	if (r->status < 100 || (end - at > 12 && at[12] != ' '))
		return -EBADMSG;
	r->minor = (uint8_t)(at[7] - '0');
	return 0;
}

static int
parse_length(struct response *r, const char *at, const char *end)
{
	uint64_t n = 0;

	if (at == end || end - at > 18)
		return -EBADMSG;
	for (; at < end; at++) {
		if (*at < '0' || *at > '9')
			return -EBADMSG;
		n = n * 10 + (uint64_t)(*at - '0');
	}
	if (r->has_length && r->length != n)
		return -EBADMSG;
	r->has_length = true;
	r->length = n;
	return 0;
}

static bool
named(const char *at, const char *colon, const char *name)
{
	return (size_t)(colon - at) == strlen(name) && strncasecmp(at, name, strlen(name)) == 0;
}

static int
parse_field(struct response *r, const char *at, const char *end)
{
	const char *colon = memchr(at, ':', (size_t)(end - at));

	if (colon == NULL || colon == at)
		return -EBADMSG;
	const char *value = colon + 1;
	while (value < end && (*value == ' ' || *value == '\t'))
		value++;
	while (value < end && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	if (named(at, colon, "Content-Length"))
		return parse_length(r, value, end);
	if (named(at, colon, "Transfer-Encoding")) {
		r->coded = true;
		r->chunked_coding = lists(value, end, "chunked");
	} else if (named(at, colon, "Connection")) {
		r->close |= lists(value, end, "close");
		r->keep_alive |= lists(value, end, "keep-alive");
	}
	return 0;
}

static int
parse_head(struct response *r)
{
	const char *at = r->head, *end = r->head + r->head_len;
	bool first = true;

	while (at < end) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		const char *to = lf > at && lf[-1] == '\r' ? lf - 1 : lf;
		if (to == at)
			return first ? -EBADMSG : 0;
		int rc = first ? parse_status_line(r, at, to) : parse_field(r, at, to);
		if (rc < 0)
			return rc;
		first = false;
		at = lf + 1;
	}
	return -EBADMSG;
}

/* RFC 9112 6.3, the rules for responses in their order. */
static void
choose_body(struct response *r)
{
	r->left = r->length;
	if (r->to_head || r->status == 204 || r->status == 304)
		r->state = RESPONSE_DONE;
	else if (r->coded && r->chunked_coding)
		r->state = RESPONSE_CHUNKED;
	else if (r->coded || !r->has_length)
		r->state = RESPONSE_CLOSE;
	else
		r->state = r->length > 0 ? RESPONSE_LENGTH : RESPONSE_DONE;
}

static int
finish_head(struct response *r)
{
	int rc = parse_head(r);

	if (rc < 0)
		return rc;
	r->events->on_head(r->arg, r->head, r->head_len);
	if (r->status >= 200) {
		choose_body(r);
		return 0;
	}
	if (r->status == 101)
		return -EBADMSG; /* we asked for no other protocol */
	/* RFC 9110 15.2: interim responses are followed by the one that counts. */
	response_begin(r, r->to_head, r->events, r->arg);
	return 0;
}

/* The head ends with the first empty line. */
static ssize_t
feed_head(struct response *r, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (r->head_len == sizeof(r->head))
			return -EMSGSIZE;
		r->head[r->head_len++] = data[i];
		if (data[i] != '\n')
			continue;
		const char *end = r->head + r->head_len;
		if (r->head_len == 1 || end[-2] == '\n' ||
			(end[-2] == '\r' && (r->head_len == 2 || end[-3] == '\n'))) {
			int rc = finish_head(r);
			return rc < 0 ? rc : (ssize_t)i + 1;
		}
	}
	return (ssize_t)len;
}

static ssize_t
feed_chunked(struct response *r, const char *data, size_t len)
{
	size_t n;
	ssize_t taken = chunked_next(&r->chunked, data, len, &n);

	if (taken < 0)
		return taken;
	if (n > 0)
		r->events->on_body(r->arg, data + taken - n, n);
	if (r->chunked.state == CHUNK_DONE)
		r->state = RESPONSE_DONE;
	return taken;
}

static ssize_t
feed_length(struct response *r, const char *data, size_t len)
{
	size_t n = len < r->left ? len : (size_t)r->left;

	r->events->on_body(r->arg, data, n);
	r->left -= n;
	if (r->left == 0)
		r->state = RESPONSE_DONE;
	return (ssize_t)n;
}

static ssize_t
feed_some(struct response *r, const char *data, size_t len)
{
	switch (r->state) {
	case RESPONSE_HEAD:
		return feed_head(r, data, len);
	case RESPONSE_LENGTH:
		return feed_length(r, data, len);
	case RESPONSE_CHUNKED:
		return feed_chunked(r, data, len);
	default:
		r->events->on_body(r->arg, data, len);
		return (ssize_t)len;
	}
}

ssize_t
response_feed(struct response *r, const char *data, size_t len)
{
	size_t taken = 0;

	while (taken < len && r->state != RESPONSE_DONE) {
		ssize_t n = feed_some(r, data + taken, len - taken);
		if (n < 0)
			return n;
		taken += (size_t)n;
	}
	return (ssize_t)taken;
}

int
response_end(struct response *r)
{
	if (r->state == RESPONSE_CLOSE)
		r->state = RESPONSE_DONE;
	return r->state == RESPONSE_DONE ? 0 : -EPIPE;
}

bool
response_reusable(const struct response *r)
{
	return r->state == RESPONSE_DONE && !r->close && (r->minor > 0 || r->keep_alive);
}
