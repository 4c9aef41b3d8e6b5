/* SPDX-License-Identifier: BSD-3-Clause */
/* CUBIC with HyStart++ on whole connections (RFC 9438, 9406), and how another algorithm is chosen. */
#include <string.h>
#include "spec.h"

SUITE(cubic);

enum { MSS = 1460 };

/* A connection whose application never runs out of data, to a peer with a window of a megabyte. */
static void
bulk(void)
{
	config.tcp.snd_buf = 1 << 20;
	talk->wscale = 4;
	talk->sack = true;
	in_state(TCPS_ESTABLISHED);
	app_sends(20 * MSS);
	forget_sent();
}

/* What is in flight is acknowledged after rtt, two segments an ACK; more is queued than may leave. */
static void
round_trip(uint64_t rtt)
{
	uint32_t end = talk->leat_nxt, ack = tcp_info()->snd_una - talk->leat_iss;

	after(rtt);
	while (ack < end) {
		ack = ack + 2 * MSS < end ? ack + 2 * MSS : end;
		app_offers(8 * MSS);
		peer_sends(.ack = ack);
		forget_sent();
	}
}

static void
grow_to(uint32_t segments, uint64_t rtt)
{
	while (tcp_info()->cwnd < segments * MSS)
		round_trip(rtt);
}

/* The first segment in flight is lost; recovery is over a round trip later. */
static void
lose_one(uint64_t rtt)
{
	uint32_t una = tcp_info()->snd_una - talk->leat_iss, end = talk->leat_nxt;

	after(rtt);
	for (uint32_t right = una + 2 * MSS; right <= end; right += MSS) {
		app_offers(8 * MSS);
		peer_sends(.ack = una, .nb_sack = 1, .left = una + MSS, .right = right);
		forget_sent();
	}
	after(rtt);
	peer_sends(.ack = end);
	forget_sent();
}

/* Configuration: tcp.congestion, whose default is cubic */
Test(cubic, is_the_default)
{
	in_state(TCPS_ESTABLISHED);
	uint32_t which;
	expect(strcmp(tcp_info()->congestion, "cubic") == 0);
	expect(leat_tcp_get(talk->conn, LEAT_TCP_CONGESTION, &which) == 0 && which == LEAT_TCP_CUBIC);
}

/* Configuration: tcp.congestion = newreno */
Test(cubic, newreno_is_chosen_by_configuration)
{
	config.tcp.congestion = LEAT_TCP_NEWRENO;
	bulk();
	expect(strcmp(tcp_info()->congestion, "newreno") == 0);
	grow_to(20, 50 * MS);
	uint32_t flight = tcp_info()->in_flight;
	lose_one(50 * MS);
	expect(tcp_info()->ssthresh == flight / 2);
}

/* LEAT_TCP_CONGESTION: before anything is in flight, for one connection of two */
Test(cubic, newreno_is_chosen_for_one_connection)
{
	uint32_t which;

	bulk();
	expect(leat_tcp_set(talk->conn, LEAT_TCP_CONGESTION, LEAT_TCP_NEWRENO) == 0);
	expect(leat_tcp_get(talk->conn, LEAT_TCP_CONGESTION, &which) == 0 && which == LEAT_TCP_NEWRENO);
	struct talk *first = talk, *second = new_talk(PEER_PORT + 1);
	bulk();
	expect(strcmp(tcp_info()->congestion, "cubic") == 0);
	grow_to(20, 50 * MS);
	uint32_t flight = tcp_info()->in_flight;
	lose_one(50 * MS);
	expect(tcp_info()->ssthresh == (uint32_t)(flight * 7ull / 10));
	app_aborts();
	forget_sent();
	talk = first;
	expect(strcmp(tcp_info()->congestion, "newreno") == 0);
	expect(second->conn == NULL);
}

/* LEAT_TCP_CONGESTION in the middle: cwnd and ssthresh stay, the next loss is the new algorithm's */
Test(cubic, is_exchanged_on_a_running_connection)
{
	bulk();
	grow_to(40, 50 * MS);
	uint32_t cwnd = tcp_info()->cwnd;
	expect(leat_tcp_set(talk->conn, LEAT_TCP_CONGESTION, LEAT_TCP_NEWRENO) == 0);
	expect(tcp_info()->cwnd == cwnd && tcp_info()->ssthresh == UINT32_MAX);
	uint32_t flight = tcp_info()->in_flight;
	lose_one(50 * MS);
	expect(tcp_info()->ssthresh == flight / 2);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_CONGESTION, LEAT_TCP_CUBIC) == 0);
	expect(tcp_info()->ssthresh == flight / 2);
	grow_to(30, 50 * MS);
	flight = tcp_info()->in_flight;
	lose_one(50 * MS);
	expect(tcp_info()->ssthresh == (uint32_t)(flight * 7ull / 10));
}

