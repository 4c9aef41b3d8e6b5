/* SPDX-License-Identifier: BSD-3-Clause */
/* Nagle's algorithm and its switch (RFC 9293 3.7.4). */
#include "spec.h"

SUITE(nagle);

/* RFC 9293 3.7.4 SHLD-7, 3.9.1.2 MAY-16: a small segment waits while something is not acknowledged */
Test(nagle, small_write_waits_for_the_ack)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.flags = PSH | ACK, .seq = 1, .len = 100);
	app_sends(100);
	app_sends(50);
	expect_nothing();
	peer_sends(.ack = 101);
	expect_sent(.flags = PSH | ACK, .seq = 101, .len = 150);
	expect_nothing();
}

/* RFC 9293 3.7.4, 3.9.1.2 MUST-60: when nothing is in flight, nothing waits */
Test(nagle, small_write_on_an_idle_connection_goes_at_once)
{
	in_state(TCPS_ESTABLISHED);
	for (uint32_t i = 0; i < 5; i++) {
		app_sends(10);
		expect_sent(.seq = 1 + 10 * i, .len = 10);
		peer_sends(.flags = ACK);
	}
}

/* RFC 9293 3.7.4: a full segment goes at once, the rest waits */
Test(nagle, full_segment_goes_at_once)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	app_sends(1000);
	expect_nothing();
	app_sends(1000);
	expect_sent(.seq = 101, .len = 1460);
	expect_nothing();
	peer_sends(.ack = 1561);
	expect_sent(.seq = 1561, .len = 540);
}

/* RFC 9293 3.7.4: the end of a large write waits likewise */
Test(nagle, partial_segment_behind_full_ones_waits)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	app_sends(3000);
	expect_sent_run(2, 101, 1460);
	expect_nothing();
	peer_sends(.ack = 3021);
	expect_sent(.flags = PSH | ACK, .seq = 3021, .len = 80);
}

/* RFC 9293 3.7.4 MUST-17: it can be turned off for a connection */
Test(nagle, nodelay_sends_small_writes_at_once)
{
	in_state(TCPS_ESTABLISHED);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_NODELAY, 1) == 0);
	for (uint32_t i = 0; i < 5; i++) {
		app_sends(10);
		expect_sent(.flags = PSH | ACK, .seq = 1 + 10 * i, .len = 10);
	}
	expect_nothing();
}

/* RFC 9293 3.7.4 MUST-17: turning it off lets go of what waits */
Test(nagle, nodelay_releases_what_waits)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(10);
	expect_sent(.seq = 1, .len = 10);
	app_sends(10);
	expect_nothing();
	expect(leat_tcp_set(talk->conn, LEAT_TCP_NODELAY, 1) == 0);
	spec_turn();
	expect_sent(.seq = 11, .len = 10);
}

/* Configuration: tcp.nodelay */
Test(nagle, nodelay_is_configurable)
{
	uint32_t nodelay;

	config.tcp.nodelay = true;
	in_state(TCPS_ESTABLISHED);
	expect(leat_tcp_get(talk->conn, LEAT_TCP_NODELAY, &nodelay) == 0 && nodelay == 1);
	app_sends(10);
	expect_sent(.seq = 1, .len = 10);
	app_sends(10);
	expect_sent(.seq = 11, .len = 10);
}

/* RFC 9293 3.7.4: on by default */
Test(nagle, is_on_by_default)
{
	uint32_t nodelay;

	in_state(TCPS_ESTABLISHED);
	expect(leat_tcp_get(talk->conn, LEAT_TCP_NODELAY, &nodelay) == 0 && nodelay == 0);
}

/* RFC 9293 3.10.4: nothing more will come behind a FIN, so there is nothing to wait for */
Test(nagle, close_lets_go_of_what_waits)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	app_sends(50);
	expect_nothing();
	app_closes();
	expect_sent(.flags = FIN | PSH | ACK, .seq = 101, .len = 50);
	expect_nothing();
}

/* RFC 9293 3.7.4: an ACK of a part of what is in flight does not release it */
Test(nagle, partial_ack_releases_nothing)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	app_sends(50);
	peer_sends(.ack = 51);
	expect_nothing();
	peer_sends(.ack = 101);
	expect_sent(.seq = 101, .len = 50);
}
