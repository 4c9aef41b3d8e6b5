/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_SHRINK_H
#define SIM_SHRINK_H
#include "scenario.h"
#include "world.h"

/*
 * Makes a scenario that fails smaller for as long as it fails in the same way: conversations,
 * impairments, settings and bytes are left out or halved, one at a time. Returns how many steps that took.
 */
unsigned shrink(struct scenario *s, const struct world_options *options, const char *why);

#endif
