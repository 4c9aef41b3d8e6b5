/* SPDX-License-Identifier: BSD-3-Clause */
/* A new SYN for a tuple in TIME-WAIT (RFC 9293 3.6.1 MAY-2, SHLD-4; RFC 6191). */
#include "spec.h"
#include "base/seq.h"

SUITE(timewait_reuse);

static uint32_t old_end; /* leat's SND.NXT of the old incarnation */

/* A TIME-WAIT entry; the conversation is then a new one from the same port with this ISN. */
static void
in_time_wait(bool ts, uint32_t new_iss)
{
	config.tcp.msl = 1 * SEC;
	talk->ts = ts;
	in_state(TCPS_TIME_WAIT);
	old_end = talk->leat_iss + talk->leat_nxt;
	new_talk(PEER_PORT);
	talk->peer_iss = new_iss;
	talk->ts = ts;
	after(100 * MS);
}

/* RFC 9293 3.6.1 MAY-2: a SYN beyond RCV.NXT, without timestamps */
Test(timewait_reuse, higher_sequence_number_reopens)
{
	in_time_wait(false, 5000);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .ack = 1, .len = 0);
	expect_nothing();
	/* MAY-2 (1): our ISN is beyond what was used before */
	expect(seq_gt(talk->leat_iss, old_end));
	peer_sends(.flags = ACK);
	expect_app_opened();
	expect_state(TCPS_ESTABLISHED);
	peer_sends(.len = 10);
	expect_sent(.ack = 11);
	expect_app_data(10);
	expect(counter("tcp_time_wait_reopened") == 1);
}

/* RFC 9293 3.6.1 MAY-2 (2): an old duplicate SYN returns to TIME-WAIT */
Test(timewait_reuse, lower_sequence_number_does_not_reopen)
{
	in_time_wait(false, 500);
	peer_sends(.flags = SYN);
	forget_sent(); /* an ACK of the old incarnation tells the peer, who then resets */
	expect_state(TCPS_TIME_WAIT);
	expect_no_app_event();
	expect(counter("tcp_time_wait_reopened") == 0);
}

/* RFC 9293 3.10.7.4: the answer is the ACK of the old incarnation */
Test(timewait_reuse, old_syn_is_answered_with_the_old_ack)
{
	in_state(TCPS_TIME_WAIT);
	peer_sends(.flags = SYN, .seq = 0);
	expect_sent(.flags = ACK, .seq = 2, .ack = 2, .len = 0);
	expect_nothing();
	expect_state(TCPS_TIME_WAIT);
}

/* RFC 9293 3.6.1 SHLD-4, RFC 6191 2: a newer timestamp reopens, whatever the sequence number */
Test(timewait_reuse, newer_timestamp_reopens)
{
	in_time_wait(true, 500);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .ack = 1);
	expect(seq_gt(talk->leat_iss, old_end));
	peer_sends(.flags = ACK);
	expect_app_opened();
	expect_state(TCPS_ESTABLISHED);
}

/* RFC 9293 3.6.1 MAY-2 (1): however much the old connection sent, and however little time has passed */
Test(timewait_reuse, new_isn_lies_beyond_all_that_was_sent)
{
	config.tcp.msl = 1 * SEC;
	in_state(TCPS_ESTABLISHED);
	for (int i = 0; i < 40; i++) {
		app_sends(14600);
		forget_sent();
		peer_sends(.ack = talk->leat_nxt);
		forget_sent();
	}
	app_shuts_down();
	expect_sent(.flags = FIN | ACK);
	peer_sends(.flags = FIN | ACK);
	expect_sent(.flags = ACK);
	expect_state(TCPS_TIME_WAIT);
	old_end = talk->leat_iss + talk->leat_nxt;
	new_talk(PEER_PORT);
	talk->peer_iss = 5000;
	after(1 * MS);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .ack = 1);
	expect(seq_gt(talk->leat_iss, old_end));
}

/* RFC 6191 2: an older timestamp does not */
Test(timewait_reuse, older_timestamp_does_not_reopen)
{
	in_time_wait(true, 5000);
	peer_sends(.flags = SYN, .tsval = (uint32_t)(now() / MS) - 5000, .tsecr = 0);
	forget_sent();
	expect_state(TCPS_TIME_WAIT);
	expect(counter("tcp_time_wait_reopened") == 0);
}

/* RFC 6191 2: equal timestamps: the sequence number decides */
Test(timewait_reuse, equal_timestamp_reopens_with_a_higher_sequence_number)
{
	in_time_wait(true, 5000);
	peer_sends(.flags = SYN, .tsval = (uint32_t)((now() - 100 * MS) / MS), .tsecr = 0);
	expect_sent(.flags = SYN | ACK, .ack = 1);
}

/* RFC 6191 2: no timestamps in the new SYN: the sequence number decides */
Test(timewait_reuse, syn_that_lost_its_timestamps_needs_a_higher_sequence_number)
{
	in_time_wait(true, 5000);
	talk->ts = false;
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .ack = 1, .tsval = NONE);
}

/* RFC 6191 2: and with a lower one it is an old duplicate, or as good as one */
Test(timewait_reuse, syn_that_lost_its_timestamps_and_is_lower_does_not_reopen)
{
	in_time_wait(true, 0x90000000);
	talk->ts = false;
	peer_sends(.flags = SYN);
	forget_sent();
	expect_state(TCPS_TIME_WAIT);
	expect(counter("tcp_time_wait_reopened") == 0);
}

/* RFC 6191 2: equal timestamps, and a sequence number that is no higher */
Test(timewait_reuse, equal_timestamp_does_not_reopen_with_a_lower_sequence_number)
{
	in_time_wait(true, 0x90000000);
	peer_sends(.flags = SYN, .tsval = (uint32_t)((now() - 100 * MS) / MS), .tsecr = 0);
	forget_sent();
	expect_state(TCPS_TIME_WAIT);
}

/* RFC 6191 2: the old connection had no timestamps, the new one has: that alone is a new one */
Test(timewait_reuse, timestamps_that_are_new_reopen)
{
	in_time_wait(false, 0x90000000);
	talk->ts = true;
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .ack = 1);
	expect(seq_gt(talk->leat_iss, old_end));
}

/* RFC 9293 3.10.7.2: nobody listens any more: nothing is reopened */
Test(timewait_reuse, without_a_listener_nothing_is_reopened)
{
	in_time_wait(false, 5000);
	app_unlistens();
	peer_sends(.flags = SYN);
	forget_sent();
	expect_no_app_event();
	expect(counter("tcp_opened_passive") == 1);
}

/* Configuration: tcp.msl = 1s: after two of them the tuple is as new */
Test(timewait_reuse, expired_entry_is_forgotten)
{
	in_time_wait(false, 500);
	after(2 * SEC);
	expect_closed();
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .ack = 1);
	expect(counter("tcp_time_wait_reopened") == 0);
}
