/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Segments whose flags, options or addresses make no sense: URGENT/11, land, every combination of
 * flags in every state, handshakes without what a handshake needs.
 */
#include <string.h>
#include "attack.h"

SUITE(flags);

/* RFC 9293 3.8.5 (CVE-2019-12255): urgent pointer 0, where code that subtracts one wraps round */
Test(flags, urgent_pointer_of_zero)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = URG | ACK, .urg = 0, .len = 100);
	expect_sent(.flags = ACK, .ack = 101);
	expect_app_data(100);
	peer_sends(.flags = URG | ACK, .urg = 0);
	expect_nothing();
	still_serves();
}

/* RFC 9293 3.8.5 (CVE-2019-12260, 12261): urgent pointers past the segment, the window, the sequence space */
Test(flags, urgent_pointer_past_the_segment)
{
	static const uint16_t pointers[] = {1, 99, 100, 101, 1000, 0x7fff, 0x8000, 0xffff};

	in_state(TCPS_ESTABLISHED);
	for (unsigned i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++) {
		peer_sends(.flags = URG | ACK, .urg = pointers[i], .len = 100);
		expect_sent(.flags = ACK, .ack = 101 + 100 * i);
		expect_app_data(100);
		still_serves();
	}
	expect(tcp_info()->bytes_in == 800);
}

/* RFC 9293 3.8.5 (CVE-2019-12255): the urgent state of one connection is confused with another's, or with a SYN's */
Test(flags, urgent_with_every_other_flag)
{
	in_state(TCPS_LISTEN);
	for (int flags = 0; flags < 256; flags++) {
		peer_sends(.flags = flags | URG, .seq = 0, .urg = 0, .len = flags & SYN ? 0 : 1);
		forget_sent();
		peer_sends(.flags = RST, .seq = 1);
		forget_sent();
	}
	still_serves();
	expect(attack_usage().half_open == 0);
	expect_no_app_event();
}

static void
every_flag_in(enum leat_tcp_state state)
{
	for (int flags = 0; flags < 256; flags++) {
		new_talk((uint16_t)(PEER_PORT + flags));
		in_state(state);
		for (int where = 0; where < 3; where++) {
			/* in order, in the window, far away; with data and without */
			uint32_t seq = talk->peer_nxt + (where == 1 ? 1000u : where == 2 ? 0x40000000u : 0);
			peer_sends(.flags = flags, .seq = seq, .len = where * 10);
			forget_sent();
		}
		talk->nb_events = 0;
		if (talk->conn != NULL)
			app_aborts();
		forget_sent();
		talk->used = false;
		after(61 * SEC); /* TIME-WAIT */
		forget_sent();
	}
	talk = new_talk(PEER_PORT);
	still_serves();
}

/* RFC 9293 3.10.7: every combination of flags in every state */
Test(flags, every_combination_when_listening)
{
	in_state(TCPS_LISTEN);
	for (int flags = 0; flags < 256; flags++) {
		peer_sends(.flags = flags, .seq = 0);
		forget_sent();
		peer_sends(.flags = RST, .seq = 1);
		still_serves();
	}
}

/* RFC 9293 3.10.7.3 */
Test(flags, every_combination_in_syn_sent)
{
	in_state(TCPS_LISTEN);
	for (int flags = 0; flags < 256; flags++) {
		new_talk((uint16_t)(PEER_PORT + flags));
		app_connects();
		forget_sent();
		peer_sends(.flags = flags, .seq = 0, .ack = 1);
		peer_sends(.flags = flags, .seq = 0, .ack = 2);
		peer_sends(.flags = flags, .seq = 0, .ack = 0x80000000);
		forget_sent();
		talk->nb_events = 0;
		if (talk->conn != NULL)
			app_aborts();
		forget_sent();
		talk->used = false;
	}
	talk = new_talk(PEER_PORT);
	still_serves();
}

/* RFC 9293 3.10.7.4 */
Test(flags, every_combination_when_established)
{
	every_flag_in(TCPS_ESTABLISHED);
}

