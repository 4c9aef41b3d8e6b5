/* SPDX-License-Identifier: BSD-3-Clause */
/* The retransmission timer (RFC 6298 5, RFC 9293 3.8.1, 3.8.3). How it is computed: rtt.c. */
#include "spec.h"

SUITE(retransmission);

/* RFC 6298 5.1, 5.4: the earliest segment that is not acknowledged */
Test(retransmission, lost_data_is_sent_again_when_the_timer_expires)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.flags = PSH | ACK, .seq = 1, .len = 100);
	uint64_t timeout = rto();
	until(sent_at() + timeout - MS);
	expect_nothing();
	until(sent_at() + timeout + MS);
	expect_sent(.flags = PSH | ACK, .seq = 1, .len = 100);
	expect_nothing();
	expect(counter("tcp_retransmits") == 1);
	peer_sends(.ack = 101);
	expect_app_sent(100);
}

/* RFC 9293 3.8.2 MUST-19, RFC 6298 5.5: the timeout doubles */
Test(retransmission, time_out_backs_off)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	uint64_t timeout = rto();
	for (int i = 0; i < 6; i++, timeout *= 2) {
		until(sent_at() + timeout - MS);
		expect_nothing();
		until(sent_at() + timeout + MS);
		expect_sent(.seq = 1, .len = 100);
	}
	expect(tcp_info()->backoff == 6);
}

/* RFC 6298 5.5, 2.5: up to tcp.rto_max */
Test(retransmission, back_off_is_bounded)
{
	config.tcp.rto_max = 2 * SEC;
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	for (int i = 0; i < 10; i++) {
		uint64_t before = sent_at();
		after(2 * SEC + MS);
		while (spec_wire_waiting() > 0)
			expect_sent(.seq = 1, .len = 100);
		expect(sent_at() > before);
	}
}

/* RFC 6298 5.2: when all is acknowledged the timer is off */
Test(retransmission, nothing_is_sent_again_after_the_ack)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	peer_sends(.ack = 101);
	after(300 * SEC);
	expect_nothing();
}

/* RFC 6298 5.3: an ACK of new data restarts the timer */
Test(retransmission, ack_of_new_data_restarts_the_timer)
{
	config.tcp.nodelay = true;
	in_state(TCPS_ESTABLISHED);
	app_sends(2000);
	expect_sent(.seq = 1, .len = 1460);
	expect_sent(.seq = 1461, .len = 540);
	after(150 * MS);
	peer_sends(.ack = 1461);
	uint64_t acked = now(), timeout = rto();
	until(acked + timeout - MS);
	expect_nothing();
	until(acked + timeout + MS);
	expect_sent(.seq = 1461, .len = 540);
}

/* RFC 5681 3.1: the window after a timeout is one segment, so one segment is sent again */
Test(retransmission, only_the_first_segment_is_sent_again)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(5 * 1460);
	expect_sent_run(5, 1, 1460);
	after(rto() + MS);
	expect_sent(.seq = 1, .len = 1460);
	expect_nothing();
}

/* RFC 5681 3.1, RFC 9293 3.8.1: and what follows goes out as the ACKs return */
Test(retransmission, the_rest_follows_the_acks)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(5 * 1460);
	expect_sent_run(5, 1, 1460);
	after(rto() + MS);
	expect_sent(.seq = 1, .len = 1460);
	peer_sends(.ack = 1461);
	expect_sent_run(2, 1461, 1460);
	peer_sends(.ack = 4381);
	expect_sent_run(2, 4381, 1460);
	peer_sends(.ack = 7301);
	expect_nothing();
	expect_app_sent(7300);
	expect(tcp_info()->retransmits == 5);
}

/* RFC 9293 3.8.1: what is acknowledged meanwhile is not sent again */
Test(retransmission, late_ack_of_everything_ends_it)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(5 * 1460);
	expect_sent_run(5, 1, 1460);
	after(rto() + MS);
	expect_sent(.seq = 1, .len = 1460);
	peer_sends(.ack = 7301);
	after(100 * SEC);
	expect_nothing();
	expect_app_sent(7300);
}

/* RFC 9293 3.8.1: a segment that was acknowledged in part is sent again without that part */
Test(retransmission, partly_acknowledged_segment_is_trimmed)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(1000);
	expect_sent(.seq = 1, .len = 1000);
	peer_sends(.ack = 301);
	after(rto() + MS);
	expect_sent(.seq = 301, .len = 700);
}

