/* SPDX-License-Identifier: BSD-3-Clause */
/* Received data in the application's hands: lent in pieces, read across them, taken (leat/tcp.h). */
#include <rte_mbuf.h>
#include "spec.h"

SUITE(rx);

/* Three segments of 1000 bytes wait; short ones would share a buffer. */
static struct leat_rx *
three_wait(void)
{
	talk->reads = false;
	in_state(TCPS_ESTABLISHED);
	for (int i = 0; i < 3; i++)
		peer_queues(.len = 1000);
	spec_turn();
	forget_sent();
	expect_app_data(3000);
	return leat_tcp_rx(talk->conn);
}

static void
expect_bytes(const void *p, size_t len, uint32_t from)
{
	for (uint32_t i = 0; i < len; i++)
		expect(((const uint8_t *)p)[i] == spec_byte(from + i));
}

/* leat_rx_iov(): nothing is copied or consumed, and no more pieces are told than there is room for */
Test(rx, pieces_are_lent_in_order)
{
	struct leat_rx *rx = three_wait();
	struct iovec iov[8];

	for (int max = 0; max <= 8; max++) {
		int n = leat_rx_iov(rx, iov, max);
		expect(n == (max < 3 ? max : 3));
		for (int i = 0; i < n; i++) {
			expect(iov[i].iov_len == 1000);
			expect_bytes(iov[i].iov_base, 1000, 1000 * (uint32_t)i);
		}
	}
	expect(leat_rx_size(rx) == 3000);
}

/* leat_tcp_consume(): in the middle of a piece; what is left begins there */
Test(rx, consumed_bytes_are_gone)
{
	struct leat_rx *rx = three_wait();
	struct iovec iov[8];

	leat_tcp_consume(talk->conn, 0);
	expect(leat_rx_size(rx) == 3000);
	leat_tcp_consume(talk->conn, 1300);
	expect(leat_rx_size(rx) == 1700);
	expect(leat_rx_iov(rx, iov, 8) == 2);
	expect(iov[0].iov_len == 700 && iov[1].iov_len == 1000);
	expect_bytes(iov[0].iov_base, 700, 1300);
	expect_bytes(iov[1].iov_base, 1000, 2000);
	leat_tcp_consume(talk->conn, 1700);
	expect(leat_rx_size(rx) == 0 && leat_rx_iov(rx, iov, 8) == 0);
}

/* leat_rx_read(): across the pieces, as much as there is */
Test(rx, reads_go_across_pieces)
{
	struct leat_rx *rx = three_wait();
	uint8_t buf[4000];

	expect(leat_rx_read(rx, buf, 0) == 0);
	expect(leat_rx_read(rx, buf, 1500) == 1500);
	expect_bytes(buf, 1500, 0);
	expect(leat_rx_read(rx, buf, sizeof(buf)) == 1500);
	expect_bytes(buf, 1500, 1500);
	expect(leat_rx_read(rx, buf, sizeof(buf)) == 0);
}

/* leat_rx_take(): a piece belongs to who took it, counts as consumed, and outlives the connection */
Test(rx, taken_pieces_belong_to_the_application)
{
	config.tcp.rcv_buf = 4096;
	struct leat_rx *rx = three_wait();
	uint32_t wnd = tcp_info()->rcv_wnd;

	leat_tcp_consume(talk->conn, 100);
	struct rte_mbuf *first = leat_rx_take(rx), *second = leat_rx_take(rx);
	expect(first->pkt_len == 900 && second->pkt_len == 1000);
	expect(rte_mbuf_refcnt_read(first) == 1);
	expect(leat_rx_size(rx) == 1000);
	spec_turn();
	expect_sent(.flags = ACK, .ack = 3001);
	expect(tcp_info()->rcv_wnd > wnd);
	leat_tcp_consume(talk->conn, 1000);
	expect(leat_rx_take(rx) == NULL);
	peer_sends(.flags = RST);
	expect_app_closed(ECONNRESET);
	expect_bytes(rte_pktmbuf_mtod(first, void *), 900, 100);
	expect_bytes(rte_pktmbuf_mtod(second, void *), 1000, 1000);
	rte_pktmbuf_free(first);
	rte_pktmbuf_free(second);
	forget_sent();
}

/* leat_rx_ended(): the FIN follows what is left; on_peer_closed comes when that was taken */
Test(rx, end_follows_what_is_left)
{
	struct leat_rx *rx = three_wait();

	expect(!leat_rx_ended(rx));
	peer_sends(.flags = FIN | ACK);
	expect_sent(.flags = ACK, .ack = 3002);
	expect(leat_rx_ended(rx) && leat_rx_size(rx) == 3000);
	leat_tcp_consume(talk->conn, 2999);
	spec_turn();
	expect(talk->nb_events == 0 || talk->events[0].what == APP_DATA);
	talk->nb_events = 0;
	leat_tcp_consume(talk->conn, 1);
	spec_turn();
	expect_app_peer_closed();
}
