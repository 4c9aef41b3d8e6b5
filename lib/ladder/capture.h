/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LADDER_CAPTURE_H
#define LADDER_CAPTURE_H
/*
 * The segments of a capture file, in the order of their times. Where the impaired wire wrote the file, each
 * carries what became of it as a comment (drivers/wire/capture.h has the form):
 *
 *   net_wire packet 7 lost_random
 *   net_wire packet 8 after 20.000 ms duplicated reordered
 */
#include "ladder/frame.h"

/* What became of a segment behind the place where it was captured. All zero: that is not known. */
struct capture_fate {
	uint64_t number;      /* from 1 among the packets of its direction; 0: the wire told nothing */
	bool lost;
	bool harmed;          /* arrived, but not as it was sent */
	char words[48];       /* why it was lost, or what was done to it; "" */
};

struct capture_rec {
	struct trace_rec rec; /* the first, so that its address is that of the whole */
	struct capture_fate fate;
	uint64_t order;       /* in the file */
};

struct capture {
	struct capture_rec *recs;
	size_t n, room;
	uint64_t kinds[FRAME_KINDS]; /* frames of each */
	bool cut;                    /* the last frame of the file is not complete */
};

/* The record of a capture that r is part of. */
static inline const struct capture_fate *
capture_fate(const struct trace_rec *r)
{
	return &((const struct capture_rec *)r)->fate;
}

/* 0, or -errno with the error's text. capture_free() in either case. */
int capture_read(const char *path, struct capture *c, struct leat_error *error);

void capture_free(struct capture *c);

#endif
