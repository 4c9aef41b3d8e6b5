/* SPDX-License-Identifier: BSD-3-Clause */
/* tcp/frame.h takes most frames in one pass: what it takes, the rooms one after the other take, and read the same of it. */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include "../support/eal.h"
#include "../support/net.h"
#include "link/eth.h"
#include "tcp/frame.h"

enum { ROUNDS = 100000, ROOM = 400, TCP_AT = ETH_HDR_LEN + IPV4_HDR_LEN };

static struct net n;
static uint64_t told; /* by the port of each frame's checksums */
static struct tcp_layer tcp;

static uint32_t
pick(uint32_t below)
{
	return (uint32_t)random() % below;
}

static void
put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* Both checksums, as the length that the IP header tells has it. */
static void
make_cksums(uint8_t *f, size_t len)
{
	uint8_t *ip = f + ETH_HDR_LEN, *h = f + TCP_AT;
	size_t total = (size_t)(ip[2] << 8 | ip[3]);

	put16(ip + 10, 0);
	put16(ip + 10, net_cksum(ip, IPV4_HDR_LEN, 0));
	if (total > len - ETH_HDR_LEN || total < IPV4_HDR_LEN + TCP_HDR_LEN)
		return;
	uint32_t pseudo = IPPROTO_TCP + (uint32_t)(total - IPV4_HDR_LEN);
	for (int i = 12; i < 20; i += 2)
		pseudo += (uint32_t)ip[i] << 8 | ip[i + 1];
	put16(h + 16, 0);
	put16(h + 16, net_cksum(h, total - IPV4_HDR_LEN, pseudo));
}

#define ALSO_US RTE_BE32(0xc612004d)

/* A segment from a host to us: with timestamps, without options, or with those of a SYN; padded when it is short. */
static size_t
make_frame(uint8_t *f)
{
	static const uint8_t ts[12] = {1, 1, 8, 10, 0, 0, 1, 2, 3, 4, 5, 6}, mss[4] = {2, 4, 5, 180};
	uint8_t segment[TCP_HDR_LEN + 12 + 200];
	size_t opts = pick(3), opts_len = opts == 0 ? 12 : opts == 1 ? 0 : 4, len = TCP_HDR_LEN + opts_len + pick(200);
	static const uint32_t sources[] = {NET_PEER, NET_OTHER, NET_FAR};

	for (size_t i = 0; i < len; i++)
		segment[i] = (uint8_t)random();
	segment[12] = (uint8_t)((TCP_HDR_LEN + opts_len) << 2);
	memcpy(segment + TCP_HDR_LEN, opts == 0 ? ts : mss, opts_len);
	size_t all = net_ip4_frame(&n, f, &(struct net_ip4){.proto = IPPROTO_TCP, .src = sources[pick(3)],
		.dst = pick(2) ? NET_US : ALSO_US, .tos = (uint8_t)random()}, segment, len);
	for (; all < 60; all++)
		f[all] = (uint8_t)random();
	make_cksums(f, all);
	return all;
}

/* Something about it is not as usual. */
static void
spoil(uint8_t *f, size_t *len)
{
	static const uint32_t odd[] = {0, NET_US, RTE_BE32(0xffffffff), RTE_BE32(0xc61200ff), RTE_BE32(0xc6120000),
		RTE_BE32(0x7f000001), RTE_BE32(0xe0000001), RTE_BE32(0xf0000001), NET_OTHER};

	switch (pick(8)) {
	case 0:
		memcpy(f + ETH_HDR_LEN + 12, &odd[pick(RTE_DIM(odd))], 4);
		break;
	case 1:
		memcpy(f + ETH_HDR_LEN + 16, &odd[pick(RTE_DIM(odd))], 4);
		break;
	case 2:
		put16(f + ETH_HDR_LEN + 2, (uint16_t)pick((uint32_t)*len + 20));
		break;
	case 3:
		*len = pick((uint32_t)*len) + 1;
		break;
	case 4:
		f[TCP_AT + 12] = (uint8_t)random();
		break;
	default:
		f[pick(TCP_AT + 20)] ^= (uint8_t)(1 << pick(8));
		break;
	}
	if (pick(4) != 0 && *len >= TCP_AT + TCP_HDR_LEN)
		make_cksums(f, *len);
}

