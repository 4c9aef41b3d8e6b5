/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RUN_RECEIVE_H
#define RUN_RECEIVE_H
#include "core/core.h"

/* Step 2 of the turn: what has come for this core goes to rx_burst(), a burst at a time; what is for others is passed on. */
void receive(struct core *core);

#endif
