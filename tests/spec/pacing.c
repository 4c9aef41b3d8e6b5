/* SPDX-License-Identifier: BSD-3-Clause */
/* Pacing on request (lib/tcp/pace.h): what a window allows leaves spread over the round trip. */
#include "spec.h"
#include "slabs.h"

SUITE(pacing);

enum { MSS = 1460, RTT_MS = 100, TICK = 100000 };

/* Open, with a round trip of 100 ms and a window of ten segments. */
static void
opens(void)
{
	config.tcp.tail_loss_probe = false;
	config.tcp.congestion = LEAT_TCP_NEWRENO;
	talk->sack = true;
	opens_in(RTT_MS * MS);
}

static void
paced(uint32_t rate)
{
	opens();
	expect(leat_tcp_set(talk->conn, LEAT_TCP_PACING, rate) == 0);
}

/* n segments from seq on leave, one each so many nanoseconds (a tick more or less), the first in a millisecond. */
static void
leave_each(uint64_t ns, unsigned n, uint32_t seq)
{
	uint64_t start = now();

	for (unsigned i = 0; i < n; i++) {
		uint64_t due = start + i * ns;
		while (spec_wire_waiting() == 0 && now() < due + MS)
			after(TICK);
		expect_sent(.seq = seq + i * MSS, .len = MSS);
		expect(sent_at() + 2 * MS >= due);
	}
}

/* A window without pacing leaves at once */
Test(pacing, off_by_default)
{
	uint32_t value = 7;

	opens();
	expect(leat_tcp_get(talk->conn, LEAT_TCP_PACING, &value) == 0 && value == 0);
	expect(tcp_info()->pacing_rate == 0);
	app_sends(20 * MSS);
	expect_sent_run(10, 1, MSS);
	expect_nothing();
}

/* Slow start: two windows in a round trip */
Test(pacing, slow_start_fills_half_a_round_trip)
{
	paced(UINT32_MAX);
	expect(tcp_info()->pacing_rate == 2 * 10 * MSS * 10);
	app_sends(20 * MSS);
	leave_each(RTT_MS * MS / 20, 10, 1);
	after(20 * MS);
	expect_nothing();
}

/* Above half of ssthresh: 1.2 windows in a round trip */
Test(pacing, later_a_window_fills_most_of_the_round_trip)
{
	paced(UINT32_MAX);
	app_sends(60 * MSS);
	after(RTT_MS * MS);
	expect_sent_run(10, 1, MSS);
	for (unsigned i = 2; i <= 4; i++)
		peer_sends(.ack = 1, .nb_sack = 1, .left = 1 + MSS, .right = 1 + i * MSS);
	after(20 * MS);
	peer_sends(.ack = talk->leat_nxt); /* recovery is over */
	forget_sent();
	const struct leat_tcp_info *i = tcp_info();
	uint64_t window = i->cwnd > i->in_flight ? i->cwnd : i->in_flight;
	expect(i->ssthresh < UINT32_MAX);
	expect(i->pacing_rate == (window + window / 5) * 1000000 / i->srtt_us);
}

/* A limit of the application: a segment each 10 ms, whatever the window and the round trip */
Test(pacing, no_faster_than_the_application_allows)
{
	uint32_t value;

	paced(100 * MSS);
	expect(leat_tcp_get(talk->conn, LEAT_TCP_PACING, &value) == 0 && value == 100 * MSS);
	expect(tcp_info()->pacing_rate == 100 * MSS);
	app_sends(10 * MSS);
	leave_each(10 * MS, 10, 1);
}

/* Waiting earns nothing: who sends now and then sends no faster for it */
Test(pacing, silence_is_not_made_up_for)
{
	paced(100 * MSS);
	app_sends(MSS);
	expect_sent(.seq = 1, .len = MSS);
	peer_sends(.ack = 1 + MSS);
	after(5 * SEC);
	app_sends(5 * MSS);
	leave_each(10 * MS, 5, 1 + MSS);
}

/* A segment each 1.46 s: neither a pause longer than the retransmission timeout nor nothing in flight changes that */
Test(pacing, one_segment_in_longer_than_a_timeout)
{
	paced(1000);
	app_sends(3 * MSS);
	for (unsigned i = 0; i < 3; i++) {
		expect_sent(.seq = 1 + i * MSS, .len = MSS);
		peer_sends(.ack = 1 + (i + 1) * MSS);
		expect_nothing();
		after(1455 * MS);
		expect_nothing();
		after(6 * MS);
	}
	expect_nothing();
	app_sends(MSS);
	expect_sent(.seq = 1 + 3 * MSS, .len = MSS);
	peer_sends(.ack = 1 + 4 * MSS);
	after(SEC);
	app_sends(MSS);
	expect_nothing();
	after(500 * MS);
	expect_sent(.seq = 1 + 4 * MSS, .len = MSS);
	expect(counter("tcp_persist_probes") == 0);
	expect(counter("tcp_rto") == 0);
}

