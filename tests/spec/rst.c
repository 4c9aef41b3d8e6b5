/* SPDX-License-Identifier: BSD-3-Clause */
/* Resets received in a synchronized state (RFC 9293 3.10.7.4, second; RFC 5961 3.2). */
#include "spec.h"

SUITE(rst);

/* RFC 5961 3.2 (2): exactly RCV.NXT */
Test(rst, exact_sequence_number_resets)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = RST, .seq = 1);
	expect_nothing();
	expect_app_closed(ECONNRESET);
	expect_no_app_event();
	expect_closed();
	expect(counter("tcp_resets_in") == 1);
}

/* RFC 5961 3.2 (2): an ACK field in a RST is not looked at */
Test(rst, rst_with_ack_resets)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = RST | ACK, .seq = 1);
	expect_nothing();
	expect_app_closed(ECONNRESET);
}

/* RFC 5961 3.2 (1): outside the window, silently */
Test(rst, outside_the_window_is_dropped)
{
	in_state(TCPS_ESTABLISHED);
	uint32_t wnd = tcp_info()->rcv_wnd;
	peer_sends(.flags = RST, .seq = 0);
	peer_sends(.flags = RST, .seq = 1 + wnd);
	peer_sends(.flags = RST, .seq = 1 + 0x80000000U);
	expect_nothing();
	expect_no_app_event();
	expect_state(TCPS_ESTABLISHED);
}

/* RFC 5961 3.2 (3): inside the window: a challenge ACK */
Test(rst, inside_the_window_is_challenged)
{
	in_state(TCPS_ESTABLISHED);
	uint32_t wnd = tcp_info()->rcv_wnd;
	peer_sends(.flags = RST, .seq = 2);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1, .len = 0);
	peer_sends(.flags = RST, .seq = wnd);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1, .len = 0);
	expect_nothing();
	expect_no_app_event();
	expect(counter("tcp_challenge_acks") == 2);
	expect_state(TCPS_ESTABLISHED);
}

/* RFC 5961 3.2: a peer that really lost the connection answers the challenge with an exact RST */
Test(rst, answer_to_the_challenge_resets)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = RST, .seq = 500);
	uint32_t ack = spec_expect_sent(SEGMENT(.flags = ACK))->ack - talk->peer_iss;
	peer_sends(.flags = RST, .seq = ack);
	expect_app_closed(ECONNRESET);
	expect_closed();
}

/* RFC 5961 3.2: data may have moved RCV.NXT on */
Test(rst, exactness_follows_rcv_nxt)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.len = 100);
	expect_sent(.ack = 101);
	peer_sends(.flags = RST, .seq = 1);
	expect_nothing();
	expect_state(TCPS_ESTABLISHED);
	peer_sends(.flags = RST, .seq = 101);
	expect_app_data(100);
	expect_app_closed(ECONNRESET);
}

/* RFC 9293 3.5.3: what was received before the RST was received */
Test(rst, data_before_the_rst_in_the_same_burst_is_delivered)
{
	in_state(TCPS_ESTABLISHED);
	peer_queues(.len = 100);
	peer_sends(.flags = RST);
	expect_app_data(100);
	expect_app_closed(ECONNRESET);
	forget_sent();
	expect_closed();
}

/* RFC 9293 3.10.7.4: outstanding SENDs are flushed */
Test(rst, queued_data_is_thrown_away)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(50000);
	expect(forget_sent() > 0);
	peer_sends(.flags = RST, .seq = 1);
	expect_app_closed(ECONNRESET);
	expect_closed();
	after(100 * SEC);
	expect_nothing();
}

/* RFC 9293 3.5.3 SHLD-2: a RST may contain data */
Test(rst, rst_with_data_resets)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = RST, .seq = 1, .len = 20);
	expect_nothing();
	expect_app_closed(ECONNRESET);
	expect_closed();
}

/* RFC 9293 3.10.7.4: RST is looked at before SYN and FIN */
Test(rst, rst_wins_over_other_flags)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = RST | SYN | FIN | ACK, .seq = 1);
	expect_nothing();
	expect_app_closed(ECONNRESET);
	expect_closed();
}

/* RFC 9293 3.10.7.1: behind a reset the connection does not exist */
Test(rst, segment_after_the_reset_is_answered_with_rst)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = RST, .seq = 1);
	expect_app_closed(ECONNRESET);
	peer_sends(.flags = ACK, .seq = 1, .ack = 55);
	expect_sent(.flags = RST, .seq = 55);
}

/* RFC 9293 3.1 MUST-3 */
Test(rst, bad_checksum_resets_nothing)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = RST, .seq = 1, .bad_cksum = true);
	expect_nothing();
	expect_state(TCPS_ESTABLISHED);
}

/* RFC 5961 7: challenge ACKs are limited, but ten a second are not too many */
Test(rst, challenges_are_limited)
{
	in_state(TCPS_ESTABLISHED);
	for (int i = 0; i < 1000; i++)
		peer_sends(.flags = RST, .seq = 100);
	unsigned n = forget_sent();
	expect(n >= 10 && n < 1000);
	expect(counter("tcp_challenge_acks_limited") == 1000 - n);
	/* and later they are there again */
	after(10 * SEC);
	peer_sends(.flags = RST, .seq = 100);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1);
}

/* RFC 5961 3.2: near the wrap of the sequence space */
Test(rst, window_across_the_wrap)
{
	talk->peer_iss = UINT32_MAX - 10;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = RST, .seq = 100);
	expect_sent(.flags = ACK, .ack = 1);
	peer_sends(.flags = RST, .seq = 0);
	expect_nothing();
	peer_sends(.flags = RST, .seq = 1);
	expect_app_closed(ECONNRESET);
}
