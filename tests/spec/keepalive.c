/* SPDX-License-Identifier: BSD-3-Clause */
/* Keep-alives (RFC 9293 3.8.4). */
#include "spec.h"

SUITE(keepalive);

static void
configure(void)
{
	config.tcp.keepalive = 60 * SEC;
	config.tcp.keepalive_interval = 10 * SEC;
	config.tcp.keepalive_probes = 3;
}

/* RFC 9293 3.8.4 MUST-25: off by default */
Test(keepalive, is_off_by_default)
{
	uint32_t on;

	in_state(TCPS_ESTABLISHED);
	expect(leat_tcp_get(talk->conn, LEAT_TCP_KEEPALIVE, &on) == 0 && on == 0);
	after(86400 * SEC);
	expect_nothing();
	expect_state(TCPS_ESTABLISHED);
}

/* RFC 9293 3.8.4 MUST-24, MUST-28: turned on for one connection, the interval is two hours or more */
Test(keepalive, default_interval_is_two_hours)
{
	in_state(TCPS_ESTABLISHED);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_KEEPALIVE, 1) == 0);
	after(7199 * SEC);
	expect_nothing();
	after(2 * SEC);
	expect_sent(.flags = ACK, .seq = 0, .ack = 1, .len = 0);
}

/* RFC 9293 3.8.4 MAY-5, MUST-27, SHLD-12: SEQ = SND.NXT-1, no data */
Test(keepalive, probe_has_an_old_sequence_number_and_no_data)
{
	configure();
	in_state(TCPS_ESTABLISHED);
	after(59 * SEC);
	expect_nothing();
	after(2 * SEC);
	expect_sent(.flags = ACK, .seq = 0, .ack = 1, .len = 0);
	expect_nothing();
	expect(counter("tcp_keepalive_probes") == 1);
}

/* RFC 9293 3.8.4: an answer is a sign of life */
Test(keepalive, answered_probe_starts_again)
{
	configure();
	in_state(TCPS_ESTABLISHED);
	for (int i = 0; i < 10; i++) {
		after(61 * SEC);
		expect_sent(.flags = ACK, .seq = 0, .len = 0);
		peer_sends(.flags = ACK);
		expect_nothing();
	}
	expect_state(TCPS_ESTABLISHED);
	expect_no_app_event();
}

/* RFC 9293 3.8.4 MUST-29: one unanswered probe means nothing; all of them do */
Test(keepalive, dead_peer_is_given_up_after_all_probes)
{
	configure();
	in_state(TCPS_ESTABLISHED);
	after(81 * SEC);
	for (int i = 0; i < 3; i++)
		expect_sent(.flags = ACK, .seq = 0, .len = 0);
	expect_nothing();
	expect_state(TCPS_ESTABLISHED);
	after(10 * SEC);
	forget_sent(); /* a RST may tell the peer */
	expect_app_closed(ETIMEDOUT);
	expect_closed();
}

/* RFC 9293 3.8.4 MUST-26: not while data is outstanding: that is the retransmission timer's */
Test(keepalive, no_probe_while_data_is_outstanding)
{
	configure();
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	after(70 * SEC);
	while (spec_wire_waiting() > 0)
		expect_sent(.seq = 1, .len = 100);
	expect(counter("tcp_keepalive_probes") == 0);
}

/* RFC 9293 3.8.4 MUST-26: nor does the loop wake for one; what acknowledges the data begins the silence anew */
Test(keepalive, outstanding_data_is_not_watched_twice)
{
	uint64_t turns;

	configure();
	in_state(TCPS_ESTABLISHED);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_KEEPIDLE, 5000) == 0);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_KEEPINTVL, 10) == 0);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	turns = counter("core_turns");
	after(60 * SEC);
	expect(counter("core_turns") - turns < 200);
	forget_sent();
	peer_sends(.flags = ACK, .ack = 101);
	after(4995 * MS);
	expect_nothing();
	after(10 * MS);
	expect_sent(.flags = ACK, .seq = 100, .len = 0);
	expect_nothing();
}

