/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Attackers who see nothing and guess numbers (RFC 5961, RFC 5927), and what they would guess from:
 * NUMBER:JACK, CVE-2016-5696.
 */
#include "attack.h"

SUITE(blind);

/* Where numbers lie to a receive window of 64 KiB that begins at RCV.NXT. */
static const uint32_t distances[] = {1, 2, 1000, 32767, 65534, 65535, 65536, 65537, 100000, 0x7ffffffe, 0x7fffffff, 0x80000000,
	0x80000001, 0xffff0000, 0xfffffffe, 0xffffffff};

#define EACH_DISTANCE(i) unsigned i = 0; i < sizeof(distances) / sizeof(distances[0]); i++

/* RFC 5961 3.2: only the exact number resets; from everywhere else at most a challenge */
Test(blind, rst_at_every_window_position)
{
	in_state(TCPS_ESTABLISHED);
	for (EACH_DISTANCE(i)) {
		peer_sends(.flags = RST, .seq = 1 + distances[i]);
		peer_sends(.flags = RST | ACK, .seq = 1 + distances[i]);
		after(1 * SEC);
		expect(forget_sent() <= 2);
		expect_state(TCPS_ESTABLISHED);
		still_serves();
	}
	expect_no_app_event();
}

/* RFC 5961 4.2: a SYN never resets, wherever it lies */
Test(blind, syn_at_every_window_position)
{
	in_state(TCPS_ESTABLISHED);
	for (EACH_DISTANCE(i)) {
		peer_sends(.flags = SYN, .seq = 1 + distances[i]);
		peer_sends(.flags = SYN, .seq = 1);
		after(1 * SEC);
		expect(forget_sent() <= 2);
		expect_state(TCPS_ESTABLISHED);
		still_serves();
	}
	expect_no_app_event();
}

/* RFC 5961 5.2: data whose ACK field is a guess is not taken, wherever it lies */
Test(blind, data_at_every_window_position)
{
	in_state(TCPS_ESTABLISHED);
	for (EACH_DISTANCE(i))
		for (unsigned k = 0; k < sizeof(distances) / sizeof(distances[0]); k++) {
			uint32_t ack = 1 + distances[k];
			if (distances[k] >= 0xffff0000)
				continue; /* RFC 5961 5.2 allows the last window, as the fifth step of RFC 9293 does */
			peer_sends(.flags = ACK, .seq = 1 + distances[i], .ack = ack, .len = 100);
			peer_sends(.flags = ACK, .seq = 1, .ack = ack, .len = 100);
		}
	forget_sent();
	expect_no_app_event();
	expect(tcp_info()->rcv_nxt == talk->peer_iss + 1 && tcp_info()->ooo == 0);
	still_serves();
}

/* RFC 7323 5.3 R3, RFC 5961 5.2: a segment that is not acceptable leaves no timestamp behind */
Test(blind, timestamp_of_a_segment_with_a_wrong_ack_is_not_noted)
{
	talk->ts = true;
	in_state(TCPS_ESTABLISHED);
	uint32_t clock = (uint32_t)(now() / MS);
	peer_sends(.flags = ACK, .seq = 1, .ack = 0x10000000, .tsval = clock + 0x7000000, .len = 1);
	forget_sent();
	/* the peer's own segment is not older than that */
	peer_sends(.len = 10);
	expect_sent(.flags = ACK, .ack = 11, .tsecr = clock);
	expect_app_data(10);
	expect(counter("drop_tcp_paws") == 0);
	still_serves();
}

/* RFC 5961 5.2, 7: a flood of forged ACKs: ten answers a second, nothing else */
Test(blind, forged_ack_flood)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(1000);
	forget_sent();
	unsigned answers = 0;
	for (uint32_t i = 0; i < 20000; i++) {
		peer_sends(.flags = ACK, .seq = 1, .ack = 1001 + 1 + i * 100003);
		answers += forget_sent();
	}
	expect(answers <= 10);
	expect(tcp_info()->snd_una == talk->leat_iss + 1 && tcp_info()->in_flight == 1000);
	peer_sends(.ack = 1001);
	expect_app_sent(1000);
	still_serves();
}

