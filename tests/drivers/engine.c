/* SPDX-License-Identifier: BSD-3-Clause */
/* The wire's engine: time, order, room, change while it runs. */
#include <errno.h>
#include <math.h>
#include <string.h>
#include "lab.h"

TestSuite(engine, .init = lab_start, .fini = lab_stop);

Test(engine, the_perfect_wire_hands_the_very_mbufs_over_at_once)
{
	struct rte_mbuf *in[3], *out[4];

	lab_wire();
	for (unsigned i = 0; i < 3; i++)
		in[i] = lab_frame(i + 1, LAB_LEN);
	wire_push(lab.w, WIRE_A_TO_B, in, 3, 77);
	cr_assert_eq(wire_next(lab.w), 77);
	cr_assert_eq(wire_pull(lab.w, WIRE_B_TO_A, out, 4, 77), 0, "the other direction has nothing");
	cr_assert_eq(wire_pull(lab.w, WIRE_A_TO_B, out, 2, 77), 2, "no more than were asked for");
	cr_assert_eq(wire_pull(lab.w, WIRE_A_TO_B, out + 2, 2, 77), 1);
	cr_assert_arr_eq(in, out, sizeof(in));
	cr_assert_eq(wire_next(lab.w), WIRE_NEVER);
	rte_pktmbuf_free_bulk(out, 3);
}

Test(engine, delay_is_exact_to_the_nanosecond_and_each_direction_has_its_own)
{
	lab.params.impair[WIRE_A_TO_B].delay = 20 * MS;
	lab.params.impair[WIRE_B_TO_A].delay = 7;
	lab_wire();
	lab_push(WIRE_A_TO_B, 1, 1000);
	lab_push(WIRE_B_TO_A, 1, 1001);
	cr_assert_eq(wire_next_in(lab.w, WIRE_A_TO_B), 20 * MS + 1000);
	cr_assert_eq(wire_next_in(lab.w, WIRE_B_TO_A), 1008);
	cr_assert_eq(wire_next(lab.w), 1008, "the earlier of both");
	cr_assert_eq(lab_pull(WIRE_A_TO_B, 20 * MS + 999), 0);
	cr_assert_eq(lab_pull(WIRE_A_TO_B, 20 * MS + 1000), 1);
	cr_assert_eq(lab_pull(WIRE_B_TO_A, 1007), 0);
	cr_assert_eq(lab_pull(WIRE_B_TO_A, 1008), 1);
}

Test(engine, rate_spaces_packets_and_an_idle_link_sends_at_once)
{
	lab.params.impair[0] = (struct wire_impair){.rate = 1000000, .delay = 5};
	lab_wire();
	lab_push(0, 3, SEC); /* 1000 bits at 1 Mbit/s: 1 ms each */
	for (uint64_t i = 1; i <= 3; i++) {
		cr_assert_eq(lab_pull(0, SEC + i * MS + 4), 0);
		cr_assert_eq(lab_pull(0, SEC + i * MS + 5), i);
	}
	lab_push(0, 1, 2 * SEC);
	cr_assert_eq(wire_next(lab.w), 2 * SEC + MS + 5, "what was not sent before is no credit");
}

Test(engine, a_rate_that_divides_nothing_drifts_by_no_nanosecond)
{
	lab.params.impair[0].rate = 7000003;
	lab_wire();
	lab_push(0, 4000, SEC);
	for (uint64_t i = 1; i <= 4000; i++) {
		uint64_t due = SEC + i * 1000 * SEC / 7000003;
		cr_assert_eq(wire_next(lab.w), due, "packet %lu", i);
		cr_assert_eq(lab_pull(0, due), i);
	}
}

Test(engine, what_is_left_of_a_nanosecond_is_of_its_rate)
{
	lab.params.impair[0].rate = 7000003;
	lab_wire();
	lab_push(0, 1, SEC);
	lab_set(0, (struct wire_impair){.rate = 1000});
	lab_push(0, 1, SEC);
	cr_assert_eq(wire_next(lab.w), SEC + 1000 * SEC / 7000003);
	cr_assert_eq(lab_pull(0, SEC + MS), 1);
	cr_assert_eq(wire_next(lab.w), SEC + 1000 * SEC / 7000003 + SEC);
}

