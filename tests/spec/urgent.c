/* SPDX-License-Identifier: BSD-3-Clause */
/* The urgent mechanism: leat delivers urgent data in line, where it stands (RFC 9293 3.8.5, RFC 6093). */
#include "spec.h"

SUITE(urgent);

/* RFC 9293 3.8.5 MUST-30, MUST-31, RFC 6093 6: in line, and nothing is lost or reordered */
Test(urgent, urgent_data_is_delivered_in_line)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = URG | PSH | ACK, .len = 100, .urg = 50);
	expect_sent(.flags = ACK, .ack = 101);
	expect_app_data(100);
	expect(counter("tcp_urgent_in") == 1);
}

/* RFC 9293 3.8.5 MUST-31: of any length, also beyond the segment */
Test(urgent, pointer_beyond_the_segment_is_harmless)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = URG | ACK, .len = 10, .urg = 65535);
	expect_sent(.flags = ACK, .ack = 11);
	peer_sends(.len = 100);
	expect_sent(.flags = ACK, .ack = 111);
	expect_app_data(110);
}

/* RFC 9293 3.8.5 */
Test(urgent, pointer_of_zero_and_no_data_are_harmless)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = URG | ACK, .urg = 0);
	peer_sends(.flags = URG | ACK, .urg = 1);
	expect_nothing();
	peer_sends(.flags = URG | ACK, .urg = 0, .len = 10);
	expect_sent(.flags = ACK, .ack = 11);
	expect_app_data(10);
}

/* RFC 9293 3.1: without URG the pointer means nothing */
Test(urgent, pointer_without_the_flag_is_ignored)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = ACK, .urg = 5, .len = 10);
	expect_sent(.flags = ACK, .ack = 11);
	expect_app_data(10);
	expect(counter("tcp_urgent_in") == 0);
}

/* RFC 9293 3.10.7.4, sixth: also beyond a hole and behind the FIN */
Test(urgent, urgent_data_beyond_a_hole_waits)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = URG | ACK, .seq = 101, .len = 100, .urg = 100);
	expect_sent(.flags = ACK, .ack = 1);
	expect_no_app_event();
	peer_sends(.seq = 1, .len = 100);
	expect_sent(.flags = ACK, .ack = 201);
	expect_app_data(200);
}

/* RFC 9293 3.4 MUST-66: URG with a closed window is processed, the data is not taken */
Test(urgent, urgent_segment_into_a_closed_window)
{
	config.tcp.rcv_buf = 2048;
	talk->reads = false;
	in_state(TCPS_ESTABLISHED);
	uint32_t wnd = tcp_info()->rcv_wnd;
	for (uint32_t left = wnd; left > 0; left -= left < 1024 ? left : 1024)
		peer_sends(.len = left < 1024 ? left : 1024);
	forget_sent();
	expect_app_data(wnd);
	peer_sends(.flags = URG | ACK, .seq = 1 + wnd, .len = 10, .urg = 10);
	expect_sent(.flags = ACK, .ack = 1 + wnd, .wnd = 0);
	peer_sends(.flags = URG | ACK, .seq = 1 + wnd, .urg = 10);
	expect_no_app_event();
	expect_state(TCPS_ESTABLISHED);
	forget_sent();
}

/* RFC 9293 3.8.5: with a FIN */
Test(urgent, urgent_fin)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = URG | FIN | ACK, .len = 5, .urg = 6);
	expect_sent(.flags = ACK, .ack = 7);
	expect_app_data(5);
	expect_app_peer_closed();
	expect_state(TCPS_CLOSE_WAIT);
}

/* RFC 9293 3.8.5 SHLD-13: leat never sends URG */
Test(urgent, leat_sends_none)
{
	config.tcp.nodelay = true;
	in_state(TCPS_ESTABLISHED);
	app_sends(3000);
	for (int i = 0; i < 3; i++)
		expect(!(spec_expect_sent(SEGMENT(.urg = 0))->flags & URG));
}
