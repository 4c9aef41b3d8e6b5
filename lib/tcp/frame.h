/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCP_FRAME_H
#define TCP_FRAME_H
/*
 * From a frame to a segment in one pass, for the frame that nearly all are: Ethernet to our station, IPv4 without
 * options or fragments from a host to an address of ours, TCP, all in one buffer, both checksums right. It
 * asks what eth_input(), ip4_input() and tcp_parse_dgram() ask; what it does not like is left to them as it was.
 */
#include <netinet/in.h>
#include <rte_ip.h>
#include "ip/ip.h"
#include "link/port.h"
#include "tcp/tcp.h"
#include "wire/ipv4.h"

/* What one burst of a port has in common, and what one frame of it leaves for the next. */
struct tcp_frames {
	uint64_t station; /* the port's address, as the first bytes of a frame to it */
	uint64_t local;   /* the address of ours that was asked for last; ~0: none was */
	bool possible;    /* nobody wants to see each step */
	bool sums_told;   /* the port may know of the checksums */
	bool hops_hold;   /* where packets go to is as it was noted */
};

static inline struct tcp_frames
tcp_frames_begin(const struct core *core, const struct port *port)
{
	struct tcp_frames f = {.local = UINT64_MAX, .possible = !trace_on(core), .sums_told = port->rx_cksum,
		.hops_hold = core->ip->hops_seen == ip_addrs_changed(core)};

	memcpy(&f.station, &port->mac, sizeof(port->mac));
	return f;
}

/* Both checksums, by the port's word or by summing. len: of the TCP segment at h + IPV4_HDR_LEN. */
static inline bool
tcp_frame_sums_ok(const struct tcp_frames *f, const struct rte_mbuf *m, const uint8_t *h, uint32_t len)
{
	uint64_t good = RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	uint64_t mask = RTE_MBUF_F_RX_IP_CKSUM_MASK | RTE_MBUF_F_RX_L4_CKSUM_MASK;
	uint32_t w[IPV4_HDR_LEN / 4];

	if (unlikely(f->sums_told) && (m->ol_flags & mask) == good)
		return true;
	memcpy(w, h, sizeof(w));
	return cksum_is_right((uint64_t)w[0] + w[1] + w[2] + w[3] + w[4]) &&
		cksum_is_right(cksum_pseudo4(w[3], w[4], IPPROTO_TCP, (uint16_t)len) + cksum_bytes(h + IPV4_HDR_LEN, len));
}

/* May it be taken: from somebody else who is one host, to an address of ours? */
static inline bool
tcp_frame_addrs_ok(const struct core *core, struct tcp_frames *f, uint32_t src, uint32_t dst)
{
	const struct ip_hop *hop = ip_hop_slot(core->ip, src);

	if (unlikely(f->local != dst)) {
		if (!ip4_is_local(core, dst))
			return false;
		f->local = dst;
	}
	/* where we send to is such a host, and it was asked then */
	return likely(hop->dest == src && hop->route != NULL && f->hops_hold) ||
		(ip4_is_unicast(core, src) && !ip4_is_local(core, src));
}

/* Ethernet to our station with IPv4 in it, without options: the type and what follows it, in one word. */
static inline bool
tcp_frame_is_plain(const struct tcp_frames *f, const uint8_t *e)
{
	uint64_t to, cut;
	uint32_t type;

	memcpy(&to, e, sizeof(to));
	memcpy(&type, e + 12, sizeof(type));
	memcpy(&cut, e + ETH_HDR_LEN + 4, sizeof(cut)); /* identification, fragment, TTL, protocol, checksum */
	return ((to ^ f->station) & RTE_BE64(0xffffffffffff0000)) == 0 &&
		(type & RTE_BE32(0xffffff00)) == RTE_BE32(ETH_TYPE_IP4 << 16 | IPV4_VHL << 8) &&
		(cut & RTE_BE64((uint64_t)(IPV4_MF | IPV4_OFFSET) << 32 | 0xff0000)) == RTE_BE64(IPPROTO_TCP << 16);
}

/*
 * True: *seg is filled, m's data begins at the payload; the caller counts it (tcp_frame_count). False: nothing was
 * done.
 */
static inline bool
tcp_frame_take(struct core *core, struct tcp_frames *f, struct rte_mbuf *m, struct tcp_seg *seg)
{
	const uint32_t least = IPV4_HDR_LEN + TCP_HDR_LEN;
	const uint8_t *e = rte_pktmbuf_mtod(m, const uint8_t *), *h = e + ETH_HDR_LEN;
	uint32_t len = m->data_len, ports, src, dst;
	uint16_t total;

	if (unlikely(m->nb_segs != 1 || len < ETH_HDR_LEN + least || !f->possible || !tcp_frame_is_plain(f, e)))
		return false;
	memcpy(&total, h + 2, sizeof(total));
	memcpy(&src, h + 12, 4);
	memcpy(&dst, h + 16, 4);
	total = rte_be_to_cpu_16(total);
	if (unlikely(total - least > len - ETH_HDR_LEN - least)) /* too short wraps round */
		return false;
	len = total - (uint32_t)IPV4_HDR_LEN;
	if (unlikely(!tcp_frame_addrs_ok(core, f, src, dst) || !tcp_frame_sums_ok(f, m, h, len)))
		return false;
	int header = tcp_parse(h + IPV4_HDR_LEN, len, len, seg);
	if (unlikely(header < 0))
		return false;
	memcpy(&ports, h + IPV4_HDR_LEN, 4);
	tuple4_set(&seg->tuple, dst, src, ports << 16 | ports >> 16);
	seg->hash = demux_hash(&core->tcp->demux, &seg->tuple);
	seg->tos = h[1];
	seg->m = m;
	m->data_off = (uint16_t)(m->data_off + ETH_HDR_LEN + IPV4_HDR_LEN + header);
	m->data_len = (uint16_t)seg->len;
	m->pkt_len = seg->len;
	return true;
}

/* So many were taken. */
static inline void
tcp_frame_count(struct core *core, unsigned n)
{
	count_n(core, CNT_ip4_in, n);
	count_n(core, CNT_tcp_segs_in, n);
}

#endif
