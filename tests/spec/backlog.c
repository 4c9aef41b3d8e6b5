/* SPDX-License-Identifier: BSD-3-Clause */
/* How many connections of a listener may be half-open (tcp.backlog; RFC 4987 3). Beyond it: cookies.c. */
#include "spec.h"

SUITE(backlog);

static void
half_open(uint16_t port)
{
	new_talk(port);
	peer_sends(.flags = SYN);
}

/* RFC 4987 3.2: what is too much is ignored, so that the client tries again */
Test(backlog, syn_beyond_the_backlog_is_ignored)
{
	config.tcp.backlog = 2;
	config.tcp.syn_cookies = LEAT_COOKIES_OFF;
	in_state(TCPS_LISTEN);
	for (uint16_t i = 0; i < 2; i++) {
		half_open((uint16_t)(PEER_PORT + i));
		expect_sent(.flags = SYN | ACK);
	}
	half_open(PEER_PORT + 2);
	expect_nothing();
	expect(counter("tcp_half_open_full") == 1);
}

/* A connection that opened makes room */
Test(backlog, completed_connection_makes_room)
{
	config.tcp.backlog = 1;
	config.tcp.syn_cookies = LEAT_COOKIES_OFF;
	in_state(TCPS_LISTEN);
	half_open(PEER_PORT);
	expect_sent(.flags = SYN | ACK);
	half_open(PEER_PORT + 1);
	expect_nothing();
	talk = spec_talk_find(PEER_PORT, LEAT_PORT);
	peer_sends(.flags = ACK);
	expect_app_opened();
	half_open(PEER_PORT + 1);
	expect_sent(.flags = SYN | ACK, .ack = 1);
}

/* So does one that was reset */
Test(backlog, reset_makes_room)
{
	config.tcp.backlog = 1;
	config.tcp.syn_cookies = LEAT_COOKIES_OFF;
	in_state(TCPS_SYN_RECEIVED);
	peer_sends(.flags = RST, .seq = 1);
	half_open(PEER_PORT + 1);
	expect_sent(.flags = SYN | ACK);
}

/* And one that was given up */
Test(backlog, expiry_makes_room)
{
	config.tcp.backlog = 1;
	config.tcp.synack_retries = 1;
	config.tcp.syn_cookies = LEAT_COOKIES_OFF;
	in_state(TCPS_SYN_RECEIVED);
	after(10 * SEC);
	expect_sent(.flags = SYN | ACK, .seq = 0);
	expect_closed();
	expect(counter("tcp_half_open_expired") == 1);
	half_open(PEER_PORT + 1);
	expect_sent(.flags = SYN | ACK);
}

/* What is open does not count, however many */
Test(backlog, open_connections_do_not_count)
{
	config.tcp.backlog = 1;
	for (uint16_t i = 0; i < 10; i++) {
		new_talk((uint16_t)(PEER_PORT + i));
		in_state(TCPS_ESTABLISHED);
	}
}

static bool
see_listener(const struct leat_tcp_info *info, void *arg)
{
	if (info->state == TCPS_LISTEN)
		*(struct leat_tcp_info *)arg = *info;
	return true;
}

/* leat_tcp_info of a listener: half-open entries and backlog */
Test(backlog, is_shown_by_the_listener)
{
	struct leat_tcp_info seen = {.size = 0};

	config.tcp.backlog = 7;
	in_state(TCPS_SYN_RECEIVED);
	leat_tcp_walk(leat_core(stack, 0), see_listener, &seen);
	expect(seen.snd_queued == 7 && seen.rcv_queued == 1);
	expect(seen.local.port == LEAT_PORT);
}
