/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an honest connection costs a server that is flooded meanwhile: of each burst of 32 packets 28 are from
 * strangers, with right checksums, from addresses that have proven nothing - SYNs to an open port, ACKs and RSTs of
 * no connection, UDP to a port that nobody has. Three runs by turns: honest ones alone, the flood alone, both. The
 * figure is the server's cycles in the third, less what its flood packets cost in the second, for each connection.
 * Beside it how long one connection after the other takes, by the CPU time of this thread, which both ends and the
 * strangers share; and what the process has of memory, and the server in its tables, when all is over.
 *
 *   flooded [EAL options --] [-c CONCURRENCY] [-s SECONDS] [-r RUNS] [--json]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_random.h>
#include <rte_ring.h>
#include <rte_tcp.h>
#include <rte_udp.h>
#include "options.h"
#include "probe.h"
#include "report.h"
#include "resident.h"
#include "shakes.h"

enum { FLOOD = 28, MBUFS = 16383, KINDS = 4, SLICES = 5, STRANGERS = RTE_IPV4(198, 19, 0, 0), HOSTS = 1 << 16, NOBODY = 9 };

static const struct kind {
	const char *name;
	uint8_t proto, flags;
	uint16_t port;
} kinds[KINDS] = {
	{"SYN", IPPROTO_TCP, RTE_TCP_SYN_FLAG, 80},
	{"ACK", IPPROTO_TCP, RTE_TCP_ACK_FLAG, 80},
	{"RST", IPPROTO_TCP, RTE_TCP_RST_FLAG, 80},
	{"UDP", IPPROTO_UDP, 0, NOBODY},
};

struct packet {
	struct rte_ether_hdr eth;
	struct rte_ipv4_hdr ip;
	union {
		struct rte_tcp_hdr tcp;
		struct rte_udp_hdr udp;
	};
} __attribute__((packed, aligned(2)));

struct flood {
	struct pair pair;
	struct shakes shakes;
	struct probe alone, flooded; /* connections timed without and with a flood */
	struct rte_mempool *pool;
	struct rte_ring *to_server;
	struct rte_ether_hdr eth;
	struct leat_addr server;
	const struct kind *kind;
	uint64_t sent;
};

static void
die(const char *what)
{
	fprintf(stderr, "flooded: %s\n", what);
	exit(1);
}

static void
write_packet(const struct flood *f, struct rte_mbuf *m)
{
	bool tcp = f->kind->proto == IPPROTO_TCP;
	uint16_t len = (uint16_t)(sizeof(struct rte_ipv4_hdr) + (tcp ? sizeof(struct rte_tcp_hdr) : sizeof(struct rte_udp_hdr)));
	struct packet *p = rte_pktmbuf_mtod(m, struct packet *);
	uint64_t r = rte_rand();
	uint16_t from = rte_cpu_to_be_16((uint16_t)(1024 + (r >> 16) % 64512));

	p->eth = f->eth;
	p->ip = (struct rte_ipv4_hdr){.version_ihl = RTE_IPV4_VHL_DEF, .total_length = rte_cpu_to_be_16(len), .time_to_live = 64,
		.fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG), .next_proto_id = f->kind->proto, .dst_addr = f->server.v4,
		.src_addr = rte_cpu_to_be_32(STRANGERS + (uint32_t)(r % (HOSTS - 2)) + 1)};
	p->ip.hdr_checksum = rte_ipv4_cksum(&p->ip);
	if (tcp)
		p->tcp = (struct rte_tcp_hdr){.src_port = from, .dst_port = rte_cpu_to_be_16(f->kind->port), .rx_win = 0xffff,
			.sent_seq = (rte_be32_t)(r >> 32), .data_off = 5 << 4, .tcp_flags = f->kind->flags};
	else
		p->udp = (struct rte_udp_hdr){.src_port = from, .dst_port = rte_cpu_to_be_16(f->kind->port),
			.dgram_len = rte_cpu_to_be_16(sizeof(p->udp))};
	uint16_t sum = rte_ipv4_udptcp_cksum(&p->ip, &p->tcp);
	memcpy(tcp ? (void *)&p->tcp.cksum : (void *)&p->udp.dgram_cksum, &sum, sizeof(sum));
	m->data_len = (uint16_t)(sizeof(p->eth) + len);
	m->pkt_len = m->data_len;
}

