/* SPDX-License-Identifier: BSD-3-Clause */
/* The application's timers: exact to a tick, and safe to free, cancel and arm from anywhere. */
#include <string.h>
#include <criterion/criterion.h>
#include <leat/timer.h>
#include "run/timer.h"

enum { TIMERS = 4, TICK = CORE_NS_PER_TICK };

#define MS 1000000ull
#define SEC 1000000000ull
#define DAY (86400 * SEC)

static uint64_t now;
static struct core core;
static struct leat_timer *t[TIMERS];
static unsigned fired[TIMERS];
static void (*then)(int i); /* what the functions do besides counting; may be NULL */

static uint64_t
virtual_time(void *arg)
{
	(void)arg;
	return now;
}

static void
on_timer(struct leat_timer *timer, void *user)
{
	int i = (int)(uintptr_t)user;

	cr_assert_eq(timer, t[i]);
	fired[i]++;
	if (then != NULL)
		then(i);
}

static struct leat_core *
public(void)
{
	return (struct leat_core *)&core;
}

static void
start_at(uint64_t time)
{
	now = time;
	memset(&core, 0, sizeof(core));
	core.clock = virtual_time;
	core_clock_read(&core);
	wheel_init(&core.wheel, core.tick);
	cr_assert_eq(timer_init(&core), 0);
	for (int i = 0; i < TIMERS; i++) {
		t[i] = leat_timer_create(public(), on_timer, (void *)(uintptr_t)i);
		cr_assert_not_null(t[i]);
	}
}

static void
start(void)
{
	start_at(1000 * SEC + 12345); /* not at the start of a tick */
}

static void
stop(void)
{
	timer_fini(&core);
	cr_assert_eq(core.wheel.armed, 0);
}

/* Steps 1, 4 and 5 of the turn. */
static unsigned
turn_at(uint64_t time)
{
	now = time;
	core_clock_read(&core);
	wheel_advance(&core.wheel, &core, core.tick);
	return timer_deliver(&core);
}

TestSuite(timer, .init = start, .fini = stop);

Test(timer, is_not_armed_when_made)
{
	cr_assert_eq(turn_at(now + DAY), 0);
}

Test(timer, fires_once_not_early_and_within_a_tick)
{
	static const uint64_t waits[] = {0, 1, TICK - 1, TICK, TICK + 1, MS, 200 * MS, SEC, 3600 * SEC, DAY};

	for (size_t i = 0; i < RTE_DIM(waits); i++) {
		uint64_t due = now + waits[i];
		leat_timer_arm(t[0], waits[i]);
		if (waits[i] > 0)
			cr_assert_eq(turn_at(due - 1), 0, "early: %lu", waits[i]);
		cr_assert_eq(turn_at(due + TICK), 1, "late: %lu", waits[i]);
		cr_assert_eq(turn_at(due + 2 * DAY), 0, "twice: %lu", waits[i]);
	}
}

Test(timer, more_than_a_day_is_a_day)
{
	uint64_t armed = now;

	leat_timer_arm(t[0], UINT64_MAX);
	cr_assert_eq(turn_at(armed + DAY - 1), 0);
	cr_assert_eq(turn_at(armed + DAY + TICK), 1);
}

Test(timer, crosses_the_wrap_of_the_ticks)
{
	stop();
	start_at(0xffffffffull * TICK + 5);
	uint64_t armed = now;
	leat_timer_arm(t[0], 3 * SEC);
	cr_assert_eq(turn_at(armed + 3 * SEC - 1), 0);
	cr_assert_eq(turn_at(armed + 3 * SEC + TICK), 1);
}

Test(timer, armed_again_fires_at_the_new_time_only)
{
	uint64_t start_time = now;

	leat_timer_arm(t[0], 10 * MS);
	leat_timer_arm(t[0], 50 * MS); /* later */
	leat_timer_arm(t[1], 50 * MS);
	leat_timer_arm(t[1], 10 * MS); /* earlier */
	cr_assert_eq(turn_at(start_time + 11 * MS), 1);
	cr_assert_eq(fired[1], 1);
	cr_assert_eq(turn_at(start_time + 50 * MS - 1), 0);
	cr_assert_eq(turn_at(start_time + 51 * MS), 1);
	cr_assert_eq(fired[0], 1);
}

