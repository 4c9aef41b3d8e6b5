/* SPDX-License-Identifier: BSD-3-Clause */
/* NewReno: slow start, avoidance, fast retransmit and recovery (RFC 5681, 6582, 6928, 3042; RFC 9293 3.8.2). */
#include "spec.h"

SUITE(congestion);

enum { MSS = 1460 };

/* A connection with n segments in flight, all of them in a window of ten. */
static void
in_flight(unsigned n)
{
	config.tcp.congestion = LEAT_TCP_NEWRENO;
	in_state(TCPS_ESTABLISHED);
	app_sends((size_t)n * MSS);
	expect_sent_run(n < 10 ? n : 10, 1, MSS);
	expect_nothing();
}

static void
duplicate_acks(unsigned n, uint32_t ack)
{
	for (unsigned i = 0; i < n; i++)
		peer_sends(.flags = ACK, .ack = ack);
}

/* RFC 6928 2: ten segments */
Test(congestion, initial_window_is_ten_segments)
{
	in_flight(20);
	expect(tcp_info()->cwnd == 10 * MSS);
	expect(tcp_info()->ssthresh == UINT32_MAX);
}

/* Configuration: tcp.initial_window */
Test(congestion, initial_window_is_configurable)
{
	config.tcp.initial_window = 2;
	in_state(TCPS_ESTABLISHED);
	app_sends(10 * MSS);
	expect_sent_run(2, 1, MSS);
	expect_nothing();
}

/* RFC 6928 2: max(2*MSS, 14600) bounds ten large segments */
Test(congestion, initial_window_counts_segments_of_the_peers_mss)
{
	talk->mss = 500;
	in_state(TCPS_ESTABLISHED);
	app_sends(10000);
	expect_sent_run(10, 1, 500);
	expect_nothing();
}

/* RFC 9293 3.8.2 MUST-19, RFC 5681 3.1 (2): in slow start each ACK of a segment lets two go */
Test(congestion, slow_start_doubles)
{
	in_flight(40);
	for (uint32_t i = 1; i <= 5; i++) {
		peer_sends(.ack = 1 + i * MSS);
		expect_sent_run(2, 1 + (8 + 2 * i) * MSS, MSS);
		expect_nothing();
	}
	expect(tcp_info()->cwnd == 15 * MSS);
}

/* RFC 9406 4.2 (RFC 3465 2.2): an ACK of many segments counts as eight at most */
Test(congestion, slow_start_counts_at_most_eight_segments_an_ack)
{
	in_flight(40);
	peer_sends(.ack = 1 + 10 * MSS);
	expect(tcp_info()->cwnd == 18 * MSS);
	expect_sent_run(18, 1 + 10 * MSS, MSS);
	expect_nothing();
}

/* RFC 5681 3.1: ACK division gains nothing */
Test(congestion, acks_of_single_bytes_do_not_open_the_window)
{
	in_flight(40);
	for (uint32_t i = 1; i <= 20; i++)
		peer_sends(.ack = 1 + i);
	expect(tcp_info()->cwnd <= 10 * MSS + 20);
	forget_sent();
}

/* RFC 5681 3.1: a sender that does not fill cwnd does not grow it without end (RFC 7661 1) */
Test(congestion, application_limited_window_stays)
{
	in_state(TCPS_ESTABLISHED);
	for (uint32_t i = 0; i < 100; i++) {
		app_sends(100);
		expect_sent(.len = 100);
		peer_sends(.flags = ACK);
	}
	expect(tcp_info()->cwnd <= 20 * MSS);
}

/* RFC 5681 3.2 (RFC 3042): two duplicates let one new segment go each */
Test(congestion, limited_transmit)
{
	in_flight(20);
	duplicate_acks(1, 1);
	expect_sent(.seq = 1 + 10 * MSS, .len = MSS);
	duplicate_acks(1, 1);
	expect_sent(.seq = 1 + 11 * MSS, .len = MSS);
	expect_nothing();
	expect(tcp_info()->cwnd == 10 * MSS);
}

/* RFC 5681 3.2 (2), (3): the third one retransmits and halves */
Test(congestion, third_duplicate_ack_retransmits)
{
	in_flight(10);
	duplicate_acks(2, 1);
	expect_nothing();
	duplicate_acks(1, 1);
	expect_sent(.seq = 1, .len = MSS);
	expect_nothing();
	expect(tcp_info()->ssthresh == 5 * MSS);
	expect(counter("tcp_fast_retransmits") == 1);
}

