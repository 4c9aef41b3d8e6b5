/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>
#include <rte_atomic.h>
#include "run/calls.h"

enum { CALL_SECONDS = 2 };

/* Who may free a call that somebody waits for: the last of the two to let go of it. */
enum progress {
	WAITING,   /* not begun */
	BEGUN,     /* the core runs it; the caller waits for `done` */
	DONE,      /* it has run; the caller frees it once `done` is posted */
	WITHDRAWN, /* the caller has given up; the core frees it */
};

struct core_call {
	struct core_call *next;
	void (*fn)(struct leat_core *core, void *arg);
	void *arg;
	bool awaited;
	_Atomic enum progress progress;
	sem_t done;  /* awaited */
};

struct core_call *
calls_make(void (*fn)(struct leat_core *core, void *arg), void *arg)
{
	struct core_call *call = calloc(1, sizeof(*call));

	if (call != NULL) {
		call->fn = fn;
		call->arg = arg;
	}
	return call;
}

void
calls_push(struct loop *loop, struct core_call *call)
{
	call->next = atomic_load_explicit(&loop->calls, memory_order_relaxed);
	while (!atomic_compare_exchange_weak_explicit(&loop->calls, &call->next, call, memory_order_release,
		memory_order_relaxed))
		;
	rte_smp_mb();
	core_wake_if_asleep(&loop->core);
}

/* The list is built at its head: the last comes first. */
static struct core_call *
reverse(struct core_call *call)
{
	struct core_call *first = NULL;

	while (call != NULL) {
		struct core_call *next = call->next;
		call->next = first;
		first = call;
		call = next;
	}
	return first;
}

static void
run(struct loop *loop, struct core_call *call)
{
	enum progress waiting = WAITING;
	bool awaited = call->awaited;

	if (atomic_compare_exchange_strong(&call->progress, &waiting, BEGUN))
		call->fn(core_public(&loop->core), call->arg);
	else
		awaited = false;
	if (awaited) {
		atomic_store_explicit(&call->progress, DONE, memory_order_release);
		sem_post(&call->done);
	} else {
		free(call);
	}
}

void
calls_run_list(struct loop *loop)
{
	struct core_call *call = reverse(atomic_exchange_explicit(&loop->calls, NULL, memory_order_acquire));

	while (call != NULL) {
		struct core_call *next = call->next;
		run(loop, call);
		call = next;
	}
}

void
calls_forget(struct loop *loop)
{
	struct core_call *call = atomic_exchange_explicit(&loop->calls, NULL, memory_order_acquire);

	while (call != NULL) {
		struct core_call *next = call->next;
		free(call);
		call = next;
	}
}

int
leat_core_post(struct leat_core *c, void (*fn)(struct leat_core *core, void *arg), void *arg)
{
	struct core_call *call = calls_make(fn, arg);

	if (call == NULL)
		return -ENOMEM;
	calls_push(loop_of(core_of(c)), call);
	return 0;
}

/* Waits until the call has run; false: two seconds have passed and it was not begun. */
static bool
await(struct core_call *call)
{
	enum progress waiting = WAITING;
	struct timespec until;
	int rc;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += CALL_SECONDS;
	do
		rc = sem_clockwait(&call->done, CLOCK_MONOTONIC, &until);
	while (rc < 0 && errno == EINTR);
	if (rc < 0 && atomic_compare_exchange_strong(&call->progress, &waiting, WITHDRAWN))
		return false;
	while (rc < 0)
		rc = sem_wait(&call->done);
	/* What fn has written is seen. The semaphore says so too, but not to the thread sanitizer. */
	return atomic_load_explicit(&call->progress, memory_order_acquire) == DONE;
}

int
leat_core_call(struct leat_core *c, void (*fn)(struct leat_core *core, void *arg), void *arg)
{
	struct core_call *call = calls_make(fn, arg);

	if (call == NULL)
		return -ENOMEM;
	call->awaited = true;
	sem_init(&call->done, 0, 0);
	calls_push(loop_of(core_of(c)), call);
	if (!await(call))
		return -ETIMEDOUT;
	sem_destroy(&call->done);
	free(call);
	return 0;
}
