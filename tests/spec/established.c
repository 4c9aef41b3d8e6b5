/* SPDX-License-Identifier: BSD-3-Clause */
/* ESTABLISHED: the eight steps of RFC 9293 3.10.7.4. RST, SYN and ACK at length: rst.c, syn_challenge.c, ack_validation.c. */
#include "spec.h"

SUITE(established);

/* RFC 9293 3.10.7.4, seventh: data in order is delivered and acknowledged */
Test(established, data_is_delivered_and_acknowledged)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = PSH | ACK, .len = 100);
	expect_sent(.flags = ACK, .seq = 1, .ack = 101, .len = 0);
	expect_nothing();
	expect_app_data(100);
	expect_no_app_event();
}

/* RFC 9293 3.9.1 SEND */
Test(established, application_data_is_sent)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.flags = PSH | ACK, .seq = 1, .ack = 1, .len = 100);
	expect_nothing();
	expect_app_sent(0);
	peer_sends(.ack = 101);
	expect_nothing();
	expect_app_sent(100);
}

/* RFC 9293 3.10.7.4, fifth: SND.UNA < SEG.ACK =< SND.NXT removes what is acknowledged */
Test(established, partial_ack_reports_what_it_covers)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(1000);
	expect_sent(.seq = 1, .len = 1000);
	peer_sends(.ack = 401);
	expect_app_sent(400);
	peer_sends(.ack = 1001);
	expect_app_sent(600);
	expect_nothing();
	expect(tcp_info()->in_flight == 0);
}

/* RFC 9293 3.8.6.3: an ACK rides on the data that answers */
Test(established, ack_of_data_is_not_sent_twice)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(10);
	expect_sent(.seq = 1, .len = 10);
	peer_sends(.len = 20, .ack = 11);
	expect_sent(.flags = ACK, .seq = 11, .ack = 21, .len = 0);
	expect_app_data(20);
	app_sends(5);
	expect_sent(.seq = 11, .ack = 21, .len = 5);
	expect_nothing();
}

/* RFC 9293 3.10.7.4, first: a segment wholly before RCV.NXT is answered with an ACK */
Test(established, old_data_is_acknowledged_again_and_not_delivered)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.len = 100);
	expect_sent(.ack = 101);
	expect_app_data(100);
	peer_sends(.seq = 1, .len = 100);
	expect_sent(.flags = ACK, .seq = 1, .ack = 101, .len = 0);
	expect_nothing();
	expect_no_app_event();
}

/* RFC 9293 3.10.7.4, first: of a segment that straddles RCV.NXT only the new part counts */
Test(established, data_that_is_partly_old_is_trimmed)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.len = 100);
	expect_sent(.ack = 101);
	expect_app_data(100);
	peer_sends(.seq = 51, .len = 100);
	expect_sent(.flags = ACK, .ack = 151);
	expect_app_data(50);
}

/* RFC 9293 3.10.7.4, first: beyond the window; the answer is an ACK and nothing is kept */
Test(established, data_beyond_the_window_is_answered_with_ack)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.seq = 1 + tcp_info()->rcv_wnd, .len = 10);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1, .len = 0);
	expect_nothing();
	expect_no_app_event();
	expect(tcp_info()->ooo == 0);
}

/* RFC 9293 3.10.7.4, first: SEG.SEQ = RCV.NXT+RCV.WND-1 is the last one that is acceptable */
Test(established, last_byte_of_the_window_is_kept)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.seq = tcp_info()->rcv_wnd, .len = 1);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1, .len = 0);
	expect_nothing();
	expect(tcp_info()->ooo == 1);
}

/* RFC 9293 3.10.7.4, first: what lies beyond the window is cut off */
Test(established, data_that_reaches_beyond_the_window_is_trimmed)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.seq = tcp_info()->rcv_wnd - 4, .len = 100);
	expect_sent(.flags = ACK, .ack = 1);
	expect(tcp_info()->ooo == 5);
}

/* RFC 9293 3.10.7.4, first: an ACK outside the window is answered, but it is not processed */
Test(established, ack_outside_the_window_acknowledges_nothing)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	peer_sends(.seq = 1 + 0x10000000, .ack = 101);
	expect_sent(.flags = ACK, .seq = 101, .ack = 1, .len = 0);
	expect_nothing();
	expect_app_sent(0);
}

/* RFC 9293 3.10.7.4, fifth: if the ACK bit is off, drop */
Test(established, segment_without_ack_is_dropped)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = PSH, .seq = 1, .len = 100);
	peer_sends(.flags = FIN, .seq = 1);
	peer_sends(.flags = 0, .seq = 1);
	expect_nothing();
	expect_no_app_event();
	expect_state(TCPS_ESTABLISHED);
}

/* RFC 9293 3.10.7.4, fifth: SEG.ACK > SND.NXT: send an ACK, drop the segment */
Test(established, ack_of_what_was_not_sent_is_answered_and_dropped)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.seq = 1, .ack = 2, .len = 100);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1, .len = 0);
	expect_nothing();
	expect_no_app_event();
}