/* RFC 9293 3.10.7.4: each segment tells RCV.NXT of its own time */
Test(retransmission, carries_the_newest_ack_and_window)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.seq = 1, .ack = 1, .len = 100);
	peer_sends(.ack = 1, .len = 50);
	expect_sent(.flags = ACK, .ack = 51);
	after(rto() + MS);
	expect_sent(.seq = 1, .ack = 51, .len = 100);
}

/* RFC 9293 3.8.3 MUST-20 R2: tcp.retries, then ETIMEDOUT */
Test(retransmission, data_is_given_up_after_the_configured_retries)
{
	config.tcp.retries = 3;
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	after(100 * SEC);
	for (int i = 0; i < 3; i++)
		expect_sent(.seq = 1, .len = 100);
	forget_sent(); /* a RST for the peer is allowed */
	expect_app_closed(ETIMEDOUT);
	expect_closed();
	expect(counter("tcp_timed_out") == 1);
}

/* RFC 9293 3.8.3 SHLD-11: R2 is at least 100 seconds */
Test(retransmission, data_is_tried_for_more_than_100_seconds)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	after(100 * SEC);
	expect(forget_sent() > 5);
	expect_state(TCPS_ESTABLISHED);
	expect_no_app_event();
	after(2000 * SEC);
	expect_app_closed(ETIMEDOUT);
	forget_sent();
	expect_closed();
}

/* RFC 9293 3.8.3 MUST-23: R2 of a SYN is at least three minutes */
Test(retransmission, syn_is_tried_for_three_minutes)
{
	in_state(TCPS_SYN_SENT);
	uint64_t start = now();
	for (uint64_t wait = SEC; wait <= 64 * SEC; wait *= 2) {
		until(sent_at() + wait - MS);
		expect_nothing();
		until(sent_at() + wait + MS);
		expect_sent(.flags = SYN, .seq = 0);
	}
	until(start + 180 * SEC);
	expect_state(TCPS_SYN_SENT);
	expect_no_app_event();
	after(100 * SEC);
	expect_nothing();
	expect_app_closed(ETIMEDOUT);
	expect_closed();
}

/* RFC 9293 3.8.3: after an ACK of new data counting begins anew */
Test(retransmission, progress_resets_the_count)
{
	config.tcp.retries = 3;
	in_state(TCPS_ESTABLISHED);
	for (uint32_t n = 1; n < 500; n += 100) {
		app_sends(100);
		expect_sent(.seq = n, .len = 100);
		after(rto() + MS);
		expect_sent(.seq = n, .len = 100);
		after(2 * rto() + MS);
		forget_sent();
		peer_sends(.ack = n + 100);
		expect_app_sent(100);
	}
	expect_state(TCPS_ESTABLISHED);
}

static void
set_true(void *arg)
{
	*(bool *)arg = true;
}

/* RFC 9293 3.8.1: what may have to be sent again must still be there */
Test(retransmission, data_sent_by_reference_is_kept_until_acknowledged)
{
	static uint8_t body[3000];
	static bool released;

	for (uint32_t i = 0; i < sizeof(body); i++)
		body[i] = spec_byte(i);
	config.tcp.nodelay = true;
	in_state(TCPS_ESTABLISHED);
	expect(leat_tcp_send_ref(talk->conn, body, sizeof(body), set_true, &released) == 3000);
	spec_turn();
	expect_sent_run(2, 1, 1460);
	expect_sent(.seq = 2921, .len = 80);
	after(rto() + MS);
	expect_sent(.seq = 1, .len = 1460);
	peer_sends(.ack = 2921);
	expect(!released);
	forget_sent();
	peer_sends(.ack = 3001);
	expect(released);
	expect_app_sent(3000);
}

/* Where nothing was said for longer than a time-out, nothing stays in the wheel for what is acknowledged; what is sent next is timed as ever */
Test(retransmission, who_speaks_rarely_leaves_no_timer_behind)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	peer_sends(.ack = 101);
	expect_app_sent(100);
	for (uint32_t n = 101; n < 401; n += 100) {
		after(10 * SEC);
		app_sends(100);
		expect_sent(.seq = n, .len = 100);
		expect(leat_core_next(leat_core(stack, 0)) <= now() + rto());
		peer_sends(.ack = n + 100);
		expect_app_sent(100);
		expect(leat_core_next(leat_core(stack, 0)) > now() + SEC);
	}
	app_sends(100); /* at once: now it is busy */
	expect_sent(.seq = 401, .len = 100);
	after(rto() + MS);
	expect_sent(.seq = 401, .len = 100);
}
