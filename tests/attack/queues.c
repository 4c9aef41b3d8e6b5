/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Attackers who make queues long and lists slow: SegmentSmack (CVE-2018-5390), SACK panic
 * (CVE-2019-11477), sockstress, overlaps that differ. Work is measured in steps, memory in buffers.
 */
#include "attack.h"

SUITE(queues);

/* CVE-2018-5390: crumbs out of order: the list has an end, and so has the way along it */
Test(queues, segmentsmack)
{
	enum { SEGMENTS = 20000, LONGEST = 512 };

	in_state(TCPS_ESTABLISHED);
	for (uint32_t i = 0; i < SEGMENTS; i++) {
		/* from behind to the front and all over, no two of them touching */
		uint32_t seq = 3 + 2 * (i * 7919 % 30000);
		uint64_t before = counter("tcp_ooo_steps");
		peer_sends(.seq = seq, .len = 1);
		expect(forget_sent() <= 1);
		expect(counter("tcp_ooo_steps") - before <= LONGEST);
	}
	expect(counter("drop_tcp_ooo_limit") > SEGMENTS / 2);
	expect(attack_usage().mbufs_stack <= LONGEST);
	still_serves();
	/* what fills the first hole is taken, and all that joins on */
	peer_sends(.seq = 1, .len = 1400);
	expect(tcp_info()->rcv_nxt - talk->peer_iss >= 1401);
	forget_sent();
	expect_app_data(ANY);
}

/* CVE-2018-5390, the other way: one byte in order at a time, which nobody reads */
Test(queues, crumbs_in_order)
{
	talk->reads = false;
	in_state(TCPS_ESTABLISHED);
	for (int i = 0; i < 20000; i++) {
		peer_sends(.len = 1);
		expect(forget_sent() <= 1);
	}
	expect(attack_usage().mbufs_stack <= 64);
	still_serves();
	expect_app_data(20000);
	app_consumes(20000);
	forget_sent();
}

/* CVE-2019-11477: a tiny MSS, a long queue, and SACK blocks that cut it into crumbs */
Test(queues, sack_panic)
{
	talk->mss = 48;
	talk->sack = talk->ts = true;
	talk->wscale = 10;
	talk->wnd = 0xffff;
	in_state(TCPS_ESTABLISHED);
	uint32_t mss = tcp_info()->mss;
	expect(mss >= 48);
	app_sends(60000);
	for (int round = 0; round < 200; round++) {
		unsigned sent = forget_sent();
		expect(sent <= 64);
		uint32_t una = tcp_info()->snd_una - talk->leat_iss, flight = tcp_info()->in_flight;
		/* every second segment, byte by byte, and what was never sent */
		peer_sends(.ack = una, .nb_sack = 2, .left = una + mss, .right = una + mss + 1,
			.left2 = una + 3 * mss, .right2 = una + flight + 100000);
		peer_sends(.ack = una, .nb_sack = 2, .left = una - 1000, .right = una + 1, .left2 = una + 2, .right2 = una + 1);
		if (round % 10 == 9)
			after(200 * MS);
	}
	forget_sent();
	still_serves();
	app_aborts();
	forget_sent();
	expect(attack_usage().mbufs_stack == 0);
}

/* sockstress: connections that open with a window of zero: their memory is theirs, and their orphans end */
Test(queues, sockstress)
{
	enum { N = 30 };

	config.tcp.snd_buf = 4096;
	config.tcp.retries = 5;
	for (uint16_t i = 0; i < N; i++) {
		new_talk((uint16_t)(PEER_PORT + i));
		talk->wnd = 0;
		in_state(TCPS_ESTABLISHED);
		expect(app_offers(100000) == 4096);
		app_closes();
		expect_nothing();
	}
	expect(attack_usage().connections == N && attack_usage().mbufs_stack <= N * 4);
	still_serves();
	/* the attacker answers every probe, and the window stays closed */
	for (int second = 0; second < 300 && attack_usage().connections > 0; second++) {
		after(1 * SEC);
		forget_sent();
		for (uint16_t i = 0; i < N; i++) {
			talk = spec_talk_find((uint16_t)(PEER_PORT + i), LEAT_PORT);
			if (talk->conn != NULL)
				peer_sends(.flags = ACK, .seq = 1, .ack = 1, .wnd = 0);
		}
	}
	forget_sent();
	expect(attack_usage().connections == 0 && attack_usage().mbufs_stack == 0);
	still_serves();
}

