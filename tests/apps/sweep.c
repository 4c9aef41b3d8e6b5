/* SPDX-License-Identifier: BSD-3-Clause */
/* Deadlines of connections: none is early, none is later than a period, a moved one is not forgotten. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include "httpd/sweep.h"

enum { PERIOD = 100, NODES = 2000 };

struct entry {
	struct sweep_node node;
	uint64_t fired;
};

static uint64_t now;

static void
fire(struct sweep_node *n, void *arg)
{
	(void)arg;
	cr_assert_eq(((struct entry *)n)->fired, 0, "twice");
	((struct entry *)n)->fired = now;
}

static void
run_until(struct sweep *s, uint64_t end, uint64_t step)
{
	for (; now < end; now += step)
		sweep_run(s, now, fire, NULL);
}

Test(sweep, fires_after_the_deadline_and_within_a_period)
{
	static struct entry e[NODES];
	struct sweep s;

	srand(1);
	now = 123456;
	sweep_init(&s, now, PERIOD);
	for (int i = 0; i < NODES; i++)
		sweep_file(&s, &e[i].node, now + (uint64_t)(rand() % (5 * SWEEP_SLOTS * PERIOD)));
	run_until(&s, now + 6 * SWEEP_SLOTS * PERIOD, 7);
	for (int i = 0; i < NODES; i++) {
		cr_assert_geq(e[i].fired, e[i].node.deadline);
		cr_assert_leq(e[i].fired, e[i].node.deadline + PERIOD + 7);
		cr_assert_null(e[i].node.pprev);
	}
}

Test(sweep, a_deadline_moved_later_is_kept)
{
	struct entry e = {0};
	struct sweep s;

	now = 0;
	sweep_init(&s, now, PERIOD);
	cr_assert(sweep_empty(&s));
	sweep_file(&s, &e.node, 1000);
	run_until(&s, 950, 10);
	cr_assert(!sweep_empty(&s));
	e.node.deadline = 5000;
	run_until(&s, 5000, 10);
	cr_assert_eq(e.fired, 0);
	run_until(&s, 5000 + 2 * PERIOD, 10);
	cr_assert_geq(e.fired, 5000);
	cr_assert(sweep_empty(&s));
}

Test(sweep, filed_again_earlier)
{
	struct entry e = {0};
	struct sweep s;

	now = 0;
	sweep_init(&s, now, PERIOD);
	sweep_file(&s, &e.node, 5000);
	sweep_file(&s, &e.node, 1000);
	run_until(&s, 1000 + 2 * PERIOD, 10);
	cr_assert_geq(e.fired, 1000);
}

Test(sweep, removed_is_never_called)
{
	struct entry e[3] = {{{0}, 0}};
	struct sweep s;

	now = 0;
	sweep_init(&s, now, PERIOD);
	for (int i = 0; i < 3; i++)
		sweep_file(&s, &e[i].node, 1000);
	sweep_remove(&e[1].node);
	sweep_remove(&e[1].node);
	run_until(&s, 2000, 10);
	cr_assert(e[0].fired && !e[1].fired && e[2].fired);
}

Test(sweep, a_long_pause_misses_nothing)
{
	static struct entry e[NODES];
	struct sweep s;

	now = 0;
	sweep_init(&s, now, PERIOD);
	for (int i = 0; i < NODES; i++)
		sweep_file(&s, &e[i].node, (uint64_t)i * 10);
	now = 1000 * SWEEP_SLOTS * PERIOD;
	sweep_run(&s, now, fire, NULL);
	for (int i = 0; i < NODES; i++)
		cr_assert_eq(e[i].fired, now);
}

static int visited;

static void
visit_and_remove(struct sweep_node *n, void *arg)
{
	(void)arg;
	visited++;
	if (((struct entry *)n)->fired == 0)
		sweep_remove(n);
}

Test(sweep, each_visits_all_and_allows_removal)
{
	static struct entry e[NODES];
	struct sweep s;

	now = 0;
	sweep_init(&s, now, PERIOD);
	for (int i = 0; i < NODES; i++) {
		e[i].fired = (uint64_t)(i & 1);
		sweep_file(&s, &e[i].node, (uint64_t)i * 10);
	}
	sweep_each(&s, visit_and_remove, NULL);
	cr_assert_eq(visited, NODES);
	visited = 0;
	sweep_each(&s, visit_and_remove, NULL);
	cr_assert_eq(visited, NODES / 2, "what is left is filed still");
}
