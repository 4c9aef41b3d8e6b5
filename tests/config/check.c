/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration as a whole: what only several values together can get wrong. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <leat/config.h>
#include <leat/core.h>
#include "config/setting.h"

static struct leat_config config;
static struct leat_error error;

static void
start(void)
{
	leat_config_init(&config);
	memset(&error, 0, sizeof(error));
}

TestSuite(check, .init = start);

/* As if read from a line of leat.ini. */
static void
say(const char *origin, const char *key, const char *value)
{
	struct setting s = {.key = key, .value = value, .origin = origin, .error = &error};

	cr_assert_eq(setting_apply(&config, &s), 0, "%s", error.text);
}

static void
expect_good(void)
{
	cr_expect_eq(leat_config_check(&config, &error), 0, "%s", error.text);
}

static void
expect_refused(const char *message)
{
	cr_expect_eq(leat_config_check(&config, &error), -EINVAL, "taken, though: %s", message);
	cr_expect_eq(error.code, EINVAL);
	cr_expect_str_eq(error.text, message);
	cr_expect_eq(leat_config_check(&config, NULL), -EINVAL);
}

Test(check, a_whole_configuration_passes)
{
	say("leat.ini:1", "port", "net_tap0");
	say("leat.ini:2", "port", "net_tap1");
	say("leat.ini:3", "addr", "192.0.2.1/24");
	say("leat.ini:4", "addr", "192.0.2.2/24");
	say("leat.ini:5", "addr", "198.18.0.1/31@net_tap1");
	say("leat.ini:6", "gateway", "198.18.0.0");
	say("leat.ini:7", "route", "203.0.113.0/24 via 192.0.2.254");
	say("leat.ini:8", "route", "203.0.113.0/25 via 192.0.2.253");
	say("leat.ini:9", "neighbour", "192.0.2.253 lladdr 02:00:00:00:00:fd");
	expect_good();
}

Test(check, gateway_outside_every_subnet)
{
	say("leat.ini:3", "gateway", "192.0.3.254");
	expect_refused("leat.ini:3: gateway = 192.0.3.254: outside every subnet: there is no addr to reach it from");
	say("leat.ini:4", "addr", "192.0.2.1/24");
	expect_refused("leat.ini:3: gateway = 192.0.3.254: outside every subnet: accepted are addresses in "
		"192.0.2.0/24");
	say("leat.ini:5", "addr", "198.18.4.1/22");
	say("leat.ini:6", "addr", "198.18.9.9/32");
	say("leat.ini:7", "addr", "198.18.10.1/24");
	say("leat.ini:8", "addr", "198.18.11.1/24");
	expect_refused("leat.ini:3: gateway = 192.0.3.254: outside every subnet: accepted are addresses in "
		"192.0.2.0/24, 198.18.4.0/22, 198.18.9.9/32, 198.18.10.0/24, ...");
	say("leat.ini:9", "addr", "192.0.3.1/24");
	expect_good();
}

Test(check, gateway_that_is_ourselves)
{
	say("leat.ini:1", "addr", "192.0.2.1/24");
	say("leat.ini:2", "addr", "192.0.2.2/24");
	say("leat.ini:3", "gateway", "192.0.2.2");
	expect_refused("leat.ini:3: gateway = 192.0.2.2: an address of our own: accepted are other hosts' addresses");
}

Test(check, gateway_that_no_host_can_be)
{
	say("leat.ini:1", "addr", "192.0.2.1/24");
	say("--gateway", "gateway", "192.0.2.255");
	expect_refused("--gateway: gateway = 192.0.2.255: the broadcast address of its subnet: accepted are hosts' "
		"addresses");
	config.routes[0].via = leat_ipv4(192, 0, 2, 0);
	expect_refused("--gateway: gateway = 192.0.2.0: the network address of its subnet: accepted are hosts' "
		"addresses");
}

Test(check, router_outside_every_subnet)
{
	say("leat.ini:1", "addr", "192.0.2.1/24");
	say("leat.ini:2", "route", "203.0.113.0/24 via 198.18.0.1");
	expect_refused("leat.ini:2: route = 203.0.113.0/24 via 198.18.0.1: the router is outside every subnet: "
		"accepted are addresses in 192.0.2.0/24");
}

