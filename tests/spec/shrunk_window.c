/* SPDX-License-Identifier: BSD-3-Clause */
/* A peer that takes its window back (RFC 9293 3.8.6). Its first answer: window.c. */
#include "spec.h"

SUITE(shrunk_window);

/* Three segments are in flight, and of 5000 bytes the peer takes back all but wnd from byte 1461 on. */
static void
shrink(uint32_t wnd)
{
	talk->wnd = 5000;
	in_state(TCPS_ESTABLISHED);
	app_sends(10000);
	expect_sent_run(3, 1, 1460);
	forget_sent();
	talk->wnd = (uint16_t)wnd;
	peer_sends(.ack = 1461);
	expect_nothing();
}

/* RFC 9293 3.8.6 SHLD-15, SHLD-16: what lies within the window is sent again, and nothing beyond it */
Test(shrunk_window, data_within_it_is_sent_again)
{
	shrink(1000);
	after(rto() + MS);
	expect_sent(.seq = 1461, .len = 1000);
	expect_nothing();
	peer_sends(.ack = 2461, .wnd = 5000);
	expect_sent(.seq = 2461);
	forget_sent();
	expect_app_sent(2460);
}

/* RFC 9293 3.8.6 SHLD-17: a peer that takes a little at a time never ends the connection by it */
Test(shrunk_window, data_beyond_it_does_not_end_the_connection)
{
	uint32_t una = 1461;

	config.tcp.retries = 3;
	shrink(100);
	for (int i = 0; i < 10; i++) {
		uint64_t before = now();
		while (spec_wire_waiting() == 0 && now() - before < 300 * SEC)
			after(10 * MS);
		expect_sent(.seq = una, .len = 100);
		expect_nothing();
		una += 100;
		peer_sends(.ack = una);
	}
	expect_state(TCPS_ESTABLISHED);
	expect_app_sent(una - 1);
	expect_no_app_event();
	forget_sent();
}

/* RFC 9293 3.8.6 MUST-35: shrunk to nothing it is probed like any closed window, for ever */
Test(shrunk_window, closed_by_it_is_probed)
{
	config.tcp.retries = 3;
	shrink(0);
	for (int i = 0; i < 10; i++) {
		uint64_t before = now();
		while (spec_wire_waiting() == 0 && now() - before < 300 * SEC)
			after(10 * MS);
		expect_sent(.seq = 1461, .len = 1);
		expect_nothing();
		peer_sends(.ack = 1461);
	}
	expect_state(TCPS_ESTABLISHED);
	expect_app_sent(1460);
	expect_no_app_event();
	talk->wnd = 5000;
	peer_sends(.ack = 1461);
	forget_sent(); /* new data may go; what is in flight is the timer's */
	after(rto() + MS);
	expect_sent(.seq = 1461, .len = 1460);
	forget_sent();
}

/* RFC 9293 3.8.6 MUST-34: the usable window is negative, and the peer acknowledges what it had taken all the same */
Test(shrunk_window, may_be_negative)
{
	shrink(100);
	expect(tcp_info()->in_flight > tcp_info()->snd_wnd);
	peer_sends(.ack = talk->leat_nxt, .wnd = 5000);
	expect_sent(.len = 1460);
	forget_sent();
	expect_state(TCPS_ESTABLISHED);
}
