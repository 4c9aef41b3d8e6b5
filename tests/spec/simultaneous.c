/* SPDX-License-Identifier: BSD-3-Clause */
/* Both sides open, or close, at once (RFC 9293 3.5 figure 7, 3.6 figure 13). */
#include "spec.h"

SUITE(simultaneous);

/* RFC 9293 3.5 figure 7 MUST-10 */
Test(simultaneous, open)
{
	in_state(TCPS_SYN_SENT);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .seq = 0, .ack = 1, .len = 0);
	expect_state(TCPS_SYN_RECEIVED);
	expect_no_app_event();
	peer_sends(.flags = SYN | ACK, .seq = 0, .ack = 1);
	expect_app_opened();
	expect_state(TCPS_ESTABLISHED);
	forget_sent(); /* the peer's SYN lies before the window: an ACK may answer it */
	app_sends(10);
	expect_sent(.seq = 1, .ack = 1, .len = 10);
	peer_sends(.len = 10);
	expect_sent(.flags = ACK, .seq = 11, .ack = 11);
	expect_app_data(10);
}

/* RFC 9293 3.10.7.4: what comes before our SYN has left is answered by the SYN-ACK, and by nothing in front of it */
Test(simultaneous, nothing_is_sent_before_the_syn)
{
	struct leat_endpoint local;

	in_state(TCPS_CLOSED);
	app_queues_connect();
	leat_tcp_local(talk->conn, &local);
	talk->leat_port = local.port;
	peer_queues(.flags = SYN, .seq = 0);
	peer_sends(.flags = ACK, .seq = 1000000, .len = 100);
	expect_sent(.flags = SYN | ACK, .seq = 0, .ack = 1);
	expect_nothing();
	expect_state(TCPS_SYN_RECEIVED);
}

/* RFC 7323 2.2: the window of a SYN-ACK is not scaled, the one that ends a simultaneous open neither */
Test(simultaneous, window_of_the_second_syn_is_not_scaled)
{
	talk->wscale = 4;
	in_state(TCPS_SYN_SENT);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .seq = 0, .ack = 1);
	peer_sends(.flags = SYN | ACK, .seq = 0, .ack = 1, .wnd = 1600, .wscale = 4);
	expect_app_opened();
	expect(tcp_info()->snd_wscale == 4);
	expect(tcp_info()->snd_wnd == 1600);
	forget_sent();
	app_sends(5000);
	forget_sent();
	expect(tcp_info()->in_flight <= 1600);
}

/* RFC 9293 3.10.7.4, fifth: the plain ACK of our SYN is as good */
Test(simultaneous, open_ends_with_a_plain_ack)
{
	in_state(TCPS_SYN_SENT);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .seq = 0, .ack = 1);
	peer_sends(.flags = ACK, .ack = 1);
	expect_nothing();
	expect_app_opened();
	expect_state(TCPS_ESTABLISHED);
}

/* RFC 9293 3.10.5: a RST stands behind our SYN, which no window holds back, although the peer's SYN tells of none */
Test(simultaneous, rst_of_an_abort_stands_behind_the_syn)
{
	talk->wnd = 0;
	in_state(TCPS_SYN_SENT);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .seq = 0, .ack = 1);
	expect_state(TCPS_SYN_RECEIVED);
	forget_sent();
	app_aborts();
	expect_sent(.flags = RST | ACK, .seq = 1);
}

/* RFC 9293 3.5 MUST-11, 3.10.7.4, second: SYN-RECEIVED from an active open: connection refused */
Test(simultaneous, rst_after_active_open_refuses)
{
	in_state(TCPS_SYN_SENT);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK);
	peer_sends(.flags = RST, .seq = 1);
	expect_nothing();
	expect_app_closed(ECONNREFUSED);
	expect_closed();
}

/* RFC 9293 3.10.7.4, fifth */
Test(simultaneous, unacceptable_ack_in_syn_received_is_answered_with_rst)
{
	in_state(TCPS_SYN_SENT);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK);
	peer_sends(.flags = ACK, .seq = 1, .ack = 2);
	expect_sent(.flags = RST, .seq = 2, .len = 0);
	expect_state(TCPS_SYN_RECEIVED);
}

