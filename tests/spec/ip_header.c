/* SPDX-License-Identifier: BSD-3-Clause */
/* What TCP tells IP: differentiated services and time to live (RFC 9293 3.9.1.9, 3.9.2). */
#include "spec.h"

SUITE(ip_header);

enum { AF41 = 34, EF = 46 };

static void
expect_dscp(unsigned dscp)
{
	expect(spec_expect_sent(SEGMENT())->tos == dscp << 2);
}

/* RFC 9293 3.9.1.9 MUST-48, SHLD-22: what the application chose stands in each segment: data, again, ACK, FIN */
Test(ip_header, dscp_is_in_every_segment)
{
	uint32_t value;

	in_state(TCPS_ESTABLISHED);
	expect(leat_tcp_get(talk->conn, LEAT_TCP_DSCP, &value) == 0 && value == 0);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_DSCP, AF41) == 0);
	expect(leat_tcp_get(talk->conn, LEAT_TCP_DSCP, &value) == 0 && value == AF41);
	app_sends(100);
	expect_dscp(AF41);
	after(rto() + MS);
	expect_dscp(AF41);
	peer_sends(.ack = 101, .len = 10);
	expect_dscp(AF41);
	app_shuts_down();
	expect_dscp(AF41);
	app_aborts();
	expect_dscp(AF41);
}

/* RFC 9293 3.9.1.9 SHLD-21: it can be changed, and is one connection's alone */
Test(ip_header, dscp_can_be_changed)
{
	in_state(TCPS_ESTABLISHED);
	struct talk *first = talk;
	new_talk(PEER_PORT + 1);
	in_state(TCPS_ESTABLISHED);
	expect(leat_tcp_set(first->conn, LEAT_TCP_DSCP, AF41) == 0);
	app_sends(10);
	expect_dscp(0);
	talk = first;
	app_sends(10);
	expect_dscp(AF41);
	peer_sends(.ack = 11);
	expect(leat_tcp_set(first->conn, LEAT_TCP_DSCP, EF) == 0);
	app_sends(10);
	expect_dscp(EF);
}

/* RFC 2474 3: six bits; the other two are ECN's */
Test(ip_header, dscp_has_six_bits)
{
	uint32_t value;

	in_state(TCPS_ESTABLISHED);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_DSCP, 63) == 0);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_DSCP, 64) == -EINVAL);
	expect(leat_tcp_get(talk->conn, LEAT_TCP_DSCP, &value) == 0 && value == 63);
}

/* RFC 9293 3.9.2 MUST-49: the captured wire refuses any other time to live than the configured one, here of all kinds of segments */
Test(ip_header, time_to_live_is_configurable)
{
	config.ip.ttl = 3;
	in_state(TCPS_ESTABLISHED);
	app_sends(10);
	expect_sent(.len = 10);
	expect(counter("tcp_segs_out") == 2);
	app_aborts();
	expect_rst();
	new_talk(PEER_PORT + 1)->leat_port = 81;
	peer_sends(.flags = ACK);
	expect_rst();
}
