/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>
#include "base/number.h"
#include "config/keys.h"

#define FIELD(field) \
	.size = (uint8_t)sizeof(((struct leat_config *)0)->field), .offset = offsetof(struct leat_config, field)

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define MSEC UINT64_C(1000000)
#define SEC (1000 * MSEC)
#define HOUR (3600 * SEC)
#define DAY (24 * HOUR)

/* Rows of one kind, so that a line of the table reads like its documentation. */
#define NUMBER(field, lo, hi, def, ...) \
	{.name = #field, .kind = KEY_NUMBER, FIELD(field), .min = lo, .max = hi, .text = def, .help = __VA_ARGS__}
#define SIZE(field, lo, hi, def, ...) \
	{.name = #field, .kind = KEY_SIZE, FIELD(field), .min = lo, .max = hi, .text = def, .help = __VA_ARGS__}
#define TIME(field, lo, hi, def, ...) \
	{.name = #field, .kind = KEY_TIME, FIELD(field), .min = lo, .max = hi, .text = def, .help = __VA_ARGS__}
#define BOOL(field, def, words) \
	{.name = #field, .kind = KEY_BOOL, FIELD(field), .max = 1, .text = def, .help = words}
#define CHOICE(field, words, def, ...) \
	{.name = #field, .kind = KEY_CHOICE, FIELD(field), .max = sizeof(words) / sizeof(*(words)) - 1, \
		.choices = words, .text = def, .help = __VA_ARGS__}
#define LIST(word, type, words) {.name = word, .kind = type, .help = words}

/* The words of a choice, in the order of its enum. */
static const char *const idle_words[] = {"adaptive", "spin"};
static const char *const steering_words[] = {"auto", "rss", "software", "queue"};
static const char *const cookie_words[] = {"pressure", "off", "always"};
static const char *const congestion_words[] = {"cubic", "newreno"};
static const char *const ecn_words[] = {"accept", "off", "on"};

const struct config_key config_keys[] = {
	{.name = "name", .kind = KEY_NAME, .offset = offsetof(struct leat_config, name), .text = "leat",
		.help = "name of the instance, for `leat -n NAME`"},
	NUMBER(cores, 1, LEAT_MAX_CORES, "1", "cores that the instance runs on, a loop each; leat_run() wants an lcore for each (EAL's -l)"),
	CHOICE(steering, steering_words, "auto",
		"how packets come to the core of their connection: by the port's RSS, a hash of ours, or the queue they came by"),
	NUMBER(steering_cost, 0, 400, "15",
		"what receiving and sending for others costs, in percent of serving: a core that does gets so many fewer connections"),
	NUMBER(queues, 1, LEAT_MAX_CORES, "0", "queue pairs of each port; 0: one for each core, as far as the port has them, and one of memif",
		.or_zero = true),
	CHOICE(idle, idle_words, "adaptive", "what a core does that has nothing to do: sleep after a while, or never"),
	LIST("port", KEY_PORT, "a port to use (repeatable); without it every port that EAL has probed"),
	LIST("addr", KEY_ADDR, "an address of ours (repeatable), on the first port or on PORT"),
	LIST("gateway", KEY_GATEWAY, "the router for everything outside our subnets"),
	LIST("route", KEY_ROUTE, "a route (repeatable); ROUTER is inside one of our subnets"),
	LIST("neighbour", KEY_NEIGHBOUR, "a neighbour that ARP never asks for (repeatable)"),
	NUMBER(mtu, 576, 9600, "0", "largest IP packet in bytes; 0: what the port says", .or_zero = true),
	NUMBER(rx_descriptors, 64, 32768, "1024", "receive descriptors per queue", .power_of_two = true),
	NUMBER(tx_descriptors, 64, 32768, "1024", "transmit descriptors per queue", .power_of_two = true),
	SIZE(rx_mbufs, 512, 16 * MIB, "8192", "receive buffers of 2 KiB per core; more than rx_descriptors of all ports"),
	SIZE(tx_mbufs, 512, 16 * MIB, "8192", "send buffers of 2 KiB per core, and as many places of 256 bytes for short data"),
	SIZE(max_connections, 16, 64 * MIB, "64K", "control blocks per core"),
	SIZE(max_half_open, 16, 64 * MIB, "64K", "SYN-RECEIVED entries per core"),
	SIZE(max_time_wait, 16, 64 * MIB, "256K", "TIME-WAIT entries per core"),
	SIZE(trace, 64, 16 * MIB, "0", "records that the connection event trace keeps; 0: off", .or_zero = true),
	BOOL(inspect, "off", "open the socket that the program `leat` talks to"),
	{.name = "pcap", .kind = KEY_PATH, .offset = offsetof(struct leat_config, pcap), .text = "",
		.help = "file to write every frame to; empty: none"},
	{.name = "secret", .kind = KEY_SECRET, .offset = offsetof(struct leat_config, secret),
		.help = "keys ISNs, ports, hashes and cookies (RFC 6528, 6056); without it random"},

	NUMBER(ip.ttl, 1, 255, "64", "time to live: routers that a packet may pass"),
	BOOL(arp.probe, "off", "ask whether somebody else has an address before it is used (RFC 5227): 4 to 7 s"),
	BOOL(ip.pmtu, "on", "path MTU discovery (RFC 1191): set Don't Fragment, and believe routers that need less"),

	SIZE(tcp.rcv_buf, 2 * KIB, GIB, "64K", "bytes of receive window that a connection begins with"),
	SIZE(tcp.rcv_buf_max, 2 * KIB, GIB, "4M", "bytes of receive window it may grow to; 0: it does not grow", .or_zero = true),
	SIZE(tcp.snd_buf, 2 * KIB, GIB, "256K", "bytes that a connection may queue to send"),
	NUMBER(tcp.mss, 64, 65495, "0", "largest MSS to offer; 0: what the route's MTU allows", .or_zero = true),
	NUMBER(tcp.initial_window, 1, 64, "10", "segments sent before the first ACK (RFC 6928)"),
	NUMBER(tcp.syn_retries, 1, 10, "7", "retransmissions of a SYN before giving up (RFC 1122: 3 minutes)"),
	NUMBER(tcp.synack_retries, 1, 10, "5", "retransmissions of a SYN-ACK before giving up"),
	NUMBER(tcp.retries, 1, 15, "15", "retransmissions of data before giving up (ETIMEDOUT)"),
	NUMBER(tcp.blackhole, 1, 15, "3", "timeouts before smaller segments are tried (RFC 2923); 0: never", .or_zero = true),
	BOOL(tcp.timestamps, "on", "offer timestamps (RFC 7323)"),
	BOOL(tcp.window_scale, "on", "offer window scaling (RFC 7323)"),
	BOOL(tcp.sack, "on", "offer selective acknowledgements (RFC 2018)"),
	BOOL(tcp.tail_loss_probe, "on", "probe for a lost tail before the retransmission timeout (RFC 8985 7)"),
	BOOL(tcp.nodelay, "off", "switch Nagle's algorithm off for new connections"),
	CHOICE(tcp.congestion, congestion_words, "cubic",
		"congestion control of new connections (RFC 9438; RFC 5681 and 6582)"),
	CHOICE(tcp.ecn, ecn_words, "accept",
		"explicit congestion notification (RFC 3168): where the peer asks for it, never, or asked for by us too"),
	BOOL(tcp.statistics, "off", "count for each connection what `leat ss` then tells of it: 320 bytes more"),
	BOOL(tcp.pacing, "off", "spread what the windows allow over the round trip, instead of sending it at once"),
	TIME(tcp.msl, MSEC, 240 * SEC, "30s", "maximum segment lifetime (RFC 9293); TIME-WAIT lasts two"),
	TIME(tcp.rto_min, MSEC, 60 * SEC, "200ms", "shortest retransmission timeout"),
	TIME(tcp.rto_initial, 10 * MSEC, 60 * SEC, "1s", "retransmission timeout before the first sample (RFC 6298)"),
	TIME(tcp.rto_max, SEC, 240 * SEC, "2m", "longest retransmission timeout"),
	TIME(tcp.delayed_ack, 0, 500 * MSEC, "40ms", "how long an ACK may wait (RFC 1122); 0: not at all"),
	SIZE(tcp.max_orphans, 1, 64 * MIB, "64K", "connections per core that may wait to end after their application closed them"),
	TIME(tcp.fin_wait2, MSEC, HOUR, "1m", "how long a closed connection waits for the peer's FIN"),
	TIME(tcp.keepalive, 10 * MSEC, DAY, "0", "idle time before the first keepalive probe; 0: off", .or_zero = true),
	TIME(tcp.keepalive_interval, 10 * MSEC, DAY, "75s", "time between keepalive probes"),
	NUMBER(tcp.keepalive_probes, 1, 127, "9", "unanswered keepalive probes before giving up"),
	SIZE(tcp.backlog, 1, MIB, "64K", "connections that a listener may have half-open"),
	NUMBER(tcp.rst_rate, 1, 10000000, "10000", "RSTs a second of a core to segments for no connection; 0: none",
		.or_zero = true),
	CHOICE(tcp.syn_cookies, cookie_words, "pressure",
		"SYNs that find no room half-open are answered with cookies (RFC 4987), or ignored; or all with cookies"),
	{.name = NULL},
};

_Static_assert(sizeof(config_keys) / sizeof(config_keys[0]) <= CONFIG_KEYS_MAX, "more keys than ini.c remembers");

const struct config_key *
key_find(const char *name)
{
	for (const struct config_key *k = config_keys; k->name; k++)
		if (strcmp(k->name, name) == 0)
			return k;
	return NULL;
}

#define NAME_MAX_COMPARED 32

static unsigned
min3(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/*
 * What it costs to make b of a, both shorter than NAME_MAX_COMPARED: 2 for a letter put in, left
 * out or replaced, 1 for two neighbours swapped, the likeliest slip of all.
 */
static unsigned
distance(const char *a, const char *b)
{
	unsigned d[NAME_MAX_COMPARED][NAME_MAX_COMPARED];
	size_t na = strlen(a), nb = strlen(b);

	for (size_t i = 0; i <= na; i++)
		d[i][0] = 2 * (unsigned)i;
	for (size_t j = 0; j <= nb; j++)
		d[0][j] = 2 * (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		for (size_t j = 1; j <= nb; j++) {
			d[i][j] = min3(d[i - 1][j] + 2, d[i][j - 1] + 2,
				d[i - 1][j - 1] + (a[i - 1] != b[j - 1] ? 2 : 0));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < d[i][j])
				d[i][j] = d[i - 2][j - 2] + 1;
		}
	}
	return d[na][nb];
}

/* What follows the last dot: a key written in the wrong section, or without one. */
static const char *
last_word(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot ? dot + 1 : name;
}

const struct config_key *
key_nearest(const char *name)
{
	const struct config_key *best = NULL;
	unsigned least = UINT32_MAX;

	if (strlen(name) >= NAME_MAX_COMPARED)
		return NULL;
	for (const struct config_key *k = config_keys; k->name; k++) {
		bool same_word = strcmp(last_word(k->name), last_word(name)) == 0;
		unsigned cost = same_word ? 0 : distance(name, k->name);

		if (cost < least) {
			least = cost;
			best = k;
		}
	}
	/* A letter in four mistyped, and one more, is still that word; beyond it is another. */
	return least <= 2 * (1 + strlen(name) / 4) ? best : NULL;
}

uint64_t
key_get(const struct config_key *key, const struct leat_config *config)
{
	const void *field = (const uint8_t *)config + key->offset;

	switch (key->size) {
	case 1:
		return *(const uint8_t *)field;
	case 2:
		return *(const uint16_t *)field;
	case 4:
		return *(const uint32_t *)field;
	default:
		return *(const uint64_t *)field;
	}
}

void
key_put(const struct config_key *key, struct leat_config *config, uint64_t value)
{
	void *field = (uint8_t *)config + key->offset;

	switch (key->size) {
	case 1:
		*(uint8_t *)field = (uint8_t)value;
		break;
	case 2:
		*(uint16_t *)field = (uint16_t)value;
		break;
	case 4:
		*(uint32_t *)field = (uint32_t)value;
		break;
	default:
		*(uint64_t *)field = value;
	}
}

char *
key_write_number(const struct config_key *key, uint64_t value, char *buf)
{
	static const char *const switches[] = {"off", "on"};

	switch (key->kind) {
	case KEY_SIZE:
		return number_write_size(value, buf);
	case KEY_TIME:
		return number_write_duration(value, buf);
	case KEY_BOOL:
	case KEY_CHOICE:
		if (value <= key->max)
			return strcpy(buf, (key->kind == KEY_BOOL ? switches : key->choices)[value]);
		/* fall through */
	default:
		snprintf(buf, KEY_ACCEPTED_TEXT, "%lu", (unsigned long)value);
		return buf;
	}
}

/* Kinds whose answer is the same for every key of the kind. */
static const char *const accepted_texts[] = {
	[KEY_BOOL] = "on or off (true, yes, 1; false, no, 0)",
	[KEY_NAME] = "1..31 letters, digits, '-', '_', '.', the first a letter or digit",
	[KEY_PATH] = "a path of at most 255 bytes",
	[KEY_SECRET] = "64 hex digits",
	[KEY_PORT] = "DPDK's name of a port, at most 63 bytes, such as net_tap0",
	[KEY_ADDR] = "ADDRESS/LENGTH or ADDRESS/LENGTH@PORT, such as 192.0.2.1/24",
	[KEY_GATEWAY] = "ADDRESS, such as 192.0.2.254",
	[KEY_ROUTE] = "ADDRESS/LENGTH via ROUTER, such as 198.18.0.0/15 via 192.0.2.254",
	[KEY_NEIGHBOUR] = "ADDRESS lladdr MAC, such as 192.0.2.2 lladdr 02:00:00:00:00:02",
};

/* "adaptive or spin"; "pressure, off or always" */
static void
write_choices(const struct config_key *key, char *buf)
{
	size_t n = 0;

	for (uint64_t i = 0; i <= key->max; i++)
		n += (size_t)snprintf(buf + n, KEY_ACCEPTED_TEXT - n, "%s%s",
			i == 0 ? "" : i == key->max ? " or " : ", ", key->choices[i]);
}

char *
key_write_accepted(const struct config_key *key, char *buf)
{
	char lo[KEY_ACCEPTED_TEXT], hi[KEY_ACCEPTED_TEXT];

	if (key->kind == KEY_CHOICE) {
		write_choices(key, buf);
	} else if (key->kind >= KEY_BOOL) {
		snprintf(buf, KEY_ACCEPTED_TEXT, "%s", accepted_texts[key->kind]);
	} else if (key->min == key->max) {
		key_write_number(key, key->min, buf);
	} else {
		snprintf(buf, KEY_ACCEPTED_TEXT, "%s%s%.24s..%.24s", key->or_zero ? "0 or " : "",
			key->power_of_two ? "powers of two " : "", key_write_number(key, key->min, lo),
			key_write_number(key, key->max, hi));
	}
	return buf;
}

bool
key_accepts(const struct config_key *key, uint64_t value)
{
	if (value == 0 && key->or_zero)
		return true;
	return value >= key->min && value <= key->max &&
		!(key->power_of_two && (value & (value - 1)) != 0);
}
