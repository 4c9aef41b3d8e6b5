/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LADDER_SPANS_H
#define LADDER_SPANS_H
/*
 * Which positions of a byte stream have been seen: sorted, disjoint spans. Tells a segment that
 * repeats from one that is new, and counts bytes once however often they were sent.
 */
#include <stdint.h>

struct span {
	int64_t from, to;
};

struct spans {
	struct span *list;
	unsigned n, room;
};

void spans_free(struct spans *s);

/* Adds [from, to); returns how many positions of it were not there before. */
int64_t spans_add(struct spans *s, int64_t from, int64_t to);

#endif
