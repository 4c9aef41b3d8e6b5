/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls from other threads, and from one core to another; leat_run() on several lcores. */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include "run/run.h"
#include "support/eal.h"
#include "hall.h"

enum { POSTS = 1000 };

static unsigned seen[2 * POSTS], nb_seen;

static void
start_on_one(void)
{
	support_eal_start("-m", "384", NULL);
}

static void
start_on_two(void)
{
	support_eal_start("-m", "384", "--lcores", "0,1@(0-1)", NULL);
}

TestSuite(calls, .init = start_on_one, .timeout = 60);

static void
note(struct leat_core *core, void *arg)
{
	cr_assert(hall.turning == NULL || core == hall.turning);
	seen[nb_seen++] = (unsigned)(uintptr_t)arg;
}

Test(calls, posts_run_in_order_with_the_next_turn)
{
	hall.a = (struct side){.cores = 2};
	hall_open();
	for (unsigned i = 0; i < POSTS; i++)
		cr_assert_eq(leat_core_post(leat_core(hall.a.leat, 1), note, (void *)(uintptr_t)i), 0);
	hall_turn(leat_core(hall.a.leat, 0));
	cr_assert_eq(nb_seen, 0, "they are core 1's");
	hall_turn(leat_core(hall.a.leat, 1));
	cr_assert_eq(nb_seen, POSTS);
	for (unsigned i = 0; i < POSTS; i++)
		cr_assert_eq(seen[i], i);
	hall_close();
}

static void
pass_on(struct leat_core *core, void *arg)
{
	struct leat *leat = leat_core_instance(core);
	uintptr_t left = (uintptr_t)arg;

	note(core, (void *)(uintptr_t)leat_core_id(core));
	if (left > 0)
		leat_core_post(leat_core(leat, 1 - leat_core_id(core)), pass_on, (void *)(left - 1));
}

Test(calls, a_call_may_post_to_another_core)
{
	hall.a = (struct side){.cores = 2};
	hall_open();
	leat_core_post(leat_core(hall.a.leat, 0), pass_on, (void *)9);
	for (unsigned i = 0; i < 10; i++)
		hall_turn(leat_core(hall.a.leat, i % 2));
	cr_assert_eq(nb_seen, 10);
	for (unsigned i = 0; i < 10; i++)
		cr_assert_eq(seen[i], i % 2);
	hall_close();
}

/* What is posted by a call runs with the turn after, so that a core can post to itself for ever and still turn. */
static void
again(struct leat_core *core, void *arg)
{
	note(core, arg);
	leat_core_post(core, again, arg);
}

Test(calls, what_a_call_posts_to_its_own_core_comes_a_turn_later)
{
	hall.a = (struct side){.cores = 1};
	hall_open();
	leat_core_post(leat_core(hall.a.leat, 0), again, NULL);
	for (unsigned i = 1; i <= 5; i++) {
		hall_turn(leat_core(hall.a.leat, 0));
		cr_assert_eq(nb_seen, i);
	}
}

Test(calls, what_was_posted_runs_at_the_latest_at_the_end)
{
	hall.a = (struct side){.cores = 2};
	hall_open();
	leat_core_post(leat_core(hall.a.leat, 1), note, (void *)7);
	leat_destroy(hall.a.leat);
	cr_assert(nb_seen == 1 && seen[0] == 7);
	leat_destroy(hall.b.leat);
}

static void
listen_late(struct leat_core *core, void *arg)
{
	const struct leat_endpoint any = {.port = 7};
	struct leat_listener *l;

	note(core, arg);
	cr_assert_eq(leat_tcp_listen(leat_core_instance(core), &any, &hall_echo, NULL, &l), -ESHUTDOWN);
}

static void
note_end(struct leat_conn *conn, int reason, void *user)
{
	struct leat *leat = leat_core_instance(leat_tcp_core(conn));

	(void)user;
	leat_core_post(leat_core(leat, 0), listen_late, (void *)(uintptr_t)reason);
}

Test(calls, so_does_what_is_posted_while_all_ends)
{
	static const struct leat_tcp_events events = {.on_closed = note_end};
	const struct leat_endpoint to = {.addr = leat_ipv4(198, 18, 0, 2), .port = 7};
	struct leat_conn *conn;

	hall.a = (struct side){.cores = 2};
	hall_open();
	cr_assert_eq(leat_tcp_connect(leat_core(hall.a.leat, 1), NULL, &to, &events, NULL, &conn), 0);
	leat_core_post(leat_core(hall.a.leat, 1), pass_on, (void *)1); /* to core 0 */
	leat_core_post(leat_core(hall.a.leat, 1), again, NULL); /* which has no end: under ASan it would tell */
	leat_destroy(hall.a.leat);
	unsigned passed = 0, ended = 0;
	for (unsigned i = 0; i < nb_seen; i++) {
		passed += seen[i] == 1;
		ended += seen[i] == ECONNABORTED;
	}
	cr_assert_eq(passed, 1);
	cr_assert_eq(ended, 1);
	leat_destroy(hall.b.leat);
}

