/* SPDX-License-Identifier: BSD-3-Clause */
/* CUBIC's window (RFC 9438), asked alone, beside the RFC's equations in floating point. */
#include <math.h>
#include "flow.h"

static const double C = 0.4, BETA = 0.7, ALPHA = 3 * (1 - 0.7) / (1 + 0.7);

/* The variables of RFC 9438 4.1.2, in segments and seconds. */
static struct {
	double cwnd, w_max, cwnd_prior, w_est, k, t_epoch;
	bool begun;
} model;

static double
now(void)
{
	return (double)flow.core.now / 1e9;
}

static double
w_cubic(double t)
{
	return C * pow(t - model.k, 3) + model.w_max;
}

/* 4.2: a congestion avoidance stage begins */
static void
model_begin(void)
{
	model.begun = true;
	model.t_epoch = now();
	model.w_max = fmax(model.w_max, model.cwnd);
	model.k = cbrt((model.w_max - model.cwnd) / C);
	model.w_est = model.cwnd;
}

/* 4.2 to 4.5 */
static void
model_ack(double segments, double rtt)
{
	if (!model.begun)
		model_begin();
	double t = now() - model.t_epoch;
	model.w_est += (model.w_est >= model.cwnd_prior ? 1 : ALPHA) * segments / model.cwnd;
	if (w_cubic(t) < model.w_est) {
		model.cwnd = fmax(model.cwnd, model.w_est);
		return;
	}
	double target = fmin(fmax(w_cubic(t + rtt), model.cwnd), 1.5 * model.cwnd);
	model.cwnd += (target - model.cwnd) / model.cwnd * segments;
}

/* 4.6, 4.7 */
static void
model_loss(void)
{
	model.w_max = model.cwnd < model.w_max ? model.cwnd * (1 + BETA) / 2 : model.cwnd;
	model.cwnd_prior = model.cwnd;
	model.cwnd *= BETA;
	model.begun = false;
}

/* A flow in congestion avoidance after a loss with so many segments in flight, and its model. */
static void
begin(uint32_t cwnd, uint32_t rtt_us)
{
	flow_begin(&tcp_cubic, cwnd, cwnd, rtt_us);
	memset(&model, 0, sizeof(model));
	model.cwnd = cwnd;
	flow_loss();
	model_loss();
}

/* The window of both: they never differ by more than two segments and a thousandth. */
static void
same(void)
{
	double cwnd = flow_segments(flow.t.cwnd);

	cr_assert(fabs(cwnd - model.cwnd) < 2 + model.cwnd / 1000, "after %.3f s: cwnd %.2f, should be %.2f",
		now() - model.t_epoch, cwnd, model.cwnd);
}

/* A round of the flow and of its model, `segments` an ACK. */
static void
round_of_both(uint32_t segments, uint32_t rtt_us)
{
	uint32_t left = flow.t.cwnd;
	uint64_t end = flow.core.now + (uint64_t)rtt_us * 1000, step = (uint64_t)rtt_us * 1000 / (left / MSS / segments + 1);

	while (left > 0) {
		uint32_t bytes = RTE_MIN(left, segments * MSS);
		flow.core.now = RTE_MIN(flow.core.now + step, end);
		model_ack(flow_segments(bytes), rtt_us / 1e6);
		flow_ack(bytes, rtt_us);
		left -= bytes;
	}
	flow.core.now = end;
	same();
}

static void
seconds_of_both(double s, uint32_t rtt_us)
{
	for (double end = now() + s; now() < end;)
		round_of_both(2, rtt_us);
}

