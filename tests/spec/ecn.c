/* SPDX-License-Identifier: BSD-3-Clause */
/* Explicit congestion notification (RFC 3168): agreed upon, told of, answered. */
#include "spec.h"
#include "slabs.h"
#include "ip/ip.h"

SUITE(ecn);

enum { MSS = 1460, RTT_MS = 100 };

/* Both ends agreed; the window is n segments, and all of them have been in flight for an RTT. */
static void
in_flight(unsigned n)
{
	config.tcp.congestion = LEAT_TCP_NEWRENO;
	config.tcp.initial_window = (uint8_t)n;
	talk->sack = talk->ecn = true;
	opens_in(RTT_MS * MS);
	app_sends((size_t)n * MSS);
	for (unsigned i = 0; i < n; i++)
		expect_sent(.seq = 1 + i * MSS, .len = MSS, .ecn = ECN_ECT_0);
	expect_nothing();
	after(RTT_MS * MS);
}

static uint32_t
at(unsigned i)
{
	return 1 + MSS * i;
}

/* --- agreed upon --- */

/* RFC 3168 6.1.1: the peer asks with both flags, and the answer has ECE; neither is ECN-capable, data is */
Test(ecn, peer_asks)
{
	listens();
	peer_sends(.flags = SYN | ECE | CWR);
	expect_sent(.flags = SYN | ACK | ECE, .ecn = ECN_NOT_ECT);
	peer_sends(.flags = ACK);
	expect_app_opened();
	expect(tcp_info()->ecn);
	expect(counter("tcp_ecn_agreed") == 1);
	app_sends(100);
	expect_sent(.flags = PSH | ACK, .len = 100, .ecn = ECN_ECT_0);
}

/* RFC 3168 6.1.1: one flag alone does not ask */
Test(ecn, one_flag_does_not_ask)
{
	listens();
	peer_sends(.flags = SYN | ECE);
	expect_sent(.flags = SYN | ACK);
	peer_sends(.flags = ACK);
	expect_app_opened();
	expect(!tcp_info()->ecn);
	app_sends(100);
	expect_sent(.len = 100, .ecn = ECN_NOT_ECT);
	new_talk(PEER_PORT + 1);
	peer_sends(.flags = SYN | CWR);
	expect_sent(.flags = SYN | ACK);
}

Test(ecn, it_can_be_turned_off)
{
	config.tcp.ecn = LEAT_ECN_OFF;
	listens();
	peer_sends(.flags = SYN | ECE | CWR);
	expect_sent(.flags = SYN | ACK);
	peer_sends(.flags = ACK);
	expect_app_opened();
	expect(!tcp_info()->ecn);
	peer_sends(.len = 100, .ecn = ECN_CE);
	expect_sent(.flags = ACK, .ack = 101);
	expect_app_data(100);
}

/* RFC 3168 6.1.1: by default leat asks for nothing */
Test(ecn, leat_does_not_ask_by_itself)
{
	in_state(TCPS_CLOSED);
	app_connects();
	expect_sent(.flags = SYN);
	peer_sends(.flags = SYN | ACK | ECE);
	expect_sent(.flags = ACK);
	expect_app_opened();
	expect(!tcp_info()->ecn);
}

/* RFC 3168 6.1.1: asked to, it does: ECE and CWR in the SYN, ECE alone is the answer */
Test(ecn, leat_asks)
{
	config.tcp.ecn = LEAT_ECN_ON;
	in_state(TCPS_CLOSED);
	app_connects();
	expect_sent(.flags = SYN | ECE | CWR, .ecn = ECN_NOT_ECT);
	peer_sends(.flags = SYN | ACK | ECE);
	expect_sent(.flags = ACK, .ecn = ECN_NOT_ECT);
	expect_app_opened();
	expect(tcp_info()->ecn);
	app_sends(100);
	expect_sent(.len = 100, .ecn = ECN_ECT_0);
}

/* RFC 3168 6.1.1: a SYN-ACK with both flags comes from one who sends back what he got; without any from one who does not know */
Test(ecn, reflected_flags_are_no_answer)
{
	config.tcp.ecn = LEAT_ECN_ON;
	in_state(TCPS_SYN_SENT);
	peer_sends(.flags = SYN | ACK | ECE | CWR);
	expect_sent(.flags = ACK);
	expect_app_opened();
	expect(!tcp_info()->ecn);
	app_sends(100);
	expect_sent(.len = 100, .ecn = ECN_NOT_ECT);
}

