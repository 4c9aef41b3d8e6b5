/* SPDX-License-Identifier: BSD-3-Clause */
/* Where two rules meet: numbers half-way round, the edge of the window, what nobody is left to end. */
#include <string.h>
#include "tcp/tcp.h"
#include "spec.h"

SUITE(corners);

static const struct leat_tcp_events none;

/* As if 2^31 bytes had gone each way before: half of the sequence space lies between now and the ISNs. */
static void
age(void)
{
	struct tcb *t = tcb_of(talk->conn);

	t->iss -= 1u << 31;
	t->irs -= 1u << 31;
}

/* RFC 9293 3.4: comparisons are modulo 2^32; the ISN is no point to compare with for ever */
Test(corners, acknowledged_bytes_are_told_beyond_two_gigabytes)
{
	in_state(TCPS_ESTABLISHED);
	age();
	app_sends(1000);
	expect_sent(.len = 1000);
	peer_sends(.flags = ACK);
	expect_app_sent(1000);
	peer_sends(.len = 100);
	expect_sent(.flags = ACK);
	expect_app_data(100);
	expect(tcp_info()->bytes_out == (1u << 31) + 1000);
	expect(tcp_info()->bytes_in == (1u << 31) + 100);
}

/* RFC 9293 3.10.7.4, fifth: neither SYN nor FIN are bytes of the application */
Test(corners, fin_beyond_two_gigabytes_is_no_byte)
{
	in_state(TCPS_ESTABLISHED);
	age();
	app_sends(1000);
	app_shuts_down();
	expect_sent(.len = 1000);
	expect_sent(.flags = FIN | ACK, .len = 0);
	peer_sends(.flags = ACK);
	expect_app_sent(1000);
	expect_state(TCPS_FIN_WAIT_2);
}

/* RFC 9293 3.8.6: FIN takes the number behind a window that is full; the window stays closed */
Test(corners, fin_at_the_edge_of_the_window_leaves_it_closed)
{
	config.tcp.rcv_buf = 4096;
	talk->reads = false;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.len = 1000);
	peer_sends(.len = 1000);
	peer_sends(.len = 1000);
	peer_sends(.flags = FIN | ACK, .len = 1096);
	expect_sent(.ack = 1001);
	expect_sent(.ack = 2001);
	expect_sent(.ack = 3001);
	expect_sent(.ack = 4098, .wnd = 0);
	expect(tcp_info()->rcv_wnd == 0);
	app_consumes(4096);
	expect_app_data(4096);
	expect_app_peer_closed();
}

/* RFC 9293 3.10.7.4, eighth: a FIN that later bytes contradict is none */
Test(corners, fin_in_the_middle_of_data_is_not_believed)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = FIN | ACK, .seq = 101);
	expect_sent(.flags = ACK, .ack = 1);
	peer_sends(.seq = 1, .len = 200);
	expect_sent(.flags = ACK, .ack = 201);
	expect_app_data(200);
	expect_no_app_event();
	expect_state(TCPS_ESTABLISHED);
}

/* RFC 5681 3.1: after a lost SYN the initial window is one segment; slow start has no bound yet */
Test(corners, lost_syn_begins_with_one_segment)
{
	talk->active = true;
	in_state(TCPS_SYN_SENT);
	after(1100 * MS);
	expect_sent(.flags = SYN);
	peer_sends(.flags = SYN | ACK);
	expect_sent(.flags = ACK);
	expect(tcp_info()->cwnd == tcp_info()->mss);
	expect(tcp_info()->ssthresh == UINT32_MAX);
}

/* RFC 5681 3.1: the same after a lost SYN-ACK */
Test(corners, lost_syn_ack_begins_with_one_segment)
{
	in_state(TCPS_SYN_RECEIVED);
	after(1100 * MS);
	expect_sent(.flags = SYN | ACK);
	peer_sends(.flags = ACK);
	expect_app_opened();
	expect(tcp_info()->cwnd == tcp_info()->mss);
	expect(tcp_info()->ssthresh == UINT32_MAX);
}

/* RFC 5961 5: a number from long ago does not carry an ACK in */
Test(corners, segment_older_than_a_window_acknowledges_nothing)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.len = 100);
	peer_sends(.flags = ACK, .seq = 1 - (1 << 29), .ack = 101);
	expect_sent(.flags = ACK, .ack = 1);
	expect(tcp_info()->in_flight == 100);
}