Test(check, two_gateways)
{
	say("leat.ini:1", "addr", "192.0.2.1/24");
	say("leat.ini:2", "gateway", "192.0.2.253");
	say("--gateway", "gateway", "192.0.2.254");
	expect_refused("--gateway: gateway = 192.0.2.254: gateway already set in leat.ini:2");
}

Test(check, duplicate_route)
{
	say("leat.ini:1", "addr", "192.0.2.1/24");
	say("leat.ini:2", "route", "203.0.113.0/24 via 192.0.2.253");
	say("leat.ini:3", "route", "203.0.113.0/24 via 192.0.2.254");
	expect_refused("leat.ini:3: route = 203.0.113.0/24 via 192.0.2.254: route already set in leat.ini:2");
}

Test(check, route_to_a_subnet_of_ours)
{
	say("leat.ini:1", "addr", "192.0.2.1/24");
	say("leat.ini:2", "route", "192.0.2.0/24 via 192.0.2.254");
	expect_refused("leat.ini:2: route = 192.0.2.0/24 via 192.0.2.254: the subnet of an address of ours in "
		"leat.ini:1, which needs no route");
	config.routes[0].prefix_len = 25;
	expect_good();
}

Test(check, duplicate_address)
{
	say("leat.ini:1", "addr", "192.0.2.1/24");
	say("leat.ini:2", "addr", "192.0.2.1/25");
	expect_refused("leat.ini:2: addr = 192.0.2.1/25: address already set in leat.ini:1");
	config.addrs[0].origin[0] = '\0';
	expect_refused("leat.ini:2: addr = 192.0.2.1/25: address already set");
}

Test(check, duplicate_port)
{
	say("leat.ini:1", "port", "net_tap0");
	say("--port", "port", "net_tap0");
	expect_refused("--port: port = net_tap0: port already set in leat.ini:1");
}

Test(check, address_on_a_port_that_is_not_named)
{
	say("leat.ini:1", "addr", "192.0.2.1/24@net_tap1");
	expect_good(); /* any port that EAL has probed */
	say("leat.ini:2", "port", "net_tap0");
	expect_refused("leat.ini:1: addr = 192.0.2.1/24@net_tap1: no such port: accepted are those set with port, "
		"the first is net_tap0");
	say("leat.ini:3", "port", "net_tap1");
	expect_good();
}

Test(check, neighbours)
{
	say("leat.ini:1", "addr", "192.0.2.1/24");
	say("leat.ini:2", "neighbour", "192.0.2.2 lladdr 02:00:00:00:00:02");
	expect_good();
	say("leat.ini:3", "neighbour", "192.0.2.2 lladdr 02:00:00:00:00:03");
	expect_refused("leat.ini:3: neighbour = 192.0.2.2 lladdr 02:00:00:00:00:03: neighbour already set in "
		"leat.ini:2");
	config.neighbours[1].addr = leat_ipv4(192, 0, 2, 1);
	expect_refused("leat.ini:3: neighbour = 192.0.2.1 lladdr 02:00:00:00:00:03: an address of our own: "
		"accepted are other hosts' addresses");
	config.neighbours[1].addr = leat_ipv4(192, 0, 3, 1);
	expect_refused("leat.ini:3: neighbour = 192.0.3.1 lladdr 02:00:00:00:00:03: outside every subnet: accepted "
		"are addresses in 192.0.2.0/24");
	config.neighbours[1].addr = leat_ipv4(192, 0, 2, 255);
	expect_refused("leat.ini:3: neighbour = 192.0.2.255 lladdr 02:00:00:00:00:03: the broadcast address of its "
		"subnet: accepted are hosts' addresses");
}

Test(check, order_of_the_retransmission_timeouts)
{
	say("", "tcp.rto_min", "2s");
	expect_refused("tcp.rto_min = 2s: more than tcp.rto_initial: accepted is at most its value, 1s");
	say("", "tcp.rto_initial", "2s");
	expect_good();
	say("", "tcp.rto_initial", "30s");
	say("", "tcp.rto_max", "10s");
	expect_refused("tcp.rto_initial = 30s: more than tcp.rto_max: accepted is at most its value, 10s");
}

