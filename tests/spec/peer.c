/* SPDX-License-Identifier: BSD-3-Clause */
/* The wire in the test's hands: a port made of two rings, and the peer that speaks on it. */
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <rte_tcp.h>
#include "spec.h"
#include "base/seq.h"
#include "ip/ip.h"
#include "wire/arp.h"
#include "wire/eth.h"

enum { RING_SIZE = 2048, WAITING_MAX = 2048, POOL_SIZE = 4095, PACKET_MAX = 1600 };
enum { L4 = RTE_ETHER_HDR_LEN + sizeof(struct rte_ipv4_hdr) };

/* A segment that leat sent and the test has not looked at. */
struct sent {
	struct tcp_seg seg;
	uint16_t from_port, to_port;
	bool df;
	uint64_t at;
	uint8_t options[TCP_OPTS_MAX];
	uint32_t options_len;
};

static struct rte_ring *to_leat, *from_leat;
static struct rte_mempool *pool;
static struct rte_ether_addr leat_mac;
static struct sent waiting[WAITING_MAX], last;
static unsigned nb_waiting;
static uint16_t leat_port;
static uint64_t bytes_sent; /* of IP, by leat */
static const struct rte_ether_addr peer_mac = {{0x02, 0, 0, 0, 0, 2}};

uint8_t
spec_byte(uint32_t n)
{
	return (uint8_t)(n * 167 + (n >> 8) * 13 + 5);
}

static rte_be32_t
address(uint8_t last_byte)
{
	return rte_cpu_to_be_32(RTE_IPV4(198u, 18u, 0u, (uint32_t)last_byte));
}

