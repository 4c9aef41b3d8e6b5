/* SPDX-License-Identifier: BSD-3-Clause */
/* The wire's engine: which packets are lost, and that the dice are each packet's own. */
#include <math.h>
#include <string.h>
#include "lab.h"

enum { N = 50000 };

TestSuite(loss, .init = lab_start, .fini = lab_stop);

/* Which of 1..N arrived, as the last stream saw it. */
static bool arrived[2][N + 1];
static unsigned row;

static void
note(uint64_t number, uint64_t time)
{
	(void)time;
	arrived[row][number] = true;
}

/* Streams N packets through a new wire, and notes who arrives in that row. */
static void
run(unsigned to_row, enum wire_dir dir)
{
	row = to_row;
	memset(arrived[row], 0, sizeof(arrived[row]));
	lab_wire();
	lab_stream(dir, N, 1000, note);
	lab_assert_accounts(dir);
}

/* So many of n when each has probability p: within five standard deviations. */
static void
assert_share(uint64_t got, double n, double p)
{
	cr_assert(fabs((double)got - n * p) < 5 * sqrt(n * p * (1 - p)), "%lu of %.0f is not %g", got, n, p);
}

Test(loss, random_loss_has_its_probability_and_no_memory)
{
	uint64_t after_loss = 0, lost;

	lab.params.impair[0].loss = 0.05;
	run(0, 0);
	lost = wire_counters(lab.w, 0)->lost_random;
	assert_share(lost, N, 0.05);
	for (unsigned i = 2; i <= N; i++)
		after_loss += !arrived[0][i] && !arrived[0][i - 1];
	assert_share(after_loss, (double)lost, 0.05);
}

Test(loss, zero_is_never_and_one_is_always)
{
	run(0, 0);
	cr_assert_eq(wire_counters(lab.w, 0)->delivered, N);
	lab.params.impair[0].loss = 1;
	run(0, 0);
	cr_assert_eq(wire_counters(lab.w, 0)->lost_random, N);
}

Test(loss, bursts_begin_and_last_as_the_chain_says)
{
	uint64_t bursts = 0, lost;

	lab.params.impair[0].burst = (struct wire_burst){.enter = 0.01, .leave = 0.25, .loss_bad = 1};
	run(0, 0);
	lost = wire_counters(lab.w, 0)->lost_burst;
	for (unsigned i = 1; i <= N; i++)
		bursts += !arrived[0][i] && (i == 1 || arrived[0][i - 1]);
	/* A burst begins after a packet in the good state with probability 0.01, and goes on with 0.75. */
	assert_share(bursts, (double)(N - lost), 0.01);
	assert_share(lost - bursts, (double)lost, 0.75);
}

Test(loss, both_states_of_the_chain_have_a_loss)
{
	lab.params.impair[0].burst = (struct wire_burst){.enter = 0.1, .leave = 0.1, .loss_bad = 0.5, .loss_good = 0.1};
	run(0, 0);
	/* Half of the time in each; the states are correlated over 1/0.2 packets, so the bound is wider. */
	double share = (double)wire_counters(lab.w, 0)->lost_burst / N;
	cr_assert(share > 0.28 && share < 0.32, "%f", share);
}

Test(loss, picked_packets_and_no_others)
{
	const struct wire_pick picks[] = {{2, 2, WIRE_LOSE}, {5, 7, WIRE_LOSE}, {N, UINT64_MAX, WIRE_LOSE}};

	lab.params.impair[0].picks = picks;
	lab.params.impair[0].nb_picks = RTE_DIM(picks);
	run(0, 0);
	for (unsigned i = 1; i <= N; i++)
		cr_assert_eq(arrived[0][i], i != 2 && (i < 5 || i > 7) && i != N, "packet %u", i);
	cr_assert_eq(wire_counters(lab.w, 0)->lost_picked, 5);
	/* The list may be changed while it runs; numbers go on. */
	const struct wire_pick later = {N + 2, N + 2, WIRE_LOSE};
	lab_set(0, (struct wire_impair){.picks = &later, .nb_picks = 1});
	lab_push(0, 3, lab.now[0]);
	cr_assert_eq(lab_pull(0, lab.now[0]), N + 1);
	cr_assert_eq(lab_pull(0, lab.now[0]), N + 3);
	cr_assert_eq(lab_pull(0, lab.now[0]), 0);
}

