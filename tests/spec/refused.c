/* SPDX-License-Identifier: BSD-3-Clause */
/* Connections that are refused, in both directions (RFC 9293 3.5.2, 3.10.7.3). */
#include "spec.h"

SUITE(refused);

/* RFC 9293 3.10.7.3, second */
Test(refused, rst_refuses_a_connect)
{
	in_state(TCPS_SYN_SENT);
	peer_sends(.flags = RST | ACK, .seq = 0, .ack = 1);
	expect_app_closed(ECONNREFUSED);
	expect_no_app_event();
	expect_closed();
	after(300 * SEC);
	expect_nothing();
}

/* Data queued before is thrown away */
Test(refused, queued_data_is_thrown_away)
{
	in_state(TCPS_SYN_SENT);
	app_sends(10000);
	peer_sends(.flags = RST | ACK, .seq = 0, .ack = 1);
	expect_app_closed(ECONNREFUSED);
	expect_closed();
}

/* RFC 9293 3.10.7.3: the SYN sent again is refused as well */
Test(refused, rst_refuses_a_repeated_syn)
{
	in_state(TCPS_SYN_SENT);
	after(3500 * MS);
	expect(forget_sent() == 2);
	peer_sends(.flags = RST | ACK, .seq = 0, .ack = 1);
	expect_app_closed(ECONNREFUSED);
	expect_closed();
}

/* The application may try again at once */
Test(refused, next_attempt_succeeds)
{
	in_state(TCPS_SYN_SENT);
	peer_sends(.flags = RST | ACK, .seq = 0, .ack = 1);
	expect_app_closed(ECONNREFUSED);
	new_talk(PEER_PORT);
	talk->active = true;
	in_state(TCPS_ESTABLISHED);
	peer_sends(.len = 10);
	expect_sent(.ack = 11);
	expect_app_data(10);
}

/* RFC 9293 3.10.7.1: leat refuses where nobody listens, each time */
Test(refused, leat_refuses_on_closed_ports)
{
	in_state(TCPS_LISTEN);
	for (uint16_t port = 81; port < 91; port++) {
		talk->leat_port = port;
		talk->peer_nxt = 0;
		peer_sends(.flags = SYN);
		expect_sent(.flags = RST | ACK, .seq = 0, .ack = 1);
	}
	expect_nothing();
	expect_closed();
}

/* RFC 9293 3.10.4: nobody listens any more */
Test(refused, leat_refuses_after_unlisten)
{
	in_state(TCPS_LISTEN);
	app_unlistens();
	peer_sends(.flags = SYN);
	expect_sent(.flags = RST | ACK, .seq = 0, .ack = 1);
}

/* leat_tcp_unlisten(): open connections stay */
Test(refused, open_connections_survive_unlisten)
{
	in_state(TCPS_ESTABLISHED);
	app_unlistens();
	peer_sends(.len = 10);
	expect_sent(.flags = ACK, .ack = 11);
	expect_app_data(10);
	expect_state(TCPS_ESTABLISHED);
}

/* leat_tcp_listen(): one listener an endpoint */
Test(refused, second_listener_is_refused)
{
	struct leat_endpoint local = {.port = LEAT_PORT};
	static const struct leat_tcp_events none;
	struct leat_listener *second;

	in_state(TCPS_LISTEN);
	expect(leat_tcp_listen(stack, &local, &none, NULL, &second) == -EADDRINUSE);
	local.port = 0;
	expect(leat_tcp_listen(stack, &local, &none, NULL, &second) == -EINVAL);
	local = (struct leat_endpoint){.addr = leat_ipv4(198, 18, 0, 77), .port = 81};
	expect(leat_tcp_listen(stack, &local, &none, NULL, &second) == -EADDRNOTAVAIL);
}