/* Who waits for its turn is not looked at each tick, although nothing is in flight and the timeout has passed */
Test(pacing, waiting_costs_nothing)
{
	paced(1000);
	app_sends(2 * MSS);
	expect_sent(.seq = 1, .len = MSS);
	peer_sends(.ack = 1 + MSS);
	after(SEC);
	expect(leat_core_next(leat_core(stack, 0)) > now() + 10 * MS); /* once before its time it moves down a level of the wheel */
	after(460 * MS);
	expect_sent(.seq = 1 + MSS, .len = MSS);
}

/* RFC 9293 3.8.3: the user timeout is about the peer's answers; what we hold back ourselves waits for none */
Test(pacing, user_timeout_is_not_for_what_is_held_back)
{
	paced(1000);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_USER_TIMEOUT, 1000) == 0);
	app_sends(2 * MSS);
	expect_sent(.seq = 1, .len = MSS);
	after(RTT_MS * MS);
	peer_sends(.ack = 1 + MSS);
	expect_app_sent(MSS);
	after(1400 * MS);
	expect_no_app_event();
	expect_sent(.seq = 1 + MSS, .len = MSS);
	until(sent_at() + 990 * MS);
	expect_state(TCPS_ESTABLISHED);
	forget_sent();
	after(20 * MS);
	expect_app_closed(ETIMEDOUT);
	forget_sent();
}

/* RFC 9293 3.8.6.2.1: what the persist timer sends into a small window is no burst; it does not wait for its turn */
Test(pacing, persist_timer_is_not_held_back)
{
	paced(1000);
	app_sends(MSS);
	expect_sent(.seq = 1, .len = MSS);
	talk->wnd = 100;
	peer_sends(.ack = 1 + MSS);
	app_sends(MSS);
	expect_nothing();
	after(rto() + MS);
	expect_sent(.seq = 1 + MSS, .len = 100);
}

/* FIN leaves with the last data, not before it is due */
Test(pacing, fin_leaves_with_the_last_data)
{
	paced(100 * MSS);
	app_sends(2 * MSS);
	expect_sent(.seq = 1, .len = MSS);
	app_shuts_down();
	expect_nothing();
	after(10 * MS);
	expect_sent(.flags = FIN | PSH | ACK, .seq = 1 + MSS, .len = MSS);
}

/* What is lost is sent again at that rate too */
Test(pacing, retransmissions_are_paced)
{
	paced(100 * MSS);
	app_sends(10 * MSS);
	after(RTT_MS * MS);
	expect_sent_run(10, 1, MSS);
	expect_nothing();
	peer_sends(.ack = 1, .nb_sack = 1, .left = 1 + 5 * MSS, .right = 1 + 10 * MSS);
	expect_sent(.seq = 1, .len = MSS);
	expect_nothing();
	after(11 * MS);
	expect_sent(.seq = 1 + MSS, .len = MSS);
	expect_nothing();
	after(50 * MS);
	forget_sent();
}

/* Switched off, what waited leaves at once */
Test(pacing, it_can_be_switched_off)
{
	paced(100 * MSS);
	app_sends(5 * MSS);
	expect_sent(.seq = 1, .len = MSS);
	expect_nothing();
	expect(leat_tcp_set(talk->conn, LEAT_TCP_PACING, 0) == 0);
	spec_turn();
	expect_sent_run(4, 1 + MSS, MSS);
}

Test(pacing, by_configuration)
{
	uint32_t value;

	config.tcp.pacing = true;
	opens();
	expect(leat_tcp_get(talk->conn, LEAT_TCP_PACING, &value) == 0 && value == UINT32_MAX);
	app_sends(10 * MSS);
	leave_each(RTT_MS * MS / 20, 10, 1);
}

Test(pacing, rates_that_are_none)
{
	opens();
	expect(leat_tcp_set(talk->conn, LEAT_TCP_PACING, 1) == -EINVAL);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_PACING, 999) == -EINVAL);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_PACING, 1000) == 0);
}

/* Without memory for a schedule there is none */
Test(pacing, without_memory)
{
	paced(UINT32_MAX);
	uint32_t max = senders_may_be(stack, 0);

	app_sends(10 * MSS);
	expect_sent_run(10, 1, MSS);
	senders_may_be(stack, max);
}
