/* SPDX-License-Identifier: BSD-3-Clause */
/* SYN cookies: connections that open without having been remembered (RFC 4987 3.6). */
#include "spec.h"
#include "base/seq.h"

SUITE(cookies);

enum { LIFE = 135 }; /* seconds after which no cookie is taken any more */

static struct leat_usage
usage(void)
{
	struct leat_usage u = {.size = sizeof(u)};

	leat_usage(stack, &u);
	return u;
}

/* The one place of the backlog is taken by somebody who never answers. */
static void
under_pressure(void)
{
	config.tcp.backlog = 1;
	new_talk(999);
	in_state(TCPS_SYN_RECEIVED);
}

/* A cookie for the conversation that is talked about. */
static void
in_cookie(void)
{
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .seq = 0, .ack = 1, .len = 0);
	expect_nothing();
}

static void
new_cookie(uint16_t port)
{
	new_talk(port);
	in_cookie();
}

/* RFC 4987 3.6: where the backlog is full the SYN is answered all the same, and the ACK opens */
Test(cookies, open_what_the_backlog_has_no_room_for)
{
	under_pressure();
	new_cookie(PEER_PORT);
	expect(counter("tcp_cookies_sent") == 1 && usage().half_open == 1);
	peer_sends(.flags = ACK);
	expect_nothing();
	expect_app_opened();
	expect_state(TCPS_ESTABLISHED);
	expect(counter("tcp_cookies_accepted") == 1 && counter("tcp_half_open_full") == 0);
	peer_sends(.len = 100);
	expect_sent(.flags = ACK, .ack = 101);
	expect_app_data(100);
	app_sends(50);
	expect_sent(.seq = 1, .len = 50, .ack = 101);
}

/* RFC 4987 3.6: also where the table of the core is full, and no memory is taken for one */
Test(cookies, take_no_memory)
{
	config.max_half_open = 16;
	in_state(TCPS_ESTABLISHED);
	for (uint16_t i = 0; i < 2000; i++)
		peer_sends(.flags = SYN, .seq = 0, .from_port = (uint16_t)(1000 + i));
	expect(forget_sent() == 2000);
	expect(usage().half_open == 16 && usage().connections == 1 && usage().mbufs_stack == 0);
	expect(counter("tcp_cookies_sent") == 2000 - 16);
	/* and time brings nothing but the SYN-ACKs of the sixteen */
	after(200 * SEC);
	forget_sent();
	expect(counter("tcp_cookies_sent") == 2000 - 16);
}

/* RFC 9293 3.10.7.4, fifth and seventh: the third segment may carry data and FIN */
Test(cookies, third_segment_may_carry_data_and_fin)
{
	under_pressure();
	new_cookie(PEER_PORT);
	peer_sends(.flags = PSH | FIN | ACK, .len = 100);
	expect_sent(.flags = ACK, .seq = 1, .ack = 102);
	expect_app_opened();
	expect_app_data(100);
	expect_app_peer_closed();
	expect_state(TCPS_CLOSE_WAIT);
}

/* RFC 9293 3.10.7.2: but one with SYN or RST is no answer to a cookie */
Test(cookies, third_segment_with_syn_or_rst_opens_nothing)
{
	under_pressure();
	new_cookie(PEER_PORT);
	peer_sends(.flags = SYN | ACK, .seq = 1);
	expect_rst(.seq = 1);
	peer_sends(.flags = RST | ACK, .seq = 1);
	expect_nothing();
	expect_no_app_event();
}

/* RFC 9293 MUST-14, MUST-16: never more than the peer can take, and what is usual exactly */
Test(cookies, keep_the_mss)
{
	static const struct {
		int said, kept;
	} rows[] = {{NONE, 536}, {0, 536}, {1, 64}, {64, 64}, {100, 64}, {300, 256}, {536, 536}, {1000, 536}, {1220, 1220},
		{1379, 1220}, {1400, 1380}, {1440, 1440}, {1452, 1440}, {1460, 1460}, {8960, 1460}};

	under_pressure();
	for (uint16_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		new_talk((uint16_t)(PEER_PORT + i));
		talk->mss = rows[i].said;
		in_cookie();
		peer_sends(.flags = ACK);
		expect_app_opened();
		expect(tcp_info()->mss == rows[i].kept);
	}
}

