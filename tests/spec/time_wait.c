/* SPDX-License-Identifier: BSD-3-Clause */
/* TIME-WAIT (RFC 9293 3.10.7.4); its tuple used again: timewait_reuse.c. */
#include "spec.h"

SUITE(time_wait);

/* RFC 9293 3.6.1 MUST-13: 2xMSL, and then everything is gone */
Test(time_wait, lasts_two_msl)
{
	in_state(TCPS_TIME_WAIT);
	after(59900 * MS);
	expect_state(TCPS_TIME_WAIT);
	after(200 * MS);
	expect_nothing();
	expect_closed();
	expect_no_app_event();
}

/* RFC 9293 3.4.2: MSL is a matter of configuration */
Test(time_wait, msl_is_configurable)
{
	config.tcp.msl = 1 * SEC;
	in_state(TCPS_TIME_WAIT);
	after(1900 * MS);
	expect_state(TCPS_TIME_WAIT);
	after(200 * MS);
	expect_closed();
}

/* The control block is given back at the entry: an entry is all that is left. */
Test(time_wait, holds_no_control_block)
{
	struct leat_usage u = {.size = sizeof(u)};

	in_state(TCPS_TIME_WAIT);
	leat_usage(stack, &u);
	expect(u.connections == 0 && u.time_wait == 1 && u.mbufs_stack == 0);
}

/* RFC 9293 3.10.7.4, fifth and eighth: the repeated FIN is acknowledged and 2xMSL begins anew */
Test(time_wait, repeated_fin_is_acknowledged_and_restarts_the_time)
{
	in_state(TCPS_TIME_WAIT);
	after(50 * SEC);
	peer_sends(.flags = FIN | ACK, .seq = 1);
	expect_sent(.flags = ACK, .seq = 2, .ack = 2, .len = 0);
	expect_nothing();
	after(59 * SEC);
	expect_state(TCPS_TIME_WAIT);
	after(2 * SEC);
	expect_closed();
}

/* RFC 9293 3.10.7.4, first: old duplicates are answered with an ACK */
Test(time_wait, old_segment_is_answered_with_ack)
{
	in_state(TCPS_TIME_WAIT);
	peer_sends(.flags = PSH | ACK, .seq = 1 - 100, .len = 100, .ack = 2);
	expect_sent(.flags = ACK, .seq = 2, .ack = 2, .len = 0);
	expect_nothing();
	expect_state(TCPS_TIME_WAIT);
}

/* RFC 9293 3.10.7.4, first */
Test(time_wait, segment_outside_the_window_is_answered_with_ack)
{
	in_state(TCPS_TIME_WAIT);
	peer_sends(.flags = ACK, .seq = 1 + 0x10000000);
	expect_sent(.flags = ACK, .seq = 2, .ack = 2, .len = 0);
	expect_nothing();
	expect_state(TCPS_TIME_WAIT);
}

/* RFC 9293 3.10.7.4: an ACK in order is not answered: two TIME-WAITs must not talk for ever */
Test(time_wait, pure_ack_in_order_is_not_answered)
{
	in_state(TCPS_TIME_WAIT);
	peer_sends(.flags = ACK);
	expect_nothing();
	expect_state(TCPS_TIME_WAIT);
}

/* RFC 1337 3, fix F1, and not RFC 9293 3.10.7.4, second, which lets an exact RST end it: chosen */
Test(time_wait, exact_rst_does_not_cut_it_short)
{
	in_state(TCPS_TIME_WAIT);
	peer_sends(.flags = RST, .seq = 2);
	expect_nothing();
	expect_state(TCPS_TIME_WAIT);
	after(61 * SEC);
	expect_closed();
}

/* RFC 9293 3.10.7.4, second; RFC 1337 3 */
Test(time_wait, other_rst_ends_nothing)
{
	in_state(TCPS_TIME_WAIT);
	peer_sends(.flags = RST, .seq = 1);
	expect_nothing();
	peer_sends(.flags = RST, .seq = 1 + 0x10000000);
	expect_nothing();
	expect_state(TCPS_TIME_WAIT);
	peer_sends(.flags = RST, .seq = 100);
	forget_sent(); /* inside the window: a challenge ACK is right, silence is RFC 1337 */
	expect_state(TCPS_TIME_WAIT);
}

