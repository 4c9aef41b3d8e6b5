/* SPDX-License-Identifier: BSD-3-Clause */
#include <emmintrin.h>
#include <errno.h>
#include <string.h>
#include <rte_atomic.h>
#include <rte_branch_prediction.h>
#include "base/pages.h"
#include "tcp/demux.h"

enum {
	FIRST_BUCKETS = 512,
	MOVE_STEP = 2,       /* old buckets emptied at each insertion: the old table is empty long before the new is full */
	LOAD_GROW = 40,      /* grow when so many of 64 places are taken */
	LOAD_PREPARE = 39,   /* prepare for it then: of the insertions that are left a quarter is enough */
	PAGE = 4096,         /* of the next table, touched at each insertion; the system may zero up to 2 MiB for it */
	RELEASE = 2 << 20,   /* bytes of the old table given back at once */
};

static uint8_t
key_len(uint32_t handle)
{
	return handle & DEMUX_V6 ? TUPLE6_LEN : TUPLE4_LEN;
}

/* A bit for each way whose tag is this one. */
static unsigned
ways_with_tag(const struct demux_bucket *b, uint16_t tag)
{
	__m128i tags = _mm_load_si128((const __m128i *)b->tags);
	__m128i same = _mm_cmpeq_epi16(tags, _mm_set1_epi16((short)tag));

	return (unsigned)_mm_movemask_epi8(_mm_packs_epi16(same, _mm_setzero_si128()));
}

/* Is it the handle of an object with this tuple? */
static inline bool
names(const struct demux *d, uint32_t handle, const struct tuple *t)
{
	return handle != 0 && key_len(handle) == t->len && tuple_key_equal(demux_key(d, handle), t->key, t->len);
}