/* RFC 4987 3.6: window scale and SACK come back in the timestamp, every combination of them */
Test(cookies, keep_window_scale_and_sack_in_the_timestamp)
{
	config.max_connections = 64;
	under_pressure();
	for (int i = 0; i < 32; i++) {
		new_talk((uint16_t)(PEER_PORT + i));
		talk->ts = true;
		talk->wscale = i / 2 == 15 ? NONE : i / 2;
		talk->sack = i % 2;
		talk->wnd = 1000;
		peer_sends(.flags = SYN);
		expect_sent(.flags = SYN | ACK, .wscale = i / 2 == 15 ? NONE : 3, .sack_perm = i % 2);
		peer_sends(.flags = ACK);
		expect_app_opened();
		const struct leat_tcp_info *info = tcp_info();
		expect(info->timestamps && info->sack == (i % 2 != 0) && info->mss == 1448);
		expect(info->snd_wscale == (i / 2 == 15 ? 0 : i / 2));
		expect(info->rcv_wscale == (i / 2 == 15 ? 0 : 3));
		expect(info->snd_wnd == 1000u << info->snd_wscale);
		app_aborts();
		expect_rst();
		talk->used = false;
	}
}

/* RFC 7323 2.2, RFC 2018 2: what cannot come back is not offered */
Test(cookies, without_timestamps_offer_neither_window_scale_nor_sack)
{
	under_pressure();
	new_talk(PEER_PORT);
	talk->wscale = 7;
	talk->sack = true;
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK, .mss = 1460, .wscale = NONE, .sack_perm = 0, .tsval = NONE);
	peer_sends(.flags = ACK);
	expect_app_opened();
	expect(!tcp_info()->sack && tcp_info()->snd_wscale == 0 && tcp_info()->rcv_wscale == 0);
	expect(tcp_info()->snd_wnd == talk->wnd);
}

/* RFC 7323 5.4: the timestamps of a connection never go back, and the SYN-ACK's is at most 64 ms old */
Test(cookies, timestamps_go_on_from_the_cookie)
{
	under_pressure();
	for (uint16_t i = 0; i < 50; i++) {
		new_talk((uint16_t)(PEER_PORT + i));
		talk->ts = true;
		talk->wscale = i % 15;
		in_cookie();
		uint32_t first = talk->ts_recent;
		peer_sends(.flags = ACK);
		expect_app_opened();
		peer_sends(.len = 1);
		expect_sent(.flags = ACK, .ack = 2);
		expect(talk->ts_recent - first <= 64);
		expect_app_data(1);
		app_aborts();
		expect_rst();
		talk->used = false;
		after(7 * MS);
	}
}

/* The first sample of the round trip is one of data: the cookie's timestamp is not exact, and no time was kept */
Test(cookies, say_nothing_of_the_round_trip)
{
	under_pressure();
	new_talk(PEER_PORT);
	talk->ts = true;
	in_cookie();
	after(100 * MS);
	peer_sends(.flags = ACK);
	expect_app_opened();
	expect(tcp_info()->srtt_us == 0 && rto() == 1 * SEC);
	app_sends(10);
	expect_sent(.len = 10);
	after(80 * MS);
	peer_sends(.ack = 11);
	expect(tcp_info()->srtt_us == 80000);
}

/* RFC 4987 3.6: a number that is nobody's cookie: RST, as for any ACK in LISTEN */
Test(cookies, forged_acks_are_refused)
{
	under_pressure();
	new_cookie(PEER_PORT);
	for (uint32_t i = 1; i < 4096; i++) {
		peer_sends(.flags = ACK, .seq = 1, .ack = 1 + i * 0x10001); /* over the whole range */
		forget_sent();
	}
	for (uint32_t i = 1; i < 256; i++)
		peer_sends(.flags = ACK, .seq = 1, .ack = 1 + i); /* and beside the true one */
	forget_sent();
	expect_no_app_event();
	expect(counter("tcp_cookies_refused") == 4095 + 255 && counter("tcp_cookies_accepted") == 0);
	expect(usage().connections == 0);
	/* the true one is still good */
	peer_sends(.flags = ACK, .seq = 1, .ack = 1);
	expect_app_opened();
}

/* RFC 4987 3.6: bound to the tuple */
Test(cookies, of_another_connection_are_refused)
{
	config.neighbours[config.nb_neighbours++] = (struct leat_neighbour_config){
		.addr = leat_ipv4(198, 18, 0, 3), .mac = {2, 0, 0, 0, 0, 2}};
	under_pressure();
	new_cookie(PEER_PORT);
	peer_sends(.flags = ACK, .seq = 1, .ack = 1, .from_port = PEER_PORT + 1);
	forget_sent();
	peer_sends(.flags = ACK, .seq = 1, .ack = 1, .from = 3);
	forget_sent();
	expect_no_app_event();
	expect(counter("tcp_cookies_accepted") == 0 && usage().connections == 0);
}

