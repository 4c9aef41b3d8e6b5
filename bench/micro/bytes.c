/* SPDX-License-Identifier: BSD-3-Clause */
/* Checksums, and headers as they are written. */
#include <stdio.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include "micro.h"
#include "wire/cksum.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"

enum { LARGE = 1448, SMALL = 64, TS = 12, TCP = 20, TIMES = 32 };

struct bytes {
	uint32_t len; /* that are summed */
	uint32_t seq, sum;
	uint8_t packet[2048] __attribute__((aligned(64)));
};

static void
sum_ours(void *arg)
{
	struct bytes *b = arg;

	for (int i = 0; i < TIMES; i++) {
		rte_compiler_barrier();
		b->sum += cksum_fold(cksum_bytes(b->packet, b->len));
	}
}

static void
sum_theirs(void *arg)
{
	struct bytes *b = arg;

	for (int i = 0; i < TIMES; i++) {
		rte_compiler_barrier();
		b->sum += rte_raw_cksum(b->packet, b->len);
	}
}

static const struct ipv4_header ip = {.len = 20, .ttl = 64, .proto = IPPROTO_TCP, .fragment = IPV4_DF,
	.total = 20 + TCP + TS + SMALL, .src = 0x010012c6, .dst = 0x020012c6};

/* IPv4 and TCP headers with timestamps in front of 64 bytes, and both checksums. */
static void
write_ours(void *arg)
{
	static const uint8_t ports[4] = {0, 80, 4, 0};
	struct bytes *b = arg;
	uint8_t *tcp = b->packet + 20;

	for (int i = 0; i < TIMES; i++) {
		struct tcp_fields f = {.seq = b->seq++, .ack = 1, .flags = TCP_ACK, .wnd = 65535};
		ipv4_write(b->packet, &ip);
		uint64_t all = tcp_ts_write(tcp + TCP, b->seq, 1) + ip.src + ip.dst + rte_cpu_to_be_16(IPPROTO_TCP) + rte_cpu_to_be_16(TCP + TS + SMALL);
		all += tcp_write(tcp, ports, &f, TS) + cksum_bytes(tcp + TCP + TS, SMALL);
		uint16_t sum = (uint16_t)~cksum_fold(all);
		memcpy(tcp + 16, &sum, sizeof(sum));
		rte_compiler_barrier();
	}
}

static void
write_theirs(void *arg)
{
	struct bytes *b = arg;
	struct rte_ipv4_hdr *h = (struct rte_ipv4_hdr *)b->packet;
	struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)(h + 1);

	for (int i = 0; i < TIMES; i++) {
		*h = (struct rte_ipv4_hdr){.version_ihl = RTE_IPV4_VHL_DEF, .total_length = rte_cpu_to_be_16(ip.total),
			.fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG), .time_to_live = 64, .next_proto_id = IPPROTO_TCP,
			.src_addr = ip.src, .dst_addr = ip.dst};
		h->hdr_checksum = rte_ipv4_cksum(h);
		*tcp = (struct rte_tcp_hdr){.src_port = RTE_BE16(80), .dst_port = RTE_BE16(1024), .recv_ack = RTE_BE32(1),
			.sent_seq = rte_cpu_to_be_32(b->seq++), .data_off = (TCP + TS) / 4 << 4, .tcp_flags = RTE_TCP_ACK_FLAG,
			.rx_win = RTE_BE16(65535)};
		rte_be32_t ts[3] = {RTE_BE32(0x0101080a), rte_cpu_to_be_32(b->seq), RTE_BE32(1)};
		memcpy(tcp + 1, ts, sizeof(ts));
		tcp->cksum = rte_ipv4_udptcp_cksum(h, tcp);
		rte_compiler_barrier();
	}
}

void
micro_bytes(const struct options *o)
{
	static struct bytes b;

	for (b.len = SMALL; b.len <= LARGE; b.len += LARGE - SMALL) {
		char what[64];
		snprintf(what, sizeof(what), "checksum of %u bytes", b.len);
		micro_compare(o, what, "cycles", TIMES, sum_ours, "rte_raw_cksum", sum_theirs, &b);
	}
	micro_compare(o, "headers and checksums of a segment of 64 bytes", "cycles", TIMES, write_ours,
		"rte_ipv4_udptcp_cksum", write_theirs, &b);
}
