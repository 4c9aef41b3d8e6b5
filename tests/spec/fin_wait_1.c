/* SPDX-License-Identifier: BSD-3-Clause */
/* FIN-WAIT-1: our FIN was sent and not acknowledged (RFC 9293 3.10.7.4). */
#include "spec.h"

SUITE(fin_wait_1);

/* RFC 9293 3.10.7.4, fifth */
Test(fin_wait_1, ack_of_our_fin_enters_fin_wait_2)
{
	in_state(TCPS_FIN_WAIT_1);
	peer_sends(.flags = ACK, .ack = 2);
	expect_nothing();
	expect_state(TCPS_FIN_WAIT_2);
	expect_no_app_event();
}

/* RFC 9293 3.10.7.4, fifth: an ACK of less is an ACK and no more */
Test(fin_wait_1, ack_without_our_fin_stays)
{
	in_state(TCPS_FIN_WAIT_1);
	peer_sends(.flags = ACK, .ack = 1);
	expect_nothing();
	expect_state(TCPS_FIN_WAIT_1);
}

/* RFC 9293 3.10.7.4, eighth: FIN with the ACK of ours */
Test(fin_wait_1, fin_with_ack_of_our_fin_enters_time_wait)
{
	in_state(TCPS_FIN_WAIT_1);
	peer_sends(.flags = FIN | ACK, .ack = 2);
	expect_sent(.flags = ACK, .seq = 2, .ack = 2, .len = 0);
	expect_nothing();
	expect_app_peer_closed();
	expect_app_closed(0);
	expect_state(TCPS_TIME_WAIT);
}

/* RFC 9293 3.10.7.4, eighth: FIN without the ACK of ours */
Test(fin_wait_1, fin_without_ack_of_our_fin_enters_closing)
{
	in_state(TCPS_FIN_WAIT_1);
	peer_sends(.flags = FIN | ACK, .ack = 1);
	expect_sent(.flags = ACK, .seq = 2, .ack = 2, .len = 0);
	expect_nothing();
	expect_app_peer_closed();
	expect_state(TCPS_CLOSING);
}

/* RFC 9293 3.10.7.4, seventh: data is received until the peer's FIN */
Test(fin_wait_1, data_is_delivered)
{
	in_state(TCPS_FIN_WAIT_1);
	peer_sends(.flags = PSH | ACK, .ack = 1, .len = 100);
	expect_sent(.flags = ACK, .seq = 2, .ack = 101, .len = 0);
	expect_nothing();
	expect_app_data(100);
	expect_state(TCPS_FIN_WAIT_1);
}

/* RFC 9293 3.10.7.4, fifth to eighth in one segment */
Test(fin_wait_1, ack_data_and_fin_together)
{
	in_state(TCPS_FIN_WAIT_1);
	peer_sends(.flags = FIN | PSH | ACK, .ack = 2, .len = 100);
	expect_sent(.flags = ACK, .seq = 2, .ack = 102, .len = 0);
	expect_nothing();
	expect_app_data(100);
	expect_app_peer_closed();
	expect_app_closed(0);
	expect_state(TCPS_TIME_WAIT);
}

/* RFC 9293 3.10.7.4, first */
Test(fin_wait_1, segment_outside_the_window_is_answered_with_ack)
{
	in_state(TCPS_FIN_WAIT_1);
	peer_sends(.flags = FIN | ACK, .seq = 1 + 0x10000000, .ack = 2);
	expect_sent(.flags = ACK, .seq = 2, .ack = 1, .len = 0);
	expect_nothing();
	expect_state(TCPS_FIN_WAIT_1);
}

/* RFC 9293 3.10.7.4, fifth: SEG.ACK > SND.NXT */
Test(fin_wait_1, ack_beyond_our_fin_is_answered_and_dropped)
{
	in_state(TCPS_FIN_WAIT_1);
	peer_sends(.flags = FIN | ACK, .seq = 1, .ack = 3);
	expect_sent(.flags = ACK, .seq = 2, .ack = 1, .len = 0);
	expect_nothing();
	expect_state(TCPS_FIN_WAIT_1);
}

/* RFC 9293 3.10.7.4, fifth */
Test(fin_wait_1, segment_without_ack_is_dropped)
{
	in_state(TCPS_FIN_WAIT_1);
	peer_sends(.flags = FIN, .seq = 1);
	expect_nothing();
	expect_state(TCPS_FIN_WAIT_1);
}

/* RFC 9293 3.10.7.4, second */
Test(fin_wait_1, exact_rst_closes)
{
	in_state(TCPS_FIN_WAIT_1);
	peer_sends(.flags = RST, .seq = 1);
	expect_nothing();
	expect_app_closed(ECONNRESET);
	expect_closed();
}

/* RFC 9293 3.10.7.4, second; RFC 5961 3.2 */
Test(fin_wait_1, rst_inside_the_window_is_challenged)
{
	in_state(TCPS_FIN_WAIT_1);
	peer_sends(.flags = RST, .seq = 100);
	expect_sent(.flags = ACK, .seq = 2, .ack = 1, .len = 0);
	expect_nothing();
	expect_state(TCPS_FIN_WAIT_1);
}

/* RFC 9293 3.10.7.4, fourth; RFC 5961 4.2 */
Test(fin_wait_1, syn_is_challenged)
{
	in_state(TCPS_FIN_WAIT_1);
	peer_sends(.flags = SYN, .seq = 100);
	expect_sent(.flags = ACK, .seq = 2, .ack = 1, .len = 0);
	expect_nothing();
	expect_state(TCPS_FIN_WAIT_1);
}

/* RFC 9293 3.8.1, 3.10.8: the FIN is retransmitted like data */
Test(fin_wait_1, fin_is_sent_again)
{
	in_state(TCPS_FIN_WAIT_1);
	until(sent_at() + rto() + MS);
	expect_sent(.flags = FIN | ACK, .seq = 1, .ack = 1, .len = 0);
	expect_nothing();
	peer_sends(.flags = ACK, .ack = 2);
	expect_state(TCPS_FIN_WAIT_2);
	after(300 * SEC);
	expect_nothing();
	expect_state(TCPS_FIN_WAIT_2);
}

/* RFC 9293 3.10.2 SEND: connection closing */
Test(fin_wait_1, nothing_more_can_be_sent)
{
	in_state(TCPS_FIN_WAIT_1);
	expect(leat_tcp_send(talk->conn, "x", 1) == -EPIPE);
	expect_nothing();
}

/* RFC 9293 3.10.5 ABORT */
Test(fin_wait_1, abort_sends_rst)
{
	in_state(TCPS_FIN_WAIT_1);
	app_aborts();
	expect_rst(.seq = 2, .len = 0);
	expect_nothing();
	expect_app_closed(ECONNABORTED);
	expect_closed();
}

/* RFC 9293 3.8.1: what fits is sent again in one segment */
Test(fin_wait_1, data_and_fin_lost_together_are_both_sent_again)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(500);
	expect_sent(.seq = 1, .len = 500);
	app_shuts_down();
	expect_sent(.flags = FIN | ACK, .seq = 501, .len = 0);
	until(sent_at() + rto() + MS);
	expect_sent(.flags = FIN | PSH | ACK, .seq = 1, .len = 500);
	peer_sends(.ack = 502);
	expect_nothing();
	expect_state(TCPS_FIN_WAIT_2);
}
