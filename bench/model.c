/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rte_byteorder.h>
#include <rte_cycles.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_prefetch.h>
#include <rte_ring.h>
#include "model.h"
#include "model_headers.h"
#include "model_table.h"
#include "report.h"

enum {
	BURST = 32,
	MESSAGE = 64,     /* bytes of a request, and of a response */
	RING = 4096,
	MBUFS = 4095,
	CACHE = 256,
	FIRST_PORT = 1024,
	WINDOW = 0xffff,
	SERVER = RTE_IPV4(198, 18, 0, 1),
	CLIENT = RTE_IPV4(198, 18, 0, 2), /* the first of them */
	ADDRESSES = 1 << 16,
};

enum state {
	SYN_SENT, ESTABLISHED, LAST_ACK, /* client */
	SYN_RECEIVED, FIN_WAIT_1,        /* server */
};

/* One cache line. The sums are one's complement sums in network byte order, of what never changes. */
struct conn {
	uint32_t snd_nxt, rcv_nxt;
	uint32_t ip_sum, tcp_sum;
	enum state state;
	uint32_t next_free;
} __attribute__((aligned(64)));

struct end {
	uint16_t port;
	struct table table;
	struct conn *conns; /* 0 is nobody */
	uint32_t free, nb_conns;
};

struct model {
	struct model_config config;
	struct end server, client;
	struct rte_mempool *pool;
	struct headers syn;   /* as the client sends it first */
	uint8_t message[MESSAGE];
	uint32_t message_sum, ip_sum, tcp_sum; /* of the message; of what all headers have in common */
	uint64_t opened;      /* tuples given out */
	unsigned under_way;
	uint64_t done, packets;
};

static void
die(const char *what)
{
	fprintf(stderr, "limit: %s\n", what);
	exit(1);
}

/* The sums of a connection: of what all have in common, and its addresses and ports. */
static void
take_sums(const struct model *m, struct conn *c, const struct tuple *t)
{
	uint64_t addrs = (uint64_t)t->words[0] + t->words[1];

	c->ip_sum = fold(m->ip_sum + addrs);
	c->tcp_sum = fold(m->tcp_sum + addrs + t->words[2]);
}

/* --- connections --- */

static struct conn *
conn_new(struct end *e, uint32_t *index)
{
	struct conn *c;

	*index = e->free;
	if (*index == 0)
		die("too many connections");
	c = &e->conns[*index];
	e->free = c->next_free;
	return c;
}

static void
conn_end(struct end *e, const struct tuple *t, uint64_t hash, uint32_t index)
{
	table_remove(&e->table, t, hash);
	e->conns[index].next_free = e->free;
	e->free = index;
}

/* What both directions and all packets have in common, over what is in the mbuf already. */
static void
finish(struct model *m, struct conn *c, struct rte_mbuf *mbuf, uint8_t flags, bool message)
{
	struct headers *h = rte_pktmbuf_mtod(mbuf, struct headers *);
	uint16_t payload = message ? MESSAGE : 0;
	uint16_t ip_len = rte_cpu_to_be_16((uint16_t)(sizeof(h->ip) + sizeof(h->tcp) + payload));
	uint16_t tcp_len = rte_cpu_to_be_16((uint16_t)(sizeof(h->tcp) + payload));
	uint16_t off_flags = rte_cpu_to_be_16((uint16_t)(5 << 12 | flags));
	uint64_t sum = (uint64_t)c->tcp_sum + tcp_len + off_flags;

	h->ip.total_length = ip_len;
	h->ip.hdr_checksum = (uint16_t)~fold((uint64_t)c->ip_sum + ip_len);
	h->tcp.sent_seq = rte_cpu_to_be_32(c->snd_nxt);
	h->tcp.recv_ack = rte_cpu_to_be_32(c->rcv_nxt);
	memcpy(&h->tcp.data_off, &off_flags, sizeof(off_flags));
	if (message) {
		memcpy(h + 1, m->message, MESSAGE);
		sum += m->message_sum;
	}
	h->tcp.cksum = (uint16_t)~fold(sum + h->tcp.sent_seq + h->tcp.recv_ack);
	mbuf->data_len = (uint16_t)(sizeof(*h) + payload);
	mbuf->pkt_len = mbuf->data_len;
	c->snd_nxt += payload + ((flags & (RTE_TCP_SYN_FLAG | RTE_TCP_FIN_FLAG)) != 0);
}

/* The packet goes back to where it came from. */
static void
reply(struct model *m, struct conn *c, struct rte_mbuf *mbuf, uint8_t flags, bool message)
{
	headers_turn(rte_pktmbuf_mtod(mbuf, struct headers *));
	finish(m, c, mbuf, flags, message);
}

