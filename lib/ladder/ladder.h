/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LADDER_LADDER_H
#define LADDER_LADDER_H
/* Draws the ladder of a connection from the trace: what crossed, and who was in which state. */
#include <stdio.h>
#include "core/trace.h"

struct ladder_filter {
	const struct leat_endpoint *remote; /* only this peer (port 0: any of its ports); NULL: all */
	unsigned last;                      /* only the last N connections; 0: all */
};

/* Writes the connections in the trace, oldest first, each as its own ladder, to `to`. */
void ladder_print(const struct trace *trace, const struct ladder_filter *filter, FILE *to);

#endif
