/* SPDX-License-Identifier: BSD-3-Clause */
/* OPEN, passive and active, beside what is open already (RFC 9293 3.9.1.1). Local ports: ports.c. */
#include "spec.h"

SUITE(open);

static const struct leat_tcp_events none;

static struct leat_endpoint
the_peer(void)
{
	return (struct leat_endpoint){.addr = leat_ipv4(198, 18, 0, PEER), .port = PEER_PORT};
}

/* RFC 9293 3.9.1.1 MUST-41: a passive open that is refused leaves the listener and its connections as they were */
Test(open, refused_listener_changes_nothing)
{
	struct leat_endpoint local = {.port = LEAT_PORT};
	struct leat_listener *second;

	in_state(TCPS_SYN_RECEIVED);
	expect(leat_tcp_listen(stack, &local, &none, NULL, &second) == -EADDRINUSE);
	spec_turn();
	expect_nothing();
	peer_sends(.flags = ACK);
	expect_app_opened();
	new_talk(PEER_PORT + 1);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK);
}

/* RFC 9293 3.9.1.1 MUST-42: the port of a connection in SYN-SENT can be listened on, and both go on */
Test(open, port_of_a_connection_that_opens_can_be_listened_on)
{
	struct leat_endpoint local = {.port = LEAT_PORT}, remote = the_peer();
	struct leat_conn *conn;

	in_state(TCPS_CLOSED);
	talk->leat_port = LEAT_PORT;
	expect(leat_tcp_connect(leat_core(stack, 0), &local, &remote, &none, NULL, &conn) == 0);
	spec_turn();
	expect_sent(.flags = SYN, .seq = 0);
	listens();
	new_talk(PEER_PORT + 1);
	peer_sends(.flags = SYN);
	expect_sent(.flags = SYN | ACK);
	peer_sends(.flags = ACK);
	expect_app_opened();
	leat_tcp_abort(conn);
}

/* RFC 9293 3.9.1.1 MUST-44: without a local address it is that of the route to the peer */
Test(open, source_address_is_that_of_the_route)
{
	struct leat_endpoint remote = the_peer(), local;
	struct leat_conn *conn;

	config.nb_addrs = 2;
	config.addrs[1] = config.addrs[0];
	config.addrs[0] = (struct leat_addr_config){.addr = leat_ipv4(198, 19, 0, 1), .prefix_len = 24};
	in_state(TCPS_CLOSED);
	expect(leat_tcp_connect(leat_core(stack, 0), NULL, &remote, &none, NULL, &conn) == 0);
	leat_tcp_local(conn, &local);
	expect(local.addr.v4 == leat_ipv4(198, 18, 0, LEAT).v4);
	talk->leat_port = local.port;
	spec_turn();
	expect_sent(.flags = SYN, .seq = 0);
	leat_tcp_abort(conn);
}
