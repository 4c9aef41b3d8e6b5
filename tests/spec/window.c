/* SPDX-License-Identifier: BSD-3-Clause */
/* The window, both ways: it closes, reopens, is probed, is scaled (RFC 9293 3.8.6, RFC 7323 2). */
#include "spec.h"

SUITE(window);

static void
fill_receive_window(void)
{
	config.tcp.rcv_buf = 4096;
	talk->reads = false;
	in_state(TCPS_ESTABLISHED);
	for (uint32_t left = tcp_info()->rcv_wnd; left > 0;) {
		uint32_t len = left < 1024 ? left : 1024;
		peer_sends(.len = len);
		left -= len;
	}
	forget_sent();
}

/* RFC 9293 3.8.6: what is not consumed closes the window; SHLD-14: its right edge stays */
Test(window, unread_data_closes_the_window)
{
	config.tcp.rcv_buf = 4096;
	talk->reads = false;
	in_state(TCPS_ESTABLISHED);
	uint32_t wnd = tcp_info()->rcv_wnd;
	expect(wnd > 0 && wnd <= 4096);
	for (uint32_t sent = 512; sent <= wnd; sent += 512) {
		peer_sends(.len = 512);
		expect_sent(.flags = ACK, .ack = 1 + sent, .wnd = wnd - sent);
	}
	expect(tcp_info()->rcv_wnd == 0);
	expect_app_data(wnd);
}

/*
 * RFC 7323 2.4: a window that is told in units of 128 bytes cannot always be told exactly. Rounded up for
 * each crumb, so that nothing is taken back, it would never close.
 */
Test(window, crumbs_close_a_scaled_window)
{
	enum { BUFFER = 4096 };

	config.tcp.rcv_buf = BUFFER;
	config.tcp.rcv_buf_max = 8 << 20;
	talk->wscale = 0;
	talk->reads = false;
	in_state(TCPS_ESTABLISHED);
	expect(tcp_info()->rcv_wscale >= 7);
	for (int i = 0; i < 4 * BUFFER; i++) {
		peer_sends(.seq = tcp_info()->rcv_nxt - talk->peer_iss, .len = 1);
		forget_sent();
	}
	expect(tcp_info()->rcv_queued >= BUFFER);
	expect(tcp_info()->rcv_queued <= BUFFER + BUFFER / 8 + (1u << tcp_info()->rcv_wscale));
	expect_app_data(ANY);
}

/* RFC 9293 3.10.7.4, first: window 0, length > 0 is not acceptable, and is answered (3.8.6.1) */
Test(window, data_into_a_closed_window_is_answered_and_dropped)
{
	fill_receive_window();
	uint32_t end = talk->peer_nxt;
	peer_sends(.seq = end, .len = 1);
	expect_sent(.flags = ACK, .ack = end, .wnd = 0, .len = 0);
	expect_nothing();
}

/* RFC 9293 3.4 MUST-66: RST counts with a closed window */
Test(window, rst_into_a_closed_window_resets)
{
	fill_receive_window();
	talk->nb_events = 0;
	peer_sends(.flags = RST);
	expect_app_closed(ECONNRESET);
	expect_closed();
}

/* RFC 9293 3.10.7.4, first: ACKs are valid even if the window is zero */
Test(window, ack_into_a_closed_window_counts)
{
	fill_receive_window();
	app_sends(100);
	expect_sent(.seq = 1, .len = 100, .wnd = 0);
	peer_sends(.ack = 101);
	expect_app_sent(100);
	expect_nothing();
}

/* RFC 9293 3.8.6.2.2 MUST-39: the window is not opened by crumbs (receiver SWS avoidance) */
Test(window, small_reads_do_not_reopen_the_window)
{
	fill_receive_window();
	uint32_t end = talk->peer_nxt;
	app_consumes(100);
	app_consumes(100);
	expect_nothing();
	peer_sends(.flags = ACK, .seq = end - 1); /* a window probe */
	expect_sent(.flags = ACK, .ack = end, .wnd = 0);
}

