/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * leat is no amplifier: nothing that goes to an address which has proven nothing exceeds three times
 * what came from there, counted in bytes of IP, SYN-ACKs sent again included. And no flood decides how
 * many RSTs a core sends.
 */
#include "attack.h"

SUITE(amplify);

/* A SYN from the wild, and all that ever comes of it. */
static void
expect_at_most_three_times(const struct segment *syn)
{
	struct packet p = attack_packet(syn);
	uint32_t answered = throws(&p);
	uint64_t before = spec_bytes_sent();

	after(1000 * SEC);
	uint32_t total = answered + (uint32_t)(spec_bytes_sent() - before);
	if (answered == 0 || total > 3 * p.len)
		spec_fail("%u bytes answered %u", total, p.len);
	forget_sent();
	expect(attack_usage().half_open == 0);
}

/* RFC 4987 3.3: whatever options the SYN has, and whatever ours would have */
Test(amplify, syn_ack_and_its_retransmissions)
{
	config.tcp.synack_retries = 10;
	in_state(TCPS_LISTEN);
	for (int i = 0; i < 16; i++)
		expect_at_most_three_times(SEGMENT(.flags = SYN, .seq = 0, .mss = i & 1 ? 1460 : NONE,
			.wscale = i & 2 ? 7 : NONE, .sack_perm = i & 4, .tsval = i & 8 ? 1 : NONE));
	still_serves();
}

/* RFC 4987 3.3: two more where the SYN was as long, one where it was not, and the entry lives on */
Test(amplify, two_syn_acks_go_out_again_unasked)
{
	in_state(TCPS_SYN_RECEIVED);
	uint64_t start = now();
	until(start + 1001 * MS);
	expect_sent(.flags = SYN | ACK, .seq = 0);
	until(start + 14999 * MS);
	expect_nothing();
	until(start + 15001 * MS);
	expect_sent(.flags = SYN | ACK, .seq = 0);
	until(start + 60 * SEC);
	expect_nothing();
	expect(counter("tcp_synack_withheld") == 3);
	expect_state(TCPS_SYN_RECEIVED);
	/* a SYN again earns it again */
	peer_sends(.flags = SYN, .seq = 0);
	expect_sent(.flags = SYN | ACK, .seq = 0);
	peer_sends(.flags = ACK);
	expect_app_opened();
}

/* RFC 4987 3.3: a SYN without options is shorter than its answer */
Test(amplify, one_syn_ack_goes_out_again_for_a_bare_syn)
{
	talk->mss = NONE;
	in_state(TCPS_SYN_RECEIVED);
	after(60 * SEC);
	expect_sent(.flags = SYN | ACK, .seq = 0);
	expect_nothing();
}

/* RFC 4987 3.6: cookies answer one for one */
Test(amplify, cookies)
{
	config.tcp.syn_cookies = LEAT_COOKIES_ALWAYS;
	in_state(TCPS_LISTEN);
	expect_at_most_three_times(SEGMENT(.flags = SYN, .seq = 0, .mss = NONE));
	expect_at_most_three_times(SEGMENT(.flags = SYN, .seq = 0));
	still_serves();
}

/* RFC 5961 7: the repeated SYNs, wrong ACKs and stray segments of somebody who was never proven */
Test(amplify, every_flag_at_a_half_open_entry)
{
	uint32_t in = 0, out = 0;

	talk->ts = true;
	in_state(TCPS_SYN_RECEIVED);
	for (int flags = 0; flags < 256; flags++)
		for (uint32_t seq = 0; seq < 3; seq++) {
			struct packet p = packet_of(.flags = flags, .seq = seq == 2 ? 0x50000000 : seq, .ack = 77,
				.tsval = NONE);
			in += p.len;
			out += throws(&p);
			expect(out <= 3 * in);
			forget_sent();
		}
	still_serves();
}

/* RFC 9293 3.10.7.1: nor do closed ports, whatever comes */
Test(amplify, every_flag_at_a_closed_port)
{
	in_state(TCPS_CLOSED);
	for (int flags = 0; flags < 256; flags++) {
		struct packet p = packet_of(.flags = flags, .seq = 0);
		expect(throws(&p) <= p.len);
		forget_sent();
	}
	still_serves();
}

/* tcp.rst_rate: a tenth of a second's worth at once, then evenly */
Test(amplify, rsts_are_limited)
{
	config.tcp.rst_rate = 100;
	in_state(TCPS_CLOSED);
	for (int i = 0; i < 1000; i++)
		peer_sends(.flags = ACK, .seq = 1, .ack = 1);
	expect(forget_sent() == 10);
	expect(counter("tcp_rst_limited") == 990);
	after(50 * MS);
	for (int i = 0; i < 1000; i++)
		peer_sends(.flags = ACK, .seq = 1, .ack = 1);
	expect(forget_sent() == 5);
	/* the resets of connections are not of these */
	still_serves();
}

/* tcp.rst_rate: in ten seconds never more than ten seconds' worth and the first burst */
Test(amplify, rst_rate_holds_over_time)
{
	config.tcp.rst_rate = 50;
	in_state(TCPS_CLOSED);
	unsigned sent = 0;
	for (int i = 0; i < 1000; i++) {
		peer_sends(.flags = SYN, .seq = 0);
		peer_sends(.flags = ACK, .seq = 1, .ack = 1);
		sent += forget_sent();
		after(10 * MS);
	}
	expect(sent >= 495 && sent <= 505);
}

/* tcp.rst_rate = 0: none at all */
Test(amplify, no_rst_at_all)
{
	config.tcp.rst_rate = 0;
	in_state(TCPS_CLOSED);
	peer_sends(.flags = ACK, .seq = 1, .ack = 1);
	expect_nothing();
	still_serves();
}
