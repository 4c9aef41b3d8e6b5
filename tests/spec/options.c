/* SPDX-License-Identifier: BSD-3-Clause */
/* TCP options: which are offered, answered, understood (RFC 9293 3.2, RFC 7323, RFC 2018). */
#include <string.h>
#include "spec.h"

SUITE(options);

/* RFC 9293 3.7.1 SHLD-5, MAY-3, MUST-14; RFC 7323 2.2, 3.2: what was not offered is not answered */
Test(options, syn_ack_to_a_bare_syn_has_only_the_mss)
{
	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .mss = 1460, .wscale = NONE, .sack_perm = 0, .tsval = NONE);
}

/* RFC 7323 2.2, 3.2, RFC 2018 2: each is answered for itself */
Test(options, window_scale_alone_is_answered)
{
	talk->wscale = 3;
	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN);
	expect(spec_expect_sent(SEGMENT(.sack_perm = 0, .tsval = NONE))->opts.has_wscale);
}

/* RFC 2018 2 */
Test(options, sack_permitted_alone_is_answered)
{
	talk->sack = true;
	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .wscale = NONE, .sack_perm = 1, .tsval = NONE);
}

/* RFC 7323 3.2: TSecr echoes the SYN's TSval */
Test(options, timestamps_alone_are_answered)
{
	talk->ts = true;
	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN, .tsval = 12345, .tsecr = 0);
	expect_sent(.flags = SYN | ACK, .wscale = NONE, .sack_perm = 0, .tsecr = 12345);
}

static const uint8_t order[] = {TCP_OPT_MSS, 4, 0x05, 0xb4, TCP_OPT_SACK_PERM, 2, TCP_OPT_TIMESTAMP, 10};

static void
check_order(void)
{
	uint32_t len;
	const uint8_t *p = sent_options(&len);

	expect(len == 20);
	expect(memcmp(p, order, sizeof(order)) == 0);
	expect(p[16] == TCP_OPT_NOP && p[17] == TCP_OPT_WSCALE && p[18] == 3);
}

/* As the most-tested peer does: MSS, SACK-permitted, timestamps, NOP, window scale */
Test(options, syn_offers_all_in_the_usual_order)
{
	in_state(TCPS_CLOSED);
	app_connects();
	expect_sent(.flags = SYN, .mss = 1460, .sack_perm = 1, .tsecr = 0);
	check_order();
}

/* As above */
Test(options, syn_ack_has_all_in_the_usual_order)
{
	talk->ts = talk->sack = true;
	talk->wscale = 7;
	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK);
	check_order();
}

/* RFC 7323 3.2: once negotiated, timestamps are in every segment; RFC 9293 3.2 MUST-65: the MSS in none but SYN */
Test(options, timestamps_are_in_every_segment)
{
	talk->ts = true;
	in_state(TCPS_ESTABLISHED);
	app_sends(10);
	expect(spec_expect_sent(SEGMENT(.len = 10, .mss = NONE, .wscale = NONE))->opts.has_ts);
	peer_sends(.len = 10, .tsval = 2000000);
	expect_sent(.flags = ACK, .tsecr = 2000000, .mss = NONE, .wscale = NONE, .sack_perm = 0);
	app_shuts_down();
	expect_sent(.flags = FIN | ACK, .tsecr = 2000000);
}

/* RFC 7323 3.2: a peer that did not offer them gets none, whatever leat offered */
Test(options, client_without_answer_sends_no_timestamps)
{
	talk->active = true;
	in_state(TCPS_ESTABLISHED);
	app_sends(10);
	expect_sent(.len = 10, .tsval = NONE);
	expect(!tcp_info()->timestamps && !tcp_info()->sack);
	expect(tcp_info()->snd_wscale == 0 && tcp_info()->rcv_wscale == 0);
}

/* RFC 7323 3.2, 5.4: the clock of timestamps never goes back and ticks between 1 ms and 1 s */
Test(options, timestamp_clock_advances)
{
	talk->ts = true;
	in_state(TCPS_ESTABLISHED);
	app_sends(10);
	uint32_t first = spec_expect_sent(SEGMENT(.len = 10))->opts.tsval;
	peer_sends(.ack = 11);
	after(10 * SEC);
	app_sends(10);
	uint32_t ticks = spec_expect_sent(SEGMENT(.len = 10))->opts.tsval - first;
	expect(ticks >= 10 && ticks <= 10001);
}

