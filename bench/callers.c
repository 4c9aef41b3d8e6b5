/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rte_arp.h>
#include <rte_byteorder.h>
#include <rte_mbuf.h>
#include <rte_prefetch.h>
#include <rte_ring.h>
#include "callers.h"
#include "model_headers.h"

#define MS 1000000ull
/* Unsigned: RTE_IPV4() shifts what it is given. */
#define SERVER RTE_IPV4(198u, 18u, 0u, 1u)
#define FIRST_CALLER RTE_IPV4(198u, 18u, 0u, 2u)

enum {
	CALLERS = 1 << 21,   /* at the most, those of five seconds; with as many ports */
	FIRST_PORT = 1024,
	MESSAGE = 64,
	BURST = 32,
	MBUFS = (1 << 13) - 1,
	DATA = RTE_PKTMBUF_HEADROOM + 192,
	WINDOW = 0xffff,
	SERVER_PORT = 80,
	TIMES = 4,
	FINS = RTE_TCP_FIN_FLAG | RTE_TCP_SYN_FLAG,
};

/* After so long they look whether they are answered; the last time they give up. The first is not for SYNs. */
static const uint64_t times[TIMES] = {200 * MS, 1000 * MS, 3000 * MS, 5000 * MS};

enum state { DONE, SYN_SENT, ASKED, LAST_ACK };

struct caller {
	uint32_t due;     /* 1024 ns, wraps */
	uint32_t snd_una; /* of what it sent last */
	uint32_t rcv_nxt;
	uint32_t state;
};

struct callers {
	struct callers_config config;
	struct rte_ether_addr server; /* as its last ARP packet told */
	struct rte_mempool *pool;
	struct caller *all;       /* number n is all[n % CALLERS] */
	uint64_t called;
	uint64_t next[TIMES];     /* the number of the first that has not come to that time */
	unsigned under_way;
	uint64_t now;
	struct callers_count count;
};

static void
die(const char *what)
{
	fprintf(stderr, "callers: %s\n", what);
	exit(1);
}

static uint32_t
unit_of(uint64_t ns)
{
	return (uint32_t)(ns >> 10);
}

static uint64_t
due_of(const struct callers *c, const struct caller *who)
{
	return c->now - ((uint64_t)(unit_of(c->now) - who->due) << 10);
}

static void
end_one(struct callers *c, struct caller *who, bool served)
{
	who->state = DONE;
	c->under_way--;
	c->config.ended(due_of(c, who), c->now, served);
}

/* --- what they send --- */

static void
transmit(struct callers *c, struct rte_mbuf *m)
{
	if (rte_ring_sp_enqueue(c->config.out, m) == 0)
		return;
	rte_pktmbuf_free(m);
	c->count.lost++;
}

static struct rte_ether_addr
mac_of(uint32_t address)
{
	return (struct rte_ether_addr){{2, 0, 0, 0, 0, (uint8_t)(rte_be_to_cpu_32(address))}};
}

/* Of the one at this address and port (in network order); a message goes with it if there is one. */
static void
send_as(struct callers *c, const struct caller *who, uint32_t addr, uint16_t port, uint8_t flags)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(c->pool);
	uint16_t len = flags & RTE_TCP_PSH_FLAG ? MESSAGE : 0;

	if (m == NULL)
		die("no buffer: the server keeps them all");
	struct headers *h = (void *)rte_pktmbuf_append(m, (uint16_t)(sizeof(*h) + len));
	*h = (struct headers){
		.eth = {c->server, mac_of(addr), RTE_BE16(RTE_ETHER_TYPE_IPV4)},
		.ip = {.version_ihl = RTE_IPV4_VHL_DEF, .total_length = rte_cpu_to_be_16((uint16_t)(40 + len)), .time_to_live = 64,
			.next_proto_id = IPPROTO_TCP, .src_addr = addr, .dst_addr = RTE_BE32(SERVER)},
		.tcp = {.src_port = port, .dst_port = RTE_BE16(SERVER_PORT), .sent_seq = rte_cpu_to_be_32(who->snd_una),
			.recv_ack = flags & RTE_TCP_ACK_FLAG ? rte_cpu_to_be_32(who->rcv_nxt) : 0, .data_off = 5 << 4,
			.tcp_flags = flags, .rx_win = RTE_BE16(WINDOW)},
	};
	memset(h + 1, 'x', len);
	h->ip.hdr_checksum = rte_ipv4_cksum(&h->ip);
	h->tcp.cksum = rte_ipv4_udptcp_cksum(&h->ip, &h->tcp);
	transmit(c, m);
}

