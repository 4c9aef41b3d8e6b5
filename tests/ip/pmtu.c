/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of path MTUs: bounded, ageing, only falling. What TCP makes of it: spec/pmtu.c. */
#include <criterion/criterion.h>
#include "ip/pmtu.h"
#include "support/eal.h"
#include "support/net.h"

static struct net n;

static void
start(void)
{
	support_eal_start("--log-level=leat.link:error", NULL);
	net_config(&n);
	net_start(&n);
}

static void
stop(void)
{
	net_stop(&n);
}

TestSuite(pmtu, .init = start, .fini = stop);

/* One of many hosts behind the gateway. */
static struct leat_addr
far_host(uint32_t i)
{
	return (struct leat_addr){.v4 = RTE_BE32(0xc0000000) + rte_cpu_to_be_32(i), .family = LEAT_IPV4};
}

static uint16_t
mtu_of(uint32_t i)
{
	struct leat_addr a = far_host(i);

	return pmtu_get(&n.core, &a).mtu;
}

static bool
lower(uint32_t i, uint16_t mtu)
{
	struct leat_addr a = far_host(i);

	return pmtu_lower(&n.core, &a, mtu);
}

/* RFC 1191 3: only what is less than known is news, and the first hop's MTU is known */
Test(pmtu, only_falls)
{
	uint8_t version = n.core.ip->pmtu_version;

	cr_assert_eq(mtu_of(7), 1500);
	cr_assert(!lower(7, 1500) && !lower(7, 9000));
	cr_assert_eq(n.core.ip->pmtu_version, version);
	cr_assert(lower(7, 1400));
	cr_assert_eq(mtu_of(7), 1400);
	cr_assert_eq(mtu_of(8), 1500);
	cr_assert_neq(n.core.ip->pmtu_version, version);
	cr_assert(!lower(7, 1400) && !lower(7, 1401));
	cr_assert(lower(7, 1399));
	cr_assert_eq(mtu_of(7), 1399);
}

/* RFC 1191 3, RFC 8201 4 */
Test(pmtu, has_a_floor)
{
	struct leat_addr a = far_host(7), v6 = {.bytes = {0x20, 1, 0xd, 0xb8}, .family = LEAT_IPV6};

	cr_assert(pmtu_get(&n.core, &a).df);
	cr_assert(pmtu_lower(&n.core, &a, 552));
	cr_assert(pmtu_get(&n.core, &a).df);
	cr_assert(pmtu_lower(&n.core, &a, 0));
	cr_assert_eq(pmtu_get(&n.core, &a).mtu, 552);
	cr_assert(!pmtu_get(&n.core, &a).df);
	cr_assert(!pmtu_lower(&n.core, &a, 551));
	cr_assert(!pmtu_lower(&n.core, &v6, 1279));
}

/* No route: nothing to know */
Test(pmtu, unroutable_destination_has_none)
{
	struct leat_addr a = {.v4 = UINT32_MAX, .family = LEAT_IPV4};

	cr_assert_eq(pmtu_get(&n.core, &a).mtu, 0);
	cr_assert(!pmtu_lower(&n.core, &a, 1000));
}

/* RFC 1191 6.3: each at its own time */
Test(pmtu, is_forgotten_after_ten_minutes)
{
	lower(1, 1400);
	net_after(&n, 300 * NET_SEC);
	lower(2, 1300);
	net_after(&n, 299 * NET_SEC);
	cr_assert_eq(mtu_of(1), 1400);
	uint8_t version = n.core.ip->pmtu_version;
	net_after(&n, 2 * NET_SEC);
	cr_assert_eq(mtu_of(1), 1500);
	cr_assert_eq(mtu_of(2), 1300);
	cr_assert_neq(n.core.ip->pmtu_version, version);
	net_after(&n, 300 * NET_SEC);
	cr_assert_eq(mtu_of(2), 1500);
	cr_assert_eq(net_count(&n, CNT_ip_pmtu_aged), 2);
}

/* Of too many the oldest go, and the newest is always there */
Test(pmtu, is_bounded)
{
	enum { MANY = 4 * PMTU_MAX };
	unsigned known = 0;

	for (uint32_t i = 1; i <= MANY; i++) {
		n.core.now++;
		cr_assert(lower(i, 1000));
		cr_assert_eq(mtu_of(i), 1000);
	}
	for (uint32_t i = 1; i <= MANY; i++)
		known += mtu_of(i) == 1000;
	cr_assert_leq(known, PMTU_MAX);
	cr_assert_geq(known, PMTU_MAX * 9 / 10);
	cr_assert_eq(net_count(&n, CNT_ip_pmtu_evicted), MANY - known);
	for (uint32_t i = 1; i <= PMTU_MAX; i++)
		known -= mtu_of(i) == 1000;
	cr_assert_geq(known, PMTU_MAX * 9 / 10, "it was not the oldest that went");
}

/* RFC 1191 7.1, table 7-1 */
Test(pmtu, plateaus)
{
	static const uint16_t table[] = {65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68};

	for (unsigned i = 0; i + 1 < RTE_DIM(table); i++) {
		cr_assert_eq(pmtu_plateau(table[i]), table[i + 1]);
		cr_assert_eq(pmtu_plateau((uint16_t)(table[i + 1] + 1)), table[i + 1]);
	}
	cr_assert_eq(pmtu_plateau(68), 68);
	cr_assert_eq(pmtu_plateau(0), 68);
}
