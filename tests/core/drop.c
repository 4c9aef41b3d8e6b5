/* SPDX-License-Identifier: BSD-3-Clause */
/* Throwing packets away: each is freed, whole, and counted under its reason. */
#include <string.h>
#include <criterion/criterion.h>
#include <rte_mempool.h>
#include "core/core.h"
#include "support/eal.h"

static struct core core;

static void
start(void)
{
	support_eal_start(NULL);
	core = (struct core){.numa_node = -1};
	cr_assert_eq(core_init(&core, "drop", 512, 512), 0);
}

static void
stop(void)
{
	core_fini(&core);
}

TestSuite(drop, .init = start, .fini = stop);

static uint64_t
counted(void)
{
	uint64_t sum = 0;

	for (int i = 0; i < CORE_COUNTERS; i++)
		sum += core.counters[i];
	return sum;
}

Test(drop, frees_a_chain_and_counts_one_packet)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(core.rx_pool);

	cr_assert_eq(rte_pktmbuf_chain(m, rte_pktmbuf_alloc(core.data_pool)), 0);
	cr_assert_eq(rte_pktmbuf_chain(m, rte_pktmbuf_alloc(core.data_pool)), 0);
	drop(&core, m, DROP_ip4_version);
	cr_assert_eq(core.counters[DROP_ip4_version], 1);
	cr_assert_eq(counted(), 1);
	cr_assert_eq(rte_mempool_avail_count(core.rx_pool), 512);
	cr_assert_eq(rte_mempool_avail_count(core.data_pool), 512);
}

Test(drop, leaves_what_somebody_else_holds)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(core.rx_pool);

	rte_pktmbuf_refcnt_update(m, 1);
	drop(&core, m, DROP_tx_full);
	cr_assert_eq(rte_mempool_avail_count(core.rx_pool), 511);
	rte_pktmbuf_free(m);
	cr_assert_eq(rte_mempool_avail_count(core.rx_pool), 512);
}

Test(drop, counts_without_a_packet)
{
	drop(&core, NULL, DROP_no_mbuf);
	cr_assert_eq(core.counters[DROP_no_mbuf], 1);
	cr_assert_eq(counted(), 1);
}

Test(drop, count_and_count_n_touch_one_counter)
{
	count(&core, CNT_core_turns);
	count_n(&core, CNT_link_bytes_in, 1500);
	cr_assert_eq(core.counters[CNT_core_turns], 1);
	cr_assert_eq(core.counters[CNT_link_bytes_in], 1500);
	cr_assert_eq(counted(), 1501);
}

/* What leat stats prints: names of one form, each once, and a text for each. */
Test(drop, every_counter_has_a_name_of_its_own_and_a_text)
{
	cr_assert_str_eq(counter_rows[DROP_tx_full].name, "drop_tx_full");
	cr_assert_str_eq(counter_rows[CNT_core_turns].name, "core_turns");
	for (int i = 0; i < CORE_COUNTERS; i++) {
		const char *name = counter_rows[i].name;
		cr_assert_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"), strlen(name), "%s", name);
		cr_assert_gt(strlen(counter_rows[i].text), 5, "%s", name);
		for (int j = 0; j < i; j++)
			cr_assert_str_neq(counter_rows[j].name, name);
	}
}