Test(timer, cancelled_does_not_fire_and_may_be_armed_again)
{
	leat_timer_cancel(t[0]); /* no effect */
	leat_timer_arm(t[0], 10 * MS);
	leat_timer_cancel(t[0]);
	cr_assert_eq(core.wheel.armed, 0);
	cr_assert_eq(turn_at(now + SEC), 0);
	leat_timer_arm(t[0], 10 * MS);
	cr_assert_eq(turn_at(now + SEC), 1);
}

static int order[TIMERS];
static unsigned nb_order;

static void
note_order(int i)
{
	order[nb_order++] = i;
}

Test(timer, those_due_earlier_run_first)
{
	then = note_order;
	for (int i = 0; i < TIMERS; i++)
		leat_timer_arm(t[i], (uint64_t)(i ^ 1) * 7 * MS);
	cr_assert_eq(turn_at(now + SEC), TIMERS);
	for (int i = 0; i < TIMERS; i++)
		cr_assert_eq(order[i], i ^ 1);
}

static void
rearm_itself(int i)
{
	leat_timer_arm(t[i], 0);
}

Test(timer, armed_from_its_own_function_fires_in_a_later_turn)
{
	then = rearm_itself;
	leat_timer_arm(t[0], 0);
	for (unsigned n = 1; n < 50; n++) {
		cr_assert_eq(turn_at(now + TICK), 1, "not in the same turn again");
		cr_assert_eq(fired[0], n);
	}
}

static void
free_itself(int i)
{
	leat_timer_free(t[i]);
	t[i] = NULL;
}

Test(timer, freed_from_its_own_function)
{
	then = free_itself;
	leat_timer_arm(t[0], MS);
	leat_timer_arm(t[1], MS);
	cr_assert_eq(turn_at(now + SEC), 2);
	cr_assert_eq(turn_at(now + SEC), 0);
}

static void
free_all(int i)
{
	(void)i;
	for (int k = 0; k < TIMERS; k++)
		free_itself(k);
}

/* All are due in one turn; the earliest frees the rest. */
Test(timer, freed_by_another_while_due)
{
	then = free_all;
	for (int i = 0; i < TIMERS; i++)
		leat_timer_arm(t[i], (uint64_t)(TIMERS - i) * 7 * MS);
	cr_assert_eq(turn_at(now + SEC), 1);
	cr_assert_eq(fired[TIMERS - 1], 1, "the one that was due first");
}

static void
move_the_others(int i)
{
	then = NULL;
	leat_timer_cancel(t[(i + 1) % TIMERS]);
	leat_timer_arm(t[(i + 2) % TIMERS], SEC);
}

Test(timer, cancelled_or_moved_by_another_while_due)
{
	then = move_the_others;
	for (int i = 0; i < TIMERS; i++)
		leat_timer_arm(t[i], (uint64_t)(i + 1) * MS);
	cr_assert_eq(turn_at(now + 100 * MS), 2);
	cr_assert(fired[0] == 1 && fired[1] == 0 && fired[2] == 0 && fired[3] == 1);
	cr_assert_eq(turn_at(now + SEC - 1), 0);
	cr_assert_eq(turn_at(now + 1 + TICK), 1);
	cr_assert_eq(fired[2], 1);
}

/* stop() frees what is armed, what is due and what is idle; none of them runs. */
Test(timer, the_end_of_the_core_frees_the_rest)
{
	leat_timer_arm(t[0], SEC);
	leat_timer_arm(t[1], MS);
	core.tick += 100;
	wheel_advance(&core.wheel, &core, core.tick); /* t[1] is due, not delivered */
	cr_assert_eq(fired[0] + fired[1], 0);
}
