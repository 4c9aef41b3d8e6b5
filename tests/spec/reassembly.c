/* SPDX-License-Identifier: BSD-3-Clause */
/* Out-of-order data (RFC 9293 3.10.7.4 SHLD-31; RFC 5681 4.2). Its bounds: limits.c. */
#include "spec.h"

SUITE(reassembly);

/* RFC 9293 3.10.7.4 SHLD-31, MAY-13; RFC 5681 4.2: each gets its own ACK at once */
Test(reassembly, segments_beyond_a_hole_are_kept)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.seq = 101, .len = 100);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1, .len = 0);
	peer_sends(.seq = 201, .len = 100);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1, .len = 0);
	expect_nothing();
	expect_no_app_event();
	expect(tcp_info()->ooo == 200);
	peer_sends(.seq = 1, .len = 100);
	expect_sent(.flags = ACK, .ack = 301);
	expect_nothing();
	expect_app_data(300);
	expect(tcp_info()->ooo == 0);
}

/* RFC 5681 4.2: in one burst too, for a peer counts duplicates */
Test(reassembly, each_segment_of_a_burst_gets_its_duplicate_ack)
{
	in_state(TCPS_ESTABLISHED);
	for (uint32_t i = 1; i < 4; i++)
		peer_queues(.seq = 100 * i + 1, .len = 100);
	peer_sends(.seq = 401, .len = 100);
	for (int i = 0; i < 4; i++)
		expect_sent(.flags = ACK, .seq = 1, .ack = 1, .len = 0);
	expect_nothing();
}

/* RFC 5681 4.2: filling a hole in part moves the ACK to the next one */
Test(reassembly, two_holes_are_filled_in_order)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.seq = 101, .len = 100);
	expect_sent(.ack = 1);
	peer_sends(.seq = 301, .len = 100);
	expect_sent(.ack = 1);
	peer_sends(.seq = 1, .len = 100);
	expect_sent(.ack = 201);
	expect_app_data(200);
	peer_sends(.seq = 201, .len = 100);
	expect_sent(.ack = 401);
	expect_app_data(200);
}

/* RFC 5681 4.2: the later hole first */
Test(reassembly, two_holes_are_filled_backwards)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.seq = 101, .len = 100);
	peer_sends(.seq = 301, .len = 100);
	peer_sends(.seq = 201, .len = 100);
	for (int i = 0; i < 3; i++)
		expect_sent(.ack = 1);
	peer_sends(.seq = 1, .len = 100);
	expect_sent(.ack = 401);
	expect_app_data(400);
}

/* RFC 9293 3.10.7.4: a second copy is acknowledged and not delivered twice */
Test(reassembly, duplicate_beyond_the_hole_counts_once)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.seq = 101, .len = 100);
	peer_sends(.seq = 101, .len = 100);
	for (int i = 0; i < 2; i++)
		expect_sent(.flags = ACK, .ack = 1);
	expect(tcp_info()->ooo == 100);
	peer_sends(.seq = 1, .len = 100);
	expect_sent(.ack = 201);
	expect_app_data(200);
}

/* RFC 9293 3.10.7.4: overlaps of every kind; each byte arrives once and in its place */
Test(reassembly, overlapping_segments_are_joined)
{
	static const struct {
		uint32_t seq, len;
	} pieces[] = {
		{101, 100}, {151, 100}, {51, 100}, {121, 10}, {91, 200}, {301, 50}, {281, 40}, {351, 1},
		{401, 100}, {341, 100}, {11, 10}, {21, 480},
	};

	in_state(TCPS_ESTABLISHED);
	for (unsigned i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		peer_sends(.seq = pieces[i].seq, .len = pieces[i].len);
		expect_sent(.flags = ACK, .ack = 1);
	}
	peer_sends(.seq = 1, .len = 20);
	expect_sent(.flags = ACK, .ack = 501);
	expect_app_data(500);
	expect(tcp_info()->ooo == 0);
}

/* RFC 9293 3.10.7.4: one that fills the hole, tells all behind it again and ends with FIN: nothing has to come again */
Test(reassembly, fin_behind_what_is_told_again)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.seq = 101, .len = 100);
	peer_sends(.seq = 201, .len = 100);
	expect(forget_sent() == 2);
	peer_sends(.flags = FIN | ACK, .seq = 1, .len = 300);
	expect_app_data(300);
	expect_app_peer_closed();
	expect(forget_sent() <= 2);
	expect(tcp_info()->rcv_nxt == talk->peer_iss + 302);
	expect_state(TCPS_CLOSE_WAIT);
}

/* RFC 9293 3.10.7.4, eighth: FIN before bytes that came already: they came first, and the FIN is at no end */
Test(reassembly, fin_that_bytes_contradict)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.seq = 11, .len = 100);
	expect_sent(.flags = ACK, .ack = 1);
	peer_sends(.flags = FIN | ACK, .seq = 1, .len = 50);
	expect_app_data(110);
	expect_no_app_event();
	expect(tcp_info()->rcv_nxt == talk->peer_iss + 111);
	expect_state(TCPS_ESTABLISHED);
	forget_sent();
}

