/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LOAD_GEN_PARTS_H
#define LOAD_GEN_PARTS_H
/* What the files of the generator have between them: gen.c, start.c, phase.c. */
#include "gen.h"

enum { GEN_BURST = 64 }; /* that is begun, or ended, in one turn: what a port's queue takes without loss */

/* start.c: what is due. Each returns how much it did. */
unsigned start_connections(struct gen *g);
unsigned start_requests(struct gen *g);
/* Fails those on which nothing has moved for --timeout; looks at a part of them each millisecond. */
void start_sweep(struct gen *g);

/* phase.c */
void phase_begin(struct gen *g);
unsigned phase_step(struct gen *g);

#endif
