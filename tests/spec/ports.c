/* SPDX-License-Identifier: BSD-3-Clause */
/* Local ports of active opens (RFC 6056). */
#include "spec.h"

SUITE(ports);

enum { PORTS = 65536 - 1024 }; /* that leat chooses from */

static uint16_t
connect_to(uint16_t peer_port)
{
	new_talk(peer_port);
	app_connects();
	expect_sent(.flags = SYN, .seq = 0);
	return talk->leat_port;
}

/* RFC 6056 3.2: from 1024 on */
Test(ports, are_ephemeral)
{
	for (uint16_t i = 0; i < 20; i++)
		expect(connect_to((uint16_t)(7000 + i)) >= 1024);
}

/* RFC 6056 3.1: they cannot be guessed from one another */
Test(ports, to_different_remotes_are_scattered)
{
	unsigned neighbours = 0;
	uint16_t last = connect_to(7000);

	for (uint16_t i = 1; i < 20; i++) {
		uint16_t port = connect_to((uint16_t)(7000 + i));
		neighbours += (uint16_t)(port - last + 8) <= 16;
		last = port;
	}
	expect(neighbours <= 2);
}

/* RFC 6056 3.1, RFC 9293 3.4: two connections to one remote have different ports */
Test(ports, to_the_same_remote_differ)
{
	struct leat_endpoint remote = {.addr = leat_ipv4(198, 18, 0, PEER), .port = 7000}, local;
	static const struct leat_tcp_events none;
	struct leat_conn *conns[50];
	uint16_t ports[50];

	in_state(TCPS_CLOSED);
	for (int i = 0; i < 50; i++) {
		expect(leat_tcp_connect(leat_core(stack, 0), NULL, &remote, &none, NULL, &conns[i]) == 0);
		leat_tcp_local(conns[i], &local);
		ports[i] = local.port;
		for (int j = 0; j < i; j++)
			expect(ports[i] != ports[j]);
	}
	spec_turn();
	expect(forget_sent() == 50);
	for (int i = 0; i < 50; i++)
		leat_tcp_abort(conns[i]);
}

/* The port of another connection to where `talk` goes; 0: there is none. */
static uint16_t
another(struct leat_conn **conn)
{
	const struct leat_endpoint remote = {.addr = leat_ipv4(198, 18, 0, PEER), .port = PEER_PORT};
	static const struct leat_tcp_events none;
	struct leat_endpoint local;

	if (leat_tcp_connect(leat_core(stack, 0), NULL, &remote, &none, NULL, conn) != 0)
		return 0;
	leat_tcp_local(*conn, &local);
	return local.port;
}

/* One in TIME-WAIT that may be cut short; the next port to be tried is that of its connection again. */
static uint16_t
one_in_time_wait(void)
{
	struct leat_conn *conn;

	config.tcp.msl = 60 * SEC;
	config.max_connections = PORTS + 1;
	talk->active = talk->ts = true;
	in_state(TCPS_TIME_WAIT);
	uint16_t port = talk->leat_port;
	after(2 * SEC);
	for (unsigned i = 1; i < PORTS; i++) {
		expect(another(&conn) != port);
		leat_tcp_abort(conn);
		if (i % 1024 == 0)
			spec_turn();
	}
	spec_turn();
	return port;
}

/* RFC 9293 3.6.1: TIME-WAIT may be cut short, but what is free is taken first */
Test(ports, free_ones_come_before_those_in_time_wait)
{
	struct leat_conn *conn;
	uint16_t port = one_in_time_wait();

	expect(another(&conn) != port);
	expect(counter("tcp_time_wait_recycled") == 0);
	leat_destroy(stack);
	stack = NULL;
}

/* RFC 6056 3.3.4, RFC 7323 B.2: ... and when none is free any more, those */
Test(ports, the_last_is_one_in_time_wait)
{
	struct leat_conn *conn;
	uint16_t port = one_in_time_wait();

	for (unsigned i = 0; i < PORTS - 1; i++)
		expect(another(&conn) != port);
	expect(counter("tcp_time_wait_recycled") == 0);
	expect(another(&conn) == port);
	expect(counter("tcp_time_wait_recycled") == 1);
	expect(another(&conn) == 0);
	leat_destroy(stack);
	stack = NULL;
}

/* RFC 9293 3.9.1.1: the caller may choose */
Test(ports, explicit_local_port_is_used)
{
	struct leat_endpoint remote = {.addr = leat_ipv4(198, 18, 0, PEER), .port = PEER_PORT};
	struct leat_endpoint local = {.port = 5555};
	static const struct leat_tcp_events none;
	struct leat_conn *conn, *second;

	in_state(TCPS_CLOSED);
	expect(leat_tcp_connect(leat_core(stack, 0), &local, &remote, &none, NULL, &conn) == 0);
	talk->leat_port = 5555;
	spec_turn();
	expect_sent(.flags = SYN, .seq = 0);
	/* RFC 9293 3.10.1: connection already exists */
	expect(leat_tcp_connect(leat_core(stack, 0), &local, &remote, &none, NULL, &second) == -EADDRINUSE);
	leat_tcp_abort(conn);
}

/* RFC 9293 3.9.1.1 MUST-43: and so is the local address; one that is not ours is refused */
Test(ports, foreign_local_address_is_refused)
{
	struct leat_endpoint remote = {.addr = leat_ipv4(198, 18, 0, PEER), .port = PEER_PORT};
	struct leat_endpoint local = {.addr = leat_ipv4(198, 18, 0, 77)};
	static const struct leat_tcp_events none;
	struct leat_conn *conn;

	in_state(TCPS_CLOSED);
	expect(leat_tcp_connect(leat_core(stack, 0), &local, &remote, &none, NULL, &conn) == -EADDRNOTAVAIL);
	local.addr = leat_ipv4(198, 18, 0, LEAT);
	expect(leat_tcp_connect(leat_core(stack, 0), &local, &remote, &none, NULL, &conn) == 0);
	spec_turn();
	expect(forget_sent() == 1);
	leat_tcp_abort(conn);
}

/* RFC 9293 3.9.1.1 MUST-46: no connection to a group */
Test(ports, broadcast_and_multicast_are_refused)
{
	struct leat_endpoint remote = {.addr = leat_ipv4(198, 18, 0, 255), .port = 80};
	static const struct leat_tcp_events none;
	struct leat_conn *conn;

	in_state(TCPS_CLOSED);
	expect(leat_tcp_connect(leat_core(stack, 0), NULL, &remote, &none, NULL, &conn) < 0);
	remote.addr = leat_ipv4(224, 0, 0, 1);
	expect(leat_tcp_connect(leat_core(stack, 0), NULL, &remote, &none, NULL, &conn) < 0);
	remote.addr = leat_ipv4(255, 255, 255, 255);
	expect(leat_tcp_connect(leat_core(stack, 0), NULL, &remote, &none, NULL, &conn) < 0);
	remote.addr = leat_ipv4(0, 0, 0, 0);
	expect(leat_tcp_connect(leat_core(stack, 0), NULL, &remote, &none, NULL, &conn) < 0);
	expect_nothing();
}

/* No route: said at once */
Test(ports, destination_without_a_route_is_unreachable)
{
	struct leat_endpoint remote = {.addr = leat_ipv4(192, 0, 2, 1), .port = 80};
	static const struct leat_tcp_events none;
	struct leat_conn *conn;

	in_state(TCPS_CLOSED);
	expect(leat_tcp_connect(leat_core(stack, 0), NULL, &remote, &none, NULL, &conn) == -ENETUNREACH);
	expect_closed();
}