Test(engine, the_queue_drops_its_tail_by_bytes_and_by_packets)
{
	lab.params.impair[0] = (struct wire_impair){.rate = 1000000, .queue_bytes = 3 * LAB_LEN + 124};
	lab.params.impair[1] = (struct wire_impair){.rate = 1000000, .queue_packets = 5};
	lab_wire();
	lab_push(0, 10, SEC);
	lab_push(1, 10, SEC);
	cr_assert_eq(wire_counters(lab.w, 0)->lost_queue, 7);
	cr_assert_eq(wire_counters(lab.w, 1)->lost_queue, 5);
	/* One has left a nanosecond before there is room for the next. */
	lab_push(0, 1, SEC + MS - 1);
	cr_assert_eq(wire_counters(lab.w, 0)->lost_queue, 8);
	lab_push(0, 1, SEC + MS);
	cr_assert_eq(wire_counters(lab.w, 0)->lost_queue, 8);
	cr_assert_eq(wire_under_way(lab.w, 0), 4);
}

Test(engine, what_is_lost_on_the_link_has_used_it)
{
	const struct wire_pick first = {1, 1, WIRE_LOSE};

	lab.params.impair[0] = (struct wire_impair){.rate = 1000000, .picks = &first, .nb_picks = 1};
	lab_wire();
	lab_push(0, 2, SEC);
	cr_assert_eq(wire_next(lab.w), SEC + 2 * MS);
	cr_assert_eq(lab_pull(0, SEC + 2 * MS), 2);
}

static uint64_t last_number, last_time, overtaken, least, most;
static double sum;

static void
watch(uint64_t number, uint64_t time)
{
	uint64_t took = time - SEC - (number - 1) * MS; /* one was sent every millisecond */

	overtaken += number < last_number;
	last_number = RTE_MAX(number, last_number);
	cr_assert_geq(time, last_time);
	last_time = time;
	least = RTE_MIN(took, least);
	most = RTE_MAX(took, most);
	sum += (double)took;
}

Test(engine, jitter_is_even_between_delay_and_delay_plus_jitter)
{
	lab.params.impair[0] = (struct wire_impair){.delay = 50 * MS, .jitter = 20 * MS, .jitter_reorders = true};
	lab_wire();
	least = UINT64_MAX;
	lab_stream(0, 20000, MS, watch);
	cr_assert(least >= 50 * MS && least < 50 * MS + MS / 10, "%lu", least);
	cr_assert(most <= 70 * MS && most > 70 * MS - MS / 10, "%lu", most);
	/* The mean of 20000: 60 ms, its standard deviation 20/sqrt(12)/sqrt(20000) = 0.041 ms. */
	cr_assert(fabs(sum / 20000 - 60e6) < 5 * 0.041e6, "%f", sum / 20000);
	cr_assert_gt(overtaken, 10000);
}

Test(engine, jitter_that_may_not_reorder_keeps_the_order)
{
	lab.params.impair[0] = (struct wire_impair){.delay = 50 * MS, .jitter = 20 * MS};
	lab_wire();
	lab_stream(0, 20000, MS, watch);
	cr_assert_eq(overtaken, 0);
	cr_assert_gt(most, 69 * MS, "and yet there is jitter");
	cr_assert_eq(last_number, 20000);
}

Test(engine, a_shorter_delay_lets_nobody_overtake_unless_asked_to)
{
	for (unsigned may = 0; may < 2; may++) {
		lab.params.impair[0] = (struct wire_impair){.delay = 50 * MS, .jitter_reorders = may};
		lab_wire();
		lab_push(0, 1, SEC);
		lab_set(0, (struct wire_impair){.delay = MS, .jitter_reorders = may});
		lab_push(0, 1, SEC);
		cr_assert_eq(wire_next(lab.w), SEC + (may ? MS : 50 * MS));
		cr_assert_eq(lab_pull(0, SEC + 50 * MS), may ? 2 : 1);
		cr_assert_eq(lab_pull(0, SEC + 50 * MS), may ? 1 : 2);
	}
}

Test(engine, who_may_not_overtake_does_not_overtake_those_who_might_have)
{
	lab.params.impair[0] = (struct wire_impair){.delay = 50 * MS, .jitter_reorders = true};
	lab_wire();
	lab_push(0, 1, SEC);
	lab_set(0, (struct wire_impair){.delay = MS, .jitter_reorders = true});
	lab_push(0, 1, SEC);
	lab_set(0, (struct wire_impair){.delay = MS});
	lab_push(0, 1, SEC);
	cr_assert_eq(lab_pull(0, SEC + MS), 2);
	cr_assert_eq(lab_pull(0, SEC + MS), 0);
	cr_assert_eq(lab_pull(0, SEC + 50 * MS), 1);
	cr_assert_eq(lab_pull(0, SEC + 50 * MS), 3);
}

static uint64_t of_jitter[2];

static void
sort(uint64_t number, uint64_t time)
{
	of_jitter[time - SEC - (number - 1) * MS]++;
}

