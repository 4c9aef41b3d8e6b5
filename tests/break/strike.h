/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BREAK_STRIKE_H
#define BREAK_STRIKE_H
/* What is to break, breaks: by w->step, w->what and w->who. */
#include <stdbool.h>
#include "world.h"

enum { STRIKE_MS = 5 }; /* after the segment left, before it arrives; by so much it is overtaken */

/* The hand of the world: what becomes of each frame. */
bool strike_hand(struct world *w, struct frame *f);
/* What comes later than the segment. w->zero is set. */
void strike_plan(struct world *w);
/* Who sends the step's segment has no buffers to send with, who receives it none to receive into. */
void strike_take_packets(struct world *w);
/* Every control block of w->who is in use. */
void strike_take_blocks(struct world *w);

#endif