/* RFC 6429 3: a connection that its application has left does not probe a closed window for ever */
Test(corners, orphan_before_a_closed_window_ends)
{
	config.tcp.rto_max = 10 * SEC;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = ACK, .wnd = 0);
	app_sends(100);
	app_closes();
	for (int minute = 0; minute < 10 && talk->conn != NULL; minute++)
		for (int i = 0; i < 60; i++) {
			after(1 * SEC);
			if (forget_sent() > 0 && talk->conn != NULL)
				peer_sends(.flags = ACK, .ack = 1, .seq = 1, .wnd = 0);
		}
	expect_app_closed(ETIMEDOUT);
	expect_closed();
	forget_sent();
}

/* RFC 9293 3.8.6.1: whoever still has an application probes as long as the peer answers */
Test(corners, owner_before_a_closed_window_waits)
{
	config.tcp.rto_max = 10 * SEC;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = ACK, .wnd = 0);
	app_sends(100);
	for (int i = 0; i < 600; i++) {
		after(1 * SEC);
		if (forget_sent() > 0)
			peer_sends(.flags = ACK, .ack = 1, .seq = 1, .wnd = 0);
	}
	expect_state(TCPS_ESTABLISHED);
	peer_sends(.flags = ACK, .ack = 1, .seq = 1, .wnd = 1000);
	expect_sent(.seq = 1, .len = 100);
}

/* RFC 6191, RFC 1337: what cannot become a connection does not end TIME-WAIT */
Test(corners, syn_with_fin_does_not_end_time_wait)
{
	in_state(TCPS_TIME_WAIT);
	peer_sends(.flags = SYN | FIN, .seq = 5000);
	forget_sent();
	expect_state(TCPS_TIME_WAIT);
}

Test(corners, syn_for_nobody_does_not_end_time_wait)
{
	talk->active = true;
	in_state(TCPS_TIME_WAIT);
	peer_sends(.flags = SYN, .seq = 5000);
	expect_sent(.flags = ACK, .seq = 2, .ack = 2);
	expect_state(TCPS_TIME_WAIT);
}

/* RFC 5961 7: pure ACKs are not answered without limit, or two ends that disagree never fall silent */
Test(corners, time_wait_answers_pure_acks_with_a_limit)
{
	in_state(TCPS_TIME_WAIT);
	for (int i = 0; i < 100; i++)
		peer_sends(.flags = ACK, .seq = 1 + 0x10000000);
	expect(forget_sent() <= TCP_CHALLENGES_PER_SEC);
	after(1 * SEC);
	peer_sends(.flags = ACK, .seq = 1 + 0x10000000);
	expect_sent(.flags = ACK, .seq = 2, .ack = 2);
	for (int i = 0; i < 30; i++) {
		peer_sends(.flags = ACK | PSH, .seq = 1, .len = 10);
		expect_sent(.flags = ACK, .seq = 2, .ack = 2);
	}
}

Test(corners, half_open_answers_pure_acks_with_a_limit)
{
	in_state(TCPS_SYN_RECEIVED);
	for (int i = 0; i < 100; i++)
		peer_sends(.flags = ACK, .seq = 1 + 0x10000000);
	expect(forget_sent() <= TCP_CHALLENGES_PER_SEC);
	peer_sends(.flags = ACK, .seq = 1);
	expect_app_opened();
}

/* A listener for one address comes after one for any: what is half-open is counted where it belongs. */
Test(corners, listeners_of_one_port_count_their_own)
{
	struct leat_endpoint any = {.port = LEAT_PORT};
	struct leat_endpoint one = {.addr = leat_ipv4(198, 18, 0, LEAT), .port = LEAT_PORT};
	struct leat_listener *of_any, *of_one;
	struct leat_usage u = {.size = sizeof(u)};

	config.tcp.backlog = 1;
	in_state(TCPS_CLOSED);
	expect(leat_tcp_listen(stack, &any, &none, NULL, &of_any) == 0);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK);
	expect(leat_tcp_listen(stack, &one, &none, NULL, &of_one) == 0);
	peer_sends(.flags = ACK);
	for (uint16_t i = 1; i < 5; i++) {
		new_talk((uint16_t)(PEER_PORT + i));
		peer_sends(.flags = SYN);
		expect_sent(.flags = SYN | ACK);
		peer_sends(.flags = ACK);
	}
	new_talk(PEER_PORT + 9);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK);
	leat_tcp_unlisten(of_one);
	leat_tcp_unlisten(of_any);
	leat_usage(stack, &u);
	expect(u.half_open == 0);
	expect_nothing();
	leat_destroy(stack);
	stack = NULL;
}

