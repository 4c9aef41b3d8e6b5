/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LADDER_LADDER_H
#define LADDER_LADDER_H
/* Draws the ladder of a connection from the trace or a capture: what crossed, and who was in which state. */
#include <stdio.h>
#include "core/trace.h"
#include "ladder/capture.h"

struct ladder_filter {
	/* Only this peer (port 0: any of its ports), in a capture only this end, whichever; NULL: all. */
	const struct leat_endpoint *remote;
	unsigned last;                      /* only the last N connections; 0: all */
};

/* Writes the connections in the trace, oldest first, each as its own ladder, to `to`. */
void ladder_print(const struct trace *trace, const struct ladder_filter *filter, FILE *to);

/* The same for the segments of a capture, which it turns: who opened a connection is their local side. */
void ladder_print_capture(struct capture *capture, const struct ladder_filter *filter, FILE *to);

#endif