/* RFC 5681 2: with the window changed, with data, or with nothing in flight it is no duplicate */
Test(congestion, what_is_not_a_duplicate_ack_counts_not)
{
	in_flight(5);
	for (uint16_t i = 1; i < 6; i++)
		peer_sends(.flags = ACK, .ack = 1, .wnd = (uint16_t)(60000 + i));
	expect_nothing();
	for (int i = 0; i < 5; i++)
		peer_sends(.ack = 1, .len = 10, .wnd = 60005);
	for (uint32_t i = 1; i <= 5; i++)
		expect_sent(.flags = ACK, .ack = 1 + 10 * i, .len = 0);
	expect_nothing();
	expect(counter("tcp_fast_retransmits") == 0);
}

/* RFC 5681 2 (a): nothing outstanding */
Test(congestion, duplicate_acks_on_an_idle_connection_do_nothing)
{
	in_state(TCPS_ESTABLISHED);
	duplicate_acks(10, 1);
	expect_nothing();
	expect(tcp_info()->cwnd == 10 * MSS);
}

/* RFC 5681 3.2 (4): each further duplicate inflates the window: new data goes out */
Test(congestion, further_duplicates_let_new_data_go)
{
	in_flight(30);
	duplicate_acks(3, 1);
	forget_sent();
	uint32_t limited = talk->leat_nxt - (1 + 10 * MSS); /* RFC 3042 may have sent two */
	duplicate_acks(8, 1);
	/* half of ten, three for what started it, eight for what left since */
	for (uint32_t new = limited; new < 6 * MSS; new += MSS)
		expect_sent(.seq = 1 + 10 * MSS + new, .len = MSS);
	expect_nothing();
}

/* RFC 5681 3.2 (6), RFC 6582 3.2 (3): the full ACK deflates the window to ssthresh */
Test(congestion, full_ack_ends_recovery)
{
	in_flight(10);
	duplicate_acks(9, 1);
	expect_sent(.seq = 1, .len = MSS);
	expect_nothing();
	peer_sends(.ack = 1 + 10 * MSS);
	expect_nothing();
	expect(tcp_info()->cwnd <= 5 * MSS);
	expect(tcp_info()->cwnd >= MSS);
	expect(tcp_info()->ssthresh == 5 * MSS);
	expect_app_sent(10 * MSS);
}

/* RFC 6582 3.2 (3): a partial ACK retransmits the next hole at once */
Test(congestion, partial_ack_retransmits_the_next_hole)
{
	in_flight(10);
	duplicate_acks(3, 1);
	expect_sent(.seq = 1, .len = MSS);
	peer_sends(.ack = 1 + 4 * MSS);
	expect_sent(.seq = 1 + 4 * MSS, .len = MSS);
	expect_nothing();
	peer_sends(.ack = 1 + 7 * MSS);
	expect_sent(.seq = 1 + 7 * MSS, .len = MSS);
	expect_nothing();
	peer_sends(.ack = 1 + 10 * MSS);
	expect_nothing();
	expect(counter("tcp_fast_retransmits") >= 1);
	expect(counter("tcp_rto") == 0);
}

/* RFC 6582 3.2 (3): a partial ACK is not a second loss: ssthresh is halved once */
Test(congestion, partial_ack_halves_only_once)
{
	in_flight(10);
	duplicate_acks(3, 1);
	expect_sent(.seq = 1, .len = MSS);
	peer_sends(.ack = 1 + 4 * MSS);
	duplicate_acks(3, 1 + 4 * MSS);
	expect(tcp_info()->ssthresh == 5 * MSS);
	forget_sent();
}

/* RFC 6582 3.2 (2): duplicates of what was sent before recovery start no second one */
Test(congestion, duplicates_behind_recovery_do_nothing)
{
	in_flight(10);
	after(rto() + MS);
	expect_sent(.seq = 1, .len = MSS);
	duplicate_acks(5, 1);
	expect(counter("tcp_fast_retransmits") == 0);
	forget_sent();
}

/* RFC 5681 3.1 (4): after a timeout ssthresh is half the flight, and cwnd one segment */
Test(congestion, time_out_begins_again_with_one_segment)
{
	in_flight(10);
	after(rto() + MS);
	expect_sent(.seq = 1, .len = MSS);
	expect_nothing();
	expect(tcp_info()->cwnd == MSS);
	expect(tcp_info()->ssthresh == 5 * MSS);
}