/* RFC 9293 3.8.4 MUST-26: data and ACKs of the peer put it off */
Test(keepalive, traffic_puts_the_probe_off)
{
	configure();
	in_state(TCPS_ESTABLISHED);
	for (int i = 0; i < 5; i++) {
		after(50 * SEC);
		expect_nothing();
		peer_sends(.len = 10);
		forget_sent();
	}
	after(59 * SEC);
	expect_nothing();
	after(2 * SEC);
	expect_sent(.flags = ACK, .seq = 0, .len = 0);
}

/* RFC 9293 3.8.4 MUST-24: off again */
Test(keepalive, can_be_turned_off)
{
	configure();
	in_state(TCPS_ESTABLISHED);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_KEEPALIVE, 0) == 0);
	after(3600 * SEC);
	expect_nothing();
}

/* RFC 9293 3.8.4: a rebooted peer answers with RST */
Test(keepalive, rst_in_answer_ends_the_connection)
{
	configure();
	in_state(TCPS_ESTABLISHED);
	after(61 * SEC);
	expect_sent(.flags = ACK, .seq = 0);
	peer_sends(.flags = RST, .seq = 1);
	expect_app_closed(ECONNRESET);
	expect_closed();
}

/* RFC 9293 3.8.4: the peer's probe is answered, whatever it carries */
Test(keepalive, probe_of_the_peer_is_answered)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = ACK, .seq = 0);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1, .len = 0);
	peer_sends(.flags = ACK, .seq = 0, .len = 1);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1, .len = 0);
	expect_nothing();
	expect_no_app_event();
}

/* RFC 9293 3.8.4: a half-closed connection may be idle too */
Test(keepalive, fin_wait_2_is_probed)
{
	configure();
	in_state(TCPS_FIN_WAIT_2);
	after(61 * SEC);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1, .len = 0);
}

/* RFC 9293 3.8.4 */
Test(keepalive, close_wait_is_probed)
{
	configure();
	in_state(TCPS_CLOSE_WAIT);
	after(61 * SEC);
	expect_sent(.flags = ACK, .seq = 0, .ack = 2, .len = 0);
}

/* RFC 9293 3.8.4: one connection's own times */
Test(keepalive, times_of_one_connection)
{
	uint32_t v;

	configure();
	in_state(TCPS_ESTABLISHED);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_KEEPIDLE, 5000) == 0);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_KEEPINTVL, 1000) == 0);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_KEEPCNT, 2) == 0);
	expect(leat_tcp_get(talk->conn, LEAT_TCP_KEEPIDLE, &v) == 0 && v == 5000);
	expect(leat_tcp_get(talk->conn, LEAT_TCP_KEEPINTVL, &v) == 0 && v == 1000);
	expect(leat_tcp_get(talk->conn, LEAT_TCP_KEEPCNT, &v) == 0 && v == 2);
	after(4900 * MS);
	expect_nothing();
	after(200 * MS);
	expect_sent(.flags = ACK, .seq = 0, .len = 0);
	after(SEC);
	expect_sent(.flags = ACK, .seq = 0, .len = 0);
	expect_state(TCPS_ESTABLISHED);
	after(SEC);
	forget_sent();
	expect_app_closed(ETIMEDOUT);
	expect_closed();
}

/* Until they are set, those of the configuration are told */
Test(keepalive, times_are_those_of_the_configuration)
{
	uint32_t v;

	configure();
	in_state(TCPS_ESTABLISHED);
	expect(leat_tcp_get(talk->conn, LEAT_TCP_KEEPIDLE, &v) == 0 && v == 60000);
	expect(leat_tcp_get(talk->conn, LEAT_TCP_KEEPINTVL, &v) == 0 && v == 10000);
	expect(leat_tcp_get(talk->conn, LEAT_TCP_KEEPCNT, &v) == 0 && v == 3);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_KEEPCNT, 0) == -EINVAL);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_KEEPCNT, 128) == -EINVAL);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_KEEPIDLE, 9) == -EINVAL);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_KEEPINTVL, 86400001) == -EINVAL);
}
