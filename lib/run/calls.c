/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdbool.h>
#include <time.h>
#include "run/calls.h"

enum { CALL_SECONDS = 2 };

/* The oldest call, taken off the list; NULL: none. The lock is held. */
static struct core_call *
take(struct loop *loop)
{
	struct core_call *call = loop->call_list;

	if (call != NULL) {
		loop->call_list = call->next;
		atomic_fetch_sub(&loop->calls, 1);
	}
	return call;
}

void
calls_run_list(struct loop *loop)
{
	struct core_call *call;

	pthread_mutex_lock(&loop->lock);
	while ((call = take(loop)) != NULL) {
		/* the caller waits on `done` and can no longer give up: the call is off the list */
		pthread_mutex_unlock(&loop->lock);
		call->fn(core_public(&loop->core), call->arg);
		pthread_mutex_lock(&loop->lock);
		call->done = true;
		pthread_cond_broadcast(&loop->done);
	}
	pthread_mutex_unlock(&loop->lock);
}

/* Takes a call that was not begun back; false: it is running or has run. The lock is held. */
static bool
withdraw(struct loop *loop, const struct core_call *call)
{
	for (struct core_call **at = &loop->call_list; *at != NULL; at = &(*at)->next)
		if (*at == call) {
			*at = call->next;
			atomic_fetch_sub(&loop->calls, 1);
			return true;
		}
	return false;
}

int
leat_core_call(struct leat_core *c, void (*fn)(struct leat_core *core, void *arg), void *arg)
{
	struct loop *loop = loop_of(core_of(c));
	struct core_call call = {.fn = fn, .arg = arg};
	struct core_call **at = &loop->call_list;
	struct timespec until;
	int r = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += CALL_SECONDS;
	pthread_mutex_lock(&loop->lock);
	while (*at != NULL)
		at = &(*at)->next;
	*at = &call;
	atomic_fetch_add(&loop->calls, 1);
	leat_core_wake(c);
	while (!call.done) {
		if (r != ETIMEDOUT)
			r = pthread_cond_timedwait(&loop->done, &loop->lock, &until);
		else
			pthread_cond_wait(&loop->done, &loop->lock);
		if (!call.done && r == ETIMEDOUT && withdraw(loop, &call))
			break;
	}
	pthread_mutex_unlock(&loop->lock);
	return call.done ? 0 : -ETIMEDOUT;
}
