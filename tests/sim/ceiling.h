/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_CEILING_H
#define SIM_CEILING_H
/* What may be asked of a path: whether all must arrive over it, and by when. */
#include <stdbool.h>
#include <stdint.h>
#include "scenario.h"

/*
 * True when nothing in the scenario is a reason to give a connection up: no mbufs are taken away, no
 * frame size vanishes, the black-out is short beside the time after which TCP gives up, and TIME-WAIT
 * outlives every frame.
 */
bool path_is_kind(const struct scenario *s);

/*
 * Nanoseconds within which polite conversations over this path must have been closed, from the last
 * dial on. Far above what they take, far below a connection that has lost its timers.
 */
uint64_t path_ceiling(const struct scenario *s);

#endif
