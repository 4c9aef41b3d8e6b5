/* SPDX-License-Identifier: BSD-3-Clause */
/* What leat_tcp_info() tells (RFC 4898): always, and of a connection that is counted. */
#include <string.h>
#include "spec.h"
#include "ip/ip.h"

SUITE(statistics);

enum { MSS = 1460, RTT_MS = 100 };

static void
counted(void)
{
	config.tcp.statistics = true;
	config.tcp.congestion = LEAT_TCP_NEWRENO;
	talk->sack = true;
	opens_in(RTT_MS * MS);
}

/* Without being asked for, nothing is counted, and what is known is told all the same */
Test(statistics, what_is_known_anyway)
{
	talk->sack = true;
	in_state(TCPS_ESTABLISHED);
	after(2500 * MS);
	const struct leat_tcp_info *i = tcp_info();
	expect(!i->counted && i->segs_in == 0);
	expect(i->age_ms == 2500);
	expect(i->snd_buf == config.tcp.snd_buf && i->rcv_buf == config.tcp.rcv_buf);
	expect(strcmp(i->phase, "open") == 0);
	app_sends(5 * MSS);
	forget_sent();
	after(10 * MS);
	peer_sends(.ack = 1, .nb_sack = 1, .left = 1 + MSS, .right = 1 + 4 * MSS);
	i = tcp_info();
	expect(strcmp(i->phase, "recovery") == 0);
	expect(i->sacked == 3 * MSS);
	expect(i->min_rtt_us == 10000);
	forget_sent();
	after(SEC);
	expect(strcmp(tcp_info()->phase, "timeout") == 0);
	forget_sent();
}

/* RFC 4898 SegsIn, SegsOut, DataSegsIn, DataSegsOut, and when the last came and left */
Test(statistics, segments)
{
	counted();
	expect(tcp_info()->counted);
	expect(tcp_info()->data_in_ms == UINT32_MAX && tcp_info()->data_out_ms == UINT32_MAX);
	app_sends(3 * MSS);
	expect_sent_run(3, 1, MSS);
	after(10 * MS);
	peer_sends(.ack = 1 + 3 * MSS, .len = 100);
	expect_sent(.ack = 101);
	expect_app_data(100);
	after(30 * MS);
	const struct leat_tcp_info *i = tcp_info();
	expect(i->segs_in == 2 && i->data_segs_in == 1); /* the third of the handshake, and this one */
	expect(i->segs_out == 4 && i->data_segs_out == 3);
	expect(i->data_in_ms == 30 && i->ack_in_ms == 30 && i->data_out_ms == 40);
	expect(i->rtt_min_us == 10000 && i->rtt_max_us == 100000);
	expect(i->cwnd_max >= 10 * MSS);
}

/* RFC 4898 FastRetran, OctetsRetrans, Timeouts, DSACKDups, DupAcksIn */
Test(statistics, losses)
{
	counted();
	app_sends(6 * MSS);
	forget_sent();
	after(RTT_MS * MS);
	for (unsigned n = 2; n <= 4; n++)
		peer_sends(.ack = 1, .nb_sack = 1, .left = 1 + MSS, .right = 1 + n * MSS);
	expect_sent(.seq = 1, .len = MSS);
	const struct leat_tcp_info *i = tcp_info();
	expect(i->recoveries == 1 && i->bytes_resent == MSS && i->dup_acks_in == 3);
	peer_sends(.ack = 1 + 6 * MSS, .nb_sack = 1, .left = 1, .right = 1 + MSS);
	i = tcp_info();
	expect(i->dsacks_in == 1 && i->undone == 1);
	app_sends(MSS);
	forget_sent();
	after(rto());
	expect(tcp_info()->timeouts == 1);
	forget_sent();
}

/* RFC 4898: what a receiver counts: out of order, duplicates told of, marks */
Test(statistics, what_came)
{
	talk->ecn = true;
	counted();
	peer_sends(.seq = 101, .len = 100, .ecn = ECN_CE);
	expect_sent(.flags = ACK | ECE, .ack = 1);
	peer_sends(.seq = 101, .len = 100);
	forget_sent();
	const struct leat_tcp_info *i = tcp_info();
	expect(i->ooo_in == 2 && i->ce_in == 1 && i->dsacks_out == 1);
	app_sends(MSS);
	forget_sent();
	peer_sends(.flags = ACK | ECE, .seq = 1, .ack = 1 + MSS);
	expect(tcp_info()->marks == 1);
}

/* RFC 4898 SndLimTime: what kept the sender from sending more, and for how long */
Test(statistics, what_limits)
{
	counted();
	after(SEC);
	const struct leat_tcp_info *i = tcp_info();
	expect(i->limited_app_us >= 1000000 && i->limited_cwnd_us == 0 && i->limited_rwnd_us == 0);
	app_sends(20 * MSS);
	forget_sent();
	after(40 * MS);
	i = tcp_info();
	expect(i->limited_cwnd_us == 40000 && i->limited_cwnd == 1);
	talk->wnd = 0;
	peer_sends(.ack = 1 + 10 * MSS);
	after(70 * MS);
	i = tcp_info();
	expect(i->limited_cwnd_us == 40000 && i->limited_rwnd_us == 70000 && i->limited_rwnd == 1);
	talk->wnd = 65535;
	peer_sends(.ack = 1 + 10 * MSS);
	forget_sent();
	after(MS);
	i = tcp_info();
	expect(i->limited_rwnd_us == 70000 && i->limited_app == 2);
}

/* For one connection, at any time; what it takes is given back */
Test(statistics, asked_for)
{
	uint32_t value = 7;

	in_state(TCPS_ESTABLISHED);
	peer_sends(.len = 10);
	forget_sent();
	expect(leat_tcp_get(talk->conn, LEAT_TCP_STATISTICS, &value) == 0 && value == 0);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_STATISTICS, 1) == 0);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_STATISTICS, 1) == 0);
	peer_sends(.len = 10);
	forget_sent();
	expect(tcp_info()->segs_in == 1);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_STATISTICS, 0) == 0);
	expect(!tcp_info()->counted);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_STATISTICS, 1) == 0);
	expect(tcp_info()->segs_in == 0);
	expect_app_data(20);
}
