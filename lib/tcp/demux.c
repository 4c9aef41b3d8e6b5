/* SPDX-License-Identifier: BSD-3-Clause */
#include <emmintrin.h>
#include <errno.h>
#include <string.h>
#include <rte_branch_prediction.h>
#include "base/pages.h"
#include "tcp/demux.h"

enum {
	FIRST_BUCKETS = 512,
	MOVE_STEP = 2,       /* old buckets emptied at each insertion: the old table is empty long before the new is full */
	LOAD_NUM = 5,        /* grow beyond 5/8 of the places */
	LOAD_DEN = 8,
};

static uint16_t
tag_of(uint64_t hash)
{
	return (uint16_t)(hash >> 48);
}

static const uint8_t *
key_at(const struct demux *d, uint32_t handle)
{
	const struct demux_place *p = &d->places[demux_kind(handle)];
	size_t at = (size_t)demux_index(handle) << p->shift;

	return p->base + at + (handle & DEMUX_V6 ? p->key6 : p->key4);
}

static uint8_t
key_len(uint32_t handle)
{
	return handle & DEMUX_V6 ? TUPLE6_LEN : TUPLE4_LEN;
}

static bool
key_equal(const uint8_t *a, const uint8_t *b, uint8_t len)
{
	uint64_t a8, b8;
	uint32_t a4, b4;

	if (len != TUPLE4_LEN)
		return memcmp(a, b, len) == 0;
	memcpy(&a8, a, 8);
	memcpy(&b8, b, 8);
	memcpy(&a4, a + 8, 4);
	memcpy(&b4, b + 8, 4);
	return ((a8 ^ b8) | (a4 ^ b4)) == 0;
}

/* A bit for each way whose tag is this one. */
static unsigned
ways_with_tag(const struct demux_bucket *b, uint16_t tag)
{
	__m128i tags = _mm_load_si128((const __m128i *)b->tags);
	__m128i same = _mm_cmpeq_epi16(tags, _mm_set1_epi16((short)tag));

	return (unsigned)_mm_movemask_epi8(_mm_packs_epi16(same, _mm_setzero_si128()));
}

static uint32_t
lookup_in(const struct demux *d, const struct demux_table *t, const struct tuple *tuple, uint64_t hash)
{
	for (uint64_t i = hash, probe = 0; probe < DEMUX_PROBES; i++, probe++) {
		const struct demux_bucket *b = &t->buckets[i & t->mask];
		unsigned ways = ways_with_tag(b, tag_of(hash));

		for (; ways != 0; ways &= ways - 1) {
			uint32_t handle = b->handles[__builtin_ctz(ways)];
			if (handle != 0 && key_len(handle) == tuple->len &&
				key_equal(key_at(d, handle), tuple->key, tuple->len))
				return handle;
		}
		if (likely(b->passed == 0))
			break;
	}
	return 0;
}

uint32_t
demux_lookup(const struct demux *d, const struct tuple *t, uint64_t hash)
{
	uint32_t handle = lookup_in(d, &d->now, t, hash);

	if (handle == 0 && unlikely(d->old.buckets != NULL))
		handle = lookup_in(d, &d->old, t, hash);
	return handle;
}

void
demux_lookup_burst(const struct demux *d, struct tcp_seg *segs, unsigned n)
{
	/* stage two: the first entry whose tag fits is nearly always the one; fetch its object */
	for (unsigned i = 0; i < n; i++) {
		const struct demux_bucket *b = &d->now.buckets[segs[i].hash & d->now.mask];
		unsigned ways = ways_with_tag(b, tag_of(segs[i].hash));
		uint32_t handle = ways != 0 ? b->handles[__builtin_ctz(ways)] : 0;
		if (handle != 0) { /* else there is nothing, or nothing any more */
			const uint8_t *key = key_at(d, handle);
			__builtin_prefetch(key);
			__builtin_prefetch(key + 64);
		}
	}
	for (unsigned i = 0; i < n; i++)
		segs[i].handle = demux_lookup(d, &segs[i].tuple, segs[i].hash);
}

static int
insert_in(struct demux_table *t, uint64_t hash, uint32_t handle)
{
	for (uint64_t i = hash, probe = 0; probe < DEMUX_PROBES; i++, probe++) {
		struct demux_bucket *b = &t->buckets[i & t->mask];
		for (unsigned way = 0; way < DEMUX_WAYS; way++) {
			if (b->handles[way] != 0)
				continue;
			b->tags[way] = tag_of(hash);
			b->handles[way] = handle;
			for (uint64_t j = hash; j != i; j++)
				t->buckets[j & t->mask].passed++;
			return 0;
		}
	}
	return -ENOSPC;
}

