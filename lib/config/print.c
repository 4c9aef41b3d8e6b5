/* SPDX-License-Identifier: BSD-3-Clause */
/* The resolved configuration, the memory it needs, and the help on keys. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include "core/core.h"
#include "core/lane.h"
#include "core/trace.h"
#include "config/entries.h"
#include "config/keys.h"

static void
print_ports(const struct leat_config *c, FILE *to)
{
	if (c->nb_ports == 0)
		fprintf(to, "# port: every port that EAL has probed\n");
	for (unsigned i = 0; i < c->nb_ports; i++)
		fprintf(to, "port = %s\n", c->ports[i].name);
}

static void
print_addrs(const struct leat_config *c, FILE *to)
{
	char text[ENTRY_TEXT];

	if (c->nb_addrs == 0)
		fprintf(to, "# addr: none, nobody can reach this instance\n");
	for (unsigned i = 0; i < c->nb_addrs; i++)
		fprintf(to, "addr = %s\n", entry_write_addr(&c->addrs[i], text));
}

/* The gateway, or the other routes. */
static void
print_routes(const struct leat_config *c, const struct config_key *key, FILE *to)
{
	char text[ENTRY_TEXT];

	for (unsigned i = 0; i < c->nb_routes; i++)
		if (entry_is_gateway(&c->routes[i]) == (key->kind == KEY_GATEWAY))
			fprintf(to, "%s = %s\n", key->name, entry_write_route(&c->routes[i], text));
}

static void
print_neighbours(const struct leat_config *c, FILE *to)
{
	char text[ENTRY_TEXT];

	for (unsigned i = 0; i < c->nb_neighbours; i++)
		fprintf(to, "neighbour = %s\n", entry_write_neighbour(&c->neighbours[i], text));
}

static void
print_key(const struct leat_config *c, const struct config_key *key, FILE *to)
{
	char text[KEY_ACCEPTED_TEXT];

	switch (key->kind) {
	case KEY_NAME:
		fprintf(to, "name = %s\n", c->name);
		break;
	case KEY_PATH:
		fprintf(to, "%spcap%s%s\n", c->pcap[0] ? "" : "# ", c->pcap[0] ? " = " : ": none", c->pcap);
		break;
	case KEY_SECRET:
		fprintf(to, "# secret: %s\n", c->has_secret ? "set (not shown)" : "random at each start");
		break;
	case KEY_PORT:
		print_ports(c, to);
		break;
	case KEY_ADDR:
		print_addrs(c, to);
		break;
	case KEY_GATEWAY:
	case KEY_ROUTE:
		print_routes(c, key, to);
		break;
	case KEY_NEIGHBOUR:
		print_neighbours(c, to);
		break;
	default:
		fprintf(to, "%s = %s\n", key->name, key_write_number(key, key_get(key, c), text));
	}
}

enum {
	/* all asserted where they are defined, in tcp/ */
	TCB_BYTES = 256,
	HALF_OPEN_BYTES = 64,
	TIME_WAIT_BYTES = 64,
	SENDER_BYTES = 256,
	CHUNK_BYTES = 32,
	SHORT_BYTES = 256,
	TIMER_BYTES = 32,
	RUN_BYTES = 32,
	SEND_REF_BYTES = 64,
	EXTRA_BYTES = 64,
	STATS_BYTES = 256,
	DEMUX_ENTRY_BYTES = 13, /* 64-byte buckets of eight, filled by 60 % on average */
};

/* What an mbuf takes in a pool: its header there, itself, its room, its place in the pool's ring. */
static uint64_t
mbuf_bytes(uint32_t room)
{
	uint64_t object = RTE_ALIGN_CEIL(sizeof(struct rte_mempool_objhdr), RTE_MEMPOOL_ALIGN) +
		RTE_ALIGN_CEIL(sizeof(struct rte_mbuf) + room, RTE_MEMPOOL_ALIGN);

	return object + sizeof(void *);
}

struct part {
	const char *what;
	uint64_t number, each;
};

static void
print_sum(const char *what, uint64_t bytes, FILE *to)
{
	fprintf(to, "# %-40s %10.1f MiB\n", what, (double)bytes / (1 << 20));
}