/* --- what comes in --- */

/* One received packet on its way through the stages. */
struct seg {
	struct tuple tuple;
	uint64_t hash;
	uint32_t conn;
};

static bool
parse(struct model *m, const struct rte_mbuf *mbuf, struct seg *s)
{
	const struct headers *h = rte_pktmbuf_mtod(mbuf, const struct headers *);

	if (mbuf->data_len < sizeof(*h) || h->eth.ether_type != RTE_BE16(RTE_ETHER_TYPE_IPV4) ||
		h->ip.version_ihl != RTE_IPV4_VHL_DEF || h->ip.next_proto_id != IPPROTO_TCP || h->tcp.data_off != 5 << 4 ||
		(m->config.verify && !verified(mbuf)))
		return false;
	s->tuple = (struct tuple){{h->ip.src_addr, h->ip.dst_addr, 0}};
	memcpy(&s->tuple.words[2], &h->tcp.src_port, 4);
	s->hash = table_hash(&s->tuple);
	return true;
}

/* True: the mbuf is the answer. False: there is none. */
static bool
serve(struct model *m, struct rte_mbuf *mbuf, struct seg *s)
{
	struct end *e = &m->server;
	const struct headers *h = rte_pktmbuf_mtod(mbuf, const struct headers *);
	uint32_t seq = rte_be_to_cpu_32(h->tcp.sent_seq);
	struct conn *c = &e->conns[s->conn];

	if (s->conn == 0) {
		if (h->tcp.tcp_flags != RTE_TCP_SYN_FLAG)
			die("a segment for no connection");
		c = conn_new(e, &s->conn);
		table_insert(&e->table, &s->tuple, s->hash, s->conn);
		take_sums(m, c, &s->tuple);
		c->snd_nxt = (uint32_t)s->hash;
		c->rcv_nxt = seq + 1;
		c->state = SYN_RECEIVED;
		reply(m, c, mbuf, RTE_TCP_SYN_FLAG | RTE_TCP_ACK_FLAG, false);
		return true;
	}
	if (seq != c->rcv_nxt || rte_be_to_cpu_32(h->tcp.recv_ack) != c->snd_nxt)
		die("a sequence number that is not the next");
	if (c->state == SYN_RECEIVED && mbuf->data_len == sizeof(*h) + MESSAGE) {
		c->rcv_nxt += MESSAGE;
		c->state = FIN_WAIT_1;
		reply(m, c, mbuf, RTE_TCP_ACK_FLAG | RTE_TCP_PSH_FLAG | RTE_TCP_FIN_FLAG, true);
	} else if (c->state == FIN_WAIT_1 && (h->tcp.tcp_flags & RTE_TCP_FIN_FLAG)) {
		c->rcv_nxt++;
		reply(m, c, mbuf, RTE_TCP_ACK_FLAG, false);
		conn_end(e, &s->tuple, s->hash, s->conn);
	} else {
		die("a segment that does not belong to the exchange");
	}
	return true;
}

static bool
ask(struct model *m, struct rte_mbuf *mbuf, struct seg *s)
{
	struct end *e = &m->client;
	const struct headers *h = rte_pktmbuf_mtod(mbuf, const struct headers *);
	uint32_t seq = rte_be_to_cpu_32(h->tcp.sent_seq);
	struct conn *c = &e->conns[s->conn];

	if (s->conn == 0 || rte_be_to_cpu_32(h->tcp.recv_ack) != c->snd_nxt || (c->state != SYN_SENT && seq != c->rcv_nxt))
		die("a segment that does not belong to the exchange");
	switch (c->state) {
	case SYN_SENT:
		c->rcv_nxt = seq + 1;
		c->state = ESTABLISHED;
		reply(m, c, mbuf, RTE_TCP_ACK_FLAG | RTE_TCP_PSH_FLAG, true);
		return true;
	case ESTABLISHED:
		if (mbuf->data_len != sizeof(*h) + MESSAGE || !(h->tcp.tcp_flags & RTE_TCP_FIN_FLAG))
			die("a response without its FIN");
		c->rcv_nxt += MESSAGE + 1;
		c->state = LAST_ACK;
		reply(m, c, mbuf, RTE_TCP_ACK_FLAG | RTE_TCP_FIN_FLAG, false);
		return true;
	default:
		conn_end(e, &s->tuple, s->hash, s->conn);
		m->under_way--;
		m->done++;
		return false;
	}
}

