/* SPDX-License-Identifier: BSD-3-Clause */
/* Recovery without memory for what a sender keeps: by the timer alone, one segment at a time (RFC 6298 5). */
#include "spec.h"
#include "slabs.h"

SUITE(no_sender);

enum { MSS = 1460 };

/* Ten segments are in flight and time out while there is no memory. */
static uint32_t
time_out(void)
{
	uint32_t max;

	in_state(TCPS_ESTABLISHED);
	app_sends(10 * MSS);
	expect_sent_run(10, 1, MSS);
	max = senders_may_be(stack, 0);
	after(rto() + MS);
	expect_sent(.seq = 1, .len = MSS);
	expect_nothing();
	expect(counter("tcp_no_sender") > 0);
	return max;
}

/* RFC 6298 5.4: each ACK lets the next segment go, until all that was in flight is acknowledged */
Test(no_sender, one_segment_at_a_time)
{
	uint32_t max = time_out();

	for (uint32_t i = 1; i < 10; i++) {
		peer_sends(.ack = 1 + i * MSS);
		expect_sent(.seq = 1 + i * MSS, .len = MSS);
		expect_nothing();
	}
	peer_sends(.ack = 1 + 10 * MSS);
	expect_nothing();
	expect(counter("tcp_rto") == 1);
	senders_may_be(stack, max);
}

/* RFC 6298 5.4: with memory again it goes on as if there had been some, and does not wait for the timer */
Test(no_sender, memory_comes_back)
{
	uint32_t max = time_out();

	senders_may_be(stack, max);
	peer_sends(.ack = 1 + MSS);
	expect_sent_run(2, 1 + MSS, MSS);
	expect_nothing();
	peer_sends(.ack = 1 + 3 * MSS);
	forget_sent();
	peer_sends(.ack = 1 + 10 * MSS);
	expect_nothing();
	expect(counter("tcp_rto") == 1);
}
