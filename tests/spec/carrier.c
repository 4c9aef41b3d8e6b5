/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A link that comes back: what waits for a time-out that has doubled goes out at once. No RFC asks
 * for it; RFC 6069 1 tells why: a time-out that doubles outlives what it was for.
 */
#include "spec.h"

SUITE(carrier);

enum { DOWN_SEC = 20 };

/* The link goes with data in flight, and stays away for so long that the time-out has doubled. */
static void
goes_for_long(void)
{
	link_goes_down();
	after(DOWN_SEC * SEC);
	expect(forget_sent() >= 5);
	expect(tcp_info()->backoff >= 5);
	link_comes_up();
}

/* RFC 6298 5.5, 5.7: the time-out is not waited out, and is a simple one again */
Test(carrier, data_goes_at_once_when_the_link_is_back)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	uint64_t first = rto();
	goes_for_long();
	after(101 * MS);
	expect_sent(.seq = 1, .len = 100);
	expect_nothing();
	expect(tcp_info()->backoff == 0 && rto() == first);
	expect(counter("tcp_carrier_lost") == 1 && counter("tcp_carrier_resent") == 1);
	peer_sends(.ack = 101);
	expect_app_sent(100);
	after(3600 * SEC);
	expect_nothing();
}

/* RFC 5681 3.1: one segment, for the window is what a time-out leaves; the rest follows the ACK */
Test(carrier, begins_with_one_segment)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(5 * 1460);
	expect_sent_run(5, 1, 1460);
	uint32_t ssthresh;
	link_goes_down();
	after(1 * SEC);
	ssthresh = tcp_info()->ssthresh;
	after(DOWN_SEC * SEC);
	forget_sent();
	link_comes_up();
	after(101 * MS);
	expect_sent(.seq = 1, .len = 1460);
	expect_nothing();
	expect(tcp_info()->ssthresh == ssthresh);
	peer_sends(.ack = 1461);
	expect_sent_run(2, 1461, 1460);
	expect_nothing();
}

/* RFC 6298 5.5: a link further on is not ours to see: there the time-out doubles */
Test(carrier, without_word_from_the_port_nothing_changes)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	after(DOWN_SEC * SEC);
	forget_sent();
	uint32_t backoff = tcp_info()->backoff;
	after(1 * SEC);
	expect_nothing();
	expect(tcp_info()->backoff == backoff && counter("tcp_carrier_lost") == 0);
}

/* RFC 9293 3.10.7.3: who is opening asks again at once too */
Test(carrier, syn_goes_at_once)
{
	in_state(TCPS_SYN_SENT);
	link_goes_down();
	after(8 * SEC);
	expect(forget_sent() >= 3);
	link_comes_up();
	after(101 * MS);
	expect_sent(.flags = SYN, .seq = 0);
	expect_nothing();
}

/* RFC 9293 3.8.6.1: and who probes a closed window */
Test(carrier, window_probe_goes_at_once)
{
	talk->wnd = 0;
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	goes_for_long();
	after(101 * MS);
	expect_sent(.seq = 1, .len = 1);
	expect_nothing();
}

/* What is not waiting, or has not timed out, is left alone */
Test(carrier, idle_connections_say_nothing)
{
	in_state(TCPS_ESTABLISHED);
	struct talk *idle = talk;
	new_talk(PEER_PORT + 1);
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	goes_for_long();
	after(101 * MS);
	expect_sent(.seq = 1, .len = 100);
	expect_nothing();
	talk = idle;
	expect(tcp_info()->retransmits == 0);
}

/* Many: all of them, but not in one moment */
Test(carrier, many_connections_are_spread_over_time)
{
	enum { N = 200 };

	config.max_connections = N;
	config.rx_mbufs = config.tx_mbufs = 2048;
	for (uint16_t i = 0; i < N; i++) {
		new_talk((uint16_t)(PEER_PORT + i));
		in_state(TCPS_ESTABLISHED);
		app_sends(100);
		forget_sent();
	}
	link_goes_down();
	after(DOWN_SEC * SEC);
	forget_sent();
	link_comes_up();
	/* to the moment in which it is seen */
	while (spec_wire_waiting() == 0)
		after(MS / 10);
	unsigned sent = forget_sent(), rounds = 1;
	expect(sent <= 40);
	for (; sent < N; rounds++) {
		after(1 * MS);
		unsigned n = forget_sent();
		expect(n > 0 && n <= 40);
		sent += n;
	}
	expect(sent == N && rounds >= 5 && rounds <= 20 && counter("tcp_carrier_resent") == N);
	after(50 * MS);
	expect_nothing();
}

/* When nobody waits any more, nobody looks: the core may sleep */
Test(carrier, nobody_looks_for_nobody)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	link_goes_down();
	after(5 * SEC);
	forget_sent();
	app_aborts();
	forget_sent();
	expect_closed();
	after(1 * SEC);
	expect(leat_core_next(leat_core(stack, 0)) > now() + SEC);
}
