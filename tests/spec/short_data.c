/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is queued to send and short stands in no buffer (RFC 9293 3.7: the send queue), and goes and goes again as
 * any other.
 */
#include <limits.h>
#include <rte_mempool.h>
#include "tcp/tcp.h"
#include "spec.h"

SUITE(short_data);

static struct tcp_layer *
layer(void)
{
	return ((struct core *)leat_core(stack, 0))->tcp;
}

static unsigned
buffers_free(void)
{
	return rte_mempool_avail_count(rte_mempool_lookup("spec-0-data"));
}

/* RFC 9293 3.8.1: it is kept until it is acknowledged, without a buffer, and sent again */
Test(short_data, is_sent_and_sent_again_without_a_buffer)
{
	in_state(TCPS_ESTABLISHED);
	unsigned before = buffers_free();
	app_sends(SHORT_ROOM);
	expect_sent(.seq = 1, .len = SHORT_ROOM);
	expect(layer()->shorts.used == 1 && buffers_free() == before);
	after(rto());
	expect_sent(.seq = 1, .len = SHORT_ROOM);
	peer_sends(.ack = 1 + SHORT_ROOM);
	expect(layer()->shorts.used == 0);
}

/* RFC 9293 3.8.1: one byte more stands in a buffer */
Test(short_data, what_is_longer_takes_a_buffer)
{
	in_state(TCPS_ESTABLISHED);
	unsigned before = buffers_free();
	app_sends(SHORT_ROOM + 1);
	expect_sent(.seq = 1, .len = SHORT_ROOM + 1);
	expect(layer()->shorts.used == 0 && buffers_free() == before - 1);
	peer_sends(.ack = 2 + SHORT_ROOM);
	expect(buffers_free() == before);
}

/* RFC 9293 3.7.4: what is written behind it fills it up, then buffers; segments are cut as if it were one */
Test(short_data, longer_data_behind_it_shares_a_segment)
{
	talk->wnd = 0;
	in_state(TCPS_ESTABLISHED);
	app_sends(101);
	app_sends(3000);
	expect(layer()->shorts.used == 1);
	peer_sends(.wnd = 65535);
	expect_sent(.seq = 1, .len = 1460);
	expect_sent(.seq = 1461, .len = 1460);
	expect_nothing();
	after(rto());
	expect_sent(.seq = 1, .len = 1460);
	peer_sends(.ack = 1461, .wnd = 65535);
	expect(layer()->shorts.used == 0);
	expect_sent(.seq = 1461, .len = 1460);
	expect_sent(.seq = 2921, .len = 181);
	peer_sends(.ack = 3102, .wnd = 65535);
}

/* RFC 9293 3.8.6.2.1: a segment may begin and end in the middle of it */
Test(short_data, is_cut_by_the_window)
{
	talk->wnd = 90;
	in_state(TCPS_ESTABLISHED);
	app_sends(200);
	expect_sent(.seq = 1, .len = 90);
	peer_sends(.ack = 91, .wnd = 90);
	expect_sent(.seq = 91, .len = 90);
	peer_sends(.ack = 181, .wnd = 90);
	expect_sent(.seq = 181, .len = 20);
	expect(layer()->shorts.used == 1);
	peer_sends(.ack = 201, .wnd = 90);
	expect(layer()->shorts.used == 0);
}

/* RFC 9293 3.8.1: where there is no place for it a buffer serves */
Test(short_data, takes_a_buffer_where_there_is_no_other_place)
{
	in_state(TCPS_ESTABLISHED);
	unsigned before = buffers_free();
	layer()->shorts.max = 0;
	app_sends(10);
	expect_sent(.seq = 1, .len = 10);
	expect(buffers_free() == before - 1);
	peer_sends(.ack = 11);
}

/* RFC 9293 3.8.1: without buffers longer data goes on, as far as a short one holds, and its ACK brings the next */
Test(short_data, longer_data_goes_on_without_buffers)
{
	in_state(TCPS_ESTABLISHED);
	pool_leaves("data", 0);
	for (uint32_t seq = 1; seq < 1 + 3 * SHORT_ROOM; seq += SHORT_ROOM) {
		expect(app_offers(1000) == SHORT_ROOM);
		spec_turn();
		expect_sent(.seq = seq, .len = SHORT_ROOM);
		peer_sends(.ack = seq + SHORT_ROOM);
	}
	expect(counter("tcp_starved") == 0);
	pool_gives(UINT_MAX);
}

/* RFC 9293 3.9.1.2: who was refused both is told when there is a place again, though no buffer */
Test(short_data, who_was_refused_is_told_of_a_place)
{
	in_state(TCPS_ESTABLISHED);
	pool_leaves("data", 0);
	layer()->shorts.max = 0;
	expect(app_offers(10) == 0);
	expect(counter("tcp_starved") == 1 && layer()->starved_head != 0);
	after(5 * MS);
	expect(layer()->starved_head != 0);
	layer()->shorts.max = 1;
	after(2 * MS);
	expect(layer()->starved_head == 0);
	pool_gives(UINT_MAX);
}

/* RFC 9293 3.10.5: an abort gives it back */
Test(short_data, goes_with_its_connection)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(10);
	expect_sent(.seq = 1, .len = 10);
	expect(layer()->shorts.used == 1);
	app_aborts();
	expect_rst();
	spec_turn();
	expect(layer()->shorts.used == 0);
}