/* RFC 9293 3.8.6.2.2: min(half the buffer, MSS) is worth telling */
Test(window, large_read_reopens_the_window)
{
	fill_receive_window();
	app_consumes(1460);
	expect_sent(.flags = ACK, .ack = talk->peer_nxt, .wnd = 1460, .len = 0);
	expect_nothing();
	peer_sends(.len = 1460);
	expect_sent(.flags = ACK, .ack = talk->peer_nxt, .wnd = 0);
}

/* RFC 9293 3.8.6.2.2: small reads add up */
Test(window, small_reads_that_add_up_reopen_the_window)
{
	fill_receive_window();
	for (int i = 0; i < 14; i++)
		app_consumes(100);
	expect_nothing();
	app_consumes(100);
	expect(spec_expect_sent(SEGMENT(.flags = ACK, .len = 0))->wnd >= 1460);
	expect_nothing();
}

/* RFC 9293 3.8.6: an application that reads at once never sees the window close */
Test(window, window_stays_open_for_a_reader)
{
	config.tcp.rcv_buf = 8192;
	in_state(TCPS_ESTABLISHED);
	uint32_t wnd = tcp_info()->rcv_wnd;
	for (int i = 0; i < 50; i++)
		peer_sends(.len = 1460);
	expect_app_data(50 * 1460);
	expect(forget_sent() >= 20);
	expect(tcp_info()->rcv_wnd + 2 * 1460 >= wnd);
}

/* RFC 9293 3.8.6.1: nothing is sent into a closed window */
Test(window, closed_window_holds_data_back)
{
	talk->wnd = 0;
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_nothing();
	after(100 * MS);
	expect_nothing();
	expect(tcp_info()->in_flight == 0);
}

/* RFC 9293 3.8.6.1 MUST-36, SHLD-29: the first probe after the RTO; one byte at SND.UNA */
Test(window, closed_window_is_probed)
{
	talk->wnd = 0;
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	uint64_t start = now(), timeout = rto();
	until(start + timeout - MS);
	expect_nothing();
	until(start + timeout + MS);
	expect_sent(.seq = 1, .len = 1);
	expect_nothing();
}

/* RFC 9293 3.8.6.1 SHLD-30: exponentially rarer; MUST-37: as long as the peer answers it stays open */
Test(window, probes_go_on_for_ever_while_the_peer_answers)
{
	talk->wnd = 0;
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	uint64_t gap = 0;
	for (int i = 0; i < 30; i++) {
		uint64_t before = now();
		while (spec_wire_waiting() == 0)
			after(10 * MS);
		expect_sent(.seq = 1, .len = 1);
		expect(now() - before + 20 * MS >= gap);
		gap = now() - before;
		peer_sends(.flags = ACK, .ack = 1);
	}
	expect(gap >= 30 * SEC && gap <= 121 * SEC);
	expect_state(TCPS_ESTABLISHED);
	expect_no_app_event();
}

/* RFC 9293 3.8.3: a peer that answers no probe is gone */
Test(window, unanswered_probes_give_up)
{
	config.tcp.retries = 4;
	talk->wnd = 0;
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	after(600 * SEC);
	expect(forget_sent() >= 4);
	expect_app_closed(ETIMEDOUT);
	expect_closed();
}

/* RFC 6429 4: keepalive is asked and answered meanwhile, and ends nothing either */
Test(window, keepalive_does_not_end_what_is_probed)
{
	config.tcp.keepalive = 10 * SEC;
	config.tcp.keepalive_interval = 1 * SEC;
	config.tcp.keepalive_probes = 2;
	talk->wnd = 0;
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	for (int i = 0; i < 3600; i++) {
		after(1 * SEC);
		if (forget_sent() > 0)
			peer_sends(.flags = ACK, .ack = 1);
	}
	expect_state(TCPS_ESTABLISHED);
	expect_no_app_event();
	expect(counter("tcp_persist_probes") > 30);
}