/* RFC 9293 3.10.7.4 */
Test(flags, every_combination_in_fin_wait_2)
{
	every_flag_in(TCPS_FIN_WAIT_2);
}

/* RFC 9293 3.10.7.4 */
Test(flags, every_combination_in_last_ack)
{
	every_flag_in(TCPS_LAST_ACK);
}

/* RFC 9293 3.10.7.4, RFC 1337 */
Test(flags, every_combination_in_time_wait)
{
	every_flag_in(TCPS_TIME_WAIT);
}

static void
throw_from_ourselves(uint16_t from_port, uint16_t to_port, int64_t flags)
{
	peer_sends(.flags = flags, .seq = 0, .from = LEAT, .to = LEAT, .from_port = from_port, .to_port = to_port);
	expect_nothing();
	still_serves();
}

/* RFC 1122 3.2.1.3 (land, CVE-1999-0016): source and destination are the same */
Test(flags, land)
{
	in_state(TCPS_LISTEN);
	throw_from_ourselves(LEAT_PORT, LEAT_PORT, SYN);
	throw_from_ourselves(LEAT_PORT, LEAT_PORT, SYN | ACK);
	throw_from_ourselves(LEAT_PORT, LEAT_PORT, ACK);
	throw_from_ourselves(LEAT_PORT, LEAT_PORT, RST);
	expect(counter("drop_ip4_bad_source") == 4 && attack_usage().half_open == 0);
}

/* RFC 1122 3.2.1.3: our own address from another port: two listeners made to talk to each other */
Test(flags, packets_from_our_own_address)
{
	in_state(TCPS_LISTEN);
	throw_from_ourselves(1234, LEAT_PORT, SYN);
	throw_from_ourselves(LEAT_PORT, 1234, SYN);
	throw_from_ourselves(1234, 1234, ACK);
	expect(counter("drop_ip4_bad_source") == 3 && attack_usage().half_open == 0);
}

/* RFC 1122 3.2.1.3: sources that no host has */
Test(flags, packets_from_addresses_that_nobody_has)
{
	static const uint8_t sources[][4] = {{0, 0, 0, 0}, {0, 1, 2, 3}, {127, 0, 0, 1}, {224, 0, 0, 1}, {239, 255, 255, 255},
		{240, 0, 0, 1}, {255, 255, 255, 255}, {198, 18, 0, 255}, {198, 18, 0, 0}};

	in_state(TCPS_LISTEN);
	for (unsigned i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		struct packet p = packet_of(.flags = SYN, .seq = 0);
		memcpy(p.bytes + 12, sources[i], 4);
		attack_fix(&p);
		expect(throws(&p) == 0);
		still_serves();
	}
	expect(attack_usage().half_open == 0);
}

/* RFC 9293 MUST-15: SYN-ACK without MSS: 536 */
Test(flags, syn_ack_without_mss)
{
	in_state(TCPS_LISTEN);
	new_talk(7000);
	talk->mss = NONE;
	in_state(TCPS_SYN_SENT);
	peer_sends(.flags = SYN | ACK);
	expect_sent(.flags = ACK, .seq = 1);
	expect_app_opened();
	expect(tcp_info()->mss == 536);
	app_sends(1000);
	expect_sent(.seq = 1, .len = 536);
	forget_sent();
	still_serves();
}

/* RFC 9293 3.7.1: MSS 0, 1 and other crumbs: segments stay worth sending, and more than the options */
Test(flags, mss_of_nothing)
{
	in_state(TCPS_LISTEN);
	for (int mss = 0; mss < 64; mss++) {
		new_talk((uint16_t)(PEER_PORT + mss));
		talk->mss = mss;
		talk->ts = mss % 2;
		in_state(TCPS_ESTABLISHED);
		expect(tcp_info()->mss >= (mss == 0 ? 500 : 52));
		app_sends(100);
		expect(forget_sent() <= 2);
		app_aborts();
		forget_sent();
		talk->used = false;
	}
	talk = new_talk(PEER_PORT);
	still_serves();
}