/* The place of a handle, or NULL; *at tells how many buckets from home. */
static uint32_t *
find(const struct demux_table *t, uint64_t hash, uint32_t handle, uint64_t *at)
{
	for (*at = 0; *at < DEMUX_PROBES; (*at)++) {
		struct demux_bucket *b = &t->buckets[(hash + *at) & t->mask];
		for (unsigned way = 0; way < DEMUX_WAYS; way++)
			if (b->handles[way] == handle)
				return &b->handles[way];
	}
	return NULL;
}

static bool
remove_in(struct demux_table *t, uint64_t hash, uint32_t handle)
{
	uint64_t at;
	uint32_t *place = find(t, hash, handle, &at);

	if (place == NULL)
		return false;
	*place = 0;
	for (uint64_t j = 0; j < at; j++)
		t->buckets[(hash + j) & t->mask].passed--;
	return true;
}

static int
table_make(struct demux_table *t, uint64_t buckets, int numa_node)
{
	t->buckets = pages_map(buckets * sizeof(struct demux_bucket), numa_node);
	t->mask = buckets - 1;
	return t->buckets != NULL ? 0 : -ENOMEM;
}

static void
table_free(struct demux_table *t)
{
	pages_unmap(t->buckets, (t->mask + 1) * sizeof(struct demux_bucket));
	t->buckets = NULL;
}

/* Empties one bucket of the old table into the new one. 0, or -ENOSPC when an entry found no place. */
static int
move_bucket(struct demux *d, uint64_t i)
{
	struct demux_bucket *b = &d->old.buckets[i];

	for (unsigned way = 0; way < DEMUX_WAYS; way++) {
		uint32_t handle = b->handles[way];
		if (handle == 0)
			continue;
		uint64_t hash = demux_hash_key(d, key_at(d, handle), key_len(handle));
		if (insert_in(&d->now, hash, handle) < 0)
			return -ENOSPC;
		remove_in(&d->old, hash, handle);
	}
	return 0;
}

static int
move_some(struct demux *d, uint64_t buckets)
{
	for (; buckets > 0 && d->moved <= d->old.mask; buckets--, d->moved++)
		if (move_bucket(d, d->moved) < 0)
			return -ENOSPC;
	if (d->moved > d->old.mask)
		table_free(&d->old);
	return 0;
}

/* Begins to double. What an unfinished growth left is moved first. */
static int
grow(struct demux *d)
{
	if (d->old.buckets != NULL && move_some(d, UINT64_MAX) < 0)
		return -ENOMEM;
	struct demux_table bigger;
	if (table_make(&bigger, 2 * (d->now.mask + 1), d->numa_node) < 0)
		return -ENOMEM;
	d->old = d->now;
	d->now = bigger;
	d->moved = 0;
	return 0;
}

int
demux_insert(struct demux *d, uint64_t hash, uint32_t handle)
{
	uint64_t places = (d->now.mask + 1) * DEMUX_WAYS;

	d->changes++;
	if (d->old.buckets != NULL)
		move_some(d, MOVE_STEP);
	else if (d->entries >= places / LOAD_DEN * LOAD_NUM)
		grow(d); /* when there is no memory for it the table goes on filling */
	while (insert_in(&d->now, hash, handle) < 0)
		if (grow(d) < 0)
			return -ENOMEM;
	d->entries++;
	return 0;
}

void
demux_remove(struct demux *d, uint64_t hash, uint32_t handle)
{
	d->changes++;
	if (remove_in(&d->now, hash, handle) || (d->old.buckets != NULL && remove_in(&d->old, hash, handle)))
		d->entries--;
}

void
demux_replace(struct demux *d, uint64_t hash, uint32_t handle, uint32_t by)
{
	uint64_t at;
	uint32_t *place = find(&d->now, hash, handle, &at);

	if (place == NULL && d->old.buckets != NULL)
		place = find(&d->old, hash, handle, &at);
	if (place != NULL)
		*place = by;
	d->changes++;
}

int
demux_init(struct demux *d, const uint8_t keys[32], int numa_node)
{
	memset(d, 0, sizeof(*d));
	memcpy(d->keys, keys, sizeof(d->keys));
	/* A multiplier must be odd, or bits are lost. */
	d->keys[1] |= 1;
	d->keys[3] |= 1;
	d->numa_node = numa_node;
	return table_make(&d->now, FIRST_BUCKETS, numa_node);
}

void
demux_fini(struct demux *d)
{
	if (d->old.buckets != NULL)
		table_free(&d->old);
	if (d->now.buckets != NULL)
		table_free(&d->now);
}

void
demux_set_place(struct demux *d, enum demux_kind kind, void *base, uint8_t shift, uint8_t key4, uint8_t key6)
{
	d->places[kind] = (struct demux_place){base, shift, key4, key6};
}

uint64_t
demux_bytes(const struct demux *d)
{
	uint64_t n = d->now.mask + 1 + (d->old.buckets != NULL ? d->old.mask + 1 : 0);

	return n * sizeof(struct demux_bucket);
}
