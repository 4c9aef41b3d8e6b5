/* SPDX-License-Identifier: BSD-3-Clause */
/* leat_core_poll() from inside a turn. */
#include <criterion/criterion.h>
#include "support/duo.h"
#include "support/eal.h"

static struct duo duo;
static unsigned nested, fired;

static void
on_timer(struct leat_timer *timer, void *user)
{
	(void)timer;
	(void)user;
	fired++;
	nested += leat_core_poll(leat_core(duo.a, 0));
}

static void
start(void)
{
	support_eal_start(NULL);
	duo_open(&duo, NULL);
}

static void
stop(void)
{
	duo_close(&duo);
}

TestSuite(nested, .init = start, .fini = stop, .timeout = 60);

/* Two timers are due: were the turn taken, the second would fire inside the callback of the first */
Test(nested, turn_inside_a_turn_is_refused)
{
	struct leat_timer *timers[2];
	uint64_t turns = leat_stat_value(duo.a, "core_turns");

	for (int i = 0; i < 2; i++) {
		timers[i] = leat_timer_create(leat_core(duo.a, 0), on_timer, NULL);
		leat_timer_arm(timers[i], 1000000);
	}
	duo.now += 2000000;
	leat_core_poll(leat_core(duo.a, 0));
	cr_assert_eq(fired, 2);
	cr_assert_eq(nested, 0);
	cr_assert_eq(leat_stat_value(duo.a, "core_nested_polls"), 2);
	cr_assert_eq(leat_stat_value(duo.a, "core_turns"), turns + 1);
	/* and the next one is as ever */
	leat_core_poll(leat_core(duo.a, 0));
	cr_assert_eq(leat_stat_value(duo.a, "core_turns"), turns + 2);
	for (int i = 0; i < 2; i++)
		leat_timer_free(timers[i]);
}
