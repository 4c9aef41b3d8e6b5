/* SPDX-License-Identifier: BSD-3-Clause */
/* leat-load's modes, against a server a millisecond away. */
#include <stdlib.h>
#include <string.h>
#include "load_rig.h"

#define GET "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"
#define OK_CLOSE "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody"

/* Virtual time is read once a turn: a latency is exact but for the turns between. */
static void
all_took(const struct histogram *h, uint64_t n, uint64_t ns)
{
	cr_assert_eq(h->count, n, "%llu times", (unsigned long long)h->count);
	cr_assert(h->min >= ns && h->max < ns + 100000, "%llu..%llu ns", (unsigned long long)h->min,
		(unsigned long long)h->max);
}

Test(load, handshake)
{
	rig_plan(LOAD_HANDSHAKE, GET);
	rig.plan.count = 20;
	rig.plan.connections = 4;
	rig_open();
	rig_finish(SEC);
	rig_no_errors();
	cr_assert(rig.gen.tally.opened == 20 && rig.gen.tally.ended == 20 && rig.server.accepted == 20);
	cr_assert_eq(rig.server.requests, 0);
	/* the first had to find its neighbour */
	const struct latencies *l = &rig.gen.times;
	cr_assert(l->connect.count == 20 && l->connect.min >= 2 * MS && histogram_at(&l->connect, 0.95) < 2 * MS + 100000);
	cr_assert(l->whole.count == 20 && l->whole.min >= 4 * MS && histogram_at(&l->whole, 0.95) < 4 * MS + 100000);
	rig_close();
}

Test(load, handshake_that_ends_with_a_reset)
{
	rig_plan(LOAD_HANDSHAKE, GET);
	rig.plan.count = 20;
	rig.plan.reset = true;
	rig_open();
	rig_finish(SEC);
	rig_no_errors();
	cr_assert_eq(rig.gen.tally.ended, 20);
	rig_after(10 * MS);
	cr_assert_eq(leat_stat_value(rig.duo.a, "tcp_resets_in"), 20);
	rig_close();
}

/* Six packets a connection: SYN, SYN-ACK, ACK with the request, answer with FIN, FIN, ACK. */
Test(load, request)
{
	rig_plan(LOAD_REQUEST, GET);
	rig.plan.count = 30;
	rig.plan.connections = 8;
	rig.server = (struct rig_server){.answer = OK_CLOSE, .close_after = 1};
	rig_open();
	rig_finish(SEC);
	rig_no_errors();
	const struct tally *t = &rig.gen.tally;
	cr_assert(t->opened == 30 && t->ended == 30 && t->requests == 30 && t->answers == 30);
	cr_assert(rig.server.accepted == 30 && rig.server.requests == 30 && rig.server.bytes == t->bytes_out);
	cr_assert_eq(t->bytes_in, 30 * strlen(OK_CLOSE));
	cr_assert_eq(leat_stat_value(rig.duo.b, "tcp_segs_in") + leat_stat_value(rig.duo.b, "tcp_segs_out"), 6 * 30);
	rig_close();
}

Test(load, request_latencies_count_from_the_start)
{
	rig_plan(LOAD_REQUEST, GET);
	rig.plan.connections = 8;
	rig.plan.warmup = 100 * MS; /* the neighbour is found */
	rig.plan.duration = 400 * MS;
	rig.server = (struct rig_server){.answer = OK_CLOSE, .close_after = 1};
	rig_open();
	rig_finish(SEC);
	rig_no_errors();
	const struct latencies *l = &rig.gen.times;
	/* from SYN to the last ACK that we send: four ways; the slot is free when that is acknowledged: six */
	cr_assert(l->whole.count >= 8 * 65 && l->whole.count <= 8 * 68, "%llu", (unsigned long long)l->whole.count);
	all_took(&l->connect, l->connect.count, 2 * MS);
	all_took(&l->first, l->first.count, 4 * MS);
	all_took(&l->whole, l->whole.count, 4 * MS);
	cr_assert_eq(rig.gen.to.tally.answers - rig.gen.from.tally.answers, l->whole.count, "what is timed is what is counted");
	rig_close();
}

Test(load, one_connection_goes_ahead)
{
	rig_plan(LOAD_REQUEST, GET);
	rig.plan.connections = 50;
	rig.plan.duration = 100 * MS;
	rig.server = (struct rig_server){.answer = OK_CLOSE, .close_after = 1};
	rig_open();
	rig_after(2 * MS);
	cr_assert_eq(gen_active(&rig.gen), 1);
	rig_after(3 * MS);
	cr_assert_eq(gen_active(&rig.gen), 50);
	rig_finish(SEC);
	rig_no_errors();
	rig_close();
}

