/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <criterion/criterion.h>
#include "link/neigh.h"
#include "support/eal.h"
#include "support/net.h"

static struct net n;

static void
start(void)
{
	support_eal_start("--log-level=leat.link:error", NULL);
	net_config(&n);
}

static void
stop(void)
{
	net_stop(&n);
}

TestSuite(route, .init = start, .fini = stop);

static struct leat_addr
addr(const char *text)
{
	struct leat_addr a;

	cr_assert_eq(leat_addr_parse(text, &a), 0);
	return a;
}

static void
add_route(const char *dest, uint8_t len, const char *via)
{
	n.config.routes[n.config.nb_routes++] =
		(struct leat_route_config){.dest = addr(dest), .prefix_len = len, .via = addr(via)};
}

static void
add_addr(const char *a, uint8_t len)
{
	n.config.addrs[n.config.nb_addrs++] = (struct leat_addr_config){.addr = addr(a), .prefix_len = len};
}

/* The gateway to dest as text, "link" = none is needed, "none" = no route. */
static const char *
via(const char *dest, char *buf)
{
	struct leat_addr a = addr(dest);
	const struct ip_route *r = ip_route_lookup(&n.core, &a);

	if (r == NULL)
		return "none";
	return r->via.family == LEAT_UNSPEC ? "link" : leat_addr_format(&r->via, buf, LEAT_ADDR_TEXT);
}

Test(route, longest_prefix_whatever_the_order)
{
	char buf[LEAT_ADDR_TEXT];

	add_route("192.0.0.0", 16, "198.18.0.16");
	add_route("192.0.2.128", 25, "198.18.0.25");
	add_route("192.0.2.0", 24, "198.18.0.24");
	add_route("192.0.2.200", 32, "198.18.0.32");
	net_start(&n);
	cr_assert_str_eq(via("192.0.2.200", buf), "198.18.0.32");
	cr_assert_str_eq(via("192.0.2.201", buf), "198.18.0.25");
	cr_assert_str_eq(via("192.0.2.127", buf), "198.18.0.24");
	cr_assert_str_eq(via("192.0.3.1", buf), "198.18.0.16");
	cr_assert_str_eq(via("192.1.0.1", buf), "198.18.0.254");
	cr_assert_str_eq(via("198.18.0.9", buf), "link");
}

Test(route, of_equal_prefixes_the_first)
{
	char buf[LEAT_ADDR_TEXT];

	add_route("192.0.2.0", 24, "198.18.0.10");
	add_route("192.0.2.0", 24, "198.18.0.11");
	net_start(&n);
	cr_assert_str_eq(via("192.0.2.1", buf), "198.18.0.10");
}

Test(route, without_a_gateway_only_the_link)
{
	char buf[LEAT_ADDR_TEXT];
	struct leat_addr far = addr("192.0.2.1");

	n.config.nb_routes = 0;
	net_start(&n);
	cr_assert_str_eq(via("192.0.2.1", buf), "none");
	cr_assert_str_eq(via("198.18.0.77", buf), "link");
	cr_assert_eq(ip_route_mtu(&n.core, &far), 0);
	cr_assert_eq(ip_next_hop(&n.core, &far), 0);
}

Test(route, to_nobody_or_to_many_there_is_none)
{
	static const char *const dests[] = {"0.0.0.0", "0.0.0.1", "127.0.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1",
		"255.255.255.255", "198.18.0.255", "198.18.0.0", "198.18.0.1"};
	char buf[LEAT_ADDR_TEXT];

	net_start(&n);
	for (size_t i = 0; i < RTE_DIM(dests); i++)
		cr_assert_str_eq(via(dests[i], buf), "none", "%s", dests[i]);
}

Test(route, a_link_of_two_hosts_has_no_broadcast)
{
	struct leat_addr low = addr("198.19.0.2"), high = addr("198.19.0.3");
	char buf[LEAT_ADDR_TEXT];

	add_addr("198.19.0.3", 31);
	net_start(&n);
	cr_assert_str_eq(via("198.19.0.2", buf), "link");
	cr_assert_not(ip_is_broadcast(&n.core, &low));
	cr_assert_not(ip_is_broadcast(&n.core, &high));
	cr_assert(ip_is_local(&n.core, &high));
}