/* RFC 9293 3.8.2 MAY-18, RFC 9438 4.2, 4.4, 4.5: concave up to W_max, which it reaches after K seconds, then convex */
Test(cubic, the_window_follows_the_curve)
{
	begin(1000, 100 * MS);
	round_of_both(2, 100 * MS);
	double k = cbrt(1000 * 0.3 / 0.4); /* 9.09 s */
	cr_assert_float_eq(model.k, k, 1e-9);
	double quarter[8];
	for (int i = 0; i < 8; i++) {
		seconds_of_both(model.t_epoch + (i + 1) * k / 4 - now(), 100 * MS);
		quarter[i] = flow_segments(flow.t.cwnd);
		double t = now() - model.t_epoch;
		/* between the curve and where it is a round later, to where the ACKs lead it */
		cr_assert(quarter[i] > w_cubic(t) - 3 && quarter[i] < w_cubic(t + 0.1) + 3, "at %.2f s: %.1f", t, quarter[i]);
	}
	cr_assert(fabs(quarter[3] - 1000) < 3, "the plateau: %.1f", quarter[3]);
	/* the increments shrink towards K, and grow behind it */
	cr_assert(quarter[1] - quarter[0] > quarter[2] - quarter[1] + 10);
	cr_assert(quarter[2] - quarter[1] > quarter[3] - quarter[2] + 10);
	cr_assert(quarter[5] - quarter[4] > quarter[4] - quarter[3] + 10);
	cr_assert(quarter[6] - quarter[5] > quarter[5] - quarter[4] + 10);
}

/* RFC 9438 4.2 and 4.3 on every path: two cycles of growth and loss beside the equations */
Test(cubic, the_equations_hold_on_every_path)
{
	static const struct {
		uint32_t cwnd, rtt_us;
		double seconds;
	} paths[] = {{10, 1 * MS, 5}, {10, 300 * MS, 60}, {100, 10 * MS, 10}, {100, 100 * MS, 30}, {1000, 5 * MS, 10},
		{1000, 200 * MS, 60}, {20000, 50 * MS, 40}, {20000, 600 * MS, 90}};

	for (size_t i = 0; i < RTE_DIM(paths); i++) {
		begin(paths[i].cwnd, paths[i].rtt_us);
		for (int cycle = 0; cycle < 2; cycle++) {
			seconds_of_both(paths[i].seconds, paths[i].rtt_us);
			flow_loss();
			model.cwnd = flow_segments(flow.t.cwnd) / BETA; /* differences do not add up */
			model_loss();
		}
	}
}

/* RFC 9438 4.3: with a short RTT it is as fast as Reno, and never slower */
Test(cubic, a_short_round_trip_is_reno_friendly)
{
	begin(100, 2 * MS);
	for (int i = 0; i < 200; i++)
		round_of_both(30, 2 * MS); /* also where an ACK is of many segments */
	begin(100, 2 * MS);
	round_of_both(1, 2 * MS);
	/* up to the window of before, alpha is 9/17 of a segment a round */
	for (int i = 0; i < 34; i++)
		round_of_both(1, 2 * MS);
	double grown = flow_segments(flow.t.cwnd) - 70;
	cr_assert(grown > 35 * ALPHA - 1.5 && grown < 35 * ALPHA + 1, "%.1f segments", grown);
	/* from there on it is one */
	while (flow.t.cwnd < 101 * MSS)
		round_of_both(1, 2 * MS);
	double before = flow_segments(flow.t.cwnd);
	for (int i = 0; i < 20; i++)
		round_of_both(1, 2 * MS);
	grown = flow_segments(flow.t.cwnd) - before;
	cr_assert(grown >= 19 && grown <= 21, "%.1f segments", grown);
}

/* RFC 9438 4.2: target is at most 1.5 * cwnd, so that it is slower than slow start, however long the RTT */
Test(cubic, a_round_adds_half_a_window_at_most)
{
	begin(1000, 60000 * MS);
	for (int i = 0; i < 5; i++) {
		uint32_t cwnd = flow.t.cwnd;
		round_of_both(1, 60000 * MS);
		/* each ACK adds to what the next one's half is of: e^0.5, and not more */
		cr_assert_leq(flow.t.cwnd, (uint32_t)(cwnd * exp(0.5)) + MSS);
		cr_assert_gt(flow.t.cwnd, (uint32_t)(cwnd * 1.4));
		flow.t.cwnd = cwnd;
		model.cwnd = flow_segments(cwnd);
	}
}

