/* SPDX-License-Identifier: BSD-3-Clause */
/* What leat-load calls an error, and of which kind. */
#include <string.h>
#include "load_rig.h"

#define GET "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"

/* Opens one connection well and then meets a server that fails all others. */
static void
one_then(enum load_mode mode, struct rig_server then)
{
	rig_plan(mode, GET);
	rig.plan.connections = 1;
	rig.plan.duration = 300 * MS;
	rig.plan.timeout = 50 * MS;
	rig.server = (struct rig_server){.answer = OK, .close_after = mode == LOAD_REQUEST};
	rig_open();
	rig_after(100 * MS);
	rig_no_errors();
	cr_assert_gt(rig.gen.tally.answers, 5);
	if (then.answer != NULL)
		then.answer_len = strlen(then.answer);
	then.open = rig.server.open;
	rig.server = then;
	rig_finish(10 * SEC);
}

Test(load_errors, a_refused_first_connection_ends_it)
{
	rig_plan(LOAD_REQUEST, GET);
	rig.plan.connections = 100;
	rig.plan.targets[0].at.port = 79;
	rig_open();
	rig_finish(SEC);
	rig_only(FAIL_REFUSED, 1);
	cr_assert(rig.gen.gave_up && rig.gen.gave_up_why == FAIL_REFUSED && rig.gen.tally.started == 1);
	rig_close();
}

Test(load_errors, a_target_that_is_not_there_ends_it)
{
	rig_plan(LOAD_REQUEST, GET);
	rig.plan.targets[0].at.addr = leat_ipv4(198, 18, 0, 77);
	rig_open();
	rig_finish(10 * SEC);
	rig_only(FAIL_UNREACHABLE, 1);
	cr_assert(rig.gen.gave_up);
	rig_close();
}

Test(load_errors, no_route_ends_it)
{
	rig_plan(LOAD_REQUEST, GET);
	rig.plan.targets[0].at.addr = leat_ipv4(192, 0, 2, 1);
	rig_open();
	rig_finish(SEC);
	rig_only(FAIL_UNREACHABLE, 1);
	cr_assert(rig.gen.gave_up);
	rig_close();
}

Test(load_errors, refused_later_is_counted)
{
	rig_plan(LOAD_REQUEST, GET);
	rig.plan.duration = 200 * MS;
	rig.server = (struct rig_server){.answer = OK, .close_after = 1};
	rig_open();
	rig_after(100 * MS);
	rig_no_errors();
	leat_tcp_unlisten(rig.listener);
	rig_finish(SEC);
	const struct tally *t = &rig.gen.tally;
	cr_assert_gt(t->failed[FAIL_REFUSED], 20);
	rig_only(FAIL_REFUSED, t->failed[FAIL_REFUSED]);
	cr_assert_eq(t->started, t->ended + t->failed[FAIL_REFUSED] + t->broken_off);
	cr_assert_not(rig.gen.gave_up);
	rig_close();
}

Test(load_errors, reset)
{
	one_then(LOAD_REQUEST, (struct rig_server){.reset = true});
	cr_assert_gt(rig.gen.tally.failed[FAIL_RESET], 5);
	rig_only(FAIL_RESET, rig.gen.tally.failed[FAIL_RESET]);
	rig_close();
}

Test(load_errors, silence)
{
	one_then(LOAD_REQUEST, (struct rig_server){0});
	cr_assert(rig.gen.tally.failed[FAIL_TIMEOUT] >= 2 && rig.gen.tally.failed[FAIL_TIMEOUT] <= 5, "one each 54 ms");
	rig_only(FAIL_TIMEOUT, rig.gen.tally.failed[FAIL_TIMEOUT]);
	rig_close();
}

Test(load_errors, silence_on_a_kept_connection)
{
	one_then(LOAD_KEEPALIVE, (struct rig_server){0});
	cr_assert_geq(rig.gen.tally.failed[FAIL_TIMEOUT], 2);
	rig_only(FAIL_TIMEOUT, rig.gen.tally.failed[FAIL_TIMEOUT]);
	rig_close();
}

