/* SPDX-License-Identifier: BSD-3-Clause */
/* Loss found by what SACK tells and when it left (RFC 8985, 6675, 2018 5), and repaired in proportion (RFC 9937). */
#include "spec.h"

SUITE(rack);

enum { MSS = 1460, RTT_MS = 100 };

/* n segments are in flight for an RTT; the round trip is known. */
static void
in_flight(unsigned n)
{
	config.tcp.congestion = LEAT_TCP_NEWRENO;
	config.tcp.initial_window = 20;
	talk->sack = true;
	opens_in(RTT_MS * MS);
	app_sends(MSS);
	expect_sent(.seq = 1, .len = MSS);
	after(RTT_MS * MS);
	peer_sends(.ack = 1 + MSS);
	app_sends((size_t)n * MSS);
	expect_sent_run(n, 1 + MSS, MSS);
	expect_nothing();
	after(RTT_MS * MS);
}

/* The first byte of the i-th of them, from 0. */
static uint32_t
at(unsigned i)
{
	return 1 + MSS * (1 + i);
}

/* The peer has the segments first to last, but not the one at una. */
static void
sacks(unsigned una, unsigned first, unsigned last)
{
	peer_sends(.flags = ACK, .ack = at(una), .nb_sack = 1, .left = at(first), .right = at(last + 1));
}

/* RFC 8985 6.2: three segments behind it have arrived: what is missing before them is lost, and sent again at once */
Test(rack, three_sacked_segments_tell_of_a_loss)
{
	in_flight(6);
	sacks(0, 1, 1);
	sacks(0, 1, 2);
	expect_nothing();
	sacks(0, 1, 3);
	expect_sent(.seq = at(0), .len = MSS);
	expect(counter("tcp_fast_retransmits") == 1);
	forget_sent();
}

/* RFC 8985 6.2 step 5: one segment behind it has arrived, and a quarter of the round trip is over: reordering it is not */
Test(rack, reordering_has_a_quarter_of_the_round_trip)
{
	in_flight(6);
	sacks(0, 1, 1);
	after(RTT_MS / 4 * MS - 5 * MS);
	expect_nothing();
	after(10 * MS);
	expect_sent(.seq = at(0), .len = MSS);
	forget_sent();
}

/* RFC 8985 6.2: what was only overtaken comes in that time, and nothing is sent again */
Test(rack, overtaken_segments_are_not_lost)
{
	in_flight(6);
	sacks(0, 1, 1);
	after(10 * MS);
	peer_sends(.ack = at(2));
	after(RTT_MS / 4 * MS);
	expect_nothing();
	expect(counter("tcp_retransmits") == 0);
}

/* RFC 2018 5, RFC 6675 4: what the peer has is not sent again; each hole is, in order */
Test(rack, only_the_holes_are_sent_again)
{
	in_flight(8);
	sacks(0, 1, 1);
	peer_sends(.flags = ACK, .ack = at(0), .nb_sack = 2, .left = at(3), .right = at(8), .left2 = at(1), .right2 = at(2));
	expect_sent(.seq = at(0), .len = MSS);
	for (int i = 0; i < 10 && spec_wire_waiting() == 0; i++)
		after(10 * MS);
	peer_sends(.ack = at(2), .nb_sack = 1, .left = at(3), .right = at(8));
	expect_sent(.seq = at(2), .len = MSS);
	peer_sends(.ack = at(8));
	expect_nothing();
	expect(counter("tcp_retransmits") == 2);
}

/* RFC 9937 6.4: when recovery ends the window is ssthresh, half of what was in flight */
Test(rack, recovery_ends_with_ssthresh)
{
	in_flight(10);
	for (unsigned i = 1; i < 10; i++)
		sacks(0, 1, i);
	forget_sent();
	expect(tcp_info()->ssthresh == 5 * MSS);
	peer_sends(.ack = at(10));
	expect(tcp_info()->cwnd == 5 * MSS);
}

/* RFC 9937 6.2: in proportion: of ten in flight and a window of five, one is sent for two that arrived */
Test(rack, one_for_two_is_sent)
{
	in_flight(10);
	app_sends(60 * MSS);
	unsigned more = forget_sent(); /* what the window still allowed */
	after(RTT_MS * MS);
	uint32_t last = 10 + more - 1;
	sacks(0, 1, 1);
	sacks(0, 1, 2);
	forget_sent(); /* limited transmit */
	sacks(0, 1, 3);
	expect_sent(.seq = at(0), .len = MSS);
	forget_sent();
	uint64_t before = counter("tcp_segs_out");
	for (unsigned i = 4; i <= last; i++)
		sacks(0, 1, i);
	uint64_t sent = counter("tcp_segs_out") - before;
	forget_sent();
	expect(2 * sent + 4 >= last - 3 && 2 * sent <= last - 3);
}

/* RFC 8985 7.2, 7.3: two round trips of silence: the last segment is sent again, once */
Test(rack, tail_is_probed)
{
	in_flight(3);
	after(RTT_MS * MS - 20 * MS);
	expect_nothing();
	after(60 * MS);
	expect_sent(.seq = at(2), .len = MSS);
	expect_nothing();
	expect(counter("tcp_tlp_probes") == 1 && counter("tcp_rto") == 0);
	forget_sent();
}

/* The tail of three was probed; the peer acknowledges all, and what was sent after that. */
static void
probed_and_acknowledged(bool twice)
{
	in_flight(3);
	after(RTT_MS * MS + 40 * MS);
	expect_sent(.seq = at(2), .len = MSS);
	after(RTT_MS * MS);
	peer_sends(.ack = at(3));
	if (twice)
		peer_sends(.flags = ACK, .ack = at(3), .nb_sack = 1, .left = at(2), .right = at(3));
	app_sends(MSS);
	expect_sent(.seq = at(3), .len = MSS);
	after(RTT_MS * MS);
	peer_sends(.ack = at(4));
	expect_nothing();
}

/* RFC 8985 7.4.2: the probe repaired the loss itself: the window is reduced all the same */
Test(rack, loss_that_the_probe_repaired_counts)
{
	probed_and_acknowledged(false);
	expect(counter("tcp_tlp_recoveries") == 1);
	expect(tcp_info()->ssthresh == 2 * MSS);
}

/* RFC 8985 7.4.2, RFC 2883 5: the probe was a duplicate: nothing was lost */
Test(rack, duplicate_of_the_probe_is_no_loss)
{
	probed_and_acknowledged(true);
	expect(counter("tcp_tlp_recoveries") == 0);
	expect(tcp_info()->ssthresh == UINT32_MAX);
}

/* RFC 2018 5: after a timeout the left edge is sent again, whatever the peer said it has */
Test(rack, left_edge_is_sent_again_after_a_timeout)
{
	in_flight(4);
	peer_sends(.flags = ACK, .ack = at(0), .nb_sack = 1, .left = at(0), .right = at(2));
	forget_sent();
	for (int i = 0; i < 300 && counter("tcp_rto") == 0; i++)
		after(10 * MS);
	expect(counter("tcp_rto") == 1);
	bool left = false;
	while (spec_wire_waiting() > 0)
		left |= spec_expect_sent(SEGMENT())->seq - talk->leat_iss == at(0);
	expect(left);
}