/* RFC 9438 4.6: ssthresh = FlightSize * 0.7, two segments at least */
Test(cubic, congestion_leaves_seven_tenths_of_the_flight)
{
	flow_begin(&tcp_cubic, 100, 0, 50 * MS);
	flow.cc->congested(&flow.core, &flow.t, &flow.s, 90 * MSS);
	cr_assert_eq(flow.t.ssthresh, 63 * MSS);
	cr_assert_eq(flow.t.cwnd, 100 * MSS, "cwnd is recovery's");
	flow.cc->congested(&flow.core, &flow.t, &flow.s, 2 * MSS);
	cr_assert_eq(flow.t.ssthresh, 2 * MSS);
	flow.cc->timed_out(&flow.core, &flow.t, &flow.s, 40 * MSS);
	cr_assert_eq(flow.t.ssthresh, 28 * MSS);
	flow.cc->congested(&flow.core, &flow.t, &flow.s, 1u << 30);
	cr_assert_eq(flow.t.ssthresh, (uint32_t)((1ull << 30) * 7 / 10));
}

/* RFC 9438 4.7: a second loss below W_max: the plateau is at 0.85 of it */
Test(cubic, fast_convergence_lowers_the_plateau)
{
	begin(1000, 100 * MS);
	seconds_of_both(2, 100 * MS);
	cr_assert_lt(flow.t.cwnd, 1000u * MSS);
	double at = flow_segments(flow.t.cwnd);
	flow_loss();
	model_loss();
	seconds_of_both(cbrt(at * (0.85 - 0.7) / 0.4) + 0.1, 100 * MS);
	cr_assert(fabs(flow_segments(flow.t.cwnd) - 0.85 * at) < 3, "%.1f of %.1f", flow_segments(flow.t.cwnd), at);
	/* a loss beyond that plateau: the window was won, and is the new one */
	seconds_of_both(8, 100 * MS);
	at = flow_segments(flow.t.cwnd);
	cr_assert_gt(at, model.w_max + 10);
	flow_loss();
	model_loss();
	seconds_of_both(cbrt(at * 0.3 / 0.4) + 0.1, 100 * MS);
	cr_assert(fabs(flow_segments(flow.t.cwnd) - at) < 3, "%.1f of %.1f", flow_segments(flow.t.cwnd), at);
}

/* RFC 9438 4.8: after a timeout W_max is the window at which avoidance begins, K is 0 */
Test(cubic, after_a_timeout_the_curve_begins_at_ssthresh)
{
	begin(1000, 100 * MS);
	flow_timeout();
	cr_assert_eq(flow.t.ssthresh, 490 * MSS);
	while (flow.t.cwnd < flow.t.ssthresh)
		flow_round(2, 100 * MS); /* slow start, which ends within a round */
	memset(&model, 0, sizeof(model));
	model.cwnd = flow_segments(flow.t.cwnd);
	model.cwnd_prior = 700;
	cr_assert_lt(model.cwnd, 492);
	seconds_of_both(8, 100 * MS);
	cr_assert_gt(flow.t.cwnd, (uint32_t)(model.w_max + 0.4 * 7 * 7 * 7) * MSS, "convex from the beginning");
}

/* RFC 9438 4.10: without a W_max (slow start ended by delay) the curve begins where it is, as fast as Reno at least */
Test(cubic, without_a_loss_the_curve_begins_where_it_is)
{
	flow_begin(&tcp_cubic, 100, 100, 100 * MS);
	memset(&model, 0, sizeof(model));
	model.cwnd = model.cwnd_prior = 100;
	seconds_of_both(10, 100 * MS);
	cr_assert_gt(flow.t.cwnd, (uint32_t)(100 + 0.4 * 9 * 9 * 9) * MSS);
}

