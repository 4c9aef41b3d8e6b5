/* SPDX-License-Identifier: BSD-3-Clause */
/* What the calls on a connection promise beside the protocol: options, context, look-around (leat/tcp.h). */
#include <string.h>
#include "spec.h"

SUITE(conn);

/* leat_tcp_get() tells what leat_tcp_set() was told; what is out of range is refused and changes nothing */
Test(conn, options_are_read_back)
{
	static const struct {
		enum leat_tcp_option option;
		uint32_t good[2], bad[2];
	} rows[] = {
		{LEAT_TCP_NODELAY, {1, 0}, {0, 0}},
		{LEAT_TCP_KEEPALIVE, {1, 0}, {0, 0}},
		{LEAT_TCP_RCVBUF, {2048, 1 << 30}, {2047, (1 << 30) + 1}},
		{LEAT_TCP_SNDBUF, {2048, 1 << 30}, {2047, (1 << 30) + 1}},
	};
	uint32_t value;

	in_state(TCPS_ESTABLISHED);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (int k = 0; k < 2; k++) {
			expect(leat_tcp_set(talk->conn, rows[i].option, rows[i].good[k]) == 0);
			expect(leat_tcp_get(talk->conn, rows[i].option, &value) == 0);
			expect(value == rows[i].good[k]);
			if (rows[i].bad[k] == 0)
				continue;
			expect(leat_tcp_set(talk->conn, rows[i].option, rows[i].bad[k]) == -EINVAL);
			expect(leat_tcp_get(talk->conn, rows[i].option, &value) == 0 && value == rows[i].good[k]);
		}
	expect(leat_tcp_set(talk->conn, (enum leat_tcp_option)999, 1) == -EINVAL);
	expect(leat_tcp_get(talk->conn, (enum leat_tcp_option)999, &value) == -EINVAL);
}

/* Every option set and read, and leat_tcp_info() as far as its caller knows it. */
static void
asks_everything(struct leat_conn *conn)
{
	static const uint32_t values[] = {0, 1, 7, 10, 999, 1000, 2048, 100000, 86400000, 1 << 30, UINT32_MAX};
	struct leat_tcp_info info;
	uint32_t value;

	for (enum leat_tcp_option o = 0; o <= LEAT_TCP_STATISTICS; o++)
		for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
			int r = leat_tcp_set(conn, o, values[i]);
			expect(r == 0 || r == -EINVAL);
			expect(leat_tcp_get(conn, o, &value) == 0);
			/* a number is read back as it is, anything else is on or off */
			expect(r < 0 || value == values[i] || (value == 1 && values[i] > 1));
		}
	for (uint32_t size = sizeof(info.size); size <= sizeof(info); size++) {
		memset(&info, 0xa5, sizeof(info));
		info.size = size;
		leat_tcp_info(conn, &info);
		expect(info.size == size);
		for (uint32_t i = size; i < sizeof(info); i++)
			expect(((uint8_t *)&info)[i] == 0xa5);
	}
}

static unsigned asked_closed;

static void
asks_when_closed(struct leat_conn *conn, int reason, void *user)
{
	expect(reason == ECONNABORTED || reason == ECONNRESET);
	asks_everything(conn);
	((struct talk *)user)->conn = NULL;
	asked_closed++;
}

/* In whatever state, and in on_closed: what is asked for is done or refused, and given back with the connection */
static void
asks_everything_in(enum leat_tcp_state state)
{
	static const struct leat_tcp_events events = {.on_closed = asks_when_closed};

	talk->sack = talk->ts = talk->ecn = true;
	in_state(state);
	leat_tcp_set_events(talk->conn, &events);
	asks_everything(talk->conn);
	spec_turn();
	after(SEC);
	forget_sent();
	asks_everything(talk->conn);
	app_aborts();
	forget_sent();
	expect(asked_closed == 1);
	expect_closed();
}