Test(ecn, peer_does_not_know_it)
{
	config.tcp.ecn = LEAT_ECN_ON;
	in_state(TCPS_SYN_SENT);
	peer_sends(.flags = SYN | ACK);
	expect_sent(.flags = ACK);
	expect_app_opened();
	expect(!tcp_info()->ecn);
	peer_sends(.len = 100, .ecn = ECN_CE);
	expect_sent(.flags = ACK, .ack = 101);
	expect_app_data(100);
}

/* Of one connection, until its SYN has left */
Test(ecn, a_connection_can_ask)
{
	uint32_t value = 7;

	in_state(TCPS_CLOSED);
	app_queues_connect();
	expect(leat_tcp_set(talk->conn, LEAT_TCP_ECN, 1) == 0);
	spec_turn();
	expect_sent(.flags = SYN | ECE | CWR);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_ECN, 0) == -EINVAL);
	peer_sends(.flags = SYN | ACK | ECE);
	expect_sent(.flags = ACK);
	expect_app_opened();
	expect(leat_tcp_get(talk->conn, LEAT_TCP_ECN, &value) == 0 && value == 1);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_ECN, 0) == -EINVAL);
}

/* RFC 3168 6.1.1.1: who gets no answer may ask without, in case somebody drops SYNs that have the flags */
Test(ecn, second_syn_does_not_ask)
{
	config.tcp.ecn = LEAT_ECN_ON;
	in_state(TCPS_SYN_SENT);
	after(SEC);
	expect_sent(.flags = SYN);
	expect(counter("tcp_ecn_fallback") == 1);
	peer_sends(.flags = SYN | ACK);
	expect_sent(.flags = ACK);
	expect_app_opened();
	expect(!tcp_info()->ecn);
}

/* RFC 3168 6.1.1.1: the first SYN is answered after all: marks count, but what we send is not ECN-capable */
Test(ecn, late_answer_to_the_first_syn)
{
	config.tcp.ecn = LEAT_ECN_ON;
	in_state(TCPS_SYN_SENT);
	after(SEC);
	expect_sent(.flags = SYN);
	peer_sends(.flags = SYN | ACK | ECE);
	expect_sent(.flags = ACK);
	expect_app_opened();
	app_sends(100);
	expect_sent(.len = 100, .ecn = ECN_NOT_ECT);
	peer_sends(.len = 100, .ecn = ECN_CE);
	expect_sent(.flags = ACK | ECE, .ack = 101);
	expect_app_data(100);
}

/* RFC 3168 6.1.1.1: a peer that asks no more has perhaps never heard our answer */
Test(ecn, peer_asks_no_more)
{
	listens();
	peer_sends(.flags = SYN | ECE | CWR);
	expect_sent(.flags = SYN | ACK | ECE);
	peer_sends(.flags = SYN, .seq = 0);
	expect_sent(.flags = SYN | ACK);
	peer_sends(.flags = ACK);
	expect_app_opened();
	expect(!tcp_info()->ecn);
}

/* RFC 3168 6.1.1: both open at once, and both ask */
Test(ecn, simultaneous_open)
{
	config.tcp.ecn = LEAT_ECN_ON;
	in_state(TCPS_SYN_SENT);
	peer_sends(.flags = SYN | ECE | CWR);
	expect_sent(.flags = SYN | ACK | ECE, .ack = 1);
	peer_sends(.flags = SYN | ACK | ECE, .seq = 0, .ack = 1);
	expect_app_opened();
	expect(tcp_info()->ecn);
	expect(counter("tcp_ecn_reduced") == 0);
	app_sends(100);
	expect_sent(.flags = PSH | ACK, .len = 100, .ecn = ECN_ECT_0);
}

/* RFC 4987 3.6: a cookie remembers it, where the peer has timestamps */
Test(ecn, cookie_remembers_it)
{
	config.tcp.syn_cookies = LEAT_COOKIES_ALWAYS;
	talk->ts = true;
	listens();
	peer_sends(.flags = SYN | ECE | CWR);
	expect_sent(.flags = SYN | ACK | ECE);
	peer_sends(.flags = ACK);
	expect_app_opened();
	expect(tcp_info()->ecn);
	new_talk(PEER_PORT + 1)->ts = true;
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK);
	peer_sends(.flags = ACK);
	expect_app_opened();
	expect(!tcp_info()->ecn);
	new_talk(PEER_PORT + 2);
	peer_sends(.flags = SYN | ECE | CWR);
	expect_sent(.flags = SYN | ACK);
}