/* What the peer, which has forgotten the connection, says to our answer: RST with SEG.SEQ = SEG.ACK. */
static void
peer_resets_the_answer(void)
{
	expect_sent(.flags = ACK, .seq = 2, .ack = 2, .len = 0);
	peer_sends(.flags = RST, .seq = 2);
	expect_nothing();
	expect_state(TCPS_TIME_WAIT);
}

/* RFC 1337 2: old data, our ACK, the RST of a peer that knows nothing of it: TIME-WAIT stays */
Test(time_wait, old_data_does_not_assassinate_it)
{
	in_state(TCPS_TIME_WAIT);
	peer_sends(.flags = PSH | ACK, .seq = 1 - 500, .len = 400, .ack = 1);
	peer_resets_the_answer();
	/* also with the last byte that was sent, and with the FIN that follows it */
	peer_sends(.flags = PSH | ACK, .seq = 0, .len = 1, .ack = 1);
	peer_resets_the_answer();
	peer_sends(.flags = FIN | ACK, .seq = 1, .ack = 2);
	peer_resets_the_answer();
	expect(counter("tcp_resets_in") == 0);
}

/* RFC 1337 2: the same of an old ACK */
Test(time_wait, old_ack_does_not_assassinate_it)
{
	in_state(TCPS_TIME_WAIT);
	peer_sends(.flags = ACK, .seq = 1, .ack = 1);
	peer_resets_the_answer();
	peer_sends(.flags = ACK, .seq = 1 - 1000, .ack = 1);
	peer_resets_the_answer();
	/* in its place, and of something that was never sent: RFC 9293 3.10.7.4, fifth has no answer to it here */
	peer_sends(.flags = ACK, .seq = 2, .ack = 5000);
	expect_nothing();
	expect_state(TCPS_TIME_WAIT);
}

/* RFC 1337 2; RFC 9293 3.10.7.4, eighth: nothing but the FIN begins 2xMSL anew */
Test(time_wait, old_segments_do_not_lengthen_it)
{
	in_state(TCPS_TIME_WAIT);
	after(50 * SEC);
	peer_sends(.flags = PSH | ACK, .seq = 1 - 100, .len = 100, .ack = 1);
	peer_resets_the_answer();
	peer_sends(.flags = ACK, .seq = 1, .ack = 1);
	peer_resets_the_answer();
	after(9900 * MS);
	expect_state(TCPS_TIME_WAIT);
	after(200 * MS);
	expect_nothing();
	expect_closed();
}

/* RFC 1337 2.1: hazard H1: data of the old connection that comes after the tuple was opened again */
Test(time_wait, old_data_is_not_taken_by_the_next_connection)
{
	in_state(TCPS_TIME_WAIT);
	struct talk *old = talk;
	uint32_t iss = old->peer_iss, end = old->leat_iss + 2;

	new_talk(old->peer_port);
	talk->peer_iss = iss + 100000;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = PSH | ACK, .seq = 1 - 100000, .len = 100, .ack = end - talk->leat_iss);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1, .len = 0);
	/* and the RST with which such an answer would be met at a peer that knows nothing of it */
	peer_sends(.flags = RST, .seq = 2 - 100000);
	expect_nothing();
	expect_no_app_event();
	expect_state(TCPS_ESTABLISHED);
}

/* RFC 9293 3.10.7.4, fifth */
Test(time_wait, segment_without_ack_is_dropped)
{
	in_state(TCPS_TIME_WAIT);
	peer_sends(.flags = 0, .seq = 2);
	expect_nothing();
	expect_state(TCPS_TIME_WAIT);
}

/* RFC 9293 3.10.7.4, seventh: this should not occur; ignore the text */
Test(time_wait, data_behind_the_fin_is_ignored)
{
	in_state(TCPS_TIME_WAIT);
	peer_sends(.flags = PSH | ACK, .seq = 2, .len = 100);
	forget_sent();
	expect_state(TCPS_TIME_WAIT);
	expect_no_app_event();
}

/* RFC 9293 3.6.1 MUST-13: it is on the side that closed first, whichever opened */
Test(time_wait, client_lingers_too)
{
	talk->active = true;
	in_state(TCPS_TIME_WAIT);
	after(59 * SEC);
	expect_state(TCPS_TIME_WAIT);
	after(2 * SEC);
	expect_closed();
}
