/* SPDX-License-Identifier: BSD-3-Clause */
/* SYN-RECEIVED, passive: a half-open entry (RFC 9293 3.10.7.4). For the active one: simultaneous.c. */
#include "spec.h"

SUITE(syn_received);

/* RFC 9293 3.10.7.4, fifth: SND.UNA < SEG.ACK =< SND.NXT enters ESTABLISHED */
Test(syn_received, ack_opens)
{
	in_state(TCPS_SYN_RECEIVED);
	peer_sends(.flags = ACK);
	expect_nothing();
	expect_app_opened();
	expect_state(TCPS_ESTABLISHED);
}

/* RFC 9293 3.10.7.4, fifth and seventh: the ACK may carry data */
Test(syn_received, ack_with_data_opens_and_delivers)
{
	in_state(TCPS_SYN_RECEIVED);
	peer_sends(.flags = PSH | ACK, .len = 100);
	expect_sent(.flags = ACK, .seq = 1, .ack = 101);
	expect_nothing();
	expect_app_opened();
	expect_app_data(100);
}

/* RFC 9293 3.10.7.4, fifth and eighth */
Test(syn_received, ack_with_fin_opens_and_closes_the_peer)
{
	in_state(TCPS_SYN_RECEIVED);
	peer_sends(.flags = FIN | ACK);
	expect_sent(.flags = ACK, .seq = 1, .ack = 2);
	expect_app_opened();
	expect_app_peer_closed();
	expect_state(TCPS_CLOSE_WAIT);
}

/* RFC 9293 3.10.7.4, fifth: an unacceptable ACK is answered with SEQ=SEG.ACK, CTL=RST */
Test(syn_received, ack_of_nothing_is_answered_with_rst)
{
	in_state(TCPS_SYN_RECEIVED);
	peer_sends(.flags = ACK, .seq = 1, .ack = 0);
	expect_sent(.flags = RST, .seq = 0, .len = 0);
	expect_nothing();
	expect_state(TCPS_SYN_RECEIVED);
	expect_no_app_event();
}

/* RFC 9293 3.10.7.4, fifth */
Test(syn_received, ack_beyond_the_syn_is_answered_with_rst)
{
	in_state(TCPS_SYN_RECEIVED);
	peer_sends(.flags = ACK, .seq = 1, .ack = 2);
	expect_sent(.flags = RST, .seq = 2, .len = 0);
	expect_nothing();
	expect_state(TCPS_SYN_RECEIVED);
	expect_no_app_event();
}

/* RFC 9293 3.10.7.4, fifth: a segment without ACK is dropped */
Test(syn_received, data_without_ack_is_dropped)
{
	in_state(TCPS_SYN_RECEIVED);
	peer_sends(.flags = PSH, .seq = 1, .len = 100);
	expect_nothing();
	expect_state(TCPS_SYN_RECEIVED);
}

/* RFC 9293 3.10.7.4, first: outside the window; the answer tells what is expected */
Test(syn_received, segment_outside_the_window_is_answered_with_ack)
{
	in_state(TCPS_SYN_RECEIVED);
	peer_sends(.flags = ACK, .seq = 1 + 0x10000000, .ack = 1);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1, .len = 0);
	expect_nothing();
	expect_state(TCPS_SYN_RECEIVED);
	expect_no_app_event();
}

/* RFC 7323 2.2: what is not a SYN scales its window: the answer offers what the SYN-ACK did, and no more */
Test(syn_received, answer_offers_the_window_of_the_syn_ack)
{
	config.tcp.rcv_buf = 1 << 20; /* a shift of 5 */
	talk->wscale = 7;
	in_state(TCPS_SYN_RECEIVED);
	peer_sends(.flags = ACK, .seq = 1 + 0x10000000, .ack = 1);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1, .len = 0, .wnd = 65536 >> 5);
	expect_nothing();
}

/* RFC 9293 3.10.7.4, first, and 3.8.1: the SYN sent again asks for the SYN-ACK again */
Test(syn_received, repeated_syn_is_answered_with_the_same_syn_ack)
{
	in_state(TCPS_SYN_RECEIVED);
	peer_sends(.flags = SYN, .seq = 0);
	expect_sent(.flags = SYN | ACK, .seq = 0, .ack = 1, .len = 0);
	expect_nothing();
	expect_state(TCPS_SYN_RECEIVED);
}