/* --- the receiver --- */

/* RFC 3168 6.1.3: from a mark on each ACK says ECE, until CWR; the first at once */
Test(ecn, marks_are_told_of_until_cwr)
{
	talk->ecn = true;
	config.tcp.delayed_ack = 40 * MS;
	in_state(TCPS_ESTABLISHED);
	for (int i = 0; i < 20; i++) {
		peer_sends(.len = 100, .ecn = ECN_ECT_0);
		after(50 * MS);
		expect_sent(.flags = ACK);
	}
	expect_app_data(2000);
	peer_sends(.len = 100, .ecn = ECN_CE);
	expect_sent(.flags = ACK | ECE, .ack = 2101, .ecn = ECN_NOT_ECT);
	expect(counter("tcp_ce_in") == 1);
	app_sends(10);
	expect_sent(.flags = PSH | ACK | ECE, .len = 10);
	peer_sends(.len = 100, .ecn = ECN_ECT_0);
	after(50 * MS);
	expect_sent(.flags = ACK | ECE, .ack = 2201);
	peer_sends(.flags = ACK | CWR, .len = 100, .ecn = ECN_ECT_0);
	after(50 * MS);
	expect_sent(.flags = ACK, .ack = 2301);
	peer_sends(.flags = ACK | CWR, .len = 100, .ecn = ECN_CE);
	expect_sent(.flags = ACK | ECE, .ack = 2401);
	expect_app_data(400);
}

/* RFC 3168 6.1.4, 6.1.5: a mark on what is not data, or lies outside the window, says nothing */
Test(ecn, marks_of_no_data_are_ignored)
{
	talk->ecn = true;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.ecn = ECN_CE);
	peer_sends(.seq = 1 + 262144 + 5000, .len = 100, .ecn = ECN_CE);
	expect_sent(.flags = ACK, .ack = 1);
	expect(counter("tcp_ce_in") == 0);
	peer_sends(.len = 100, .ecn = ECN_ECT_0);
	expect_sent(.flags = ACK, .ack = 101);
	peer_sends(.seq = 1, .len = 100, .ecn = ECN_CE);
	expect_sent(.flags = ACK, .ack = 101);
	expect_app_data(100);
}

/* --- the sender --- */

/* RFC 3168 6.1.2: the window is halved, nothing is sent again; the next new data says CWR, once */
Test(ecn, a_mark_halves_the_window)
{
	in_flight(10);
	app_sends(60 * MSS);
	forget_sent();
	peer_sends(.flags = ACK | ECE, .ack = at(1));
	expect(tcp_info()->ssthresh == 5 * MSS);
	expect(counter("tcp_ecn_reduced") == 1);
	expect_sent(.flags = ACK | CWR, .seq = at(10), .len = MSS, .ecn = ECN_ECT_0);
	for (unsigned i = 2; i <= 10; i++)
		peer_sends(.flags = ACK | ECE, .ack = at(i));
	/* one for two that arrived (RFC 9937 6.2) */
	expect_sent_run(4, at(11), MSS);
	expect_nothing();
	expect(tcp_info()->cwnd == 5 * MSS);
	expect(tcp_info()->ssthresh == 5 * MSS);
	expect(counter("tcp_ecn_reduced") == 1);
	expect(counter("tcp_retransmits") == 0);
}

/* RFC 3168 6.1.2: only what acknowledges data sent behind the reduction can tell of another mark */
Test(ecn, once_a_window)
{
	in_flight(10);
	app_sends(60 * MSS);
	forget_sent();
	peer_sends(.flags = ACK | ECE, .ack = at(10));
	expect_sent(.flags = ACK | CWR, .seq = at(10), .len = MSS);
	forget_sent();
	peer_sends(.flags = ACK | ECE, .ack = at(10));
	expect(counter("tcp_ecn_reduced") == 1);
	after(RTT_MS * MS);
	peer_sends(.flags = ACK | ECE, .ack = at(11));
	expect(counter("tcp_ecn_reduced") == 2);
	expect_sent(.flags = ACK | CWR);
	forget_sent();
}

