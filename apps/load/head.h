/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LOAD_HEAD_H
#define LOAD_HEAD_H
/*
 * The head of an HTTP/1.x response, as far as a load generator cares: status, where the body ends, and whether the
 * connection does (RFC 9112). A server under load sends the same head again and again (its Date changes once a
 * second): the last one is remembered with what it meant, and equal bytes are not read twice.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { HEAD_MAX = 16384, HEAD_KEPT = 1024 };

enum head_framing {
	HEAD_LENGTH,  /* the body is `length` bytes, maybe 0 */
	HEAD_CHUNKED,
	HEAD_CLOSE,   /* it ends with the connection */
};

struct head {
	uint16_t status;
	uint8_t framing;
	bool close;      /* the server will close behind this answer */
	uint32_t size;   /* of the head, with the empty line */
	uint64_t length;
};

/* Reads a head that starts at data: its size, 0 (not all there yet) or -EBADMSG. */
ssize_t head_parse(struct head *h, const char *data, size_t len);

/* The one that was read last. All zero to begin with. */
struct head_memory {
	struct head head;
	char bytes[HEAD_KEPT];
};

/* As head_parse(); *h points to what is remembered, until the next call. */
ssize_t head_recall(struct head_memory *m, const struct head **h, const char *data, size_t len);

#endif
