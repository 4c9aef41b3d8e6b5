/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HTTPD_REPLY_H
#define HTTPD_REPLY_H
/* What a request is answered with, and the head that says so. Knows nothing of connections. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "fields.h"
#include "file.h"
#include "http.h"

struct files;

enum {
	REPLY_COPY_MAX = 1024, /* bodies up to this travel in one piece with their head */
	REPLY_EXTRA_MAX = 384,
	/* The longest such piece; the smallest send buffer, 2 KiB, has room for it. */
	REPLY_MAX = 256 + FILE_FIELDS_MAX + REPLY_EXTRA_MAX + REPLY_COPY_MAX,
	REPLY_BODY_MAX = 1 << 20, /* request bodies up to this are read and forgotten, larger are 413 */
};

/* Where the answers come from: a fixed body, or, when there is none, files. */
struct site {
	struct files *files;
	struct file *fixed;
	bool every_path;      /* the fixed body answers every path, not only "/" */
};

struct reply {
	int status;
	struct file *file;    /* the reply holds a reference; NULL: the body is the status as text */
	uint64_t first;       /* the bytes of the file that are sent */
	uint64_t length;
	bool head_only;       /* HEAD, 304: the body is only spoken of */
	bool close;           /* the connection ends with this reply */
	bool refused;         /* the request was not read to its end: the peer may still be sending */
	bool keep_alive;      /* tell it to HTTP/1.0 */
	uint16_t extra_len;
	char extra[REPLY_EXTRA_MAX]; /* fields that only this reply has */
};

/* Answers a request whose head is at head. now: ns, for the cache of files. */
void reply_to(struct reply *r, const struct site *site, const struct http_request *req, const char *head,
	uint64_t now);

/* Answers what http_parse() refused with status. */
void reply_refuse(struct reply *r, int status);

/*
 * Writes the head, and a body of at most REPLY_COPY_MAX bytes behind it, to out (REPLY_MAX bytes);
 * returns the length. *body: how many bytes of the body are still to be sent, from the file.
 */
size_t reply_write(const struct reply *r, const char date[DATE_TEXT], char *out, uint64_t *body);

#endif
