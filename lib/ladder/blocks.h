/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LADDER_BLOCKS_H
#define LADDER_BLOCKS_H
/*
 * The frames of a capture file, one after the other: classic pcap (micro- and nanoseconds) and pcapng, each in
 * either byte order. The file is mapped, and every length in it is checked before it is believed.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct leat_error;

enum { BLOCKS_INTERFACES = 256 };

/* An interface of a pcapng section, or what a classic file is about. */
struct blocks_interface {
	uint16_t link;          /* LINKTYPE_ of the frames */
	bool binary;            /* a tick of its clock is 2^-digits s, not 10^-digits s */
	uint8_t digits;
	int64_t offset;         /* seconds to add */
};

struct blocks {
	const char *path;
	const uint8_t *base;
	size_t size, at;        /* at: what is read next */
	bool is_ng, swapped;
	bool cut;               /* the last frame is not complete; it was left out */
	uint64_t frames;        /* so far */
	unsigned nb_interfaces;
	struct blocks_interface interfaces[BLOCKS_INTERFACES];
};

struct blocks_frame {
	const uint8_t *bytes;
	uint32_t captured;      /* bytes that are there */
	uint32_t len;           /* that it had on the wire */
	uint16_t link;
	uint64_t time;          /* nanoseconds of the file's clock */
	const char *comment;    /* not ended by 0; NULL: none */
	uint32_t comment_len;
};

/* 0, and then blocks_close() ends it; or -errno with the error's text: it cannot be read, or is no capture file. */
int blocks_open(const char *path, struct blocks *b, struct leat_error *error);

/* The next frame: 1; 0: there is no more; -EBADMSG with the error's text. */
int blocks_next(struct blocks *b, struct blocks_frame *frame, struct leat_error *error);

void blocks_close(struct blocks *b);

/* blocks_open() of a file that is in memory: b has path, base and size, all else 0; it is not closed. */
int blocks_begin(struct blocks *b, struct leat_error *error);

#endif