/* RFC 3168 6.1.2: one ACK for all that was in flight, and for what said CWR, which was marked in its turn */
Test(ecn, the_end_of_a_reduction_may_tell_of_the_next_mark)
{
	in_flight(10);
	app_sends(60 * MSS);
	forget_sent();
	peer_sends(.flags = ACK | ECE, .ack = at(1));
	expect_sent(.flags = ACK | CWR, .seq = at(10), .len = MSS);
	after(RTT_MS * MS);
	peer_sends(.flags = ACK | ECE, .ack = at(11));
	expect(counter("tcp_ecn_reduced") == 2);
	expect_sent(.flags = ACK | CWR, .seq = at(11));
	forget_sent();
}

/* RFC 3168 6.1.2: a window is not reduced for a mark and for a loss; and a loss is told of by CWR as well */
Test(ecn, a_loss_in_the_reduced_window_is_the_same_congestion)
{
	in_flight(10);
	peer_sends(.flags = ACK | ECE, .ack = at(1));
	expect(tcp_info()->ssthresh == 5 * MSS);
	for (unsigned i = 3; i <= 5; i++)
		peer_sends(.flags = ACK | ECE, .ack = at(1), .nb_sack = 1, .left = at(2), .right = at(i));
	expect_sent(.flags = ACK, .seq = at(1), .len = MSS, .ecn = ECN_NOT_ECT);
	expect(tcp_info()->ssthresh == 5 * MSS);
	expect(counter("tcp_fast_retransmits") == 1);
	peer_sends(.flags = ACK | ECE, .ack = at(10));
	expect(tcp_info()->cwnd == 5 * MSS);
	app_sends(MSS);
	expect_sent(.flags = PSH | ACK | CWR, .seq = at(10), .ecn = ECN_ECT_0);
}

/* RFC 3168 6.1.2, RFC 8985 7.4.2: nor for a mark and for a tail of the same window, which a probe repaired */
Test(ecn, a_tail_lost_in_the_reduced_window_is_the_same_congestion)
{
	in_flight(10);
	peer_sends(.flags = ACK | ECE, .ack = at(8));
	expect(tcp_info()->ssthresh == 5 * MSS);
	after(2 * RTT_MS * MS + 10 * MS);
	expect_sent(.seq = at(9), .len = MSS, .ecn = ECN_NOT_ECT);
	peer_sends(.ack = at(10));
	app_sends(MSS);
	expect_sent(.flags = PSH | ACK | CWR, .seq = at(10));
	peer_sends(.ack = at(11));
	expect(counter("tcp_tlp_recoveries") == 1);
	expect(tcp_info()->ssthresh == 5 * MSS && tcp_info()->cwnd >= 5 * MSS);
}

/* RFC 3168 6.1.2, 6.1.5: what is sent again is not ECN-capable; new data tells of the loss; a mark of the same window counts no more */
Test(ecn, a_loss_is_told_of)
{
	in_flight(10);
	for (unsigned i = 2; i <= 4; i++)
		peer_sends(.ack = at(0), .nb_sack = 1, .left = at(1), .right = at(i));
	expect_sent(.flags = ACK, .seq = at(0), .len = MSS, .ecn = ECN_NOT_ECT);
	peer_sends(.flags = ACK | ECE, .ack = at(10));
	expect(counter("tcp_ecn_reduced") == 0);
	app_sends(2 * MSS);
	expect_sent(.flags = ACK | CWR, .seq = at(10), .ecn = ECN_ECT_0);
	expect_sent(.flags = PSH | ACK, .seq = at(11), .ecn = ECN_ECT_0);
}

/* RFC 3168 6.1.2, 6.1.5: so does a timeout */
Test(ecn, a_timeout_is_told_of)
{
	config.tcp.tail_loss_probe = false;
	in_flight(4);
	after(rto());
	expect_sent(.flags = ACK, .seq = at(0), .len = MSS, .ecn = ECN_NOT_ECT);
	peer_sends(.ack = at(4));
	app_sends(MSS);
	expect_sent(.flags = PSH | ACK | CWR, .seq = at(4), .ecn = ECN_ECT_0);
}