/* RFC 5681 3.1: and ssthresh is not halved again for the same segment */
Test(congestion, second_time_out_does_not_halve_again)
{
	in_flight(10);
	after(rto() + MS);
	expect_sent(.seq = 1, .len = MSS);
	after(rto() + MS);
	expect_sent(.seq = 1, .len = MSS);
	expect(tcp_info()->cwnd == MSS);
	expect(tcp_info()->ssthresh == 5 * MSS);
	forget_sent();
}

/* RFC 5681 3.1 (4): never below two segments */
Test(congestion, ssthresh_is_at_least_two_segments)
{
	in_flight(1);
	after(rto() + MS);
	expect_sent(.seq = 1, .len = MSS);
	expect(tcp_info()->ssthresh == 2 * MSS);
}

/* Acknowledges all that is in flight, segment by segment: one round trip. */
static void
round_trip(void)
{
	uint32_t end = talk->leat_nxt, ack = tcp_info()->snd_una - talk->leat_iss;

	while (ack < end) {
		ack = ack + MSS < end ? ack + MSS : end;
		peer_sends(.ack = ack);
	}
	forget_sent();
}

/* RFC 9293 3.8.2 MUST-19, RFC 5681 3.1 (3): beyond ssthresh one segment a round trip */
Test(congestion, avoidance_adds_one_segment_a_round_trip)
{
	in_flight(10);
	app_sends(100 * MSS);
	duplicate_acks(3, 1);
	forget_sent();
	peer_sends(.ack = talk->leat_nxt);
	forget_sent();
	while (tcp_info()->cwnd < 2 * tcp_info()->ssthresh) {
		uint32_t cwnd = tcp_info()->cwnd, ssthresh = tcp_info()->ssthresh;
		round_trip();
		uint32_t grown = tcp_info()->cwnd - cwnd;
		expect(grown > 0);
		if (cwnd > ssthresh)
			expect(grown > MSS / 2 && grown <= MSS + MSS / 4);
	}
}

/* RFC 5681 4.1: after a pause longer than the RTO the window restarts */
Test(congestion, idle_connection_restarts_with_the_initial_window)
{
	in_flight(40);
	for (uint32_t i = 1; i <= 40; i++)
		peer_sends(.ack = 1 + i * MSS);
	forget_sent();
	expect(tcp_info()->cwnd > 20 * MSS);
	after(60 * SEC);
	app_sends(20 * MSS);
	expect_sent_run(10, 1 + 40 * MSS, MSS);
	expect_nothing();
}

/* RFC 5681 4.1: the pause is from when data was sent last, also where one ACK is for that and for earlier data */
Test(congestion, connection_that_has_sent_within_the_timeout_is_not_idle)
{
	config.tcp.nodelay = true;
	in_flight(40);
	for (uint32_t i = 1; i <= 40; i++)
		peer_sends(.ack = 1 + i * MSS);
	forget_sent();
	expect(tcp_info()->cwnd > 20 * MSS);
	app_sends(100);
	after(rto() - 20 * MS);
	app_sends(100);
	peer_sends();
	expect_sent_run(2, 1 + 40 * MSS, 100);
	after(30 * MS);
	app_sends(20 * MSS);
	expect_sent_run(20, 201 + 40 * MSS, MSS);
}

/* RFC 5681 3.1: the peer's window bounds too */
Test(congestion, receive_window_bounds_the_flight)
{
	talk->wnd = 3 * MSS;
	in_state(TCPS_ESTABLISHED);
	app_sends(20 * MSS);
	expect_sent_run(3, 1, MSS);
	expect_nothing();
}

/* RFC 5681 3.2: the retransmission is lost as well: the timer has the last word */
Test(congestion, lost_fast_retransmission_times_out)
{
	in_flight(10);
	duplicate_acks(3, 1);
	expect_sent(.seq = 1, .len = MSS);
	until(sent_at() + rto() + MS);
	expect_sent(.seq = 1, .len = MSS);
	expect(counter("tcp_rto") == 1);
	expect(tcp_info()->cwnd == MSS);
	forget_sent();
}

/* RFC 5681 2: a FIN or SYN is no duplicate ACK, nor is an old ACK */
Test(congestion, old_acks_are_no_duplicates)
{
	in_flight(10);
	peer_sends(.ack = 1 + 2 * MSS);
	forget_sent();
	for (int i = 0; i < 5; i++)
		peer_sends(.flags = ACK, .ack = 1 + MSS);
	expect_nothing();
	expect(counter("tcp_fast_retransmits") == 0);
}
