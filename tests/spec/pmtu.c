/* SPDX-License-Identifier: BSD-3-Clause */
/* Path MTU discovery (RFC 1191, RFC 8201), black holes (RFC 2923 2.1), forged errors (RFC 5927 7). */
#include "spec.h"

/* Without Nagle's algorithm the rest of what was cut is seen at once too. */
static void
begin(void)
{
	spec_begin();
	config.tcp.nodelay = true;
}

TestSuite(pmtu, .init = begin, .fini = spec_end, .timeout = 60);

/* An open connection with n full-sized segments in flight, n * 1460 bytes. */
static void
in_flight(unsigned n)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(n * 1460);
	expect_sent_run(n, 1, 1460);
	expect_nothing();
}

/* RFC 1191 3: a host that does path MTU discovery sets Don't Fragment */
Test(pmtu, segments_are_sent_with_dont_fragment)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(1460);
	expect_sent(.seq = 1, .len = 1460, .df = 1);
}

/* RFC 1191 6.4: what was too long is sent again at once, cut to what the router takes */
Test(pmtu, too_long_segments_are_cut_anew_and_sent_at_once)
{
	in_flight(2);
	uint64_t before = now();
	router_needs(1400, 1, 1500);
	expect_sent(.seq = 1, .len = 1360, .df = 1);
	expect_sent(.seq = 1361, .len = 1360);
	expect_sent(.seq = 2721, .len = 200, .flags = PSH | ACK);
	expect_nothing();
	expect(sent_at() == before);
	expect(tcp_info()->mss == 1360);
	expect(counter("tcp_pmtu_lowered") == 1);
	expect(counter("tcp_retransmits") == 3);
	peer_sends(.ack = 2921);
	expect_app_sent(2920);
	app_sends(1460);
	expect_sent(.seq = 2921, .len = 1360);
	expect_sent(.seq = 4281, .len = 100);
}

/* RFC 8201 5.4: it is no sign of congestion: neither cwnd nor ssthresh nor the timeout change */
Test(pmtu, too_long_segments_are_no_congestion)
{
	in_flight(8);
	uint32_t cwnd = tcp_info()->cwnd, ssthresh = tcp_info()->ssthresh;
	uint64_t timeout = rto();
	router_needs(1400, 1, 1500);
	expect_sent_run(8, 1, 1360);
	expect_sent(.seq = 10881, .len = 800);
	expect_nothing();
	expect(tcp_info()->cwnd == cwnd);
	expect(tcp_info()->ssthresh == ssthresh);
	expect(rto() == timeout && tcp_info()->backoff == 0);
	expect(counter("tcp_rto") == 0 && counter("tcp_fast_retransmits") == 0);
}

/* RFC 1191 6.4: a burst of errors about one flight sends it again only once */
Test(pmtu, burst_of_errors_sends_again_once)
{
	in_flight(4);
	for (uint32_t i = 0; i < 4; i++)
		router_needs(1400, 1 + i * 1460, 1500);
	expect_sent_run(4, 1, 1360);
	expect_sent(.seq = 5441, .len = 400);
	expect_nothing();
	expect(counter("tcp_pmtu_lowered") == 1);
	expect(counter("tcp_pmtu_not_lower") == 3);
}

/* RFC 1191 6.4: a narrower link behind the first one */
Test(pmtu, second_router_may_need_still_less)
{
	in_flight(1);
	router_needs(1400, 1, 1500);
	expect_sent_run(1, 1, 1360);
	expect_sent(.seq = 1361, .len = 100);
	router_needs(1000, 1, 1400);
	expect_sent(.seq = 1, .len = 960);
	expect_sent(.seq = 961, .len = 500);
	expect_nothing();
	peer_sends(.ack = 1461);
	expect_app_sent(1460);
}

/* RFC 6691 2: options are part of the packet too */
Test(pmtu, timestamps_count)
{
	talk->ts = true;
	in_state(TCPS_ESTABLISHED);
	app_sends(1448);
	expect_sent(.seq = 1, .len = 1448);
	router_needs(1400, 1, 1500);
	expect_sent(.seq = 1, .len = 1348);
	expect_sent(.seq = 1349, .len = 100);
}

