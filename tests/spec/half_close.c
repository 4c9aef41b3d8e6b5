/* SPDX-License-Identifier: BSD-3-Clause */
/* One direction closed, the other open (RFC 9293 3.6). */
#include "spec.h"

SUITE(half_close);

/* RFC 9293 3.6, case 1: after our FIN we go on receiving, as much as the peer likes */
Test(half_close, receives_long_after_the_shutdown)
{
	in_state(TCPS_ESTABLISHED);
	app_shuts_down();
	expect_sent(.flags = FIN | ACK, .seq = 1);
	peer_sends(.flags = ACK);
	for (uint32_t i = 1; i <= 10; i++) {
		peer_sends(.len = 1000);
		expect_sent(.flags = ACK, .seq = 2, .ack = 1 + 1000 * i);
		after(30 * SEC);
	}
	expect_app_data(10000);
	peer_sends(.flags = FIN | ACK);
	expect_sent(.flags = ACK, .seq = 2, .ack = 10002);
	expect_app_peer_closed();
	expect_app_closed(0);
	expect_state(TCPS_TIME_WAIT);
}

/* RFC 9293 3.6, case 2: after the peer's FIN we go on sending */
Test(half_close, sends_long_after_the_peers_fin)
{
	in_state(TCPS_CLOSE_WAIT);
	for (uint32_t i = 0; i < 10; i++) {
		app_sends(1000);
		expect_sent(.flags = PSH | ACK, .seq = 1 + 1000 * i, .ack = 2, .len = 1000);
		peer_sends(.flags = ACK);
		expect_app_sent(1000);
		after(30 * SEC);
	}
	app_closes();
	expect_sent(.flags = FIN | ACK, .seq = 10001, .ack = 2);
	peer_sends(.flags = ACK);
	expect_app_closed(0);
	expect_closed();
}

/* RFC 9293 3.6: lost data after the peer's FIN is sent again */
Test(half_close, data_after_the_peers_fin_is_retransmitted)
{
	in_state(TCPS_CLOSE_WAIT);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	after(rto() + MS);
	expect_sent(.seq = 1, .ack = 2, .len = 100);
}

/* RFC 9293 3.10.2: leat_tcp_send() after leat_tcp_shutdown() */
Test(half_close, nothing_can_be_sent_after_the_shutdown)
{
	in_state(TCPS_ESTABLISHED);
	app_shuts_down();
	expect_sent(.flags = FIN | ACK, .seq = 1);
	expect(leat_tcp_send(talk->conn, "x", 1) == -EPIPE);
	expect(leat_tcp_room(talk->conn) == 0);
}

static void
answer_and_close(struct leat_conn *conn, struct leat_rx *rx, void *user)
{
	leat_tcp_consume(conn, leat_rx_size(rx));
	expect(leat_tcp_send_close(conn, (uint8_t[]){spec_byte(0)}, 1) == 1);
	((struct talk *)user)->written = 1;
}

static const struct leat_tcp_events answering = {.on_data = answer_and_close};

/* RFC 9293 3.10.2, 3.10.4: leat_tcp_send_close() answers, acknowledges and closes in one segment */
Test(half_close, the_last_word_and_the_fin_are_one_segment)
{
	in_state(TCPS_ESTABLISHED);
	leat_tcp_set_events(talk->conn, &answering);
	peer_sends(.len = 10);
	expect_sent(.flags = FIN | PSH | ACK, .seq = 1, .ack = 11, .len = 1);
	expect_nothing();
	expect_state(TCPS_FIN_WAIT_1);
	expect(leat_tcp_send_close(talk->conn, "x", 1) == -EPIPE);
}

/* RFC 9293 3.10.2: what was not taken whole was not the last word; the connection is as open as before */
Test(half_close, what_is_not_taken_whole_does_not_close)
{
	config.tcp.snd_buf = 4096;
	in_state(TCPS_ESTABLISHED);
	uint8_t data[5000];
	for (uint32_t i = 0; i < sizeof(data); i++)
		data[i] = spec_byte(i);
	expect(leat_tcp_send_close(talk->conn, data, sizeof(data)) == 4096);
	talk->written = 4096;
	spec_turn();
	expect_state(TCPS_ESTABLISHED);
	while (forget_sent() > 0)
		peer_sends(.ack = talk->leat_nxt);
	expect(leat_tcp_send_close(talk->conn, data + 4096, sizeof(data) - 4096) == (ssize_t)sizeof(data) - 4096);
	talk->written = sizeof(data);
	spec_turn();
	expect_sent(.flags = FIN | PSH | ACK, .seq = 4097, .len = sizeof(data) - 4096);
	expect_state(TCPS_FIN_WAIT_1);
}

/* RFC 9293 3.10.4 CLOSE: a second CLOSE sends nothing more */
Test(half_close, second_shutdown_changes_nothing)
{
	in_state(TCPS_FIN_WAIT_2);
	(void)leat_tcp_shutdown(talk->conn);
	spec_turn();
	expect_nothing();
	expect_state(TCPS_FIN_WAIT_2);
}

/* RFC 9293 3.6: data that the peer sent before its FIN waits for the application */
Test(half_close, unread_data_survives_the_peers_fin)
{
	talk->reads = false;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = FIN | PSH | ACK, .len = 100);
	expect_sent(.flags = ACK, .ack = 102);
	expect_app_data(100);
	expect_no_app_event();
	after(100 * SEC);
	app_consumes(100);
	expect_app_peer_closed();
	expect_nothing();
	app_closes();
	expect_sent(.flags = FIN | ACK, .seq = 1, .ack = 102);
	peer_sends(.flags = ACK);
	expect_app_closed(0);
}

/* RFC 9293 3.6, case 3: shutdown, then close after the peer's FIN was seen */
Test(half_close, close_after_shutdown_waits_for_the_peer)
{
	in_state(TCPS_FIN_WAIT_2);
	app_closes();
	expect_nothing();
	expect_state(TCPS_FIN_WAIT_2);
	peer_sends(.flags = FIN | ACK);
	expect_sent(.flags = ACK, .seq = 2, .ack = 2);
	expect_app_closed(0);
	expect_state(TCPS_TIME_WAIT);
}
