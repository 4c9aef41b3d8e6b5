/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>
#include <rte_mbuf.h>
#include "support/eal.h"
#include "support/net.h"
#include "wire/cksum.h"

static void
start(void)
{
	support_eal_start(NULL);
}

static void
fill(uint8_t *p, size_t len)
{
	srandom(1);
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)random();
}

/* As it stands in a header. */
static uint16_t
ours(uint64_t sum)
{
	return rte_be_to_cpu_16((uint16_t)~cksum_fold(sum));
}

Test(cksum, example_of_rfc1071)
{
	const uint8_t words[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};

	cr_assert_eq(cksum_fold(cksum_bytes(words, sizeof(words))), RTE_BE16(0xddf2));
}

Test(cksum, every_length_agrees_with_the_plain_sum)
{
	uint8_t data[600];

	fill(data, sizeof(data));
	for (uint32_t len = 0; len <= sizeof(data); len++)
		cr_assert_eq(ours(cksum_bytes(data, len)), net_cksum(data, len, 0), "length %u", len);
}

/* From and to addresses of every alignment; not a byte more is written. */
Test(cksum, a_copy_is_summed_as_what_was_copied)
{
	uint8_t data[360], copy[360], untouched[sizeof(copy)];

	fill(data, sizeof(data));
	memset(untouched, 0xa5, sizeof(untouched));
	for (uint32_t len = 0; len <= 340; len++) {
		uint32_t from = len % 9, to = 1 + len % 7;
		memset(copy, 0xa5, sizeof(copy));
		cr_assert_eq(ours(cksum_copy(copy + to, data + from, len)), net_cksum(data + from, len, 0), "length %u", len);
		cr_assert_eq(memcmp(copy + to, data + from, len), 0);
		cr_assert_eq(memcmp(copy, untouched, to), 0);
		cr_assert_eq(memcmp(copy + to + len, untouched, sizeof(copy) - to - len), 0);
	}
}

Test(cksum, carries_are_kept)
{
	uint8_t data[2048];

	memset(data, 0xff, sizeof(data));
	cr_assert_eq(ours(cksum_bytes(data, sizeof(data))), net_cksum(data, sizeof(data), 0));
	cr_assert_eq(cksum_fold(UINT64_MAX), 0xffff);
	for (uint32_t len = 0; len < 300; len++)
		cr_assert_eq(ours(cksum_bytes(data, len)), net_cksum(data, len, 0), "length %u", len);
}

/* Every way to cut 40 bytes of 0xff.. and of random data into three segments: odd ones carry over. */
Test(cksum, is_right_if_it_folds_to_all_ones)
{
	const uint64_t edges[] = {0, 1, 0xfffe, 0xffff, 0x10000, 0x1fffe, 0xffff0000, UINT32_MAX, UINT64_C(0xfffe0001ffff),
		UINT64_MAX - 0xffff, UINT64_MAX - 1, UINT64_MAX};
	unsigned right = 0;

	srandom(1);
	for (unsigned i = 0; i < RTE_DIM(edges); i++)
		cr_assert_eq(cksum_is_right(edges[i]), cksum_fold(edges[i]) == 0xffff, "%" PRIx64, edges[i]);
	for (unsigned i = 0; i < 2000000; i++) {
		uint64_t sum = ((uint64_t)random() << 33 ^ (uint64_t)random() << 11 ^ (uint64_t)random()) >> random() % 48;
		sum -= i & 1 ? sum % 0xffff : 0;
		right += cksum_is_right(sum);
		cr_assert_eq(cksum_is_right(sum), cksum_fold(sum) == 0xffff, "%" PRIx64, sum);
	}
	cr_assert_gt(right, 900000);
}

Test(cksum, chains_however_they_are_cut, .init = start)
{
	struct rte_mempool *pool = rte_pktmbuf_pool_create("p", 63, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	uint8_t data[41];

	for (int high = 0; high < 2; high++) {
		fill(data, sizeof(data));
		if (high)
			memset(data, 0xff, sizeof(data));
		for (uint16_t a = 1; a < 39; a++)
			for (uint16_t b = 1; a + b < 41; b++) {
				const uint16_t lens[3] = {a, b, (uint16_t)(41 - a - b)};
				struct rte_mbuf *head = NULL;
				const uint8_t *p = data;
				for (int i = 0; i < 3; p += lens[i++]) {
					struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
					memcpy(rte_pktmbuf_append(m, lens[i]), p, lens[i]);
					if (head == NULL)
						head = m;
					else
						rte_pktmbuf_chain(head, m);
				}
				cr_assert_eq(ours(cksum_mbuf(head, 0, 41)), net_cksum(data, 41, 0), "%u+%u", a, b);
				cr_assert_eq(ours(cksum_mbuf(head, 3, 30)), net_cksum(data + 3, 30, 0), "%u+%u", a, b);
				rte_pktmbuf_free(head);
			}
	}
	cr_assert_eq(rte_mempool_avail_count(pool), 63);
}

Test(cksum, pseudo_header)
{
	uint8_t udp[] = {0x30, 0x39, 0x00, 0x35, 0x00, 0x0d, 0x00, 0x00, 'h', 'e', 'l', 'l', 'o'};
	const uint8_t pseudo[] = {198, 18, 0, 2, 198, 18, 0, 1, 0, 17, 0, 13};
	uint32_t src, dst;

	memcpy(&src, pseudo, 4);
	memcpy(&dst, pseudo + 4, 4);
	uint16_t plain = (uint16_t)~net_cksum(pseudo, sizeof(pseudo), 0);
	cr_assert_eq(ours(cksum_pseudo4(src, dst, 17, 13) + cksum_bytes(udp, sizeof(udp))),
		net_cksum(udp, sizeof(udp), plain));
}