/* RFC 1191 3: an estimate is never raised by an error; RFC 8201 4 */
Test(pmtu, error_never_raises)
{
	in_flight(1);
	router_needs(1500, 1, 1500);
	router_needs(9000, 1, 1500);
	router_needs(65535, 1, 1500);
	expect_nothing();
	expect(tcp_info()->mss == 1460);
	router_needs(1400, 1, 1500);
	forget_sent();
	router_needs(1450, 1, 1500);
	expect_nothing();
	expect(tcp_info()->mss == 1360);
	expect(counter("tcp_pmtu_not_lower") == 4 && counter("tcp_pmtu_lowered") == 1);
}

/* RFC 5927 4.1: the quoted segment must be in flight */
Test(pmtu, error_about_nothing_in_flight_is_ignored)
{
	in_flight(2);
	peer_sends(.ack = 1461);
	expect_app_sent(1460);
	router_needs(1000, 1, 1500);
	router_needs(1000, 1460, 1500);
	router_needs(1000, 2921, 1500);
	router_needs(1000, 0x80000000, 1500);
	expect_nothing();
	expect(tcp_info()->mss == 1460);
	expect(counter("tcp_pmtu_not_in_flight") == 4);
	router_needs(1000, 2920, 1500);
	expect_sent(.seq = 1461, .len = 960);
	expect_sent(.seq = 2421, .len = 500);
}

/* RFC 5927 4.1: and the quoted tuple must be that of a connection */
Test(pmtu, error_about_no_connection_is_ignored)
{
	in_flight(1);
	uint16_t port = talk->leat_port;
	talk->leat_port = (uint16_t)(port + 1);
	router_needs(1000, 1, 1500);
	talk->leat_port = port;
	expect_nothing();
	expect(tcp_info()->mss == 1460);
	expect(counter("drop_icmp_unmatched") == 1);
}

/* RFC 1191 3: a path that takes less than we cut to: the floor, and routers may cut */
Test(pmtu, below_the_floor_routers_may_cut)
{
	in_flight(1);
	router_needs(296, 1, 1500);
	expect_sent(.seq = 1, .len = 512, .df = 0);
	expect_sent(.seq = 513, .len = 512, .df = 0);
	expect_sent(.seq = 1025, .len = 436, .df = 0);
	expect(counter("tcp_pmtu_below_floor") == 1);
	router_needs(68, 1, 552);
	router_needs(0, 1, 552);
	router_needs(1, 1, 552);
	expect_nothing();
	expect(tcp_info()->mss == 512);
}

/* RFC 1191 3: the floor itself is an ordinary MTU */
Test(pmtu, floor_itself_is_not_cut)
{
	in_flight(1);
	router_needs(552, 1, 1500);
	expect_sent(.seq = 1, .len = 512, .df = 1);
	expect(forget_sent() == 2);
	expect(counter("tcp_pmtu_below_floor") == 0);
	/* and there is a step below it */
	router_needs(551, 1, 552);
	expect(tcp_info()->mss == 512);
	app_sends(100);
	expect_sent(.len = 100, .df = 0);
}

/* RFC 1191 5, 7.1: a router that does not tell its MTU: the next plateau below the length of what it dropped */
Test(pmtu, old_router_is_answered_with_the_next_plateau)
{
	in_flight(1);
	router_needs(0, 1, 1500);
	expect(forget_sent() == 2);
	expect(tcp_info()->mss == 1492 - 40);
	/* the rest of a burst about the same flight says nothing new */
	router_needs(0, 1, 1500);
	expect_nothing();
	router_needs(0, 1, 1492);
	expect(forget_sent() == 2);
	expect(tcp_info()->mss == 1006 - 40);
	router_needs(0, 1, 1006);
	expect(forget_sent() == 3);
	expect(tcp_info()->mss == 552 - 40);
}

/* RFC 1191 6.1: all connections to the destination follow, when they next send */
Test(pmtu, other_connections_follow)
{
	in_flight(1);
	struct talk *first = talk;
	new_talk(PEER_PORT + 1);
	in_state(TCPS_ESTABLISHED);
	struct talk *second = talk;
	talk = first;
	router_needs(1400, 1, 1500);
	expect(forget_sent() == 2);
	talk = second;
	app_sends(1460);
	expect_sent(.seq = 1, .len = 1360);
	expect_sent(.seq = 1361, .len = 100);
}