/* RFC 6429 4: the application may end it at any time, with all that waits */
Test(window, application_ends_what_is_probed)
{
	talk->wnd = 0;
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	after(60 * SEC);
	expect(forget_sent() > 0);
	app_aborts();
	expect_rst();
	expect_closed();
}

/* RFC 9293 3.8.6.1: the answer to a probe may open the window */
Test(window, opened_window_lets_data_go)
{
	config.tcp.nodelay = true;
	talk->wnd = 0;
	in_state(TCPS_ESTABLISHED);
	app_sends(3000);
	after(rto() + MS);
	expect_sent(.seq = 1, .len = 1);
	talk->wnd = 65535;
	peer_sends(.flags = ACK, .ack = 1);
	/* the byte of the probe was refused: it goes again, with all the rest */
	expect_sent(.seq = 1, .len = 1460);
	expect_sent(.seq = 1461, .len = 1460);
	expect_sent(.seq = 2921, .len = 80);
	expect_nothing();
}

/* RFC 9293 3.8.6.1: the receiver may take the byte of the probe */
Test(window, accepted_probe_counts)
{
	talk->wnd = 0;
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	after(rto() + MS);
	expect_sent(.seq = 1, .len = 1);
	peer_sends(.flags = ACK, .ack = 2, .wnd = 0);
	expect_app_sent(1);
	peer_sends(.flags = ACK, .ack = 2, .wnd = 1000);
	expect_sent(.seq = 2, .len = 99);
}

/* RFC 9293 3.8.6: a window update without anything else */
Test(window, window_update_lets_data_go_at_once)
{
	config.tcp.nodelay = true;
	talk->wnd = 1000;
	in_state(TCPS_ESTABLISHED);
	app_sends(3000);
	expect_sent(.seq = 1, .len = 1000);
	peer_sends(.ack = 1001, .wnd = 0);
	expect_nothing();
	peer_sends(.ack = 1001, .wnd = 5000);
	expect_sent(.seq = 1001, .len = 1460);
	expect_sent(.seq = 2461, .len = 540);
}

/* RFC 9293 3.8.6.2.1 MUST-38: a sliver of window is not filled at once */
Test(window, small_window_is_not_filled_with_slivers)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(1460);
	expect_sent(.seq = 1, .len = 1460);
	peer_sends(.ack = 1461, .wnd = 100);
	app_sends(5000);
	expect_nothing();
	peer_sends(.flags = ACK, .wnd = 1460);
	expect_sent(.seq = 1461, .len = 1460);
	expect_nothing();
}

/* RFC 9293 3.8.6.2.1 (4), 3.9.1.2 MUST-60: the override timeout breaks the deadlock with a small window */
Test(window, small_window_is_used_in_the_end)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(1460);
	expect_sent(.seq = 1, .len = 1460);
	peer_sends(.ack = 1461, .wnd = 100);
	app_sends(5000);
	expect_nothing();
	after(1100 * MS);
	expect(spec_expect_sent(SEGMENT(.seq = 1461))->len <= 100);
	forget_sent();
}

/* RFC 6298 5.1: what waited for the window has its whole time-out from when it leaves, not what was left of the wait */
Test(window, what_waited_is_timed_from_when_it_leaves)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = ACK, .wnd = 100);
	app_sends(1000);
	expect_nothing();
	after(rto() - 10 * MS);
	peer_sends(.flags = ACK, .wnd = 4000);
	expect_sent(.seq = 1, .len = 1000);
	until(sent_at() + rto() - MS);
	expect_nothing();
	until(sent_at() + rto() + MS);
	expect_sent(.seq = 1, .len = 1000);
	peer_sends(.ack = 1001);
	expect_app_sent(1000);
}

/* RFC 9293 3.8.6.2.1 (3): half of the largest window ever offered is worth a segment */
Test(window, half_of_a_small_window_is_filled)
{
	talk->wnd = 1000;
	in_state(TCPS_ESTABLISHED);
	app_sends(3000);
	expect_sent(.seq = 1, .len = 1000);
	peer_sends(.ack = 1001, .wnd = 1500);
	expect_sent(.seq = 1001, .len = 1460);
	expect_nothing();
}