void
spec_wire_make(char *port_name, size_t size)
{
	int port;
	char name[RTE_ETH_NAME_MAX_LEN];

	to_leat = rte_ring_create("to_leat", RING_SIZE, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	from_leat = rte_ring_create("from_leat", RING_SIZE, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	pool = rte_pktmbuf_pool_create("peer", POOL_SIZE, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (to_leat == NULL || from_leat == NULL || pool == NULL)
		spec_fail("no memory for the wire");
	port = rte_eth_from_rings("spec", &to_leat, 1, &from_leat, 1, 0);
	if (port < 0 || rte_eth_dev_get_name_by_port((uint16_t)port, name) != 0)
		spec_fail("no ring port");
	snprintf(port_name, size, "%s", name);
	leat_port = (uint16_t)port;
}

void
spec_link(bool up)
{
	if ((up ? rte_eth_dev_set_link_up : rte_eth_dev_set_link_down)(leat_port) != 0)
		spec_fail("the port has no link to set");
	spec_ladder_line("the link %s", up ? "comes up" : "goes down");
}

void
spec_wire_check_returned(void)
{
	unsigned out = rte_mempool_in_use_count(pool);

	if (out != 0)
		spec_fail("%u mbufs of the peer were not given back", out);
}

unsigned
spec_wire_waiting(void)
{
	return nb_waiting;
}

unsigned
forget_sent(void)
{
	unsigned n = nb_waiting;

	nb_waiting = 0;
	return n;
}

uint64_t
spec_bytes_sent(void)
{
	return bytes_sent;
}

uint64_t
sent_at(void)
{
	return last.at;
}

const uint8_t *
sent_options(uint32_t *len)
{
	*len = last.options_len;
	return last.options;
}

/* What the test holds of leat's bytes must be the stream's, wherever they were cut. */
static void
check_payload(const struct talk *t, const struct tcp_seg *s, const uint8_t *p)
{
	uint32_t from = s->seq - t->leat_iss - 1 + !!(s->flags & SYN);

	for (uint32_t i = 0; i < s->len; i++)
		if (p[i] != spec_byte(from + i))
			spec_fail("leat sent a wrong byte %u of its stream", from + i);
}

static void
learn(struct talk *t, const struct tcp_seg *s, uint16_t from_port)
{
	if ((s->flags & SYN) && !t->leat_known) {
		t->leat_known = true;
		t->leat_iss = s->seq;
		t->leat_port = from_port;
		t->ts_on = t->ts && s->opts.has_ts;
	}
	if (s->opts.has_ts)
		t->ts_recent = s->opts.tsval;
	uint32_t end = s->seq + tcp_seg_len(s) - t->leat_iss;
	if (t->leat_known && !(s->flags & RST) && seq_gt(end, t->leat_nxt))
		t->leat_nxt = end;
}

/* RFC 9293 3.1 MUST-68, MUST-69: lengths, and zeros behind the end of the list. */
static void
check_option_list(const uint8_t *p, uint32_t len)
{
	uint32_t n;

	for (; len > 0 && *p != TCP_OPT_EOL; p += n, len -= n) {
		n = *p == TCP_OPT_NOP ? 1 : len > 1 ? p[1] : 0;
		if (n > len || n == 0 || (n == 1 && *p != TCP_OPT_NOP))
			spec_fail("option %u with a bad length", *p);
	}
	for (; len > 0; p++, len--)
		if (*p != 0)
			spec_fail("not zero behind the end of the options");
}

/* RFC 9293 3.1 MUST-2; RFC 791: what every packet has to keep to. */
static void
check_packet(const uint8_t *p, uint32_t len)
{
	const struct rte_ether_hdr *eth = (const void *)p;
	const struct rte_ipv4_hdr *ip = (const void *)(eth + 1);
	uint16_t total = rte_be_to_cpu_16(ip->total_length);

	if (!rte_is_same_ether_addr(&eth->dst_addr, &peer_mac))
		spec_fail("sent to another MAC address than the peer's");
	if (ip->version_ihl != 0x45 || total + sizeof(*eth) > len || len < ETH_FRAME_MIN)
		spec_fail("bad IPv4 header or frame of %u bytes", len);
	if (ip->src_addr != address(LEAT))
		spec_fail("sent from an address that is not leat's");
	if (rte_ipv4_cksum(ip) != 0 && rte_ipv4_cksum(ip) != 0xffff)
		spec_fail("wrong IPv4 checksum");
	if (ip->time_to_live != config.ip.ttl)
		spec_fail("sent with a time to live of %u", ip->time_to_live);
	bytes_sent += total;
	if (ip->next_proto_id == IPPROTO_ICMP)
		return;
	if (ip->next_proto_id != IPPROTO_TCP)
		spec_fail("sent IP protocol %u", ip->next_proto_id);
	uint32_t sum = (uint32_t)rte_ipv4_phdr_cksum(ip, 0) +
		rte_raw_cksum(ip + 1, total - sizeof(*ip));
	if ((sum & 0xffff) + (sum >> 16) != 0xffff)
		spec_fail("wrong TCP checksum");
}

/* The peer is a static neighbour, so leat need not ask for it; it may announce itself. */
static void
capture_arp(const uint8_t *p, uint32_t len)
{
	struct arp_packet a;

	if (arp_parse(p, len, &a) == 0 && a.sender_ip == address(LEAT))
		leat_mac = a.sender_mac;
}

static void
capture(const uint8_t *p, uint32_t len)
{
	const struct rte_ipv4_hdr *ip = (const void *)(p + RTE_ETHER_HDR_LEN);
	const struct rte_tcp_hdr *tcp = (const void *)(ip + 1);
	struct sent *s = &waiting[nb_waiting];
	int off;

	if (eth_type(p) == ETH_TYPE_ARP) {
		capture_arp(p + ETH_HDR_LEN, len - ETH_HDR_LEN);
		return;
	}
	check_packet(p, len);
	if (ip->next_proto_id != IPPROTO_TCP)
		return; /* ICMP; tests of that are elsewhere */
	if (++nb_waiting == WAITING_MAX)
		spec_fail("more than %d segments are waiting", WAITING_MAX);
	uint32_t total = rte_be_to_cpu_16(ip->total_length) - (uint32_t)sizeof(*ip);
	off = tcp_parse((const uint8_t *)tcp, total, total, &s->seg);
	if (off < 0)
		spec_fail("malformed TCP header");
	s->from_port = rte_be_to_cpu_16(tcp->src_port);
	s->to_port = rte_be_to_cpu_16(tcp->dst_port);
	s->at = now();
	s->seg.tos = ip->type_of_service;
	s->df = (ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_DF_FLAG)) != 0;
	s->options_len = (uint32_t)off - TCP_HDR_LEN;
	memcpy(s->options, tcp + 1, s->options_len);
	check_option_list(s->options, s->options_len);
	struct talk *t = spec_talk_find(s->to_port, s->from_port);
	if (t == NULL)
		return;
	learn(t, &s->seg, s->from_port);
	spec_ladder_segment(true, t, &s->seg);
	check_payload(t, &s->seg, (const uint8_t *)tcp + off);
}

void
spec_wire_capture(void)
{
	uint8_t frame[PACKET_MAX];
	struct rte_mbuf *m;

	while (rte_ring_dequeue(from_leat, (void **)&m) == 0) {
		uint32_t len = m->pkt_len;
		const void *p = len <= sizeof(frame) ? rte_pktmbuf_read(m, 0, len, frame) : NULL;
		if (p == NULL)
			spec_fail("sent a frame of %u bytes", len);
		if (p != frame)
			memcpy(frame, p, len);
		rte_pktmbuf_free(m);
		capture(frame, len);
	}
}

static uint32_t
given(int64_t value, uint32_t otherwise)
{
	return value == ANY ? otherwise : (uint32_t)value;
}

static void
make_options(const struct segment *s, bool syn, struct tcp_opts *o)
{
	int64_t mss = s->mss, wscale = s->wscale, sack = s->sack_perm, ts = s->tsval;

	memset(o, 0, sizeof(*o));
	if (syn) {
		mss = mss == ANY ? talk->mss : mss;
		wscale = wscale == ANY ? talk->wscale : wscale;
		sack = sack == ANY ? talk->sack : sack;
	}
	if (ts == ANY)
		ts = (syn ? talk->ts : talk->ts_on) ? (int64_t)(uint32_t)(now() / MS) : NONE;
	o->has_mss = mss >= 0;
	o->mss = (uint16_t)mss;
	o->has_wscale = wscale >= 0;
	o->wscale = (uint8_t)wscale;
	o->has_sack_perm = sack > 0;
	o->has_ts = ts >= 0;
	o->tsval = (uint32_t)ts;
	o->tsecr = given(s->tsecr, talk->ts_recent);
	o->nb_sack = (uint8_t)given(s->nb_sack, 0);
	o->sack[0].start = talk->leat_iss + given(s->left, 0);
	o->sack[0].end = talk->leat_iss + given(s->right, 0);
	o->sack[1].start = talk->leat_iss + given(s->left2, 0);
	o->sack[1].end = talk->leat_iss + given(s->right2, 0);
}

/* The segment in full: header fields of *out, options into opts. */
static uint32_t
resolve(const struct segment *s, struct tcp_seg *out, uint8_t *opts)
{
	uint32_t len;

	memset(out, 0, sizeof(*out));
	out->flags = (uint8_t)given(s->flags, ACK);
	out->len = given(s->len, 0);
	out->seq = talk->peer_iss + given(s->seq, talk->peer_nxt);
	/* A number that was given is sent as it is; only what follows by itself moves on. */
	if (s->seq == ANY && !(out->flags & RST))
		talk->peer_nxt += tcp_seg_len(out);
	if ((out->flags & ACK) || s->ack != ANY)
		out->ack = talk->leat_iss + given(s->ack, talk->leat_nxt);
	out->wnd = (uint16_t)given(s->wnd, talk->wnd);
	out->urg = (uint16_t)given(s->urg, 0);
	make_options(s, out->flags & SYN, &out->opts);
	if (s->options == NULL)
		return tcp_opts_write(opts, &out->opts);
	len = s->options_len;
	memcpy(opts, s->options, len);
	tcp_opts_parse(opts, len, &out->opts);
	return len;
}

static struct rte_ipv4_hdr *
write_ip(uint8_t *packet, uint8_t from, uint8_t to, uint8_t proto, uint32_t payload)
{
	struct rte_ipv4_hdr *ip = (void *)packet;

	*ip = (struct rte_ipv4_hdr){.version_ihl = 0x45, .time_to_live = 64, .next_proto_id = proto,
		.total_length = rte_cpu_to_be_16((uint16_t)(sizeof(*ip) + payload)),
		.src_addr = address(from), .dst_addr = address(to)};
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	return ip;
}

static struct rte_mbuf *
new_frame(uint8_t **p, uint32_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);

	if (m == NULL || (*p = (uint8_t *)rte_pktmbuf_append(m, (uint16_t)len)) == NULL)
		spec_fail("the peer has no mbuf for %u bytes", len);
	return m;
}

static void
send_frame(struct rte_mbuf *m)
{
	if (rte_ring_enqueue(to_leat, m) != 0)
		spec_fail("the wire to leat is full");
}

void
spec_wire_ask(void)
{
	static const struct rte_ether_addr all = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
	struct arp_packet a = {.op = ARP_REQUEST, .sender_mac = peer_mac, .sender_ip = address(PEER),
		.target_ip = address(LEAT)};
	uint8_t *p;
	struct rte_mbuf *m = new_frame(&p, ETH_FRAME_MIN);

	memset(p, 0, ETH_FRAME_MIN);
	eth_write(p, &all, &peer_mac, ETH_TYPE_ARP);
	arp_write(p + ETH_HDR_LEN, &a);
	send_frame(m);
	spec_turn();
	if (rte_is_zero_ether_addr(&leat_mac))
		spec_fail("leat does not answer ARP");
}

uint32_t
spec_peer_write(const struct segment *s, uint8_t *packet)
{
	uint8_t opts[64];
	struct tcp_seg seg;

	uint32_t olen = resolve(s, &seg, opts), hlen = sizeof(struct rte_tcp_hdr) + olen;
	struct rte_ipv4_hdr *ip = write_ip(packet, s->from ? s->from : PEER, s->to ? s->to : LEAT, IPPROTO_TCP,
		hlen + seg.len);
	ip->type_of_service = (uint8_t)given(s->ecn, 0);
	ip->hdr_checksum = 0;
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	struct rte_tcp_hdr *tcp = (void *)(ip + 1);
	*tcp = (struct rte_tcp_hdr){
		.src_port = rte_cpu_to_be_16(s->from_port ? s->from_port : talk->peer_port),
		.dst_port = rte_cpu_to_be_16(s->to_port ? s->to_port : talk->leat_port),
		.sent_seq = rte_cpu_to_be_32(seg.seq), .recv_ack = rte_cpu_to_be_32(seg.ack),
		.data_off = (uint8_t)(hlen / 4 << 4), .tcp_flags = seg.flags,
		.rx_win = rte_cpu_to_be_16(seg.wnd), .tcp_urp = rte_cpu_to_be_16(seg.urg)};
	uint8_t *data = (uint8_t *)(tcp + 1) + olen;
	memcpy(tcp + 1, opts, olen);
	uint32_t from = seg.seq - talk->peer_iss - 1 + !!(seg.flags & SYN);
	for (uint32_t i = 0; i < seg.len; i++)
		data[i] = spec_byte(from + i);
	tcp->cksum = rte_ipv4_udptcp_cksum(ip, tcp);
	if (s->bad_cksum)
		tcp->cksum ^= 0x5555;
	spec_ladder_segment(false, talk, &seg);
	return (uint32_t)sizeof(*ip) + hlen + seg.len;
}

void
spec_peer_packet(const uint8_t *packet, uint32_t len)
{
	uint8_t *p;
	struct rte_mbuf *m = new_frame(&p, RTE_MAX(RTE_ETHER_HDR_LEN + len, (uint32_t)ETH_FRAME_MIN));

	memset(p, 0, m->pkt_len);
	eth_write(p, &leat_mac, &peer_mac, ETH_TYPE_IP4);
	memcpy(p + RTE_ETHER_HDR_LEN, packet, len);
	send_frame(m);
}

void
spec_peer_queues(const struct segment *s)
{
	uint8_t packet[65536];

	spec_start();
	spec_peer_packet(packet, spec_peer_write(s, packet));
}

/* An ICMP error about a packet of total bytes with the segment at seq. */
static void
report(const uint8_t what[2], uint32_t seq, uint16_t mtu, uint16_t total)
{
	enum { ICMP = 8, QUOTED = sizeof(struct rte_ipv4_hdr) + 8 };
	uint8_t packet[sizeof(struct rte_ipv4_hdr) + ICMP + QUOTED + sizeof(struct rte_tcp_hdr)];
	struct rte_ipv4_hdr *outer = write_ip(packet, PEER, LEAT, IPPROTO_ICMP, ICMP + QUOTED);
	uint8_t *icmp = (uint8_t *)(outer + 1);
	struct rte_ipv4_hdr *ip = (void *)(icmp + ICMP);
	struct rte_tcp_hdr *tcp = (void *)(ip + 1); /* only its first eight bytes are there */
	rte_be16_t be_mtu = rte_cpu_to_be_16(mtu), cksum;

	memset(icmp, 0, ICMP);
	icmp[0] = what[0];
	icmp[1] = what[1];
	memcpy(icmp + 6, &be_mtu, sizeof(be_mtu));
	*ip = (struct rte_ipv4_hdr){.version_ihl = 0x45, .time_to_live = 63, .next_proto_id = IPPROTO_TCP,
		.total_length = rte_cpu_to_be_16(total),
		.src_addr = address(LEAT), .dst_addr = address(PEER)};
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	tcp->src_port = rte_cpu_to_be_16(talk->leat_port);
	tcp->dst_port = rte_cpu_to_be_16(talk->peer_port);
	tcp->sent_seq = rte_cpu_to_be_32(talk->leat_iss + seq);
	cksum = (rte_be16_t)~rte_raw_cksum(icmp, ICMP + QUOTED);
	memcpy(icmp + 2, &cksum, sizeof(cksum));
	spec_ladder_line("-->            ICMP %u/%u about seq %u", what[0], what[1], seq);
	spec_peer_packet(packet, sizeof(*outer) + ICMP + QUOTED);
	spec_turn();
}

void
spec_peer_reports(uint8_t type, uint8_t code, uint32_t seq, uint16_t mtu)
{
	report((uint8_t[]){type, code}, seq, mtu, sizeof(struct rte_ipv4_hdr) + sizeof(struct rte_tcp_hdr));
}

void
spec_router_needs(uint16_t mtu, uint32_t seq, uint16_t len)
{
	report((uint8_t[]){3, 4}, seq, mtu, len);
}

static void
check(const char *name, int64_t want, int64_t is)
{
	if (want != ANY && want != is)
		spec_fail("sent %s %" PRId64 ", expected %" PRId64, name, is, want);
}

static void
check_flags(int64_t want, uint8_t is)
{
	char a[40], b[40];

	if (want != ANY && (uint8_t)want != is)
		spec_fail("sent %s, expected %s", tcp_flags_format(is, a, sizeof(a)),
			tcp_flags_format((uint8_t)want, b, sizeof(b)));
}

static void
check_options(const struct segment *s, const struct tcp_opts *o)
{
	uint32_t iss = talk->peer_iss;

	check("MSS", s->mss, o->has_mss ? o->mss : NONE);
	check("window scale", s->wscale, o->has_wscale ? o->wscale : NONE);
	check("SACK-permitted", s->sack_perm, o->has_sack_perm);
	check("TSval", s->tsval, o->has_ts ? (int64_t)o->tsval : NONE);
	check("TSecr", s->tsecr, o->has_ts ? (int64_t)o->tsecr : NONE);
	check("SACK blocks", s->nb_sack, o->nb_sack);
	check("first SACK left edge", s->left, o->nb_sack > 0 ? o->sack[0].start - iss : 0);
	check("first SACK right edge", s->right, o->nb_sack > 0 ? o->sack[0].end - iss : 0);
	check("second SACK left edge", s->left2, o->nb_sack > 1 ? o->sack[1].start - iss : 0);
	check("second SACK right edge", s->right2, o->nb_sack > 1 ? o->sack[1].end - iss : 0);
}

const struct tcp_seg *
spec_expect_sent(const struct segment *s)
{
	if (nb_waiting == 0)
		spec_fail("leat sent nothing");
	last = waiting[0];
	memmove(waiting, waiting + 1, --nb_waiting * sizeof(waiting[0]));
	const struct tcp_seg *is = &last.seg;
	if (last.to_port != talk->peer_port || last.from_port != talk->leat_port)
		spec_fail("sent from port %u to %u", last.from_port, last.to_port);
	check_flags(s->flags, is->flags);
	check("seq", s->seq, is->seq - talk->leat_iss);
	check("ack", s->ack, is->flags & ACK ? is->ack - talk->peer_iss : is->ack);
	check("len", s->len, is->len);
	check("wnd", s->wnd, is->wnd);
	check("urg", s->urg, is->urg);
	check("DF", s->df, last.df);
	check("ECN", s->ecn, last.seg.tos & ECN_MASK);
	check_options(s, &is->opts);
	return is;
}

void
spec_expect_rst(const struct segment *s)
{
	const struct tcp_seg *is = spec_expect_sent(s);

	if (!(is->flags & RST) || (is->flags & ~(RST | ACK)))
		spec_fail("sent something else than a reset");
}

void
spec_expect_run(unsigned n, uint32_t seq, uint32_t len)
{
	for (unsigned i = 0; i < n; i++)
		spec_expect_sent(SEGMENT(.seq = seq + i * len, .len = len));
}

void
spec_expect_nothing(void)
{
	if (nb_waiting > 0)
		spec_fail("leat sent %u segments, expected none", nb_waiting);
}