/* The rooms one after the other; true: a segment, in *seg. */
static bool
take_slowly(struct rte_mbuf *m, struct tcp_seg *seg)
{
	struct ip_dgram d;
	uint16_t type;
	bool group;

	if (eth_input(&n.core, n.port, m, &type, &group) < 0)
		return false;
	if (type != ETH_TYPE_IP4) {
		rte_pktmbuf_free(m);
		return false;
	}
	if (ip4_input(&n.core, n.port, m, group, &d) < 0)
		return false;
	if (d.proto != IPPROTO_TCP) {
		rte_pktmbuf_free(d.m);
		return false;
	}
	return tcp_parse_dgram(&n.core, &d, seg) == 0;
}

static void
compare(const struct tcp_seg *a, const struct tcp_seg *b)
{
	cr_assert_eq(a->tuple.len, b->tuple.len);
	cr_assert_eq(memcmp(a->tuple.key, b->tuple.key, a->tuple.len), 0);
	cr_assert_eq(a->hash, b->hash);
	cr_assert(a->seq == b->seq && a->ack == b->ack && a->len == b->len && a->wnd == b->wnd && a->urg == b->urg);
	cr_assert(a->flags == b->flags && a->tos == b->tos);
	cr_assert(a->opts.has_ts == b->opts.has_ts && a->opts.has_mss == b->opts.has_mss && a->opts.mss == b->opts.mss &&
		a->opts.tsval == b->opts.tsval && a->opts.tsecr == b->opts.tsecr);
	cr_assert(a->m->data_len == b->m->data_len && a->m->pkt_len == b->m->pkt_len && a->m->pkt_len == a->len);
	cr_assert_eq(memcmp(rte_pktmbuf_mtod(a->m, void *), rte_pktmbuf_mtod(b->m, void *), a->m->data_len), 0);
}

/* Returns whether the one pass took it. */
static bool
try(const uint8_t *frame, size_t len, size_t segment)
{
	struct rte_mbuf *one = net_mbuf(&n, frame, len, segment), *two = net_mbuf(&n, frame, len, segment);
	uint16_t off = one->data_off, data_len = one->data_len;
	uint64_t ip_in = net_count(&n, CNT_ip4_in), segs_in = net_count(&n, CNT_tcp_segs_in);
	struct tcp_seg a, b;
	one->ol_flags |= told;
	two->ol_flags |= told;
	/* often one burst goes on: what it remembers of a frame counts for the next */
	static struct tcp_frames frames;
	static uint32_t changed;
	if (!frames.possible || frames.sums_told != n.port->rx_cksum || changed != n.link.addrs_changed || pick(8) == 0)
		frames = tcp_frames_begin(&n.core, n.port);
	changed = n.link.addrs_changed;
	bool taken = tcp_frame_take(&n.core, &frames, one, &a);
	tcp_frame_count(&n.core, taken);

	if (!taken)
		cr_assert(one->data_off == off && one->data_len == data_len && one->pkt_len == len && net_count(&n, CNT_ip4_in) == ip_in);
	bool same = take_slowly(two, &b);
	if (taken) {
		cr_assert(same, "taken at once, and not by the rooms");
		compare(&a, &b);
		cr_assert_eq(net_count(&n, CNT_ip4_in), ip_in + 2);
		cr_assert_eq(net_count(&n, CNT_tcp_segs_in), segs_in + 2);
	}
	rte_pktmbuf_free(one);
	if (same)
		rte_pktmbuf_free(b.m);
	return taken;
}

static void
start(void)
{
	support_eal_start("--log-level=leat:error", NULL);
	srandom(1);
	net_config(&n);
	n.config.addrs[n.config.nb_addrs++] = (struct leat_addr_config){.addr = leat_ipv4(198, 18, 0, 77), .prefix_len = 24};
	net_start(&n);
	net_meet_peer(&n);
	cr_assert_eq(tcp_init(&n.core, &tcp, &n.config), 0);
}

static void
stop(void)
{
	tcp_fini(&n.core);
	net_stop(&n);
}

TestSuite(frame, .init = start, .fini = stop);

Test(frame, usual_ones_are_taken)
{
	uint8_t f[ROOM];

	for (int i = 0; i < 1000; i++) {
		size_t len = make_frame(f);
		cr_assert(try(f, len, 0));
	}
}

