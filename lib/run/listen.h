/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RUN_LISTEN_H
#define RUN_LISTEN_H
#include "run/run.h"

/* Removes the listeners that are left, before the cores' tables go. */
void listen_end(struct leat *leat);

/* How many there are. Any thread. */
uint32_t listen_count(struct leat *leat);

#endif
