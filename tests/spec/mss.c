/* SPDX-License-Identifier: BSD-3-Clause */
/* The maximum segment size (RFC 9293 3.7.1, RFC 6691). */
#include "spec.h"

SUITE(mss);

/* RFC 9293 3.7.1 MUST-14, MUST-67: the MTU less 40 */
Test(mss, offer_is_what_the_mtu_allows)
{
	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .mss = 1460);
}

/* RFC 9293 3.7.1 MUST-67: another MTU */
Test(mss, offer_follows_the_configured_mtu)
{
	config.mtu = 1000;
	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .mss = 960);
	peer_sends(.flags = ACK);
	expect_app_opened();
	app_sends(2000);
	expect_sent_run(2, 1, 960);
	forget_sent();
}

/* Configuration: tcp.mss */
Test(mss, offer_is_configurable)
{
	config.tcp.mss = 600;
	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .mss = 600);
}

/* RFC 6691 2: the offer does not account for options */
Test(mss, offer_is_the_same_with_timestamps)
{
	talk->ts = true;
	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .mss = 1460);
}

/* RFC 9293 3.7.1 MUST-16: not more than the peer takes */
Test(mss, peers_mss_bounds_segments)
{
	talk->mss = 300;
	in_state(TCPS_ESTABLISHED);
	app_sends(700);
	expect_sent_run(2, 1, 300);
	forget_sent();
}

/* RFC 9293 3.7.1 MUST-15: 536 when it does not say */
Test(mss, default_is_536)
{
	talk->mss = NONE;
	in_state(TCPS_ESTABLISHED);
	app_sends(1200);
	expect_sent_run(2, 1, 536);
	forget_sent();
}

/* RFC 9293 3.7.1 MUST-16, RFC 6691 2: options are taken off what is sent */
Test(mss, timestamps_make_segments_shorter)
{
	talk->ts = true;
	talk->mss = 1000;
	in_state(TCPS_ESTABLISHED);
	app_sends(3000);
	expect_sent_run(3, 1, 988);
	forget_sent();
}

/* RFC 9293 3.7.1 MUST-16: nor more than our MTU carries */
Test(mss, large_mss_of_the_peer_is_clamped_to_the_mtu)
{
	talk->mss = 9000;
	in_state(TCPS_ESTABLISHED);
	app_sends(5000);
	expect_sent_run(3, 1, 1460);
	forget_sent();
}

/* RFC 9293 3.7.1: SYN-ACK of a server bounds a client likewise */
Test(mss, client_keeps_to_the_servers_mss)
{
	talk->active = true;
	talk->mss = 700;
	in_state(TCPS_ESTABLISHED);
	app_sends(1500);
	expect_sent_run(2, 1, 700);
	forget_sent();
}

/* A hostile MSS: the connection works, and not with segments of nothing */
Test(mss, absurd_offers_are_survived)
{
	static const uint16_t offers[] = {0, 1, 12, 40};

	for (unsigned i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
		new_talk((uint16_t)(PEER_PORT + i));
		talk->mss = offers[i];
		talk->ts = true;
		in_state(TCPS_ESTABLISHED);
		app_sends(200);
		expect(spec_expect_sent(SEGMENT(.seq = 1))->len > 0);
		for (int n = 0; n < 200 && talk->acked < 200; n++)
			peer_sends(.flags = ACK);
		expect_app_sent(200);
		forget_sent();
	}
}

/* RFC 9293 3.9.1.2 SHLD-27, SHLD-28: full segments whenever possible, however the writes were cut */
Test(mss, small_writes_are_joined)
{
	talk->wnd = 0;
	in_state(TCPS_ESTABLISHED);
	for (int i = 0; i < 30; i++)
		app_sends(100);
	talk->wnd = 65535;
	peer_sends(.flags = ACK);
	expect_sent_run(2, 1, 1460);
	forget_sent();
}
