/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Step 3 of the turn. First all frames of the burst are parsed, and what is not TCP is handled;
 * then all TCP segments are looked up together; then each goes to its connection, in order.
 */
#include <netinet/in.h>
#include <rte_prefetch.h>
#include "ip/icmp.h"
#include "link/arp.h"
#include "link/eth.h"
#include "link/neigh.h"
#include "run/rx.h"
#include "tcp/frame.h"
#include "udp/udp.h"
#include "wire/eth.h"

enum { AHEAD = 4 }; /* packets: what is fetched now has come when their turn does */

/* An ICMP error about something of ours: whose was it? */
static void
pass_on_error(struct core *core, const struct ip_error *e)
{
	bool matched = e->proto == IPPROTO_TCP ? tcp_icmp_error(core, e) : udp_error(core, e);

	count(core, matched ? CNT_icmp_errors_matched : DROP_icmp_unmatched);
}

static void
input_udp(struct core *core, struct ip_dgram *d)
{
	if (udp_input(core, d) == 0)
		return;
	icmp_send_unreachable(core, d, ICMP_UNREACH_PORT);
	drop(core, d->m, DROP_udp_no_port);
}

/* One datagram; true when it is a TCP segment, now in *seg. */
static bool
input_ip(struct core *core, struct ip_dgram *d, struct tcp_seg *seg)
{
	struct ip_error e;

	switch (d->proto) {
	case IPPROTO_TCP:
		return tcp_parse_dgram(core, d, seg) == 0;
	case IPPROTO_UDP:
		input_udp(core, d);
		return false;
	case IPPROTO_ICMP:
		if (icmp_input(core, d, &e))
			pass_on_error(core, &e);
		return false;
	default:
		icmp_send_unreachable(core, d, ICMP_UNREACH_PROTOCOL);
		drop(core, d->m, DROP_ip_protocol);
		return false;
	}
}

/* A frame that tcp_frame_take() left; true when it holds a TCP segment, now in *seg. */
static bool
input_frame(struct core *core, struct port *port, struct rte_mbuf *m, struct tcp_seg *seg)
{
	struct ip_dgram d;
	uint16_t type;
	bool group;

	if (eth_input(core, port, m, &type, &group) < 0)
		return false;
	if (type == ETH_TYPE_ARP) {
		arp_input(core, port, m);
		return false;
	}
	if (type != ETH_TYPE_IP4) {
		drop(core, m, DROP_ip6_in);
		return false;
	}
	return ip4_input(core, port, m, group, &d) == 0 && input_ip(core, &d, seg);
}

void
rx_unsent(struct core *core)
{
	struct rte_mbuf *m;
	struct ip_error e;

	while ((m = neigh_take_unsent(core)) != NULL) {
		if (icmp_unsent(core, m, &e)) {
			if (e.proto == IPPROTO_TCP)
				tcp_icmp_error(core, &e);
			else
				udp_error(core, &e);
		}
		drop(core, m, DROP_neigh_failed);
		core->work++;
	}
}

/* Two lines: with its headers and timestamps even an empty segment is 66 bytes. */
static void
prefetch(const struct rte_mbuf *m)
{
	rte_prefetch0(rte_pktmbuf_mtod(m, void *));
	rte_prefetch0(rte_pktmbuf_mtod_offset(m, void *, RTE_CACHE_LINE_SIZE));
}

/* Where the look-up of these will begin. */
static unsigned
fetch_buckets(const struct core *core, const struct tcp_seg *segs, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		demux_prefetch(&core->tcp->demux, segs[i].hash);
	return to;
}

void
rx_burst(struct core *core, struct port *port, struct rte_mbuf **pkts, unsigned n)
{
	struct tcp_seg segs[CORE_BURST];
	struct tcp_frames frames = tcp_frames_begin(core, port);
	unsigned nb_segs = 0, nb_plain = 0, fetched = 0;

	for (unsigned i = 0; i < n && i < AHEAD; i++)
		prefetch(pkts[i]);
	for (unsigned i = 0; i < n; i++) {
		if (i + AHEAD < n)
			prefetch(pkts[i + AHEAD]);
		bool plain = tcp_frame_take(core, &frames, pkts[i], &segs[nb_segs]);
		nb_plain += plain;
		nb_segs += likely(plain) || input_frame(core, port, pkts[i], &segs[nb_segs]);
		if (i % DEMUX_GROUP == DEMUX_GROUP - 1)
			fetched = fetch_buckets(core, segs, fetched, nb_segs);
	}
	fetch_buckets(core, segs, fetched, nb_segs);
	tcp_frame_count(core, nb_plain);
	if (nb_segs > 0)
		tcp_input_burst(core, segs, nb_segs);
	core->work += n;
}