/* RFC 1191 6.1: one whose long segments are on their way too sends them again when it hears of it */
Test(pmtu, other_connections_send_again)
{
	in_flight(1);
	struct talk *first = talk;
	new_talk(PEER_PORT + 1);
	in_flight(1);
	struct talk *second = talk;
	talk = first;
	router_needs(1400, 1, 1500);
	expect(forget_sent() == 2);
	talk = second;
	expect(tcp_info()->mss == 1460);
	router_needs(1400, 1, 1500);
	expect_sent(.seq = 1, .len = 1360);
	expect_sent(.seq = 1361, .len = 100);
	expect(counter("tcp_pmtu_lowered") == 1);
}

/* RFC 1191 3.1: a new connection begins with what is known; what we offer is the first hop's all the same */
Test(pmtu, new_connections_begin_with_it)
{
	in_flight(1);
	router_needs(1400, 1, 1500);
	forget_sent();
	new_talk(PEER_PORT + 1);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .mss = 1460);
	peer_sends(.flags = ACK);
	expect_app_opened();
	expect(tcp_info()->mss == 1360);
}

/* RFC 1191 6.3: after ten minutes the path is tried anew, by those that are open too */
Test(pmtu, forgotten_after_ten_minutes)
{
	in_flight(1);
	router_needs(1400, 1, 1500);
	forget_sent();
	peer_sends(.ack = 1461);
	expect_app_sent(1460);
	after(599 * SEC);
	app_sends(1460);
	expect_sent(.seq = 1461, .len = 1360);
	expect_sent(.seq = 2821, .len = 100);
	peer_sends(.ack = 2921);
	after(2 * SEC);
	app_sends(1460);
	expect_sent(.seq = 2921, .len = 1460);
	expect(counter("ip_pmtu_aged") == 1);
}

/* RFC 9293 3.7.1 MUST-16: a peer that takes less than the path is given no more when the path is forgotten */
Test(pmtu, peer_that_takes_less_is_not_given_more)
{
	talk->mss = 1200;
	in_state(TCPS_ESTABLISHED);
	app_sends(1200);
	expect_sent(.seq = 1, .len = 1200);
	router_needs(1100, 1, 1240);
	expect_sent(.seq = 1, .len = 1060);
	expect_sent(.seq = 1061, .len = 140);
	peer_sends(.ack = 1201);
	after(601 * SEC);
	app_sends(1460);
	expect_sent(.seq = 1201, .len = 1200);
	expect_sent(.seq = 2401, .len = 260);
}

/* RFC 5927 7: less than the peer takes anyway changes nothing of the segments */
Test(pmtu, path_wider_than_the_peer_changes_nothing)
{
	talk->mss = 1000;
	in_state(TCPS_ESTABLISHED);
	app_sends(1000);
	expect_sent(.seq = 1, .len = 1000);
	router_needs(1400, 1, 1500);
	expect_nothing();
	expect(tcp_info()->mss == 1000);
}

/* RFC 6582: errors in the middle of fast recovery */
Test(pmtu, error_in_fast_recovery)
{
	in_flight(6);
	for (int i = 0; i < 3; i++)
		peer_sends(.ack = 1);
	forget_sent();
	uint32_t ssthresh = tcp_info()->ssthresh;
	router_needs(1400, 1, 1500);
	expect_sent(.seq = 1, .len = 1360);
	forget_sent();
	expect(tcp_info()->ssthresh == ssthresh && tcp_info()->cwnd <= ssthresh);
	peer_sends(.ack = 1 + 6 * 1460);
	expect_app_sent(6 * 1460);
	expect_nothing();
}

/* RFC 9293 3.9.2.2: an error about the size is no reason why the connection ends later */
Test(pmtu, error_is_no_reason)
{
	config.tcp.retries = 2;
	in_flight(1);
	router_needs(1400, 1, 1500);
	after(100 * SEC);
	forget_sent();
	expect_app_closed(ETIMEDOUT);
}

/* ip.pmtu = off: routers may cut, and nobody is believed */
Test(pmtu, switched_off)
{
	config.ip.pmtu = false;
	in_state(TCPS_ESTABLISHED);
	app_sends(1460);
	expect_sent(.seq = 1, .len = 1460, .df = 0);
	router_needs(1000, 1, 1500);
	expect_nothing();
	expect(tcp_info()->mss == 1460);
}

