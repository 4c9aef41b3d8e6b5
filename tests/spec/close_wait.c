/* SPDX-License-Identifier: BSD-3-Clause */
/* CLOSE-WAIT: the peer has closed, the application has not (RFC 9293 3.10.7.4). */
#include "spec.h"

SUITE(close_wait);

/* RFC 9293 3.10.4 CLOSE */
Test(close_wait, close_sends_fin_and_enters_last_ack)
{
	in_state(TCPS_CLOSE_WAIT);
	app_closes();
	expect_sent(.flags = FIN | ACK, .seq = 1, .ack = 2, .len = 0);
	expect_nothing();
	expect_state(TCPS_LAST_ACK);
	expect_no_app_event();
}

/* RFC 9293 3.6, case 2: the other direction stays open */
Test(close_wait, data_is_still_sent)
{
	in_state(TCPS_CLOSE_WAIT);
	app_sends(100);
	expect_sent(.flags = PSH | ACK, .seq = 1, .ack = 2, .len = 100);
	peer_sends(.ack = 101);
	expect_nothing();
	expect_app_sent(100);
	expect_state(TCPS_CLOSE_WAIT);
}

/* RFC 9293 3.10.7.4, first: the FIN sent again lies before RCV.NXT */
Test(close_wait, repeated_fin_is_acknowledged_again)
{
	in_state(TCPS_CLOSE_WAIT);
	peer_sends(.flags = FIN | ACK, .seq = 1);
	expect_sent(.flags = ACK, .seq = 1, .ack = 2, .len = 0);
	expect_nothing();
	expect_no_app_event();
	expect_state(TCPS_CLOSE_WAIT);
}

/* RFC 9293 3.10.7.4, seventh: text behind the FIN should not occur; it is ignored */
Test(close_wait, data_behind_the_fin_is_ignored)
{
	in_state(TCPS_CLOSE_WAIT);
	peer_sends(.flags = PSH | ACK, .seq = 2, .len = 100);
	forget_sent(); /* an ACK of what is known is allowed */
	expect_no_app_event();
	expect(tcp_info()->rcv_nxt == talk->peer_iss + 2);
	expect_state(TCPS_CLOSE_WAIT);
}

/* RFC 9293 3.10.7.4, eighth: a second FIN changes nothing */
Test(close_wait, fin_behind_the_fin_is_ignored)
{
	in_state(TCPS_CLOSE_WAIT);
	peer_sends(.flags = FIN | ACK, .seq = 2);
	forget_sent();
	expect_no_app_event();
	expect(tcp_info()->rcv_nxt == talk->peer_iss + 2);
	expect_state(TCPS_CLOSE_WAIT);
}

/* RFC 9293 3.10.7.4, first */
Test(close_wait, segment_outside_the_window_is_answered_with_ack)
{
	in_state(TCPS_CLOSE_WAIT);
	peer_sends(.flags = ACK, .seq = 1 + 0x10000000);
	expect_sent(.flags = ACK, .seq = 1, .ack = 2, .len = 0);
	expect_nothing();
}

/* RFC 9293 3.10.7.4, fifth */
Test(close_wait, ack_of_what_was_not_sent_is_answered)
{
	in_state(TCPS_CLOSE_WAIT);
	peer_sends(.flags = ACK, .ack = 2);
	expect_sent(.flags = ACK, .seq = 1, .ack = 2, .len = 0);
	expect_nothing();
	expect_state(TCPS_CLOSE_WAIT);
}

/* RFC 9293 3.10.7.4, second */
Test(close_wait, exact_rst_closes)
{
	in_state(TCPS_CLOSE_WAIT);
	peer_sends(.flags = RST, .seq = 2);
	expect_nothing();
	expect_app_closed(ECONNRESET);
	expect_closed();
}

/* RFC 9293 3.10.7.4, second; RFC 5961 3.2 */
Test(close_wait, rst_inside_the_window_is_challenged)
{
	in_state(TCPS_CLOSE_WAIT);
	peer_sends(.flags = RST, .seq = 100);
	expect_sent(.flags = ACK, .seq = 1, .ack = 2, .len = 0);
	expect_state(TCPS_CLOSE_WAIT);
}

/* RFC 9293 3.10.7.4, second: the sequence number of the FIN lies before the window */
Test(close_wait, rst_before_the_window_is_dropped)
{
	in_state(TCPS_CLOSE_WAIT);
	peer_sends(.flags = RST, .seq = 1);
	expect_nothing();
	expect_state(TCPS_CLOSE_WAIT);
}

/* RFC 9293 3.10.7.4, fourth; RFC 5961 4.2 */
Test(close_wait, syn_is_challenged)
{
	in_state(TCPS_CLOSE_WAIT);
	peer_sends(.flags = SYN, .seq = 100);
	expect_sent(.flags = ACK, .seq = 1, .ack = 2, .len = 0);
	expect_state(TCPS_CLOSE_WAIT);
}

/* RFC 9293 3.10.5 ABORT */
Test(close_wait, abort_sends_rst)
{
	in_state(TCPS_CLOSE_WAIT);
	app_aborts();
	expect_rst(.seq = 1, .len = 0);
	expect_nothing();
	expect_app_closed(ECONNABORTED);
	expect_closed();
}

/* RFC 9293 3.6.1: only the application can end it */
Test(close_wait, lasts_until_the_application_closes)
{
	in_state(TCPS_CLOSE_WAIT);
	after(3600 * SEC);
	expect_nothing();
	expect_state(TCPS_CLOSE_WAIT);
	expect_no_app_event();
}

/* RFC 9293 3.10.4 CLOSE: the queue first */
Test(close_wait, close_sends_data_and_fin)
{
	talk->wnd = 1000;
	in_state(TCPS_CLOSE_WAIT);
	app_sends(1200);
	expect_sent(.seq = 1, .len = 1000);
	app_closes();
	expect_nothing();
	peer_sends(.ack = 1001);
	expect_sent(.flags = FIN | PSH | ACK, .seq = 1001, .ack = 2, .len = 200);
	peer_sends(.ack = 1202);
	expect_nothing();
	expect_app_closed(0);
	expect_closed();
}
