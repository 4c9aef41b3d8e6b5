/* SPDX-License-Identifier: BSD-3-Clause */
#include <criterion/criterion.h>
#include <string.h>
#include "samples.h"

const struct sample samples[] = {
	{"name", "web-1.a_B"},
	{"cores", "3"},
	{"steering", "software"},
	{"queues", "2"},
	{"idle", "spin"},
	{"port", "net_tap0"},
	{"port", "0000:03:00.0"},
	{"addr", "192.0.2.1/24"},
	{"addr", "198.18.0.1/31@net_tap0"},
	{"gateway", "192.0.2.254"},
	{"route", "198.51.100.0/25 via 192.0.2.253"},
	{"neighbour", "192.0.2.7 lladdr 02:00:5e:aB:Cd:ef"},
	{"steering_cost", "30"},
	{"mtu", "9000"},
	{"rx_descriptors", "2048"},
	{"tx_descriptors", "64"},
	{"rx_mbufs", "16K"},
	{"tx_mbufs", "513"},
	{"max_connections", "64M"},
	{"max_half_open", "16"},
	{"max_time_wait", "1m"},
	{"trace", "4096"},
	{"inspect", "yes"},
	{"pcap", "/tmp/a b;c#d.pcap"},
	{"secret", "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F"},
	{"ip.ttl", "7"},
	{"arp.probe", "on"},
	{"ip.pmtu", "off"},
	{"tcp.rcv_buf", "1G"},
	{"tcp.rcv_buf_max", "1G"},
	{"tcp.max_orphans", "4K"},
	{"tcp.snd_buf", "2K"},
	{"tcp.mss", "64"},
	{"tcp.initial_window", "64"},
	{"tcp.syn_retries", "1"},
	{"tcp.synack_retries", "10"},
	{"tcp.retries", "3"},
	{"tcp.blackhole", "0"},
	{"tcp.timestamps", "off"},
	{"tcp.window_scale", "false"},
	{"tcp.sack", "0"},
	{"tcp.tail_loss_probe", "off"},
	{"tcp.nodelay", "true"},
	{"tcp.congestion", "newreno"},
	{"tcp.msl", "1ms"},
	{"tcp.rto_min", "1500us"},
	{"tcp.rto_initial", "60s"},
	{"tcp.rto_max", "4m"},
	{"tcp.delayed_ack", "0"},
	{"tcp.fin_wait2", "1h"},
	{"tcp.keepalive", "1d"},
	{"tcp.keepalive_interval", "10ms"},
	{"tcp.keepalive_probes", "127"},
	{"tcp.backlog", "1"},
	{"tcp.syn_cookies", "always"},
	{"tcp.ecn", "on"},
	{"tcp.pacing", "on"},
	{"tcp.statistics", "on"},
	{"tcp.rst_rate", "7"},
	{NULL, NULL},
};

#define EXPECT_NUMBER(a, b) cr_expect_eq((unsigned long)(a), (unsigned long)(b), #a " is %lu", (unsigned long)(a))

static void
expect_origin(const char *got, const char *want)
{
	if (want)
		cr_expect(strncmp(got, want, strlen(want)) == 0, "origin \"%s\", not \"%s...\"", got, want);
}

static void
expect_lists(const struct leat_config *c, const char *origin)
{
	static const uint8_t mac[6] = {0x02, 0x00, 0x5e, 0xab, 0xcd, 0xef};
	struct leat_addr first = leat_ipv4(192, 0, 2, 1), second = leat_ipv4(198, 18, 0, 1),
		any = leat_ipv4(0, 0, 0, 0), gateway = leat_ipv4(192, 0, 2, 254),
		dest = leat_ipv4(198, 51, 100, 0), via = leat_ipv4(192, 0, 2, 253),
		neighbour = leat_ipv4(192, 0, 2, 7);

	cr_assert_eq(c->nb_ports, 2);
	cr_expect_str_eq(c->ports[0].name, "net_tap0");
	cr_expect_str_eq(c->ports[1].name, "0000:03:00.0");
	expect_origin(c->ports[1].origin, origin);
	cr_assert_eq(c->nb_addrs, 2);
	cr_expect(leat_addr_equal(&c->addrs[0].addr, &first) && leat_addr_equal(&c->addrs[1].addr, &second));
	EXPECT_NUMBER(c->addrs[0].prefix_len, 24);
	EXPECT_NUMBER(c->addrs[1].prefix_len, 31);
	cr_expect_str_eq(c->addrs[0].port, "");
	cr_expect_str_eq(c->addrs[1].port, "net_tap0");
	expect_origin(c->addrs[1].origin, origin);
	cr_assert_eq(c->nb_routes, 2);
	cr_expect(leat_addr_equal(&c->routes[0].dest, &any) && leat_addr_equal(&c->routes[0].via, &gateway));
	EXPECT_NUMBER(c->routes[0].prefix_len, 0);
	cr_expect(leat_addr_equal(&c->routes[1].dest, &dest) && leat_addr_equal(&c->routes[1].via, &via));
	EXPECT_NUMBER(c->routes[1].prefix_len, 25);
	expect_origin(c->routes[0].origin, origin);
	expect_origin(c->routes[1].origin, origin);
	cr_assert_eq(c->nb_neighbours, 1);
	cr_expect(leat_addr_equal(&c->neighbours[0].addr, &neighbour));
	cr_expect_arr_eq(c->neighbours[0].mac, mac, 6);
	expect_origin(c->neighbours[0].origin, origin);
}

