/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HTTPD_HTTP_H
#define HTTPD_HTTP_H
/*
 * The head of an HTTP/1.x request (RFC 9112): parsed line by line as it arrives, in place. What is
 * kept are offsets into the head, so the bytes may move between two calls. Pure, no allocation.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HTTP_LINE_MAX = 8192,  /* request line: longer is 414 */
	HTTP_HEAD_MAX = 16384, /* the whole head: longer is 431 */
};

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_KNOWN_METHOD, /* of RFC 9110 or PATCH, but not one that a file can answer: 405 */
	HTTP_OTHER_METHOD, /* 501 */
};

/* The fields whose values somebody asks for later. */
enum http_field {
	HTTP_HOST,
	HTTP_RANGE,
	HTTP_IF_RANGE,
	HTTP_IF_MATCH,
	HTTP_IF_NONE_MATCH,
	HTTP_IF_MODIFIED_SINCE,
	HTTP_IF_UNMODIFIED_SINCE,
	HTTP_FIELDS,
};

/* A part of the head. */
struct http_span {
	uint16_t at;
	uint16_t len;
};

struct http_request {
	enum http_method method;
	uint8_t minor;                           /* HTTP/1.minor, 0 or 1 */
	bool keep_alive;                         /* RFC 9112 9.3 */
	bool chunked;                            /* the body has no length that is known before it */
	bool expects;                            /* 100-continue */
	struct http_span line;                   /* the request line, without its end */
	struct http_span target;
	struct http_span fields[HTTP_FIELDS];    /* at = 0: absent */
	uint64_t content_length;
};

struct http_parser {
	struct http_request request;
	uint32_t line;      /* where the line begins that is looked for */
	uint32_t scanned;   /* no LF before this */
	bool in_fields;     /* the request line is done */
	uint8_t connection; /* tokens of the Connection field that were seen */
	bool has_length;
	uint16_t seen;      /* a bit for each field of enum http_field that was seen */
};

void http_parser_init(struct http_parser *p);

/*
 * head[0..len) is all that has arrived, from the first byte of the head. Returns the length of the
 * head when it is complete (p->request is valid), 0 when more is needed, or minus the status that
 * refuses it: -400, -414, -431, -501, -505. The result does not depend on how the head was cut.
 */
int http_parse(struct http_parser *p, const char *head, size_t len);

#endif
