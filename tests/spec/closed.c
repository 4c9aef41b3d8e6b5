/* SPDX-License-Identifier: BSD-3-Clause */
/* CLOSED: nobody listens and there is no connection (RFC 9293 3.10.7.1). */
#include "spec.h"

SUITE(closed);

/* RFC 9293 3.10.7.1: if the ACK bit is off, SEQ=0, ACK=SEG.SEQ+SEG.LEN */
Test(closed, syn_is_answered_with_rst_ack)
{
	in_state(TCPS_CLOSED);
	peer_sends(.flags = SYN);
	expect_sent(.flags = RST | ACK, .seq = 0, .ack = 1, .len = 0);
	expect_nothing();
	expect_closed();
}

/* RFC 9293 3.10.7.1: SEG.LEN counts SYN, FIN and data */
Test(closed, syn_with_data_and_fin_is_acknowledged_whole)
{
	in_state(TCPS_CLOSED);
	peer_sends(.flags = SYN | FIN, .len = 10);
	expect_sent(.flags = RST | ACK, .seq = 0, .ack = 12, .len = 0);
}

/* RFC 9293 3.10.7.1 */
Test(closed, data_without_ack_is_answered_with_rst_ack)
{
	in_state(TCPS_CLOSED);
	peer_sends(.flags = PSH, .seq = 500, .len = 100);
	expect_sent(.flags = RST | ACK, .seq = 0, .ack = 600, .len = 0);
}

/* RFC 9293 3.10.7.1 */
Test(closed, fin_without_ack_is_answered_with_rst_ack)
{
	in_state(TCPS_CLOSED);
	peer_sends(.flags = FIN, .seq = 500);
	expect_sent(.flags = RST | ACK, .seq = 0, .ack = 501, .len = 0);
}

/* RFC 9293 3.10.7.1: if the ACK bit is on, SEQ=SEG.ACK, CTL=RST */
Test(closed, ack_is_answered_with_rst_at_its_ack)
{
	in_state(TCPS_CLOSED);
	peer_sends(.flags = ACK, .seq = 500, .ack = 777);
	expect_sent(.flags = RST, .seq = 777, .len = 0);
	expect_nothing();
}

/* RFC 9293 3.10.7.1 */
Test(closed, syn_ack_is_answered_with_rst_at_its_ack)
{
	in_state(TCPS_CLOSED);
	peer_sends(.flags = SYN | ACK, .ack = 777);
	expect_sent(.flags = RST, .seq = 777, .len = 0);
}

/* RFC 9293 3.10.7.1 */
Test(closed, fin_ack_with_data_is_answered_with_rst_at_its_ack)
{
	in_state(TCPS_CLOSED);
	peer_sends(.flags = FIN | PSH | ACK, .seq = 500, .ack = 777, .len = 20);
	expect_sent(.flags = RST, .seq = 777, .len = 0);
}

/* RFC 9293 3.10.7.1: a segment containing a RST is discarded */
Test(closed, rst_is_never_answered)
{
	in_state(TCPS_CLOSED);
	peer_sends(.flags = RST, .seq = 1);
	peer_sends(.flags = RST | ACK, .seq = 1, .ack = 1);
	peer_sends(.flags = RST | SYN, .seq = 1);
	expect_nothing();
}

/* RFC 9293 3.10.7.1 */
Test(closed, segment_without_any_flag_is_answered_with_rst_ack)
{
	in_state(TCPS_CLOSED);
	peer_sends(.flags = 0, .seq = 42);
	expect_sent(.flags = RST | ACK, .seq = 0, .ack = 42, .len = 0);
}

/* RFC 9293 3.1 MUST-3: the receiver checks the checksum */
Test(closed, bad_checksum_is_not_answered)
{
	in_state(TCPS_CLOSED);
	peer_sends(.flags = SYN, .bad_cksum = true);
	expect_nothing();
	expect(counter("drop_tcp_bad_checksum") == 1);
}

/* RFC 9293 3.9.2.3 MUST-57: nothing is answered that was sent to a group */
Test(closed, syn_to_a_broadcast_address_is_not_answered)
{
	in_state(TCPS_CLOSED);
	peer_sends(.flags = SYN, .to = 255);
	expect_nothing();
}

/* RFC 9293 3.2 MUST-65: MSS is sent with SYN only; a RST needs no option at all */
Test(closed, rst_carries_no_options)
{
	in_state(TCPS_CLOSED);
	talk->ts = talk->sack = true;
	peer_sends(.flags = SYN, .wscale = 7);
	expect_sent(.flags = RST | ACK, .mss = NONE, .wscale = NONE, .sack_perm = 0, .tsval = NONE);
}

/* RFC 9293 3.4: sequence numbers are modulo 2^32 */
Test(closed, numbers_near_the_wrap_are_answered_right)
{
	in_state(TCPS_CLOSED);
	talk->peer_iss = UINT32_MAX;
	peer_sends(.flags = SYN);
	expect_sent(.flags = RST | ACK, .seq = 0, .ack = 1);
	talk->peer_iss = 0;
	peer_sends(.flags = PSH, .seq = UINT32_MAX - 9, .len = 10);
	expect_sent(.flags = RST | ACK, .seq = 0, .ack = 0);
}