/* RFC 4987 3.6: and to the options: nobody writes himself another window scale */
Test(cookies, with_other_options_are_refused)
{
	under_pressure();
	new_talk(PEER_PORT);
	talk->ts = true;
	talk->wscale = 2;
	in_cookie();
	for (uint32_t i = 1; i < 32; i++)
		peer_sends(.flags = ACK, .seq = 1, .ack = 1, .tsecr = talk->ts_recent ^ i);
	peer_sends(.flags = ACK, .seq = 1, .ack = 1, .tsval = NONE);
	forget_sent();
	expect_no_app_event();
	expect(counter("tcp_cookies_refused") == 32);
	peer_sends(.flags = ACK, .seq = 1, .ack = 1);
	expect_app_opened();
}

/*
 * The first segment after the SYN was lost, its data comes later: the second opens nothing, for what is
 * missing would never be asked for, and is no reason for a RST either
 */
Test(cookies, second_segment_waits_for_the_first)
{
	under_pressure();
	new_cookie(PEER_PORT);
	peer_sends(.flags = ACK, .seq = 101, .len = 100);
	expect_nothing();
	expect_no_app_event();
	peer_sends(.flags = ACK, .seq = 1, .len = 100);
	expect_sent(.flags = ACK, .ack = 101);
	expect_app_opened();
	expect_app_data(100);
	peer_sends(.flags = ACK, .seq = 101, .len = 100);
	expect_sent(.flags = ACK, .ack = 201);
	expect_app_data(100);
}

/* RFC 4987 3.6: good for a minute at least */
Test(cookies, are_taken_for_a_minute)
{
	under_pressure();
	for (uint16_t i = 0; i < 8; i++) {
		new_cookie((uint16_t)(PEER_PORT + i));
		after(60 * SEC);
		forget_sent(); /* SYN-ACKs of who holds the backlog */
		peer_sends(.flags = ACK);
		expect_app_opened();
		new_talk((uint16_t)(999 - i - 1));
		peer_sends(.flags = SYN); /* keeps it full */
		forget_sent();
		after(11 * SEC);
		forget_sent();
	}
}

/* RFC 4987 3.6: and not for ever, also while newer ones are sent */
Test(cookies, expire)
{
	under_pressure();
	new_cookie(PEER_PORT);
	struct talk *old = talk;
	for (uint16_t i = 0; i < LIFE; i++) {
		after(1 * SEC);
		peer_sends(.flags = SYN, .seq = 0, .from_port = (uint16_t)(2000 + 2 * i));
		peer_sends(.flags = SYN, .seq = 0, .from_port = (uint16_t)(2001 + 2 * i));
	}
	forget_sent();
	talk = old;
	peer_sends(.flags = ACK, .seq = 1, .ack = 1);
	expect_rst(.seq = 1);
	expect_no_app_event();
	expect(counter("tcp_cookies_refused") == 1 && counter("tcp_cookies_accepted") == 0);
}

/* RFC 4987 3.6: who sends no cookies takes none: not even looked at */
Test(cookies, are_not_looked_at_when_none_were_sent)
{
	under_pressure();
	new_talk(PEER_PORT);
	peer_sends(.flags = ACK, .seq = 1, .ack = 77);
	expect_rst();
	expect(counter("tcp_cookies_refused") == 0);
	/* nor when the last one's life is over */
	new_cookie(PEER_PORT + 1);
	peer_sends(.flags = ACK, .seq = 1, .ack = 0x10000000);
	forget_sent();
	expect(counter("tcp_cookies_refused") == 1);
	after(LIFE * SEC);
	forget_sent();
	peer_sends(.flags = ACK, .seq = 1, .ack = 1);
	expect_rst(.seq = 1);
	expect(counter("tcp_cookies_refused") == 1);
}

static bool
see_listener(const struct leat_tcp_info *info, void *arg)
{
	if (info->state == TCPS_LISTEN)
		*(bool *)arg = info->syn_cookies;
	return true;
}

static bool
listener_says_cookies(void)
{
	bool said = false;

	leat_tcp_walk(leat_core(stack, 0), see_listener, &said);
	return said;
}

/* leat_tcp_info of a listener tells whether cookies of it are about */
Test(cookies, are_shown_by_the_listener)
{
	under_pressure();
	expect(!listener_says_cookies());
	new_cookie(PEER_PORT);
	expect(listener_says_cookies());
	after(LIFE * SEC);
	forget_sent();
	expect(!listener_says_cookies());
}

/* tcp.syn_cookies = off */
Test(cookies, off_ignores_the_syn)
{
	config.tcp.syn_cookies = LEAT_COOKIES_OFF;
	under_pressure();
	new_talk(PEER_PORT);
	peer_sends(.flags = SYN);
	expect_nothing();
	expect(counter("tcp_half_open_full") == 1 && counter("tcp_cookies_sent") == 0);
}

