/* SPDX-License-Identifier: BSD-3-Clause */
/* What IPv4 does with a received packet (RFC 791 3.1, RFC 1122 3.2.1). */
#include <netinet/in.h>
#include <string.h>
#include <rte_ip.h>
#include "core/mbufs.h"
#include "ip/ip.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"

static const enum counter fault_reasons[] = {
	[IPV4_SHORT] = DROP_ip4_short,
	[IPV4_VERSION] = DROP_ip4_version,
	[IPV4_HEADER_LENGTH] = DROP_ip4_header_length,
	[IPV4_TOTAL_LENGTH] = DROP_ip4_total_length,
};

/* How many bytes of the packet the IP and transport headers are, as far as the first segment tells. */
static uint32_t
headers_len(const struct rte_mbuf *m)
{
	const uint8_t *h = rte_pktmbuf_mtod(m, const uint8_t *);
	uint32_t len = IPV4_HDR_MAX + 60;

	if (m->data_len >= IPV4_HDR_LEN) {
		uint32_t ip_len = (uint32_t)(h[0] & 15) * 4;
		len = ip_len + 8; /* UDP, ICMP */
		if (h[9] == IPPROTO_TCP)
			len = ip_len + (m->data_len > ip_len + 12 ? (uint32_t)(h[ip_len + 12] >> 4) * 4 : 60);
	}
	return RTE_MIN(len, m->pkt_len);
}

/* Parsers want the headers in one piece. Takes m; NULL when there is no buffer to copy it to. */
static struct rte_mbuf *
make_contiguous(struct core *core, struct rte_mbuf *m)
{
	if (likely(m->nb_segs == 1 || m->data_len >= headers_len(m)))
		return m;
	struct rte_mbuf *copy = rte_pktmbuf_copy(m, core->rx_pool, 0, UINT32_MAX);
	if (copy == NULL) {
		drop(core, m, DROP_no_mbuf);
		return NULL;
	}
	rte_pktmbuf_free(m);
	return copy;
}

static bool
header_cksum_ok(const struct port *port, const struct rte_mbuf *m, const struct ipv4_header *ip)
{
	uint64_t verdict = m->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK;

	if (port->rx_cksum && (verdict == RTE_MBUF_F_RX_IP_CKSUM_GOOD || verdict == RTE_MBUF_F_RX_IP_CKSUM_NONE))
		return true;
	return ipv4_cksum_ok(rte_pktmbuf_mtod(m, const uint8_t *), ip->len);
}

/* The reason not to take a packet from this source to this destination; 0 = none. */
static int
judge_addresses(const struct core *core, struct ip_dgram *d, bool link_group)
{
	/* RFC 1122 3.2.1.3: a source must be one host's; and when it is ours it is forged. */
	if (unlikely(!ip4_is_unicast(core, d->src.v4) || ip4_is_local(core, d->src.v4)))
		return DROP_ip4_bad_source;
	if (likely(ip4_is_local(core, d->dst.v4)))
		return link_group ? DROP_ip4_link_broadcast : 0;
	d->to_group = d->dst.v4 == IPV4_ALL_HOSTS || ip4_is_broadcast(core, d->dst.v4);
	return d->to_group ? 0 : DROP_ip4_not_ours;
}

/*
 * The reason to drop d->m, or 0 and its addresses are in *d. A time to live of 0 or 1 is no reason:
 * RFC 1122 3.2.1.7 forbids a host to drop for it what has arrived.
 */
static int
judge(const struct core *core, struct ip_dgram *d, struct ipv4_header *ip, bool link_group)
{
	const uint8_t *h = rte_pktmbuf_mtod(d->m, const uint8_t *);
	enum ipv4_fault fault = ipv4_parse(h, d->m->pkt_len, ip);

	if (fault != IPV4_OK)
		return (int)fault_reasons[fault];
	if (!header_cksum_ok(d->port, d->m, ip))
		return DROP_ip4_bad_checksum;
	d->src = (struct leat_addr){.v4 = ip->src, .family = LEAT_IPV4};
	d->dst = (struct leat_addr){.v4 = ip->dst, .family = LEAT_IPV4};
	int reason = judge_addresses(core, d, link_group);
	if (reason != 0)
		return reason;
	if (unlikely(ip->len > IPV4_HDR_LEN) && !ipv4_options_ok(h + IPV4_HDR_LEN, ip->len - IPV4_HDR_LEN))
		return DROP_ip4_options;
	if ((ip->fragment & (IPV4_MF | IPV4_OFFSET)) != 0)
		return DROP_ip4_fragment;
	return 0;
}

/*
 * Nearly every packet: one buffer, no options, no fragment, from a host to the first address of ours. False: it has
 * to be looked at more closely, and nothing has been done.
 */
static inline bool
take_plain(const struct core *core, struct rte_mbuf *m, struct ip_dgram *d)
{
	const struct ip_layer *ip = core->ip;
	const uint8_t *h = rte_pktmbuf_mtod(m, const uint8_t *);
	uint32_t src, dst;

	if (unlikely(m->nb_segs != 1 || m->data_len < IPV4_HDR_LEN))
		return false;
	memcpy(&src, h + 12, sizeof(src));
	memcpy(&dst, h + 16, sizeof(dst));
	uint32_t total = (uint32_t)(h[2] << 8 | h[3]);
	uint32_t fragment = (uint32_t)(h[6] << 8 | h[7]) & (IPV4_MF | IPV4_OFFSET);
	if (unlikely(h[0] != IPV4_VHL || fragment != 0 || total > m->data_len || total < IPV4_HDR_LEN))
		return false;
	if (unlikely(dst != ip->nets[0].addr || ip->nb_addrs == 0 || !acd_usable(ip->addrs[0].on_port)))
		return false;
	/* 20 is a constant here: the sum is without a loop */
	if (unlikely(!ipv4_cksum_ok(h, IPV4_HDR_LEN) || !ip4_is_unicast(core, src) || ip4_is_local(core, src)))
		return false;
	d->m = m;
	d->src = (struct leat_addr){.v4 = src, .family = LEAT_IPV4};
	d->dst = (struct leat_addr){.v4 = dst, .family = LEAT_IPV4};
	d->proto = h[9];
	d->ttl = h[8];
	d->tos = h[1];
	d->hdr_len = IPV4_HDR_LEN;
	m->data_off = (uint16_t)(m->data_off + IPV4_HDR_LEN);
	m->data_len = (uint16_t)(total - IPV4_HDR_LEN); /* short frames are padded */
	m->pkt_len = m->data_len;
	return true;
}

static int
take_any(struct core *core, struct rte_mbuf *m, bool link_group, struct ip_dgram *d)
{
	struct ipv4_header ip;

	m = make_contiguous(core, m);
	if (unlikely(m == NULL))
		return -1;
	d->m = m;
	int reason = judge(core, d, &ip, link_group);
	if (unlikely(reason != 0)) {
		d->m = NULL;
		drop(core, m, (enum counter)reason);
		return -1;
	}
	if (ip.total != m->pkt_len)
		mbuf_keep(m, ip.total);
	rte_pktmbuf_adj(m, ip.len);
	d->proto = ip.proto;
	d->ttl = ip.ttl;
	d->tos = ip.tos;
	d->hdr_len = ip.len;
	return 0;
}

int
ip4_input(struct core *core, struct port *port, struct rte_mbuf *m, bool link_group, struct ip_dgram *d)
{
	count(core, CNT_ip4_in);
	d->port = port;
	d->to_group = false;
	if (likely(!link_group && take_plain(core, m, d)))
		return 0;
	return take_any(core, m, link_group, d);
}
