/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SUPPORT_SEGMENT_H
#define SUPPORT_SEGMENT_H
/*
 * Reads a frame as a judge: apart from the code that it judges, so that a mistake of lib/wire does
 * not excuse itself.
 */
#include <stdbool.h>
#include <stdint.h>

enum { SEGMENT_SACKS = 4 };

struct segment {
	bool from_a;
	uint16_t sport, dport;
	uint32_t seq, ack, len;      /* len: payload, without SYN and FIN */
	uint16_t wnd, urg, mss;      /* mss 0: not said */
	uint8_t flags;
	bool ce;                     /* a router has marked it (RFC 3168 5) */
	bool has_wscale, has_ts;
	uint8_t wscale;
	uint8_t nb_sacks;
	uint32_t tsval;
	uint32_t opts_len;
	struct {
		uint32_t from, to;
	} sacks[SEGMENT_SACKS];
	uint8_t *data;
};

/*
 * A TCP segment between the two hosts, in a frame of len bytes; its IP header may have options. NULL, or what
 * is wrong with it; segment_not_tcp: it is none; segment_bad_options: all but some of its options is there.
 */
const char *segment_read(uint8_t *frame, uint32_t len, struct segment *s);
extern const char segment_not_tcp[], segment_bad_options[];

/* Writes both checksums anew. The lengths in the headers must be right. */
void segment_seal(uint8_t *frame);

#endif
