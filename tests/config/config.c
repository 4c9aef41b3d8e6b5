/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys one by one: defaults, setting, and every refusal with the whole of its text. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <leat/config.h>
#include <leat/core.h>
#include "config/keys.h"
#include "samples.h"

static struct leat_config config;

static void
start(void)
{
	/* What was there before must not matter. */
	memset(&config, 0xa5, sizeof(config));
	leat_config_init(&config);
}

TestSuite(config, .init = start);

Test(config, defaults_are_those_of_the_header)
{
	cr_expect_eq(config.size, sizeof(config));
	cr_expect_str_eq(config.name, "leat");
	cr_expect_eq(config.cores, 1);
	cr_expect_eq(config.steering, LEAT_STEER_AUTO);
	cr_expect_eq(config.steering_cost, 15);
	cr_expect_eq(config.queues, 0);
	cr_expect_eq(config.idle, LEAT_IDLE_ADAPTIVE);
	cr_expect_eq(config.nb_ports + config.nb_addrs + config.nb_routes + config.nb_neighbours, 0);
	cr_expect_eq(config.mtu, 0);
	cr_expect_eq(config.rx_descriptors, 1024);
	cr_expect_eq(config.tx_descriptors, 1024);
	cr_expect_eq(config.rx_mbufs, 8192);
	cr_expect_eq(config.tx_mbufs, 8192);
	cr_expect_eq(config.max_connections, 65536);
	cr_expect_eq(config.max_half_open, 65536);
	cr_expect_eq(config.max_time_wait, 262144);
	cr_expect_eq(config.trace, 0);
	cr_expect_eq(config.inspect, false);
	cr_expect_eq(config.ip.ttl, 64);
	cr_expect_eq(config.ip.pmtu, true);
	cr_expect_str_eq(config.pcap, "");
	cr_expect_null(config.clock);
	cr_expect_eq(config.has_secret, false);
}

Test(config, defaults_of_tcp_are_those_of_the_header)
{
	const struct leat_tcp_config *t = &config.tcp;

	cr_expect_eq(t->rcv_buf, 65536);
	cr_expect_eq(t->rcv_buf_max, 4194304);
	cr_expect_eq(t->max_orphans, 65536);
	cr_expect_eq(t->snd_buf, 262144);
	cr_expect_eq(t->mss, 0);
	cr_expect_eq(t->initial_window, 10);
	cr_expect_eq(t->syn_retries, 7);
	cr_expect_eq(t->synack_retries, 5);
	cr_expect_eq(t->retries, 15);
	cr_expect(t->timestamps && t->window_scale && t->sack && t->tail_loss_probe && !t->nodelay);
	cr_expect_eq(t->congestion, LEAT_TCP_CUBIC);
	cr_expect_eq(t->msl, 30000000000);
	cr_expect_eq(t->rto_min, 200000000);
	cr_expect_eq(t->rto_initial, 1000000000);
	cr_expect_eq(t->rto_max, 120000000000);
	cr_expect_eq(t->delayed_ack, 40000000);
	cr_expect_eq(t->fin_wait2, 60000000000);
	cr_expect_eq(t->keepalive, 0);
	cr_expect_eq(t->keepalive_interval, 75000000000);
	cr_expect_eq(t->keepalive_probes, 9);
	cr_expect_eq(t->backlog, 65536);
	cr_expect_eq(t->rst_rate, 10000);
	cr_expect_eq(t->syn_cookies, LEAT_COOKIES_PRESSURE);
	cr_expect_eq(t->ecn, LEAT_ECN_ACCEPT);
	cr_expect(!t->pacing && !t->statistics);
}

Test(config, defaults_pass_the_check)
{
	struct leat_error error = {0};

	cr_expect_eq(leat_config_check(&config, &error), 0, "%s", error.text);
}

