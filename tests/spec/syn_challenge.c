/* SPDX-License-Identifier: BSD-3-Clause */
/* SYN on an open connection (RFC 9293 3.10.7.4, fourth; RFC 5961 4.2). */
#include "spec.h"

SUITE(syn_challenge);

/* RFC 5961 4.2: whatever its sequence number */
Test(syn_challenge, syn_is_answered_with_a_challenge_ack)
{
	static const uint32_t seqs[] = {0, 1, 2, 1000, 0x10000000, 0x80000000, 0xfffffff0};

	in_state(TCPS_ESTABLISHED);
	for (unsigned i = 0; i < sizeof(seqs) / sizeof(seqs[0]); i++) {
		peer_sends(.flags = SYN, .seq = seqs[i]);
		expect_sent(.flags = ACK, .seq = 1, .ack = 1, .len = 0);
		expect_nothing();
	}
	expect_state(TCPS_ESTABLISHED);
	expect_no_app_event();
}

/* RFC 5961 4.2 */
Test(syn_challenge, syn_ack_is_answered_with_a_challenge_ack)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = SYN | ACK, .seq = 0, .ack = 1);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1, .len = 0);
	expect_nothing();
	expect_state(TCPS_ESTABLISHED);
}

/* RFC 9293 3.4, 3.10.7.4: the SYN-ACK sent again, because our ACK was lost */
Test(syn_challenge, repeated_syn_ack_is_acknowledged)
{
	talk->active = true;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = SYN | ACK, .seq = 0, .ack = 1);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1, .len = 0);
	expect_nothing();
	expect_state(TCPS_ESTABLISHED);
}

/* RFC 9293 3.5.1: half-open connection. The peer has rebooted: its RST ends ours */
Test(syn_challenge, rebooted_peer_resets_after_the_challenge)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = SYN, .seq = 777777);
	const struct tcp_seg *challenge = expect_sent(.flags = ACK, .seq = 1, .ack = 1);
	peer_sends(.flags = RST, .seq = challenge->ack - talk->peer_iss);
	expect_app_closed(ECONNRESET);
	expect_closed();
	/* and its next SYN is welcome */
	new_talk(PEER_PORT);
	talk->peer_iss = 5555555;
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .ack = 1);
}

/* RFC 5961 4.2: data in such a segment is not processed */
Test(syn_challenge, data_and_fin_with_the_syn_are_ignored)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = SYN | FIN | ACK, .seq = 1, .len = 100);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1);
	expect_nothing();
	expect_no_app_event();
	expect_state(TCPS_ESTABLISHED);
}

/* RFC 5961 7: within limits */
Test(syn_challenge, challenges_are_limited)
{
	in_state(TCPS_ESTABLISHED);
	for (int i = 0; i < 1000; i++)
		peer_sends(.flags = SYN, .seq = 100);
	unsigned n = forget_sent();
	expect(n >= 10 && n < 1000);
	after(10 * SEC);
	peer_sends(.flags = SYN, .seq = 100);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1);
}

/* RFC 5961 7: the limit of one connection is not the limit of another */
Test(syn_challenge, limit_is_per_connection)
{
	in_state(TCPS_ESTABLISHED);
	new_talk(PEER_PORT + 1);
	in_state(TCPS_ESTABLISHED);
	struct talk *other = talk;
	talk = spec_talk_find(PEER_PORT, LEAT_PORT);
	for (int i = 0; i < 1000; i++)
		peer_sends(.flags = SYN, .seq = 100);
	forget_sent();
	talk = other;
	peer_sends(.flags = SYN, .seq = 100);
	expect_sent(.flags = ACK, .seq = 1, .ack = 1);
}

/* RFC 7323 3.2: it is a segment of the connection like others */
Test(syn_challenge, challenge_carries_timestamps)
{
	talk->ts = true;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = SYN, .seq = 100, .tsval = 1, .tsecr = 0);
	expect(spec_expect_sent(SEGMENT(.flags = ACK, .seq = 1, .ack = 1))->opts.has_ts);
	expect_nothing();
}
