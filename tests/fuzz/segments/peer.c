/* SPDX-License-Identifier: BSD-3-Clause */
#include <netinet/in.h>
#include <string.h>
#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include "core/core.h"
#include "judge.h"
#include "link/port.h"
#include "peer.h"
#include "wire/eth.h"
#include "wire/icmp.h"
#include "wire/tcp.h"

struct arrival arrivals[PEER_BURST];
unsigned nb_arrivals;

static struct frame frames[PEER_FRAMES];
static unsigned nb_frames; /* ever */

void
peer_begin(void)
{
	nb_frames = 0;
	nb_arrivals = 0;
}

static struct frame *
next_frame(void)
{
	return &frames[nb_frames++ % PEER_FRAMES];
}

const struct frame *
peer_frame(unsigned n)
{
	return n < nb_frames && n < PEER_FRAMES ? &frames[(nb_frames - 1 - n) % PEER_FRAMES] : NULL;
}

/* Ethernet and IP; returns where the transport header goes. */
static uint8_t *
write_ip(struct frame *f, uint8_t proto, uint32_t len)
{
	static const struct rte_ether_addr peer = {.addr_bytes = {2, 0, 0, 0, 0, 2}};
	struct rte_ether_addr us;
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(f->bytes + RTE_ETHER_HDR_LEN);

	us = stage.core->link->ports[0].mac;
	eth_write(f->bytes, &us, &peer, ETH_TYPE_IP4);
	*ip = (struct rte_ipv4_hdr){.version_ihl = 0x45, .total_length = rte_cpu_to_be_16((uint16_t)(sizeof(*ip) + len)),
		.time_to_live = 64, .next_proto_id = proto, .src_addr = STAGE_PEER, .dst_addr = STAGE_US};
	f->len = (uint32_t)(RTE_ETHER_HDR_LEN + sizeof(*ip)) + len;
	return (uint8_t *)(ip + 1);
}

/* The right checksums, as far as the lengths make sense. */
static void
seal(struct frame *f)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(f->bytes + RTE_ETHER_HDR_LEN);
	uint32_t ip_len = (ip->version_ihl & 15) * 4u, total = rte_be_to_cpu_16(ip->total_length);

	if (f->len < RTE_ETHER_HDR_LEN + sizeof(*ip) || ip_len < sizeof(*ip) || RTE_ETHER_HDR_LEN + ip_len > f->len)
		return;
	ip->hdr_checksum = 0;
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	if (ip->next_proto_id == IPPROTO_TCP && total >= ip_len + sizeof(struct rte_tcp_hdr) &&
		RTE_ETHER_HDR_LEN + total <= f->len)
		segment_seal(f->bytes);
}

/* Whoever sees what it carries is told; then it goes in. */
static void
give(struct frame *f, uint8_t cut)
{
	if (nb_arrivals == PEER_BURST)
		stage_turn();
	if (!stage_give(f->bytes, f->len, cut))
		return;
	struct arrival *a = &arrivals[nb_arrivals++];
	const char *wrong = segment_read(f->bytes, f->len, &a->s);
	a->valid = wrong == NULL || wrong == segment_bad_options;
	judge_arrives(a, f->bytes, f->len);
}

uint8_t
peer_ts_opt(const struct talk *t, uint32_t tsval, uint8_t *p)
{
	tcp_ts_write(p, tsval, t->ts_recent);
	return TCP_TS_LEN;
}

uint8_t
peer_syn_opts(const struct talk *t, uint8_t *p)
{
	const struct tcp_opts o = {.has_mss = t->mss != 0, .mss = t->mss, .has_wscale = t->wscale, .wscale = t->shift,
		.has_sack_perm = t->sack, .has_ts = t->ts, .tsval = t->tsval, .tsecr = t->ts_recent};

	return (uint8_t)tcp_opts_write(p, &o);
}

struct wish
peer_wish(struct talk *t, uint8_t flags, uint32_t len)
{
	struct wish w = {.talk = t, .flags = flags, .len = len, .wnd = 16384, .ttl = 64};

	talk_look(t);
	t->tsval++;
	if (flags & TCP_SYN) {
		w.seq = t->peer_iss;
		w.opts_len = peer_syn_opts(t, w.opts);
		w.wnd = 65535;
	} else {
		w.seq = t->n.rcv_nxt;
		w.opts_len = t->ts ? peer_ts_opt(t, t->tsval, w.opts) : 0;
	}
	if (flags & TCP_ACK)
		w.ack = t->n.snd_nxt;
	return w;
}

