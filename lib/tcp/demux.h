/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCP_DEMUX_H
#define TCP_DEMUX_H
/*
 * The demultiplexer: from a 4-tuple to what is known of it - a control block, a half-open entry or
 * a TIME-WAIT entry. A hash table of 64-byte buckets, each with eight 16-bit tags and eight 32-bit
 * handles; the key itself is read only in the object that the handle names. Look-ups are made in
 * bursts, each stage prefetching what the next will read.
 *
 * The hash is a multiply-fold with secret keys: nobody outside can make tuples collide.
 * Probing is bounded. The table doubles without a stop: each insertion does a bounded part of it. First
 * the memory of the next table is touched, page by page, while the last places of this one fill; then the
 * entries move, a few buckets at a time, and the memory behind them is given back.
 *
 * One thread, the owner, changes and looks up; any number of others may look up at the same time (demux_lookup_shared;
 * leat's own cores need not: what is another's they pass to it), without locks, and without being known here: the
 * addresses of a table that was outgrown stay until the end, together no more than those of the present one, without
 * memory.
 */
#include <stdbool.h>
#include <stdint.h>
#include "wire/tcp.h"
#include "wire/tuple.h"

enum demux_kind {
	DEMUX_NONE,
	DEMUX_TCB,
	DEMUX_HALF_OPEN,
	DEMUX_TIME_WAIT,
};

enum {
	DEMUX_WAYS = 8,      /* entries a bucket */
	DEMUX_PROBES = 32,   /* buckets looked at, at the most; of 2^21 buckets, 5/8 full, the worst takes some 16 */
	DEMUX_GENERATIONS = 24, /* the last has 2^32 buckets, more than there are handles */
	DEMUX_CHANGED = 4,   /* words: of 32 segments that each change something one in eight is looked up again in vain */
	DEMUX_GROUP = 8,     /* buckets fetched in a row, while a burst is read */
	DEMUX_KIND_SHIFT = 30,
	DEMUX_V6 = 1 << 29,  /* handle: the key is 36 bytes long */
	DEMUX_INDEX = DEMUX_V6 - 1,
};

struct demux_bucket {
	uint16_t tags[DEMUX_WAYS];
	uint32_t handles[DEMUX_WAYS]; /* 0: free */
	uint32_t passed;              /* entries that found this bucket full and live further on */
	uint32_t spare[3];
} __attribute__((aligned(64)));

struct demux_table {
	struct demux_bucket *buckets;
	uint64_t mask; /* number of buckets - 1 */
};

/* Where the key stands in the objects of a kind. */
struct demux_place {
	uint8_t *base;
	uint8_t shift;
	uint8_t key4, key6; /* offset of a 12 and of a 36-byte key */
};

struct demux {
	struct demux_table now;
	struct demux_table old;     /* being emptied while the table grows; buckets NULL: not growing */
	uint64_t moved;             /* old buckets emptied so far */
	uint32_t entries;
	uint64_t changed[DEMUX_CHANGED]; /* bits of the hashes that were entered, replaced or removed since demux_lookup_burst() */
	uint64_t keys[4];
	struct demux_place places[4]; /* by kind */
	struct demux_table tables[DEMUX_GENERATIONS]; /* all so far, now is [generation], and behind it the one being prepared */
	uint32_t generation;
	uint32_t version;           /* entries moved and replaced: where it changed, a miss may be none */
	uint64_t prepared, released; /* bytes of the next table that are touched; of old, given back */
	int numa_node;
};

/* keys: 32 secret bytes. 0 or -ENOMEM. */
int demux_init(struct demux *d, const uint8_t keys[32], int numa_node);
void demux_fini(struct demux *d);

void demux_set_place(struct demux *d, enum demux_kind kind, void *base, uint8_t shift, uint8_t key4, uint8_t key6);

static inline uint32_t
demux_handle(enum demux_kind kind, uint32_t index, uint8_t key_len)
{
	return (uint32_t)kind << DEMUX_KIND_SHIFT | (key_len == TUPLE6_LEN ? DEMUX_V6 : 0) | index;
}