/* RFC 9293 3.10.7.4, seventh: tiny pieces that overlap and differ: the first copy counts, wherever they were cut */
Test(queues, overlapping_pieces_that_differ)
{
	in_state(TCPS_ESTABLISHED);
	/* the true bytes, with holes */
	for (uint32_t at = 11; at < 1000; at += 20)
		peer_sends(.seq = at, .len = 10);
	/* false ones over all of them, of every length: as if the stream began 77 bytes earlier */
	for (uint32_t at = 11; at < 1000; at += 20)
		for (uint32_t len = 1; len <= 10; len++) {
			struct packet p = packet_of(.seq = at, .len = len);
			for (uint32_t i = 0; i < len; i++)
				p.bytes[IP_LEN + TCP_LEN + i] ^= 0xff;
			attack_fix(&p);
			throws(&p);
			forget_sent();
		}
	/* the holes; the application of the test knows every byte of the true stream */
	peer_sends(.seq = 1, .len = 10);
	for (uint32_t at = 21; at < 1000; at += 20)
		peer_sends(.seq = at, .len = 10);
	expect_app_data(1000);
	forget_sent();
	still_serves();
}

/* RFC 9293 3.10.7.4, seventh: what fills the hole tells again, in other words, what came before its turn */
Test(queues, overlapping_piece_that_fills_the_hole_and_differs)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.seq = 101, .len = 100);
	expect_sent(.flags = ACK, .ack = 1);
	struct packet p = packet_of(.seq = 1, .len = 300);
	for (uint32_t i = 100; i < 200; i++)
		p.bytes[IP_LEN + TCP_LEN + i] ^= 0xff;
	attack_fix(&p);
	throws(&p);
	expect_app_data(300); /* of which the application knows every byte */
	expect_sent(.flags = ACK, .ack = 301);
	still_serves();
}

/* RFC 9293 3.6.1: FIN out of order, and more of them, after we have closed */
Test(queues, fin_out_of_order_after_close)
{
	in_state(TCPS_FIN_WAIT_2);
	for (uint32_t i = 1; i < 200; i++) {
		peer_sends(.flags = FIN | ACK, .seq = 1 + 10 * i);
		expect(forget_sent() <= 1);
	}
	expect_state(TCPS_FIN_WAIT_2);
	still_serves();
	/* the right one ends it */
	peer_sends(.flags = FIN | ACK, .seq = 1);
	expect_sent(.flags = ACK, .ack = 2);
	expect_app_peer_closed();
	expect_app_closed(0);
	expect_state(TCPS_TIME_WAIT);
	expect(attack_usage().mbufs_stack == 0);
	still_serves();
}

/* RFC 9293 3.10.7.4, eighth: FINs at many places contradict each other: data behind one is the peer's mistake */
Test(queues, fins_that_contradict_each_other)
{
	in_state(TCPS_ESTABLISHED);
	for (uint32_t i = 1; i < 50; i++) {
		peer_sends(.flags = FIN | ACK, .seq = 1 + 10 * i, .len = 5);
		expect(forget_sent() <= 1);
	}
	still_serves();
	peer_sends(.flags = ACK, .seq = 1, .len = 1400);
	forget_sent();
	expect(talk->nb_events >= 1 && talk->events[0].what == APP_DATA);
	talk->nb_events = 0;
	still_serves();
}

/* RFC 9293 3.8.6.1: keepalives, window probes and other questions are answered one for one */
Test(queues, questions_are_answered_one_for_one)
{
	in_state(TCPS_ESTABLISHED);
	for (int i = 0; i < 1000; i++) {
		peer_sends(.seq = 0, .len = i % 2);
		expect(forget_sent() <= 1);
	}
	expect_no_app_event();
	still_serves();
}
