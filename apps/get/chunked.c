/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include "chunked.h"

enum {
	DIGITS_MAX = 15,       /* sizes up to 2^60 */
	SKIPPED_MAX = 1 << 16, /* extensions and trailers that nobody reads */
};

void
chunked_init(struct chunked *c)
{
	memset(c, 0, sizeof(*c));
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int
on_size(struct chunked *c, char byte)
{
	int digit = hex(byte);

	if (digit >= 0) {
		if (++c->digits > DIGITS_MAX)
			return -EBADMSG;
		c->left = c->left << 4 | (unsigned)digit;
		return 0;
	}
	if (c->digits == 0 || strchr(" \t;\r\n", byte) == NULL || byte == '\0')
		return -EBADMSG;
	c->state = CHUNK_EXTENSION;
	return 1; /* look at this byte again */
}

static int
on_extension(struct chunked *c, char byte)
{
	if (++c->skipped > SKIPPED_MAX)
		return -EBADMSG;
	if (byte == '\n') {
		c->state = c->left > 0 ? CHUNK_DATA : CHUNK_TRAILER;
		c->digits = 0;
	}
	return 0;
}

static int
on_data_end(struct chunked *c, char byte)
{
	if (byte == '\n')
		c->state = CHUNK_SIZE;
	return byte == '\n' || byte == '\r' ? 0 : -EBADMSG;
}

static int
on_trailer(struct chunked *c, char byte)
{
	if (++c->skipped > SKIPPED_MAX)
		return -EBADMSG;
	if (byte == '\n')
		c->state = c->state == CHUNK_TRAILER ? CHUNK_DONE : CHUNK_TRAILER;
	else if (byte != '\r')
		c->state = CHUNK_TRAILER_LINE;
	return 0;
}

/* One byte that is not data: 0 = taken, 1 = the state has changed, look again, -EBADMSG. */
static int
on_byte(struct chunked *c, char byte)
{
	switch (c->state) {
	case CHUNK_SIZE:
		return on_size(c, byte);
	case CHUNK_EXTENSION:
		return on_extension(c, byte);
	case CHUNK_DATA_END:
		return on_data_end(c, byte);
	default:
		return on_trailer(c, byte);
	}
}

ssize_t
chunked_next(struct chunked *c, const char *at, size_t len, size_t *data_len)
{
	size_t taken = 0;

	*data_len = 0;
	while (taken < len && c->state != CHUNK_DATA && c->state != CHUNK_DONE) {
		int rc = on_byte(c, at[taken]);
		if (rc < 0)
			return rc;
		taken += rc == 0;
	}
	if (c->state == CHUNK_DATA) {
		*data_len = c->left < len - taken ? (size_t)c->left : len - taken;
		c->left -= *data_len;
		taken += *data_len;
		if (c->left == 0)
			c->state = CHUNK_DATA_END;
	}
	return (ssize_t)taken;
}