/* RFC 9293 3.8.6 MUST-34, SHLD-15: a window that shrinks is survived, and nothing new is sent beyond it */
Test(window, shrinking_window_is_survived)
{
	talk->wnd = 5000;
	in_state(TCPS_ESTABLISHED);
	app_sends(10000);
	expect_sent_run(3, 1, 1460);
	forget_sent();
	peer_sends(.ack = 1461, .wnd = 1000);
	expect_nothing();
	expect_state(TCPS_ESTABLISHED);
	peer_sends(.ack = talk->leat_nxt, .wnd = 5000);
	expect_sent(.flags = ACK, .len = 1460);
	forget_sent();
}

/* RFC 9293 3.10.7.4, fifth: SND.WL1 and SND.WL2 keep old segments from setting the window */
Test(window, old_segment_does_not_change_the_window)
{
	in_state(TCPS_ESTABLISHED);
	app_sends(100);
	expect_sent(.seq = 1, .len = 100);
	peer_sends(.ack = 101, .wnd = 5000);
	peer_sends(.ack = 51, .wnd = 100);
	expect(tcp_info()->snd_wnd == 5000);
	peer_sends(.len = 100, .wnd = 4000);
	peer_sends(.seq = 1, .ack = 101, .wnd = 100);
	expect(tcp_info()->snd_wnd == 4000);
	forget_sent();
}

/* RFC 9293 3.10.7.4, fifth: SND.WL1 = SEG.SEQ and SND.WL2 =< SEG.ACK */
Test(window, newer_ack_sets_the_window)
{
	in_state(TCPS_ESTABLISHED);
	peer_sends(.flags = ACK, .wnd = 100);
	expect(tcp_info()->snd_wnd == 100);
	peer_sends(.flags = ACK, .wnd = 3000);
	expect(tcp_info()->snd_wnd == 3000);
}

/* RFC 7323 2.2: windows of the peer are shifted by its scale, but in a SYN */
Test(window, peer_window_is_scaled)
{
	talk->wscale = 4;
	talk->wnd = 200;
	in_state(TCPS_ESTABLISHED);
	expect(tcp_info()->snd_wnd == 3200);
	app_sends(5000);
	expect_sent_run(2, 1, 1460);
	expect(tcp_info()->in_flight <= 3200);
	forget_sent();
}

/* RFC 7323 2.2, 2.3: our windows are shifted by ours, but in a SYN */
Test(window, our_window_is_scaled)
{
	config.tcp.rcv_buf = 1 << 20;
	talk->wscale = 0;
	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN);
	const struct tcp_seg *syn_ack = expect_sent(.flags = SYN | ACK);
	uint8_t shift = syn_ack->opts.wscale;
	expect(syn_ack->opts.has_wscale && (65535u << shift) >= 1u << 20);
	peer_sends(.flags = ACK);
	peer_sends(.len = 100);
	uint32_t wnd = (uint32_t)spec_expect_sent(SEGMENT(.ack = 101))->wnd << shift;
	expect(wnd > 65535 && wnd <= 1u << 20);
	expect(tcp_info()->rcv_wnd >> shift == wnd >> shift);
}

/* RFC 7323 2.4: rounding to the scale never takes back what was offered (RFC 9293 3.8.6 SHLD-14) */
Test(window, rounding_takes_nothing_back)
{
	config.tcp.rcv_buf = 1 << 20;
	talk->wscale = 0;
	config.tcp.delayed_ack = 0;
	talk->reads = false;
	in_state(TCPS_LISTEN);
	peer_sends(.flags = SYN);
	uint8_t shift = expect_sent(.flags = SYN | ACK)->opts.wscale;
	expect(shift >= 4);
	peer_sends(.flags = ACK);
	uint32_t edge = 65535; /* a SYN's window is not scaled */
	for (uint32_t len = 1; len < 40; len++) {
		peer_sends(.len = len);
		const struct tcp_seg *ack = expect_sent(.flags = ACK);
		uint32_t to = ack->ack - talk->peer_iss + ((uint32_t)ack->wnd << shift);
		expect(to >= edge);
		edge = to;
	}
}