static uint64_t
print_parts(const struct part *parts, size_t n, FILE *to)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t bytes = parts[i].number * parts[i].each;

		fprintf(to, "# %-20s %10" PRIu64 " x %4" PRIu64 " B %10.1f MiB\n", parts[i].what, parts[i].number,
			parts[i].each, (double)bytes / (1 << 20));
		sum += bytes;
	}
	print_sum("together", sum, to);
	return sum;
}

/* A belt from each core to each other one, and from those without a transmit queue to one that has. */
static void
print_all_cores(const struct leat_config *c, uint64_t pool_bytes, FILE *to)
{
	uint64_t belts = (uint64_t)(c->cores - 1) * (c->cores + 1);
	char what[40];

	snprintf(what, sizeof(what), "DPDK's, of %u cores together", c->cores);
	print_sum(what, c->cores * pool_bytes + belts * sizeof(struct belt), to);
}

static void
print_memory(const struct leat_config *c, FILE *to)
{
	const uint64_t entries = (uint64_t)c->max_connections + c->max_half_open + c->max_time_wait;
	const uint64_t pieces = (uint64_t)c->rx_mbufs + 2 * (uint64_t)c->tx_mbufs;
	const struct part pools[] = {
		{"receive buffers", c->rx_mbufs, mbuf_bytes(RTE_MBUF_DEFAULT_BUF_SIZE)},
		{"send buffers", c->tx_mbufs, mbuf_bytes(RTE_MBUF_DEFAULT_BUF_SIZE)},
		{"header buffers", c->tx_mbufs, mbuf_bytes(RTE_PKTMBUF_HEADROOM + CORE_HDR_ROOM)},
		{"references", c->tx_mbufs, mbuf_bytes(0)},
	};
	const struct part tables[] = {
		{"control blocks", c->max_connections, TCB_BYTES},
		{"half-open entries", c->max_half_open, HALF_OPEN_BYTES},
		{"TIME-WAIT entries", c->max_time_wait, TIME_WAIT_BYTES},
		{"demux", entries, DEMUX_ENTRY_BYTES},
		{"pieces of data", pieces, CHUNK_BYTES},
		{"short messages", c->tx_mbufs, SHORT_BYTES},
		{"timers", c->max_connections, TIMER_BYTES}, /* while one waits for something */
		{"by reference", c->tx_mbufs, SEND_REF_BYTES},
		{"senders", c->max_connections, SENDER_BYTES}, /* while data is in flight */
		{"runs in flight", pieces, RUN_BYTES},
		{"own options", c->max_connections, EXTRA_BYTES},
		{"statistics", c->max_connections, STATS_BYTES},
		{"trace", c->trace, sizeof(struct trace_rec)},
	};
	uint64_t pool_bytes, table_bytes;

	fprintf(to, "\n# Memory of each core. DPDK's, taken at the start (hugepages or EAL's -m; drivers and EAL need\n"
		"# some more):\n");
	pool_bytes = print_parts(pools, sizeof(pools) / sizeof(pools[0]), to);
	fprintf(to, "# The process's, reserved, and taken as it is used:\n");
	table_bytes = print_parts(tables, sizeof(tables) / sizeof(tables[0]), to);
	print_sum("both, at the most", pool_bytes + table_bytes, to);
	if (c->cores > 1)
		print_all_cores(c, pool_bytes, to);
}

void
leat_config_print(const struct leat_config *config, FILE *to)
{
	fprintf(to, "# The resolved configuration of leat. It reads back with --config.\n");
	for (const struct config_key *k = config_keys; k->name; k++)
		print_key(config, k, to);
	print_memory(config, to);
}

void
leat_config_help(FILE *to)
{
	char accepted[KEY_ACCEPTED_TEXT];

	for (const struct config_key *k = config_keys; k->name; k++) {
		fprintf(to, "%s = %s", k->name, key_write_accepted(k, accepted));
		if (k->text && *k->text)
			fprintf(to, "; default %s", k->text);
		fprintf(to, "\n      %s\n", k->help);
	}
}
