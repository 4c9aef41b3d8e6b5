/* SPDX-License-Identifier: BSD-3-Clause */
/* A connection is its four-tuple, no less (RFC 9293 3.3.1). */
#include "spec.h"

SUITE(tuple);

/* RFC 9293 3.4: two ports of one host are two connections */
Test(tuple, two_connections_of_one_host_are_apart)
{
	in_state(TCPS_ESTABLISHED);
	struct talk *one = talk;
	new_talk(PEER_PORT + 1);
	talk->peer_iss = 77777;
	in_state(TCPS_ESTABLISHED);
	struct talk *two = talk;

	talk = one;
	peer_sends(.len = 100);
	expect_sent(.flags = ACK, .ack = 101);
	expect_app_data(100);
	talk = two;
	expect_no_app_event();
	app_sends(50);
	expect_sent(.seq = 1, .len = 50, .ack = 1);
	peer_sends(.flags = RST);
	expect_app_closed(ECONNRESET);
	talk = one;
	expect_no_app_event();
	expect_state(TCPS_ESTABLISHED);
	peer_sends(.flags = FIN | ACK);
	expect_sent(.flags = ACK, .ack = 102);
	expect_state(TCPS_CLOSE_WAIT);
}

/* The same numbers on another tuple are nobody's */
Test(tuple, segment_of_another_port_is_refused)
{
	in_state(TCPS_ESTABLISHED);
	struct talk *one = talk;
	new_talk(PEER_PORT + 1);
	peer_sends(.flags = ACK, .seq = 1, .ack = 9);
	expect_sent(.flags = RST, .seq = 9);
	talk = one;
	expect_state(TCPS_ESTABLISHED);
	expect_no_app_event();
}

/* Both directions between the same two ports: one tuple, whoever opened it */
Test(tuple, peer_cannot_open_a_tuple_that_is_in_use)
{
	talk->active = true;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = SYN, .seq = 5000);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1);
	expect_state(TCPS_ESTABLISHED);
}

/* leat as server and as client of the same host at once */
Test(tuple, server_and_client_side_by_side)
{
	in_state(TCPS_ESTABLISHED);
	struct talk *server = talk;
	new_talk(7000);
	talk->active = true;
	in_state(TCPS_ESTABLISHED);
	app_sends(10);
	expect_sent(.seq = 1, .len = 10);
	talk = server;
	app_sends(20);
	expect_sent(.seq = 1, .len = 20);
	expect_app_sent(0);
}

/* Many at once: each gets its own bytes */
Test(tuple, many_connections_interleaved)
{
	struct talk *talks[20];

	for (uint16_t i = 0; i < 20; i++) {
		talks[i] = new_talk((uint16_t)(PEER_PORT + i));
		talk->peer_iss = 1000000u * i;
		in_state(TCPS_ESTABLISHED);
	}
	for (int round = 0; round < 5; round++)
		for (int i = 0; i < 20; i++) {
			talk = talks[i];
			peer_queues(.len = 100 + i);
		}
	spec_turn();
	forget_sent();
	for (int i = 0; i < 20; i++) {
		talk = talks[i];
		expect_app_data(5 * (100 + i));
	}
}

/* A tuple that was reset is as new */
Test(tuple, reset_tuple_opens_again)
{
	in_state(TCPS_ESTABLISHED);
	app_aborts();
	expect_rst();
	expect_app_closed(ECONNABORTED);
	for (int i = 0; i < 5; i++) {
		new_talk(PEER_PORT);
		in_state(TCPS_ESTABLISHED);
		peer_sends(.len = 10);
		expect_sent(.ack = 11);
		expect_app_data(10);
		app_aborts();
		expect_rst();
		expect_app_closed(ECONNABORTED);
	}
	expect_closed();
}
