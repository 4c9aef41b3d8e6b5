/* SPDX-License-Identifier: BSD-3-Clause */
/* The receive buffer follows what the application takes in a round trip. */
#include "spec.h"

SUITE(grow);

enum { MSS = 1448, RTT_MS = 10 };

static void
begin(void)
{
	config.tcp.rcv_buf = 32768;
	config.tcp.rcv_buf_max = 262144;
	config.tcp.delayed_ack = 0;
	talk->ts = true;
	talk->wscale = 0;
	in_state(TCPS_ESTABLISHED);
}

static uint32_t
buffer(void)
{
	uint32_t size;

	expect(leat_tcp_get(talk->conn, LEAT_TCP_RCVBUF, &size) == 0);
	return size;
}

/* Each round trip so many segments, which echo what leat sent at its beginning. */
static void
rounds(int n, int segments)
{
	while (n-- > 0) {
		uint32_t echo = talk->ts_recent;
		after(RTT_MS * MS);
		for (int i = 0; i < segments; i++)
			peer_sends(.len = MSS, .tsecr = echo);
		forget_sent();
	}
}

/* More than half of the buffer in a round trip: it becomes twice that */
Test(grow, buffer_grows_with_what_is_taken)
{
	begin();
	rounds(5, 20);
	expect(buffer() > 2 * 20 * MSS && buffer() <= 4 * 20 * MSS);
	expect(tcp_info()->rcv_wnd > 32768);
	expect(counter("tcp_rcv_buf_grown") >= 1);
}

/* Up to the limit, and no further */
Test(grow, buffer_grows_up_to_the_limit)
{
	begin();
	for (int segments = 20; segments < 180; segments += segments / 2)
		rounds(3, segments);
	expect(buffer() == 262144);
	rounds(3, 170);
	expect(buffer() == 262144);
}

/* Whoever sends little in a round trip does not wait for the window */
Test(grow, buffer_stays_when_little_is_taken)
{
	begin();
	rounds(20, 10);
	expect(buffer() == 32768);
}

/* Whoever does not read has no use for a larger buffer */
Test(grow, buffer_stays_when_nothing_is_taken)
{
	talk->reads = false;
	begin();
	rounds(3, 20);
	expect(buffer() == 32768);
}

/* SO_RCVBUF: the application knows better */
Test(grow, fixed_buffer_stays)
{
	begin();
	rounds(1, 20);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_RCVBUF, 40000) == 0);
	rounds(5, 20);
	expect(buffer() == 40000);
}

/* Not while receive buffers run short */
Test(grow, buffer_stays_while_buffers_are_scarce)
{
	begin();
	pool_leaves("rx", 500);
	rounds(5, 20);
	expect(buffer() == 32768);
	pool_gives(UINT32_MAX);
	rounds(5, 20);
	expect(buffer() > 32768);
}

/* RFC 7323 2.3: the scale is one that the largest window needs */
Test(grow, scale_is_that_of_the_largest_window)
{
	config.tcp.rcv_buf = 32768;
	config.tcp.rcv_buf_max = 1 << 20;
	talk->wscale = 0;
	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .wnd = 32768, .wscale = 5);
}
