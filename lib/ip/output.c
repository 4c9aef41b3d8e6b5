/* SPDX-License-Identifier: BSD-3-Clause */
/* Sending: header templates, what is filled in each time, and the way to the neighbour. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <rte_ip.h>
#include <sodium/crypto_shorthash.h>
#include "ip/output.h"
#include "wire/eth.h"

uint8_t
ip_hdr_len(const struct leat_addr *a)
{
	return a->family == LEAT_IPV6 ? 40 : IPV4_HDR_LEN;
}

uint8_t
ip_template(uint8_t *h, const struct leat_addr *local, const struct leat_addr *remote, uint8_t proto)
{
	/*
	 * Don't Fragment for all that can do with less: what it meets on the way is told by ICMP
	 * (RFC 1191), and a datagram that cannot be fragmented needs no identification (RFC 6864 4.1).
	 * Not for ICMP itself: nobody may answer an ICMP error with another one.
	 */
	ipv4_template(h, proto, proto != IPPROTO_ICMP);
	memcpy(h + 12, &local->v4, 4);
	memcpy(h + 16, &remote->v4, 4);
	return IPV4_HDR_LEN;
}

void
ip_template_set_dscp(uint8_t *h, uint8_t ip_len, uint8_t dscp)
{
	if (ip_len == IPV4_HDR_LEN)
		((struct rte_ipv4_hdr *)h)->type_of_service = (uint8_t)(dscp << 2);
}

uint8_t
ip_template_dscp(const uint8_t *h, uint8_t ip_len)
{
	return ip_len == IPV4_HDR_LEN ? ((const struct rte_ipv4_hdr *)h)->type_of_service >> 2 : 0;
}

/* Who has just written the packet knows its sum; of others it is made here. */
static void
fill_l4_cksum(const struct port *port, struct rte_mbuf *m, const struct ip_send *s)
{
	struct rte_ipv4_hdr *h = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
	uint8_t *field = (uint8_t *)h + s->ip_len + s->cksum_at;
	uint16_t len = (uint16_t)(m->pkt_len - s->ip_len), cksum = 0;
	uint64_t sum = s->proto == IPPROTO_ICMP ? 0 : cksum_pseudo4(h->src_addr, h->dst_addr, s->proto, len);

	if (unlikely(s->proto == IPPROTO_TCP ? port->tx_tcp_cksum : s->proto == IPPROTO_UDP && port->tx_udp_cksum)) {
		m->ol_flags |= RTE_MBUF_F_TX_IPV4 |
			(s->proto == IPPROTO_TCP ? RTE_MBUF_F_TX_TCP_CKSUM : RTE_MBUF_F_TX_UDP_CKSUM);
		cksum = cksum_fold(sum); /* the port adds the rest to it */
	} else if (likely(s->summed)) {
		cksum = (uint16_t)~cksum_fold(sum + s->sum);
	} else {
		memcpy(field, &cksum, sizeof(cksum));
		cksum = (uint16_t)~cksum_fold(sum + cksum_mbuf(m, s->ip_len, len));
		if (cksum == 0 && s->proto == IPPROTO_UDP)
			cksum = 0xffff; /* RFC 768: zero means none */
	}
	memcpy(field, &cksum, sizeof(cksum));
}

/*
 * The identification of a datagram that may be cut (RFC 6864 4.3): none comes twice among 65536, and
 * none tells how many were sent to others (RFC 6274 3.5.2, the idle scan). The count goes through a
 * permutation of 16 bits, a Feistel network of four rounds, which is another one each time around.
 */
uint16_t
ip_next_ident(struct core *core)
{
	struct {
		char what[4];
		uint32_t lap;
		uint8_t round, half, pad[6];
	} in = {.what = "ipid", .lap = core->ip->idents >> 16};
	uint8_t left = (uint8_t)(core->ip->idents >> 8), right = (uint8_t)core->ip->idents;

	core->ip->idents += core->nb_cores; /* each core has those of its own remainder */
	for (in.round = 0; in.round < 4; in.round++) {
		uint8_t out[crypto_shorthash_BYTES];
		in.half = right;
		crypto_shorthash(out, (const uint8_t *)&in, sizeof(in), core->secret);
		right = left ^ out[0];
		left = in.half;
	}
	return (uint16_t)(left << 8 | right);
}

