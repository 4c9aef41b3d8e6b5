/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Look-ups of random tuples that are there, in bursts of 32, and the first touch of what was found: an object of
 * 256 bytes. leat's table keeps no keys, so its look-up has touched the object already.
 */
#include <stdio.h>
#include <stdlib.h>
#include <rte_hash.h>
#include <rte_hash_crc.h>
#include "base/pages.h"
#include "micro.h"
#include "tcp/demux.h"

enum { BURST = 32, SHIFT = 8 };

struct tables {
	uint32_t n;
	struct demux demux;
	struct rte_hash *hash;
	uint8_t *objects;
	uint64_t found;
};

static void
die(const char *what)
{
	fprintf(stderr, "micro: %s\n", what);
	exit(1);
}

static struct tuple
tuple_nr(uint32_t i)
{
	struct leat_addr local = leat_ipv4(198, 18, 0, 1), remote = leat_ipv4(198, 19, 0, 0);
	struct tuple t;

	remote.v4 += i / 60000 << 16;
	tuple_make(&t, &local, 80, &remote, (uint16_t)(1024 + i % 60000));
	return t;
}

static uint32_t
any(const struct tables *t)
{
	return (uint32_t)(((micro_random() >> 32) * t->n) >> 32);
}

static uint32_t *
object(const struct tables *t, uint32_t index)
{
	return (uint32_t *)(void *)(t->objects + ((size_t)index << SHIFT));
}

static void
look_ours(void *arg)
{
	struct tables *t = arg;
	struct tcp_seg segs[BURST];

	for (int i = 0; i < BURST; i++) {
		segs[i].tuple = tuple_nr(any(t));
		segs[i].hash = demux_hash(&t->demux, &segs[i].tuple);
	}
	for (int i = 0; i < BURST; i++)
		demux_prefetch(&t->demux, segs[i].hash);
	demux_lookup_burst(&t->demux, segs, BURST);
	for (int i = 0; i < BURST; i++)
		object(t, demux_index(segs[i].handle))[4]++;
}

static void
look_theirs(void *arg)
{
	struct tables *t = arg;
	struct tuple tuples[BURST];
	const void *keys[BURST];
	void *data[BURST];
	uint64_t hits = 0;

	for (int i = 0; i < BURST; i++) {
		tuples[i] = tuple_nr(any(t));
		keys[i] = tuples[i].key;
	}
	rte_hash_lookup_bulk_data(t->hash, keys, BURST, &hits, data);
	for (int i = 0; i < BURST; i++)
		__builtin_prefetch(object(t, (uint32_t)(uintptr_t)data[i]));
	for (int i = 0; i < BURST; i++)
		object(t, (uint32_t)(uintptr_t)data[i])[4]++;
	if (hits != UINT32_MAX)
		die("rte_hash has lost a tuple");
}

static void
fill(struct tables *t)
{
	for (uint32_t i = 0; i < t->n; i++) {
		struct tuple tuple = tuple_nr(i);
		memcpy(object(t, i + 1), tuple.key, TUPLE4_LEN);
		if (demux_insert(&t->demux, demux_hash(&t->demux, &tuple), demux_handle(DEMUX_TCB, i + 1, TUPLE4_LEN)) < 0 ||
			rte_hash_add_key_data(t->hash, tuple.key, (void *)(uintptr_t)(i + 1)) < 0)
			die("no room for an entry");
	}
}

static void
measure(const struct options *o, uint32_t n)
{
	struct rte_hash_parameters parameters = {.name = "micro", .entries = n + n / 4, .key_len = TUPLE4_LEN,
		.hash_func = rte_hash_crc, .socket_id = SOCKET_ID_ANY};
	struct tables t = {.n = n};
	uint8_t keys[32];
	char what[64];

	for (int i = 0; i < 32; i++)
		keys[i] = (uint8_t)micro_random();
	t.objects = pages_map((size_t)(n + 1) << SHIFT, -1);
	t.hash = rte_hash_create(&parameters);
	if (t.objects == NULL || t.hash == NULL || demux_init(&t.demux, keys, -1) < 0)
		die("no memory for the tables: give EAL more (-m)");
	demux_set_place(&t.demux, DEMUX_TCB, t.objects, SHIFT, 0, 0);
	fill(&t);
	snprintf(what, sizeof(what), "look-up and touch, %u entries", n);
	micro_compare(o, what, "cycles/look-up", BURST, look_ours, "rte_hash", look_theirs, &t);
	rte_hash_free(t.hash);
	demux_fini(&t.demux);
	pages_unmap(t.objects, (size_t)(n + 1) << SHIFT);
}

void
micro_demux(const struct options *o)
{
	static const uint32_t sizes[] = {1000, 1000000};

	for (int i = 0; i < 2; i++)
		if (sizes[i] < o->connections)
			measure(o, sizes[i]);
	measure(o, o->connections);
}
