/* SPDX-License-Identifier: BSD-3-Clause */
/* HyStart++ (RFC 9406), in CUBIC's first slow start. */
#include "flow.h"
#include "tcp/hystart.h"

static struct hystart h;

static void
begin(uint32_t cwnd)
{
	flow_begin(&tcp_cubic, cwnd, 0, 0);
	hystart_begin(&h, &flow.t);
}

/* An ACK of so many segments; what was in flight stays, the window is not filled. */
static bool
ack(uint32_t bytes, uint32_t rtt_us)
{
	const struct tcp_acked a = {.acked = bytes, .delivered = bytes, .rtt = rtt_us};

	flow.t.snd_una += bytes;
	return hystart_acked(&h, &flow.t, &a);
}

/* A round of n ACKs, a segment each, with this RTT. True: slow start is over. */
static bool
round_of(unsigned n, uint32_t rtt_us)
{
	bool over = false;

	flow.t.snd_nxt = h.window_end = flow.t.snd_una + n * MSS;
	for (unsigned i = 0; i < n; i++) {
		flow.t.snd_nxt += 2 * MSS;
		over |= ack(MSS, rtt_us);
	}
	return over;
}

static bool
in_css(void)
{
	return h.baseline != UINT32_MAX;
}

/* RFC 9406 4.2: cwnd = cwnd + min(N, L * SMSS) */
Test(hystart, slow_start_doubles_the_window)
{
	begin(10);
	round_of(10, 50 * MS);
	cr_assert_eq(flow.t.cwnd, 20 * MSS);
	ack(8 * MSS, 50 * MS);
	cr_assert_eq(flow.t.cwnd, 28 * MSS);
	ack(20 * MSS, 50 * MS);
	cr_assert_eq(flow.t.cwnd, 36 * MSS, "L is eight");
}

/* RFC 9406 4.2: a round that takes an eighth longer begins the conservative slow start */
Test(hystart, a_longer_round_trip_begins_css)
{
	begin(10);
	round_of(10, 80 * MS);
	round_of(20, 90 * MS - 1);
	cr_assert(!in_css(), "less than an eighth");
	round_of(40, 90 * MS - 1 + 11250);
	cr_assert(in_css());
	cr_assert_eq(h.baseline, 90 * MS - 1 + 11250);
}

/* RFC 9406 4.3: RttThresh lies between 4 and 16 ms */
Test(hystart, the_threshold_is_four_to_sixteen_milliseconds)
{
	static const struct {
		uint32_t last, longer;
	} rows[] = {{100, 4 * MS}, {8 * MS, 4 * MS}, {32 * MS, 4 * MS}, {64 * MS, 8 * MS}, {128 * MS, 16 * MS},
		{10000 * MS, 16 * MS}};

	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		begin(10);
		round_of(10, rows[i].last);
		round_of(10, rows[i].last + rows[i].longer - 1);
		cr_assert(!in_css(), "%u us", rows[i].last);
		begin(10);
		round_of(10, rows[i].last);
		round_of(10, rows[i].last + rows[i].longer);
		cr_assert(in_css(), "%u us", rows[i].last);
	}
}

/* RFC 9406 4.2: the minimum of a round counts, of eight samples at least */
Test(hystart, jitter_of_a_few_samples_is_no_delay)
{
	begin(10);
	round_of(10, 50 * MS);
	round_of(7, 500 * MS);
	cr_assert(!in_css(), "seven samples");
	begin(10);
	round_of(10, 50 * MS);
	flow.t.snd_nxt = h.window_end = flow.t.snd_una + 20 * MSS;
	ack(MSS, 51 * MS);
	for (int i = 0; i < 19; i++)
		ack(MSS, 500 * MS);
	cr_assert(!in_css(), "one of twenty was as fast as before");
}

/* RFC 9406 4.2: an ACK without a sample (Karn's algorithm) is none of the eight */
Test(hystart, acks_without_a_sample_do_not_count)
{
	begin(10);
	round_of(10, 50 * MS);
	flow.t.snd_nxt = h.window_end = flow.t.snd_una + 20 * MSS;
	for (int i = 0; i < 7; i++)
		ack(MSS, 500 * MS);
	for (int i = 0; i < 12; i++)
		ack(MSS, 0);
	cr_assert(!in_css());
	flow.t.snd_nxt += MSS;
	ack(1, 500 * MS);
	cr_assert(in_css(), "the eighth");
}

/* RFC 9406 4.2: a round without samples leaves nothing to compare with */
Test(hystart, a_round_is_compared_with_the_one_before)
{
	begin(10);
	round_of(10, 50 * MS);
	round_of(10, 0);
	round_of(10, 500 * MS);
	cr_assert(!in_css());
}

/* RFC 9406 4.2: cwnd = cwnd + min(N, L * SMSS) / CSS_GROWTH_DIVISOR */
Test(hystart, css_grows_by_a_quarter)
{
	begin(100);
	round_of(10, 50 * MS);
	round_of(10, 60 * MS);
	cr_assert(in_css());
	uint32_t cwnd = flow.t.cwnd;
	ack(MSS, 60 * MS);
	cr_assert_eq(flow.t.cwnd, cwnd + MSS / 4);
	ack(20 * MSS, 60 * MS);
	cr_assert_eq(flow.t.cwnd, cwnd + MSS / 4 + 2 * MSS);
}