/* RFC 6298 2.1, RFC 9293 3.8.3 MUST-22: the SYN-ACK is retransmitted */
Test(simultaneous, syn_ack_is_sent_again)
{
	in_state(TCPS_SYN_SENT);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .seq = 0, .ack = 1);
	after(2100 * MS);
	expect_sent(.flags = SYN | ACK, .seq = 0, .ack = 1);
	forget_sent();
	peer_sends(.flags = ACK, .ack = 1);
	expect_app_opened();
}

/* RFC 9293 3.10.7.4: data with the ACK that ends it */
Test(simultaneous, ack_with_data_opens_and_delivers)
{
	in_state(TCPS_SYN_SENT);
	app_sends(20);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .seq = 0, .len = 0);
	peer_sends(.flags = PSH | ACK, .ack = 1, .len = 30);
	expect_sent(.flags = PSH | ACK, .seq = 1, .ack = 31, .len = 20);
	expect_nothing();
	expect_app_opened();
	expect_app_data(30);
}

/* RFC 9293 3.10.4, SYN-RECEIVED: closed before it is open, the FIN follows the ACK that opens it */
Test(simultaneous, closed_before_it_is_open)
{
	in_state(TCPS_SYN_SENT);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .seq = 0, .ack = 1);
	app_sends(10);
	app_shuts_down();
	expect_nothing();
	expect_state(TCPS_SYN_RECEIVED);
	peer_sends(.flags = ACK, .ack = 1);
	expect_sent(.flags = FIN | PSH | ACK, .seq = 1, .len = 10);
	expect_app_opened();
	expect_state(TCPS_FIN_WAIT_1);
	peer_sends(.ack = 12);
	expect_state(TCPS_FIN_WAIT_2);
	expect_app_sent(10);
}

/* RFC 7323 2.2, 3.2: options are negotiated by the two SYNs */
Test(simultaneous, options_are_negotiated)
{
	talk->ts = talk->sack = true;
	talk->wscale = 5;
	in_state(TCPS_SYN_SENT);
	peer_sends(.flags = SYN);
	const struct tcp_seg *s = expect_sent(.flags = SYN | ACK, .sack_perm = 1, .mss = 1460);
	expect(s->opts.has_ts && s->opts.has_wscale);
	peer_sends(.flags = ACK, .ack = 1);
	expect_app_opened();
	expect(tcp_info()->timestamps && tcp_info()->sack && tcp_info()->snd_wscale == 5);
}

/* RFC 9293 3.6 figure 13 */
Test(simultaneous, close)
{
	in_state(TCPS_ESTABLISHED);
	app_shuts_down();
	expect_sent(.flags = FIN | ACK, .seq = 1, .ack = 1);
	peer_sends(.flags = FIN | ACK, .ack = 1);
	expect_sent(.flags = ACK, .seq = 2, .ack = 2, .len = 0);
	expect_app_peer_closed();
	expect_state(TCPS_CLOSING);
	peer_sends(.flags = ACK, .ack = 2);
	expect_nothing();
	expect_app_closed(0);
	expect_state(TCPS_TIME_WAIT);
}

/* RFC 9293 3.6: with data in both directions */
Test(simultaneous, close_with_data)
{
	config.tcp.nodelay = true;
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	app_shuts_down();
	expect_sent(.flags = FIN | ACK, .seq = 101);
	peer_sends(.flags = FIN | PSH | ACK, .ack = 1, .len = 200);
	expect_sent(.flags = ACK, .seq = 102, .ack = 202);
	expect_app_data(200);
	expect_app_peer_closed();
	expect_state(TCPS_CLOSING);
	peer_sends(.flags = ACK, .ack = 101);
	expect_state(TCPS_CLOSING);
	peer_sends(.flags = ACK, .ack = 102);
	expect_app_closed(0);
	expect_state(TCPS_TIME_WAIT);
	expect_nothing();
}
