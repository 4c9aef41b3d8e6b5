/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SEGMENTS_SCENE_H
#define SEGMENTS_SCENE_H
/* The beginning of a play, from the first bytes of its input; and its end. */
#include "bytes.h"

/* Sets the instance up, and walks the first talk into its state by real segments. */
void scene_begin(struct bytes *b);

/* There is memory again. */
void scene_gives_memory(void);

/*
 * An honest connection comes and is served, whatever was. Then the application closes or aborts all that
 * is open, nobody answers any more, and time passes until nothing is left to be done.
 */
void scene_end(void);

#endif