/* RFC 6056 3.3.4: a port is missed only when there is none */
Test(corners, every_port_is_found)
{
	struct leat_endpoint remote = {.addr = leat_ipv4(198, 18, 0, PEER), .port = 7000};
	static struct leat_conn *conns[65536 - 1024];
	struct leat_conn *c;

	config.max_connections = 70000;
	in_state(TCPS_CLOSED);
	for (int i = 0; i < 3000; i++) {
		expect(leat_tcp_connect(leat_core(stack, 0), NULL, &remote, &none, NULL, &c) == 0);
		leat_tcp_abort(c);
	}
	for (size_t i = 0; i < RTE_DIM(conns); i++) {
		int rc = leat_tcp_connect(leat_core(stack, 0), NULL, &remote, &none, NULL, &conns[i]);
		if (rc != 0)
			spec_fail("connect %zu of 64512: %s", i + 1, strerror(-rc));
	}
	expect(leat_tcp_connect(leat_core(stack, 0), NULL, &remote, &none, NULL, &c) == -EADDRNOTAVAIL);
	expect(counter("tcp_ports_exhausted") == 1);
	/* one at a time comes free, anywhere */
	for (int i = 0; i < 40; i++) {
		leat_tcp_abort(conns[i * 1600]);
		expect(leat_tcp_connect(leat_core(stack, 0), NULL, &remote, &none, NULL, &c) == 0);
	}
	leat_destroy(stack);
	stack = NULL;
}

struct seen {
	bool ports[65536];
	unsigned n, again;
};

static bool
note_port(const struct leat_tcp_info *i, void *arg)
{
	struct seen *seen = arg;
	bool *port = &seen->ports[i->local.port];

	if (i->state == TCPS_SYN_SENT) {
		seen->n += !*port;
		seen->again += *port;
		*port = true;
	}
	return true;
}

/* The table of connections begins to grow in the middle of a walk: those that were there are all met. */
Test(corners, a_walk_misses_nobody_when_the_table_grows)
{
	struct leat_endpoint remote = {.addr = leat_ipv4(198, 18, 0, PEER), .port = 7000};
	enum { FIRST = 2560, STEP = 100 };
	static struct seen seen;
	struct tcp_walk walk = {0};
	struct leat_conn *c;

	config.max_connections = 5000;
	in_state(TCPS_CLOSED);
	struct core *core = (struct core *)leat_core(stack, 0);
	for (unsigned i = 0; i < FIRST; i++)
		expect(leat_tcp_connect(leat_core(stack, 0), NULL, &remote, &none, NULL, &c) == 0);
	expect(core->tcp->demux.old.buckets == NULL);
	expect(tcp_walk_step(core, &walk, STEP, note_port, &seen));
	for (unsigned i = 0; i < 10; i++)
		expect(leat_tcp_connect(leat_core(stack, 0), NULL, &remote, &none, NULL, &c) == 0);
	expect(core->tcp->demux.old.buckets != NULL);
	while (tcp_walk_step(core, &walk, STEP, note_port, &seen))
		continue;
	expect(seen.n == FIRST + 10);
	expect(seen.again < 200);
	leat_destroy(stack);
	stack = NULL;
}

/* An mbuf without bytes is not taken, and says so: 0 would mean the same for the caller and for leat. */
Test(corners, empty_mbuf_still_belongs_to_the_caller)
{
	in_state(TCPS_ESTABLISHED);
	struct rte_mbuf *m = rte_pktmbuf_alloc(tcb_core(tcb_of(talk->conn))->data_pool);
	expect(leat_tcp_send_mbuf(talk->conn, m) == -EINVAL);
	expect(rte_mbuf_refcnt_read(m) == 1);
	rte_pktmbuf_free(m);
}

/* A chain with empty and short and long pieces is one stream */
Test(corners, chain_of_all_sizes_is_one_stream)
{
	static const uint16_t sizes[] = {0, 1, 0, 300, 2, 2000, 0, 256, 257, 0};
	struct rte_mbuf *chain = NULL;

	in_state(TCPS_ESTABLISHED);
	for (unsigned i = 0; i < RTE_DIM(sizes); i++) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(tcb_core(tcb_of(talk->conn))->data_pool);
		uint8_t *p = (uint8_t *)rte_pktmbuf_append(m, sizes[i]);
		for (uint16_t k = 0; k < sizes[i]; k++)
			p[k] = spec_byte(talk->written++);
		if (chain == NULL)
			chain = m;
		else
			rte_pktmbuf_chain(chain, m);
	}
	expect(leat_tcp_send_mbuf(talk->conn, chain) == 2816);
	spec_turn();
	expect_sent_run(1, 1, 1460);
	expect_nothing();
	peer_sends(.flags = ACK);
	expect_sent(.seq = 1461, .len = 1356);
	/* an ACK in the middle of a piece, and what is left again */
	peer_sends(.flags = ACK, .ack = 2000);
	after(5 * SEC);
	expect_sent(.seq = 2000, .len = 817);
	peer_sends(.flags = ACK, .ack = 2817);
	forget_sent();
	expect_app_sent(2816);
}
