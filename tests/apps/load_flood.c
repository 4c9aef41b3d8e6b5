/* SPDX-License-Identifier: BSD-3-Clause */
/* The SYN flood of leat-load: what it puts on the wire, into a ring. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include "load/flood.h"
#include "support/eal.h"

enum { RING = 1 << 12 };

static struct plan plan;
static struct flood flood;
static struct rte_ring *out, *in;

static void
start(void)
{
	support_eal_start(NULL);
	out = rte_ring_create("out", RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	in = rte_ring_create("in", RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	plan_init(&plan);
	plan.mode = LOAD_FLOOD;
	plan.quiet = true;
	memcpy(plan.mac, "\x02\x00\x00\x00\x00\x09", 6);
	plan.targets[0] = (struct target){.at = {leat_ipv4(198, 18, 0, 1), 80}, .text = "198.18.0.1:80"};
	plan.nb_targets = 1;
	plan.duration = 50000000;
}

static void
run(void)
{
	int port = rte_eth_from_rings("flood", &in, 1, &out, 1, SOCKET_ID_ANY);

	cr_assert_geq(port, 0);
	cr_assert_eq(flood_open(&flood, &plan, (uint16_t)port), 0);
	flood_run(&flood);
}

/* Checks each; returns how many different strangers there were, up to 4096. */
static unsigned
look(uint32_t from, uint32_t mask)
{
	static uint8_t seen[1 << 12];
	unsigned strangers = 0;
	void *m;

	for (uint64_t n = 0; rte_ring_dequeue(out, &m) == 0; n++) {
		struct flood_syn *s = rte_pktmbuf_mtod((struct rte_mbuf *)m, struct flood_syn *);
		cr_assert_eq(rte_pktmbuf_data_len((struct rte_mbuf *)m), sizeof(*s));
		cr_assert_arr_eq(&s->eth.dst_addr, plan.mac, 6);
		cr_assert_eq(s->eth.ether_type, RTE_BE16(RTE_ETHER_TYPE_IPV4));
		cr_assert_eq(rte_ipv4_cksum(&s->ip), 0, "the header's checksum");
		rte_be16_t cksum = s->tcp.cksum;
		s->tcp.cksum = 0;
		cr_assert_eq(rte_ipv4_udptcp_cksum(&s->ip, &s->tcp), cksum, "the segment's checksum");
		cr_assert_eq(s->ip.dst_addr, plan.targets[0].at.addr.v4);
		cr_assert_eq(s->tcp.dst_port, RTE_BE16(80));
		cr_assert_eq(s->tcp.tcp_flags, RTE_TCP_SYN_FLAG);
		cr_assert_geq(rte_be_to_cpu_16(s->tcp.src_port), 1024);
		uint32_t a = rte_be_to_cpu_32(s->ip.src_addr);
		cr_assert_eq(a & mask, from, "%08x", a);
		strangers += seen[a & 0xfff] == 0;
		seen[a & 0xfff] = 1;
		rte_pktmbuf_free(m);
	}
	return strangers;
}

Test(load_flood, syns_from_the_default_block, .init = start)
{
	plan.rate = 20000;
	run();
	cr_assert(flood.sent > 32 && flood.sent <= 20000 / 20 + 64, "%llu", (unsigned long long)flood.sent);
	cr_assert(flood.refused == 0 && rte_ring_count(out) == flood.sent);
	cr_assert_gt(look(198u << 24 | 19u << 16, 0xffff0000), 30);
	flood_close(&flood);
}

Test(load_flood, syns_from_a_block_of_eight, .init = start)
{
	plan.blocks = 1;
	plan.prefix = leat_ipv4(192, 0, 2, 8);
	plan.prefix_len = 29;
	plan.rate = 20000;
	run();
	cr_assert_eq(look(192u << 24 | 2u << 8 | 8, 0xfffffff8), 8);
	flood_close(&flood);
}

/* As fast as it goes: the ring fills, and what it does not take is counted and not lost. */
Test(load_flood, without_a_rate_fills_the_wire, .init = start)
{
	run();
	cr_assert_eq(flood.sent, rte_ring_get_capacity(out));
	cr_assert_gt(flood.refused, 0);
	look(198u << 24 | 19u << 16, 0xffff0000);
	cr_assert_eq(rte_mempool_in_use_count(flood.pool), 0);
	flood_close(&flood);
}

Test(load_flood, limits)
{
	plan.rate = 1000;
	flood = (struct flood){.plan = &plan, .sent = 9950, .seconds = 10};
	cr_assert_str_eq(flood_limit(&flood).what, "the rate asked for");
	flood.sent = 9000;
	cr_assert_str_eq(flood_limit(&flood).what, "own CPU");
	flood.refused = 1000;
	cr_assert_str_eq(flood_limit(&flood).what, "the wire");
	cr_assert_str_eq(flood_limit(&flood).why, "the port did not take 1000 SYNs of 10000");
	plan.rate = 0;
	flood.refused = 9;
	cr_assert_str_eq(flood_limit(&flood).what, "own CPU");
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	flood_json(&flood, f);
	fclose(f);
	cr_assert_not_null(strstr(text, "\"limited_by\": \"own CPU\""), "%s", text);
	free(text);
}

/* What comes back is counted and thrown away. */
Test(load_flood, answers, .init = start)
{
	plan.rate = 1000;
	struct rte_mempool *pool = rte_pktmbuf_pool_create("answers", 63, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	for (int i = 0; i < 40; i++)
		cr_assert_eq(rte_ring_enqueue(in, rte_pktmbuf_alloc(pool)), 0);
	run();
	cr_assert_eq(flood.answers, 40);
	cr_assert_eq(rte_mempool_in_use_count(pool), 0);
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	flood_print(&flood, f);
	fclose(f);
	cr_assert_not_null(strstr(text, " that the port did not take, 40 packets came back\n"), "%s", text);
	free(text);
	look(198u << 24 | 19u << 16, 0xffff0000);
	flood_close(&flood);
}
