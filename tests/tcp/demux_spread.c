/* SPDX-License-Identifier: BSD-3-Clause */
/* Where tuples come to lie, whoever chose them: the cost of a look-up in buckets. */
#include "demux_objects.h"

TestSuite(demux_spread, .init = setup, .fini = teardown);

enum { MANY = 20000, SECRETS = 64 };

/* Buckets that are looked at until this tuple is found. */
static unsigned
buckets_visited(const struct tuple *t)
{
	uint64_t hash = demux_hash(&demux, t);
	uint32_t handle = demux_lookup(&demux, t, hash);

	cr_assert_neq(handle, 0);
	for (unsigned probe = 0; probe < DEMUX_PROBES; probe++)
		for (int way = 0; way < DEMUX_WAYS; way++)
			if (demux.now.buckets[(hash + probe) & demux.now.mask].handles[way] == handle)
				return probe + 1;
	cr_assert_fail("it is not where look-ups look");
	return 0;
}

/*
 * Seeded CRC32C is affine: tuples that collide under one seed collide under all. The middle word of these is
 * chosen such that the state after eight bytes is the same in all; here they must spread.
 */
static void
colliding_under_crc32c(uint32_t i, struct tuple *t)
{
	uint32_t low = i + 1, fix = __builtin_ia32_crc32si(0xffffffff, low);

	memset(t, 0, sizeof(*t));
	t->len = TUPLE4_LEN;
	memcpy(t->key, &low, 4);
	memcpy(t->key + 4, &fix, 4);
	cr_assert_eq(__builtin_ia32_crc32si(fix, fix), 0);
}

Test(demux_spread, tuples_that_collide_under_crc32c)
{
	enum { N = 1000 };
	static bool hit[1024];
	struct tuple t;
	unsigned homes = 0, visited = 0, most = 0;

	for (uint32_t i = 0; i < N; i++) {
		colliding_under_crc32c(i, &t);
		enter_tuple(&t);
		uint64_t home = demux_hash(&demux, &t) % 1024;
		homes += !hit[home];
		hit[home] = true;
	}
	for (uint32_t i = 0; i < N; i++) {
		colliding_under_crc32c(i, &t);
		unsigned n = buckets_visited(&t);
		visited += n;
		most = n > most ? n : most;
	}
	/* 1000 balls in 1024 places hit 638 of them on average; 4096 places hardly ever overflow with 1000 entries */
	cr_assert_gt(homes, 590);
	cr_assert_leq(most, 2);
	cr_assert_leq(visited, N + N / 100);
}

/* Ways in which tuples follow each other on a real port. */
static void
family_member(int family, uint32_t i, struct tuple *t)
{
	bool v6 = family >= 6;
	struct leat_addr local = {.family = v6 ? LEAT_IPV6 : LEAT_IPV4}, remote = local;
	uint16_t lport = 80, rport = 1024;
	int host = v6 ? 12 : 0; /* where the last four bytes of an address begin */

	local.bytes[0] = remote.bytes[0] = 198;
	local.bytes[host + 3] = 1;
	switch (family % 6) {
	case 0: /* ports of a client in a row */
		rport = (uint16_t)(rport + i);
		break;
	case 1: /* our own in a row */
		lport = (uint16_t)(lport + i);
		break;
	case 2: /* clients in a row, each with one connection */
		remote.bytes[host + 2] = (uint8_t)(i >> 8);
		remote.bytes[host + 3] = (uint8_t)i;
		break;
	case 3: /* every 256th port of several clients */
		rport = (uint16_t)(rport + (i & 255) * 256 + (i >> 8 & 3));
		remote.bytes[host + 1] = (uint8_t)(i >> 10);
		break;
	case 4: /* many ports of ours, few of a client */
		lport = (uint16_t)(lport + i % 80);
		rport = (uint16_t)(rport + i / 80);
		break;
	default: /* address and port rise together */
		remote.bytes[host + 2] = (uint8_t)(i >> 8);
		remote.bytes[host + 3] = (uint8_t)i;
		rport = (uint16_t)(rport + i);
	}
	memset(t, 0, sizeof(*t));
	tuple_make(t, &local, lport, &remote, rport);
}

/*
 * Under every secret each family must lie as if thrown at random: 61 % full, 550 of 20,000 entries pass a
 * bucket on average, 700 at the worst. A multiplication by the secret alone puts the ports of a client in
 * a row, and under one secret in a hundred on top of each other, until no place is found.
 */
Test(demux_spread, tuples_in_a_row_under_any_secret)
{
	for (int family = 0; family < 12; family++) {
		for (unsigned secret = 0; secret < SECRETS; secret++) {
			uint64_t passed = 0;
			struct tuple t;
			demux_fini(&demux);
			slab_fini(&objects);
			cr_assert_eq(slab_init(&objects, 64, MANY, NULL, -1), 0);
			start(secret * 17);
			for (uint32_t i = 0; i < MANY; i++) {
				family_member(family, i, &t);
				enter_tuple(&t);
			}
			cr_assert_eq((demux.now.mask + 1) * DEMUX_WAYS, 32768);
			for (uint64_t i = 0; i <= demux.now.mask; i++)
				passed += demux.now.buckets[i].passed;
			cr_assert_leq(passed, 900, "family %d, secret %u: %lu passed", family, secret, passed);
		}
	}
}
