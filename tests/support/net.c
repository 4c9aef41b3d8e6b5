/* SPDX-License-Identifier: BSD-3-Clause */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <criterion/criterion.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_mempool.h>
#include "link/arp.h"
#include "link/eth.h"
#include "link/neigh.h"
#include "wire/arp.h"
#include "wire/eth.h"
#include "wire/icmp.h"
#include "support/net.h"

enum { RING_SIZE = 1024, MBUFS = 1023 };

const struct rte_ether_addr net_peer_mac = {.addr_bytes = {0x02, 0, 0, 0, 0, 0x02}};
const struct rte_ether_addr net_other_mac = {.addr_bytes = {0x02, 0, 0, 0, 0, 0x05}};
const struct rte_ether_addr net_all = {.addr_bytes = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

static uint64_t
virtual_time(void *arg)
{
	return ((struct net *)arg)->time;
}

void
net_config(struct net *n)
{
	memset(n, 0, sizeof(*n));
	snprintf(n->config.name, sizeof(n->config.name), "test");
	n->config.addrs[0] = (struct leat_addr_config){.addr = leat_ipv4(198, 18, 0, 1), .prefix_len = 24};
	n->config.nb_addrs = 1;
	n->config.routes[0] = (struct leat_route_config){
		.dest = leat_ipv4(0, 0, 0, 0), .via = leat_ipv4(198, 18, 0, 254)};
	n->config.nb_routes = 1;
	n->config.ip.pmtu = true;
	n->config.ip.ttl = 64;
}

static void
make_port(struct net *n)
{
	n->to_core = rte_ring_create("to_core", RING_SIZE, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	n->from_core = rte_ring_create("from_core", RING_SIZE, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	n->pool = rte_pktmbuf_pool_create("test", MBUFS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	cr_assert(n->to_core != NULL && n->from_core != NULL && n->pool != NULL);
	int port = rte_eth_from_rings("test", &n->to_core, 1, &n->from_core, 1, 0);
	cr_assert_geq(port, 0);
	rte_eth_dev_get_name_by_port((uint16_t)port, n->config.ports[0].name);
	n->config.nb_ports = 1;
}

void
net_start(struct net *n)
{
	struct leat_error error = {0};

	make_port(n);
	n->time = 1000 * NET_SEC;
	n->core.clock = virtual_time;
	n->core.clock_arg = n;
	n->core.numa_node = -1;
	memset(n->core.secret, 0x5a, sizeof(n->core.secret));
	cr_assert_eq(core_init(&n->core, "test", MBUFS, MBUFS), 0);
	cr_assert_eq(link_open(&n->link, &(struct core *){&n->core}, &n->config, &error), 0, "%s", error.text);
	cr_assert_eq(ip_init(&n->core, &n->ip, &n->config, &error), 0, "%s", error.text);
	n->port = &n->link.ports[0];
}

static void
assert_full(const struct rte_mempool *pool)
{
	cr_assert_eq(rte_mempool_avail_count(pool), pool->size, "%u mbufs of %s are lost",
		pool->size - rte_mempool_avail_count(pool), pool->name);
}

void
net_stop(struct net *n)
{
	rte_pktmbuf_free(n->got.m);
	ip_fini(&n->core);
	link_close(&n->link);
	net_forget(n);
	cr_assert_eq(n->core.held, 0, "%ld mbufs are counted as held", (long)n->core.held);
	assert_full(n->core.rx_pool);
	assert_full(n->core.data_pool);
	assert_full(n->core.hdr_pool);
	assert_full(n->core.ind_pool);
	assert_full(n->pool);
	cr_assert_eq(n->core.wheel.armed, 0, "%u timers are left", n->core.wheel.armed);
	core_fini(&n->core);
	rte_mempool_free(n->pool);
	rte_ring_free(n->to_core);
	rte_ring_free(n->from_core);
}

static void
input_ip4(struct net *n, struct rte_mbuf *m, bool group)
{
	struct ip_dgram d;

	if (ip4_input(&n->core, n->port, m, group, &d) < 0)
		return;
	if (d.proto == IPPROTO_ICMP) {
		if (icmp_input(&n->core, &d, &n->error))
			n->nb_errors++;
		return;
	}
	rte_pktmbuf_free(n->got.m);
	n->got = d;
}

/* What waited for a neighbour in vain is an error as one that comes in. */
static void
take_unsent(struct net *n)
{
	struct rte_mbuf *m;

	while ((m = neigh_take_unsent(&n->core)) != NULL) {
		if (icmp_unsent(&n->core, m, &n->error))
			n->nb_errors++;
		drop(&n->core, m, DROP_neigh_failed);
	}
}

void
net_turn(struct net *n)
{
	struct rte_mbuf *pkts[CORE_BURST];

	core_clock_read(&n->core);
	unsigned nb = link_rx_burst(&n->core, n->port, 0, pkts);
	for (unsigned i = 0; i < nb; i++) {
		uint16_t type;
		bool group;
		if (eth_input(&n->core, n->port, pkts[i], &type, &group) < 0)
			continue;
		if (type == ETH_TYPE_ARP)
			arp_input(&n->core, n->port, pkts[i]);
		else if (type == ETH_TYPE_IP4)
			input_ip4(n, pkts[i], group);
		else
			drop(&n->core, pkts[i], DROP_ip6_in);
	}
	wheel_advance(&n->core.wheel, &n->core, n->core.tick);
	take_unsent(n);
	txq_flush(&n->core, n->core.txqs[0]);
}

void
net_after(struct net *n, uint64_t ns)
{
	uint64_t end = n->time + ns;

	while (n->time < end) {
		n->time = RTE_MIN(n->time + 10 * NET_MS, end);
		net_turn(n);
	}
}

struct rte_mbuf *
net_mbuf(struct net *n, const void *data, size_t len, size_t segment)
{
	const uint8_t *p = data;
	struct rte_mbuf *head = NULL;

	if (segment == 0)
		segment = 2048;
	do {
		uint16_t part = (uint16_t)RTE_MIN(len, segment);
		struct rte_mbuf *m = rte_pktmbuf_alloc(n->pool);
		cr_assert_not_null(m);
		memcpy(rte_pktmbuf_append(m, part), p, part);
		p += part;
		len -= part;
		if (head == NULL)
			head = m;
		else
			cr_assert_eq(rte_pktmbuf_chain(head, m), 0);
	} while (len > 0);
	return head;
}

void
net_give_mbuf(struct net *n, struct rte_mbuf *m)
{
	cr_assert_eq(rte_ring_enqueue(n->to_core, m), 0);
	net_turn(n);
}

void
net_give(struct net *n, const void *frame, size_t len)
{
	net_give_mbuf(n, net_mbuf(n, frame, len, 0));
}

size_t
net_take(struct net *n, uint8_t *buf)
{
	void *object;

	if (rte_ring_dequeue(n->from_core, &object) < 0)
		return 0;
	struct rte_mbuf *m = object;
	size_t len = m->pkt_len;
	cr_assert_leq(len, NET_FRAME_MAX);
	const void *p = rte_pktmbuf_read(m, 0, m->pkt_len, buf);
	if (p != buf)
		memcpy(buf, p, len);
	rte_pktmbuf_free(m);
	return len;
}

unsigned
net_waiting(const struct net *n)
{
	return rte_ring_count(n->from_core);
}

void
net_forget(struct net *n)
{
	void *object;

	while (rte_ring_dequeue(n->from_core, &object) == 0)
		rte_pktmbuf_free(object);
	while (rte_ring_dequeue(n->to_core, &object) == 0)
		rte_pktmbuf_free(object);
}

uint64_t
net_count(const struct net *n, enum counter c)
{
	return n->core.counters[c];
}

void
net_give_arp(struct net *n, const struct net_arp *a)
{
	uint8_t frame[ETH_HDR_LEN + ARP_LEN];
	const struct arp_packet p = {
		.op = a->op,
		.sender_mac = *a->from,
		.sender_ip = a->sender_ip,
		.target_ip = a->target_ip,
	};

	eth_write(frame, a->to != NULL ? a->to : &n->port->mac, a->from, ETH_TYPE_ARP);
	arp_write(frame + ETH_HDR_LEN, &p);
	net_give(n, frame, sizeof(frame));
}

void
net_meet_peer(struct net *n)
{
	const struct leat_addr peer = {.v4 = NET_PEER, .family = LEAT_IPV4};

	neigh_learn(&n->core, n->port, &peer, &net_peer_mac, true, false);
	neigh_confirm(&n->core, neigh_get(&n->core, n->port, &peer));
	net_turn(n);
	net_forget(n);
}

uint16_t
net_cksum(const void *data, size_t len, uint32_t sum)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++)
		sum += i & 1 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16 != 0)
		sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)~sum;
}

