/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an honest connection costs a server that is flooded at 90 % of what it takes without loss, and how many it serves in
 * the tenth that is left. Packets of strangers, with right checksums, from addresses that have proven nothing: SYNs to an
 * open port, ACKs and RSTs of no connection, UDP to a port that nobody has.
 *
 * Time is the server's: it goes on by the TSC cycles of the server's turns, and the strangers' packets come at their rate
 * by that clock, into a receive queue as long as a NIC's; what finds it full is lost. The clients do all they have to do
 * between two turns of the server, and the strangers' packets are written there: neither takes time of the server.
 *
 * For each kind, in each run: the highest rate at which none is lost, found by halving what is around the rate that the
 * cost of a packet lets expect; then by turns the flood alone with always a burst waiting, the flood at 90 % of that rate
 * with honest connections, few of these alone, and as many as keep the server busy. The figure is the server's cycles in
 * the second, less what its flood packets cost in the first, for each connection, beside what one costs in the last.
 * And: how many a second, how long a connection takes that is opened after the other, what was lost and sent again, and
 * what the process has of memory, and the server in its tables, when it is over.
 *
 *   flooded [EAL options --] [-s SECONDS] [-r RUNS] [--json]
 *
 * Honest ones beside the flood are few: as soon as one ends another begins, so they take all that the flood leaves. They
 * are as many as keep some bursts waiting, so that the server has always a whole one, as without a flood when it is busy;
 * with more of them the queue is longer than the first caches.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rte_cycles.h>
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

enum {
	BURST = 32, KINDS = 4, STRANGERS = RTE_IPV4(198, 19, 0, 0), HOSTS = 1 << 16, NOBODY = 9,
	MBUFS = 16383,
	QUEUE = 1023,      /* packets: the receive queue of a NIC */
	TRIAL = 150 << 10, /* packets: at 2 % more than the server takes the queue, and what it takes into a line, are full before */
	TRIALS = 6,
	LEAST_SLICES = 5,
	MANY = 256,        /* honest ones at a time, when the server is busy with them alone */
};

#define SHARE 0.9   /* of what it takes without loss */
#define SLICE 0.01  /* seconds of CPU: what disturbs the machine lasts longer */

