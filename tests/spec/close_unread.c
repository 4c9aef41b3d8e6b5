/* SPDX-License-Identifier: BSD-3-Clause */
/* Closing with data that nobody read, or that comes too late (RFC 2525 2.17; RFC 9293 3.6.1 SHLD-3). */
#include "spec.h"

SUITE(close_unread);

/* RFC 9293 3.6.1 SHLD-3, RFC 2525 2.17: the peer must learn that its data was not read */
Test(close_unread, close_with_unread_data_sends_rst)
{
	talk->reads = false;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.len = 100);
	expect_sent(.flags = ACK, .ack = 101);
	expect_app_data(100);
	app_closes();
	expect_rst(.seq = 1, .len = 0);
	expect_nothing();
	expect_app_closed(ANY);
	expect_closed();
}

/* RFC 2525 2.17: read in part is not read */
Test(close_unread, close_with_partly_read_data_sends_rst)
{
	talk->reads = false;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.len = 100);
	expect_sent(.flags = ACK, .ack = 101);
	app_consumes(99);
	app_closes();
	expect_rst(.seq = 1);
	expect_closed();
}

/* RFC 9293 3.10.4: all of it read: FIN */
Test(close_unread, close_with_everything_read_sends_fin)
{
	talk->reads = false;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.len = 100);
	expect_sent(.flags = ACK, .ack = 101);
	app_consumes(100);
	app_closes();
	expect_sent(.flags = FIN | ACK, .seq = 1, .ack = 101);
	expect_state(TCPS_FIN_WAIT_1);
}

/* RFC 2525 2.17: in CLOSE-WAIT likewise */
Test(close_unread, close_wait_with_unread_data_sends_rst)
{
	talk->reads = false;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = FIN | PSH | ACK, .len = 100);
	expect_sent(.flags = ACK, .ack = 102);
	app_closes();
	expect_rst(.seq = 1);
	expect_closed();
}

/* RFC 9293 3.6.1 SHLD-3: data after CLOSE, FIN-WAIT-1 */
Test(close_unread, data_in_fin_wait_1_after_close_is_answered_with_rst)
{
	in_state(TCPS_ESTABLISHED);
	app_closes();
	expect_sent(.flags = FIN | ACK, .seq = 1);
	peer_sends(.flags = PSH | ACK, .ack = 1, .len = 10);
	expect_rst(.seq = 2);
	expect_nothing();
	expect_app_closed(ANY);
	expect_closed();
}

/* RFC 9293 3.6.1 SHLD-3: with the FIN in the same segment */
Test(close_unread, data_with_fin_after_close_is_answered_with_rst)
{
	in_state(TCPS_ESTABLISHED);
	app_closes();
	expect_sent(.flags = FIN | ACK, .seq = 1);
	peer_sends(.ack = 2);
	peer_sends(.flags = FIN | PSH | ACK, .len = 10);
	expect_rst(.seq = 2);
	expect_closed();
}

/* RFC 9293 3.10.7.4: an old duplicate is not new data */
Test(close_unread, old_duplicate_after_close_is_acknowledged)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.len = 10);
	expect_sent(.ack = 11);
	app_closes();
	expect_sent(.flags = FIN | ACK, .seq = 1, .ack = 11);
	peer_sends(.seq = 1, .ack = 1, .len = 10);
	expect_sent(.flags = ACK, .seq = 2, .ack = 11, .len = 0);
	expect_nothing();
	expect_state(TCPS_FIN_WAIT_1);
}

/* RFC 9293 3.10.7.4: ACK and FIN without data close in order */
Test(close_unread, fin_after_close_ends_in_order)
{
	in_state(TCPS_ESTABLISHED);
	app_closes();
	expect_sent(.flags = FIN | ACK, .seq = 1);
	peer_sends(.flags = FIN | ACK, .ack = 2);
	expect_sent(.flags = ACK, .seq = 2, .ack = 2);
	expect_app_closed(0);
	expect_state(TCPS_TIME_WAIT);
}

/* RFC 9293 3.6.1 MAY-1: after leat_tcp_close() only on_sent and on_closed may come */
Test(close_unread, only_sent_and_closed_are_told_after_close)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	app_closes();
	expect_sent(.flags = FIN | ACK, .seq = 101);
	peer_sends(.ack = 102);
	expect_app_sent(100);
	peer_sends(.flags = FIN | ACK);
	expect_sent(.flags = ACK, .seq = 102, .ack = 2);
	expect_app_closed(0);
	expect_no_app_event();
}

/* leat_tcp_close() a second time: no effect */
Test(close_unread, second_close_changes_nothing)
{
	in_state(TCPS_ESTABLISHED);
	app_closes();
	expect_sent(.flags = FIN | ACK, .seq = 1);
	app_closes();
	expect_nothing();
	expect_state(TCPS_FIN_WAIT_1);
}
