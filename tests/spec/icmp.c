/* SPDX-License-Identifier: BSD-3-Clause */
/* ICMP errors about segments of ours (RFC 9293 3.9.2.2; RFC 5461, RFC 5927). */
#include "spec.h"

SUITE(icmp);

enum {
	UNREACHABLE = 3, NET = 0, HOST = 1, PROTOCOL = 2, PORT = 3, FRAGMENTATION = 4, SOURCE_ROUTE = 5,
	SOURCE_QUENCH = 4, TIME_EXCEEDED = 11, PARAMETER = 12,
};

/* RFC 9293 3.9.2.2 SHLD-26: a hard error about our SYN ends the attempt */
Test(icmp, port_unreachable_refuses_a_syn)
{
	in_state(TCPS_SYN_SENT);
	peer_reports(UNREACHABLE, PORT, 0, 0);
	expect_nothing();
	expect_app_closed(ECONNREFUSED);
	expect_closed();
	expect(counter("icmp_errors_matched") == 1);
}

/* RFC 9293 3.9.2.2 SHLD-26 */
Test(icmp, protocol_unreachable_refuses_a_syn)
{
	in_state(TCPS_SYN_SENT);
	peer_reports(UNREACHABLE, PROTOCOL, 0, 0);
	expect_app_closed(ANY);
	expect_closed();
}

/* RFC 9293 3.9.2.2 MUST-56: soft errors do not end it: the route may come back */
Test(icmp, host_unreachable_does_not_end_a_syn)
{
	in_state(TCPS_SYN_SENT);
	peer_reports(UNREACHABLE, HOST, 0, 0);
	peer_reports(UNREACHABLE, NET, 0, 0);
	peer_reports(UNREACHABLE, SOURCE_ROUTE, 0, 0);
	peer_reports(TIME_EXCEEDED, 0, 0, 0);
	peer_reports(PARAMETER, 0, 0, 0);
	expect_state(TCPS_SYN_SENT);
	expect_no_app_event();
	peer_sends(.flags = SYN | ACK);
	expect_sent(.flags = ACK, .seq = 1);
	expect_app_opened();
}

/* RFC 9293 3.9.1.8 MUST-47, 3.9.2.2 SHLD-25: the application can learn of it while it lasts */
Test(icmp, soft_error_is_told_until_it_is_overcome)
{
	in_state(TCPS_SYN_SENT);
	expect(tcp_info()->soft_error == 0);
	peer_reports(UNREACHABLE, HOST, 0, 0);
	expect(tcp_info()->soft_error == EHOSTUNREACH);
	peer_reports(UNREACHABLE, NET, 0, 0);
	expect(tcp_info()->soft_error == ENETUNREACH);
	peer_sends(.flags = SYN | ACK);
	expect_sent(.flags = ACK, .seq = 1);
	expect(tcp_info()->soft_error == 0);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	peer_reports(TIME_EXCEEDED, 0, 1, 0);
	expect(tcp_info()->soft_error == EHOSTUNREACH);
	peer_sends(.ack = 101);
	expect(tcp_info()->soft_error == 0);
}

/* RFC 9293 3.9.2.2 SHLD-25: but the application hears of it in the end */
Test(icmp, host_unreachable_is_the_reason_in_the_end)
{
	in_state(TCPS_SYN_SENT);
	peer_reports(UNREACHABLE, HOST, 0, 0);
	after(600 * SEC);
	forget_sent();
	expect_app_closed(EHOSTUNREACH);
	expect_closed();
}

/* RFC 9293 3.9.2.2 MUST-54: it is directed to the connection that is quoted; RFC 5927 4.1: by its sequence number */
Test(icmp, sequence_number_that_is_not_in_flight_is_ignored)
{
	in_state(TCPS_SYN_SENT);
	peer_reports(UNREACHABLE, PORT, 1, 0);
	peer_reports(UNREACHABLE, PORT, 0xffffffff, 0);
	peer_reports(UNREACHABLE, PORT, 0x80000000, 0);
	expect_state(TCPS_SYN_SENT);
	expect_no_app_event();
}

/* RFC 9293 3.9.2.2 MUST-54: another connection's error is not ours */
Test(icmp, other_connections_are_not_touched)
{
	in_state(TCPS_SYN_SENT);
	uint16_t port = talk->leat_port;
	talk->leat_port = (uint16_t)(port + 1);
	peer_reports(UNREACHABLE, PORT, 0, 0);
	talk->leat_port = port;
	expect_state(TCPS_SYN_SENT);
	expect(counter("drop_icmp_unmatched") == 1);
}

/* RFC 5461 4.1, RFC 5927 5.2: in a synchronized state hard errors are soft */
Test(icmp, hard_errors_do_not_end_an_open_connection)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	peer_reports(UNREACHABLE, PORT, 1, 0);
	peer_reports(UNREACHABLE, PROTOCOL, 1, 0);
	peer_reports(UNREACHABLE, HOST, 1, 0);
	expect_nothing();
	expect_state(TCPS_ESTABLISHED);
	expect_no_app_event();
	peer_sends(.ack = 101);
	expect_app_sent(100);
}

/* RFC 9293 3.9.2.2 SHLD-25: the reason when it gives up later */
Test(icmp, error_is_the_reason_when_an_open_connection_times_out)
{
	config.tcp.retries = 3;
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	peer_reports(UNREACHABLE, HOST, 1, 0);
	after(100 * SEC);
	forget_sent();
	expect_app_closed(EHOSTUNREACH);
	expect_closed();
}

/* RFC 9293 3.9.2.2: an error that was overcome is no reason any more */
Test(icmp, error_is_forgotten_after_progress)
{
	config.tcp.retries = 3;
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	peer_reports(UNREACHABLE, HOST, 1, 0);
	peer_sends(.ack = 101);
	app_sends(100);
	after(100 * SEC);
	forget_sent();
	expect_app_closed(ETIMEDOUT);
}

/* RFC 9293 3.9.2.2 MUST-55: source quench is discarded silently (RFC 6633) */
Test(icmp, source_quench_is_ignored)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(5000);
	forget_sent();
	uint32_t cwnd = tcp_info()->cwnd;
	peer_reports(SOURCE_QUENCH, 0, 1, 0);
	expect_nothing();
	expect(tcp_info()->cwnd == cwnd);
	expect_state(TCPS_ESTABLISHED);
}

/* RFC 5927 4.1: blind errors against an open connection */
Test(icmp, blind_errors_against_an_open_connection_do_nothing)
{
	in_state(TCPS_ESTABLISHED);
	for (uint32_t i = 0; i < 100; i++)
		peer_reports(UNREACHABLE, (uint8_t)(i % 16), 5000 + 77777 * i, 0);
	expect_nothing();
	expect_no_app_event();
	expect(tcp_info()->mss == 1460);
	expect_state(TCPS_ESTABLISHED);
}

/* RFC 5927 7: an absurd MTU must not make segments of nothing, nor end the connection */
Test(icmp, absurd_mtu_is_survived)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(3000);
	forget_sent();
	peer_reports(UNREACHABLE, FRAGMENTATION, 1, 0);
	peer_reports(UNREACHABLE, FRAGMENTATION, 1, 1);
	peer_reports(UNREACHABLE, FRAGMENTATION, 1, 65535);
	forget_sent();
	expect(tcp_info()->mss >= 64 && tcp_info()->mss <= 1460);
	expect_state(TCPS_ESTABLISHED);
	expect_no_app_event();
}
