/* SPDX-License-Identifier: BSD-3-Clause */
/* The clock of timestamps as others see it (RFC 7323 5.4, 7.1). When they are sent at all: options.c. */
#include "spec.h"

SUITE(timestamps);

/* Opens and resets the tuple; the timestamp of leat's SYN-ACK. */
static uint32_t
timestamp_of(uint16_t peer_port)
{
	new_talk(peer_port)->ts = true;
	peer_sends(.flags = SYN);
	uint32_t tsval = expect_sent(.flags = SYN | ACK)->opts.tsval;
	peer_sends(.flags = RST, .seq = 1);
	return tsval;
}

/* RFC 7323 7.1: what one connection shows tells nothing of another's, nor of how long leat is up */
Test(timestamps, offset_is_of_the_tuple)
{
	uint32_t first[8];

	in_state(TCPS_LISTEN);
	for (uint16_t i = 0; i < 8; i++) {
		first[i] = timestamp_of((uint16_t)(PEER_PORT + i));
		for (int j = 0; j < i; j++)
			expect(first[i] - first[j] > 1000 && first[j] - first[i] > 1000);
	}
	after(10 * SEC);
	/* RFC 7323 5.4: but for one tuple, time goes on from one connection to the next */
	for (uint16_t i = 0; i < 8; i++)
		expect(timestamp_of((uint16_t)(PEER_PORT + i)) - first[i] == 10000);
}