/* Into the ring that the server receives from. */
static void
pour(void *arg)
{
	struct flood *f = arg;
	struct rte_mbuf *m[FLOOD];

	if (rte_ring_free_count(f->to_server) < 4 * FLOOD || rte_pktmbuf_alloc_bulk(f->pool, m, FLOOD) != 0)
		return;
	for (int i = 0; i < FLOOD; i++)
		write_packet(f, m[i]);
	f->sent += rte_ring_sp_enqueue_bulk(f->to_server, (void **)m, FLOOD, NULL);
}

/* net_ring's ports have no MAC addresses, the instances give themselves some: a packet of the server's tells. */
static void
learn_mac(struct flood *f)
{
	struct rte_ring *from_server = f->pair.down[0];
	void *m = NULL;

	shakes_start(&f->shakes);
	leat_core_poll(leat_core(f->pair.client, 0));
	leat_core_poll(leat_core(f->pair.server, 0));
	if (rte_ring_sc_dequeue(from_server, &m) != 0)
		die("the server does not answer");
	f->eth = (struct rte_ether_hdr){.dst_addr = rte_pktmbuf_mtod((struct rte_mbuf *)m, struct rte_ether_hdr *)->src_addr,
		.src_addr.addr_bytes = {RTE_ETHER_LOCAL_ADMIN_ADDR, 0, 0, 0, 0, 9}, .ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4)};
	rte_ring_sp_enqueue(from_server, m);
	shakes_pause(&f->shakes);
}

/* What goes to the strangers goes to the client, who throws it away: its cycles are not in the figure. */
static void
tune(struct leat_config *c, bool server)
{
	shakes_tune(c, server);
	if (!server)
		return;
	struct leat_route_config *route = &c->routes[c->nb_routes++];
	route->dest = leat_ipv4(198, 19, 0, 0);
	route->prefix_len = 16;
	route->via = pair_client_at(0, 0).addr;
}

struct results {
	struct series flooded, alone, packet;
	struct series p99, p99_alone;
	struct series memory, entries; /* when it is over */
};

/* What is not to be exceeded: MiB of the process before the first flood, and the half-open entries it may have. */
struct bounds {
	struct series memory, entries;
};

/* A slice of a run, with what its cycles and packets are added to. */
struct part {
	double cycles, connections, packets;
};

static void
slice(struct flood *f, double seconds, bool honest, bool flooded, struct part *part)
{
	void (*before)(void *) = flooded ? pour : NULL;

	if (honest)
		shakes_start(&f->shakes);
	shakes_run(&f->shakes, seconds / 4, before, f); /* warm-up */
	struct probe *probe = flooded ? &f->flooded : &f->alone;
	if (honest)
		probe_start(probe);
	uint64_t sent = f->sent;
	struct shakes_cost cost = shakes_run(&f->shakes, seconds, before, f);
	part->cycles += cost.server_cycles;
	part->connections += cost.connections;
	part->packets += (double)(f->sent - sent);
	if (honest)
		probe_stop(probe);
	shakes_pause(&f->shakes);
}

/* What the process has of memory, and what the server keeps of connections and packets. */
static void
take_stock(struct flood *f, struct series *memory, struct series *entries)
{
	struct leat_usage u = {.size = sizeof(u)};

	leat_usage(f->pair.server, &u);
	series_add(memory, (double)resident() / (1 << 20));
	series_add(entries, (double)u.connections + u.half_open + u.time_wait + u.mbufs_stack);
}