/* Parse all, look all up, process all. Returns how many go out; the rest of in is freed. */
static unsigned
turn(struct model *m, struct end *e, bool (*process)(struct model *, struct rte_mbuf *, struct seg *),
	struct rte_mbuf **out)
{
	struct rte_mbuf *in[BURST], *gone[BURST];
	struct seg segs[BURST];
	unsigned n = rte_eth_rx_burst(e->port, 0, in, BURST), nb_out = 0, nb_gone = 0;

	for (unsigned i = 0; i < n; i++) {
		if (!parse(m, in[i], &segs[i]))
			die("a packet that nobody sent");
		table_prefetch(&e->table, segs[i].hash);
	}
	for (unsigned i = 0; i < n; i++) {
		segs[i].conn = table_lookup(&e->table, &segs[i].tuple, segs[i].hash);
		rte_prefetch0(&e->conns[segs[i].conn]);
	}
	for (unsigned i = 0; i < n; i++)
		if (process(m, in[i], &segs[i]))
			out[nb_out++] = in[i];
		else
			gone[nb_gone++] = in[i];
	rte_pktmbuf_free_bulk(gone, nb_gone);
	m->packets += n;
	return nb_out;
}

static void
transmit(struct end *e, struct rte_mbuf **out, unsigned n)
{
	if (n > 0 && rte_eth_tx_burst(e->port, 0, out, (uint16_t)n) != n)
		die("a ring is full");
}

static void
server_turn(struct model *m)
{
	struct rte_mbuf *out[BURST];

	transmit(&m->server, out, turn(m, &m->server, serve, out));
}

/* --- what the client begins --- */

/* A tuple as the client receives it: from the server, to one of the clients. */
static struct tuple
next_tuple(struct model *m)
{
	uint64_t i = m->opened++, ports = UINT16_MAX - FIRST_PORT + 1;
	uint32_t addr, port;

	if (m->config.random) { /* the numbers in a row, through a mixer that brings none twice */
		i = (i ^ i >> 31) * 0x7fb5d329728ea185u;
		i = (i ^ i >> 27) * 0x81dadef4bc2dd44du;
		addr = (uint32_t)(i >> 33) % ADDRESSES;
		port = (uint32_t)((i & UINT32_MAX) % ports);
	} else {
		addr = (uint32_t)(i / ports) % ADDRESSES;
		port = (uint32_t)(i % ports);
	}
	return (struct tuple){{rte_cpu_to_be_32(SERVER), rte_cpu_to_be_32(CLIENT + addr),
		(uint32_t)rte_cpu_to_be_16((uint16_t)(FIRST_PORT + port)) << 16 | rte_cpu_to_be_16(80)}};
}

static void
write_syn(struct model *m, struct conn *c, struct rte_mbuf *mbuf, const struct tuple *t)
{
	struct headers *h = rte_pktmbuf_mtod(mbuf, struct headers *);
	struct tuple out = turned(t);

	*h = m->syn;
	memcpy(&h->ip.src_addr, out.words, 8);
	memcpy(&h->tcp.src_port, &out.words[2], 4);
	take_sums(m, c, t);
	finish(m, c, mbuf, RTE_TCP_SYN_FLAG, false);
}

static unsigned
open_some(struct model *m, struct rte_mbuf **out, unsigned max)
{
	struct end *e = &m->client;
	struct tuple tuples[BURST];
	uint64_t hashes[BURST];
	unsigned want = RTE_MIN(max, m->config.concurrency - m->under_way), n = 0;

	if (want == 0 || rte_pktmbuf_alloc_bulk(m->pool, out, want) != 0)
		return 0;
	for (unsigned i = 0; i < want; i++) {
		tuples[i] = next_tuple(m);
		hashes[i] = table_hash(&tuples[i]);
		table_prefetch(&e->table, hashes[i]);
	}
	while (n < want) {
		uint32_t index;
		struct conn *c = conn_new(e, &index);
		while (!table_insert(&e->table, &tuples[n], hashes[n], index)) { /* it is open already: another */
			tuples[n] = next_tuple(m);
			hashes[n] = table_hash(&tuples[n]);
		}
		c->snd_nxt = (uint32_t)hashes[n];
		c->rcv_nxt = 0;
		c->state = SYN_SENT;
		write_syn(m, c, out[n], &tuples[n]);
		n++;
	}
	m->under_way += n;
	return n;
}

static void
client_turn(struct model *m)
{
	struct rte_mbuf *out[BURST];
	unsigned n = turn(m, &m->client, ask, out);

	transmit(&m->client, out, n + open_some(m, out + n, BURST - n));
}

/* --- the whole --- */