/* RFC 9438 4.6: the loss that ends the first slow start: what was in flight is W_max */
Test(cubic, a_loss_ends_the_first_slow_start)
{
	flow_begin(&tcp_cubic, 10, 0, 100 * MS);
	while (flow.t.cwnd < 640 * MSS)
		flow_round(2, 100 * MS);
	memset(&model, 0, sizeof(model));
	model.cwnd = 640;
	flow_loss();
	model_loss();
	seconds_of_both(cbrt(640 * 0.3 / 0.4), 100 * MS);
	cr_assert(fabs(flow_segments(flow.t.cwnd) - 640) < 3);
	seconds_of_both(5, 100 * MS);
}

/* What had been acknowledged towards the next segment is gone with the window that it was of */
Test(cubic, a_loss_begins_a_new_count)
{
	static const uint32_t rtts[] = {2 * MS, 100 * MS}; /* Reno's region, and the cubic one */

	for (size_t r = 0; r < RTE_DIM(rtts); r++)
		for (uint32_t n = 1; n < 60; n++) {
			begin(50, rtts[r]);
			for (uint32_t i = 0; i < n; i++) {
				flow_wait(rtts[r] / 35);
				flow_ack(MSS, rtts[r]);
			}
			flow_loss();
			flow_ack(1, rtts[r]);
			cr_assert_eq(flow.t.cwnd, flow.t.ssthresh, "%u ACKs", n);
		}
}

/* RFC 9438 4.9: the curve goes on as if the loss had not been */
Test(cubic, undo_puts_the_curve_back)
{
	begin(1000, 100 * MS);
	seconds_of_both(3, 100 * MS);
	uint32_t cwnd = flow.t.cwnd, ssthresh = flow.t.ssthresh;
	flow_loss();
	flow_wait(2000 * MS); /* which were no pause */
	flow.cc->undo(&flow.core, &flow.t, &flow.s);
	flow.t.cwnd = cwnd;
	flow.t.ssthresh = ssthresh;
	flow_round(2, 0); /* to send a window again; it is at the time that counts */
	model.cwnd = flow_segments(flow.t.cwnd);
	seconds_of_both(8, 100 * MS);
	cr_assert_gt(flow.t.cwnd, 1000u * MSS, "beyond W_max as it was");
}

/* RFC 9438 4.9.1: a timeout that was none */
Test(cubic, undo_of_a_timeout_puts_the_curve_back)
{
	begin(1000, 100 * MS);
	seconds_of_both(3, 100 * MS);
	uint32_t cwnd = flow.t.cwnd, ssthresh = flow.t.ssthresh;
	flow_timeout();
	flow.cc->undo(&flow.core, &flow.t, &flow.s);
	flow.t.cwnd = cwnd;
	flow.t.ssthresh = ssthresh;
	seconds_of_both(8, 100 * MS);
}

/* RFC 9438 4.9: a timeout in recovery is part of what was a mistake */
Test(cubic, undo_goes_back_before_the_recovery_that_timed_out)
{
	begin(1000, 100 * MS);
	seconds_of_both(3, 100 * MS);
	uint32_t cwnd = flow.t.cwnd, ssthresh = flow.t.ssthresh;
	flow_loss();
	flow.t.flags |= TF_RECOVERY;
	flow_timeout();
	flow.cc->undo(&flow.core, &flow.t, &flow.s);
	flow.t.cwnd = cwnd;
	flow.t.ssthresh = ssthresh;
	seconds_of_both(8, 100 * MS);
}

/* RFC 9438 4.9.2: only "if the current cwnd is lower than cwnd_prior" */
Test(cubic, undo_long_after_changes_nothing)
{
	begin(100, 100 * MS);
	flow_loss();
	model_loss();
	seconds_of_both(8, 100 * MS);
	cr_assert_gt(flow.t.cwnd, 70u * MSS);
	flow.cc->undo(&flow.core, &flow.t, &flow.s);
	seconds_of_both(8, 100 * MS);
}