/* In slices: a small difference of large numbers, which must have seen the same disturbances. */
static void
measure(struct flood *f, double seconds, struct results *r)
{
	struct part alone = {0}, flood = {0}, both = {0};

	for (int i = 0; i < SLICES; i++) {
		slice(f, seconds / SLICES, true, false, &alone);
		slice(f, seconds / SLICES, false, true, &flood);
		slice(f, seconds / SLICES, true, true, &both);
	}
	if (f->shakes.failed > 0)
		die("an honest connection was refused");
	double packet = flood.cycles / flood.packets;
	series_add(&r->alone, alone.cycles / alone.connections);
	series_add(&r->packet, packet);
	series_add(&r->flooded, (both.cycles - packet * both.packets) / both.connections);
	probe_conclude(&f->flooded, &r->p99);
	probe_conclude(&f->alone, &r->p99_alone);
	take_stock(f, &r->memory, &r->entries);
}

/* All packet memory is touched, the strangers' too, so that what grows afterwards is not for the first use of it. */
static void
prepare(struct flood *f, double seconds, struct bounds *bounds)
{
	static struct rte_mbuf *all[MBUFS];
	struct part none = {0};

	f->pool = rte_pktmbuf_pool_create("flood", MBUFS, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (f->pool == NULL || rte_pktmbuf_alloc_bulk(f->pool, all, MBUFS) != 0)
		die("no packet memory");
	f->kind = &kinds[0];
	for (int i = 0; i < MBUFS; i++)
		write_packet(f, all[i]);
	rte_pktmbuf_free_bulk(all, MBUFS);
	slice(f, seconds < 0.2 ? 0.2 : seconds, true, false, &none);
	f->alone.n = 0;
	take_stock(f, &bounds->memory, &bounds->entries);
	bounds->entries.n = 0;
	series_add(&bounds->entries, leat_instance_config(f->pair.server)->max_half_open);
}

static void
print(const struct results *r, const struct bounds *bounds, const char *kind, const struct options *o)
{
	char what[96];

	snprintf(what, sizeof(what), "%ss, %u honest at a time, server", kind, o->concurrency);
	report(&(struct figure){"flood", what, "cycles/connection", &r->flooded, "not flooded", &r->alone}, o->json);
	snprintf(what, sizeof(what), "%ss, %u honest at a time, p99 of one", kind, o->concurrency);
	report(&(struct figure){"flood", what, "us of CPU, all ends", &r->p99, "not flooded", &r->p99_alone}, o->json);
	snprintf(what, sizeof(what), "one %s of the flood, server", kind);
	report(&(struct figure){"flood", what, "cycles/packet", &r->packet, NULL, NULL}, o->json);
	snprintf(what, sizeof(what), "%ss, memory of the process after it", kind);
	report(&(struct figure){"flood", what, "MiB", &r->memory, "before", &bounds->memory}, o->json);
	snprintf(what, sizeof(what), "%ss, table entries and packets held after it", kind);
	report(&(struct figure){"flood", what, "entries", &r->entries, "room for half-open", &bounds->entries}, o->json);
}

int
main(int argc, char **argv)
{
	static struct options o = {.concurrency = 256, .seconds = 0.5, .runs = 5};
	static struct flood f;
	static struct bounds bounds;

	options_parse(&o, argc, argv, "csr");
	options_start_eal(&o, argv);
	f.shakes = (struct shakes){.pair = &f.pair, .at_a_time = o.concurrency};
	f.alone.pair = f.flooded.pair = &f.pair;
	pair_open(&f.pair, 1, tune);
	shakes_listen(&f.shakes);
	pair_introduce(&f.pair);
	f.server = f.pair.server_at.addr;
	f.to_server = f.pair.up[0];
	learn_mac(&f);
	prepare(&f, o.seconds, &bounds);
	for (int i = 0; i < KINDS; i++) {
		struct results r = {.flooded = {.n = 0}};
		f.kind = &kinds[i];
		for (int k = 0; k < o.runs; k++)
			measure(&f, o.seconds, &r);
		print(&r, &bounds, kinds[i].name, &o);
	}
	pair_close(&f.pair);
	return 0;
}
