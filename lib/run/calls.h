/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RUN_CALLS_H
#define RUN_CALLS_H
/* Calls from other threads, run by the core between two turns: leat_core_call(). */
#include "run/run.h"

/* Runs what waits; one relaxed load when nothing does. */
void calls_run_list(struct loop *loop);

static inline void
calls_run(struct loop *loop)
{
	if (unlikely(atomic_load_explicit(&loop->calls, memory_order_relaxed) != 0))
		calls_run_list(loop);
}

#endif
