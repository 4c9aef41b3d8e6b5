/* SPDX-License-Identifier: BSD-3-Clause */
/* LISTEN (RFC 9293 3.10.7.2). */
#include "spec.h"

SUITE(listen);

/* RFC 9293 3.10.7.2, first: RST */
Test(listen, rst_is_ignored)
{
	in_state(TCPS_LISTEN);
	peer_sends(.flags = RST, .seq = 1);
	peer_sends(.flags = RST | ACK, .seq = 1, .ack = 1);
	peer_sends(.flags = RST | SYN, .seq = 1);
	expect_nothing();
	expect_state(TCPS_LISTEN);
	expect_closed();
}

/* RFC 9293 3.10.7.2, second: ACK */
Test(listen, ack_is_answered_with_rst)
{
	in_state(TCPS_LISTEN);
	peer_sends(.flags = ACK, .seq = 1, .ack = 777);
	expect_sent(.flags = RST, .seq = 777, .len = 0);
	expect_nothing();
	expect_closed();
}

/* RFC 9293 3.10.7.2, second: ACK is looked at before SYN */
Test(listen, syn_ack_is_answered_with_rst)
{
	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN | ACK, .ack = 777);
	expect_sent(.flags = RST, .seq = 777, .len = 0);
	expect_closed();
}

/* RFC 9293 3.10.7.2, second */
Test(listen, data_with_ack_is_answered_with_rst)
{
	in_state(TCPS_LISTEN);
	peer_sends(.flags = PSH | ACK, .seq = 1, .ack = 777, .len = 100);
	expect_sent(.flags = RST, .seq = 777, .len = 0);
	expect_no_app_event();
}

/* RFC 9293 3.10.7.2, third: SYN */
Test(listen, syn_is_answered_with_syn_ack)
{
	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .seq = 0, .ack = 1, .len = 0);
	expect_nothing();
	expect_state(TCPS_SYN_RECEIVED);
	expect_no_app_event();
}

/* RFC 9293 3.10.7.2, third: ISNs near the wrap are ISNs like all others */
Test(listen, syn_with_the_last_sequence_number_is_answered)
{
	talk->peer_iss = UINT32_MAX;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.len = 100);
	expect_sent(.flags = ACK, .ack = 101);
	expect_app_data(100);
}

/*
 * RFC 9293 3.10.7.2, third: text with the SYN may be kept for later. leat keeps nothing in a
 * half-open entry, so it does not acknowledge it either; what the peer then sends again is taken.
 */
Test(listen, data_with_the_syn_is_taken_when_sent_again)
{
	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN, .len = 10, .seq = 0);
	expect_sent(.flags = SYN | ACK, .seq = 0, .ack = 1);
	peer_sends(.flags = PSH | ACK, .seq = 1, .ack = 1, .len = 10);
	expect_app_opened();
	expect_app_data(10);
	expect_sent(.flags = ACK, .ack = 11);
	expect_state(TCPS_ESTABLISHED);
}

/* RFC 9293 3.10.7.2, fourth: anything else is dropped */
Test(listen, data_without_ack_and_syn_is_dropped)
{
	in_state(TCPS_LISTEN);
	peer_sends(.flags = PSH, .seq = 1, .len = 100);
	peer_sends(.flags = 0, .seq = 1);
	expect_nothing();
	expect_closed();
}

/* RFC 9293 3.10.7.4, eighth: FIN is not processed in LISTEN */
Test(listen, fin_without_ack_is_dropped)
{
	in_state(TCPS_LISTEN);
	peer_sends(.flags = FIN, .seq = 1);
	expect_nothing();
	expect_closed();
}

/* RFC 9293 3.1 MUST-3 */
Test(listen, syn_with_bad_checksum_is_dropped)
{
	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN, .seq = 0, .bad_cksum = true);
	expect_nothing();
	expect_closed();
}

/* RFC 9293 3.9.2.3 MUST-57 */
Test(listen, syn_to_a_broadcast_address_is_dropped)
{
	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN, .seq = 0, .to = 255);
	expect_nothing();
	expect_closed();
}

/* RFC 9293 3.9.2.3 MUST-63: a source that no host can have */
Test(listen, syn_from_a_broadcast_address_is_dropped)
{
	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN, .seq = 0, .from = 255);
	expect_nothing();
	expect_closed();
}

/* RFC 9293 3.9.2.3 MUST-63: nor can our own address come from the wire ("land") */
Test(listen, syn_from_our_own_address_opens_nothing)
{
	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN, .seq = 0, .from = LEAT, .from_port = LEAT_PORT);
	expect_nothing();
	expect_no_app_event();
	expect_closed();
}

/* RFC 9293 3.10.7.1: a port beside the listener's is closed */
Test(listen, syn_to_another_port_is_refused)
{
	in_state(TCPS_LISTEN);
	talk->leat_port = LEAT_PORT + 1;
	peer_sends(.flags = SYN);
	expect_sent(.flags = RST | ACK, .seq = 0, .ack = 1);
	expect_closed();
}

/* RFC 9293 3.9.1.1: one listener, several connections that are opening */
Test(listen, two_connections_open_side_by_side)
{
	in_state(TCPS_SYN_RECEIVED);
	struct talk *first = talk;
	new_talk(PEER_PORT + 1);
	in_state(TCPS_ESTABLISHED);
	talk = first;
	expect_state(TCPS_SYN_RECEIVED);
	peer_sends(.flags = ACK);
	expect_app_opened();
	expect_state(TCPS_ESTABLISHED);
}