static inline enum demux_kind
demux_kind(uint32_t handle)
{
	return (enum demux_kind)(handle >> DEMUX_KIND_SHIFT);
}

static inline uint32_t
demux_index(uint32_t handle)
{
	return handle & DEMUX_INDEX;
}

/* The key of what a handle names. */
static inline const uint8_t *
demux_key(const struct demux *d, uint32_t handle)
{
	const struct demux_place *p = &d->places[demux_kind(handle)];
	size_t at = (size_t)demux_index(handle) << p->shift;

	return p->base + at + (handle & DEMUX_V6 ? p->key6 : p->key4);
}

/* The part of a hash that is kept beside the handle: not the part that chooses the bucket. */
static inline uint16_t
demux_tag(uint64_t hash)
{
	return (uint16_t)(hash >> 48);
}

static inline uint64_t
demux_hash_key(const struct demux *d, const uint8_t *key, uint8_t len)
{
	return tuple_key_hash(d->keys, key, len);
}

static inline uint64_t
demux_hash(const struct demux *d, const struct tuple *t)
{
	return demux_hash_key(d, t->key, t->len);
}

/* Fetches where a look-up begins. */
static inline void
demux_prefetch(const struct demux *d, uint64_t hash)
{
	__builtin_prefetch(&d->now.buckets[hash & d->now.mask]);
}

/* The handle for a tuple, 0 = none. */
uint32_t demux_lookup(const struct demux *d, const struct tuple *t, uint64_t hash);

/*
 * The same for any other thread, while the owner goes on. An entry that stays in the table is found,
 * whatever happens to others, to the table, or to its object (demux_replace). What the handle names may be
 * gone, or another's, when this returns.
 */
uint32_t demux_lookup_shared(const struct demux *d, const struct tuple *t, uint64_t hash);

/*
 * Looks all tuples up (their hashes are in the segments): fills handle. Their buckets were fetched by demux_prefetch(), as
 * soon as the hashes were known, but DEMUX_GROUP of them in a row: each is in another page, and what comes behind a fetch
 * that waits for its translation waits too, unless it is the next fetch.
 */
void demux_lookup_burst(struct demux *d, struct tcp_seg *segs, unsigned n);

static inline uint64_t *
demux_changed_word(struct demux *d, uint64_t hash)
{
	return &d->changed[hash >> 24 & (DEMUX_CHANGED - 1)];
}

static inline void
demux_note_change(struct demux *d, uint64_t hash)
{
	*demux_changed_word(d, hash) |= UINT64_C(1) << (hash >> 32 & 63);
}

/* May what demux_lookup_burst() found for this hash be no more true? Then it is to be looked up again. */
static inline bool
demux_has_changed(struct demux *d, uint64_t hash)
{
	return *demux_changed_word(d, hash) >> (hash >> 32 & 63) & 1;
}

/* Enters a handle for a tuple that is not there; the object holds its key already. 0, or -ENOMEM (or no place). */
int demux_insert(struct demux *d, uint64_t hash, uint32_t handle);

/* Takes it out. The object still holds its key. */
void demux_remove(struct demux *d, uint64_t hash, uint32_t handle);

/* Puts another object in the place of one with the same tuple. */
void demux_replace(struct demux *d, uint64_t hash, uint32_t handle, uint32_t by);

/*
 * A walk through all entries in steps, between which the table may change and grow. Whoever is there from the beginning
 * to the end is met: the old table is walked first, so what moves does so to where the walk is still to come, or comes
 * twice. (Both side by side would not do: an entry that stands behind its home moves to in front of where it stood.)
 */
struct demux_walk {
	unsigned table;
	uint32_t generation;
	uint64_t bucket;
};
void demux_walk_begin(const struct demux *d, struct demux_walk *w);
/* The next bucket; NULL: that was all. */
const struct demux_bucket *demux_walk_next(const struct demux *d, struct demux_walk *w);

/* Bytes of memory the table takes, with what is not given back yet or is touched for the next. */
uint64_t demux_bytes(const struct demux *d);

#endif
