/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * FINs that are sent again. A repeated FIN lies before RCV.NXT and so is not acceptable by RFC 9293
 * 3.10.7.4, first; but its ACK may be the only one that ever acknowledges our FIN (RFC 9293 3.6,
 * "the ACK of our FIN is lost"), so leat takes it.
 */
#include "spec.h"

SUITE(fin_retransmit);

/* CLOSING: the peer's ACK of our FIN was lost; its repeated FIN carries it */
Test(fin_retransmit, repeated_fin_acknowledges_ours_in_closing)
{
	in_state(TCPS_CLOSING);
	peer_sends(.flags = FIN | ACK, .seq = 1, .ack = 2);
	expect_sent(.flags = ACK, .seq = 2, .ack = 2, .len = 0);
	expect_nothing();
	expect_app_closed(0);
	expect_state(TCPS_TIME_WAIT);
}

/* LAST-ACK likewise */
Test(fin_retransmit, repeated_fin_acknowledges_ours_in_last_ack)
{
	in_state(TCPS_LAST_ACK);
	peer_sends(.flags = FIN | ACK, .seq = 1, .ack = 2);
	forget_sent(); /* an ACK of the repeated FIN does no harm */
	expect_app_closed(0);
	expect_closed();
}

/* With data in front of the FIN, all of it old */
Test(fin_retransmit, repeated_data_and_fin_acknowledge_ours)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = FIN | PSH | ACK, .len = 100);
	expect_sent(.flags = ACK, .ack = 102);
	app_closes();
	expect_sent(.flags = FIN | ACK, .seq = 1, .ack = 102);
	peer_sends(.flags = FIN | PSH | ACK, .seq = 1, .ack = 2, .len = 100);
	forget_sent();
	expect_app_data(100);
	expect_app_peer_closed();
	expect_app_closed(0);
	expect_closed();
}

/* RFC 9293 3.10.7.4, eighth: the ACK of the peer's FIN was lost: TIME-WAIT answers each */
Test(fin_retransmit, time_wait_answers_each_repeated_fin)
{
	in_state(TCPS_TIME_WAIT);
	for (int i = 0; i < 5; i++) {
		peer_sends(.flags = FIN | ACK, .seq = 1);
		expect_sent(.flags = ACK, .seq = 2, .ack = 2, .len = 0);
		after(1 * SEC);
	}
	expect_state(TCPS_TIME_WAIT);
}

/* CLOSE-WAIT answers each too */
Test(fin_retransmit, close_wait_answers_each_repeated_fin)
{
	in_state(TCPS_CLOSE_WAIT);
	for (int i = 0; i < 5; i++) {
		peer_sends(.flags = FIN | ACK, .seq = 1, .ack = 1);
		expect_sent(.flags = ACK, .seq = 1, .ack = 2, .len = 0);
		after(1 * SEC);
	}
	expect_no_app_event();
}

/* RFC 9293 3.10.8: our FIN, lost again and again, and at last acknowledged */
Test(fin_retransmit, ours_is_repeated_until_acknowledged)
{
	in_state(TCPS_FIN_WAIT_1);
	for (int i = 0; i < 5; i++) {
		while (spec_wire_waiting() == 0)
			after(10 * MS);
		expect_sent(.flags = FIN | ACK, .seq = 1, .ack = 1, .len = 0);
	}
	peer_sends(.flags = FIN | ACK, .ack = 2);
	expect_sent(.flags = ACK, .seq = 2, .ack = 2);
	expect_app_peer_closed();
	expect_app_closed(0);
	expect_state(TCPS_TIME_WAIT);
}

/* RFC 9293 3.8.3: a peer that never acknowledges it is given up */
Test(fin_retransmit, unanswered_fin_is_given_up)
{
	config.tcp.retries = 3;
	in_state(TCPS_LAST_ACK);
	after(100 * SEC);
	expect(forget_sent() >= 3);
	expect_app_closed(ETIMEDOUT);
	expect_closed();
}

/* A FIN whose data was lost: the data first, then the FIN at its place */
Test(fin_retransmit, fin_stays_behind_the_data)
{
	config.tcp.nodelay = true;
	in_state(TCPS_ESTABLISHED);
	app_sends(2000);
	expect_sent(.seq = 1, .len = 1460);
	expect_sent(.seq = 1461, .len = 540);
	app_closes();
	expect_sent(.flags = FIN | ACK, .seq = 2001, .len = 0);
	after(rto() + MS);
	expect_sent(.flags = ACK, .seq = 1, .len = 1460);
	peer_sends(.ack = 1461);
	expect_sent(.flags = FIN | PSH | ACK, .seq = 1461, .len = 540);
	peer_sends(.ack = 2002);
	expect_nothing();
	expect_state(TCPS_FIN_WAIT_2);
}
