/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include "attack.h"

struct packet
attack_packet(const struct segment *s)
{
	struct packet p;

	p.len = spec_peer_write(s, p.bytes);
	return p;
}

void
attack_fix(struct packet *p)
{
	struct rte_ipv4_hdr *ip = (void *)p->bytes;
	uint32_t ihl = (uint32_t)(p->bytes[0] & 15) * 4, total = rte_be_to_cpu_16(ip->total_length);

	if (ihl < IP_LEN || ihl > p->len)
		return;
	ip->hdr_checksum = 0;
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	if (total < ihl + TCP_LEN || total > p->len || ip->next_proto_id != IPPROTO_TCP)
		return;
	struct rte_tcp_hdr *tcp = (void *)(p->bytes + ihl);
	tcp->cksum = 0;
	/* the pseudo header takes the length from the IP header, which may have options here */
	uint32_t sum = rte_raw_cksum(tcp, total - ihl);
	struct rte_ipv4_hdr plain = *ip;
	plain.version_ihl = 0x45;
	plain.total_length = rte_cpu_to_be_16((uint16_t)(total - ihl + IP_LEN));
	sum += rte_ipv4_phdr_cksum(&plain, 0);
	sum = (sum & 0xffff) + (sum >> 16);
	tcp->cksum = (uint16_t)~sum;
}

uint32_t
attack_throw(const struct packet *p)
{
	uint64_t before = spec_bytes_sent();

	spec_peer_packet(p->bytes, p->len);
	spec_turn();
	return (uint32_t)(spec_bytes_sent() - before);
}

struct leat_usage
attack_usage(void)
{
	struct leat_usage u = {.size = sizeof(u)};

	leat_usage(stack, &u);
	return u;
}

void
attack_serves(void)
{
	static uint16_t port = 20000;
	struct leat_usage before = attack_usage();
	struct talk *was = talk;

	forget_sent();
	new_talk(++port);
	spec_in_state(TCPS_ESTABLISHED);
	spec_peer_queues(SEGMENT(.len = 10));
	spec_turn();
	spec_expect_sent(SEGMENT(.flags = ACK, .ack = 11));
	spec_expect_app(APP_DATA, 10);
	spec_app_sends(20);
	spec_expect_sent(SEGMENT(.seq = 1, .len = 20));
	spec_app_ends(leat_tcp_abort);
	spec_expect_rst(SEGMENT(.seq = 21));
	spec_expect_app(APP_CLOSED, ECONNABORTED);
	talk->used = false;
	talk = was;
	struct leat_usage now = attack_usage();
	if (now.connections != before.connections || now.half_open != before.half_open ||
		now.mbufs_stack != before.mbufs_stack || now.mbufs_free != before.mbufs_free)
		spec_fail("serving a connection left something behind");
}