Test(check, receive_buffers_for_the_descriptors)
{
	say("", "rx_mbufs", "1024");
	expect_refused("rx_mbufs = 1024: all would lie in the receive queues: accepted is more than rx_descriptors of "
		"every port, 1 x 1024");
	say("", "rx_mbufs", "1025");
	expect_good();
	say("", "port", "a");
	say("", "port", "b");
	expect_refused("rx_mbufs = 1025: all would lie in the receive queues: accepted is more than rx_descriptors of "
		"every port, 2 x 1024");
}

/* A program that fills fields itself is told the same as one that reads a file. */
Test(check, fields_filled_by_a_program)
{
	config.nb_addrs = 1;
	config.addrs[0].addr = leat_ipv4(192, 0, 2, 255);
	config.addrs[0].prefix_len = 24;
	expect_refused("addr = 192.0.2.255/24: the broadcast address of 192.0.2.0/24: accepted are "
		"192.0.2.1..192.0.2.254");
	config.addrs[0].addr = leat_ipv4(192, 0, 2, 1);
	config.addrs[0].prefix_len = 33;
	expect_refused("addr = 192.0.2.1/33: prefix length 33: accepted are 0..32 for IPv4");
	config.addrs[0].addr.family = LEAT_UNSPEC;
	expect_refused("addr = */33: no address: accepted are IPv4 addresses");
	config.addrs[0].addr.family = LEAT_IPV6;
	config.addrs[0].prefix_len = 64;
	expect_refused("addr = c000:201::/64: IPv6 is not spoken yet: accepted are IPv4 addresses");
}

Test(check, numbers_filled_by_a_program)
{
	config.cores = 65;
	expect_refused("cores = 65: out of range: accepted are 1..64");
	config.cores = 1;
	config.steering = 4;
	expect_refused("steering = 4: out of range: accepted are auto, rss, software or queue");
	config.steering = LEAT_STEER_QUEUE;
	config.idle = 7;
	expect_refused("idle = 7: out of range: accepted are adaptive or spin");
	config.idle = LEAT_IDLE_SPIN;
	config.tcp.congestion = 2;
	expect_refused("tcp.congestion = 2: out of range: accepted are cubic or newreno");
	config.tcp.congestion = LEAT_TCP_NEWRENO;
	config.rx_descriptors = 1000;
	expect_refused("rx_descriptors = 1000: not a power of two: accepted are powers of two 64..32768");
	config.rx_descriptors = 1024;
	config.tcp.msl = 0;
	expect_refused("tcp.msl = 0: out of range: accepted are 1ms..4m");
	config.tcp.msl = 1000001;
	expect_good();
}

Test(check, texts_filled_by_a_program)
{
	memset(config.name, 'n', sizeof(config.name));
	expect_refused("name = nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn: not a name: accepted are 1..31 letters, digits, "
		"'-', '_', '.', the first a letter or digit");
	strcpy(config.name, "n");
	memset(config.pcap, 'p', sizeof(config.pcap));
	expect_refused("pcap: no end within its 256 bytes");
	strcpy(config.pcap, "a;\nb");
	expect_refused("pcap = a;?b: control characters: accepted is a path of at most 255 bytes");
	config.pcap[0] = '\0';
	config.nb_ports = 1;
	expect_refused("port = : not a port name: accepted is DPDK's name of a port, at most 63 bytes, such as "
		"net_tap0");
	memset(config.ports[0].name, 'p', LEAT_PORT_NAME);
	expect_refused("port: a name without end within its 64 bytes");
	config.nb_ports = 0;
	say("", "addr", "192.0.2.1/24");
	memset(config.addrs[0].port, 'p', LEAT_PORT_NAME);
	expect_refused("addr: a port name without end within its 64 bytes");
}

Test(check, counts_filled_by_a_program)
{
	config.nb_ports = LEAT_MAX_PORTS + 1;
	expect_refused("nb_ports = 17: accepted are 0..16");
	config.nb_ports = 0;
	config.nb_neighbours = UINT32_MAX;
	expect_refused("nb_neighbours = 4294967295: accepted are 0..64");
}

Test(check, a_struct_that_was_not_initialised)
{
	char want[128];

	memset(&config, 0, sizeof(config));
	snprintf(want, sizeof(want), "configuration of 0 bytes: accepted is what leat_config_init() fills, %zu",
		sizeof(config));
	expect_refused(want);
}