Test(config, every_key_has_a_sample_and_every_field_is_reached)
{
	struct leat_error error = {0};

	for (const struct config_key *k = config_keys; k->name; k++) {
		const struct sample *s = samples;

		while (s->key && strcmp(s->key, k->name) != 0)
			s++;
		cr_expect_not_null(s->key, "no sample for %s", k->name);
	}
	for (const struct sample *s = samples; s->key; s++)
		cr_expect_eq(leat_config_set(&config, s->key, s->value, &error), 0, "%s", error.text);
	samples_expect(&config, NULL);
	cr_expect_eq(leat_config_check(&config, &error), 0, "%s", error.text);
	cr_expect_str_eq(config.addrs[0].origin, "");
}

Test(config, a_null_error_is_allowed)
{
	cr_expect_eq(leat_config_set(&config, "mtu", "1", NULL), -EINVAL);
	cr_expect_eq(leat_config_set(&config, "no such key at all", "1", NULL), -EINVAL);
	cr_expect_eq(leat_config_set(&config, "mtu", "1500", NULL), 0);
}

/* Each limit of each number is accepted, one beyond it is not. */
Test(config, limits_are_inclusive)
{
	char text[KEY_ACCEPTED_TEXT];

	for (const struct config_key *k = config_keys; k->name; k++) {
		if (!key_is_number(k))
			continue;
		cr_expect_eq(leat_config_set(&config, k->name, key_write_number(k, k->min, text), NULL), 0, "%s", k->name);
		cr_expect_eq(key_get(k, &config), k->min, "%s", k->name);
		cr_expect_eq(leat_config_set(&config, k->name, key_write_number(k, k->max, text), NULL), 0, "%s", k->name);
		cr_expect_eq(key_get(k, &config), k->max, "%s", k->name);
		cr_expect_eq(leat_config_set(&config, k->name, key_write_number(k, k->max + 1, text), NULL), -EINVAL,
			"%s = %s", k->name, text);
		if (k->min > 1)
			cr_expect_eq(leat_config_set(&config, k->name, key_write_number(k, k->min - 1, text), NULL),
				-EINVAL, "%s = %s", k->name, text);
		cr_expect_eq(key_get(k, &config), k->max, "%s: changed though refused", k->name);
	}
}

/* The ranges that the public header promises: no field can be made to overflow by the table. */
Test(config, limits_fit_the_fields)
{
	for (const struct config_key *k = config_keys; k->name; k++)
		if (key_is_number(k) && k->size < 8)
			cr_expect_lt(k->max, UINT64_C(1) << (8 * k->size), "%s", k->name);
}

struct refusal {
	const char *key, *value, *text;
};

static void
check_refusals(const struct refusal *rows, size_t n)
{
	static struct leat_config before;

	for (size_t i = 0; i < n; i++) {
		struct leat_error error = {0};

		before = config;
		cr_expect_eq(leat_config_set(&config, rows[i].key, rows[i].value, &error), -EINVAL, "%s = %s",
			rows[i].key, rows[i].value);
		cr_expect_eq(error.code, EINVAL);
		cr_expect_str_eq(error.text, rows[i].text);
		cr_expect_arr_eq(&config, &before, sizeof(config), "%s: changed though refused", rows[i].text);
	}
}

#define REFUSED(...) \
	do { \
		static const struct refusal rows_[] = {__VA_ARGS__}; \
		check_refusals(rows_, sizeof(rows_) / sizeof(rows_[0])); \
	} while (0)