Test(conn, everything_is_asked_in_syn_sent) { asks_everything_in(TCPS_SYN_SENT); }
Test(conn, everything_is_asked_in_established) { asks_everything_in(TCPS_ESTABLISHED); }
Test(conn, everything_is_asked_in_fin_wait_1) { asks_everything_in(TCPS_FIN_WAIT_1); }
Test(conn, everything_is_asked_in_fin_wait_2) { asks_everything_in(TCPS_FIN_WAIT_2); }
Test(conn, everything_is_asked_in_close_wait) { asks_everything_in(TCPS_CLOSE_WAIT); }
Test(conn, everything_is_asked_in_closing) { asks_everything_in(TCPS_CLOSING); }
Test(conn, everything_is_asked_in_last_ack) { asks_everything_in(TCPS_LAST_ACK); }

static int closed_of_others;

static void
count_closed(struct leat_conn *conn, int reason, void *user)
{
	expect(leat_tcp_user(conn) == user);
	expect(user == &closed_of_others && reason == ECONNRESET);
	closed_of_others++;
}

/* leat_tcp_set_events(), leat_tcp_set_user(): from then on others are told, with another pointer */
Test(conn, events_and_user_can_be_changed)
{
	static const struct leat_tcp_events others = {.on_closed = count_closed};

	in_state(TCPS_ESTABLISHED);
	expect(leat_tcp_user(talk->conn) == talk);
	expect(leat_tcp_core(talk->conn) == leat_core(stack, 0));
	leat_tcp_set_events(talk->conn, &others);
	leat_tcp_set_user(talk->conn, &closed_of_others);
	peer_sends(.len = 100);
	forget_sent();
	expect_no_app_event();
	peer_sends(.flags = RST);
	talk->conn = NULL;
	expect(closed_of_others == 1);
}

/* leat_tcp_send_ref(), leat_tcp_send_mbuf() and leat_tcp_send() refuse alike after a FIN or a reset */
Test(conn, nothing_is_taken_when_it_is_over)
{
	static const char data[10];
	struct leat_conn *c;

	in_state(TCPS_FIN_WAIT_2);
	c = talk->conn;
	expect(leat_tcp_send(c, data, 10) == -EPIPE);
	expect(leat_tcp_send_ref(c, data, 10, NULL, NULL) == -EPIPE);
	expect(leat_tcp_room(c) == 0);
	expect(leat_tcp_shutdown(c) == 0);
}

struct seen {
	unsigned calls, until;
};

static bool
look(const struct leat_tcp_info *info, void *arg)
{
	struct seen *s = arg;

	expect(info->size == sizeof(*info));
	return ++s->calls < s->until;
}

/* leat_tcp_walk(): everything once, and not one more when it was told to stop */
Test(conn, walk_stops_when_it_is_told)
{
	in_state(TCPS_ESTABLISHED);
	new_talk(PEER_PORT + 1);
	in_state(TCPS_SYN_RECEIVED);
	new_talk(PEER_PORT + 2);
	in_state(TCPS_TIME_WAIT);
	for (unsigned until = 1; until <= 5; until++) {
		struct seen s = {.until = until};
		leat_tcp_walk(leat_core(stack, 0), look, &s);
		expect(s.calls == (until < 4 ? until : 4)); /* and the listener */
	}
}

/* leat_tcp_unlisten() of the elder of two that share a port; the other goes on */
Test(conn, elder_listener_ends_first)
{
	struct leat_endpoint any = {.port = 81}, ours = {.addr = leat_ipv4(198, 18, 0, LEAT), .port = 81};
	static const struct leat_tcp_events none;
	struct leat_listener *elder, *younger;

	in_state(TCPS_LISTEN);
	expect(leat_tcp_listen(stack, &any, &none, NULL, &elder) == 0);
	expect(leat_tcp_listen(stack, &ours, &none, NULL, &younger) == 0);
	leat_tcp_unlisten(elder);
	talk->leat_port = 81;
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK);
	leat_tcp_unlisten(younger);
	spec_turn();
	peer_sends(.flags = SYN);
	expect_sent(.flags = RST | ACK);
}