static uint32_t
lookup_in(const struct demux *d, const struct demux_table *t, const struct tuple *tuple, uint64_t hash)
{
	for (uint64_t i = hash, probe = 0; probe < DEMUX_PROBES; i++, probe++) {
		const struct demux_bucket *b = &t->buckets[i & t->mask];
		unsigned ways = ways_with_tag(b, demux_tag(hash));

		for (; ways != 0; ways &= ways - 1) {
			uint32_t handle = b->handles[__builtin_ctz(ways)];
			if (names(d, handle, tuple))
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
demux_lookup_burst(struct demux *d, struct tcp_seg *segs, unsigned n)
{
	const struct demux_table *now = &d->now;

	memset(d->changed, 0, sizeof(d->changed));
	/* the first entry whose tag fits is nearly always the one; fetch its object */
	for (unsigned i = 0; i < n; i++) {
		const struct demux_bucket *b = &now->buckets[segs[i].hash & now->mask];
		unsigned ways = ways_with_tag(b, demux_tag(segs[i].hash));
		uint32_t handle = ways != 0 ? b->handles[__builtin_ctz(ways)] : 0;
		segs[i].handle = handle;
		if (handle != 0) { /* else there is nothing, or nothing any more */
			const uint8_t *key = demux_key(d, handle);
			__builtin_prefetch(key);
			if (demux_kind(handle) == DEMUX_TCB) { /* four lines, of which a segment in order needs two */
				__builtin_prefetch(key + 64);
				__builtin_prefetch(key + 128);
				__builtin_prefetch(key + 192);
			}
		}
	}
	for (unsigned i = 0; i < n; i++)
		if (unlikely(!names(d, segs[i].handle, &segs[i].tuple)))
			segs[i].handle = demux_lookup(d, &segs[i].tuple, segs[i].hash);
}

/*
 * What other threads read is written with atomic stores; the owner alone writes, so it reads as it likes. A
 * handle is stored last: who sees it sees the tag, the buckets passed and the object's key.
 */
static void
set_passed(struct demux_table *t, uint64_t from, uint64_t to, int32_t by)
{
	for (uint64_t i = from; i != to; i++) {
		uint32_t *passed = &t->buckets[i & t->mask].passed;
		__atomic_store_n(passed, *passed + (uint32_t)by, __ATOMIC_RELAXED);
	}
}

static int
insert_in(struct demux_table *t, uint64_t hash, uint32_t handle)
{
	for (uint64_t i = hash, probe = 0; probe < DEMUX_PROBES; i++, probe++) {
		struct demux_bucket *b = &t->buckets[i & t->mask];
		for (unsigned way = 0; way < DEMUX_WAYS; way++) {
			if (b->handles[way] != 0)
				continue;
			set_passed(t, hash, i, 1);
			__atomic_store_n(&b->tags[way], demux_tag(hash), __ATOMIC_RELAXED);
			__atomic_store_n(&b->handles[way], handle, __ATOMIC_RELEASE);
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
		if (b->passed == 0)
			break;
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
	__atomic_store_n(place, 0, __ATOMIC_RELEASE);
	set_passed(t, hash, hash + at, -1);
	return true;
}

/*
 * Whatever was written before is seen by who sees what is written next (RELEASE). A reader that saw
 * something of what comes after sees the new number in the end (lookup_shared).
 */
static void
new_version(struct demux *d)
{
	__atomic_store_n(&d->version, d->version + 1, __ATOMIC_RELEASE);
	rte_smp_wmb();
}

static uint64_t
table_bytes(const struct demux_table *t)
{
	return (t->mask + 1) * sizeof(struct demux_bucket);
}

static int
table_make(struct demux_table *t, uint64_t buckets, int numa_node)
{
	t->buckets = pages_map(buckets * sizeof(struct demux_bucket), numa_node);
	t->mask = buckets - 1;
	return t->buckets != NULL ? 0 : -ENOMEM;
}

/* --- growth --- */

/* The next table, mapped; NULL when there is no room for it. */
static struct demux_table *
next_table(struct demux *d)
{
	struct demux_table *next = &d->tables[d->generation + 1];

	if (next->buckets == NULL &&
		(d->generation + 1 == DEMUX_GENERATIONS || table_make(next, 2 * (d->now.mask + 1), d->numa_node) < 0))
		return NULL;
	return next;
}

/*
 * Touches one more page of the next table. The system zeroes memory when it is touched first, and were
 * that left to the look-ups, which go anywhere, a large table would be zeroed in a few turns.
 */
static void
prepare(struct demux *d)
{
	struct demux_table *next = next_table(d);

	if (next == NULL || d->prepared >= table_bytes(next))
		return;
	*(volatile uint32_t *)((uint8_t *)next->buckets + d->prepared) = 0;
	d->prepared += PAGE;
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
		uint64_t hash = demux_hash_key(d, demux_key(d, handle), key_len(handle));
		if (insert_in(&d->now, hash, handle) < 0)
			return -ENOSPC;
		new_version(d);
		remove_in(&d->old, hash, handle);
	}
	return 0;
}

/*
 * Gives back what lies a whole RELEASE behind the buckets that were emptied last: those in front of them
 * may still be passed on the way to an entry that has not moved.
 */
static void
release(struct demux *d)
{
	uint8_t *old = (uint8_t *)d->old.buckets;

	if (d->moved > d->old.mask) {
		pages_release(old + d->released, table_bytes(&d->old) - d->released);
		d->old.buckets = NULL;
	} else if (d->moved * sizeof(struct demux_bucket) >= d->released + 2 * (uint64_t)RELEASE) {
		pages_release(old + d->released, RELEASE);
		d->released += RELEASE;
	}
}

/* The objects' keys are cold; by the next insertion they are here. */
static void
prefetch_next(const struct demux *d)
{
	for (uint64_t i = d->moved; i < d->moved + MOVE_STEP && i <= d->old.mask; i++)
		for (unsigned way = 0; way < DEMUX_WAYS; way++)
			if (d->old.buckets[i].handles[way] != 0)
				__builtin_prefetch(demux_key(d, d->old.buckets[i].handles[way]));
}

static void
move_some(struct demux *d)
{
	for (int step = 0; step < MOVE_STEP && d->moved <= d->old.mask; step++, d->moved++)
		if (move_bucket(d, d->moved) < 0)
			return; /* tried again at the next insertion */
	prefetch_next(d);
	release(d);
}

/* Begins to double, unless it is under way: then the new table is nearly empty, and it is not for want of places. */
static int
grow(struct demux *d)
{
	struct demux_table *next = next_table(d);

	if (d->old.buckets != NULL || next == NULL)
		return -ENOMEM;
	d->old = d->now;
	d->now = *next;
	__atomic_store_n(&d->generation, d->generation + 1, __ATOMIC_RELEASE);
	d->moved = d->prepared = d->released = 0;
	return 0;
}

int
demux_insert(struct demux *d, uint64_t hash, uint32_t handle)
{
	uint64_t places = (d->now.mask + 1) * DEMUX_WAYS;

	demux_note_change(d, hash);
	if (unlikely(d->old.buckets != NULL))
		move_some(d);
	else if (unlikely(d->entries >= places / 64 * LOAD_GROW))
		grow(d); /* when there is no memory for it the table goes on filling */
	else if (unlikely(d->entries >= places / 64 * LOAD_PREPARE))
		prepare(d);
	if (insert_in(&d->now, hash, handle) < 0 && (grow(d) < 0 || insert_in(&d->now, hash, handle) < 0))
		return -ENOMEM;
	d->entries++;
	return 0;
}

void
demux_remove(struct demux *d, uint64_t hash, uint32_t handle)
{
	demux_note_change(d, hash);
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
	if (place != NULL) {
		__atomic_store_n(place, by, __ATOMIC_RELEASE);
		new_version(d); /* the object replaced may be another's at once */
	}
	demux_note_change(d, hash);
}

void
demux_walk_begin(const struct demux *d, struct demux_walk *w)
{
	*w = (struct demux_walk){.generation = d->generation};
}

/* The table has begun to grow meanwhile: what was the present one is the old one now, and is gone on with. */
static void
follow_growth(const struct demux *d, struct demux_walk *w)
{
	uint32_t by = d->generation - w->generation;

	if (by == 0)
		return;
	if (w->table == 0 || by > 1)
		w->bucket = 0;
	w->table = 0;
	w->generation = d->generation;
}

const struct demux_bucket *
demux_walk_next(const struct demux *d, struct demux_walk *w)
{
	const struct demux_table *tables[] = {&d->old, &d->now};

	follow_growth(d, w);
	for (; w->table < 2; w->table++, w->bucket = 0) {
		const struct demux_table *t = tables[w->table];
		if (t->buckets != NULL && w->bucket <= t->mask)
			return &t->buckets[w->bucket++];
	}
	return NULL;
}

int
demux_init(struct demux *d, const uint8_t keys[32], int numa_node)
{
	memset(d, 0, sizeof(*d));
	memcpy(d->keys, keys, sizeof(d->keys));
	tuple_hash_secret(d->keys);
	d->numa_node = numa_node;
	if (table_make(&d->tables[0], FIRST_BUCKETS, numa_node) < 0)
		return -ENOMEM;
	d->now = d->tables[0];
	return 0;
}

void
demux_fini(struct demux *d)
{
	for (unsigned i = 0; i < DEMUX_GENERATIONS; i++)
		if (d->tables[i].buckets != NULL)
			pages_unmap(d->tables[i].buckets, table_bytes(&d->tables[i]));
	memset(d->tables, 0, sizeof(d->tables));
	d->now.buckets = d->old.buckets = NULL;
}

void
demux_set_place(struct demux *d, enum demux_kind kind, void *base, uint8_t shift, uint8_t key4, uint8_t key6)
{
	d->places[kind] = (struct demux_place){base, shift, key4, key6};
}

uint64_t
demux_bytes(const struct demux *d)
{
	uint64_t old = d->old.buckets != NULL ? table_bytes(&d->old) - d->released : 0;

	return table_bytes(&d->now) + old + d->prepared;
}