Test(load, keepalive)
{
	rig_plan(LOAD_KEEPALIVE, GET);
	rig.plan.connections = 2;
	rig.plan.count = 101;
	rig.server = (struct rig_server){.answer = OK};
	rig_open();
	rig_finish(SEC);
	rig_no_errors();
	cr_assert(rig.server.accepted == 2 && rig.server.requests == 101 && rig.gen.tally.answers == 101);
	cr_assert_eq(rig.server.most_at_once, 1);
	all_took(&rig.gen.times.whole, 101, 2 * MS);
	rig_close();
}

Test(load, keepalive_with_pipelining)
{
	rig_plan(LOAD_KEEPALIVE, GET);
	rig.plan.connections = 2;
	rig.plan.pipeline = 5;
	rig.plan.count = 200;
	rig.server = (struct rig_server){.answer = OK};
	rig_open();
	rig_finish(SEC);
	rig_no_errors();
	cr_assert(rig.server.accepted == 2 && rig.server.requests == 200 && rig.gen.tally.answers == 200);
	cr_assert_eq(rig.server.most_at_once, 5);
	all_took(&rig.gen.times.whole, 200, 2 * MS);
	rig_close();
}

Test(load, a_server_may_end_kept_connections)
{
	rig_plan(LOAD_KEEPALIVE, GET);
	rig.plan.connections = 3;
	rig.plan.count = 100;
	rig.server = (struct rig_server){.answer = OK, .close_after = 10};
	rig_open();
	rig_finish(SEC);
	rig_no_errors();
	cr_assert(rig.gen.tally.answers == 100 && rig.server.requests == 100 && rig.server.accepted >= 10);
	rig_close();
}

/* What was sent behind an answer that says "close" is nobody's fault, and is asked again. */
Test(load, pipelined_behind_the_last_answer)
{
	rig_plan(LOAD_KEEPALIVE, GET);
	rig.plan.pipeline = 4;
	rig.plan.count = 50;
	rig.server = (struct rig_server){.answer = OK_CLOSE, .close_after = 1};
	rig_open();
	rig_finish(2 * SEC);
	rig_no_errors();
	cr_assert(rig.gen.tally.answers == 50 && rig.server.requests == 50 && rig.gen.tally.requests > 100);
	rig_close();
}

/* --- framings --- */

static void
answered_with(const char *answer, unsigned close_after, size_t piece)
{
	rig_plan(close_after == 1 ? LOAD_REQUEST : LOAD_KEEPALIVE, GET);
	rig.plan.count = 7;
	rig.server = (struct rig_server){.answer = answer, .close_after = close_after, .piece = piece};
	rig_open();
	rig_finish(60 * SEC);
	rig_no_errors();
	cr_assert_eq(rig.gen.tally.answers, 7);
	cr_assert(rig.gen.times.first.count == 7 && rig.gen.times.whole.count == 7, "each answer has one first byte");
	cr_assert_eq(rig.gen.tally.bytes_in, 7 * strlen(answer));
	rig_close();
}

#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nT: v\r\n\r\n"

Test(load, chunked)
{
	answered_with(CHUNKED, 0, 0);
}

Test(load, chunked_in_small_pieces)
{
	answered_with(CHUNKED, 0, 3);
}

Test(load, body_that_ends_with_the_connection)
{
	answered_with("HTTP/1.0 200 OK\r\n\r\nand so on", 1, 0);
}

Test(load, body_that_ends_with_the_connection_in_small_pieces)
{
	answered_with("HTTP/1.0 200 OK\r\n\r\nand so on", 1, 2);
}

Test(load, head_in_small_pieces)
{
	answered_with(OK, 0, 7);
}

Test(load, no_body)
{
	answered_with("HTTP/1.1 204 No Content\r\n\r\n", 0, 0);
}

Test(load, interim_answer)
{
	answered_with("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" OK, 0, 0);
}

Test(load, raw)
{
	rig_plan(LOAD_KEEPALIVE, "0123456789");
	rig.plan.raw = true;
	rig.plan.request_size = 10;
	rig.plan.response_size = 3000;
	rig.plan.count = 40;
	rig.plan.pipeline = 3;
	char *answer = calloc(1, 3000);
	rig.server = (struct rig_server){.answer = answer, .answer_len = 3000, .raw = 10};
	rig_open();
	rig_finish(SEC);
	rig_no_errors();
	cr_assert(rig.gen.tally.answers == 40 && rig.server.requests == 40 && rig.gen.tally.bytes_in == 40 * 3000);
	rig_close();
	free(answer);
}

/* --- open loop --- */