Test(config, numbers_refused)
{
	REFUSED({"cores", "65", "cores = 65: out of range: accepted are 1..64"},
		{"cores", "0", "cores = 0: out of range: accepted are 1..64"},
		{"queues", "65", "queues = 65: out of range: accepted are 0 or 1..64"},
		{"mtu", "1500x", "mtu = 1500x: not a number in digits: accepted are 0 or 576..9600"},
		{"mtu", "-1500", "mtu = -1500: not a number in digits: accepted are 0 or 576..9600"},
		{"mtu", "", "mtu = : not a number in digits: accepted are 0 or 576..9600"},
		{"mtu", "575", "mtu = 575: out of range: accepted are 0 or 576..9600"},
		{"mtu", "18446744073709551616",
			"mtu = 18446744073709551616: out of range: accepted are 0 or 576..9600"},
		{"mtu", "4294968796", "mtu = 4294968796: out of range: accepted are 0 or 576..9600"},
		{"rx_descriptors", "1000",
			"rx_descriptors = 1000: not a power of two: accepted are powers of two 64..32768"},
		{"tx_descriptors", "32",
			"tx_descriptors = 32: out of range: accepted are powers of two 64..32768"},
		{"rx_mbufs", "8KB",
			"rx_mbufs = 8KB: not digits with nothing, K, M or G behind them: accepted are 512..16M"},
		{"tcp.rcv_buf", "2G", "tcp.rcv_buf = 2G: out of range: accepted are 2048..1G"},
		{"tcp.mss", "63", "tcp.mss = 63: out of range: accepted are 0 or 64..65495"},
		{"tcp.mss", "65536", "tcp.mss = 65536: out of range: accepted are 0 or 64..65495"},
		{"tcp.retries", "256", "tcp.retries = 256: out of range: accepted are 1..15"},
		{"trace", "63", "trace = 63: out of range: accepted are 0 or 64..16M"});
}

Test(config, times_refused)
{
	REFUSED({"tcp.msl", "30", "tcp.msl = 30: a time needs its unit (ns, us, ms, s, m, h, d): "
			"accepted are 1ms..4m"},
		{"tcp.msl", "30sec", "tcp.msl = 30sec: not digits with ns, us, ms, s, m, h or d behind them: "
			"accepted are 1ms..4m"},
		{"tcp.msl", "5m", "tcp.msl = 5m: out of range: accepted are 1ms..4m"},
		{"tcp.msl", "0", "tcp.msl = 0: out of range: accepted are 1ms..4m"},
		{"tcp.msl", "-1s", "tcp.msl = -1s: not digits with ns, us, ms, s, m, h or d behind them: "
			"accepted are 1ms..4m"},
		{"tcp.rto_max", "584942417356s", "tcp.rto_max = 584942417356s: out of range: accepted are 1s..4m"},
		{"tcp.keepalive", "9ms", "tcp.keepalive = 9ms: out of range: accepted are 0 or 10ms..1d"});
}

Test(config, words_refused)
{
	REFUSED({"tcp.sack", "maybe", "tcp.sack = maybe: neither on nor off: accepted are on or off (true, yes, "
			"1; false, no, 0)"},
		{"idle", "lazy", "idle = lazy: unknown: accepted are adaptive or spin"},
		{"tcp.syn_cookies", "yes", "tcp.syn_cookies = yes: unknown: accepted are pressure, off or always"},
		{"tcp.ecn", "yes", "tcp.ecn = yes: unknown: accepted are accept, off or on"},
		{"tcp.congestion", "reno", "tcp.congestion = reno: unknown: accepted are cubic or newreno"},
		{"tcp.congestion", "", "tcp.congestion = : unknown: accepted are cubic or newreno"},
		{"name", "", "name = : not a name: accepted are 1..31 letters, digits, '-', '_', '.', the first a "
			"letter or digit"},
		{"name", "../x", "name = ../x: not a name: accepted are 1..31 letters, digits, '-', '_', '.', the "
			"first a letter or digit"},
		{"name", "a/b", "name = a/b: not a name: accepted are 1..31 letters, digits, '-', '_', '.', the "
			"first a letter or digit"},
		{"name", "abcdefghijklmnopqrstuvwxyz012345", "name = abcdefghijklmnopqrstuvwxyz012345: not a name: "
			"accepted are 1..31 letters, digits, '-', '_', '.', the first a letter or digit"});
}

