/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LADDER_DRAW_H
#define LADDER_DRAW_H
/* Draws one connection. */
#include <stdbool.h>
#include <stdio.h>
#include "core/trace.h"

/* The records of one connection, oldest first; n >= 1. */
struct ladder_conn {
	const struct trace_rec **recs;
	size_t n;
	bool captured; /* they are of a struct capture_rec each: neither side is leat */
};

/* Explains the signs, once above the first ladder. */
void ladder_legend(bool captured, FILE *to);

void ladder_draw(const struct ladder_conn *conn, FILE *to);

#endif