/* Lets the timer expire; what was sent at the timeout before is lost. */
static void
timeout(void)
{
	uint64_t before = counter("tcp_rto");

	while (counter("tcp_rto") == before)
		after(MS);
}

/* RFC 2923 2.1: full-sized segments are lost in silence; smaller ones get through */
Test(pmtu, black_hole_is_found)
{
	in_flight(3);
	timeout();
	expect_sent(.seq = 1, .len = 1460);
	timeout();
	expect_sent(.seq = 1, .len = 1460);
	timeout(); /* the third: perhaps it is the size */
	expect_sent(.seq = 1, .len = 1220);
	expect(counter("tcp_mtu_trials") == 1);
	peer_sends(.ack = 1221);
	expect_app_sent(1220);
	expect_sent(.seq = 1221, .len = 1460); /* or was it an outage? */
	forget_sent();
	expect(counter("tcp_black_holes") == 0);
	timeout();
	expect_sent(.seq = 1221, .len = 1460);
	timeout();
	expect_sent(.seq = 1221, .len = 1220);
	peer_sends(.ack = 2441);
	expect(counter("tcp_black_holes") == 1);
	expect_sent(.seq = 2441, .len = 1220);
	forget_sent();
	expect(tcp_info()->mss == 1220);
	new_talk(PEER_PORT + 1);
	in_state(TCPS_ESTABLISHED);
	expect(tcp_info()->mss == 1220);
}

/* RFC 2923 2.1: an outage is none: afterwards all is as before */
Test(pmtu, outage_is_no_black_hole)
{
	in_flight(3);
	for (int i = 0; i < 3; i++)
		timeout();
	forget_sent();
	expect(tcp_info()->mss == 1220);
	peer_sends(.ack = 1221);
	expect_app_sent(1220);
	expect_sent(.seq = 1221, .len = 1460);
	forget_sent();
	peer_sends(.ack = 2681);
	forget_sent();
	peer_sends(.ack = 4381);
	expect(counter("tcp_black_holes") == 0);
	expect(tcp_info()->mss == 1460);
	/* and the next timeouts mean no more than the first did */
	app_sends(1460);
	expect_sent(.seq = 4381, .len = 1460);
	for (int i = 0; i < 2; i++) {
		timeout();
		expect_sent(.seq = 4381, .len = 1460);
	}
}

/* RFC 2923 2.1: a still narrower path: what every host must take (RFC 1122 3.3.2) */
Test(pmtu, black_hole_of_576_bytes_is_found)
{
	in_flight(1);
	for (int i = 0; i < 5; i++)
		timeout();
	forget_sent();
	expect(tcp_info()->mss == 536);
	peer_sends(.ack = 537);
	expect_sent(.seq = 537, .len = 924);
	peer_sends(.ack = 1461);
	/* 924 bytes got through: but that is no full-sized segment, nor the size below it */
	app_sends(1460);
	forget_sent();
	for (int i = 0; i < 4; i++)
		timeout();
	forget_sent();
	peer_sends(.ack = 1461 + 536);
	expect_sent(.seq = 1997, .len = 536);
	expect_sent(.seq = 2533, .len = 388);
	expect(counter("tcp_black_holes") == 1);
	expect(tcp_info()->mss == 536);
}

/* RFC 2923 2.1: when nothing at all gets through, it is not the size */
Test(pmtu, silence_is_not_blamed_on_the_size)
{
	in_flight(1);
	for (int i = 0; i < 7; i++)
		timeout();
	forget_sent();
	expect(tcp_info()->mss == 1460);
	expect(counter("tcp_mtu_trials") == 2 && counter("tcp_black_holes") == 0);
	peer_sends(.ack = 1461);
	expect_app_sent(1460);
}

/* RFC 2923 2.1: a segment that is small cannot be lost by its size */
Test(pmtu, small_segments_have_no_black_hole)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(500);
	for (int i = 0; i < 9; i++)
		timeout();
	forget_sent();
	expect(tcp_info()->mss == 1460);
	expect(counter("tcp_mtu_trials") == 0);
}

/* tcp.blackhole = 0: never */
Test(pmtu, black_hole_detection_can_be_switched_off)
{
	config.tcp.blackhole = 0;
	in_flight(1);
	for (int i = 0; i < 9; i++)
		timeout();
	expect_sent_run(1, 1, 1460);
	forget_sent();
	expect(counter("tcp_mtu_trials") == 0);
}
