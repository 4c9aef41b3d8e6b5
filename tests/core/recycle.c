/* SPDX-License-Identifier: BSD-3-Clause */
/* Received packets are written into again within a turn, and only those that are ours alone and large enough. */
#include <criterion/criterion.h>
#include <rte_mempool.h>
#include "core/recycle.h"
#include "support/eal.h"

enum { MBUFS = 1023 };

static struct core core;

static void
start(void)
{
	support_eal_start(NULL);
	core = (struct core){.numa_node = -1};
	cr_assert_eq(core_init(&core, "recycle", MBUFS, MBUFS), 0);
	core.polling = core.recycles = true;
}

/* Nothing may be lost: every mbuf is back in its pool in the end. */
static void
stop(void)
{
	recycle_end(&core);
	cr_assert_eq(core.nb_warm, 0);
	cr_assert_eq(rte_mempool_avail_count(core.rx_pool), MBUFS);
	cr_assert_eq(rte_mempool_avail_count(core.hdr_pool), MBUFS);
	cr_assert_eq(rte_mempool_avail_count(core.ind_pool), MBUFS);
	core_fini(&core);
}

TestSuite(recycle, .init = start, .fini = stop);

/* A packet that was received, its headers stripped. */
static struct rte_mbuf *
received(void)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(core.rx_pool);

	cr_assert_not_null(m);
	rte_pktmbuf_append(m, 100);
	rte_pktmbuf_adj(m, 54);
	m->ol_flags = RTE_MBUF_F_RX_IP_CKSUM_GOOD;
	m->packet_type = RTE_PTYPE_L4_TCP;
	m->port = 3;
	return m;
}

static void
expect_from_pool(void)
{
	struct rte_mbuf *m = recycle_get(&core);

	cr_assert_eq(m->pool, core.hdr_pool);
	rte_pktmbuf_free(m);
}

Test(recycle, a_packet_is_written_into_again_as_if_it_came_from_the_pool)
{
	struct rte_mbuf *in = received();

	recycle_put(&core, in);
	struct rte_mbuf *m = recycle_get(&core);
	cr_assert_eq(m, in);
	cr_assert(m->data_off == RTE_PKTMBUF_HEADROOM && m->data_len == 0 && m->pkt_len == 0);
	cr_assert(m->ol_flags == 0 && m->packet_type == 0 && m->port == RTE_MBUF_PORT_INVALID);
	cr_assert(m->nb_segs == 1 && m->next == NULL && rte_mbuf_refcnt_read(m) == 1);
	cr_assert_geq(rte_pktmbuf_tailroom(m), CORE_HDR_ROOM);
	rte_pktmbuf_free(m);
	expect_from_pool();
}

Test(recycle, what_somebody_else_holds_is_not_written_into)
{
	struct rte_mbuf *m = received();

	rte_mbuf_refcnt_update(m, 1);
	recycle_put(&core, m);
	cr_assert_eq(rte_mbuf_refcnt_read(m), 1);
	expect_from_pool();
	mbuf_free(m);
}

Test(recycle, a_chain_and_an_indirect_one_go_back_to_their_pools)
{
	struct rte_mbuf *m = received(), *of = received(), *indirect = rte_pktmbuf_alloc(core.ind_pool);

	cr_assert_eq(rte_pktmbuf_chain(m, received()), 0);
	recycle_put(&core, m);
	rte_pktmbuf_attach(indirect, of);
	rte_pktmbuf_free(of);
	recycle_put(&core, indirect);
	expect_from_pool();
}

Test(recycle, a_buffer_without_room_for_headers_is_none)
{
	recycle_put(&core, rte_pktmbuf_alloc(core.ind_pool));
	expect_from_pool();
}

Test(recycle, between_turns_and_where_it_may_not_be_everything_is_freed)
{
	core.polling = false;
	recycle_put(&core, received());
	expect_from_pool();
	core.polling = true;
	core.recycles = false;
	recycle_put(&core, received());
	expect_from_pool();
	recycle_put(&core, NULL);
}

Test(recycle, only_so_many_are_kept)
{
	for (unsigned i = 0; i < CORE_WARM + 10; i++)
		recycle_put(&core, received());
	cr_assert_eq(core.nb_warm, CORE_WARM);
	cr_assert_eq(rte_mempool_avail_count(core.rx_pool), MBUFS - CORE_WARM);
}

Test(recycle, without_any_and_with_an_empty_pool_there_is_none)
{
	struct rte_mbuf *all[MBUFS];

	cr_assert_eq(rte_pktmbuf_alloc_bulk(core.hdr_pool, all, MBUFS), 0);
	cr_assert_null(recycle_get(&core));
	rte_pktmbuf_free_bulk(all, MBUFS);
}

/* The free ones in the pool go by what is given out, a pool's caches included. */
static unsigned
taken(const struct rte_mempool *pool)
{
	return MBUFS - rte_mempool_avail_count(pool);
}

Test(recycle, where_none_is_warm_the_pool_gives_several_at_once)
{
	struct rte_mbuf *m = recycle_get(&core);

	cr_assert_eq(taken(core.hdr_pool), RECYCLE_REFILL);
	for (unsigned i = 1; i < RECYCLE_REFILL; i++)
		rte_pktmbuf_free(recycle_get(&core));
	cr_assert_eq(taken(core.hdr_pool), 1, "each was given once");
	rte_pktmbuf_free(m);
	expect_from_pool();
	cr_assert_eq(taken(core.hdr_pool), RECYCLE_REFILL - 1, "and then there are more");
}

Test(recycle, what_the_pool_gave_is_empty_and_has_room_for_headers)
{
	for (unsigned i = 0; i < 2 * RECYCLE_REFILL; i++) {
		struct rte_mbuf *m = recycle_get(&core);
		cr_assert(m->data_off == RTE_PKTMBUF_HEADROOM && m->data_len == 0 && m->pkt_len == 0 && m->ol_flags == 0);
		cr_assert(m->nb_segs == 1 && m->next == NULL && rte_mbuf_refcnt_read(m) == 1);
		cr_assert_geq(rte_pktmbuf_tailroom(m), CORE_HDR_ROOM);
		rte_pktmbuf_append(m, CORE_HDR_ROOM);
		m->ol_flags = RTE_MBUF_F_TX_IP_CKSUM;
		rte_pktmbuf_free(m);
	}
}

Test(recycle, a_pool_that_has_not_so_many_gives_its_last_one_by_one)
{
	struct rte_mbuf *all[MBUFS];
	unsigned left = RECYCLE_REFILL - 1;

	cr_assert_eq(rte_pktmbuf_alloc_bulk(core.hdr_pool, all, MBUFS), 0);
	rte_pktmbuf_free_bulk(all, left);
	for (unsigned i = 0; i < left; i++) {
		all[i] = recycle_get(&core);
		cr_assert_not_null(all[i]);
	}
	cr_assert_null(recycle_get(&core));
	rte_pktmbuf_free_bulk(all, MBUFS);
}

Test(recycle, at_the_end_of_a_turn_each_goes_back_to_its_own_pool)
{
	for (unsigned i = 0; i < 5; i++) {
		recycle_put(&core, received());
		recycle_put(&core, received());
		recycle_put(&core, mbuf_alloc_header(&core));
	}
	cr_assert(taken(core.rx_pool) == 10 && taken(core.hdr_pool) == 5);
	recycle_end(&core);
	cr_assert(taken(core.rx_pool) == 0 && taken(core.hdr_pool) == 0 && core.nb_warm == 0);
}
