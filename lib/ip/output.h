/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef IP_OUTPUT_H
#define IP_OUTPUT_H
/*
 * The way out as nearly all packets go it: IPv4, to a neighbour that is known. Headers are written in one pass and
 * summed from registers: what has just been stored in other sizes is slow to load.
 */
#include "ip/ip.h"
#include "link/neigh.h"
#include "wire/cksum.h"
#include "wire/ipv4.h"

/* An identification for a datagram that may be cut on its way (RFC 6864 4.3). */
uint16_t ip_next_ident(struct core *core);

/*
 * The header at h of a datagram of total bytes, from a template (which may be what lies there) and what is not in
 * it. Returns the sum of the addresses, which is the larger part of a pseudo header's.
 */
static inline uint64_t
ip4_write(struct core *core, uint8_t *h, const uint8_t *template, uint8_t proto, uint8_t tos, uint32_t total)
{
	uint32_t first, second, src, dst;
	uint16_t third = rte_cpu_to_be_16((uint16_t)(core->ip->ttl << 8 | proto)), cksum;

	memcpy(&first, template, 4);
	memcpy(&second, template + 4, 4);
	memcpy(&src, template + 12, 4);
	memcpy(&dst, template + 16, 4);
	first |= rte_cpu_to_be_32((uint32_t)tos << 16 | total);
	if (unlikely((second & RTE_BE32(IPV4_DF)) == 0))
		second |= rte_cpu_to_be_32((uint32_t)ip_next_ident(core) << 16);
	uint64_t addrs = (uint64_t)src + dst;
	cksum = (uint16_t)~cksum_fold(addrs + first + second + third);
	memcpy(h, &first, 4);
	memcpy(h + 4, &second, 4);
	memcpy(h + 8, &third, 2);
	memcpy(h + 10, &cksum, 2);
	memcpy(h + 12, &src, 4);
	memcpy(h + 16, &dst, 4);
	return addrs;
}

int ip4_output_slowly(struct core *core, struct rte_mbuf *m, const uint8_t *template, struct ip_send s,
	uint32_t *next_hop);

/*
 * Sends m as ip_output() does, but the template is not in m (there is room for it), and s is of TCP, and summed. It is
 * passed as it is: its parts stay in registers.
 */
static inline int
ip4_output(struct core *core, struct rte_mbuf *m, const uint8_t *template, struct ip_send s, uint32_t *next_hop)
{
	struct neigh *n = neigh_ready(core, *next_hop);
	uint8_t *h = rte_pktmbuf_mtod(m, uint8_t *);
	uint32_t total = m->pkt_len;

	if (unlikely(n == NULL || total > n->port->mtu || n->port->tx_ip_cksum || n->port->tx_tcp_cksum))
		return ip4_output_slowly(core, m, template, s, next_hop);
	uint64_t sum = ip4_write(core, h, template, s.proto, s.tos, total) + s.sum;
	sum += (uint64_t)rte_cpu_to_be_16(s.proto) + rte_cpu_to_be_16((uint16_t)(total - IPV4_HDR_LEN));
	uint16_t cksum = (uint16_t)~cksum_fold(sum);
	memcpy(h + IPV4_HDR_LEN + s.cksum_at, &cksum, sizeof(cksum));
	count(core, CNT_ip4_out);
	n->used = core->tick;
	neigh_transmit(core, n, m);
	return 0;
}

/* The same over whichever IP s.ip_len says. */
static inline int
ip_output_tcp(struct core *core, struct rte_mbuf *m, const uint8_t *template, struct ip_send s, uint32_t *next_hop)
{
	if (likely(s.ip_len == IPV4_HDR_LEN))
		return ip4_output(core, m, template, s, next_hop);
	memcpy(rte_pktmbuf_mtod(m, void *), template, s.ip_len);
	return ip_output(core, m, &s, next_hop);
}

#endif
