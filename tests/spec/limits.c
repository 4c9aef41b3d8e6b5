/* SPDX-License-Identifier: BSD-3-Clause */
/* Everything is bounded; at the bound the old connections go on (RFC 4987, RFC 5961 7). */
#include "spec.h"

SUITE(limits);

static struct leat_usage
usage(void)
{
	struct leat_usage u = {.size = sizeof(u)};

	leat_usage(stack, &u);
	return u;
}

/* RFC 4987 2: a flood of SYNs fills the table, and an open connection does not feel it */
Test(limits, half_open_table_is_bounded)
{
	config.max_half_open = 16;
	config.tcp.syn_cookies = LEAT_COOKIES_OFF;
	in_state(TCPS_ESTABLISHED);
	for (uint16_t i = 0; i < 200; i++)
		peer_sends(.flags = SYN, .seq = 0, .from_port = (uint16_t)(1000 + i));
	unsigned answered = forget_sent();
	expect(answered == 16);
	expect(usage().half_open == 16);
	expect(counter("tcp_half_open_full") == 200 - 16);
	peer_sends(.len = 100);
	expect_sent(.flags = ACK, .ack = 101);
	expect_app_data(100);
	/* and it empties by itself */
	after(200 * SEC);
	forget_sent();
	expect(usage().half_open == 0);
}

/* No control block is free: the newcomer is not served, those that are open are */
Test(limits, control_blocks_are_bounded)
{
	config.max_connections = 16;
	for (uint16_t i = 0; i < 16; i++) {
		new_talk((uint16_t)(PEER_PORT + i));
		in_state(TCPS_ESTABLISHED);
	}
	new_talk(PEER_PORT + 16);
	peer_sends(.flags = SYN);
	if (forget_sent() > 0)
		peer_sends(.flags = ACK);
	forget_sent();
	expect_no_app_event();
	expect(usage().connections == 16);
	expect(counter("tcp_no_tcb") >= 1);
	talk = spec_talk_find(PEER_PORT, LEAT_PORT);
	peer_sends(.len = 100);
	expect_sent(.flags = ACK, .ack = 101);
	expect_app_data(100);
}

/* A control block that is given back is of use again */
Test(limits, freed_control_block_is_used_again)
{
	config.max_connections = 16;
	for (uint16_t i = 0; i < 16; i++) {
		new_talk((uint16_t)(PEER_PORT + i));
		in_state(TCPS_ESTABLISHED);
	}
	app_aborts();
	expect_rst();
	new_talk(PEER_PORT + 16);
	in_state(TCPS_ESTABLISHED);
}

/* The same for connections that leat opens: -ENOMEM, and no event */
Test(limits, connect_without_a_control_block_fails)
{
	struct leat_endpoint remote = {.addr = leat_ipv4(198, 18, 0, PEER), .port = 7000};
	static const struct leat_tcp_events none;
	struct leat_conn *conn;

	config.max_connections = 16;
	for (uint16_t i = 0; i < 16; i++) {
		new_talk((uint16_t)(PEER_PORT + i));
		in_state(TCPS_ESTABLISHED);
	}
	expect(leat_tcp_connect(leat_core(stack, 0), NULL, &remote, &none, NULL, &conn) == -ENOMEM);
	expect_nothing();
}

/* TIME-WAIT: the oldest give way */
Test(limits, time_wait_table_is_bounded)
{
	config.max_time_wait = 16;
	for (uint16_t i = 0; i < 20; i++) {
		new_talk((uint16_t)(PEER_PORT + i));
		in_state(TCPS_TIME_WAIT);
	}
	expect(usage().time_wait == 16);
	expect(counter("tcp_time_wait_full") == 4);
	after(61 * SEC);
	expect_closed();
}

/* RFC 9293 3.10.7.4 SHLD-31, bounded: a peer that sends nothing but crumbs beyond a hole */
Test(limits, out_of_order_data_is_bounded)
{
	in_state(TCPS_ESTABLISHED);
	for (uint32_t i = 1; i <= 2000; i++) {
		peer_sends(.seq = 1 + 2 * i, .len = 1);
		expect_sent(.flags = ACK, .ack = 1);
	}
	expect(usage().mbufs_stack < 1024);
	expect(counter("drop_tcp_ooo_limit") > 0);
	/* the connection lives */
	peer_sends(.seq = 1, .len = 2);
	forget_sent();
	expect(tcp_info()->rcv_nxt - talk->peer_iss >= 4);
	expect_state(TCPS_ESTABLISHED);
}

