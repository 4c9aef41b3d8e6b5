/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RUN_CALLS_H
#define RUN_CALLS_H
/*
 * Calls from any thread, run by the core between two turns: leat_core_call(), leat_core_post(). Whoever
 * calls pushes onto a list without a lock; the core takes the whole list at once. While nobody calls,
 * that is one relaxed load a turn, of a line that nobody writes.
 */
#include "run/run.h"

struct core_call;

/* What will run fn(core, arg), for calls_push(); whoever cannot fail later makes it earlier. NULL: no memory. */
struct core_call *calls_make(void (*fn)(struct leat_core *core, void *arg), void *arg);
/* Gives the call to the core, which runs and frees it; in the order of each caller. */
void calls_push(struct loop *loop, struct core_call *call);

/* Runs what waits. */
void calls_run_list(struct loop *loop);
/* Frees what waits. */
void calls_forget(struct loop *loop);

static inline bool
calls_wait(const struct loop *loop)
{
	return atomic_load_explicit(&loop->calls, memory_order_relaxed) != NULL;
}

static inline void
calls_run(struct loop *loop)
{
	if (unlikely(calls_wait(loop)))
		calls_run_list(loop);
}

#endif
