/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HTTPD_FIELDS_H
#define HTTPD_FIELDS_H
/* Field values that mean something to a file: ranges, entity tags, dates (RFC 9110). Pure. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum range_kind {
	RANGE_WHOLE,         /* not a single byte range that can be read: the field is ignored */
	RANGE_PART,          /* first..last */
	RANGE_UNSATISFIABLE, /* 416 */
};

/* RFC 9110 14.1.2: what a Range field asks of size bytes. */
enum range_kind range_parse(const char *value, size_t len, uint64_t size, uint64_t *first, uint64_t *last);

/*
 * Whether a list of entity tags names tag (with its quotes, strong). weak: W/"x" matches "x" too
 * (RFC 9110 8.8.3.2). "*" matches every tag.
 */
bool etag_matches(const char *list, size_t len, const char *tag, bool weak);

/* The three forms of RFC 9110 5.6.7; -1 when value is none. */
time_t date_parse(const char *value, size_t len);

enum { DATE_TEXT = 30 };

/* "Sun, 06 Nov 1994 08:49:37 GMT" and a final 0. */
void date_format(time_t at, char out[DATE_TEXT]);

#endif
