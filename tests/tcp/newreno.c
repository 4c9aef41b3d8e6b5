/* SPDX-License-Identifier: BSD-3-Clause */
/* NewReno's window (RFC 5681), asked alone. */
#include "flow.h"

/* RFC 5681 3.1 (2): in slow start the window doubles in a round */
Test(newreno, slow_start_doubles_the_window)
{
	flow_begin(&tcp_newreno, 10, 0, 50 * MS);
	flow_round(1, 50 * MS);
	cr_assert_eq(flow.t.cwnd, 20 * MSS);
	flow_round(2, 50 * MS);
	cr_assert_eq(flow.t.cwnd, 40 * MSS, "and so it does with an ACK for each second segment");
}

/* RFC 3465 2.2, RFC 9406 4.2: bytes are counted, L segments of an ACK at most */
Test(newreno, slow_start_counts_eight_segments_of_an_ack)
{
	flow_begin(&tcp_newreno, 20, 0, 50 * MS);
	flow_ack(8 * MSS, 0);
	cr_assert_eq(flow.t.cwnd, 28 * MSS);
	flow_ack(20 * MSS, 0);
	cr_assert_eq(flow.t.cwnd, 36 * MSS);
}

/* RFC 3465 2.3: after a timeout one segment of an ACK counts */
Test(newreno, slow_start_after_a_timeout_counts_one_segment_of_an_ack)
{
	flow_begin(&tcp_newreno, 20, 0, 50 * MS);
	flow_timeout();
	flow.t.flags |= TF_RTO;
	flow_ack(5 * MSS, 0);
	cr_assert_eq(flow.t.cwnd, 2 * MSS);
	flow.t.flags &= ~TF_RTO;
	flow_ack(5 * MSS, 0);
	cr_assert_eq(flow.t.cwnd, 7 * MSS);
}

/* RFC 3465 1: an ACK of part of a segment is worth its bytes, so that splitting them gains nothing */
Test(newreno, split_acks_gain_nothing)
{
	flow_begin(&tcp_newreno, 10, 0, 50 * MS);
	for (int i = 0; i < MSS; i++)
		flow_ack(1, 0);
	cr_assert_eq(flow.t.cwnd, 11 * MSS, "in slow start");
	flow_begin(&tcp_newreno, 10, 10, 50 * MS);
	for (int i = 0; i < 10 * MSS - 1; i++)
		flow_ack(1, 0);
	cr_assert_eq(flow.t.cwnd, 10 * MSS, "in congestion avoidance");
	flow_ack(1, 0);
	cr_assert_eq(flow.t.cwnd, 11 * MSS);
}

/* RFC 5681 3.1: a segment more for each window acknowledged */
Test(newreno, avoidance_adds_a_segment_a_round)
{
	for (uint32_t segments = 1; segments <= 100; segments += 33) {
		flow_begin(&tcp_newreno, 100, 100, 50 * MS);
		for (uint32_t i = 1; i <= 10; i++) {
			flow_round(segments, 50 * MS);
			cr_assert_eq(flow.t.cwnd, (100 + i) * MSS, "%u segments an ACK", segments);
		}
	}
}

/* RFC 5681 3.1: what an ACK tells beyond a window counts for the next segment */
Test(newreno, nothing_acknowledged_is_forgotten)
{
	flow_begin(&tcp_newreno, 10, 10, 50 * MS);
	flow_ack(7 * MSS, 0);
	flow_ack(7 * MSS, 0);
	cr_assert_eq(flow.t.cwnd, 11 * MSS);
	flow_ack(7 * MSS - 1, 0);
	cr_assert_eq(flow.t.cwnd, 11 * MSS);
	flow_ack(1, 0);
	cr_assert_eq(flow.t.cwnd, 12 * MSS, "four of fourteen, and seven");
}

/* RFC 5681 3.1: "cwnd MUST NOT be increased by more than SMSS bytes per RTT", here by an ACK of many windows */
Test(newreno, an_ack_of_many_windows_adds_one_segment)
{
	flow_begin(&tcp_newreno, 2, 2, 50 * MS);
	flow_ack(100 * MSS, 0);
	cr_assert_eq(flow.t.cwnd, 3 * MSS);
	flow_ack(1, 0);
	cr_assert_eq(flow.t.cwnd, 3 * MSS, "and leaves nothing for the next");
}

/* RFC 5681 3.1: slow start ends at ssthresh; what was acknowledged beyond counts for avoidance */
Test(newreno, slow_start_ends_at_ssthresh)
{
	flow_begin(&tcp_newreno, 10, 12, 50 * MS);
	flow_ack(5 * MSS, 0); /* two segments of slow start, three of the twelve of avoidance */
	cr_assert_eq(flow.t.cwnd, 12 * MSS);
	flow_ack(9 * MSS - 1, 0);
	cr_assert_eq(flow.t.cwnd, 12 * MSS);
	flow_ack(1, 0);
	cr_assert_eq(flow.t.cwnd, 13 * MSS);
}

/* RFC 5681 3.1 (4): ssthresh = max (FlightSize / 2, 2*SMSS) */
Test(newreno, congestion_halves_the_flight)
{
	flow_begin(&tcp_newreno, 100, 0, 50 * MS);
	flow.cc->congested(&flow.core, &flow.t, &flow.s, 60 * MSS);
	cr_assert_eq(flow.t.ssthresh, 30 * MSS);
	cr_assert_eq(flow.t.cwnd, 100 * MSS, "cwnd is recovery's");
	flow.cc->timed_out(&flow.core, &flow.t, &flow.s, 40 * MSS);
	cr_assert_eq(flow.t.ssthresh, 20 * MSS);
	flow.cc->congested(&flow.core, &flow.t, &flow.s, 1);
	cr_assert_eq(flow.t.ssthresh, 2 * MSS);
}

/* RFC 5681 3.1: what was acknowledged before a loss does not count after it */
Test(newreno, congestion_begins_a_new_count)
{
	flow_begin(&tcp_newreno, 20, 20, 50 * MS);
	flow_ack(19 * MSS, 0);
	flow_loss();
	flow_ack(9 * MSS, 0);
	cr_assert_eq(flow.t.cwnd, 10 * MSS);
	flow_ack(MSS, 0);
	cr_assert_eq(flow.t.cwnd, 11 * MSS);
}

/* RFC 4015: cwnd and ssthresh are put back by undo.c; the algorithm keeps its hands off them */
Test(newreno, undo_leaves_the_windows_alone)
{
	flow_begin(&tcp_newreno, 100, 0, 50 * MS);
	flow_loss();
	flow.cc->undo(&flow.core, &flow.t, &flow.s);
	cr_assert_eq(flow.t.cwnd, 50 * MSS);
	cr_assert_eq(flow.t.ssthresh, 50 * MSS);
}

/* RFC 7323 2.3: no window is larger than 2^30 */
Test(newreno, cwnd_stops_at_a_gibibyte)
{
	flow_begin(&tcp_newreno, 1, 0, 50 * MS);
	flow.t.cwnd = (1u << 30) - 1;
	flow_ack(8 * MSS, 0);
	cr_assert_eq(flow.t.cwnd, 1u << 30);
	flow.t.ssthresh = flow.t.cwnd;
	flow_ack(1u << 30, 0);
	cr_assert_eq(flow.t.cwnd, 1u << 30);
}
