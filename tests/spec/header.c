/* SPDX-License-Identifier: BSD-3-Clause */
/* The header: what its fields and options may be (RFC 9293 3.1, 3.2). Options at length: options.c. */
#include "spec.h"

SUITE(header);

/* RFC 9293 3.1 MUST-1: a window with the highest bit set is a large one, not a negative one */
Test(header, window_is_unsigned)
{
	config.tcp.initial_window = 64;
	talk->wnd = 65535;
	in_state(TCPS_ESTABLISHED);
	app_sends(80000);
	expect_sent_run(44, 1, 1460);
	expect(tcp_info()->snd_wnd == 65535);
	expect(tcp_info()->in_flight > 60000 && tcp_info()->in_flight <= 65535);
	forget_sent();
}

/* RFC 9293 3.1 REC-1: the largest window that scaling can tell is kept as it is */
Test(header, window_has_thirty_two_bits)
{
	talk->wscale = 14;
	talk->wnd = 65535;
	in_state(TCPS_ESTABLISHED);
	expect(tcp_info()->snd_wnd == 65535u << 14);
}

/* RFC 9293 3.1 MUST-4: no-operation, maximum segment size, end of list, in a SYN */
Test(header, mandatory_options_are_understood)
{
	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN, .options = "\x01\x01\x02\x04\x02\x00\x00\x00", .options_len = 8);
	expect_sent(.flags = SYN | ACK);
	peer_sends(.flags = ACK);
	app_sends(1000);
	expect_sent(.seq = 1, .len = 512);
}

/* RFC 9293 3.1 MUST-5: in a later segment an option, known or not, is no reason to refuse it */
Test(header, options_may_come_in_any_segment)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.len = 10, .options = "\x02\x04\x02\x00\xfe\x04\xab\xcd\x01\x01\x01\x00", .options_len = 12);
	expect_sent(.flags = ACK, .ack = 11);
	expect_app_data(10);
	app_sends(1460);
	expect_sent(.seq = 1, .len = 1460);
}

/*
 * RFC 9293 3.1 MUST-68, MUST-69: the captured wire refuses an option without its length, and anything
 * but zeros behind the end of the list; here every kind of header passes it
 */
Test(header, options_have_lengths_and_end_in_zeros)
{
	uint32_t len;

	for (int offer = 0; offer < 8; offer++) {
		struct talk *t = new_talk((uint16_t)(PEER_PORT + offer));
		t->wscale = offer & 1 ? 3 : NONE;
		t->sack = offer & 2;
		t->ts = offer & 4;
		in_state(TCPS_LISTEN);
		peer_sends(.flags = SYN);
		expect_sent(.flags = SYN | ACK, .mss = 1460);
		sent_options(&len);
		expect(len % 4 == 0 && len >= 4);
		peer_sends(.flags = ACK);
		peer_sends(.seq = 101, .len = 100);
		expect_sent(.flags = ACK, .nb_sack = offer & 2 ? 1 : 0);
	}
}