/* RFC 9406 4.2: five rounds of CSS, the one in which it began included, end slow start */
Test(hystart, css_lasts_five_rounds)
{
	begin(100);
	round_of(10, 50 * MS);
	cr_assert(!round_of(10, 60 * MS));
	cr_assert_eq(h.css_rounds, 1);
	for (int i = 0; i < 3; i++)
		cr_assert(!round_of(10, 60 * MS));
	cr_assert(round_of(10, 60 * MS));
}

/* RFC 9406 4.2: the round trip is as short as before: slow start goes on, HyStart++ with it */
Test(hystart, css_returns_to_slow_start_when_the_delay_falls)
{
	begin(100);
	round_of(10, 50 * MS);
	round_of(10, 60 * MS);
	round_of(10, 60 * MS);
	cr_assert(in_css());
	flow.t.snd_nxt = h.window_end = flow.t.snd_una + 10 * MSS;
	for (int i = 0; i < 7; i++)
		ack(MSS, 60 * MS - 1);
	cr_assert(in_css(), "seven samples prove nothing");
	ack(MSS, 60 * MS - 1);
	cr_assert(!in_css());
	uint32_t cwnd = flow.t.cwnd;
	ack(MSS, 60 * MS - 1);
	cr_assert_eq(flow.t.cwnd, cwnd + MSS);
	ack(MSS, 60 * MS - 1);
	/* a second time: it lasts five rounds again */
	cr_assert(!round_of(10, 80 * MS));
	cr_assert(in_css());
	for (int i = 0; i < 3; i++)
		cr_assert(!round_of(10, 80 * MS));
	cr_assert(round_of(10, 80 * MS));
}

/* RFC 9406 4.2: a round ends when what was sent before it is acknowledged */
Test(hystart, a_round_ends_with_its_window)
{
	begin(10);
	ack(9 * MSS, 50 * MS);
	cr_assert_eq(h.last_min, UINT32_MAX);
	flow.t.snd_nxt += 20 * MSS;
	ack(MSS, 50 * MS);
	cr_assert_eq(h.last_min, 50 * MS);
	cr_assert_eq(h.window_end, flow.t.snd_nxt);
}

/* The window was not used for more bytes than sequence numbers are comparable over: the round is over all the same */
Test(hystart, a_round_that_was_not_seen_to_end_has_ended)
{
	for (uint64_t gone = 20 * MSS; gone < UINT64_C(1) << 32; gone += 1 << 24) {
		begin(10);
		ack(MSS, 50 * MS);
		flow.t.snd_una += (uint32_t)gone;
		flow.t.snd_nxt = flow.t.snd_una + 10 * MSS;
		ack(MSS, 50 * MS);
		cr_assert_eq(h.last_min, 50 * MS, "%lu bytes", gone);
	}
}

/* RFC 9406 4.2 and RFC 9438 4.10: at the end ssthresh is cwnd, and congestion avoidance begins */
Test(hystart, its_end_is_congestion_avoidance)
{
	unsigned rounds = 0;

	flow_begin(&tcp_cubic, 10, 0, 50 * MS);
	/* a queue of ten milliseconds a round */
	for (uint32_t rtt = 50 * MS; flow.t.ssthresh == UINT32_MAX && rounds < 20; rtt += 10 * MS, rounds++)
		flow_round(1, rtt);
	/* two rounds of slow start, a part of the second and four more in CSS */
	cr_assert_eq(rounds, 6);
	cr_assert_eq(flow.t.ssthresh, flow.t.cwnd);
	cr_assert(flow.t.cwnd > 40 * MSS && flow.t.cwnd < 100 * MSS, "%u segments", flow.t.cwnd / MSS);
	uint32_t cwnd = flow.t.cwnd;
	flow_round(1, 100 * MS);
	cr_assert(flow.t.cwnd >= cwnd + MSS && flow.t.cwnd <= cwnd + 2 * MSS);
}

/* RFC 9406 4.2: with a round trip that stays, slow start goes on to the first loss */
Test(hystart, a_steady_round_trip_does_not_end_slow_start)
{
	flow_begin(&tcp_cubic, 10, 0, 50 * MS);
	for (int i = 0; i < 10; i++)
		flow_round(1, 50 * MS + (uint32_t)i % 3 * MS);
	cr_assert_eq(flow.t.cwnd, 10240 * MSS);
	cr_assert_eq(flow.t.ssthresh, UINT32_MAX);
}

/* RFC 9406 4.3: only the first slow start; later ones know where to stop */
Test(hystart, a_later_slow_start_does_without)
{
	flow_begin(&tcp_cubic, 10, 1000, 50 * MS);
	for (uint32_t i = 0; i < 6; i++)
		flow_round(1, (50 + 20 * i) * MS);
	cr_assert_eq(flow.t.cwnd, 640 * MSS);
	cr_assert_eq(flow.t.ssthresh, 1000 * MSS);
}
