/* SPDX-License-Identifier: BSD-3-Clause */
/* FIN-WAIT-2: our FIN is acknowledged, the peer's has not come (RFC 9293 3.10.7.4). */
#include "spec.h"

SUITE(fin_wait_2);

/* RFC 9293 3.10.7.4, eighth */
Test(fin_wait_2, fin_enters_time_wait)
{
	in_state(TCPS_FIN_WAIT_2);
	peer_sends(.flags = FIN | ACK);
	expect_sent(.flags = ACK, .seq = 2, .ack = 2, .len = 0);
	expect_nothing();
	expect_app_peer_closed();
	expect_app_closed(0);
	expect_state(TCPS_TIME_WAIT);
}

/* RFC 9293 3.10.7.4, seventh */
Test(fin_wait_2, data_is_delivered)
{
	in_state(TCPS_FIN_WAIT_2);
	peer_sends(.flags = PSH | ACK, .len = 100);
	expect_sent(.flags = ACK, .seq = 2, .ack = 101, .len = 0);
	expect_app_data(100);
	peer_sends(.flags = FIN | PSH | ACK, .len = 50);
	expect_sent(.flags = ACK, .seq = 2, .ack = 152, .len = 0);
	expect_app_data(50);
	expect_app_peer_closed();
	expect_app_closed(0);
	expect_state(TCPS_TIME_WAIT);
}

/* RFC 9293 3.10.7.4, first */
Test(fin_wait_2, old_data_is_acknowledged_again)
{
	in_state(TCPS_FIN_WAIT_2);
	peer_sends(.len = 100);
	expect_sent(.ack = 101);
	expect_app_data(100);
	peer_sends(.seq = 1, .len = 100);
	expect_sent(.flags = ACK, .seq = 2, .ack = 101, .len = 0);
	expect_no_app_event();
}

/* RFC 9293 3.10.7.4, first */
Test(fin_wait_2, segment_outside_the_window_is_answered_with_ack)
{
	in_state(TCPS_FIN_WAIT_2);
	peer_sends(.flags = FIN | ACK, .seq = 1 + 0x10000000);
	expect_sent(.flags = ACK, .seq = 2, .ack = 1, .len = 0);
	expect_nothing();
	expect_state(TCPS_FIN_WAIT_2);
}

/* RFC 9293 3.10.7.4, fifth */
Test(fin_wait_2, ack_beyond_our_fin_is_answered_and_dropped)
{
	in_state(TCPS_FIN_WAIT_2);
	peer_sends(.flags = FIN | ACK, .seq = 1, .ack = 3);
	expect_sent(.flags = ACK, .seq = 2, .ack = 1, .len = 0);
	expect_nothing();
	expect_state(TCPS_FIN_WAIT_2);
}

/* RFC 9293 3.10.7.4, fifth */
Test(fin_wait_2, segment_without_ack_is_dropped)
{
	in_state(TCPS_FIN_WAIT_2);
	peer_sends(.flags = FIN, .seq = 1);
	expect_nothing();
	expect_state(TCPS_FIN_WAIT_2);
}

/* RFC 9293 3.10.7.4, second */
Test(fin_wait_2, exact_rst_closes)
{
	in_state(TCPS_FIN_WAIT_2);
	peer_sends(.flags = RST, .seq = 1);
	expect_nothing();
	expect_app_closed(ECONNRESET);
	expect_closed();
}

/* RFC 9293 3.10.7.4, second; RFC 5961 3.2 */
Test(fin_wait_2, rst_inside_the_window_is_challenged)
{
	in_state(TCPS_FIN_WAIT_2);
	peer_sends(.flags = RST, .seq = 100);
	expect_sent(.flags = ACK, .seq = 2, .ack = 1, .len = 0);
	expect_state(TCPS_FIN_WAIT_2);
}

/* RFC 9293 3.10.7.4, fourth; RFC 5961 4.2 */
Test(fin_wait_2, syn_is_challenged)
{
	in_state(TCPS_FIN_WAIT_2);
	peer_sends(.flags = SYN, .seq = 100);
	expect_sent(.flags = ACK, .seq = 2, .ack = 1, .len = 0);
	expect_state(TCPS_FIN_WAIT_2);
}

/* RFC 9293 3.6.1: while the application reads, a half-closed connection may last for ever */
Test(fin_wait_2, half_closed_connection_has_no_time_out)
{
	in_state(TCPS_FIN_WAIT_2);
	after(3600 * SEC);
	expect_nothing();
	expect_state(TCPS_FIN_WAIT_2);
	expect_no_app_event();
}

/* RFC 9293 3.6.1: a connection nobody reads any more is bounded by tcp.fin_wait2 */
Test(fin_wait_2, closed_connection_waits_for_a_minute)
{
	in_state(TCPS_ESTABLISHED);
	app_closes();
	expect_sent(.flags = FIN | ACK, .seq = 1);
	peer_sends(.ack = 2);
	expect_state(TCPS_FIN_WAIT_2);
	after(59 * SEC);
	expect_state(TCPS_FIN_WAIT_2);
	after(2 * SEC);
	forget_sent(); /* a RST may tell the peer, it need not */
	expect_state(TCPS_CLOSED);
	expect_closed();
}

/* RFC 9293 3.6.1 SHLD-3: data after CLOSE was called is lost, and the peer is told */
Test(fin_wait_2, data_after_close_is_answered_with_rst)
{
	in_state(TCPS_ESTABLISHED);
	app_closes();
	expect_sent(.flags = FIN | ACK, .seq = 1);
	peer_sends(.ack = 2);
	peer_sends(.flags = PSH | ACK, .len = 100);
	expect_rst(.seq = 2, .len = 0);
	expect_nothing();
	expect_closed();
}

/* RFC 9293 3.10.5 ABORT */
Test(fin_wait_2, abort_sends_rst)
{
	in_state(TCPS_FIN_WAIT_2);
	app_aborts();
	expect_rst(.seq = 2, .len = 0);
	expect_app_closed(ECONNABORTED);
	expect_closed();
}