Test(config, a_wrong_secret_is_refused_and_never_shown)
{
	REFUSED({"secret", "0011", "secret = (not shown): not 64 digits: accepted are 64 hex digits"},
		{"secret", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1g",
			"secret = (not shown): not hex: accepted are 64 hex digits"},
		{"secrte", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
			"secrte = (not shown): unknown key: did you mean secret?"});
	cr_expect(!config.has_secret);
}

Test(config, unknown_keys_name_the_nearest)
{
	REFUSED({"tcp.mls", "1s", "tcp.mls = 1s: unknown key: did you mean tcp.msl?"},
		{"msl", "1s", "msl = 1s: unknown key: did you mean tcp.msl?"},
		{"tcp.mtu", "1500", "tcp.mtu = 1500: unknown key: did you mean mtu?"},
		{"adr", "192.0.2.1/24", "adr = 192.0.2.1/24: unknown key: did you mean addr?"},
		{"neighbor", "x", "neighbor = x: unknown key: did you mean neighbour?"},
		{"Mtu", "1500", "Mtu = 1500: unknown key: did you mean mtu?"},
		{"tcp.initialwindow", "2", "tcp.initialwindow = 2: unknown key: did you mean tcp.initial_window?"},
		{"colour", "blue", "colour = blue: unknown key: accepted are the keys that --help lists"},
		{"", "1", " = 1: unknown key: accepted are the keys that --help lists"},
		{"a_key_that_is_longer_than_any_other_one", "1", "a_key_that_is_longer_than_any_other_one = 1: "
			"unknown key: accepted are the keys that --help lists"});
}