Test(engine, the_largest_jitter_is_reached)
{
	lab.params.impair[0].jitter = 1;
	lab_wire();
	lab_stream(0, 10000, MS, sort);
	cr_assert(of_jitter[0] > 4750 && of_jitter[1] > 4750, "%lu and %lu", of_jitter[0], of_jitter[1]);
}

Test(engine, packets_of_the_same_time_come_in_the_order_of_pushing)
{
	lab.params.impair[0].delay = MS;
	lab_wire();
	lab_push(0, 1000, SEC);
	for (uint64_t i = 1; i <= 1000; i++)
		cr_assert_eq(lab_pull(0, SEC + MS), i);
}

Test(engine, no_more_are_under_way_than_there_is_room_for)
{
	lab.params.capacity = 10;
	lab.params.impair[0].delay = MS;
	lab_wire();
	lab_push(0, 25, SEC);
	cr_assert_eq(wire_under_way(lab.w, 0), 10);
	cr_assert_eq(wire_counters(lab.w, 0)->lost_queue, 15);
	lab_push(1, 10, SEC);
	cr_assert_eq(wire_counters(lab.w, 1)->lost_queue, 0, "each direction has room of its own");
	cr_assert_eq(lab_pull(0, SEC + MS), 1);
	lab_push(0, 2, SEC + MS);
	cr_assert_eq(wire_under_way(lab.w, 0), 10);
	lab_assert_accounts(0);
}

/* What is lost on the link is not under way, but the link is busy with it all the same. */
Test(engine, no_more_wait_for_the_link_than_there_is_room_for)
{
	lab.params.capacity = 10;
	lab.params.impair[0] = (struct wire_impair){.rate = 1000000, .loss = 1};
	lab_wire();
	lab_push(0, 25, SEC);
	cr_assert_eq(wire_counters(lab.w, 0)->lost_random, 10);
	cr_assert_eq(wire_counters(lab.w, 0)->lost_queue, 15);
	lab_push(0, 1, SEC + MS);
	cr_assert_eq(wire_counters(lab.w, 0)->lost_random, 11);
}

/* The departures are a ring of the same capacity: many times around it. */
Test(engine, a_small_queue_serves_for_ever)
{
	lab.params.capacity = 3;
	lab.params.impair[0].rate = 1000000;
	lab_wire();
	lab_stream(0, 1000, MS, NULL);
	cr_assert_eq(wire_counters(lab.w, 0)->delivered, 1000);
	lab_wire();
	lab_stream(0, 1000, MS / 2, NULL);
	cr_assert(wire_counters(lab.w, 0)->delivered >= 500 && wire_counters(lab.w, 0)->delivered <= 504);
	lab_assert_accounts(0);
}

Test(engine, a_change_holds_from_the_next_packet_on)
{
	lab_wire();
	lab_push(0, 1, SEC);
	lab_set(0, (struct wire_impair){.delay = 10 * MS});
	lab_push(0, 1, SEC);
	lab_set(0, (struct wire_impair){.down = true});
	lab_push(0, 1, SEC);
	lab_set(0, (struct wire_impair){.delay = 10 * MS, .rate = 1000000});
	lab_push(0, 1, SEC);
	lab_set(0, (struct wire_impair){.delay = 10 * MS, .rate = 2000000});
	lab_push(0, 1, SEC);
	cr_assert_eq(lab_pull(0, SEC), 1);
	cr_assert_eq(lab_pull(0, SEC + 10 * MS), 2);
	cr_assert_eq(wire_counters(lab.w, 0)->lost_down, 1);
	cr_assert_eq(wire_next(lab.w), SEC + 11 * MS);
	cr_assert_eq(lab_pull(0, SEC + 11 * MS), 4);
	cr_assert_eq(wire_next(lab.w), SEC + 11 * MS + MS / 2, "behind what was queued at the old rate");
	cr_assert_eq(wire_get(lab.w, 0)->rate, 2000000);
	cr_assert_eq(wire_get(lab.w, 1)->rate, 0);
}

Test(engine, flushing_frees_and_counts)
{
	lab.params.impair[0].delay = MS;
	lab_wire();
	lab_push(0, 7, SEC);
	lab_push(1, 1, SEC);
	wire_flush(lab.w, 0);
	cr_assert_eq(wire_next_in(lab.w, 0), WIRE_NEVER);
	cr_assert_eq(wire_under_way(lab.w, 1), 1);
	cr_assert_eq(wire_counters(lab.w, 0)->lost_flushed, 7);
	lab_assert_accounts(0);
	wire_counters_reset(lab.w, 0);
	cr_assert_eq(wire_counters(lab.w, 0)->packets, 0);
	cr_assert_eq(wire_counters(lab.w, 1)->packets, 1);
}