/* Unread data is bounded by the window, not by the peer's patience */
Test(limits, unread_data_is_bounded_by_the_window)
{
	config.tcp.rcv_buf = 16384;
	talk->reads = false;
	in_state(TCPS_ESTABLISHED);
	for (uint32_t i = 0; i < 100; i++)
		peer_sends(.seq = 1 + 1000 * i, .len = 1000);
	forget_sent();
	expect(talk->unread <= 16384 && talk->unread >= 15000);
	expect(usage().mbufs_stack <= 32);
}

/* Small segments that nobody reads may not pin a buffer of two kilobytes each */
Test(limits, small_unread_segments_share_buffers)
{
	talk->reads = false;
	in_state(TCPS_ESTABLISHED);
	for (int i = 0; i < 1000; i++)
		peer_sends(.len = 10);
	forget_sent();
	expect_app_data(10000);
	expect(usage().mbufs_stack <= 50);
	app_consumes(10000);
	expect(usage().mbufs_stack == 0);
	forget_sent();
}

/* The send buffer: what does not fit is not taken, and told when it fits again */
Test(limits, send_buffer_is_bounded)
{
	config.tcp.snd_buf = 16384;
	talk->wnd = 0;
	in_state(TCPS_ESTABLISHED);
	size_t took = app_offers(100000);
	expect(took == 16384);
	expect(leat_tcp_room(talk->conn) == 0);
	expect(app_offers(1) == 0);
	talk->wnd = 1460;
	peer_sends(.flags = ACK);
	expect_sent(.seq = 1, .len = 1460);
	peer_sends(.ack = 1461);
	expect_app_sent(1460);
	expect(leat_tcp_room(talk->conn) >= 1460);
	forget_sent();
}

/* RFC 6429 4: connections that nobody owns any more are bounded; beyond it they are reset at once */
Test(limits, orphans_are_bounded)
{
	config.tcp.max_orphans = 4;
	for (uint16_t i = 0; i < 6; i++) {
		new_talk((uint16_t)(PEER_PORT + i));
		in_state(TCPS_ESTABLISHED);
		app_closes();
		if (i < 4)
			expect_sent(.flags = FIN | ACK, .seq = 1);
		else
			expect_rst();
		expect(counter("tcp_orphans_reset") == (i < 4 ? 0u : i - 3u));
	}
	expect(usage().connections == 4);
	/* one of them ends, and there is room for another */
	talk = spec_talk_find(PEER_PORT, LEAT_PORT);
	peer_sends(.flags = RST, .ack = 2);
	new_talk(PEER_PORT + 6);
	in_state(TCPS_ESTABLISHED);
	app_closes();
	expect_sent(.flags = FIN | ACK, .seq = 1);
}

/* RFC 6429 3, 4: a closed window does not get its orphan around that limit */
Test(limits, probing_orphans_are_bounded)
{
	config.tcp.max_orphans = 2;
	for (uint16_t i = 0; i < 4; i++) {
		new_talk((uint16_t)(PEER_PORT + i));
		talk->wnd = 0;
		in_state(TCPS_ESTABLISHED);
		app_sends(100);
		app_closes();
		if (i >= 2)
			expect_rst();
	}
	expect(usage().connections == 2 && counter("tcp_orphans_reset") == 2);
	expect_nothing();
}

/* A connection that ended by itself is no orphan, however often it is closed then */
Test(limits, closed_connections_are_no_orphans)
{
	config.tcp.max_orphans = 1;
	for (uint16_t i = 0; i < 3; i++) {
		new_talk((uint16_t)(PEER_PORT + i));
		in_state(TCPS_CLOSE_WAIT);
		app_closes();
		expect_sent(.flags = FIN | ACK, .seq = 1);
		peer_sends(.ack = 2);
		expect_app_closed(0);
	}
	expect(counter("tcp_orphans_reset") == 0);
}