Test(load, open_loop_starts_when_it_should)
{
	rig_plan(LOAD_REQUEST, GET);
	rig.plan.rate = 1000;
	rig.plan.connections = 100;
	rig.plan.duration = 2 * SEC;
	rig.server = (struct rig_server){.answer = OK_CLOSE, .close_after = 1};
	rig_open();
	rig_finish(4 * SEC);
	rig_no_errors();
	cr_assert(rig.gen.tally.started >= 1999 && rig.gen.tally.started <= 2001, "%llu",
		(unsigned long long)rig.gen.tally.started);
	cr_assert_eq(rig.gen.tally.unmade, 0);
	rig_close();
}

/*
 * The wire stands still for half a second. A generator that waits for its answers would see one slow request; one
 * free of coordinated omission sees each that was due meanwhile, the later the less slow.
 */
Test(load, open_loop_charges_a_stall_to_all_that_were_due)
{
	rig_plan(LOAD_KEEPALIVE, GET);
	rig.plan.rate = 1000;
	rig.plan.connections = 64;
	rig.plan.duration = 2 * SEC;
	rig.server = (struct rig_server){.answer = OK};
	rig_open();
	rig_after(500 * MS);
	rig.stall_until = rig.duo.now + 500 * MS;
	rig_finish(4 * SEC);
	rig_no_errors();
	const struct histogram *h = &rig.gen.times.whole;
	cr_assert_geq(h->count, 1990);
	cr_assert(histogram_at(h, 0.5) < 5 * MS, "before and after it is fast");
	/* of 2000 in all 500 were due in the stall: 10 % of all waited longer than 300 ms, 5 % longer than 400 */
	uint64_t p90 = histogram_at(h, 0.9), p95 = histogram_at(h, 0.95);
	cr_assert(p90 > 290 * MS && p90 < 320 * MS, "%llu", (unsigned long long)p90);
	cr_assert(p95 > 390 * MS && p95 < 420 * MS, "%llu", (unsigned long long)p95);
	rig_close();
}

/* A connection carries one request in two milliseconds: one can make 500 of 2000 a second. */
Test(load, open_loop_says_what_it_could_not_begin)
{
	rig_plan(LOAD_KEEPALIVE, GET);
	rig.plan.rate = 2000;
	rig.plan.duration = SEC;
	rig.server = (struct rig_server){.answer = OK};
	rig_open();
	rig_finish(4 * SEC);
	rig_no_errors();
	uint64_t made = rig.gen.tally.requests, unmade = rig.gen.tally.unmade;
	cr_assert(made > 480 && made < 510, "%llu", (unsigned long long)made);
	cr_assert(unmade + made > 1990 && unmade + made < 2002, "%llu", (unsigned long long)unmade);
	cr_assert(rig.gen.times.whole.max > 700 * MS);
	rig_close();
}

/* So it is when each start is a connection: six ways make 6 ms, so that one slot makes 160 of 1000 a second. */
Test(load, open_loop_of_connections_counts_from_when_each_was_due)
{
	rig_plan(LOAD_REQUEST, GET);
	rig.plan.rate = 1000;
	rig.plan.duration = SEC;
	rig.server = (struct rig_server){.answer = OK_CLOSE, .close_after = 1};
	rig_open();
	rig_finish(4 * SEC);
	rig_no_errors();
	cr_assert(rig.gen.tally.started > 140 && rig.gen.tally.started < 180);
	cr_assert(rig.gen.tally.started + rig.gen.tally.unmade > 990 && rig.gen.tally.started + rig.gen.tally.unmade < 1002);
	/* the last one began at 1000 ms and was due at 160 */
	cr_assert(rig.gen.times.whole.max > 800 * MS && rig.gen.times.connect.max > 800 * MS);
	rig_close();
}

Test(load, ramp_of_connections)
{
	rig_plan(LOAD_KEEPALIVE, GET);
	rig.plan.connections = 10;
	rig.plan.ramp = SEC;
	rig.plan.duration = 2 * SEC;
	rig.server = (struct rig_server){.answer = OK};
	rig_open();
	rig_after(450 * MS);
	cr_assert_eq(rig.server.open, 4);
	rig_after(300 * MS);
	cr_assert_eq(rig.server.open, 7);
	cr_assert_eq(rig.gen.phase, GEN_WARMUP, "what rises is not measured");
	rig_after(500 * MS);
	cr_assert_eq(rig.server.open, 10);
	cr_assert_eq(rig.gen.phase, GEN_MEASURE);
	rig_finish(4 * SEC);
	rig_no_errors();
	rig_close();
}

