/* SPDX-License-Identifier: BSD-3-Clause */
#include <netinet/in.h>
#include <string.h>
#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include "segment.h"

const char segment_not_tcp[] = "no TCP segment";
const char segment_bad_options[] = "its options are malformed";

/* RFC 1071: the sum of 16-bit words; all ones when the checksum is in it and right. */
static uint16_t
sum_of(const uint8_t *p, uint32_t len, uint64_t sum)
{
	for (uint32_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	if (len & 1)
		sum += (uint32_t)p[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static const uint8_t *
behind(const struct rte_ipv4_hdr *ip)
{
	return (const uint8_t *)ip + (ip->version_ihl & 15) * 4;
}

static uint16_t
tcp_sum(const struct rte_ipv4_hdr *ip, uint32_t tcp_len)
{
	const uint8_t *tcp = behind(ip);

	return sum_of(tcp, tcp_len, sum_of((const uint8_t *)&ip->src_addr, 8, IPPROTO_TCP + tcp_len));
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void
read_option(struct segment *s, const uint8_t *p, uint8_t len)
{
	switch (p[0]) {
	case 2:
		s->mss = len == 4 && s->mss == 0 ? (uint16_t)(p[2] << 8 | p[3]) : s->mss;
		break;
	case 3:
		s->has_wscale = len == 3;
		s->wscale = p[2];
		break;
	case 5:
		for (unsigned i = 0; i < SEGMENT_SACKS && 2u + 8 * (i + 1) <= len; i++) {
			s->sacks[i].from = get32(p + 2 + 8 * i);
			s->sacks[i].to = get32(p + 6 + 8 * i);
			s->nb_sacks++;
		}
		break;
	case 8:
		s->has_ts = len == 10;
		s->tsval = s->has_ts ? get32(p + 2) : 0;
		break;
	}
}

static bool
read_options(struct segment *s, const uint8_t *p, uint32_t len)
{
	s->opts_len = len;
	for (uint32_t at = 0; at < len && p[at] != 0;) {
		if (p[at] == 1) {
			at++;
			continue;
		}
		if (at + 1 >= len || p[at + 1] < 2 || at + p[at + 1] > len)
			return false;
		read_option(s, p + at, p[at + 1]);
		at += p[at + 1];
	}
	return true;
}

static const char *
read_tcp(const struct rte_ipv4_hdr *ip, uint32_t len, struct segment *s)
{
	const struct rte_tcp_hdr *h = (const struct rte_tcp_hdr *)behind(ip);
	uint32_t hdr_len = len >= sizeof(*h) ? (uint32_t)(h->data_off >> 4) * 4 : 0;

	if (hdr_len < sizeof(*h) || hdr_len > len)
		return "its TCP header length is wrong";
	if (tcp_sum(ip, len) != 0xffff)
		return "its TCP checksum is wrong";
	s->urg = rte_be_to_cpu_16(h->tcp_urp);
	s->sport = rte_be_to_cpu_16(h->src_port);
	s->dport = rte_be_to_cpu_16(h->dst_port);
	s->seq = rte_be_to_cpu_32(h->sent_seq);
	s->ack = rte_be_to_cpu_32(h->recv_ack);
	s->wnd = rte_be_to_cpu_16(h->rx_win);
	s->flags = h->tcp_flags;
	s->len = len - hdr_len;
	s->data = (uint8_t *)(uintptr_t)h + hdr_len;
	return read_options(s, (const uint8_t *)(h + 1), hdr_len - (uint32_t)sizeof(*h)) ? NULL : segment_bad_options;
}

const char *
segment_read(uint8_t *frame, uint32_t len, struct segment *s)
{
	const struct rte_ether_hdr *eth = (const struct rte_ether_hdr *)frame;
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(eth + 1);

	memset(s, 0, sizeof(*s));
	if (len < sizeof(*eth) + sizeof(*ip) || eth->ether_type != RTE_BE16(RTE_ETHER_TYPE_IPV4) || ip->version_ihl >> 4 != 4)
		return segment_not_tcp;
	uint32_t ip_len = (ip->version_ihl & 15) * 4u, total = rte_be_to_cpu_16(ip->total_length);
	if (ip_len < sizeof(*ip) || total < ip_len || total + sizeof(*eth) > len)
		return "its IP lengths are wrong";
	if (sum_of((const uint8_t *)ip, ip_len, 0) != 0xffff)
		return "its IP checksum is wrong";
	if (ip->next_proto_id != IPPROTO_TCP)
		return segment_not_tcp;
	s->ce = (ip->type_of_service & 3) == 3;
	/* 198.18.0.1 */
	s->from_a = ip->src_addr == RTE_BE32(UINT32_C(0xc6120001));
	return read_tcp(ip, total - ip_len, s);
}

void
segment_seal(uint8_t *frame)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(frame + sizeof(struct rte_ether_hdr));
	uint32_t ip_len = (ip->version_ihl & 15) * 4u;
	struct rte_tcp_hdr *h = (struct rte_tcp_hdr *)(uintptr_t)behind(ip);

	ip->hdr_checksum = 0;
	ip->hdr_checksum = rte_cpu_to_be_16((uint16_t)~sum_of((const uint8_t *)ip, ip_len, 0));
	h->cksum = 0;
	h->cksum = rte_cpu_to_be_16((uint16_t)~tcp_sum(ip, rte_be_to_cpu_16(ip->total_length) - ip_len));
}