/* RFC 3168 6.1.2, RFC 4015 3.2: a timeout that was for nothing does not undo what a mark has asked for */
Test(ecn, an_undone_timeout_leaves_the_window_reduced)
{
	config.tcp.tail_loss_probe = false;
	config.tcp.congestion = LEAT_TCP_NEWRENO;
	config.tcp.initial_window = 10;
	talk->sack = talk->ecn = talk->ts = true;
	in_state(TCPS_ESTABLISHED);
	uint32_t mss = tcp_info()->mss;
	app_sends(10 * mss);
	expect_sent_run(10, 1, mss);
	after(RTT_MS * MS);
	peer_sends(.flags = ACK | ECE, .ack = 1 + mss);
	expect(tcp_info()->ssthresh == 5 * mss);
	uint32_t first = talk->ts_recent;
	after(rto());
	expect_sent(.seq = 1 + mss, .len = mss);
	peer_sends(.ack = 1 + 10 * mss, .tsecr = first);
	expect(counter("tcp_undone") == 1);
	expect(tcp_info()->ssthresh == 5 * mss);
	expect(tcp_info()->cwnd <= 6 * mss); /* a window was acknowledged */
}

/* RFC 3168 6.1.2: a window of one segment is not made larger by a mark */
Test(ecn, a_mark_makes_no_window_larger)
{
	in_flight(1);
	peer_sends(.flags = ACK | ECE, .ack = at(1));
	expect(tcp_info()->cwnd == MSS);
	app_sends(2 * MSS);
	expect_sent(.flags = ACK | CWR, .seq = at(1), .len = MSS);
	expect_nothing();
	peer_sends(.ack = at(2));
	expect_sent(.seq = at(2), .len = MSS);
}

/* RFC 3168 6.1.2: the mark was on the last of what there was to send: the next response begins with what is left */
Test(ecn, a_mark_on_the_last_of_a_response)
{
	in_flight(10);
	peer_sends(.flags = ACK | ECE, .ack = at(10));
	expect(tcp_info()->cwnd == 5 * MSS);
	peer_sends(.flags = ACK | ECE, .len = 100);
	expect_app_data(100);
	expect(tcp_info()->cwnd == 5 * MSS);
	forget_sent();
	app_sends(10 * MSS);
	expect_sent(.flags = ACK | CWR, .seq = at(10), .len = MSS, .ecn = ECN_ECT_0);
	expect_sent_run(4, at(11), MSS);
	expect_nothing();
}

/* RFC 3168 6.1.2: ECE without anything in flight is of what was answered before */
Test(ecn, ece_about_nothing)
{
	talk->ecn = true;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = ACK | ECE, .len = 100);
	expect_sent(.flags = ACK, .ack = 101);
	expect_app_data(100);
	expect(counter("tcp_ecn_reduced") == 0);
}

/* RFC 3168 6.1.1: who did not agree is not believed */
Test(ecn, ece_that_was_not_agreed_on)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(2000);
	forget_sent();
	peer_sends(.flags = ACK | ECE, .ack = 1461);
	forget_sent();
	expect(counter("tcp_ecn_reduced") == 0);
}

/* RFC 3168 6.1.6: a probe of a closed window is not ECN-capable; neither are keepalive probe and FIN without data */
Test(ecn, probes_are_not_capable)
{
	talk->ecn = true;
	config.tcp.keepalive = 10 * SEC;
	in_state(TCPS_ESTABLISHED);
	after(10 * SEC);
	expect_sent(.flags = ACK, .seq = 0, .len = 0, .ecn = ECN_NOT_ECT);
	peer_sends(.flags = ACK, .wnd = 0);
	app_sends(10);
	after(10 * SEC);
	expect_sent(.seq = 1, .len = 1, .ecn = ECN_NOT_ECT);
	forget_sent();
	talk->wnd = 65535;
	peer_sends(.ack = 1);
	expect_sent(.seq = 1, .len = 10, .ecn = ECN_ECT_0);
	peer_sends(.ack = 11);
	app_shuts_down();
	expect_sent(.flags = FIN | ACK, .len = 0, .ecn = ECN_NOT_ECT);
}

/* Without memory for what a sender keeps the window is reduced all the same, once until CWR has left */
Test(ecn, without_memory)
{
	config.tcp.initial_window = 10;
	talk->ecn = true;
	in_state(TCPS_ESTABLISHED);
	uint32_t max = senders_may_be(stack, 0);
	app_sends(10 * MSS);
	expect_sent_run(10, 1, MSS);
	peer_sends(.flags = ACK | ECE, .ack = at(1));
	expect(tcp_info()->cwnd == 5 * MSS);
	peer_sends(.flags = ACK | ECE, .ack = at(2));
	expect(tcp_info()->cwnd == 5 * MSS);
	peer_sends(.flags = ACK | ECE, .ack = at(10));
	app_sends(MSS);
	expect_sent(.flags = PSH | ACK | CWR, .ecn = ECN_ECT_0);
	senders_may_be(stack, max);
}
