/* SPDX-License-Identifier: BSD-3-Clause */
/* Initial sequence numbers (RFC 9293 3.4.1, RFC 6528). */
#include "spec.h"

SUITE(isn);

/* Opens the tuple, learns the ISN, and resets it again. */
static uint32_t
isn_of(uint16_t peer_port)
{
	new_talk(peer_port);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK);
	peer_sends(.flags = RST, .seq = 1);
	expect_closed();
	return talk->leat_iss;
}

/* RFC 9293 3.4.1 MUST-8, RFC 6528 3: for one tuple it is a clock of four microseconds */
Test(isn, advances_with_the_clock)
{
	in_state(TCPS_LISTEN);
	uint32_t first = isn_of(PEER_PORT);
	after(1 * SEC);
	uint32_t ticks = isn_of(PEER_PORT) - first;
	expect(ticks >= 249999 && ticks <= 250001);
	after(100 * SEC);
	ticks = isn_of(PEER_PORT) - first;
	expect(ticks >= 101 * 250000 - 1 && ticks <= 101 * 250000 + 1);
}

/* RFC 6528 3, RFC 9293 3.4.1 SHLD-1, MUST-9: tuples tell nothing of each other */
Test(isn, tuples_are_unrelated)
{
	uint32_t isn[16];
	unsigned close = 0;

	in_state(TCPS_LISTEN);
	for (uint16_t i = 0; i < 16; i++)
		isn[i] = isn_of((uint16_t)(PEER_PORT + i));
	for (int i = 0; i < 16; i++)
		for (int j = 0; j < i; j++) {
			uint32_t distance = isn[i] - isn[j];
			close += distance < 1 << 20 || distance > 0U - (1 << 20);
		}
	expect(close == 0);
}

/* RFC 9293 3.4.1: the same moment, the same tuple, the same number: a SYN sent again gets no other */
Test(isn, repeated_syn_gets_the_same_number)
{
	in_state(TCPS_SYN_RECEIVED);
	after(500 * MS);
	peer_sends(.flags = SYN, .seq = 0);
	expect_sent(.flags = SYN | ACK, .seq = 0);
}

/* RFC 6528 3: both roles */
Test(isn, active_opens_are_unrelated)
{
	uint32_t isn[8];

	for (uint16_t i = 0; i < 8; i++) {
		new_talk((uint16_t)(7000 + i));
		app_connects();
		expect_sent(.flags = SYN, .seq = 0);
		isn[i] = talk->leat_iss;
		for (int j = 0; j < i; j++)
			expect(isn[i] - isn[j] > 1 << 16 && isn[j] - isn[i] > 1 << 16);
	}
}