static void
fill_ip_header(struct core *core, const struct port *port, struct rte_mbuf *m, const struct ip_send *s)
{
	struct rte_ipv4_hdr *h = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);

	ip4_write(core, (uint8_t *)h, (const uint8_t *)h, s->proto, s->tos, m->pkt_len);
	if (unlikely(port->tx_ip_cksum)) {
		m->ol_flags |= RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM;
		h->hdr_checksum = 0;
	}
}

/* The neighbour for m's destination; 0 when m was dropped, with *rc telling why. */
static uint32_t
look_up(struct core *core, struct rte_mbuf *m, int *rc)
{
	const struct rte_ipv4_hdr *h = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	const struct ip_hop *hop = ip4_hop_find(core, h->dst_addr);

	if (likely(hop != NULL))
		return hop->next_hop;
	const struct leat_addr dest = {.v4 = h->dst_addr, .family = LEAT_IPV4};
	uint32_t seen = ip_addrs_changed(core);
	const struct ip_route *route = ip_route_lookup(core, &dest);
	if (route == NULL) {
		*rc = -ENETUNREACH;
		drop(core, m, DROP_ip_no_route);
		return 0;
	}
	uint32_t next_hop = ip_route_next_hop(core, route, &dest);
	if (next_hop == 0) {
		*rc = -EHOSTUNREACH;
		drop(core, m, DROP_neigh_table_full);
		return 0;
	}
	ip_hop_note(core, &dest, route, next_hop, seen);
	return next_hop;
}

int
ip_output(struct core *core, struct rte_mbuf *m, const struct ip_send *s, uint32_t *next_hop)
{
	int rc = 0;

	if (unlikely(!neigh_valid(core, *next_hop))) {
		*next_hop = look_up(core, m, &rc);
		if (*next_hop == 0)
			return rc;
	}
	const struct port *port = neigh_at(core, *next_hop)->port;
	if (unlikely(m->pkt_len > port->mtu)) {
		drop(core, m, DROP_ip_too_big);
		return -EMSGSIZE;
	}
	fill_ip_header(core, port, m, s);
	fill_l4_cksum(port, m, s);
	if (unlikely(m->ol_flags & RTE_MBUF_F_TX_OFFLOAD_MASK)) {
		m->l2_len = ETH_HDR_LEN;
		m->l3_len = s->ip_len;
		m->l4_len = s->l4_len;
	}
	count(core, CNT_ip4_out);
	return neigh_output(core, *next_hop, m);
}

int
ip4_output_slowly(struct core *core, struct rte_mbuf *m, const uint8_t *template, struct ip_send s,
	uint32_t *next_hop)
{
	memcpy(rte_pktmbuf_mtod(m, void *), template, IPV4_HDR_LEN);
	return ip_output(core, m, &s, next_hop);
}

/* What the port found out, as far as it may be believed. */
static bool
port_vouches(const struct ip_dgram *d)
{
	uint64_t verdict = d->m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;

	/* NONE: never left this machine, and need not be summed. BAD is looked at again: a port may be wrong. */
	return d->port->rx_cksum && (verdict == RTE_MBUF_F_RX_L4_CKSUM_GOOD || verdict == RTE_MBUF_F_RX_L4_CKSUM_NONE);
}

bool
ip_l4_cksum_ok(const struct core *core, const struct ip_dgram *d)
{
	uint64_t sum = 0;

	(void)core;
	if (d->proto != IPPROTO_ICMP) {
		const uint8_t *h = rte_pktmbuf_mtod(d->m, const uint8_t *);
		if (d->proto == IPPROTO_UDP && d->m->data_len >= 8 && h[6] == 0 && h[7] == 0)
			return true; /* RFC 768: the sender made none */
		if (port_vouches(d))
			return true;
		sum = cksum_pseudo4(d->src.v4, d->dst.v4, d->proto, (uint16_t)d->m->pkt_len);
	}
	return cksum_fold(sum + cksum_mbuf(d->m, 0, d->m->pkt_len)) == 0xffff;
}
