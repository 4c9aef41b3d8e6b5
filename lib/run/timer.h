/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RUN_TIMER_H
#define RUN_TIMER_H
/*
 * The application's timers (leat/timer.h). The wheel finds out which are due (step 4 of the turn);
 * their functions run with the other events (step 5).
 */
#include "core/core.h"

int timer_init(struct core *core);  /* makes core->timers; registers WHEEL_TIMER. 0 or -ENOMEM */
void timer_fini(struct core *core); /* frees the timers that are left; none of them runs */

/* Step 5: runs those that are due. Returns how many. */
unsigned timer_deliver(struct core *core);

#endif
