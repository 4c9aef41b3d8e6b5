/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef GET_RESPONSE_H
#define GET_RESPONSE_H
/* An HTTP/1.x response as it arrives: its head, then its body by length, chunks or close. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "chunked.h"

enum { RESPONSE_HEAD_MAX = 65536 };

enum response_state {
	RESPONSE_HEAD,
	RESPONSE_LENGTH,  /* the body is `left` more bytes */
	RESPONSE_CHUNKED,
	RESPONSE_CLOSE,   /* the body ends with the connection */
	RESPONSE_DONE,
};

struct response_events {
	/* The head is complete: status line and fields, each with its CRLF, and the empty line. */
	void (*on_head)(void *arg, const char *head, size_t len);
	/* Bytes of the body. */
	void (*on_body)(void *arg, const char *data, size_t len);
};

struct response {
	const struct response_events *events;
	void *arg;
	enum response_state state;
	bool to_head;        /* of a HEAD request: there is no body */
	int status;
	uint8_t minor;
	bool close;          /* the server will close */
	bool keep_alive;     /* said so: what HTTP/1.0 needs */
	bool has_length, coded, chunked_coding;
	uint64_t length;     /* Content-Length, if has_length */
	uint64_t left;
	struct chunked chunked;
	size_t head_len;
	char head[RESPONSE_HEAD_MAX];
};

void response_begin(struct response *r, bool to_head, const struct response_events *events, void *arg);

/*
 * Takes what has arrived; returns how many bytes belong to this response (all, unless it is done),
 * -EBADMSG (not HTTP, or the framing is broken) or -EMSGSIZE (the head is too long).
 */
ssize_t response_feed(struct response *r, const char *data, size_t len);

/* The server has closed: 0, the response is complete; -EPIPE, it is cut short. */
int response_end(struct response *r);

/* Done, and the connection may carry another request. */
bool response_reusable(const struct response *r);

#endif