/* RFC 9438 4.9, RFC 9406: a loss that was none does not end the first slow start */
Test(cubic, undo_in_the_first_slow_start_begins_it_again)
{
	flow_begin(&tcp_cubic, 10, 0, 50 * MS);
	flow_round(1, 50 * MS);
	flow_loss();
	flow.cc->undo(&flow.core, &flow.t, &flow.s);
	flow.t.cwnd = 20 * MSS;
	flow.t.ssthresh = UINT32_MAX;
	flow_ack(0, 0); /* fills the window */
	flow_round(1, 50 * MS);
	cr_assert_eq(flow.t.cwnd, 40 * MSS);
	for (uint32_t i = 0; i < 6; i++)
		flow_round(1, (60 + 10 * i) * MS);
	cr_assert_eq(flow.t.ssthresh, flow.t.cwnd, "and the delay still ends it");
}

/* RFC 9438 4.2, 5.8: t MUST NOT include periods in which the application did not use the window */
Test(cubic, a_pause_of_the_application_does_not_count)
{
	begin(1000, 100 * MS);
	seconds_of_both(3, 100 * MS);
	/*
	 * An hour in which it is not asked, since the window is not used; the clock of the model stands.
	 * The first ACK comes a round trip later, in which the window was used.
	 */
	flow_wait(UINT64_C(3600) * 1000 * MS + 100 * MS);
	model.t_epoch += 3600;
	seconds_of_both(2, 100 * MS);
	for (int i = 0; i < 20; i++) {
		flow_wait(5100 * MS);
		model.t_epoch += 5;
		round_of_both(2, 100 * MS);
	}
	seconds_of_both(8, 100 * MS);
}

/* A round trip that grows longer is no pause, whatever the smoothed one says yet */
Test(cubic, a_longer_round_trip_counts)
{
	begin(1000, 100 * MS);
	seconds_of_both(3, 100 * MS);
	flow_wait(2000 * MS);
	flow_ack(MSS, 2000 * MS);
	model_ack(1, 0.1);
	seconds_of_both(4, 100 * MS);
}

/* Nor is time lost where no ACK tells of an RTT */
Test(cubic, time_counts_without_samples)
{
	begin(1000, 100 * MS);
	for (int i = 0; i < 91; i++)
		for (uint32_t left = flow.t.cwnd / MSS, n = left; left > 0; left--) {
			flow_wait(100 * MS / n);
			flow_ack(MSS, 0);
		}
	cr_assert(fabs(flow_segments(flow.t.cwnd) - 1000) < 3, "%.1f", flow_segments(flow.t.cwnd));
}

/* A pause where the ACK tells of no RTT: the smoothed one is the measure */
Test(cubic, a_pause_without_a_sample_does_not_count)
{
	begin(1000, 100 * MS);
	seconds_of_both(6, 100 * MS);
	uint32_t cwnd = flow.t.cwnd;
	for (int i = 0; i < 5; i++) {
		flow_wait(3600000 * (uint64_t)MS);
		flow_ack(MSS, 0);
	}
	cr_assert_leq(flow.t.cwnd, cwnd + MSS);
}

/* RFC 9438 4.1.2, segments_acked "can be less than 1": splitting ACKs gains nothing */
Test(cubic, split_acks_gain_nothing)
{
	uint32_t whole;

	begin(1000, 100 * MS);
	for (int i = 0; i < 5; i++)
		flow_round(1, 100 * MS);
	whole = flow.t.cwnd;
	begin(1000, 100 * MS);
	for (int i = 0; i < 5; i++) {
		/* each segment in 29 ACKs, at the time of the last */
		for (uint32_t left = flow.t.cwnd / MSS, n = left; left > 0; left--) {
			flow_wait(100 * MS / n);
			for (int j = 0; j < 29; j++)
				flow_ack(MSS / 29 + (j < MSS % 29), 100 * MS);
		}
	}
	cr_assert(flow.t.cwnd <= whole + MSS && flow.t.cwnd + MSS >= whole, "%u, %u", flow.t.cwnd, whole);
}