/* LEAT_TCP_CONGESTION: what is no algorithm is refused, and changes nothing */
Test(cubic, no_such_algorithm)
{
	in_state(TCPS_ESTABLISHED);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_CONGESTION, 2) == -EINVAL);
	expect(strcmp(tcp_info()->congestion, "cubic") == 0);
}

/* RFC 9438 4.10, RFC 5681 3.1: the first slow start doubles the window each round trip */
Test(cubic, slow_start_doubles)
{
	bulk();
	for (uint32_t cwnd = 10; cwnd < 160; cwnd *= 2) {
		expect(tcp_info()->cwnd == cwnd * MSS);
		round_trip(50 * MS);
	}
	expect(tcp_info()->ssthresh == UINT32_MAX);
}

/* RFC 9406 4.2: slow start ends without a loss when the round trip grows longer */
Test(cubic, slow_start_ends_when_the_delay_grows)
{
	bulk();
	round_trip(50 * MS);
	round_trip(50 * MS);
	for (int i = 1; i <= 6; i++)
		round_trip((50 + 10 * (uint64_t)i) * MS);
	uint32_t ssthresh = tcp_info()->ssthresh;
	expect(ssthresh > 100 * MSS && ssthresh < 250 * MSS); /* doubling goes beyond 600 in eight rounds */
	expect(counter("tcp_fast_retransmits") == 0 && counter("tcp_rto") == 0);
	round_trip(100 * MS);
	expect(tcp_info()->ssthresh == ssthresh);
	expect(tcp_info()->cwnd < ssthresh + 4 * MSS);
}

/* RFC 9438 4.6: a loss leaves 0.7 */
Test(cubic, a_loss_leaves_seven_tenths)
{
	bulk();
	grow_to(100, 50 * MS);
	uint32_t flight = tcp_info()->in_flight;
	lose_one(50 * MS);
	expect(tcp_info()->ssthresh == (uint32_t)(flight * 7ull / 10));
	expect(tcp_info()->cwnd >= tcp_info()->ssthresh && tcp_info()->cwnd < tcp_info()->ssthresh + 2 * MSS);
}

/* RFC 9438 4.2: after K = cbrt(0.3 * W_max / 0.4) seconds the window is W_max, and no more for a while */
Test(cubic, the_window_comes_back_after_k_seconds)
{
	bulk();
	grow_to(160, 100 * MS);
	double w_max = tcp_info()->cwnd / MSS;
	expect(w_max == 160); /* K = 4.93 s */
	lose_one(100 * MS);
	uint64_t begin = now();
	double at[10];
	for (int i = 0; i < 10; i++) {
		while (now() - begin < (uint64_t)(i + 1) * SEC)
			round_trip(100 * MS);
		at[i] = (double)tcp_info()->cwnd / MSS;
	}
	/* 0.4 (t - K)^3 + W_max is 135.7, 157.1, 160, 163.5, 186.9 after 1, 3, 5, 7, 9 seconds */
	expect(at[0] > 132 && at[0] < 139);
	expect(at[2] > 155 && at[2] < 159);
	expect(at[4] > 159 && at[4] < 161);
	expect(at[6] > 161 && at[6] < 166);
	expect(at[8] > 184 && at[8] < 191);
}

/* RFC 9438 4.3: with a short round trip the window grows as Reno's would, not by the clock */
Test(cubic, a_short_round_trip_is_reno_friendly)
{
	bulk();
	grow_to(40, 1 * MS);
	lose_one(1 * MS);
	uint32_t cwnd = tcp_info()->cwnd;
	for (int i = 0; i < 17; i++)
		round_trip(1 * MS);
	/* 9/17 of a segment a round trip */
	uint32_t grown = tcp_info()->cwnd - cwnd;
	expect(grown >= 7 * MSS && grown <= 10 * MSS);
}

/* RFC 9438 4.8: a timeout: one segment, ssthresh 0.7 of the flight */
Test(cubic, a_timeout_begins_with_one_segment)
{
	bulk();
	grow_to(40, 50 * MS);
	uint32_t flight = tcp_info()->in_flight;
	after(500 * MS);
	forget_sent();
	expect(counter("tcp_rto") == 1);
	expect(tcp_info()->cwnd == MSS);
	expect(tcp_info()->ssthresh >= (uint32_t)(flight * 7ull / 10));
	expect(tcp_info()->ssthresh <= (uint32_t)((flight + 2 * MSS) * 7ull / 10));
}