/* Else what was measured would be half of the rate, and the peer would be blamed. */
Test(load, ramp_of_a_rate_is_not_measured)
{
	rig_plan(LOAD_REQUEST, GET);
	rig.plan.connections = 100;
	rig.plan.rate = 500;
	rig.plan.warmup = 100 * MS;
	rig.plan.ramp = 2 * SEC;
	rig.plan.duration = SEC;
	rig.server = (struct rig_server){.answer = OK_CLOSE, .close_after = 1};
	rig_open();
	rig_finish(6 * SEC);
	rig_no_errors();
	uint64_t n = rig.gen.to.tally.started - rig.gen.from.tally.started;
	cr_assert(n >= 499 && n <= 501, "%llu", (unsigned long long)n);
	rig_close();
}

/* With a count everything is measured. */
Test(load, ramp_of_a_count_is_measured)
{
	rig_plan(LOAD_REQUEST, GET);
	rig.plan.connections = 10;
	rig.plan.ramp = SEC;
	rig.plan.count = 50;
	rig.server = (struct rig_server){.answer = OK_CLOSE, .close_after = 1};
	rig_open();
	rig_finish(6 * SEC);
	rig_no_errors();
	cr_assert_eq(rig.gen.to.tally.ended - rig.gen.from.tally.ended, 50);
	rig_close();
}

/* --- hold --- */

Test(load, hold_opens_all_before_it_measures)
{
	rig_plan(LOAD_HOLD, GET);
	rig.plan.connections = 300;
	rig.plan.opening = 10;
	rig.plan.trickle = 1000;
	rig.plan.duration = SEC;
	rig.server = (struct rig_server){.answer = OK};
	rig_open();
	rig_after(30 * MS);
	cr_assert(gen_active(&rig.gen) > 20 && rig.gen.nb_in[SLOT_OPENING] <= 11);
	cr_assert_eq(rig.gen.phase, GEN_OPENING);
	cr_assert_eq(rig.server.requests, 0, "no request before all are open");
	rig_after(500 * MS);
	cr_assert(rig.server.open == 300 && rig.gen.phase == GEN_MEASURE && rig.gen.opened_all > 0);
	rig_finish(4 * SEC);
	rig_no_errors();
	cr_assert_eq(rig.server.accepted, 300);
	cr_assert(rig.server.requests >= 999 && rig.server.requests <= 1001, "%llu", (unsigned long long)rig.server.requests);
	cr_assert_eq(rig.gen.tally.answers, rig.server.requests);
	rig_close();
}

Test(load, hold_minds_when_one_is_closed)
{
	rig_plan(LOAD_HOLD, GET);
	rig.plan.connections = 20;
	rig.plan.trickle = 100;
	rig.plan.duration = SEC;
	rig.server = (struct rig_server){.answer = OK, .close_after = 50};
	rig_open();
	rig_after(100 * MS);
	rig.server.close_after = 1;
	rig_after(15 * MS);
	rig.server.close_after = 1000;
	rig_finish(4 * SEC);
	cr_assert_geq(rig.gen.tally.failed[FAIL_CUT], 1);
	cr_assert_eq(rig.gen.tally.opened, 20 + rig.gen.tally.failed[FAIL_CUT], "and it is opened again");
	rig_close();
}

static void
few_control_blocks(struct leat_config *c)
{
	c->max_connections = 16;
}

/* What cannot be opened is not waited for: those that could be are held. */
Test(load, hold_measures_what_it_could_open)
{
	rig_plan(LOAD_HOLD, GET);
	rig.plan.connections = 20;
	rig.plan.duration = 100 * MS;
	rig.tune = few_control_blocks;
	rig_open();
	rig_after(50 * MS);
	cr_assert(rig.gen.phase == GEN_MEASURE && rig.server.open == 16 && rig.gen.opened_all == 0);
	rig_finish(4 * SEC);
	rig_only(FAIL_MEMORY, rig.gen.tally.failed[FAIL_MEMORY]);
	rig_close();
}

static void
few_orphans(struct leat_config *c)
{
	c->tcp.max_orphans = 20;
}

/* However many there are, they are closed a few at a time, and each in peace. */
Test(load, hold_closes_all_with_a_fin)
{
	rig_plan(LOAD_HOLD, GET);
	rig.plan.connections = 2000;
	rig.plan.opening = 15;
	rig.plan.duration = 10 * MS;
	rig.plan.timeout = 100 * MS;
	rig.tune = few_orphans;
	rig_open();
	rig_after(450 * MS);
	cr_assert_eq(rig.gen.phase, GEN_DRAIN, "it takes longer than the time-out, but something moves");
	rig_finish(4 * SEC);
	rig_no_errors();
	cr_assert(rig.gen.tally.ended == 2000 && rig.gen.tally.broken_off == 0);
	cr_assert_eq(leat_stat_value(rig.duo.a, "tcp_resets_in"), 0);
	rig_close();
}
