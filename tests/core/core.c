/* SPDX-License-Identifier: BSD-3-Clause */
/* The clock and its ticks, and the packet memory of a core. */
#include <criterion/criterion.h>
#include <rte_mempool.h>
#include "core/core.h"
#include "support/eal.h"

static uint64_t
read_variable(void *arg)
{
	return *(uint64_t *)arg;
}

Test(core, ticks_are_rounded_up)
{
	cr_assert_eq(core_ticks(0), 0);
	cr_assert_eq(core_ticks(1), 1);
	cr_assert_eq(core_ticks(CORE_NS_PER_TICK), 1);
	cr_assert_eq(core_ticks(CORE_NS_PER_TICK + 1), 2);
	cr_assert_eq(core_ticks(1000000000), CORE_TICKS_PER_SEC);
}

Test(core, ticks_have_a_ceiling)
{
	cr_assert_eq(core_ticks(86400ull * 1000000000), 86400u * CORE_TICKS_PER_SEC);
	cr_assert_eq(core_ticks(UINT64_MAX), CORE_TICKS_MAX);
	cr_assert_eq(core_ticks(UINT64_MAX - CORE_NS_PER_TICK), CORE_TICKS_MAX);
	cr_assert_eq(core_ticks((uint64_t)CORE_TICKS_MAX * CORE_NS_PER_TICK + 1), CORE_TICKS_MAX);
}

Test(core, a_deadline_is_never_early_and_less_than_a_tick_late)
{
	static const uint64_t starts[] = {0, 1, 50000, 99999, 100000, 123456789, 0xffffffffull * 100000 + 99999};
	static const uint64_t waits[] = {0, 1, 49999, 50000, 99999, 100000, 100001, 200000000};
	struct core core = {.clock = read_variable};

	for (size_t i = 0; i < RTE_DIM(starts); i++) {
		uint64_t now = starts[i];
		core.clock_arg = &now;
		core.now = 0;
		core_clock_read(&core);
		for (size_t j = 0; j < RTE_DIM(waits); j++) {
			uint64_t ahead = core_deadline(&core, waits[j]) - core.tick;
			uint64_t begins = (now / CORE_NS_PER_TICK + ahead) * CORE_NS_PER_TICK;
			cr_assert_geq(begins, now + waits[j]);
			cr_assert_lt(begins, now + waits[j] + CORE_NS_PER_TICK);
		}
	}
}

Test(core, the_clock_is_read_once_and_never_goes_back)
{
	uint64_t time = 1234567890;
	struct core core = {.clock = read_variable, .clock_arg = &time};

	core_clock_read(&core);
	cr_assert_eq(core.now, 1234567890);
	cr_assert_eq(core.tick, 12345);
	time = 1000;
	core_clock_read(&core);
	cr_assert_eq(core.now, 1234567890);
	cr_assert_eq(core.tick, 12345);
	time = 0x100000000ull * CORE_NS_PER_TICK + 5;
	core_clock_read(&core);
	cr_assert_eq(core.tick, 0, "ticks wrap");
}

static void
start(void)
{
	support_eal_start(NULL);
}

Test(core, pools_are_made_and_given_back, .init = start)
{
	struct core core = {.numa_node = -1};

	for (int round = 0; round < 2; round++) {
		cr_assert_eq(core_init(&core, "t", 512, 1024), 0);
		cr_assert_gt(core.now, 0, "without a clock of the caller's: the monotonic one");
		cr_assert_eq(core.wheel.tick, core.tick);
		cr_assert_eq(rte_mempool_avail_count(core.rx_pool), 512);
		cr_assert_eq(rte_mempool_avail_count(core.data_pool), 1024);
		cr_assert_eq(rte_mempool_avail_count(core.hdr_pool), 1024);
		cr_assert_eq(rte_mempool_avail_count(core.ind_pool), 1024);
		cr_assert_geq(rte_pktmbuf_data_room_size(core.hdr_pool), RTE_PKTMBUF_HEADROOM + CORE_HDR_ROOM);
		core_fini(&core);
		cr_assert_null(core.rx_pool);
	}
}

Test(core, a_pool_that_cannot_be_had_leaves_nothing, .init = start)
{
	struct core first = {.numa_node = -1}, second = {.numa_node = -1}, third = {.numa_node = -1};

	cr_assert_eq(core_init(&first, "t", 512, 512), 0);
	cr_assert_eq(core_init(&second, "t", 512, 512), -EEXIST, "the name is taken");
	cr_assert_eq(core_init(&third, "u", 512, 1 << 22), -ENOMEM, "more than the 192 MiB of the test");
	core_fini(&first);
	cr_assert_eq(core_init(&third, "u", 512, 512), 0, "nothing of the failure is left");
	core_fini(&third);
}
