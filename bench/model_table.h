/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_MODEL_TABLE_H
#define BENCH_MODEL_TABLE_H
/*
 * The model's table: open addressing with linear probing, at most half full, four entries a cache line, the
 * key in the entry. Nothing defends it: whoever knows the hash can make it slow.
 */
#include <emmintrin.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <rte_prefetch.h>

/* Source address, destination address, both ports, as they stand in a packet. */
struct tuple {
	uint32_t words[3];
};

struct entry {
	uint32_t words[3];
	uint32_t value; /* 0: free */
} __attribute__((aligned(16)));

struct table {
	struct entry *entries;
	uint64_t mask;
};

/* Zeroed, in huge pages where the system has them for the asking. */
static inline void *
table_pages(uint64_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	madvise(p, size, MADV_HUGEPAGE);
	return p;
}

static inline void
table_pages_free(void *p, uint64_t size)
{
	munmap(p, size);
}

static inline int
table_open(struct table *t, uint64_t most)
{
	uint64_t entries = 1024;

	while (entries < 2 * most)
		entries *= 2;
	t->mask = entries - 1;
	t->entries = table_pages(entries * sizeof(t->entries[0]));
	return t->entries != NULL ? 0 : -1;
}

static inline void
table_close(struct table *t)
{
	table_pages_free(t->entries, (t->mask + 1) * sizeof(t->entries[0]));
}

static inline uint64_t
table_hash(const struct tuple *t)
{
	__extension__ typedef unsigned __int128 wide;
	uint64_t addrs;

	memcpy(&addrs, t->words, 8);
	wide p = (wide)(addrs ^ 0x9e3779b97f4a7c15u) * (((uint64_t)t->words[2] << 20) ^ 0xd6e8feb86659fd93u);
	return (uint64_t)p ^ (uint64_t)(p >> 64);
}

static inline void
table_prefetch(const struct table *t, uint64_t hash)
{
	rte_prefetch0(&t->entries[hash & t->mask]);
}

static inline bool
table_same(const struct entry *e, const struct tuple *t)
{
	return ((e->words[0] ^ t->words[0]) | (e->words[1] ^ t->words[1]) | (e->words[2] ^ t->words[2])) == 0;
}

/* 0: not there. */
static inline uint32_t
table_lookup(const struct table *t, const struct tuple *key, uint64_t hash)
{
	for (uint64_t i = hash;; i++) {
		const struct entry *e = &t->entries[i & t->mask];
		if (e->value == 0 || table_same(e, key))
			return e->value;
	}
}

/* False: it is there. */
static inline bool
table_insert(struct table *t, const struct tuple *key, uint64_t hash, uint32_t value)
{
	for (uint64_t i = hash;; i++) {
		struct entry *e = &t->entries[i & t->mask];
		if (e->value != 0 && table_same(e, key))
			return false;
		if (e->value != 0)
			continue;
		memcpy(e->words, key->words, sizeof(e->words));
		e->value = value;
		return true;
	}
}

/* Of one that is there. Who stands behind it and may come nearer to his place moves up: no graves. */
static inline void
table_remove(struct table *t, const struct tuple *key, uint64_t hash)
{
	uint64_t hole = hash & t->mask, i;

	while (!table_same(&t->entries[hole], key))
		hole = (hole + 1) & t->mask;
	for (i = (hole + 1) & t->mask; t->entries[i].value != 0; i = (i + 1) & t->mask) {
		struct tuple other;
		memcpy(other.words, t->entries[i].words, sizeof(other.words));
		uint64_t home = table_hash(&other) & t->mask;
		if (((i - home) & t->mask) >= ((i - hole) & t->mask)) {
			t->entries[hole] = t->entries[i];
			hole = i;
		}
	}
	t->entries[hole].value = 0;
}

#endif
