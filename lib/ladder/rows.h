/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LADDER_ROWS_H
#define LADDER_ROWS_H
/* The lines that a ladder is made of: time, the left side's state, rail, arrow or text, rail, the right side's. */
#include <stdio.h>
#include "ladder/text.h"

struct ladder_sheet {
	FILE *to;
	uint64_t start; /* what time counts from, in ns */
	int left;       /* columns of the left side's state */
};

/* A line; time NULL: none is written; left, inner and right may be "". */
void ladder_row(const struct ladder_sheet *s, const uint64_t *time, const char *left, const char *inner,
	const char *right);

/* An arrow with what the segment says on it. */
void ladder_row_segment(const struct ladder_sheet *s, const struct ladder_seg *seg, const char *left,
	const char *right);

/* A TRACE_NOTE record. */
void ladder_row_note(const struct ladder_sheet *s, const struct trace_rec *r);

/* The horizontal line above and below a ladder, with titles. */
void ladder_rule(const struct ladder_sheet *s, const char *time, const char *left, const char *right);

#endif
