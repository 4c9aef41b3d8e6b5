/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <leat/timer.h>
#include "base/seq.h"
#include "run/timer.h"

#define DAY_NS 86400000000000ull

struct leat_timer {
	struct wheel_node node;        /* filed at `at` or, when it was moved later since, before */
	uint32_t at;                   /* tick it is due at */
	bool due;                      /* on the list of those */
	struct core *core;
	void (*fn)(struct leat_timer *timer, void *user);
	void *user;
	LIST_ENTRY(leat_timer) all;
	TAILQ_ENTRY(leat_timer) order; /* while due */
};

struct timer_layer {
	LIST_HEAD(, leat_timer) all;
	TAILQ_HEAD(, leat_timer) due;  /* the earliest first */
};

/* The wheel visits: step 4. */
static void
on_visit(struct core *core, struct wheel_node *node)
{
	struct leat_timer *t = RTE_PTR_SUB(node, offsetof(struct leat_timer, node));

	if (seq_gt(t->at, core->tick)) {
		wheel_arm(&core->wheel, node, t->at);
		return;
	}
	t->due = true;
	TAILQ_INSERT_TAIL(&core->timers->due, t, order);
}

int
timer_init(struct core *core)
{
	core->timers = calloc(1, sizeof(*core->timers));
	if (core->timers == NULL)
		return -ENOMEM;
	LIST_INIT(&core->timers->all);
	TAILQ_INIT(&core->timers->due);
	wheel_handler(&core->wheel, WHEEL_TIMER, on_visit);
	return 0;
}

void
timer_fini(struct core *core)
{
	if (core->timers == NULL)
		return;
	while (!LIST_EMPTY(&core->timers->all))
		leat_timer_free(LIST_FIRST(&core->timers->all));
	free(core->timers);
	core->timers = NULL;
}

static void
unlist(struct leat_timer *t)
{
	if (!t->due)
		return;
	t->due = false;
	TAILQ_REMOVE(&t->core->timers->due, t, order);
}

/* What a function arms goes to the wheel, not to this list: it ends. */
unsigned
timer_deliver(struct core *core)
{
	struct leat_timer *t;
	unsigned done = 0;

	/* A function may free or cancel any timer, its own too: always look at the head anew. */
	while ((t = TAILQ_FIRST(&core->timers->due)) != NULL) {
		unlist(t);
		t->fn(t, t->user);
		done++;
	}
	return done;
}

struct leat_timer *
leat_timer_create(struct leat_core *c, void (*fn)(struct leat_timer *timer, void *user), void *user)
{
	struct core *core = (struct core *)c;
	struct leat_timer *t = calloc(1, sizeof(*t));

	core_assert_owner(core);
	if (t == NULL)
		return NULL;
	wheel_node_init(&t->node, WHEEL_TIMER);
	t->core = core;
	t->fn = fn;
	t->user = user;
	LIST_INSERT_HEAD(&core->timers->all, t, all);
	return t;
}

void
leat_timer_arm(struct leat_timer *t, uint64_t after_ns)
{
	core_assert_owner(t->core);
	unlist(t);
	t->at = core_deadline(t->core, RTE_MIN(after_ns, DAY_NS));
	wheel_arm(&t->core->wheel, &t->node, t->at);
}

void
leat_timer_cancel(struct leat_timer *t)
{
	core_assert_owner(t->core);
	unlist(t);
	wheel_cancel(&t->core->wheel, &t->node);
}

void
leat_timer_free(struct leat_timer *t)
{
	leat_timer_cancel(t);
	LIST_REMOVE(t, all);
	free(t);
}