Test(frame, what_is_taken_is_what_the_rooms_take)
{
	uint8_t f[ROOM];
	unsigned taken = 0;

	for (int i = 0; i < ROUNDS; i++) {
		size_t len = make_frame(f);
		for (uint32_t times = pick(3); times > 0; times--)
			spoil(f, &len);
		taken += try(f, len, pick(8) == 0 ? 1 + pick(80) : 0);
	}
	cr_assert(taken > ROUNDS / 4 && taken < ROUNDS * 3 / 4, "%u", taken);
}

/* Sources to which packets went lately are not judged again: what stands for no other host is never among them. */
Test(frame, sources_that_are_known_and_ports_that_sum)
{
	static const uint64_t ip[] = {RTE_MBUF_F_RX_IP_CKSUM_UNKNOWN, RTE_MBUF_F_RX_IP_CKSUM_BAD, RTE_MBUF_F_RX_IP_CKSUM_GOOD,
		RTE_MBUF_F_RX_IP_CKSUM_NONE};
	static const uint64_t l4[] = {RTE_MBUF_F_RX_L4_CKSUM_UNKNOWN, RTE_MBUF_F_RX_L4_CKSUM_BAD, RTE_MBUF_F_RX_L4_CKSUM_GOOD,
		RTE_MBUF_F_RX_L4_CKSUM_NONE};
	static const uint32_t to[] = {NET_PEER, NET_OTHER, NET_FAR, 0, NET_US, RTE_BE32(0xffffffff), RTE_BE32(0xc61200ff),
		RTE_BE32(0xc6120000), RTE_BE32(0x7f000001), RTE_BE32(0xe0000001), RTE_BE32(0xf0000001)};
	struct leat_addr us = {.v4 = NET_US, .family = LEAT_IPV4};
	const struct ip_send s = {.ip_len = 20, .l4_len = 8, .cksum_at = 6, .proto = IPPROTO_UDP};
	unsigned taken = 0;
	uint8_t f[ROOM] = {0};

	for (unsigned i = 0; i < RTE_DIM(to); i++) {
		struct leat_addr there = {.v4 = to[i], .family = LEAT_IPV4};
		uint32_t hop = 0;
		ip_template(f, &us, &there, IPPROTO_UDP);
		cr_assert_eq(ip_output(&n.core, net_mbuf(&n, f, 40, 0), &s, &hop), i < 3 ? 0 : -ENETUNREACH);
		cr_assert_eq(ip4_hop_find(&n.core, to[i]) != NULL, i < 3);
	}
	for (int i = 0; i < ROUNDS; i++) {
		size_t len = make_frame(f);
		told = ip[pick(4)] | l4[pick(4)];
		n.port->rx_cksum = pick(2);
		for (uint32_t times = pick(3); times > 0; times--)
			spoil(f, &len);
		taken += try(f, len, 0);
	}
	cr_assert(taken > ROUNDS / 4 && taken < ROUNDS * 3 / 4, "%u", taken);
	net_forget(&n);
}

/* Where packets went while an address was another host's they must not come from once it is ours. */
Test(frame, a_source_that_has_become_ours)
{
	struct port_ip4 *own = &n.port->ip4[1];
	struct leat_addr us = {.v4 = NET_US, .family = LEAT_IPV4}, there = {.v4 = ALSO_US, .family = LEAT_IPV4};
	const struct ip_send s = {.ip_len = 20, .l4_len = 8, .cksum_at = 6, .proto = IPPROTO_UDP};
	const uint8_t segment[TCP_HDR_LEN] = {[12] = TCP_HDR_LEN << 2};
	uint32_t hop = 0, src = ALSO_US, dst = NET_US;
	uint8_t f[ROOM] = {0};

	cr_assert_eq(own->addr, ALSO_US);
	own->state = ACD_TAKEN;
	n.link.addrs_changed++;
	ip_template(f, &us, &there, IPPROTO_UDP);
	cr_assert_eq(ip_output(&n.core, net_mbuf(&n, f, 40, 0), &s, &hop), 0);
	size_t len = net_ip4_frame(&n, f, &(struct net_ip4){.proto = IPPROTO_TCP, .src = src, .dst = dst}, segment, sizeof(segment));
	make_cksums(f, len);
	cr_assert(try(f, len, 0));
	own->state = ACD_USED;
	n.link.addrs_changed++;
	cr_assert_not(try(f, len, 0));
	net_forget(&n);
}
