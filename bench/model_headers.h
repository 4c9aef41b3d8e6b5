/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_MODEL_HEADERS_H
#define BENCH_MODEL_HEADERS_H
/* The model's packets: Ethernet, IPv4 and TCP without options, and their sums. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>
#include "model_table.h"

struct headers {
	struct rte_ether_hdr eth;
	struct rte_ipv4_hdr ip;
	struct rte_tcp_hdr tcp;
} __attribute__((packed, aligned(2)));

static inline uint32_t
sum_of(const void *data, size_t len)
{
	return rte_raw_cksum(data, len);
}

static inline uint16_t
fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)(sum + (sum >> 16));
}

static inline bool
verified(const struct rte_mbuf *m)
{
	const struct headers *h = rte_pktmbuf_mtod(m, const struct headers *);

	/* over a whole segment, checksum and all, the result is 0 */
	return rte_ipv4_cksum(&h->ip) == 0 && rte_ipv4_udptcp_cksum(&h->ip, &h->tcp) == 0;
}

/* Back to where it came from. */
static inline void
headers_turn(struct headers *h)
{
	struct rte_ether_addr mac = h->eth.src_addr;
	uint64_t addrs;
	uint32_t ports;

	h->eth.src_addr = h->eth.dst_addr;
	h->eth.dst_addr = mac;
	memcpy(&addrs, &h->ip.src_addr, sizeof(addrs));
	addrs = addrs << 32 | addrs >> 32;
	memcpy(&h->ip.src_addr, &addrs, sizeof(addrs));
	memcpy(&ports, &h->tcp.src_port, sizeof(ports));
	ports = ports << 16 | ports >> 16;
	memcpy(&h->tcp.src_port, &ports, sizeof(ports));
}

/* As the other end sees it. */
static inline struct tuple
turned(const struct tuple *t)
{
	return (struct tuple){{t->words[1], t->words[0], t->words[2] << 16 | t->words[2] >> 16}};
}

#endif