/* RFC 7323 4.3: TSecr is that of the last segment that advanced the window */
Test(options, out_of_order_segment_does_not_change_the_echo)
{
	talk->ts = true;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.len = 10, .tsval = 2000000);
	expect_sent(.ack = 11, .tsecr = 2000000);
	peer_sends(.seq = 21, .len = 10, .tsval = 2000002);
	expect_sent(.ack = 11, .tsecr = 2000000);
	peer_sends(.seq = 11, .len = 10, .tsval = 2000003);
	expect_sent(.ack = 31, .tsecr = 2000003);
}

/* RFC 7323 5.3 R1: PAWS. An older timestamp: ACK, and drop */
Test(options, old_timestamp_is_answered_and_dropped)
{
	talk->ts = true;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.len = 10, .tsval = 2000000);
	expect_sent(.ack = 11);
	expect_app_data(10);
	peer_sends(.len = 10, .seq = 11, .tsval = 1999999);
	expect_sent(.flags = ACK, .ack = 11, .len = 0);
	expect_nothing();
	expect_no_app_event();
	expect(counter("drop_tcp_paws") == 1);
}

/* RFC 7323 5.3 R1: equal is not older */
Test(options, equal_timestamp_is_accepted)
{
	talk->ts = true;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.len = 10, .tsval = 2000000);
	peer_sends(.len = 10, .tsval = 2000000);
	expect_app_data(20);
	expect(forget_sent() == 2);
}

/* RFC 7323 5.2, 5.3: timestamps are compared modulo 2^32 */
Test(options, timestamp_wraps)
{
	talk->ts = true;
	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN, .tsval = 0xfffffff0);
	expect_sent(.flags = SYN | ACK);
	peer_sends(.flags = ACK, .tsval = 0xfffffff8);
	peer_sends(.len = 10, .tsval = 5);
	expect_sent(.ack = 11, .tsecr = 5);
	expect_app_opened();
	expect_app_data(10);
}

/* RFC 7323 5.3: a RST is not subject to PAWS */
Test(options, rst_with_an_old_timestamp_resets)
{
	talk->ts = true;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = RST, .seq = 1, .tsval = 1);
	expect_app_closed(ECONNRESET);
	expect_closed();
}

/* RFC 7323 3.2: a RST may come without timestamps */
Test(options, rst_without_timestamp_resets)
{
	talk->ts = true;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = RST, .seq = 1, .tsval = NONE);
	expect_app_closed(ECONNRESET);
	expect_closed();
}

/* RFC 7323 3.2: a segment that lacks the negotiated timestamps SHOULD be dropped silently */
Test(options, segment_without_negotiated_timestamps_is_dropped)
{
	talk->ts = true;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.seq = 1, .len = 10, .tsval = NONE);
	expect_nothing();
	expect_no_app_event();
}

/* RFC 7323 3.2: timestamps that were not negotiated are ignored */
Test(options, timestamps_that_were_not_negotiated_are_ignored)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.len = 10, .tsval = 500);
	expect_sent(.ack = 11, .tsval = NONE);
	peer_sends(.len = 10, .tsval = 400);
	expect_sent(.ack = 21, .tsval = NONE);
	expect_app_data(20);
}

/* RFC 7323 5.5: after 24 days of silence the last timestamp says nothing any more */
Test(options, timestamp_is_forgotten_after_24_days)
{
	talk->ts = true;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.len = 10, .tsval = 2000000000);
	expect_sent(.ack = 11);
	for (int hour = 0; hour < 25 * 24; hour++)
		after(3600 * SEC);
	peer_sends(.len = 10, .tsval = 1999999999);
	expect_sent(.ack = 21);
	expect_app_data(20);
}

/* RFC 9293 3.1 MUST-6: unknown options are ignored, in SYN and later (MUST-5) */
Test(options, unknown_options_are_ignored)
{
	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN, .options = "\xfd\x06" "abcd" "\x02\x04\x01\xf4" "\x01\x01", .options_len = 12);
	expect_sent(.flags = SYN | ACK);
	peer_sends(.flags = ACK, .len = 10, .options = "\xfe\x04zz", .options_len = 4);
	expect_sent(.flags = ACK, .ack = 11);
	expect_app_opened();
	expect_app_data(10);
	app_sends(600);
	expect_sent(.len = 500);
	forget_sent();
}

