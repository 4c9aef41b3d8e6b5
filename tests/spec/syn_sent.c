/* SPDX-License-Identifier: BSD-3-Clause */
/* SYN-SENT (RFC 9293 3.10.7.3). */
#include "spec.h"

SUITE(syn_sent);

/* RFC 9293 3.10.7.3: SND.UNA < SEG.ACK =< SND.NXT */
Test(syn_sent, syn_ack_is_acknowledged_and_opens)
{
	in_state(TCPS_SYN_SENT);
	peer_sends(.flags = SYN | ACK);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1, .len = 0);
	expect_nothing();
	expect_app_opened();
	expect_state(TCPS_ESTABLISHED);
}

/* RFC 9293 3.10.7.3: what was queued goes out with or right after the ACK */
Test(syn_sent, data_queued_before_open_is_sent_with_the_first_ack)
{
	in_state(TCPS_SYN_SENT);
	app_sends(100);
	expect_nothing();
	peer_sends(.flags = SYN | ACK);
	expect_sent(.flags = PSH | ACK, .seq = 1, .ack = 1, .len = 100);
	expect_nothing();
	expect_app_opened();
}

/* RFC 9293 3.10.7.3, first: SEG.ACK =< ISS */
Test(syn_sent, ack_of_nothing_is_answered_with_rst)
{
	in_state(TCPS_SYN_SENT);
	peer_sends(.flags = ACK, .seq = 500, .ack = 0);
	expect_sent(.flags = RST, .seq = 0, .len = 0);
	expect_state(TCPS_SYN_SENT);
	peer_sends(.flags = SYN | ACK, .seq = 0, .ack = 0);
	expect_sent(.flags = RST, .seq = 0, .len = 0);
	expect_state(TCPS_SYN_SENT);
	expect_no_app_event();
}

/* RFC 9293 3.10.7.3, first: SEG.ACK > SND.NXT */
Test(syn_sent, ack_beyond_the_syn_is_answered_with_rst)
{
	in_state(TCPS_SYN_SENT);
	peer_sends(.flags = SYN | ACK, .seq = 0, .ack = 2);
	expect_sent(.flags = RST, .seq = 2, .len = 0);
	expect_state(TCPS_SYN_SENT);
	expect_no_app_event();
}

/* RFC 9293 3.10.7.3, first: unless the RST bit is set */
Test(syn_sent, rst_with_unacceptable_ack_is_dropped)
{
	in_state(TCPS_SYN_SENT);
	peer_sends(.flags = RST | ACK, .seq = 0, .ack = 0);
	peer_sends(.flags = RST | ACK, .seq = 0, .ack = 2);
	expect_nothing();
	expect_state(TCPS_SYN_SENT);
	expect_no_app_event();
}

/* RFC 9293 3.10.7.3, second: RST. Its sequence number says nothing yet */
Test(syn_sent, rst_with_acceptable_ack_refuses)
{
	in_state(TCPS_SYN_SENT);
	peer_sends(.flags = RST | ACK, .seq = 123456, .ack = 1);
	expect_nothing();
	expect_app_closed(ECONNREFUSED);
	expect_closed();
}

/* RFC 9293 3.10.7.3, second */
Test(syn_sent, rst_without_ack_is_dropped)
{
	in_state(TCPS_SYN_SENT);
	peer_sends(.flags = RST, .seq = 0);
	expect_nothing();
	expect_state(TCPS_SYN_SENT);
	expect_no_app_event();
}

/* RFC 9293 3.5 MUST-10, 3.10.7.3, fourth: SYN without ACK is a simultaneous open */
Test(syn_sent, syn_is_answered_with_syn_ack_of_the_same_isn)
{
	in_state(TCPS_SYN_SENT);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .seq = 0, .ack = 1, .len = 0);
	expect_nothing();
	expect_state(TCPS_SYN_RECEIVED);
	expect_no_app_event();
}

/* RFC 9293 3.10.7.3, fifth: neither SYN nor RST */
Test(syn_sent, segment_without_syn_is_dropped)
{
	in_state(TCPS_SYN_SENT);
	peer_sends(.flags = ACK, .seq = 1, .ack = 1, .len = 100);
	peer_sends(.flags = PSH, .seq = 1, .len = 100);
	peer_sends(.flags = FIN, .seq = 1);
	expect_nothing();
	expect_state(TCPS_SYN_SENT);
	expect_no_app_event();
}

/* RFC 9293 3.10.7.3, fourth: other controls or text are processed at the sixth step */
Test(syn_sent, data_with_the_syn_ack_is_delivered)
{
	in_state(TCPS_SYN_SENT);
	peer_sends(.flags = SYN | ACK, .len = 50);
	expect_sent(.flags = ACK, .seq = 1, .ack = 51);
	expect_nothing();
	expect_app_opened();
	expect_app_data(50);
}

/* RFC 9293 3.10.7.3, fourth */
Test(syn_sent, fin_with_the_syn_ack_is_processed)
{
	in_state(TCPS_SYN_SENT);
	peer_sends(.flags = SYN | FIN | ACK);
	expect_sent(.flags = ACK, .seq = 1, .ack = 2);
	expect_nothing();
	expect_app_opened();
	expect_app_peer_closed();
	expect_state(TCPS_CLOSE_WAIT);
}

/* RFC 7323 2.2: the window of a SYN is never scaled */
Test(syn_sent, window_of_the_syn_ack_is_not_scaled)
{
	talk->wscale = 7;
	talk->wnd = 1000;
	in_state(TCPS_SYN_SENT);
	app_sends(5000);
	peer_sends(.flags = SYN | ACK);
	expect_app_opened();
	expect_sent(.seq = 1, .len = 1000);
	expect_nothing();
}

/* RFC 9293 3.10.4 CLOSE: SYN-SENT deletes the TCB */
Test(syn_sent, close_gives_up_silently)
{
	in_state(TCPS_SYN_SENT);
	app_closes();
	expect_nothing();
	expect_app_closed(ANY);
	expect_closed();
}

/* RFC 9293 3.10.5 ABORT: nothing needs to be told to a peer that is not known */
Test(syn_sent, abort_sends_nothing)
{
	in_state(TCPS_SYN_SENT);
	app_aborts();
	expect_nothing();
	expect_app_closed(ECONNABORTED);
	expect_closed();
}

/* RFC 9293 3.9.1.1 MUST-45, 3.4.1: addresses and numbers stay the same in each transmission */
Test(syn_sent, syn_is_sent_again_after_one_second)
{
	in_state(TCPS_SYN_SENT);
	after(999 * MS);
	expect_nothing();
	after(2 * MS);
	expect_sent(.flags = SYN, .seq = 0, .len = 0);
	peer_sends(.flags = SYN | ACK);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1);
	expect_app_opened();
}