static void
expect_tcp(const struct leat_tcp_config *t)
{
	EXPECT_NUMBER(t->rcv_buf, 1 << 30);
	EXPECT_NUMBER(t->rcv_buf_max, 1 << 30);
	EXPECT_NUMBER(t->max_orphans, 4096);
	EXPECT_NUMBER(t->snd_buf, 2048);
	EXPECT_NUMBER(t->mss, 64);
	EXPECT_NUMBER(t->initial_window, 64);
	EXPECT_NUMBER(t->syn_retries, 1);
	EXPECT_NUMBER(t->synack_retries, 10);
	EXPECT_NUMBER(t->retries, 3);
	EXPECT_NUMBER(t->timestamps, false);
	EXPECT_NUMBER(t->window_scale, false);
	EXPECT_NUMBER(t->sack, false);
	EXPECT_NUMBER(t->tail_loss_probe, false);
	EXPECT_NUMBER(t->nodelay, true);
	EXPECT_NUMBER(t->congestion, LEAT_TCP_NEWRENO);
	EXPECT_NUMBER(t->msl, 1000000);
	EXPECT_NUMBER(t->rto_min, 1500000);
	EXPECT_NUMBER(t->rto_initial, 60000000000u);
	EXPECT_NUMBER(t->rto_max, 240000000000);
	EXPECT_NUMBER(t->delayed_ack, 0);
	EXPECT_NUMBER(t->fin_wait2, 3600000000000);
	EXPECT_NUMBER(t->keepalive, 86400000000000);
	EXPECT_NUMBER(t->keepalive_interval, 10000000);
	EXPECT_NUMBER(t->keepalive_probes, 127);
	EXPECT_NUMBER(t->backlog, 1);
	EXPECT_NUMBER(t->rst_rate, 7);
	EXPECT_NUMBER(t->syn_cookies, LEAT_COOKIES_ALWAYS);
	EXPECT_NUMBER(t->ecn, LEAT_ECN_ON);
	EXPECT_NUMBER(t->pacing, true);
	EXPECT_NUMBER(t->statistics, true);
}

void
samples_expect(const struct leat_config *c, const char *origin)
{
	EXPECT_NUMBER(c->size, sizeof(*c));
	cr_expect_str_eq(c->name, "web-1.a_B");
	EXPECT_NUMBER(c->cores, 3);
	EXPECT_NUMBER(c->steering, LEAT_STEER_SOFTWARE);
	EXPECT_NUMBER(c->steering_cost, 30);
	EXPECT_NUMBER(c->queues, 2);
	EXPECT_NUMBER(c->idle, LEAT_IDLE_SPIN);
	EXPECT_NUMBER(c->mtu, 9000);
	EXPECT_NUMBER(c->rx_descriptors, 2048);
	EXPECT_NUMBER(c->tx_descriptors, 64);
	EXPECT_NUMBER(c->rx_mbufs, 16384);
	EXPECT_NUMBER(c->tx_mbufs, 513);
	EXPECT_NUMBER(c->max_connections, 64 << 20);
	EXPECT_NUMBER(c->max_half_open, 16);
	EXPECT_NUMBER(c->max_time_wait, 1 << 20);
	EXPECT_NUMBER(c->trace, 4096);
	EXPECT_NUMBER(c->inspect, true);
	EXPECT_NUMBER(c->ip.ttl, 7);
	EXPECT_NUMBER(c->ip.pmtu, false);
	cr_expect_str_eq(c->pcap, "/tmp/a b;c#d.pcap");
	cr_expect(c->has_secret);
	for (unsigned i = 0; i < sizeof(c->secret); i++)
		EXPECT_NUMBER(c->secret[i], i);
	expect_lists(c, origin);
	expect_tcp(&c->tcp);
}