/* RFC 5961 7 (CVE-2016-5696): the limit of one connection tells nothing of another's */
Test(blind, challenge_limit_is_not_shared)
{
	in_state(TCPS_ESTABLISHED);
	for (int i = 0; i < 1000; i++)
		peer_sends(.flags = SYN, .seq = 100);
	expect(forget_sent() == 10);
	struct talk *first = talk;
	for (uint16_t i = 1; i < 8; i++) {
		new_talk((uint16_t)(PEER_PORT + i));
		in_state(TCPS_ESTABLISHED);
		for (int k = 0; k < 100; k++)
			peer_sends(.flags = SYN, .seq = 100);
		expect(forget_sent() == 10);
	}
	talk = first;
	after(1 * SEC);
	peer_sends(.flags = SYN, .seq = 100);
	expect_sent(.flags = ACK, .ack = 1);
	still_serves();
}

/* RFC 5927 4.1: an ICMP error must quote what is in flight: at both edges, to the byte */
Test(blind, icmp_at_every_position)
{
	enum { UNREACHABLE = 3, HOST = 1, PORT = 3 };

	config.tcp.retries = 1;
	in_state(TCPS_ESTABLISHED);
	app_sends(1000);
	forget_sent();
	for (EACH_DISTANCE(i))
		if (distances[i] >= 1000)
			peer_reports(UNREACHABLE, PORT, 1 + distances[i], 0);
	peer_reports(UNREACHABLE, HOST, 0, 0);
	peer_reports(UNREACHABLE, HOST, 1001, 0);
	expect(counter("icmp_errors_matched") == 0);
	peer_reports(UNREACHABLE, HOST, 1, 0);
	peer_reports(UNREACHABLE, PORT, 1000, 0);
	expect(counter("icmp_errors_matched") == 2);
	expect_state(TCPS_ESTABLISHED);
	expect_no_app_event();
	still_serves();
}

/* RFC 5927 5.2: every type and code about an open connection, and it stays open */
Test(blind, icmp_of_every_type_and_code)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(1000);
	forget_sent();
	for (int type = 0; type < 256; type++)
		for (int code = 0; code < 18; code++)
			peer_reports((uint8_t)type, (uint8_t)code, 1, 1500);
	expect_state(TCPS_ESTABLISHED);
	expect_no_app_event();
	forget_sent();
	peer_sends(.ack = 1001);
	expect_app_sent(1000);
	still_serves();
}

static int
bits_that_differ(uint32_t a, uint32_t b)
{
	return __builtin_popcount(a ^ b);
}

/* RFC 6528 3 (NUMBER:JACK): a thousand ISNs: no common step, no bit that stands still */
Test(blind, initial_sequence_numbers_cannot_be_guessed)
{
	enum { N = 1000 };
	static uint32_t isn[N];
	int differ = 0, same_step = 0, ones[32] = {0};

	in_state(TCPS_LISTEN);
	for (uint16_t i = 0; i < N; i++) {
		new_talk((uint16_t)(PEER_PORT + i));
		peer_sends(.flags = SYN);
		expect_sent(.flags = SYN | ACK);
		isn[i] = talk->leat_iss;
		peer_sends(.flags = RST, .seq = 1);
		talk->used = false;
		for (int bit = 0; bit < 32; bit++)
			ones[bit] += isn[i] >> bit & 1;
		if (i >= 1)
			differ += bits_that_differ(isn[i], isn[i - 1]);
		if (i >= 2)
			same_step += isn[i] - isn[i - 1] == isn[i - 1] - isn[i - 2];
	}
	new_talk(PEER_PORT);
	/* 16 bits of 32 differ on average; six deviations of the mean of a thousand are 0.55 */
	expect(differ > 15 * N && differ < 17 * N);
	expect(same_step == 0);
	for (int bit = 0; bit < 32; bit++)
		expect(ones[bit] > N / 2 - 100 && ones[bit] < N / 2 + 100);
	still_serves();
}