/* RFC 9293 3.5 MUST-11, 3.10.7.4, second: a passive open returns to LISTEN, the user need not be informed */
Test(syn_received, exact_rst_returns_to_listen)
{
	in_state(TCPS_SYN_RECEIVED);
	peer_sends(.flags = RST, .seq = 1);
	expect_nothing();
	expect_state(TCPS_LISTEN);
	expect_closed();
	expect_no_app_event();
}

/* RFC 9293 3.10.7.4, second, 1): RST outside the window */
Test(syn_received, rst_outside_the_window_is_dropped)
{
	in_state(TCPS_SYN_RECEIVED);
	peer_sends(.flags = RST, .seq = 0);
	peer_sends(.flags = RST, .seq = 1 + 0x10000000);
	expect_nothing();
	expect_state(TCPS_SYN_RECEIVED);
}

/* RFC 9293 3.10.7.4, second, 3): RST inside the window, but not at RCV.NXT (RFC 5961 3.2) */
Test(syn_received, rst_inside_the_window_is_challenged)
{
	in_state(TCPS_SYN_RECEIVED);
	peer_sends(.flags = RST, .seq = 2);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1, .len = 0);
	expect_nothing();
	expect_state(TCPS_SYN_RECEIVED);
}

/*
 * RFC 5961 4.2, and not RFC 9293 3.10.7.4, fourth, which returns to LISTEN: chosen. A peer that
 * began anew answers the challenge with a RST, and its next SYN is welcome.
 */
Test(syn_received, other_syn_is_challenged)
{
	in_state(TCPS_SYN_RECEIVED);
	peer_sends(.flags = SYN, .seq = 100);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1, .len = 0);
	expect_nothing();
	expect_state(TCPS_SYN_RECEIVED);
	peer_sends(.flags = RST, .seq = 1);
	expect_closed();
	talk->peer_iss += 100;
	talk->peer_nxt = 0;
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .ack = 1);
}

/* RFC 6298 2.1, RFC 9293 3.8.3 MUST-22: the SYN-ACK is retransmitted like data; how often: attack/amplify.c */
Test(syn_received, syn_ack_is_sent_again_with_back_off)
{
	in_state(TCPS_SYN_RECEIVED);
	for (uint64_t wait = 1; wait <= 14; wait += 13) {
		until(sent_at() + wait * SEC - MS);
		expect_nothing();
		until(sent_at() + wait * SEC + MS);
		expect_sent(.flags = SYN | ACK, .seq = 0, .ack = 1, .len = 0);
	}
}

/* RFC 9293 3.8.3: five times the retransmission is due (tcp.synack_retries), then the entry is given up silently */
Test(syn_received, half_open_entry_is_given_up)
{
	in_state(TCPS_SYN_RECEIVED);
	after(62 * SEC);
	expect(forget_sent() == 2);
	expect_state(TCPS_SYN_RECEIVED);
	after(2 * SEC);
	expect_nothing();
	expect_closed();
	expect_no_app_event();
	peer_sends(.flags = ACK, .seq = 1, .ack = 1);
	expect_sent(.flags = RST, .seq = 1);
}

/* RFC 9293 3.1 MUST-3 */
Test(syn_received, ack_with_bad_checksum_opens_nothing)
{
	in_state(TCPS_SYN_RECEIVED);
	peer_sends(.flags = ACK, .bad_cksum = true);
	expect_nothing();
	expect_state(TCPS_SYN_RECEIVED);
}

/* RFC 9293 3.10.4 CLOSE of a LISTEN: its half-open connections are forgotten */
Test(syn_received, unlisten_forgets_half_open_connections)
{
	in_state(TCPS_SYN_RECEIVED);
	app_unlistens();
	expect_closed();
	peer_sends(.flags = ACK, .seq = 1, .ack = 1);
	expect_sent(.flags = RST, .seq = 1);
	expect_no_app_event();
}