static void
write_payload(const struct wish *w, uint8_t *p)
{
	uint32_t at = w->seq + !!(w->flags & TCP_SYN) - (w->talk->peer_iss + 1);

	for (uint32_t i = 0; i < w->len; i++)
		p[i] = talk_peer_byte(at + i) ^ (w->spoilt ? 0xff : 0);
}

void
peer_sends(const struct wish *w, uint8_t cut)
{
	struct frame *f = next_frame();
	uint32_t hdr_len = sizeof(struct rte_tcp_hdr) + w->opts_len;
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(f->bytes + RTE_ETHER_HDR_LEN);
	uint32_t len = RTE_MIN(w->len, (uint32_t)(STAGE_FRAME_MAX - RTE_ETHER_HDR_LEN - sizeof(*ip) - hdr_len));
	struct rte_tcp_hdr *h = (struct rte_tcp_hdr *)write_ip(f, IPPROTO_TCP, hdr_len + len);
	struct wish fits = *w;

	fits.len = len;
	ip->type_of_service = w->tos;
	ip->time_to_live = w->ttl;
	*h = (struct rte_tcp_hdr){.src_port = rte_cpu_to_be_16(w->talk->peer_port),
		.dst_port = rte_cpu_to_be_16(w->talk->leat_port), .sent_seq = rte_cpu_to_be_32(w->seq),
		.recv_ack = rte_cpu_to_be_32(w->ack), .data_off = (uint8_t)(hdr_len << 2), .tcp_flags = w->flags,
		.rx_win = rte_cpu_to_be_16(w->wnd), .tcp_urp = rte_cpu_to_be_16(w->urg)};
	memcpy(h + 1, w->opts, w->opts_len);
	write_payload(&fits, (uint8_t *)h + hdr_len);
	segment_seal(f->bytes);
	h->cksum ^= w->bad_cksum ? RTE_BE16(0x1234) : 0;
	give(f, cut);
}

void
peer_sends_again(unsigned n, uint32_t at, uint8_t value, bool sealed, uint8_t cut)
{
	const struct frame *was = peer_frame(n);

	if (was == NULL)
		return;
	struct frame copy = *was, *f = next_frame();
	*f = copy;
	if (RTE_ETHER_HDR_LEN + at < f->len)
		f->bytes[RTE_ETHER_HDR_LEN + at] = value;
	if (sealed)
		seal(f);
	give(f, cut);
}

void
peer_sends_raw(const uint8_t *packet, uint32_t len, bool sealed, uint8_t cut)
{
	struct frame *f = next_frame();

	write_ip(f, 0, 0);
	f->len = RTE_ETHER_HDR_LEN + len;
	memcpy(f->bytes + RTE_ETHER_HDR_LEN, packet, len);
	if (sealed)
		seal(f);
	give(f, cut);
}

void
peer_reports(struct talk *t, uint8_t type, uint8_t code, uint16_t mtu, uint32_t seq, uint8_t quoted)
{
	struct frame *f = next_frame();
	uint8_t packet[sizeof(struct rte_ipv4_hdr) + sizeof(struct rte_tcp_hdr)] = {0};
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)packet;
	struct rte_tcp_hdr *h = (struct rte_tcp_hdr *)(ip + 1);
	uint32_t len = RTE_MIN(quoted, (uint32_t)sizeof(packet));

	*ip = (struct rte_ipv4_hdr){.version_ihl = 0x45, .total_length = RTE_BE16(1500), .time_to_live = 9,
		.next_proto_id = IPPROTO_TCP, .src_addr = STAGE_US, .dst_addr = STAGE_PEER};
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	h->src_port = rte_cpu_to_be_16(t->leat_port);
	h->dst_port = rte_cpu_to_be_16(t->peer_port);
	h->sent_seq = rte_cpu_to_be_32(seq);
	uint8_t *icmp = write_ip(f, IPPROTO_ICMP, ICMP_HDR_LEN + len);
	struct rte_ipv4_hdr *outer = (struct rte_ipv4_hdr *)(f->bytes + RTE_ETHER_HDR_LEN);
	outer->hdr_checksum = rte_ipv4_cksum(outer);
	memset(icmp, 0, ICMP_HDR_LEN);
	icmp[0] = type;
	icmp[1] = code;
	icmp[6] = (uint8_t)(mtu >> 8);
	icmp[7] = (uint8_t)mtu;
	memcpy(icmp + ICMP_HDR_LEN, packet, len);
	uint16_t sum = (uint16_t)~rte_raw_cksum(icmp, ICMP_HDR_LEN + len);
	memcpy(icmp + 2, &sum, sizeof(sum));
	give(f, 0);
}
