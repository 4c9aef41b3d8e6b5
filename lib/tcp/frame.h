/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCP_FRAME_H
#define TCP_FRAME_H
/*
 * From a frame to a segment in one pass, for the frame that nearly all are: Ethernet to our station, IPv4 without
 * options or fragments from a host to the first address of ours, TCP, all in one buffer, both checksums right. It
 * asks what eth_input(), ip4_input() and tcp_parse_dgram() ask; what it does not like is left to them as it was.
 */
#include <netinet/in.h>
#include <rte_ip.h>
#include "ip/ip.h"
#include "link/port.h"
#include "tcp/tcp.h"
#include "wire/ipv4.h"

/* Both checksums, by the port's word or by summing. total: of the datagram at h. */
static inline bool
tcp_frame_sums_ok(const struct port *port, const struct rte_mbuf *m, const uint8_t *h, uint32_t total)
{
	uint64_t good = RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	uint64_t mask = RTE_MBUF_F_RX_IP_CKSUM_MASK | RTE_MBUF_F_RX_L4_CKSUM_MASK;
	uint32_t len = total - IPV4_HDR_LEN, src, dst;

	if (unlikely(port->rx_cksum) && (m->ol_flags & mask) == good)
		return true;
	memcpy(&src, h + 12, 4);
	memcpy(&dst, h + 16, 4);
	return ipv4_cksum_ok(h, IPV4_HDR_LEN) &&
		cksum_fold(cksum_pseudo4(src, dst, IPPROTO_TCP, (uint16_t)len) + cksum_bytes(h + IPV4_HDR_LEN, len)) == 0xffff;
}

/* May it be taken: from somebody else who is one host, to the first address of ours? */
static inline bool
tcp_frame_addrs_ok(const struct core *core, const uint8_t *h)
{
	const struct ip_layer *ip = core->ip;
	uint32_t src, dst;

	memcpy(&src, h + 12, 4);
	memcpy(&dst, h + 16, 4);
	if (unlikely(dst != ip->nets[0].addr || ip->nb_addrs == 0 || !acd_usable(ip->addrs[0].on_port)))
		return false;
	/* where we send to is such a host, and it was asked then */
	return likely(ip4_hop_find(core, src) != NULL) || (ip4_is_unicast(core, src) && !ip4_is_local(core, src));
}

/* True: *seg is filled, m's data begins at the payload. False: nothing was done. */
static inline bool
tcp_frame_take(struct core *core, const struct port *port, struct rte_mbuf *m, struct tcp_seg *seg)
{
	const uint8_t *e = rte_pktmbuf_mtod(m, const uint8_t *), *h = e + ETH_HDR_LEN;
	uint32_t len = m->data_len, first, cut, ports, src, dst;

	if (unlikely(m->nb_segs != 1 || len < ETH_HDR_LEN + IPV4_HDR_LEN + TCP_HDR_LEN || trace_on(core)))
		return false;
	memcpy(&first, h, 4);
	memcpy(&cut, h + 4, 4);
	uint32_t total = rte_be_to_cpu_32(first) & UINT16_MAX;
	if (unlikely(eth_type(e) != ETH_TYPE_IP4 || !rte_is_same_ether_addr((const struct rte_ether_addr *)e, &port->mac)))
		return false;
	if (unlikely(h[0] != RTE_IPV4_VHL_DEF || (cut & RTE_BE32(IPV4_MF | IPV4_OFFSET)) != 0 || h[9] != IPPROTO_TCP ||
		total > len - ETH_HDR_LEN || total < IPV4_HDR_LEN + TCP_HDR_LEN))
		return false;
	if (unlikely(!tcp_frame_addrs_ok(core, h) || !tcp_frame_sums_ok(port, m, h, total)))
		return false;
	int header = tcp_parse(h + IPV4_HDR_LEN, total - IPV4_HDR_LEN, total - IPV4_HDR_LEN, seg);
	if (unlikely(header < 0))
		return false;
	count(core, CNT_ip4_in);
	count(core, CNT_tcp_segs_in);
	memcpy(&src, h + 12, 4);
	memcpy(&dst, h + 16, 4);
	memcpy(&ports, h + IPV4_HDR_LEN, 4);
	tuple4_set(&seg->tuple, dst, src, ports << 16 | ports >> 16);
	seg->hash = demux_hash(&core->tcp->demux, &seg->tuple);
	demux_prefetch(&core->tcp->demux, seg->hash);
	seg->tos = h[1];
	seg->m = m;
	m->data_off = (uint16_t)(m->data_off + ETH_HDR_LEN + IPV4_HDR_LEN + header);
	m->data_len = (uint16_t)seg->len;
	m->pkt_len = seg->len;
	return true;
}

#endif
