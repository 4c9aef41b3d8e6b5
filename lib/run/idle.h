/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RUN_IDLE_H
#define RUN_IDLE_H
/* Sleeping and waking: leat_core_wait(), leat_core_wake(). */
#include "run/run.h"

/* The eventfd, and an epoll set with it and the receive interrupts of the ports. 0 or -errno. */
int idle_init(struct loop *loop);
void idle_fini(struct loop *loop);

#endif