static const struct kind {
	const char *name;
	uint8_t proto, flags;
	uint16_t port;
	unsigned beside; /* honest connections at a time: for each packet of theirs nine times its cost of the flood's waits */
} kinds[KINDS] = {
	{"SYN", IPPROTO_TCP, RTE_TCP_SYN_FLAG, 80, 16},
	{"ACK", IPPROTO_TCP, RTE_TCP_ACK_FLAG, 80, 8},
	{"RST", IPPROTO_TCP, RTE_TCP_RST_FLAG, 80, 6},
	{"UDP", IPPROTO_UDP, 0, NOBODY, 4},
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
	double rate, due;            /* packets for each cycle of the server, and those that are to come */
	uint64_t seen;               /* the server's cycles until then */
	struct rte_ether_hdr eth;
	struct leat_addr server;
	const struct kind *kind;
	uint64_t sent, lost;
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

/* Into the ring that the server receives from, as many as there is room for; returns how many came to it. */
static unsigned
offer(struct flood *f, unsigned n)
{
	unsigned waiting = rte_ring_count(f->to_server), room = waiting < QUEUE ? QUEUE - waiting : 0;
	unsigned fit = RTE_MIN(n, room);
	struct rte_mbuf *m[BURST];

	if (fit > 0 && rte_pktmbuf_alloc_bulk(f->pool, m, fit) != 0)
		return 0;
	for (unsigned i = 0; i < fit; i++)
		write_packet(f, m[i]);
	f->sent += rte_ring_sp_enqueue_bulk(f->to_server, (void **)m, fit, NULL);
	f->lost += n - fit;
	return n;
}

/* The clients do all that they have to do. */
static void
no_flood(void *arg)
{
	struct flood *f = arg;

	while (leat_core_poll(leat_core(f->pair.client, 0)) > 0) {}
}

/* As many as the server takes in a turn: what waits, stays as much. */
static void
full_flood(void *arg)
{
	no_flood(arg);
	offer(arg, BURST);
}

/* At f->rate. */
static void
paced_flood(void *arg)
{
	struct flood *f = arg;
	uint64_t now = f->shakes.spent.server;
	unsigned n = 1;

	no_flood(f);
	f->due += RTE_MIN((double)(now - f->seen) * f->rate, 4.0 * BURST); /* a turn that was interrupted seems longer */
	f->seen = now;
	for (; f->due >= 1 && n > 0; f->due -= n)
		n = offer(f, (unsigned)RTE_MIN(f->due, (double)BURST));
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

/* What is measured; of those before OF_A_RUN the median of many slices is taken. */
enum figure_id {
	FLOODED, ALONE, PACKET,         /* cycles: a connection with the flood and without it, a packet of it */
	SERVED, SERVED_ALONE,           /* connections a second of the server's time */
	LOSSLESS, OFFERED,              /* packets a second */
	OF_A_RUN,
	LOST = OF_A_RUN, RESENT,        /* of a million of the flood's packets, and for as many honest connections */
	P99, P99_ALONE,                 /* us */
	GUESSED,                        /* connections that an ACK of the flood has opened until then */
	MEMORY, ENTRIES,                /* when it is over: MiB of the process, and what the server keeps */
	MEMORY_BEFORE, ROOM,            /* and what they are not to exceed */
	FIGURES
};

/* What passed in a slice of a run. */
struct part {
	double cycles, clock; /* of the server's turns; nanoseconds, and in these whoever interrupted them */
	double connections, packets, lost, resent;
};

static struct part
so_far(const struct flood *f)
{
	uint64_t again = leat_stat_value(f->pair.client, "tcp_retransmits") + leat_stat_value(f->pair.server, "tcp_retransmits");

	return (struct part){(double)f->shakes.spent.server, (double)f->shakes.spent.server_clock * 1e9 / (double)rte_get_tsc_hz(),
		(double)f->shakes.done, (double)f->sent, (double)f->lost, (double)again};
}

static struct part
since(const struct flood *f, const struct part *then)
{
	struct part now = so_far(f);

	return (struct part){now.cycles - then->cycles, now.clock - then->clock, now.connections - then->connections,
		now.packets - then->packets, now.lost - then->lost, now.resent - then->resent};
}

/* The strangers begin. */
static void
begin(struct flood *f, void (*before)(void *))
{
	for (int i = 0; before == full_flood && i < 4; i++)
		offer(f, BURST);
	f->due = 0;
	f->seen = f->shakes.spent.server;
}

/* So many honest connections at a time; few ones are timed. */
static struct part
slice(struct flood *f, double seconds, unsigned honest, void (*before)(void *))
{
	struct probe *probe = before == no_flood ? &f->alone : &f->flooded;
	bool timed = honest > 0 && honest == f->kind->beside;

	f->shakes.at_a_time = honest;
	shakes_start(&f->shakes);
	begin(f, before);
	shakes_run(&f->shakes, seconds / 4, before, f); /* warm-up */
	if (timed)
		probe_start(probe);
	struct part then = so_far(f);
	shakes_run(&f->shakes, seconds, before, f);
	struct part passed = since(f, &then);
	if (timed)
		probe_stop(probe);
	shakes_finish(&f->shakes);
	while (pair_poll(&f->pair) > 0) {} /* what the strangers have sent */
	return passed;
}

/* MiB that the process has of memory. */
static double
memory(void)
{
	return (double)resident() / (1 << 20);
}

/* An ACK may be right for a cookie, one of some hundred million: the server has accepted more than the clients opened. */
static double
guessed(const struct flood *f)
{
	return (double)leat_stat_value(f->pair.server, "tcp_opened_passive") -
		(double)leat_stat_value(f->pair.client, "tcp_opened_active");
}

/* Connections, half open or whole, and packets that the server keeps, but for those that were guessed. */
static double
entries(const struct flood *f)
{
	struct leat_usage u = {.size = sizeof(u)};

	leat_usage(f->pair.server, &u);
	return (double)u.connections + u.half_open + u.time_wait + u.mbufs_stack - guessed(f);
}

/* TRIAL packets of the flood, and what they came to. */
static struct part
trial(struct flood *f, void (*before)(void *))
{
	struct part then = so_far(f), passed;

	begin(f, before);
	do {
		shakes_run(&f->shakes, 0, before, f);
		passed = since(f, &then);
	} while (passed.packets + passed.lost < TRIAL);
	shakes_pause(&f->shakes);
	return passed;
}

/* Of the rate that its cost lets expect, the highest part of which nothing is lost. */
static double
lossless_part(struct flood *f)
{
	double least = 0.5, most = 1.2;

	trial(f, full_flood); /* the server's tables are as full as they will be */
	for (int i = 0; i < TRIALS; i++) {
		double part = (least + most) / 2;
		struct part full = trial(f, full_flood);
		f->rate = part * full.packets / full.cycles;
		*(trial(f, paced_flood).lost == 0 ? &least : &most) = part;
	}
	return least;
}

/* A slice of each: the flood alone, honest connections beside it, and many of these alone. */
static void
conclude(struct series *slices, double lossless, const struct part *flood, const struct part *both, const struct part *alone)
{
	struct measure packet = {flood->cycles / flood->packets, flood->clock / flood->packets};
	double hz = (double)rte_get_tsc_hz();

	series_add_measure(&slices[PACKET], packet);
	series_add_measure(&slices[FLOODED], (struct measure){(both->cycles - packet.cpu * both->packets) / both->connections,
		(both->clock - packet.clock * both->packets) / both->connections});
	series_add_measure(&slices[ALONE], (struct measure){alone->cycles / alone->connections, alone->clock / alone->connections});
	series_add(&slices[SERVED], hz * both->connections / both->cycles);
	series_add(&slices[SERVED_ALONE], hz * alone->connections / alone->cycles);
	series_add(&slices[LOSSLESS], hz * lossless / packet.cpu);
	series_add(&slices[OFFERED], hz * (both->packets + both->lost) / both->cycles);
}

/*
 * In slices, of which the median counts: a small difference of large numbers, which must have seen the same disturbances.
 * These make the server slower and faster, so the flood comes at its share of what the server took a moment ago. The
 * order: what one leaves behind in TIME-WAIT is little, or gone before the next. Returns what was lost and sent again in all.
 */
static struct part
run_slices(struct flood *f, double seconds, double lossless, struct series *slices)
{
	unsigned n = RTE_MIN(RTE_MAX((unsigned)(seconds / SLICE), (unsigned)LEAST_SLICES), (unsigned)SERIES);
	struct part all = {0};

	for (unsigned i = 0; i < n; i++) {
		struct part flood = slice(f, seconds / n, 0, full_flood);
		f->rate = SHARE * lossless * flood.packets / flood.cycles;
		struct part both = slice(f, seconds / n, f->kind->beside, paced_flood);
		slice(f, seconds / n, f->kind->beside, no_flood);
		struct part alone = slice(f, seconds / n, MANY, no_flood);
		conclude(slices, lossless, &flood, &both, &alone);
		all.connections += both.connections;
		all.packets += both.packets + both.lost;
		all.lost += both.lost;
		all.resent += both.resent;
		shakes_pause(&f->shakes);
	}
	if (f->shakes.failed > 0)
		die("an honest connection was refused");
	return all;
}

static void
measure(struct flood *f, double seconds, double before, struct series *runs)
{
	struct series slices[OF_A_RUN] = {{.n = 0}};
	struct part all = run_slices(f, seconds, lossless_part(f), slices);

	for (int i = 0; i < OF_A_RUN; i++)
		series_add_median(&runs[i], &slices[i]);
	series_add(&runs[LOST], 1e6 * all.lost / all.packets);
	series_add(&runs[RESENT], 1e6 * all.resent / all.connections);
	probe_conclude(&f->flooded, &runs[P99]);
	probe_conclude(&f->alone, &runs[P99_ALONE]);
	series_add(&runs[GUESSED], guessed(f));
	series_add(&runs[MEMORY], memory());
	series_add(&runs[ENTRIES], entries(f));
	series_add(&runs[MEMORY_BEFORE], before);
	series_add(&runs[ROOM], leat_instance_config(f->pair.server)->max_half_open);
}

/* All packet memory is touched, the strangers' too, so that what grows afterwards is not for the first use of it. */
static void
prepare(struct flood *f, double seconds)
{
	static struct rte_mbuf *all[MBUFS];

	f->pool = rte_pktmbuf_pool_create("flood", MBUFS, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (f->pool == NULL || rte_pktmbuf_alloc_bulk(f->pool, all, MBUFS) != 0)
		die("no packet memory");
	f->kind = &kinds[0];
	for (int i = 0; i < MBUFS; i++)
		write_packet(f, all[i]);
	rte_pktmbuf_free_bulk(all, MBUFS);
	slice(f, seconds < 0.2 ? 0.2 : seconds, MANY, no_flood);
}

static const struct {
	const char *what, *unit;
	enum figure_id own;
	const char *peer;
	enum figure_id peer_own;
} rows[] = {
	{"server", "cycles/connection", FLOODED, "not flooded, 256 at a time", ALONE},
	{"served", "connections/server-s", SERVED, "not flooded, 256 at a time", SERVED_ALONE},
	{"sent again", "resent/million", RESENT, NULL, 0},
	{"p99 of one", "us of the server", P99, "not flooded", P99_ALONE},
	{"one of the flood alone, server", "cycles/packet", PACKET, NULL, 0},
	{"flood offered", "packets/server-s", OFFERED, "without loss", LOSSLESS},
	{"flood lost", "lost/million", LOST, NULL, 0},
	{"opened by ACKs that guessed a cookie", "guessed", GUESSED, NULL, 0},
	{"memory of the process after it", "MiB", MEMORY, "before", MEMORY_BEFORE},
	{"table entries and packets held after it", "entries", ENTRIES, "room for half-open", ROOM},
};

static void
print(const struct series *runs, const struct kind *kind, bool json)
{
	char what[96];

	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		snprintf(what, sizeof(what), "%ss, %u honest at a time, %s", kind->name, kind->beside, rows[i].what);
		report(&(struct figure){"flood", what, rows[i].unit, &runs[rows[i].own], rows[i].peer, &runs[rows[i].peer_own]}, json);
	}
}

int
main(int argc, char **argv)
{
	static struct options o = {.seconds = 0.5, .runs = 5};
	static struct flood f;

	options_parse(&o, argc, argv, "sr");
	options_start_eal(&o, argv);
	f.shakes = (struct shakes){.pair = &f.pair, .at_a_time = MANY};
	f.alone.pair = f.flooded.pair = &f.pair;
	f.alone.clock = f.flooded.clock = &f.shakes.spent.server;
	pair_open(&f.pair, 1, tune);
	shakes_listen(&f.shakes);
	pair_introduce(&f.pair);
	f.server = f.pair.server_at.addr;
	f.to_server = f.pair.up[0];
	learn_mac(&f);
	prepare(&f, o.seconds);
	double before = memory();
	for (int i = 0; i < KINDS; i++) {
		struct series runs[FIGURES] = {{.n = 0}};
		f.kind = &kinds[i];
		for (int k = 0; k < o.runs; k++)
			measure(&f, o.seconds, before, runs);
		print(runs, &kinds[i], o.json);
	}
	pair_close(&f.pair);
	return 0;
}
