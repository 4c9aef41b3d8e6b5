/* SPDX-License-Identifier: BSD-3-Clause */
/* Delayed acknowledgments (RFC 9293 3.8.6.3, RFC 5681 4.2). leat delays none at a connection's start. */
#include "spec.h"

SUITE(delayed_ack);

/* Past the start of the connection, where each turn is acknowledged at once. */
static void
in_mid_connection(void)
{
	in_state(TCPS_ESTABLISHED);
	for (int i = 0; i < 20; i++) {
		peer_sends(.len = 1460);
		after(1 * MS); /* so that none waits in vain for what could take its ACK along */
	}
	forget_sent();
	talk->nb_events = 0;
}

/* A quick start: the peer is in slow start and needs each ACK */
Test(delayed_ack, start_of_a_connection_is_acknowledged_at_once)
{
	in_state(TCPS_ESTABLISHED);
	for (uint32_t i = 1; i <= 16; i++) {
		peer_sends(.len = 1460);
		expect_sent(.flags = ACK, .ack = 1 + 1460 * i);
	}
}

/* RFC 9293 3.8.6.3 SHLD-18, MUST-40: less than 0.5 seconds; tcp.delayed_ack is 40 ms */
Test(delayed_ack, single_segment_is_acknowledged_within_40_ms)
{
	in_mid_connection();
	uint64_t came = now();
	peer_sends(.len = 1460);
	expect_nothing();
	after(41 * MS);
	expect_sent(.flags = ACK, .ack = talk->peer_nxt, .len = 0);
	expect(sent_at() - came <= 41 * MS);
	expect_nothing();
	after(10 * SEC);
	expect_nothing();
}

/* RFC 9293 3.8.6.3 SHLD-19: at least every second full-sized segment */
Test(delayed_ack, second_segment_is_acknowledged_at_once)
{
	in_mid_connection();
	peer_sends(.len = 1460);
	expect_nothing();
	peer_sends(.len = 1460);
	expect_sent(.flags = ACK, .ack = talk->peer_nxt, .len = 0);
	peer_sends(.len = 1460);
	expect_nothing();
	peer_sends(.len = 1460);
	expect_sent(.flags = ACK, .ack = talk->peer_nxt, .len = 0);
	after(1 * SEC);
	expect_nothing();
}

/* RFC 9293 3.8.6.3: a delay is there for what may take the ACK along; where nothing came, the next sixteen wait for nothing */
Test(delayed_ack, who_has_waited_in_vain_waits_no_more_for_a_while)
{
	in_mid_connection();
	peer_sends(.len = 100);
	after(41 * MS);
	expect_sent(.flags = ACK, .ack = talk->peer_nxt, .len = 0);
	for (int i = 0; i < 16; i++) {
		peer_sends(.len = 100);
		expect_sent(.flags = ACK, .ack = talk->peer_nxt, .len = 0);
		expect_nothing();
	}
	peer_sends(.len = 100);
	expect_nothing();
	app_sends(10); /* now there is something: it goes on waiting for it */
	expect_sent(.flags = PSH | ACK, .ack = talk->peer_nxt, .len = 10);
	peer_sends(.len = 100);
	expect_nothing();
}

/* RFC 9293 3.8.6.3: data of ours carries the ACK */
Test(delayed_ack, answer_carries_the_ack)
{
	in_mid_connection();
	peer_sends(.len = 100);
	expect_nothing();
	app_sends(10);
	expect_sent(.flags = PSH | ACK, .ack = talk->peer_nxt, .len = 10);
	peer_sends(.flags = ACK);
	after(1 * SEC);
	expect_nothing();
}

/* RFC 5681 4.2: out of order: at once */
Test(delayed_ack, segment_beyond_a_hole_is_acknowledged_at_once)
{
	in_mid_connection();
	uint32_t nxt = talk->peer_nxt;
	peer_sends(.seq = nxt + 1460, .len = 1460);
	expect_sent(.flags = ACK, .ack = nxt);
	/* and so is what fills the hole */
	peer_sends(.seq = nxt, .len = 1460);
	expect_sent(.flags = ACK, .ack = nxt + 2920);
	expect_nothing();
}

/* RFC 5681 4.2: in order, but another hole is still there: at once */
Test(delayed_ack, segment_that_fills_a_part_of_a_hole_is_acknowledged_at_once)
{
	in_mid_connection();
	uint32_t nxt = talk->peer_nxt;
	peer_sends(.seq = nxt + 2920, .len = 1460);
	expect_sent(.flags = ACK, .ack = nxt);
	peer_sends(.seq = nxt, .len = 1460);
	expect_sent(.flags = ACK, .ack = nxt + 1460);
}

/* RFC 9293 3.10.7.4, first: a duplicate is answered at once */
Test(delayed_ack, duplicate_is_acknowledged_at_once)
{
	in_mid_connection();
	uint32_t nxt = talk->peer_nxt;
	peer_sends(.seq = nxt - 1460, .len = 1460);
	expect_sent(.flags = ACK, .ack = nxt);
}

/* RFC 9293 3.10.7.4, eighth: a FIN is acknowledged at once */
Test(delayed_ack, fin_is_acknowledged_at_once)
{
	in_mid_connection();
	peer_sends(.flags = FIN | PSH | ACK, .len = 10);
	expect_sent(.flags = ACK, .ack = talk->peer_nxt);
	expect_nothing();
}

/* Configuration: tcp.delayed_ack = 0 acknowledges each turn */
Test(delayed_ack, can_be_turned_off)
{
	config.tcp.delayed_ack = 0;
	in_mid_connection();
	for (int i = 0; i < 5; i++) {
		peer_sends(.len = 100);
		expect_sent(.flags = ACK, .ack = talk->peer_nxt);
	}
}

/* Configuration: tcp.delayed_ack */
Test(delayed_ack, delay_is_configurable)
{
	config.tcp.delayed_ack = 200 * MS;
	in_mid_connection();
	peer_sends(.len = 100);
	after(199 * MS);
	expect_nothing();
	after(2 * MS);
	expect_sent(.flags = ACK, .ack = talk->peer_nxt);
}
