/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mempool.h>
#include "lab.h"
#include "support/eal.h"
#include "support/net.h"

enum { MBUFS = 8191, NUMBER_AT = RTE_ETHER_HDR_LEN + sizeof(struct rte_ipv4_hdr) };

struct lab lab;

void
lab_start(void)
{
	support_eal_start(NULL);
	lab.sender = rte_pktmbuf_pool_create("sender", MBUFS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	lab.pool = rte_pktmbuf_pool_create("wire", MBUFS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	cr_assert(lab.sender != NULL && lab.pool != NULL);
	lab.params = (struct wire_params){.seed = 1, .capacity = 4096, .pool = lab.pool};
}

void
lab_stop(void)
{
	wire_destroy(lab.w);
	cr_assert_eq(rte_mempool_in_use_count(lab.sender), 0, "%u mbufs of the sender are lost",
		rte_mempool_in_use_count(lab.sender));
	cr_assert_eq(rte_mempool_in_use_count(lab.pool), 0, "%u mbufs of the wire are lost",
		rte_mempool_in_use_count(lab.pool));
}

void
lab_wire(void)
{
	wire_destroy(lab.w);
	memset(lab.sent, 0, sizeof(lab.sent));
	lab.now[0] = lab.now[1] = SEC;
	cr_assert_eq(wire_create(&lab.params, &lab.w), 0);
}

void
lab_set(enum wire_dir dir, struct wire_impair impair)
{
	cr_assert_eq(wire_set(lab.w, dir, &impair), 0);
}

struct rte_mbuf *
lab_frame(uint64_t number, uint16_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(lab.sender);

	cr_assert(m != NULL && len >= NUMBER_AT + sizeof(number));
	uint8_t *frame = (uint8_t *)rte_pktmbuf_append(m, len);
	memset(frame, 0xa5, len);
	frame[12] = 0x08;
	frame[13] = 0x00;
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(frame + RTE_ETHER_HDR_LEN);
	*ip = (struct rte_ipv4_hdr){.version_ihl = 0x45, .type_of_service = RTE_IPV4_HDR_ECN_MASK & 2,
		.total_length = rte_cpu_to_be_16((uint16_t)(len - RTE_ETHER_HDR_LEN)), .time_to_live = 64};
	ip->hdr_checksum = rte_cpu_to_be_16(net_cksum(ip, sizeof(*ip), 0));
	memcpy(frame + NUMBER_AT, &number, sizeof(number));
	return m;
}

uint64_t
lab_number(const struct rte_mbuf *m)
{
	uint64_t buf, number;

	memcpy(&number, rte_pktmbuf_read(m, NUMBER_AT, sizeof(number), &buf), sizeof(number));
	return number;
}

void
lab_push(enum wire_dir dir, unsigned n, uint64_t now)
{
	while (n-- > 0) {
		struct rte_mbuf *m = lab_frame(++lab.sent[dir], LAB_LEN);
		wire_push(lab.w, dir, &m, 1, now);
	}
}

uint64_t
lab_pull(enum wire_dir dir, uint64_t now)
{
	struct rte_mbuf *m;

	if (wire_pull(lab.w, dir, &m, 1, now) == 0)
		return 0;
	uint64_t number = lab_number(m);
	rte_pktmbuf_free(m);
	return number;
}

static void
pull_due(enum wire_dir dir, uint64_t until, void (*fn)(uint64_t number, uint64_t time))
{
	uint64_t number, due;

	while ((due = wire_next_in(lab.w, dir)) <= until) {
		if (due == WIRE_NEVER)
			return;
		number = lab_pull(dir, due);
		if (fn != NULL)
			fn(number, due);
	}
}

void
lab_stream(enum wire_dir dir, unsigned n, uint64_t step, void (*fn)(uint64_t number, uint64_t time))
{
	for (; n > 0; n--, lab.now[dir] += step) {
		pull_due(dir, lab.now[dir], fn);
		lab_push(dir, 1, lab.now[dir]);
	}
	pull_due(dir, WIRE_NEVER, fn);
}

void
lab_assert_accounts(enum wire_dir dir)
{
	const struct wire_counters *c = wire_counters(lab.w, dir);

	cr_assert_eq(c->packets + c->duplicated, c->delivered + wire_under_way(lab.w, dir) + c->lost_down +
		c->lost_mtu + c->lost_queue + c->lost_picked + c->lost_burst + c->lost_random + c->lost_no_mbuf +
		c->lost_flushed);
}