Test(config, long_and_binary_values_are_shown_cut_and_clean)
{
	char value[400], want[400];
	struct leat_error error = {0};

	memset(value, 'p', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	snprintf(want, sizeof(want), "pcap = %.68s...: too long: accepted is a path of at most 255 bytes", value);
	cr_expect_eq(leat_config_set(&config, "pcap", value, &error), -EINVAL);
	cr_expect_str_eq(error.text, want);
	REFUSED({"mtu", "15\n00\x1b[1m", "mtu = 15?00?[1m: not a number in digits: accepted are 0 or 576..9600"});
	value[255] = '\0';
	cr_expect_eq(leat_config_set(&config, "pcap", value, &error), 0);
	cr_expect_str_eq(config.pcap, value);
	cr_expect_eq(leat_config_set(&config, "pcap", "", &error), 0);
	cr_expect_str_eq(config.pcap, "");
}

#define ADDR_FORM "accepted is ADDRESS/LENGTH or ADDRESS/LENGTH@PORT, such as 192.0.2.1/24"

Test(config, addresses_refused_for_their_form)
{
	REFUSED({"addr", "192.0.2.1", "addr = 192.0.2.1: no prefix length: " ADDR_FORM},
		{"addr", "", "addr = : no prefix length: " ADDR_FORM},
		{"addr", "192.0.2/24", "addr = 192.0.2/24: \"192.0.2\" is no address: " ADDR_FORM},
		{"addr", "192.0.2.256/24", "addr = 192.0.2.256/24: \"192.0.2.256\" is no address: " ADDR_FORM},
		{"addr", "192.0.2.1 /24", "addr = 192.0.2.1 /24: \"192.0.2.1 \" is no address: " ADDR_FORM},
		{"addr", "host/24", "addr = host/24: \"host\" is no address: " ADDR_FORM},
		{"addr", "192.0.2.1/33", "addr = 192.0.2.1/33: prefix length 33: accepted are 0..32 for IPv4"},
		{"addr", "192.0.2.1/300", "addr = 192.0.2.1/300: prefix length 300: accepted are 0..32 for IPv4"},
		{"addr", "192.0.2.1/", "addr = 192.0.2.1/: prefix length \"\": accepted are 0..32 for IPv4"},
		{"addr", "192.0.2.1/24x", "addr = 192.0.2.1/24x: prefix length \"24x\": accepted are 0..32 for IPv4"},
		{"addr", "192.0.2.1/-1", "addr = 192.0.2.1/-1: prefix length \"-1\": accepted are 0..32 for IPv4"},
		{"addr", "192.0.2.1/24@", "addr = 192.0.2.1/24@: no port name: " ADDR_FORM},
		{"addr", "192.0.2.1/24@ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp"
			 "p", "addr = 192.0.2.1/24@ppppppppppppppppppppppppppppppppppppppppppppppppppppppp...: "
			"port name too long: " ADDR_FORM});
}

#define UNICAST "accepted are unicast addresses"
#define INSIDE "accepted are 192.0.2.1..192.0.2.254"

Test(config, addresses_refused_that_no_host_may_have)
{
	REFUSED({"addr", "192.0.2.255/24",
			"addr = 192.0.2.255/24: the broadcast address of 192.0.2.0/24: " INSIDE},
		{"addr", "192.0.2.0/24", "addr = 192.0.2.0/24: the network address of 192.0.2.0/24: " INSIDE},
		{"addr", "192.0.2.7/30",
			"addr = 192.0.2.7/30: the broadcast address of 192.0.2.4/30: accepted are 192.0.2.5..192.0.2.6"},
		{"addr", "224.0.0.1/24", "addr = 224.0.0.1/24: 224.0.0.1 is a multicast address: " UNICAST},
		{"addr", "239.255.255.250/32",
			"addr = 239.255.255.250/32: 239.255.255.250 is a multicast address: " UNICAST},
		{"addr", "0.0.0.0/0",
			"addr = 0.0.0.0/0: 0.0.0.0 is an address of \"this network\" (0.0.0.0/8): " UNICAST},
		{"addr", "127.0.0.1/8", "addr = 127.0.0.1/8: 127.0.0.1 is a loopback address: " UNICAST},
		{"addr", "240.0.0.1/8", "addr = 240.0.0.1/8: 240.0.0.1 is reserved (240.0.0.0/4): " UNICAST},
		{"addr", "255.255.255.255/32",
			"addr = 255.255.255.255/32: 255.255.255.255 is the limited broadcast address: " UNICAST},
		{"addr", "2001:db8::1/64",
			"addr = 2001:db8::1/64: IPv6 is not spoken yet: accepted are IPv4 addresses"},
		{"gateway", "2001:db8::1", "gateway = 2001:db8::1: IPv6 is not spoken yet: accepted are IPv4 addresses"},
		{"gateway", "224.0.0.1", "gateway = 224.0.0.1: 224.0.0.1 is a multicast address: " UNICAST},
		{"gateway", "192.0.2.254/24", "gateway = 192.0.2.254/24: \"192.0.2.254/24\" is no address: accepted is "
			"ADDRESS, such as 192.0.2.254"});
}

/* RFC 3021: a link of two hosts has neither network nor broadcast address. */
Test(config, short_subnets_have_no_broadcast_address)
{
	struct leat_error error = {0};

	cr_expect_eq(leat_config_set(&config, "addr", "192.0.2.0/31", &error), 0, "%s", error.text);
	cr_expect_eq(leat_config_set(&config, "addr", "192.0.2.3/31", &error), 0, "%s", error.text);
	cr_expect_eq(leat_config_set(&config, "addr", "192.0.2.255/32", &error), 0, "%s", error.text);
	cr_expect_eq(leat_config_set(&config, "addr", "198.18.0.255/0", &error), 0, "%s", error.text);
	cr_expect_eq(leat_config_check(&config, &error), 0, "%s", error.text);
}

#define ROUTE_FORM "accepted is ADDRESS/LENGTH via ROUTER, such as 198.18.0.0/15 via 192.0.2.254"

Test(config, routes_refused)
{
	REFUSED({"route", "198.18.0.0/15", "route = 198.18.0.0/15: not a route: " ROUTE_FORM},
		{"route", "198.18.0.0/15 via", "route = 198.18.0.0/15 via: not a route: " ROUTE_FORM},
		{"route", "198.18.0.0/15 dev 192.0.2.2", "route = 198.18.0.0/15 dev 192.0.2.2: not a route: " ROUTE_FORM},
		{"route", "198.18.0.0/15 via 192.0.2.2 dev x",
			"route = 198.18.0.0/15 via 192.0.2.2 dev x: not a route: " ROUTE_FORM},
		{"route", "198.18.0.0/15 via me", "route = 198.18.0.0/15 via me: \"me\" is no address: " ROUTE_FORM},
		{"route", "198.18.0.0 via 192.0.2.2", "route = 198.18.0.0 via 192.0.2.2: no prefix length: " ROUTE_FORM},
		{"route", "198.18.0.0/33 via 192.0.2.2",
			"route = 198.18.0.0/33 via 192.0.2.2: prefix length 33: accepted are 0..32 for IPv4"},
		{"route", "198.18.0.5/15 via 192.0.2.2",
			"route = 198.18.0.5/15 via 192.0.2.2: bits are set behind the prefix: accepted is 198.18.0.0/15"},
		{"route", "127.0.0.0/8 via 192.0.2.2", "route = 127.0.0.0/8 via 192.0.2.2: the destination is a "
			"loopback address: accepted are unicast networks"},
		{"route", "224.0.0.0/4 via 192.0.2.2", "route = 224.0.0.0/4 via 192.0.2.2: the destination is a "
			"multicast address: accepted are unicast networks"},
		{"route", "198.18.0.0/15 via 224.0.0.1",
			"route = 198.18.0.0/15 via 224.0.0.1: the router 224.0.0.1 is a multicast address: " UNICAST},
		{"route", "2001:db8::/32 via 2001:db8::1",
			"route = 2001:db8::/32 via 2001:db8::1: IPv6 is not spoken yet: accepted are IPv4 addresses"});
}

#define NEIGH_FORM "accepted is ADDRESS lladdr MAC, such as 192.0.2.2 lladdr 02:00:00:00:00:02"
#define MACS "accepted are unicast MAC addresses"

Test(config, neighbours_refused)
{
	REFUSED({"neighbour", "192.0.2.2", "neighbour = 192.0.2.2: not a neighbour: " NEIGH_FORM},
		{"neighbour", "192.0.2.2 mac 02:00:00:00:00:02",
			"neighbour = 192.0.2.2 mac 02:00:00:00:00:02: not a neighbour: " NEIGH_FORM},
		{"neighbour", "192.0.2.2 lladdr 02:00:00:00:00",
			"neighbour = 192.0.2.2 lladdr 02:00:00:00:00: \"02:00:00:00:00\" is no MAC address: " NEIGH_FORM},
		{"neighbour", "x lladdr 02:00:00:00:00:02",
			"neighbour = x lladdr 02:00:00:00:00:02: \"x\" is no address: " NEIGH_FORM},
		{"neighbour", "192.0.2.2 lladdr ff:ff:ff:ff:ff:ff",
			"neighbour = 192.0.2.2 lladdr ff:ff:ff:ff:ff:ff: a broadcast MAC address: " MACS},
		{"neighbour", "192.0.2.2 lladdr 01:00:5e:00:00:01",
			"neighbour = 192.0.2.2 lladdr 01:00:5e:00:00:01: a multicast MAC address: " MACS},
		{"neighbour", "192.0.2.2 lladdr 00:00:00:00:00:00",
			"neighbour = 192.0.2.2 lladdr 00:00:00:00:00:00: the MAC address is zero: " MACS},
		{"neighbour", "224.0.0.1 lladdr 02:00:00:00:00:02",
			"neighbour = 224.0.0.1 lladdr 02:00:00:00:00:02: 224.0.0.1 is a multicast address: " UNICAST});
}

Test(config, ports_refused)
{
	REFUSED({"port", "", "port = : no port name: accepted is DPDK's name of a port, at most 63 bytes, such as "
			"net_tap0"},
		{"port", ";a", "port = ;a: not a port name: accepted is DPDK's name of a port, at most 63 bytes, "
			"such as net_tap0"},
		{"addr", "192.0.2.1/24@a#b", "addr = 192.0.2.1/24@a#b: not a port name: accepted is DPDK's name of a "
			"port, at most 63 bytes, such as net_tap0"},
		{"port", "a b", "port = a b: not a port name: accepted is DPDK's name of a port, at most 63 bytes, "
			"such as net_tap0"});
}

/* What --check prints is a file: a path that could not stand in one is not taken from elsewhere. */
Test(config, paths_refused)
{
	REFUSED({"pcap", "a #b", "pcap = a #b: it would be a comment in a file: accepted is a path of at most 255 "
			"bytes"},
		{"pcap", ";a", "pcap = ;a: it would be a comment in a file: accepted is a path of at most 255 bytes"},
		{"pcap", "a\nb", "pcap = a?b: control characters: accepted is a path of at most 255 bytes"},
		{"pcap", " a", "pcap =  a: blanks around it: accepted is a path of at most 255 bytes"},
		{"pcap", "a ", "pcap = a : blanks around it: accepted is a path of at most 255 bytes"});
}

Test(config, blanks_in_routes_do_not_matter)
{
	cr_expect_eq(leat_config_set(&config, "route", "  198.18.0.0/15 \t via\t192.0.2.2 ", NULL), 0);
	cr_expect_eq(config.routes[0].prefix_len, 15);
}

/* Fills a list to its end; one more is refused. */
Test(config, lists_have_an_end)
{
	struct leat_error error;
	char text[64];

	for (int i = 0; i < 65; i++) {
		snprintf(text, sizeof(text), "net_tap%d", i);
		cr_expect_eq(leat_config_set(&config, "port", text, &error), i < LEAT_MAX_PORTS ? 0 : -EINVAL);
		if (i == LEAT_MAX_PORTS)
			cr_expect_str_eq(error.text, "port = net_tap16: too many ports: accepted are at most 16");
		snprintf(text, sizeof(text), "192.0.2.%d/24", i + 1);
		cr_expect_eq(leat_config_set(&config, "addr", text, &error), i < LEAT_MAX_ADDRS ? 0 : -EINVAL);
		if (i == LEAT_MAX_ADDRS)
			cr_expect_str_eq(error.text, "addr = 192.0.2.33/24: too many addresses: accepted are at most 32");
		snprintf(text, sizeof(text), "198.18.%d.0/24 via 192.0.2.200", i);
		cr_expect_eq(leat_config_set(&config, "route", text, &error), i < LEAT_MAX_ROUTES ? 0 : -EINVAL);
		snprintf(text, sizeof(text), "192.0.2.%d lladdr 02:00:00:00:00:01", i + 100);
		cr_expect_eq(leat_config_set(&config, "neighbour", text, &error), i < LEAT_MAX_NEIGHBOURS ? 0 : -EINVAL);
	}
	cr_expect_str_eq(error.text, "neighbour = 192.0.2.164 lladdr 02:00:00:00:00:01: too many neighbours: "
		"accepted are at most 64");
	cr_expect_eq(leat_config_set(&config, "gateway", "192.0.2.200", &error), -EINVAL);
	cr_expect_str_eq(error.text, "gateway = 192.0.2.200: too many routes: accepted are at most 64");
}

/* Endpoints are no keys, but programs read them on the same command line. */
Test(config, endpoints_with_impossible_ports_are_refused)
{
	struct leat_endpoint ep;

	cr_expect_eq(leat_endpoint_parse("192.0.2.1:65535", &ep), 0);
	cr_expect_eq(leat_endpoint_parse("192.0.2.1:70000", &ep), -EINVAL);
	cr_expect_eq(leat_endpoint_parse("192.0.2.1:80x", &ep), -EINVAL);
}
