/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SPEC_SLABS_H
#define SPEC_SLABS_H
/* What the vocabulary does not see of leat: its slabs. */
#include <stdint.h>

struct leat;

/* So many senders (tcp/sender.h) may be; returns how many might until now. */
uint32_t senders_may_be(struct leat *leat, uint32_t max);

/* What is left in a slab although no connection is: its name, or NULL. */
const char *slab_left(struct leat *leat);

#endif
