/* SPDX-License-Identifier: BSD-3-Clause */
/* CLOSING: both FINs crossed (RFC 9293 3.10.7.4). */
#include "spec.h"

SUITE(closing);

/* RFC 9293 3.10.7.4, fifth: the ACK of our FIN enters TIME-WAIT */
Test(closing, ack_of_our_fin_enters_time_wait)
{
	in_state(TCPS_CLOSING);
	peer_sends(.flags = ACK, .ack = 2);
	expect_nothing();
	expect_app_closed(0);
	expect_state(TCPS_TIME_WAIT);
}

/* RFC 9293 3.10.7.4, fifth: otherwise ignore the segment */
Test(closing, ack_without_our_fin_is_ignored)
{
	in_state(TCPS_CLOSING);
	peer_sends(.flags = ACK, .ack = 1);
	expect_nothing();
	expect_state(TCPS_CLOSING);
	expect_no_app_event();
}

/* RFC 9293 3.10.7.4, first and eighth; the ACK in a repeated FIN counts (fin_retransmit.c) */
Test(closing, repeated_fin_is_acknowledged_again)
{
	in_state(TCPS_CLOSING);
	peer_sends(.flags = FIN | ACK, .seq = 1, .ack = 1);
	expect_sent(.flags = ACK, .seq = 2, .ack = 2, .len = 0);
	expect_nothing();
	expect_state(TCPS_CLOSING);
}

/* RFC 9293 3.10.7.4, seventh: ignore the segment text */
Test(closing, data_behind_the_fin_is_ignored)
{
	in_state(TCPS_CLOSING);
	peer_sends(.flags = PSH | ACK, .seq = 2, .ack = 1, .len = 100);
	forget_sent();
	expect_no_app_event();
	expect_state(TCPS_CLOSING);
	expect(tcp_info()->rcv_nxt == talk->peer_iss + 2);
}

/* RFC 9293 3.10.7.4, first */
Test(closing, segment_outside_the_window_is_answered_with_ack)
{
	in_state(TCPS_CLOSING);
	peer_sends(.flags = ACK, .seq = 1 + 0x10000000, .ack = 2);
	expect_sent(.flags = ACK, .seq = 2, .ack = 2, .len = 0);
	expect_nothing();
	expect_state(TCPS_CLOSING);
}

/* RFC 9293 3.10.7.4, fifth */
Test(closing, ack_beyond_our_fin_is_answered_and_dropped)
{
	in_state(TCPS_CLOSING);
	peer_sends(.flags = ACK, .ack = 3);
	expect_sent(.flags = ACK, .seq = 2, .ack = 2, .len = 0);
	expect_nothing();
	expect_state(TCPS_CLOSING);
}

/* RFC 9293 3.10.7.4, fifth */
Test(closing, segment_without_ack_is_dropped)
{
	in_state(TCPS_CLOSING);
	peer_sends(.flags = 0, .seq = 2);
	expect_nothing();
	expect_state(TCPS_CLOSING);
}

/* RFC 9293 3.10.7.4, second: enter CLOSED. Nothing of ours was lost: nothing is signalled */
Test(closing, exact_rst_closes)
{
	in_state(TCPS_CLOSING);
	peer_sends(.flags = RST, .seq = 2);
	expect_nothing();
	expect_app_closed(0);
	expect_closed();
}

/* RFC 9293 3.10.7.4, second; RFC 5961 3.2 */
Test(closing, rst_inside_the_window_is_challenged)
{
	in_state(TCPS_CLOSING);
	peer_sends(.flags = RST, .seq = 100);
	expect_sent(.flags = ACK, .seq = 2, .ack = 2, .len = 0);
	expect_state(TCPS_CLOSING);
}

/* RFC 9293 3.10.7.4, fourth; RFC 5961 4.2 */
Test(closing, syn_is_challenged)
{
	in_state(TCPS_CLOSING);
	peer_sends(.flags = SYN, .seq = 100);
	expect_sent(.flags = ACK, .seq = 2, .ack = 2, .len = 0);
	expect_state(TCPS_CLOSING);
}

/* RFC 9293 3.10.8: the FIN is retransmitted until it is acknowledged */
Test(closing, fin_is_sent_again)
{
	in_state(TCPS_CLOSING);
	until(sent_at() + rto() + MS);
	expect_sent(.flags = FIN | ACK, .seq = 1, .ack = 2, .len = 0);
	peer_sends(.flags = ACK, .ack = 2);
	expect_nothing();
	expect_app_closed(0);
	expect_state(TCPS_TIME_WAIT);
}