static void *
call_in_vain(void *arg)
{
	return (void *)(intptr_t)leat_core_call(arg, note, NULL);
}

Test(calls, a_call_that_nobody_runs_is_given_up_and_does_not_run_later)
{
	pthread_t thread;
	void *r;

	hall.a = (struct side){.cores = 2};
	hall_open();
	pthread_create(&thread, NULL, call_in_vain, leat_core(hall.a.leat, 1));
	pthread_join(thread, &r);
	cr_assert_eq((intptr_t)r, -ETIMEDOUT);
	hall_turn(leat_core(hall.a.leat, 1));
	cr_assert_eq(nb_seen, 0);
	hall_close();
}

Test(calls, a_waiting_call_keeps_a_core_awake)
{
	hall.a = (struct side){.cores = 2};
	hall_open();
	hall_settle();
	struct leat_core *core = leat_core(hall.a.leat, 1);
	uint64_t sleeps = leat_stat_value(hall.a.leat, "core_sleeps");
	leat_core_wait(core, 1);
	cr_assert_eq(leat_stat_value(hall.a.leat, "core_sleeps"), sleeps + 1);
	leat_core_post(core, note, NULL);
	leat_core_wait(core, MS);
	cr_assert_eq(leat_stat_value(hall.a.leat, "core_sleeps"), sleeps + 1);
	hall_close();
}

/* --- leat_run() --- */

TestSuite(run, .timeout = 60);

static atomic_uint ran[2];
static atomic_uint lcores[2];

static void
note_lcore(struct leat_core *core, void *arg)
{
	(void)arg;
	atomic_store(&lcores[leat_core_id(core)], rte_lcore_id());
	atomic_fetch_add(&ran[leat_core_id(core)], 1);
}

/* Core 0 has run a function, which asks core 1 for the same, which stops both. */
static void
stop_all(struct leat_core *core, void *arg)
{
	(void)arg;
	note_lcore(core, NULL);
	leat_stop(leat_core_instance(core));
}

static void
ask_the_other(struct leat_core *core, void *arg)
{
	(void)arg;
	note_lcore(core, NULL);
	leat_core_post(leat_core(leat_core_instance(core), 1), stop_all, NULL);
}

Test(run, each_core_has_an_lcore, .init = start_on_two)
{
	hall.a = (struct side){.cores = 2};
	hall_open();
	for (unsigned i = 1; i <= 3; i++) { /* and it may be run again */
		leat_core_post(leat_core(hall.a.leat, 0), ask_the_other, NULL);
		cr_assert_eq(leat_run(hall.a.leat), 0);
		cr_assert(ran[0] == i && ran[1] == i);
		cr_assert(lcores[0] == 0 && lcores[1] == 1);
	}
	hall_close();
}

Test(run, too_few_lcores_are_an_error_that_says_what_to_do, .init = start_on_two)
{
	char *said = NULL;
	size_t len;

	hall.a = (struct side){.cores = 4};
	hall_open();
	FILE *log = open_memstream(&said, &len);
	rte_openlog_stream(log);
	cr_assert_eq(leat_run(hall.a.leat), -EAGAIN);
	fflush(log);
	cr_assert_not_null(strstr(said, "cores = 4: leat_run() wants an lcore for each, and EAL has 2 to give: start it with -l 0-3"),
		"%s", said);
	rte_openlog_stream(NULL);
	fclose(log);
	free(said);
	hall_close();
}

Test(run, a_core_on_another_node_than_its_ports_is_told, .init = start_on_two)
{
	char *said = NULL;
	size_t len;

	hall.a = (struct side){.cores = 2};
	hall_open();
	FILE *log = open_memstream(&said, &len);
	rte_openlog_stream(log);
	hall.a.leat->loops[1].core.numa_node = 1;
	leat_core_post(leat_core(hall.a.leat, 0), ask_the_other, NULL);
	cr_assert_eq(leat_run(hall.a.leat), 0);
	fflush(log);
	cr_assert_not_null(strstr(said, "core 1 runs on lcore 1 of NUMA node 0, its ports are on node 1"), "%s", said);
	cr_assert_null(strstr(said, "core 0 runs"));
	rte_openlog_stream(NULL);
	fclose(log);
	free(said);
	hall_close();
}
