/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_MODES_H
#define SIM_MODES_H
/* What leat-sim does beside running seeds. Each returns an exit status. */
#include <stdint.h>

struct world_options;

/* Each plant, in seeds 0, 1, … until it is found, and for the right reason. */
int self_test(unsigned jobs);

/*
 * In each of the small scenarios of seeds from..from + seeds - 1, each allocation fails: by itself, and
 * with those that follow it.
 */
int starve(uint64_t from, uint64_t seeds, unsigned jobs);

#endif