/* RFC 9293 3.8.6.1 MAY-8: a closed window may stay closed; nothing is lost by it */
Test(window, everything_arrives_through_a_small_window)
{
	config.tcp.rcv_buf = 2048;
	talk->reads = false;
	in_state(TCPS_ESTABLISHED);
	for (int i = 0; i < 20; i++) {
		for (uint32_t left = tcp_info()->rcv_wnd; left > 0;) {
			uint32_t len = left < 700 ? left : 700;
			peer_sends(.len = len);
			left -= len;
		}
		app_consumes(talk->unread);
		forget_sent();
		expect(tcp_info()->rcv_wnd > 1000);
	}
}

/* leat_tcp_set(): a larger buffer opens the window, a smaller one takes nothing back (SHLD-14) */
Test(window, receive_buffer_can_be_changed)
{
	config.tcp.rcv_buf = 4096;
	in_state(TCPS_ESTABLISHED);
	uint32_t wnd = tcp_info()->rcv_wnd;
	expect(leat_tcp_set(talk->conn, LEAT_TCP_RCVBUF, 2048) == 0);
	spec_turn();
	forget_sent();
	expect(tcp_info()->rcv_wnd == wnd);
	expect(leat_tcp_set(talk->conn, LEAT_TCP_RCVBUF, 32768) == 0);
	peer_sends(.len = 100);
	expect(spec_expect_sent(SEGMENT(.ack = 101))->wnd > 4096);
}

/*
 * RFC 9293 3.10.7.4, fifth: SND.WL1 keeps old segments from setting the window. One that acknowledges
 * more than any before it is not old, though its sequence number is: it fills a hole. Its window counts,
 * or its ACK would move the edge further than the peer offered.
 */
Test(window, ack_that_fills_a_hole_tells_the_window)
{
	config.tcp.nodelay = true;
	in_state(TCPS_ESTABLISHED);
	app_sends(1000);
	expect_sent(.seq = 1, .len = 1000);
	peer_sends(.flags = ACK, .seq = 1001, .len = 1000, .ack = 1, .wnd = 4000);
	expect_sent(.flags = ACK, .ack = 1);
	peer_sends(.flags = ACK, .seq = 1, .len = 1000, .ack = 1001, .wnd = 1500);
	expect_sent(.flags = ACK, .ack = 2001);
	app_sends(2000);
	expect_sent(.seq = 1001, .len = 1460);
	expect_nothing();
	expect_app_data(2000);
}

/* The same of the peer's FIN, sent again with a newer ACK */
Test(window, fin_sent_again_tells_the_window)
{
	config.tcp.nodelay = true;
	in_state(TCPS_ESTABLISHED);
	app_sends(1000);
	expect_sent(.seq = 1, .len = 1000);
	peer_sends(.flags = FIN | ACK, .seq = 1, .ack = 1, .wnd = 4000);
	expect_sent(.flags = ACK, .ack = 2);
	peer_sends(.flags = FIN | ACK, .seq = 1, .ack = 1001, .wnd = 1500);
	expect_sent(.flags = ACK, .ack = 2);
	app_sends(2000);
	expect_sent(.seq = 1001, .len = 1460);
	expect_nothing();
}

/*
 * RFC 9293 3.10.7.4, first: what is outside the peer's window is not looked at, also a RST: behind the probe of a closed
 * window it stands at the window's edge, not beyond the probe
 */
Test(window, rst_behind_a_window_probe_is_in_the_window)
{
	talk->wnd = 0;
	in_state(TCPS_ESTABLISHED);
	app_sends(10);
	after(10 * SEC);
	expect_sent(.seq = 1, .len = 1);
	forget_sent();
	app_aborts();
	expect_sent(.flags = RST | ACK, .seq = 1);
}