static void
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

size_t
net_ip4_frame(const struct net *n, uint8_t *buf, const struct net_ip4 *ip, const void *payload, size_t len)
{
	uint8_t *h = buf + ETH_HDR_LEN;
	uint32_t hdr_len = IPV4_HDR_LEN + ip->options_len;
	uint32_t src = ip->src != 0 ? ip->src : NET_PEER, dst = ip->dst != 0 ? ip->dst : NET_US;

	eth_write(buf, ip->to != NULL ? ip->to : &n->port->mac, &net_peer_mac, ETH_TYPE_IP4);
	memset(h, 0, IPV4_HDR_LEN);
	h[0] = (uint8_t)(0x40 | hdr_len / 4);
	h[1] = ip->tos;
	put16(h + 2, hdr_len + (uint32_t)len);
	put16(h + 6, ip->fragment);
	h[8] = ip->ttl != 0 ? ip->ttl : 64;
	h[9] = ip->proto;
	memcpy(h + 12, &src, 4);
	memcpy(h + 16, &dst, 4);
	if (ip->options_len > 0)
		memcpy(h + IPV4_HDR_LEN, ip->options, ip->options_len);
	put16(h + 10, net_cksum(h, hdr_len, 0));
	memcpy(h + hdr_len, payload, len);
	return ETH_HDR_LEN + hdr_len + len;
}

size_t
net_echo(uint8_t *buf, uint8_t type, uint16_t ident, uint16_t seq, const void *data, size_t len)
{
	memset(buf, 0, ICMP_HDR_LEN);
	buf[0] = type;
	put16(buf + 4, ident);
	put16(buf + 6, seq);
	memcpy(buf + ICMP_HDR_LEN, data, len);
	put16(buf + 2, net_cksum(buf, ICMP_HDR_LEN + len, 0));
	return ICMP_HDR_LEN + len;
}