/* RFC 9293 3.2 MUST-64: options need not begin on a word boundary */
Test(options, unaligned_options_are_understood)
{
	talk->wnd = 100;
	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN, .options = "\x01\x02\x04\x01\xf4\x03\x03\x02\x04\x02\x00\x00", .options_len = 12);
	expect(spec_expect_sent(SEGMENT(.flags = SYN | ACK, .sack_perm = 1))->opts.has_wscale);
	peer_sends(.flags = ACK);
	expect_app_opened();
	app_sends(1000);
	expect_sent(.len = 400);
	expect(tcp_info()->snd_wscale == 2 && tcp_info()->mss == 500);
}

/* RFC 9293 3.1 MUST-7: an illegal length, zero too, must not hurt */
Test(options, illegal_lengths_are_survived)
{
	static const char *const bad[] = {
		"\x02\x00\x05\xb4", "\x02\x01\x05\xb4", "\x02\xff\x05\xb4", "\x02\x05\x05\xb4",
		"\x03\x00\x00\x00", "\xfd\x00\x00\x00", "\x01\x01\x01\x02", "\x01\x01\x08\x0a",
	};

	in_state(TCPS_LISTEN);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		new_talk((uint16_t)(PEER_PORT + i));
		peer_sends(.flags = SYN, .options = bad[i], .options_len = 4);
		expect_sent(.flags = SYN | ACK, .ack = 1, .wscale = NONE, .tsval = NONE, .sack_perm = 0);
		peer_sends(.flags = ACK, .options = bad[i], .options_len = 4);
		expect_app_opened();
		app_sends(536);
		expect_sent(.len = 536);
	}
}

/* RFC 9293 3.1: behind the end of the list there is only padding */
Test(options, nothing_counts_behind_the_end_of_the_list)
{
	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN, .options = "\x00\x03\x03\x07\x04\x02\x00\x00", .options_len = 8);
	expect_sent(.flags = SYN | ACK, .wscale = NONE, .sack_perm = 0);
}

/* RFC 7323 2.3: a shift count above 14 is taken as 14 */
Test(options, window_scale_is_at_most_fourteen)
{
	talk->wscale = 15;
	in_state(TCPS_ESTABLISHED);
	expect(tcp_info()->snd_wscale == 14);
}

/* RFC 7323 2.2: window scale counts in SYN segments only */
Test(options, window_scale_in_a_later_segment_is_ignored)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = ACK, .wnd = 100, .wscale = 7, .mss = 100);
	app_sends(100);
	expect_sent(.len = 100);
	expect(tcp_info()->snd_wscale == 0 && tcp_info()->mss == 1460);
	app_offers(1000);
	expect_nothing();
}

/* Configuration: tcp.timestamps */
Test(options, timestamps_can_be_turned_off)
{
	config.tcp.timestamps = false;
	talk->ts = talk->sack = true;
	talk->wscale = 7;
	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN);
	expect(spec_expect_sent(SEGMENT(.sack_perm = 1, .tsval = NONE))->opts.has_wscale);
	new_talk(7000);
	app_connects();
	expect_sent(.flags = SYN, .tsval = NONE, .sack_perm = 1);
}

/* Configuration: tcp.window_scale */
Test(options, window_scale_can_be_turned_off)
{
	config.tcp.window_scale = false;
	talk->wscale = 7;
	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .wscale = NONE);
	peer_sends(.flags = ACK);
	expect(tcp_info()->snd_wscale == 0 && tcp_info()->rcv_wnd <= 65535);
	new_talk(7000);
	app_connects();
	expect_sent(.flags = SYN, .wscale = NONE);
}

/* Configuration: tcp.sack */
Test(options, sack_can_be_turned_off)
{
	config.tcp.sack = false;
	talk->sack = true;
	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .sack_perm = 0);
	new_talk(7000);
	app_connects();
	expect_sent(.flags = SYN, .sack_perm = 0);
}