/* What the state of it says, for the first time or again. */
static void
speak(struct callers *c, uint64_t number)
{
	static const uint8_t flags[] = {
		[DONE] = RTE_TCP_RST_FLAG | RTE_TCP_ACK_FLAG, [SYN_SENT] = RTE_TCP_SYN_FLAG,
		[ASKED] = RTE_TCP_ACK_FLAG | RTE_TCP_PSH_FLAG, [LAST_ACK] = RTE_TCP_ACK_FLAG | RTE_TCP_FIN_FLAG,
	};
	const struct caller *who = &c->all[number % CALLERS];
	uint32_t i = (uint32_t)(number % CALLERS);
	uint32_t addr = rte_cpu_to_be_32(FIRST_CALLER + i % CALLERS_ADDRESSES);

	send_as(c, who, addr, rte_cpu_to_be_16((uint16_t)(FIRST_PORT + i / CALLERS_ADDRESSES)), flags[who->state]);
}

/* --- what comes --- */

static void
answer_arp(struct callers *c, struct rte_mbuf *m)
{
	struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);
	struct rte_arp_hdr *arp = (void *)(eth + 1);
	c->server = arp->arp_data.arp_sha;
	uint32_t asked = arp->arp_data.arp_tip, host = rte_be_to_cpu_32(asked) - FIRST_CALLER;

	if (arp->arp_opcode != RTE_BE16(RTE_ARP_OP_REQUEST) || host >= CALLERS_ADDRESSES) {
		rte_pktmbuf_free(m);
		return;
	}
	arp->arp_opcode = RTE_BE16(RTE_ARP_OP_REPLY);
	arp->arp_data.arp_tha = arp->arp_data.arp_sha;
	arp->arp_data.arp_tip = arp->arp_data.arp_sip;
	arp->arp_data.arp_sha = mac_of(asked);
	arp->arp_data.arp_sip = asked;
	eth->dst_addr = eth->src_addr;
	eth->src_addr = mac_of(asked);
	transmit(c, m);
}

/* The number of the one whose port it is, of the last who had it. */
static uint64_t
number_of(const struct headers *h)
{
	uint32_t host = rte_be_to_cpu_32(h->ip.dst_addr) - FIRST_CALLER;

	return (uint64_t)(rte_be_to_cpu_16(h->tcp.dst_port) - FIRST_PORT) * CALLERS_ADDRESSES + host;
}

static void
input(struct callers *c, const struct headers *h)
{
	uint64_t number = number_of(h);
	struct caller *who = &c->all[number % CALLERS];
	uint32_t seq = rte_be_to_cpu_32(h->tcp.sent_seq), ack = rte_be_to_cpu_32(h->tcp.recv_ack);
	uint8_t flags = h->tcp.tcp_flags;
	uint32_t len = rte_be_to_cpu_16(h->ip.total_length) - 20u - (h->tcp.data_off >> 4) * 4u + !!(flags & FINS);

	if (who->state != DONE && flags & RTE_TCP_RST_FLAG) {
		end_one(c, who, false);
	} else if (flags & RTE_TCP_RST_FLAG) {
		return;
	} else if (who->state == DONE) {
		who->snd_una = ack; /* it has given up: RST, of the number that is expected */
		speak(c, number);
	} else if (who->state == SYN_SENT) {
		if (!(flags & RTE_TCP_SYN_FLAG) || ack != who->snd_una + 1)
			return;
		who->snd_una = ack;
		who->rcv_nxt = seq + 1;
		who->state = ASKED;
		speak(c, number);
	} else if (who->state == ASKED && seq == who->rcv_nxt && flags & RTE_TCP_FIN_FLAG && ack == who->snd_una + MESSAGE) {
		who->snd_una = ack;
		who->rcv_nxt += len;
		who->state = LAST_ACK;
		speak(c, number);
	} else if (who->state == LAST_ACK && ack == who->snd_una + 1) {
		who->snd_una = ack;
		end_one(c, who, true);
	} else if (len > 0) { /* once more: ours was lost */
		c->count.again++;
		speak(c, number);
	}
}

