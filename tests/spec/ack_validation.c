/* SPDX-License-Identifier: BSD-3-Clause */
/* Which ACKs are believed (RFC 9293 3.10.7.4, fifth; RFC 5961 5.2). */
#include "spec.h"

SUITE(ack_validation);

/* RFC 9293 3.10.7.4 MAY-12, RFC 5961 5.2: (SND.UNA - MAX.SND.WND) <= SEG.ACK <= SND.NXT */
Test(ack_validation, ack_beyond_snd_nxt_is_challenged)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	peer_sends(.seq = 1, .ack = 102, .len = 10);
	expect_sent(.flags = ACK, .seq = 101, .ack = 1, .len = 0);
	expect_nothing();
	expect_no_app_event();
}

/* RFC 5961 5.2: SND.NXT itself is right */
Test(ack_validation, ack_of_snd_nxt_is_accepted)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	peer_sends(.ack = 101, .len = 10);
	expect_sent(.ack = 11);
	expect_app_data(10);
	expect_app_sent(100);
}

/* RFC 9293 3.10.7.4 MAY-12, RFC 5961 5.2: an ACK older than the largest window the peer ever offered */
Test(ack_validation, ack_far_before_snd_una_is_challenged)
{
	talk->wnd = 1000;
	in_state(TCPS_ESTABLISHED);
	for (uint32_t n = 1; n < 5000; n += 1000) {
		app_sends(1000);
		expect_sent(.seq = n, .len = 1000);
		peer_sends(.flags = ACK);
	}
	expect_app_sent(5000);
	peer_sends(.seq = 1, .ack = 5001 - 1001, .len = 10);
	expect_sent(.flags = ACK, .seq = 5001, .ack = 1, .len = 0);
	expect_nothing();
	expect_no_app_event();
	/* the last one that is believed */
	peer_sends(.seq = 1, .ack = 5001 - 1000, .len = 10);
	expect_sent(.flags = ACK, .ack = 11);
	expect_app_data(10);
}

/* RFC 5961 5.2: half the sequence space away */
Test(ack_validation, ack_on_the_other_side_is_challenged)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.seq = 1, .ack = 0x80000001, .len = 10);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1, .len = 0);
	peer_sends(.seq = 1, .ack = 0x7fffffff, .len = 10);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1, .len = 0);
	expect_nothing();
	expect_no_app_event();
}

/* RFC 9293 3.10.7.4: ISS was acknowledged; it is old, and harmless */
Test(ack_validation, ack_of_the_iss_is_a_duplicate)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(10);
	expect_sent(.seq = 1, .len = 10);
	peer_sends(.ack = 0, .len = 10);
	expect_sent(.flags = ACK, .ack = 11);
	expect_app_data(10);
	expect_app_sent(0);
}

/* RFC 5961 5.2: what the peer acknowledged too early it may acknowledge later */
Test(ack_validation, early_ack_leaves_no_trace)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.ack = 101);
	expect_sent(.flags = ACK, .seq = 1);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	expect_app_sent(0);
	peer_sends(.ack = 101);
	expect_app_sent(100);
	expect_nothing();
}

/* RFC 5961 5.2: window and FIN of such a segment do not count either */
Test(ack_validation, fin_and_window_with_a_wrong_ack_are_ignored)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = FIN | ACK, .seq = 1, .ack = 5000, .wnd = 77);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1);
	expect(tcp_info()->snd_wnd != 77);
	expect_state(TCPS_ESTABLISHED);
}

/* RFC 5961 5.2, 7: limited like other challenges */
Test(ack_validation, challenges_are_limited)
{
	in_state(TCPS_ESTABLISHED);
	for (int i = 0; i < 1000; i++)
		peer_sends(.seq = 1, .ack = 5000);
	unsigned n = forget_sent();
	expect(n >= 10 && n < 1000);
}

/* RFC 9293 3.4: SND.UNA near the wrap is as good as elsewhere; ISNs of leat cannot be chosen, so many are tried */
Test(ack_validation, every_isn_works)
{
	in_state(TCPS_LISTEN);
	for (int i = 0; i < 20; i++) {
		new_talk((uint16_t)(PEER_PORT + i));
		in_state(TCPS_ESTABLISHED);
		peer_sends(.seq = 1, .ack = 2, .len = 10);
		expect_sent(.flags = ACK, .seq = 1, .ack = 1);
		peer_sends(.len = 10);
		expect_sent(.flags = ACK, .ack = 11);
		after(60 * SEC);
	}
}
