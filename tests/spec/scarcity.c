/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Receive buffers run short because applications do not read. Of 1024 buffers 128 are the reserve;
 * the test takes buffers away as if others held them.
 */
#include <limits.h>
#include "spec.h"

SUITE(scarcity);

enum { BUFFERS = 1024, MSS = 1460 };

static struct leat_usage
usage(void)
{
	struct leat_usage u = {.size = sizeof(u)};

	leat_usage(stack, &u);
	return u;
}

/* A connection may hold half of what is free beyond the reserve, not all that its own buffer allows */
Test(scarcity, windows_are_offered_smaller)
{
	enum { BUF = 200000, SCALE = 2, SHARE = 80 * MSS };

	config.tcp.rcv_buf = BUF;
	config.tcp.delayed_ack = 0;
	talk->wscale = 0;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.len = MSS);
	expect_sent(.ack = 1 + MSS, .wnd = BUF >> SCALE);
	pool_leaves("rx", BUFFERS / 8 + SHARE / MSS * 2);
	/* the edge stays where it was, and moves on when the share reaches beyond it (SHLD-14) */
	for (uint32_t left = BUF - MSS; left > SHARE; left -= MSS) {
		peer_sends(.len = MSS);
		expect_sent(.wnd = left >> SCALE);
	}
	for (int i = 0; i < 10; i++) {
		peer_sends(.len = MSS);
		uint32_t wnd = spec_expect_sent(SEGMENT(.len = 0))->wnd << SCALE;
		expect(wnd <= SHARE && wnd > SHARE - 2 * MSS);
	}
	pool_gives(UINT_MAX);
	peer_sends(.len = MSS);
	expect_sent(.wnd = BUF >> SCALE);
}

/* RFC 9293 3.8.6 SHLD-14: a window that was offered is not taken back, however little is left */
Test(scarcity, offered_window_is_not_taken_back)
{
	config.tcp.rcv_buf = 60000;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.len = MSS);
	expect_sent(.wnd = 60000);
	uint32_t edge = talk->peer_nxt + 60000;
	pool_leaves("rx", 20);
	talk->reads = false;
	for (int i = 0; i < 5; i++) {
		peer_sends(.len = 100); /* goes into the buffer of the first */
		expect_sent(.ack = talk->peer_nxt, .wnd = edge - talk->peer_nxt);
	}
	pool_gives(UINT_MAX);
}

/* Whoever reads all at once always finds two segments of room */
Test(scarcity, reader_is_never_locked_out)
{
	config.tcp.rcv_buf = 2 * MSS;
	in_state(TCPS_ESTABLISHED);
	pool_leaves("rx", 0);
	for (int i = 0; i < 10; i++) {
		peer_sends(.len = MSS);
		expect_sent(.ack = talk->peer_nxt, .wnd = 2 * MSS);
	}
	pool_gives(UINT_MAX);
}

/* One byte may hold two kilobytes: payloads of middle size share a buffer when these run short */
Test(scarcity, payloads_are_copied_together)
{
	talk->reads = false;
	in_state(TCPS_ESTABLISHED);
	for (int i = 0; i < 6; i++)
		peer_sends(.len = 600);
	expect(usage().mbufs_stack == 6);
	pool_leaves("rx", BUFFERS / 2 - 1);
	for (int i = 0; i < 12; i++)
		peer_sends(.len = 600);
	expect(usage().mbufs_stack <= 6 + 12 / 3);
	forget_sent();
	app_consumes(18 * 600);
	forget_sent();
	expect(usage().mbufs_stack == 0);
	pool_gives(UINT_MAX);
}

/* RFC 2018 8: what was only SACKed may be given up, of all connections, and is when buffers run short */
Test(scarcity, out_of_order_data_is_given_up)
{
	struct talk *first = talk;

	talk->sack = true;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.seq = 1 + MSS, .len = MSS);
	expect_sent(.ack = 1, .nb_sack = 1);
	new_talk(PEER_PORT + 1);
	talk->sack = true;
	in_state(TCPS_ESTABLISHED);
	pool_leaves("rx", BUFFERS / 4 - 1);
	/* any burst makes leat look */
	peer_sends(.seq = 1 + MSS, .len = MSS);
	expect_sent(.ack = 1, .nb_sack = 0);
	expect(usage().mbufs_stack == 0);
	expect(counter("tcp_ooo_given_up") == 1 && counter("drop_tcp_ooo_limit") == 1);
	/* what fills the hole is acknowledged by itself; the rest is sent again */
	talk = first;
	peer_sends(.seq = 1, .len = MSS);
	expect_sent(.ack = 1 + MSS, .nb_sack = 0);
	peer_sends(.seq = 1 + MSS, .len = MSS);
	expect_sent(.ack = 1 + 2 * MSS);
	expect_app_data(2 * MSS);
	pool_gives(UINT_MAX);
}

/* The reserve is for those who read: whoever holds unread data gets no more until it is read */
Test(scarcity, reserve_is_for_those_who_have_read_all)
{
	struct talk *slow = talk;

	talk->reads = false;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.len = MSS);
	expect_sent(.ack = 1 + MSS);
	pool_leaves("rx", BUFFERS / 8);
	uint32_t at = talk->peer_nxt;
	peer_sends(.seq = at, .len = MSS);
	expect_nothing(); /* as if it were lost */
	expect(counter("drop_tcp_rcv_scarce") == 1);
	new_talk(PEER_PORT + 1);
	in_state(TCPS_ESTABLISHED);
	for (int i = 0; i < 10; i++) {
		peer_sends(.len = MSS);
		expect_sent(.ack = talk->peer_nxt);
	}
	expect_app_data(10 * MSS);
	talk = slow;
	app_consumes(MSS);
	forget_sent();
	peer_sends(.seq = at, .len = MSS);
	expect_sent(.ack = at + MSS);
	expect_app_data(2 * MSS);
	pool_gives(UINT_MAX);
}

/* RFC 9293 3.10.7.4, eighth: a FIN needs no buffer */
Test(scarcity, fin_is_taken_without_a_buffer)
{
	talk->reads = false;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.len = MSS);
	expect_sent(.ack = 1 + MSS);
	pool_leaves("rx", 0);
	peer_sends(.flags = FIN | ACK);
	expect_sent(.ack = 2 + MSS);
	expect_state(TCPS_CLOSE_WAIT);
	pool_gives(UINT_MAX);
}

/* Enough is free again, and leat is as generous as before */
Test(scarcity, passes)
{
	config.tcp.rcv_buf = 60000;
	talk->reads = false;
	in_state(TCPS_ESTABLISHED);
	pool_leaves("rx", BUFFERS / 8 + 4);
	peer_sends(.len = MSS);
	expect_sent(.ack = 1 + MSS);
	app_consumes(MSS);
	pool_gives(UINT_MAX);
	for (int i = 1; i < 10; i++) {
		peer_sends(.len = MSS);
		expect_sent(.wnd = 60000 - i * MSS);
	}
}