Test(engine, with_copy_nothing_of_the_sender_is_under_way)
{
	struct rte_mbuf *m;

	lab.params.copy = true;
	lab.params.impair[0].delay = MS;
	lab_wire();
	lab_push(0, 5, SEC);
	cr_assert_eq(rte_mempool_in_use_count(lab.sender), 0);
	cr_assert_eq(wire_pull(lab.w, 0, &m, 1, SEC + MS), 1);
	cr_assert(m->pool == lab.pool && m->pkt_len == LAB_LEN && lab_number(m) == 1);
	rte_pktmbuf_free(m);
}

Test(engine, without_an_mbuf_for_a_copy_the_packet_is_lost)
{
	static struct rte_mbuf *all[8191];
	unsigned n = 0;

	lab.params.impair[0] = (struct wire_impair){.corrupt = 1, .duplicate = 1};
	lab_wire();
	while (n < RTE_DIM(all) && (all[n] = rte_pktmbuf_alloc(lab.pool)) != NULL)
		n++;
	lab_push(0, 4, SEC);
	rte_pktmbuf_free_bulk(all, n);
	cr_assert_eq(wire_counters(lab.w, 0)->lost_no_mbuf, 8);
	cr_assert_eq(wire_counters(lab.w, 0)->corrupted, 0);
	lab_assert_accounts(0);
}

Test(engine, illegal_impairments_are_refused_and_change_nothing)
{
	const struct wire_pick none = {5, 4, WIRE_LOSE}, zero = {0, 1, WIRE_LOSE}, strange = {1, 1, 64},
		idle = {1, 1, 0}, overlap[2] = {{1, 5, WIRE_LOSE}, {5, 6, WIRE_LOSE}}, reorder = {1, 1, WIRE_REORDER};
	const struct {
		struct wire_impair impair;
		const char *what;
	} cases[] = {
		{{.loss = 1.01}, "loss is"}, {{.loss = -0.1}, "loss is"}, {{.loss = NAN}, "loss is"},
		{{.burst.enter = 2}, "burst.enter"}, {{.burst.leave = 2}, "burst.leave"},
		{{.burst.loss_bad = 2}, "burst.loss_bad"}, {{.burst.loss_good = 2}, "burst.loss_good"},
		{{.mark = 2}, "mark"}, {{.truncate = 2}, "truncate"}, {{.corrupt = 2}, "corrupt is"},
		{{.duplicate = 2}, "duplicate"}, {{.reorder = 2, .reorder_delay = 1}, "reorder is"},
		{{.corrupt_bits = 65}, "corrupt_bits"}, {{.rate = 999}, "rate"}, {{.rate = WIRE_RATE_MAX + 1}, "rate"},
		{{.delay = WIRE_TIME_MAX + 1}, "delay"}, {{.jitter = WIRE_TIME_MAX + 1}, "jitter"},
		{{.reorder_delay = WIRE_TIME_MAX + 1}, "reorder_delay is"}, {{.reorder = 0.5}, "reordering needs"},
		{{.picks = &none, .nb_picks = 1}, "picks are first"}, {{.picks = &zero, .nb_picks = 1}, "picks are first"},
		{{.picks = &strange, .nb_picks = 1}, "picks are first"}, {{.picks = &idle, .nb_picks = 1}, "picks are first"},
		{{.picks = overlap, .nb_picks = 2}, "picks are first"}, {{.nb_picks = 1}, "picks are at most"},
		{{.picks = &none, .nb_picks = WIRE_PICKS_MAX + 1}, "picks are at most"},
		{{.picks = &reorder, .nb_picks = 1}, "reordering needs"},
	};
	struct wire *w;

	lab.params.impair[0].delay = MS;
	lab_wire();
	for (unsigned i = 0; i < RTE_DIM(cases); i++) {
		const char *what = "nothing";
		struct wire_params params = lab.params;
		cr_assert_eq(wire_check(&cases[i].impair, &what), -EINVAL, "case %u", i);
		cr_assert_eq(strncmp(what, cases[i].what, strlen(cases[i].what)), 0, "case %u: %s", i, what);
		cr_assert_eq(wire_set(lab.w, 0, &cases[i].impair), -EINVAL);
		params.impair[1] = cases[i].impair;
		cr_assert_eq(wire_create(&params, &w), -EINVAL);
	}
	cr_assert_eq(wire_get(lab.w, 0)->delay, MS);
	lab.params.capacity = WIRE_CAPACITY_MAX + 1;
	cr_assert_eq(wire_create(&lab.params, &w), -EINVAL);
	lab.params.capacity = 1;
	lab.params.pool = NULL;
	cr_assert_eq(wire_create(&lab.params, &w), -EINVAL);
}
