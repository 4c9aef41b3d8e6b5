/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SEGMENTS_PEER_H
#define SEGMENTS_PEER_H
/* The peer: writes frames, and remembers the last of them. */
#include "support/segment.h"
#include "talk.h"

enum { PEER_FRAMES = 32, PEER_BURST = 24 };

/* A segment to be written. */
struct wish {
	struct talk *talk;
	uint8_t flags;
	uint32_t seq, ack, len;
	uint16_t wnd, urg;
	uint8_t opts[40];
	uint8_t opts_len;     /* a multiple of four */
	uint8_t tos, ttl;
	bool spoilt;          /* its payload is other than what is right at this place */
	bool bad_cksum;
};

struct frame {
	uint32_t len;
	uint8_t bytes[STAGE_FRAME_MAX];
};

/* What has gone in since the last turn. */
struct arrival {
	bool valid;           /* it is a segment, and its checksums are right */
	struct segment s;
};

extern struct arrival arrivals[PEER_BURST];
extern unsigned nb_arrivals;

void peer_begin(void);

/* As a correct peer would write it now: these flags and so much data, what leat has sent acknowledged. */
struct wish peer_wish(struct talk *t, uint8_t flags, uint32_t len);

/* Sends it, cut as stage_give() tells; leat does not turn. */
void peer_sends(const struct wish *w, uint8_t cut);

/* The frame that was sent n frames ago, or NULL; sends a copy of it, changed at one byte if `at` lies in it. */
const struct frame *peer_frame(unsigned n);
void peer_sends_again(unsigned n, uint32_t at, uint8_t value, bool sealed, uint8_t cut);

/* An IP packet of these bytes; sealed: the checksums are made right. */
void peer_sends_raw(const uint8_t *packet, uint32_t len, bool sealed, uint8_t cut);

/* An ICMP error that quotes the first bytes of a packet of leat's, its segment at seq. */
void peer_reports(struct talk *t, uint8_t type, uint8_t code, uint16_t mtu, uint32_t seq, uint8_t quoted);

/* Options as they go into a SYN of the peer's, and into its other segments. Return their length. */
uint8_t peer_syn_opts(const struct talk *t, uint8_t *p);
uint8_t peer_ts_opt(const struct talk *t, uint32_t tsval, uint8_t *p);

#endif