/* RFC 9293 3.10.7.4, fifth: SEG.ACK =< SND.UNA is a duplicate; the data counts all the same */
Test(established, data_with_an_old_ack_is_accepted)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	peer_sends(.ack = 101);
	peer_sends(.ack = 51, .len = 10);
	expect_sent(.flags = ACK, .seq = 101, .ack = 11);
	expect_app_data(10);
}

/* RFC 9293 3.10.7.4: an ACK that says nothing new is never answered: no ACK war */
Test(established, pure_ack_is_not_answered)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = ACK);
	peer_sends(.flags = ACK);
	peer_sends(.flags = ACK, .wnd = 100);
	expect_nothing();
	expect_no_app_event();
}

/* RFC 9293 3.10.7.4, eighth: FIN */
Test(established, fin_is_acknowledged_and_told)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = FIN | ACK);
	expect_sent(.flags = ACK, .seq = 1, .ack = 2, .len = 0);
	expect_nothing();
	expect_app_peer_closed();
	expect_no_app_event();
	expect_state(TCPS_CLOSE_WAIT);
}

/* RFC 9293 3.10.7.4, seventh and eighth: the data comes before its FIN */
Test(established, data_with_fin_is_delivered_first)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = FIN | PSH | ACK, .len = 100);
	expect_sent(.flags = ACK, .seq = 1, .ack = 102);
	expect_nothing();
	expect_app_data(100);
	expect_app_peer_closed();
	expect_state(TCPS_CLOSE_WAIT);
}

/* RFC 9293 3.4: a FIN counts where it stands in sequence */
Test(established, fin_beyond_a_hole_waits_for_the_data)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = FIN | ACK, .seq = 101, .len = 50);
	expect_sent(.flags = ACK, .ack = 1);
	expect_no_app_event();
	expect_state(TCPS_ESTABLISHED);
	peer_sends(.seq = 1, .len = 100);
	expect_sent(.flags = ACK, .ack = 152);
	expect_nothing();
	expect_app_data(150);
	expect_app_peer_closed();
	expect_state(TCPS_CLOSE_WAIT);
}

/* RFC 9293 3.10.7.4, eighth: a FIN that is outside the window is not processed */
Test(established, fin_outside_the_window_is_not_processed)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = FIN | ACK, .seq = 1 + 0x10000000);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1);
	expect_nothing();
	expect_state(TCPS_ESTABLISHED);
}

/* RFC 9293 3.10.4 CLOSE */
Test(established, close_sends_fin)
{
	in_state(TCPS_ESTABLISHED);
	app_closes();
	expect_sent(.flags = FIN | ACK, .seq = 1, .ack = 1, .len = 0);
	expect_nothing();
	expect_state(TCPS_FIN_WAIT_1);
	expect_no_app_event();
}

/* RFC 9293 3.10.4 CLOSE: queue until all preceding SENDs were segmentized, then FIN; in any case enter FIN-WAIT-1 */
Test(established, close_sends_the_queue_before_the_fin)
{
	talk->wnd = 1000;
	in_state(TCPS_ESTABLISHED);
	app_sends(1500);
	expect_sent(.seq = 1, .len = 1000);
	app_closes();
	expect_nothing();
	expect_state(TCPS_FIN_WAIT_1);
	peer_sends(.ack = 1001);
	expect_sent(.flags = FIN | PSH | ACK, .seq = 1001, .len = 500);
	expect_state(TCPS_FIN_WAIT_1);
	peer_sends(.ack = 1502);
	expect_state(TCPS_FIN_WAIT_2);
}

/* RFC 9293 3.10.5 ABORT: SEQ=SND.NXT, CTL=RST */
Test(established, abort_sends_rst)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	app_aborts();
	expect_rst(.seq = 101, .len = 0);
	expect_nothing();
	expect_app_closed(ECONNABORTED);
	expect_closed();
}

/* RFC 9293 3.10.7.4 MUST-58, MUST-59: a series of segments is processed before any ACK is sent */
Test(established, burst_is_acknowledged_once)
{
	in_state(TCPS_ESTABLISHED);
	for (int i = 0; i < 10; i++)
		peer_queues(.len = 100);
	peer_sends(.len = 100);
	expect_sent(.flags = ACK, .ack = 1101);
	expect_nothing();
	expect_app_data(1100);
}

/* RFC 9293 3.4: the sequence space wraps in the middle of a connection */
Test(established, data_crosses_the_wrap_of_the_sequence_space)
{
	talk->peer_iss = UINT32_MAX - 1500;
	in_state(TCPS_ESTABLISHED);
	for (uint32_t i = 1; i <= 4; i++) {
		peer_sends(.len = 1000);
		expect_sent(.ack = 1 + 1000 * i);
	}
	peer_sends(.seq = 4501, .len = 500);
	expect_sent(.ack = 4001);
	peer_sends(.seq = 4001, .len = 500);
	expect_sent(.ack = 5001);
	expect_app_data(5000);
}

/* RFC 9293 3.1 MUST-3 */
Test(established, data_with_bad_checksum_is_dropped)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.seq = 1, .len = 100, .bad_cksum = true);
	expect_nothing();
	expect_no_app_event();
	expect(counter("drop_tcp_bad_checksum") == 1);
}