/* RFC 9293 3.10.7.4, eighth: data that waits behind a FIN will never have its turn: it is not kept, nor told of */
Test(reassembly, data_behind_fin_is_forgotten)
{
	talk->sack = true;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.seq = 101, .len = 100);
	expect_sent(.flags = ACK, .ack = 1, .nb_sack = 1);
	peer_sends(.flags = FIN | ACK, .seq = 1);
	expect_sent(.flags = ACK, .ack = 2, .nb_sack = 0);
	expect_app_peer_closed();
	expect(tcp_info()->ooo == 0);
}

/* RFC 9293 3.10.7.4: what reaches beyond a piece that waits may be cut there; it comes again */
Test(reassembly, segment_around_a_piece_loses_nothing)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.seq = 201, .len = 100);
	peer_sends(.seq = 101, .len = 300);
	expect(forget_sent() == 2);
	peer_sends(.seq = 1, .len = 100);
	uint32_t ack = spec_expect_sent(SEGMENT(.flags = ACK))->ack - talk->peer_iss;
	expect(ack == 301 || ack == 401);
	peer_sends(.seq = ack, .len = 401 - ack);
	forget_sent();
	expect_app_data(400);
}

/* RFC 9293 3.10.7.4: what fills the hole may reach into what is known, and beyond it */
Test(reassembly, segment_that_covers_everything_replaces_it)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.seq = 101, .len = 10);
	peer_sends(.seq = 201, .len = 10);
	peer_sends(.seq = 1001, .len = 10);
	expect(forget_sent() == 3);
	peer_sends(.seq = 1, .len = 500);
	expect_sent(.ack = 501);
	expect_app_data(500);
	expect(tcp_info()->ooo == 10);
	peer_sends(.seq = 501, .len = 500);
	expect_sent(.ack = 1011);
	expect_app_data(510);
}

/* RFC 9293 3.10.7.4: many segments, from the last to the first */
Test(reassembly, segments_in_reverse_order)
{
	in_state(TCPS_ESTABLISHED);
	for (uint32_t i = 30; i > 0; i--) {
		peer_sends(.seq = 1000 * i + 1, .len = 1000);
		expect_sent(.flags = ACK, .ack = 1);
	}
	peer_sends(.seq = 1, .len = 1000);
	expect_sent(.flags = ACK, .ack = 31001);
	expect_app_data(31000);
}

/* RFC 9293 3.4: across the wrap of the sequence space */
Test(reassembly, hole_across_the_wrap)
{
	talk->peer_iss = UINT32_MAX - 150;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.seq = 201, .len = 100);
	peer_sends(.seq = 101, .len = 100);
	for (int i = 0; i < 2; i++)
		expect_sent(.ack = 1);
	peer_sends(.seq = 1, .len = 100);
	expect_sent(.ack = 301);
	expect_app_data(300);
}

/* RFC 9293 3.8.6: what waits beyond a hole is within the window that was offered */
Test(reassembly, window_does_not_shrink_for_what_waits)
{
	in_state(TCPS_ESTABLISHED);
	uint32_t wnd = tcp_info()->rcv_wnd;
	peer_sends(.seq = 1001, .len = 1000);
	expect_sent(.ack = 1);
	expect(tcp_info()->rcv_wnd == wnd);
}

/* RFC 9293 3.10.7.4, eighth: FIN beyond a hole, in a segment of its own, twice */
Test(reassembly, fin_waits_for_the_hole)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = FIN | ACK, .seq = 101);
	peer_sends(.flags = FIN | ACK, .seq = 101);
	for (int i = 0; i < 2; i++)
		expect_sent(.flags = ACK, .ack = 1);
	expect_no_app_event();
	peer_sends(.seq = 1, .len = 100);
	expect_sent(.ack = 102);
	expect_app_data(100);
	expect_app_peer_closed();
	expect_state(TCPS_CLOSE_WAIT);
}

/* RFC 9293 3.10.7.4: what lies beyond the hole is given back when the connection ends */
Test(reassembly, abort_frees_what_waits)
{
	in_state(TCPS_ESTABLISHED);
	for (uint32_t i = 1; i < 20; i++)
		peer_sends(.seq = 2000 * i, .len = 1000);
	forget_sent();
	app_aborts();
	expect_rst();
	expect_closed();
}

/* RFC 9293 3.10.7.4, second */
Test(reassembly, rst_frees_what_waits)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.seq = 1001, .len = 1000);
	expect_sent(.ack = 1);
	peer_sends(.flags = RST, .seq = 1);
	expect_app_closed(ECONNRESET);
	expect_closed();
}