/* tcp.syn_cookies = always: no entry at all */
Test(cookies, always_makes_no_entries)
{
	config.tcp.syn_cookies = LEAT_COOKIES_ALWAYS;
	listens();
	in_cookie();
	expect_closed();
	peer_sends(.flags = ACK);
	expect_app_opened();
	expect(counter("tcp_cookies_sent") == 1 && counter("tcp_cookies_accepted") == 1);
}

/* The same SYN found no room, then room: the peer may answer either SYN-ACK, and goes by the first */
Test(cookies, ack_of_a_cookie_counts_though_an_entry_was_made_since)
{
	under_pressure();
	new_cookie(PEER_PORT);
	struct talk *t = talk;
	talk = spec_talk_find(999, LEAT_PORT);
	peer_sends(.flags = RST, .seq = 1);
	expect_closed();
	talk = t;
	peer_sends(.flags = SYN, .seq = 0);
	expect_sent(.flags = SYN | ACK, .ack = 1);
	expect(usage().half_open == 1);
	peer_sends(.flags = ACK, .seq = 1, .ack = 1);
	expect_nothing();
	expect_app_opened();
	expect_state(TCPS_ESTABLISHED);
	expect(usage().half_open == 0);
}

/* No control block: nothing is said, and what the peer says next may find one */
Test(cookies, wait_for_a_control_block)
{
	config.max_connections = 16;
	config.tcp.syn_cookies = LEAT_COOKIES_ALWAYS;
	listens();
	for (uint16_t i = 0; i < 17; i++)
		new_cookie((uint16_t)(PEER_PORT + i));
	for (uint16_t i = 0; i < 17; i++) {
		talk = spec_talk_find((uint16_t)(PEER_PORT + i), LEAT_PORT);
		peer_sends(.flags = ACK);
	}
	expect_nothing();
	/* a newcomer is not even promised one */
	peer_sends(.flags = SYN, .seq = 0, .from_port = 999);
	expect_nothing();
	expect(counter("tcp_no_tcb") == 2);
	expect_no_app_event();
	struct talk *t = talk;
	talk = spec_talk_find(PEER_PORT, LEAT_PORT);
	app_aborts();
	expect_rst();
	talk = t;
	peer_sends(.len = 10);
	expect_app_opened();
	expect_app_data(10);
	expect_sent(.flags = ACK, .ack = 11);
}

/* RFC 9293 3.10.7.2: nobody listens any more */
Test(cookies, end_with_the_listener)
{
	under_pressure();
	new_cookie(PEER_PORT);
	app_unlistens();
	peer_sends(.flags = ACK);
	expect_rst(.seq = 1);
	expect_no_app_event();
}

/* RFC 9293 3.6.1 MAY-2: a tuple in TIME-WAIT is reopened beyond what it used, also by a cookie */
Test(cookies, reopen_time_wait_beyond_what_was_used)
{
	config.tcp.syn_cookies = LEAT_COOKIES_ALWAYS;
	for (uint16_t i = 0; i < 20; i++) {
		new_talk((uint16_t)(PEER_PORT + i));
		in_state(TCPS_TIME_WAIT);
		uint32_t end = talk->leat_iss + talk->leat_nxt;
		new_talk((uint16_t)(PEER_PORT + i));
		talk->peer_iss = 5000;
		after(100 * MS);
		in_cookie();
		expect(seq_gt(talk->leat_iss, end));
		peer_sends(.flags = ACK);
		expect_app_opened();
		app_aborts();
		expect_rst();
	}
	expect(counter("tcp_time_wait_reopened") == 20);
}

/* RFC 6528 3: from one count to the next the numbers of a tuple advance as the clock does */
Test(cookies, numbers_of_a_tuple_advance)
{
	uint32_t before = 0;

	config.tcp.syn_cookies = LEAT_COOKIES_ALWAYS;
	listens();
	for (int i = 0; i < 20; i++) {
		new_cookie(PEER_PORT);
		expect(i == 0 || talk->leat_iss - before < 4u << 24);
		before = talk->leat_iss;
		peer_sends(.flags = RST, .seq = 1);
		talk->used = false;
		after(135 * SEC);
	}
}

/* RFC 6528 3: and those of different tuples are unrelated */
Test(cookies, tuples_are_unrelated)
{
	uint32_t isn[16];

	config.tcp.syn_cookies = LEAT_COOKIES_ALWAYS;
	listens();
	for (uint16_t i = 0; i < 16; i++) {
		new_cookie((uint16_t)(PEER_PORT + i));
		isn[i] = talk->leat_iss;
		for (int j = 0; j < i; j++)
			expect(isn[i] - isn[j] > 1 << 16 && isn[j] - isn[i] > 1 << 16);
	}
}