Test(loss, the_black_hole_takes_larger_frames_and_says_nothing)
{
	lab.params.impair[0].mtu = 1400;
	lab_wire();
	struct rte_mbuf *fits = lab_frame(1, 1414), *larger = lab_frame(2, 1415);
	wire_push(lab.w, 0, &fits, 1, SEC);
	wire_push(lab.w, 0, &larger, 1, SEC);
	cr_assert_eq(lab_pull(0, SEC), 1);
	cr_assert_eq(lab_pull(0, SEC), 0);
	cr_assert_eq(wire_counters(lab.w, 0)->lost_mtu, 1);
}

Test(loss, a_link_that_is_down_takes_all_and_lets_arrive_what_is_under_way)
{
	lab.params.impair[0].delay = MS;
	lab_wire();
	lab_push(0, 1, SEC);
	lab_set(0, (struct wire_impair){.down = true});
	lab_push(0, 3, SEC);
	lab_push(1, 1, SEC);
	cr_assert_eq(wire_counters(lab.w, 0)->lost_down, 3);
	cr_assert_eq(lab_pull(0, SEC + MS), 1);
	cr_assert_eq(lab_pull(1, SEC), 1, "the other direction is up");
	lab_set(0, (struct wire_impair){.down = false});
	lab_push(0, 1, SEC + MS);
	cr_assert_eq(lab_pull(0, SEC + MS), 5);
}

Test(loss, a_seed_replays_and_another_is_another)
{
	lab.params.impair[0].loss = 0.1;
	run(0, 0);
	run(1, 0);
	cr_assert_arr_eq(arrived[0], arrived[1], sizeof(arrived[0]));
	lab.params.seed = 2;
	run(1, 0);
	cr_assert_arr_neq(arrived[0], arrived[1], sizeof(arrived[0]));
}

Test(loss, the_directions_have_dice_of_their_own)
{
	lab.params.impair[0].loss = lab.params.impair[1].loss = 0.1;
	run(0, 0);
	run(1, 1);
	cr_assert_arr_neq(arrived[0], arrived[1], sizeof(arrived[0]));
	/* Whatever is done to one direction, the other stays as it was. */
	lab.params.impair[0] = (struct wire_impair){.loss = 0.5, .duplicate = 0.5, .corrupt = 0.5};
	row = 0;
	memset(arrived[0], 0, sizeof(arrived[0]));
	lab_wire();
	lab_stream(0, 1000, 1000, NULL);
	lab_stream(1, N, 1000, note);
	cr_assert_arr_eq(arrived[0], arrived[1], sizeof(arrived[0]));
}

Test(loss, one_impairment_shifts_no_other)
{
	const struct wire_impair others = {.loss = 0.1, .duplicate = 0.3, .reorder = 0.1,
		.reorder_delay = MS, .jitter = MS, .jitter_reorders = true, .mark = 0.2};

	lab.params.impair[0].loss = 0.1;
	run(0, 0);
	lab.params.impair[0] = others;
	run(1, 0);
	cr_assert_arr_eq(arrived[0], arrived[1], sizeof(arrived[0]));
	/* And the loss that was off for a while loses the same packets as if it had not been. */
	lab.params.impair[0] = (struct wire_impair){0};
	row = 1;
	memset(arrived[1], 0, sizeof(arrived[1]));
	lab_wire();
	lab_stream(0, N / 2, 1000, note);
	lab_set(0, (struct wire_impair){.loss = 0.1});
	lab_stream(0, N / 2, 1000, note);
	cr_assert_arr_eq(arrived[0] + N / 2 + 1, arrived[1] + N / 2 + 1, N / 2 * sizeof(bool));
}

/* Packets are pushed into a link that is down: the burst chain and the dice go on all the same. */
Test(loss, what_is_lost_for_one_reason_shifts_no_other)
{
	const struct wire_burst burst = {.enter = 0.05, .leave = 0.2, .loss_bad = 1};

	lab.params.impair[0].burst = burst;
	run(0, 0);
	row = 1;
	memset(arrived[1], 0, sizeof(arrived[1]));
	lab_wire();
	lab_set(0, (struct wire_impair){.down = true, .burst = burst});
	lab_stream(0, N / 2, 1000, note);
	lab_set(0, (struct wire_impair){.burst = burst});
	lab_stream(0, N / 2, 1000, note);
	cr_assert_arr_eq(arrived[0] + N / 2 + 1, arrived[1] + N / 2 + 1, N / 2 * sizeof(bool));
}