struct model_cost
model_run(struct model *m, double seconds)
{
	uint64_t done = m->done, packets = m->packets, in_client = 0, in_server = 0;
	struct spent start = spent_now(), spent;

	do {
		uint64_t t0 = rte_rdtsc();
		for (int i = 0; i < 256; i++) {
			client_turn(m);
			uint64_t t1 = rte_rdtsc();
			server_turn(m);
			uint64_t t2 = rte_rdtsc();
			in_client += cycles_between(t0, t1);
			in_server += cycles_between(t1, t2);
			t0 = t2;
		}
		spent = spent_since(&start);
	} while ((double)spent.cpu < seconds * 1e9);
	double n = (double)(m->done - done);
	struct measure both = each_of(&spent, n);
	/* Its share, not its stamps: those count what others did on this core meanwhile. */
	double share = (double)in_server / (double)(in_server + in_client);
	return (struct model_cost){both, {both.cpu * share, both.clock * share}, (double)(m->packets - packets) / n};
}

static void
end_open(struct end *e, const char *name, uint32_t conns, struct rte_ring *in, struct rte_ring *out,
	struct rte_mempool *pool)
{
	struct rte_eth_conf conf = {0};
	int port = rte_eth_from_rings(name, &in, 1, &out, 1, 0);

	if (port < 0 || rte_eth_dev_configure((uint16_t)port, 1, 1, &conf) < 0 ||
		rte_eth_rx_queue_setup((uint16_t)port, 0, BURST, SOCKET_ID_ANY, NULL, pool) < 0 ||
		rte_eth_tx_queue_setup((uint16_t)port, 0, BURST, SOCKET_ID_ANY, NULL) < 0 || rte_eth_dev_start((uint16_t)port) < 0)
		die("no port");
	e->port = (uint16_t)port;
	e->nb_conns = conns + 1;
	e->conns = table_pages((uint64_t)e->nb_conns * sizeof(e->conns[0]));
	if (e->conns == NULL || table_open(&e->table, conns) < 0)
		die("no memory");
	e->free = 1;
	for (uint32_t i = 1; i < conns; i++)
		e->conns[i].next_free = i + 1;
}

static void
end_close(struct end *e)
{
	rte_eth_dev_stop(e->port);
	rte_eth_dev_close(e->port);
	table_pages_free(e->conns, (uint64_t)e->nb_conns * sizeof(e->conns[0]));
	table_close(&e->table);
}

static void
prepare_syn(struct model *m)
{
	struct headers *h = &m->syn;

	rte_eth_macaddr_get(m->client.port, &h->eth.src_addr);
	rte_eth_macaddr_get(m->server.port, &h->eth.dst_addr);
	h->eth.ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	h->ip.version_ihl = RTE_IPV4_VHL_DEF;
	h->ip.time_to_live = 64;
	h->ip.next_proto_id = IPPROTO_TCP;
	h->ip.fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG);
	h->tcp.rx_win = RTE_BE16(WINDOW);
	m->ip_sum = sum_of(&h->ip, sizeof(h->ip));
	m->tcp_sum = sum_of(&h->tcp, sizeof(h->tcp)) + RTE_BE16(IPPROTO_TCP);
	memset(m->message, 'x', sizeof(m->message));
	m->message_sum = sum_of(m->message, sizeof(m->message));
}

/* The others are in both tables, as if they had been opened. */
static void
fill(struct model *m)
{
	for (uint32_t i = 0; i < m->config.others; i++) {
		struct tuple t = next_tuple(m);
		uint32_t index;
		if (!table_insert(&m->client.table, &t, table_hash(&t), m->client.free))
			continue;
		conn_new(&m->client, &index);
		t = turned(&t);
		conn_new(&m->server, &index);
		table_insert(&m->server.table, &t, table_hash(&t), index);
	}
}

struct model *
model_open(const struct model_config *config)
{
	struct model *m = calloc(1, sizeof(*m));
	struct rte_ring *up = rte_ring_create("limit-up", RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	struct rte_ring *down = rte_ring_create("limit-down", RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);

	if (m == NULL || up == NULL || down == NULL || config->concurrency == 0 || config->concurrency >= MBUFS - CACHE)
		die("no rings, or more at a time than there are packets");
	m->config = *config;
	m->pool = rte_pktmbuf_pool_create("limit", MBUFS, CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (m->pool == NULL)
		die("no packet memory");
	end_open(&m->server, "limit-server", config->others + config->concurrency, up, down, m->pool);
	end_open(&m->client, "limit-client", config->others + config->concurrency, down, up, m->pool);
	prepare_syn(m);
	fill(m);
	return m;
}

void
model_close(struct model *m)
{
	end_close(&m->client);
	end_close(&m->server);
	free(m);
}
