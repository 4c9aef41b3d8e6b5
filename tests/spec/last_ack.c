/* SPDX-License-Identifier: BSD-3-Clause */
/* LAST-ACK: the peer closed first, our FIN is not acknowledged (RFC 9293 3.10.7.4). */
#include "spec.h"

SUITE(last_ack);

/* RFC 9293 3.10.7.4, fifth: the ACK of our FIN deletes the TCB; no TIME-WAIT on this side; 3.6 MUST-12: closed */
Test(last_ack, ack_of_our_fin_closes)
{
	in_state(TCPS_LAST_ACK);
	peer_sends(.flags = ACK, .ack = 2);
	expect_nothing();
	expect_app_closed(0);
	expect_closed();
}

/* RFC 9293 3.10.7.4, fifth */
Test(last_ack, ack_without_our_fin_stays)
{
	in_state(TCPS_LAST_ACK);
	peer_sends(.flags = ACK, .ack = 1);
	expect_nothing();
	expect_state(TCPS_LAST_ACK);
	expect_no_app_event();
}

/* RFC 9293 3.10.7.4, first */
Test(last_ack, repeated_fin_is_acknowledged_again)
{
	in_state(TCPS_LAST_ACK);
	peer_sends(.flags = FIN | ACK, .seq = 1, .ack = 1);
	expect_sent(.flags = ACK, .seq = 2, .ack = 2, .len = 0);
	expect_nothing();
	expect_state(TCPS_LAST_ACK);
}

/* RFC 9293 3.10.7.4, first */
Test(last_ack, segment_outside_the_window_is_answered_with_ack)
{
	in_state(TCPS_LAST_ACK);
	peer_sends(.flags = ACK, .seq = 1 + 0x10000000, .ack = 2);
	expect_sent(.flags = ACK, .seq = 2, .ack = 2, .len = 0);
	expect_nothing();
	expect_state(TCPS_LAST_ACK);
}

/* RFC 9293 3.10.7.4, seventh: ignore the segment text */
Test(last_ack, data_behind_the_fin_is_ignored)
{
	in_state(TCPS_LAST_ACK);
	peer_sends(.flags = PSH | ACK, .seq = 2, .ack = 1, .len = 100);
	forget_sent();
	expect_no_app_event();
	expect_state(TCPS_LAST_ACK);
	expect(tcp_info()->rcv_nxt == talk->peer_iss + 2);
}

/* RFC 9293 3.10.7.4, fifth */
Test(last_ack, ack_beyond_our_fin_is_answered_and_dropped)
{
	in_state(TCPS_LAST_ACK);
	peer_sends(.flags = ACK, .ack = 3);
	expect_sent(.flags = ACK, .seq = 2, .ack = 2, .len = 0);
	expect_nothing();
	expect_state(TCPS_LAST_ACK);
}

/* RFC 9293 3.10.7.4, fifth */
Test(last_ack, segment_without_ack_is_dropped)
{
	in_state(TCPS_LAST_ACK);
	peer_sends(.flags = 0, .seq = 2);
	expect_nothing();
	expect_state(TCPS_LAST_ACK);
}

/* RFC 9293 3.10.7.4, second: enter CLOSED; nothing of ours was lost: nothing is signalled */
Test(last_ack, exact_rst_closes)
{
	in_state(TCPS_LAST_ACK);
	peer_sends(.flags = RST, .seq = 2);
	expect_nothing();
	expect_app_closed(0);
	expect_closed();
}

/* RFC 9293 3.6 MUST-12: the application hears that it was aborted when data of ours was lost */
Test(last_ack, rst_before_our_data_is_acknowledged_is_an_error)
{
	in_state(TCPS_CLOSE_WAIT);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	app_closes();
	expect_sent(.flags = FIN | ACK, .seq = 101);
	peer_sends(.flags = RST, .seq = 2);
	expect_app_closed(ECONNRESET);
	expect_closed();
}

/* RFC 9293 3.10.7.4, second; RFC 5961 3.2 */
Test(last_ack, rst_inside_the_window_is_challenged)
{
	in_state(TCPS_LAST_ACK);
	peer_sends(.flags = RST, .seq = 100);
	expect_sent(.flags = ACK, .seq = 2, .ack = 2, .len = 0);
	expect_state(TCPS_LAST_ACK);
}

/* RFC 9293 3.10.7.4, fourth; RFC 5961 4.2 */
Test(last_ack, syn_is_challenged)
{
	in_state(TCPS_LAST_ACK);
	peer_sends(.flags = SYN, .seq = 100);
	expect_sent(.flags = ACK, .seq = 2, .ack = 2, .len = 0);
	expect_state(TCPS_LAST_ACK);
}

/* RFC 9293 3.10.8 */
Test(last_ack, fin_is_sent_again_with_back_off)
{
	in_state(TCPS_LAST_ACK);
	for (uint64_t wait = rto(), n = 0; n < 5; n++, wait *= 2) {
		until(sent_at() + wait - MS);
		expect_nothing();
		until(sent_at() + wait + MS);
		expect_sent(.flags = FIN | ACK, .seq = 1, .ack = 2, .len = 0);
	}
	peer_sends(.flags = ACK, .ack = 2);
	expect_app_closed(0);
	expect_closed();
}