Test(load_errors, cut_in_the_body)
{
	one_then(LOAD_REQUEST, (struct rig_server){.answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbody", .close_after = 1});
	cr_assert_gt(rig.gen.tally.failed[FAIL_CUT], 5);
	rig_only(FAIL_CUT, rig.gen.tally.failed[FAIL_CUT]);
	rig_close();
}

Test(load_errors, cut_before_the_answer)
{
	one_then(LOAD_REQUEST, (struct rig_server){.answer = "HTTP/1.1 20", .close_after = 1});
	cr_assert_gt(rig.gen.tally.failed[FAIL_CUT], 5);
	rig_only(FAIL_CUT, rig.gen.tally.failed[FAIL_CUT]);
	rig_close();
}

Test(load_errors, no_http)
{
	one_then(LOAD_REQUEST, (struct rig_server){.answer = "220 mail ready\r\n", .close_after = 1});
	cr_assert_gt(rig.gen.tally.failed[FAIL_ANSWER], 5);
	rig_only(FAIL_ANSWER, rig.gen.tally.failed[FAIL_ANSWER]);
	rig_close();
}

/* It was never a web server: the same a hundred thousand times tells no more. */
Test(load_errors, a_first_answer_that_is_none_ends_it)
{
	rig_plan(LOAD_KEEPALIVE, GET);
	rig.plan.connections = 100;
	rig.server = (struct rig_server){.answer = GET};
	rig_open();
	rig_finish(SEC);
	cr_assert(rig.gen.gave_up && rig.gen.gave_up_why == FAIL_ANSWER);
	cr_assert_geq(rig.gen.tally.failed[FAIL_ANSWER], 1);
	cr_assert_leq(tally_failed(&rig.gen.tally), rig.gen.tally.started);
	rig_close();
}

Test(load_errors, broken_chunks)
{
	one_then(LOAD_REQUEST, (struct rig_server){.answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"});
	cr_assert_gt(rig.gen.tally.failed[FAIL_ANSWER], 5);
	rig_only(FAIL_ANSWER, rig.gen.tally.failed[FAIL_ANSWER]);
	rig_close();
}

Test(load_errors, more_than_was_announced)
{
	one_then(LOAD_KEEPALIVE, (struct rig_server){.answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody!"});
	cr_assert_gt(rig.gen.tally.failed[FAIL_ANSWER], 5);
	rig_only(FAIL_ANSWER, rig.gen.tally.failed[FAIL_ANSWER]);
	rig_close();
}

Test(load_errors, an_answer_that_nobody_asked_for)
{
	rig_plan(LOAD_HOLD, GET);
	rig.plan.connections = 3;
	rig.plan.duration = 20 * MS;
	rig.server = (struct rig_server){.answer = OK, .talks = true};
	rig_open();
	rig_finish(4 * SEC);
	cr_assert(rig.gen.gave_up && rig.gen.gave_up_why == FAIL_ANSWER && rig.gen.tally.answers == 0);
	cr_assert_leq(tally_failed(&rig.gen.tally), 3);
	rig_close();
}

/* Such an answer is complete, and still no success. */
Test(load_errors, status)
{
	one_then(LOAD_KEEPALIVE, (struct rig_server){.answer = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"});
	cr_assert_gt(rig.gen.tally.failed[FAIL_STATUS], 5);
	rig_only(FAIL_STATUS, rig.gen.tally.failed[FAIL_STATUS]);
	rig_close();
}

/* The answers come, but never the FIN that was asked for. */
Test(load_errors, a_server_that_does_not_close)
{
	one_then(LOAD_REQUEST, (struct rig_server){.answer = OK});
	cr_assert_geq(rig.gen.tally.failed[FAIL_TIMEOUT], 2);
	rig_only(FAIL_TIMEOUT, rig.gen.tally.failed[FAIL_TIMEOUT]);
	rig_close();
}

/* When the time is over what is under way may end; what does not is broken off, and is no error. */
Test(load_errors, broken_off_at_the_end)
{
	rig_plan(LOAD_KEEPALIVE, GET);
	rig.plan.connections = 7;
	rig.plan.duration = 100 * MS;
	rig.server = (struct rig_server){.answer = OK};
	rig_open();
	rig_after(50 * MS);
	rig.server.answer = NULL;
	rig_after(1000 * MS);
	cr_assert_eq(rig.gen.phase, GEN_DRAIN);
	rig_finish(2 * SEC);
	cr_assert_eq(rig.gen.tally.broken_off, 7);
	rig_no_errors();
	rig_close();
}

Test(load_errors, stopped_early)
{
	rig_plan(LOAD_KEEPALIVE, GET);
	rig.plan.connections = 7;
	rig.server = (struct rig_server){.answer = OK};
	rig_open();
	rig_after(500 * MS);
	gen_stop(&rig.gen);
	rig_finish(SEC);
	rig_no_errors();
	cr_assert_eq(rig.gen.to.at - rig.gen.from.at, 500 * MS);
	cr_assert(rig.gen.tally.ended == 7 && rig.gen.tally.broken_off == 0);
	rig_close();
}