/* RFC 9438 4.2: "segments_acked": one ACK of many segments grows the window as one of each would */
Test(cubic, stretch_acks_lose_nothing)
{
	double cwnd[3];
	static const uint32_t segments[] = {1, 10, 64};

	for (int s = 0; s < 3; s++) {
		begin(1000, 100 * MS);
		for (int i = 0; i < 60; i++)
			flow_round(segments[s], 100 * MS);
		cwnd[s] = flow_segments(flow.t.cwnd);
	}
	cr_assert(fabs(cwnd[1] - cwnd[0]) < 3, "%.1f, %.1f", cwnd[1], cwnd[0]);
	cr_assert(fabs(cwnd[2] - cwnd[0]) < 6, "%.1f, %.1f", cwnd[2], cwnd[0]);
}

/* An ACK of more than the window (it was reduced since) is worth one window */
Test(cubic, an_ack_of_many_windows_does_not_pass_the_target)
{
	begin(1000, 100 * MS);
	flow.t.cwnd = flow.t.ssthresh = 10 * MSS;
	flow_ack(MSS, 100 * MS);
	flow_wait(100 * MS);
	flow_ack(1000 * MSS, 100 * MS);
	cr_assert_leq(flow.t.cwnd, 16 * MSS);
}

/* A slow start below ssthresh (after recovery, after a pause) ends in a new stage, with the same W_max */
Test(cubic, slow_start_begins_a_new_stage)
{
	begin(1000, 100 * MS);
	seconds_of_both(1, 100 * MS);
	flow.t.cwnd = 100 * MSS;
	flow_ack(0, 0);
	while (flow.t.cwnd < flow.t.ssthresh)
		flow_round(2, 100 * MS);
	model.cwnd = flow_segments(flow.t.cwnd);
	model.w_max = 1000;
	model_begin();
	seconds_of_both(12, 100 * MS);
}

/* The largest windows and the longest and shortest times: no overflow, nothing shrinks */
Test(cubic, extremes_hold)
{
	static const uint32_t rtts[] = {1, 60, 1 * MS, 1000 * MS, 60000 * MS};
	static const uint16_t sizes[] = {52, 536, 1448, 8948, 65483};
	static const uint32_t windows[] = {2, 10, 1000, UINT32_MAX};

	for (size_t r = 0; r < RTE_DIM(rtts); r++)
		for (size_t m = 0; m < RTE_DIM(sizes); m++)
			for (size_t w = 0; w < RTE_DIM(windows); w++) {
				flow_begin(&tcp_cubic, 10, 10, rtts[r]);
				flow.t.mss = sizes[m];
				flow.t.cwnd = (uint32_t)RTE_MIN((uint64_t)windows[w] * sizes[m], UINT64_C(1) << 30);
				flow.t.ssthresh = flow.t.cwnd;
				flow_loss();
				for (int i = 0; i < 200; i++) {
					uint32_t cwnd = flow.t.cwnd;
					flow_wait(rtts[r]);
					flow_ack(cwnd, rtts[r]);
					cr_assert(flow.t.cwnd >= cwnd && flow.t.cwnd <= cwnd + cwnd / 2 + 2u * sizes[m] &&
						flow.t.cwnd <= 1u << 30, "%u us, mss %u: %u after %u", rtts[r], sizes[m], flow.t.cwnd, cwnd);
				}
			}
}

/* A gibibyte: K is 82 s, and the plateau is there */
Test(cubic, a_gibibyte_comes_back_in_time)
{
	uint32_t most = 1u << 30;

	flow_begin(&tcp_cubic, 10, 10, 1000 * MS);
	flow.t.cwnd = flow.t.ssthresh = most;
	flow_loss();
	double k = cbrt(flow_segments(most) * 0.3 / 0.4);
	for (int i = 0; i < (int)(0.9 * k); i++)
		flow_round(64, 1000 * MS);
	cr_assert_lt(flow.t.cwnd, most - (most >> 12));
	cr_assert_gt(flow.t.cwnd, most - (most >> 10));
	for (int i = 0; i < (int)(0.2 * k) + 1; i++)
		flow_round(64, 1000 * MS);
	cr_assert_eq(flow.t.cwnd, most);
}
