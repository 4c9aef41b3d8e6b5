/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Look-ups from threads that do not own the table. Nothing they read may be trusted for longer than it
 * takes to compare it; what is found was there at some moment since the call.
 */
#include <emmintrin.h>
#include <rte_atomic.h>
#include "tcp/demux.h"

/* The key of an object may be rewritten meanwhile: then this compares some of each, and the version tells. */
static bool
key_equal(const uint8_t *key, const struct tuple *t)
{
	uint32_t differ = 0;

	for (uint8_t i = 0; i < t->len; i += 4) {
		uint32_t mine;
		memcpy(&mine, t->key + i, 4);
		differ |= mine ^ __atomic_load_n((const uint32_t *)(const void *)(key + i), __ATOMIC_RELAXED);
	}
	return differ == 0;
}

static bool
is_of(const struct demux *d, uint32_t handle, const struct tuple *t)
{
	bool v6 = (handle & DEMUX_V6) != 0;

	return handle != 0 && v6 == (t->len == TUPLE6_LEN) && key_equal(demux_key(d, handle), t);
}

static uint32_t
look_in(const struct demux *d, const struct demux_table *table, const struct tuple *t, uint64_t hash)
{
	__m128i wanted = _mm_set1_epi16((short)demux_tag(hash));

	for (uint64_t i = hash, probe = 0; probe < DEMUX_PROBES; i++, probe++) {
		const struct demux_bucket *b = &table->buckets[i & table->mask];
		const uint64_t *tags = (const uint64_t *)(const void *)b->tags;
		__m128i there = _mm_set_epi64x((long long)__atomic_load_n(&tags[1], __ATOMIC_RELAXED),
			(long long)__atomic_load_n(&tags[0], __ATOMIC_RELAXED));
		__m128i same = _mm_cmpeq_epi16(there, wanted);
		unsigned ways = (unsigned)_mm_movemask_epi8(_mm_packs_epi16(same, _mm_setzero_si128()));
		for (; ways != 0; ways &= ways - 1) {
			uint32_t handle = __atomic_load_n(&b->handles[__builtin_ctz(ways)], __ATOMIC_ACQUIRE);
			if (is_of(d, handle, t))
				return handle;
		}
		if (__atomic_load_n(&b->passed, __ATOMIC_RELAXED) == 0)
			break;
	}
	return 0;
}

/*
 * A hit needs no proof. A miss does: an entry may have moved from the table we had still to look at into
 * the one we had done with, or its object may have been replaced, and become another's, while we compared.
 * Both give a new version, after the new place can be seen and before the old one is gone. While the table
 * grows, an outgrown one is looked at too; when it does not, that is one empty bucket on a miss.
 */
uint32_t
demux_lookup_shared(const struct demux *d, const struct tuple *t, uint64_t hash)
{
	uint32_t version, handle;

	do {
		version = __atomic_load_n(&d->version, __ATOMIC_ACQUIRE);
		uint32_t last = __atomic_load_n(&d->generation, __ATOMIC_ACQUIRE);
		handle = look_in(d, &d->tables[last], t, hash);
		if (handle == 0 && last > 0)
			handle = look_in(d, &d->tables[last - 1], t, hash);
		rte_smp_rmb();
	} while (handle == 0 && version != __atomic_load_n(&d->version, __ATOMIC_RELAXED));
	return handle;
}
