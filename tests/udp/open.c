/* SPDX-License-Identifier: BSD-3-Clause */
/* Local endpoints: whose they are, which are taken, and ports that cannot be guessed. */
#include <errno.h>
#include <string.h>
#include <criterion/criterion.h>
#include "lab.h"

TestSuite(udp_open, .init = lab_start, .fini = lab_stop);

static int
try(const char *text)
{
	struct leat_endpoint local;
	struct leat_udp *udp;

	cr_assert_eq(leat_endpoint_parse(text, &local), 0);
	return leat_udp_open((struct leat_core *)&lab.n.core, &local, &lab_events, NULL, &udp);
}

static uint16_t
port_of(const struct leat_udp *udp)
{
	struct leat_endpoint local;

	leat_udp_local(udp, &local);
	return local.port;
}

Test(udp_open, an_endpoint_is_taken_once)
{
	cr_assert_eq(try("198.18.0.1:7"), 0);
	cr_assert_eq(try("198.18.0.1:7"), -EADDRINUSE);
	cr_assert_eq(try(":7"), 0, "any address is another endpoint");
	cr_assert_eq(try(":7"), -EADDRINUSE);
	cr_assert_eq(try("0.0.0.0:7"), -EADDRINUSE, "all zero is any, too");
	cr_assert_eq(try("198.18.0.1:8"), 0);
	cr_assert_eq(try(":1031"), 0, "the same bucket");
}

Test(udp_open, the_address_must_be_ours)
{
	cr_assert_eq(try("198.18.0.2:7"), -EADDRNOTAVAIL);
	cr_assert_eq(try("198.18.0.255:7"), -EADDRNOTAVAIL);
	cr_assert_eq(try("224.0.0.1:7"), -EADDRNOTAVAIL);
	cr_assert_eq(try("[2001:db8::1]:7"), -EADDRNOTAVAIL);
}

Test(udp_open, local_tells_what_was_chosen)
{
	struct leat_endpoint local;

	leat_udp_local(lab_open("198.18.0.1:0"), &local);
	cr_assert_eq(local.addr.v4, NET_US);
	cr_assert_geq(local.port, 49152);
	leat_udp_local(lab_open("0.0.0.0:7"), &local);
	cr_assert_eq(local.addr.family, LEAT_UNSPEC);
	cr_assert_eq(local.port, 7);
}

Test(udp_open, no_local_is_any_address_and_a_random_port)
{
	struct leat_endpoint local;
	struct leat_udp *udp;

	cr_assert_eq(leat_udp_open((struct leat_core *)&lab.n.core, NULL, &lab_events, NULL, &udp), 0);
	leat_udp_local(udp, &local);
	cr_assert_eq(local.addr.family, LEAT_UNSPEC);
	cr_assert_geq(local.port, 49152);
	lab_give(&(struct dgram){.to = local.port}, "x", 1);
	cr_assert_eq(lab_deliver(), 1);
}

/* Spread over the range, without a step from one to the next that tells the next. */
Test(udp_open, random_ports_are_spread)
{
	enum { N = 512, PARTS = 16 };
	unsigned in_part[PARTS] = {0}, next_to_it = 0;
	uint16_t last = 0;

	for (int i = 0; i < N; i++) {
		struct leat_udp *udp = lab_open(":0");
		uint16_t port = port_of(udp);
		cr_assert_geq(port, UDP_PORT_FIRST);
		in_part[(port - UDP_PORT_FIRST) / (UDP_PORT_COUNT / PARTS)]++;
		next_to_it += port == last + 1;
		last = port;
		leat_udp_close(udp);
	}
	cr_assert_leq(next_to_it, 2);
	for (int i = 0; i < PARTS; i++) /* 32 expected in each */
		cr_assert(in_part[i] > 10 && in_part[i] < 64, "%u of %d ports in part %d", in_part[i], N, i);
}

Test(udp_open, the_secret_decides_the_ports)
{
	uint16_t first[8];

	for (int round = 0; round < 3; round++) {
		lab.n.core.secret[3] = round == 2 ? 0x11 : 0x5a;
		lab.n.core.udp->ports_chosen = 0;
		unsigned same = 0;
		for (int i = 0; i < 8; i++) {
			struct leat_udp *udp = lab_open(":0");
			if (round == 0)
				first[i] = port_of(udp);
			same += port_of(udp) == first[i];
			leat_udp_close(udp);
		}
		cr_assert_eq(same, round < 2 ? 8 : 0);
	}
}

Test(udp_open, every_port_can_be_had_and_then_none)
{
	static bool seen[65536];

	for (int i = 0; i < UDP_PORT_COUNT; i++) {
		uint16_t port = port_of(lab_open(i % 2 ? ":0" : "198.18.0.1:0"));
		cr_assert(!seen[port], "port %u twice", port);
		seen[port] = true;
	}
	cr_assert_eq(try(":0"), -EADDRNOTAVAIL);
	cr_assert_eq(try(":7"), 0, "the others are still there");
}
