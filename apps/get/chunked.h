/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef GET_CHUNKED_H
#define GET_CHUNKED_H
/* The chunked transfer coding (RFC 9112 7.1), taken off as it arrives. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum chunked_state {
	CHUNK_SIZE,      /* in the hexadecimal digits */
	CHUNK_EXTENSION, /* behind them, up to the end of the line */
	CHUNK_DATA,
	CHUNK_DATA_END,  /* CRLF behind the data */
	CHUNK_TRAILER,   /* at the begin of a trailer line */
	CHUNK_TRAILER_LINE,
	CHUNK_DONE,
};

struct chunked {
	enum chunked_state state;
	uint8_t digits;   /* of the size that have been seen */
	uint32_t skipped; /* bytes of extensions and trailers: bounded */
	uint64_t left;    /* of the chunk */
};

void chunked_init(struct chunked *c);

/*
 * Looks at the next bytes. Returns how many were taken, at least one when len > 0; *data_len of
 * them, the last ones, are data (0: none). -EBADMSG: this is not the coding. c->state tells the end.
 */
ssize_t chunked_next(struct chunked *c, const char *at, size_t len, size_t *data_len);

#endif