static void
receive(struct callers *c)
{
	struct rte_mbuf *in[BURST];
	unsigned n;

	while ((n = rte_ring_sc_dequeue_burst(c->config.in, (void **)in, BURST, NULL)) > 0) {
		for (unsigned i = 0; i < n; i++)
			rte_prefetch0(rte_pktmbuf_mtod(in[i], void *));
		for (unsigned i = 0; i < n; i++)
			rte_prefetch0(&c->all[number_of(rte_pktmbuf_mtod(in[i], const struct headers *)) % CALLERS]);
		for (unsigned i = 0; i < n; i++) {
			const struct headers *h = rte_pktmbuf_mtod(in[i], const struct headers *);
			if (h->eth.ether_type == RTE_BE16(RTE_ETHER_TYPE_ARP)) {
				answer_arp(c, in[i]);
				continue;
			}
			if (h->eth.ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4) && h->ip.next_proto_id == IPPROTO_TCP)
				input(c, h);
			rte_pktmbuf_free(in[i]);
		}
	}
}

/* --- time --- */

static void
give_up(struct callers *c, uint64_t number)
{
	struct caller *who = &c->all[number % CALLERS];
	bool connected = who->state > SYN_SENT;

	end_one(c, who, false);
	if (connected)
		speak(c, number);
}

/* Those who come to a time by now. */
static void
look_again(struct callers *c, unsigned which)
{
	for (; c->next[which] < c->called; c->next[which]++) {
		const struct caller *who = &c->all[c->next[which] % CALLERS];
		if ((uint64_t)(unit_of(c->now) - who->due) << 10 < times[which])
			return;
		if (who->state == DONE || (which == 0 && who->state == SYN_SENT))
			continue;
		if (which == TIMES - 1) {
			give_up(c, c->next[which]);
			continue;
		}
		c->count.again++;
		speak(c, c->next[which]);
	}
}

void
callers_turn(struct callers *c, uint64_t now)
{
	c->now = now;
	receive(c);
	for (unsigned i = 0; i < TIMES; i++)
		look_again(c, i);
}

void
callers_call(struct callers *c, uint64_t due)
{
	struct caller *who = &c->all[c->called % CALLERS];

	if (who->state != DONE || c->called - c->next[TIMES - 1] >= CALLERS)
		die("there is no room for so many");
	/* a number that no earlier connection of this port came to */
	*who = (struct caller){.due = unit_of(due), .snd_una = who->snd_una + (1 << 16), .state = SYN_SENT};
	c->under_way++;
	speak(c, c->called++);
}

void
callers_give_up(struct callers *c)
{
	for (uint64_t n = c->next[TIMES - 1]; n < c->called; n++)
		if (c->all[n % CALLERS].state != DONE)
			give_up(c, n);
}

struct callers *
callers_open(const struct callers_config *config)
{
	struct callers *c = calloc(1, sizeof(*c));

	if (c == NULL)
		die("no memory");
	c->config = *config;
	c->all = table_pages(CALLERS * sizeof(*c->all));
	/* what was freed last is taken first: a pool in a ring would go through all its buffers, and through the caches */
	c->pool = rte_pktmbuf_pool_create_by_ops("callers", MBUFS, 256, 0, DATA, SOCKET_ID_ANY, "stack");
	if (c->all == NULL || c->pool == NULL)
		die("no memory");
	return c;
}

void
callers_close(struct callers *c)
{
	munmap(c->all, CALLERS * sizeof(*c->all));
	rte_mempool_free(c->pool);
	free(c);
}

unsigned
callers_under_way(const struct callers *c)
{
	return c->under_way;
}

const struct callers_count *
callers_counted(const struct callers *c)
{
	return &c->count;
}