Test(route, source_is_the_address_beside_the_next_hop)
{
	struct leat_addr a = addr("198.19.0.9"), b = addr("192.0.2.1"), c = addr("192.0.3.1");

	add_addr("198.19.0.1", 24);
	add_route("192.0.3.0", 24, "198.19.0.254");
	net_start(&n);
	cr_assert_eq(ip_route_lookup(&n.core, &a)->source.v4, RTE_BE32(0xc6130001));
	cr_assert_eq(ip_route_lookup(&n.core, &b)->source.v4, NET_US);
	cr_assert_eq(ip_route_lookup(&n.core, &c)->source.v4, RTE_BE32(0xc6130001));
}

Test(route, next_hop_is_the_gateways_neighbour_or_the_hosts)
{
	struct leat_addr far = addr("192.0.2.1"), far2 = addr("192.0.2.2"), near = addr("198.18.0.2");
	struct leat_addr gateway = addr("198.18.0.254");

	net_start(&n);
	cr_assert_eq(ip_next_hop(&n.core, &far), neigh_get(&n.core, n.port, &gateway));
	cr_assert_eq(ip_next_hop(&n.core, &far), ip_next_hop(&n.core, &far2));
	cr_assert_eq(ip_next_hop(&n.core, &near), neigh_get(&n.core, n.port, &near));
	cr_assert_eq(ip_route_mtu(&n.core, &far), 1500);
}

Test(route, static_neighbours_of_the_configuration)
{
	struct leat_addr near = addr("198.18.0.2");

	n.config.neighbours[0] = (struct leat_neighbour_config){.addr = near, .mac = {2, 0, 0, 0, 0, 2}};
	n.config.nb_neighbours = 1;
	net_start(&n);
	cr_assert_eq(neigh_state_of(&n.core, ip_next_hop(&n.core, &near)), NEIGH_STATIC);
}

Test(route, addresses_of_ours)
{
	struct leat_addr us = addr("198.18.0.1"), second = addr("198.18.0.200"), other = addr("198.18.0.2");

	add_addr("198.18.0.200", 24);
	net_start(&n);
	cr_assert(ip_is_local(&n.core, &us));
	cr_assert(ip_is_local(&n.core, &second));
	cr_assert_not(ip_is_local(&n.core, &other));
	cr_assert_eq(n.port->nb_ip4, 2);
}

/* The configuration is refused with -error, and the message holds every word of `words`. */
static void
expect_refused(int error, const char *const *words)
{
	struct leat_error e = {0};
	struct ip_layer layer;
	struct core core = n.core;

	core.ip = NULL;
	cr_assert_eq(ip_init(&core, &layer, &n.config, &e), -error, "%s", e.text);
	for (; *words != NULL; words++)
		cr_assert_not_null(strstr(e.text, *words), "%s", e.text);
	cr_assert_null(core.ip);
}

Test(route, what_is_refused)
{
	net_start(&n);
	struct leat_config good = n.config;

	add_route("192.0.2.0", 24, "203.0.113.1");
	expect_refused(EINVAL, (const char *[]){"192.0.2.0/24", "203.0.113.1", "gateway", NULL});
	n.config = good;
	add_addr("2001:db8::1", 64);
	expect_refused(EAFNOSUPPORT, (const char *[]){"2001:db8::1", "IPv4", NULL});
	n.config = good;
	strcpy(n.config.addrs[0].port, "net_tap7");
	expect_refused(ENODEV, (const char *[]){"198.18.0.1", "net_tap7", NULL});
	n.config = good;
	n.config.neighbours[0].addr = addr("192.0.2.1");
	n.config.nb_neighbours = 1;
	expect_refused(EINVAL, (const char *[]){"192.0.2.1", "subnet", NULL});
	n.config = good;
}
