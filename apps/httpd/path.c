/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include "path.h"

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Where the path of a target begins; NULL: neither origin-form nor absolute-form of http. */
static const char *
skip_authority(const char *at, const char *end)
{
	if (at < end && *at == '/')
		return at;
	if (end - at < 7 || strncasecmp(at, "http://", 7) != 0)
		return NULL;
	for (at += 7; at < end && *at != '/' && *at != '?'; at++)
		;
	return at;
}

/* RFC 3986 2.1: undoes %XX up to the query; the decoded length, or -400. */
static int
decode(const char *at, const char *end, char *out)
{
	char *to = out;

	for (; at < end && *at != '?'; at++) {
		char c = *at;
		if (c == '%') {
			if (end - at < 3 || hex(at[1]) < 0 || hex(at[2]) < 0)
				return -400;
			c = (char)(hex(at[1]) << 4 | hex(at[2]));
			at += 2;
		} else if (c == '#') {
			return -400; /* a fragment is never sent */
		}
		if (c == '\0')
			return -400;
		*to++ = c;
	}
	return (int)(to - out);
}

/* Drops the last segment of path[0..len), which ends in a slash; -1 when there is none. */
static int
up(const char *path, int len)
{
	if (len == 0)
		return -1;
	for (len--; len > 0 && path[len - 1] != '/'; len--)
		;
	return len;
}

/*
 * RFC 3986 5.2.4 in place, after decoding, so that %2e%2e and %2f are seen for what they name. A
 * ".." above the root is refused, not clamped: no honest client sends it.
 */
static int
normalise(char *path, int len)
{
	int to = 0;

	for (int at = 0; at < len;) {
		const char *slash = memchr(path + at, '/', (size_t)(len - at));
		int end = slash != NULL ? (int)(slash - path) : len;
		int n = end - at;

		if (n == 2 && path[at] == '.' && path[at + 1] == '.') {
			to = up(path, to);
			if (to < 0)
				return -400;
		} else if (n > 0 && !(n == 1 && path[at] == '.')) {
			memmove(path + to, path + at, (size_t)n);
			to += n;
			if (slash != NULL)
				path[to++] = '/';
		}
		at = end + 1;
	}
	path[to] = '\0';
	return to;
}

int
path_parse(const char *target, size_t len, char *path)
{
	const char *end = target + len;
	const char *at = skip_authority(target, end);

	if (at == NULL)
		return -400;
	int n = decode(at, end, path);
	return n < 0 ? n : normalise(path, n);
}

int
path_encode(const char *path, char *out, size_t size)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t n = 0;

	for (; *path != '\0'; path++) {
		unsigned char c = (unsigned char)*path;
		bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			strchr("-._~/", c) != NULL;

		if (n + (plain ? 1 : 3) >= size)
			return -1;
		if (plain) {
			out[n++] = (char)c;
			continue;
		}
		out[n++] = '%';
		out[n++] = digits[c >> 4];
		out[n++] = digits[c & 15];
	}
	out[n] = '\0';
	return (int)n;
}
