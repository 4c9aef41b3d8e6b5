/* SPDX-License-Identifier: BSD-3-Clause */
/* The user timeout (RFC 9293 3.8.3, 3.9.1), kept to oneself (RFC 5482 3.1). */
#include "spec.h"

SUITE(user_timeout);

enum { FIVE_SECONDS = 5000 };

static void
begin(void)
{
	uint32_t ms;

	in_state(TCPS_ESTABLISHED);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_USER_TIMEOUT, FIVE_SECONDS) == 0);
	expect(leat_tcp_get(talk->conn, LEAT_TCP_USER_TIMEOUT, &ms) == 0 && ms == FIVE_SECONDS);
}

/* RFC 9293 3.10.8: for data that is not acknowledged in time the connection is given up */
Test(user_timeout, unacknowledged_data_ends_the_connection)
{
	begin();
	app_sends(100);
	after(4900 * MS);
	expect(forget_sent() > 1);
	expect_state(TCPS_ESTABLISHED);
	after(200 * MS);
	forget_sent();
	expect_app_closed(ETIMEDOUT);
	expect_closed();
	expect(counter("tcp_user_timeouts") == 1);
}

/* An acknowledgement begins the time anew */
Test(user_timeout, acknowledged_data_begins_it_anew)
{
	begin();
	app_sends(100);
	app_sends(100);
	forget_sent();
	after(4 * SEC);
	forget_sent();
	peer_sends(.ack = 101);
	forget_sent();
	after(4 * SEC);
	forget_sent();
	expect_state(TCPS_ESTABLISHED);
	after(1100 * MS);
	forget_sent();
	expect_app_closed(ETIMEDOUT);
}

/* Nothing waits: nothing is timed */
Test(user_timeout, idle_connection_is_not_ended)
{
	begin();
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	peer_sends(.ack = 101);
	after(3600 * SEC);
	expect_nothing();
	expect_state(TCPS_ESTABLISHED);
	/* the time begins with the next data, not before */
	app_sends(100);
	after(4 * SEC);
	forget_sent();
	expect_state(TCPS_ESTABLISHED);
	peer_sends(.ack = 201);
}

/* RFC 9293 3.8.6.1, RFC 6429 4: with a closed window the application decides how long it waits */
Test(user_timeout, closed_window_ends_the_connection_although_probes_are_answered)
{
	begin();
	peer_sends(.wnd = 0);
	talk->wnd = 0;
	app_sends(100);
	for (int i = 0; i < 9; i++) {
		after(500 * MS);
		if (forget_sent() > 0)
			peer_sends(.ack = 1);
	}
	expect_state(TCPS_ESTABLISHED);
	after(SEC);
	forget_sent();
	expect_app_closed(ETIMEDOUT);
}

/* The peer's silence is keepalive's matter, and both hold */
Test(user_timeout, keepalive_goes_on_beside_it)
{
	config.tcp.keepalive = 60 * SEC;
	begin();
	after(61 * SEC);
	expect_sent(.flags = ACK, .seq = 0, .len = 0);
	peer_sends(.flags = ACK);
	app_sends(100);
	after(5100 * MS);
	forget_sent();
	expect_app_closed(ETIMEDOUT);
}

/* RFC 9293 3.9.1: also while it is being opened */
Test(user_timeout, connecting_is_bounded_too)
{
	in_state(TCPS_SYN_SENT);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_USER_TIMEOUT, FIVE_SECONDS) == 0);
	after(5100 * MS);
	forget_sent();
	expect_app_closed(ETIMEDOUT);
	expect_closed();
}

/* 0 takes it back; what cannot be meant is refused */
Test(user_timeout, can_be_taken_back)
{
	begin();
	expect(leat_tcp_set(talk->conn, LEAT_TCP_USER_TIMEOUT, 9) == -EINVAL);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_USER_TIMEOUT, 86400001) == -EINVAL);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_USER_TIMEOUT, 0) == 0);
	app_sends(100);
	after(60 * SEC);
	forget_sent();
	expect_state(TCPS_ESTABLISHED);
}
