/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two threads look up while the owner of a table inserts, removes, replaces and lets it grow. What stays in
 * the table must be found at each look, as itself. Ends with 0, or says what was not found.
 *
 *   demux_threads [ROUNDS]
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/pages.h"
#include "tcp/demux.h"

enum {
	GROWTHS = 4,         /* in a round: from 4096 places to 65536 */
	READERS = 2,
	STAYERS = 512,       /* in the table from the beginning to the end of a round */
	GUESTS = 24000,      /* come and go; at the end of a round all are there */
	SHIFT = 6,
	OTHER = STAYERS,     /* the second object of each stayer: in the table is now one, now the other */
	FIRST_GUEST = 1 + 2 * STAYERS,
	OBJECTS = FIRST_GUEST + GUESTS,
};

static struct demux demux;
static uint8_t *objects;
static bool stop, failed;
static uint32_t at_work; /* readers */

/* Objects are written while others compare them: as the table itself, with atomic stores. */
static void
write_key(uint32_t index, const struct tuple *t)
{
	uint32_t *key = (uint32_t *)(void *)(objects + ((size_t)index << SHIFT));

	for (uint8_t i = 0; i < t->len / 4; i++) {
		uint32_t word;
		memcpy(&word, t->key + 4 * i, 4);
		__atomic_store_n(&key[i], word, __ATOMIC_RELAXED);
	}
}

/* Every third is IPv6. */
static struct tuple
tuple_nr(uint32_t i)
{
	struct leat_addr local = {.family = i % 3 == 0 ? LEAT_IPV6 : LEAT_IPV4}, remote = local;
	struct tuple t;

	memset(&t, 0, sizeof(t));
	remote.bytes[3] = (uint8_t)(i >> 16);
	tuple_make(&t, &local, 80, &remote, (uint16_t)i);
	return t;
}

static uint32_t
handle_of(uint32_t index, uint8_t len)
{
	return demux_handle(index > OTHER && index < FIRST_GUEST ? DEMUX_TIME_WAIT : DEMUX_TCB, index, len);
}

static void
enter(uint32_t index)
{
	struct tuple t = tuple_nr(index);

	write_key(index, &t);
	if (demux_insert(&demux, demux_hash(&demux, &t), handle_of(index, t.len)) < 0)
		abort();
}

static void
leave(uint32_t index)
{
	struct tuple t = tuple_nr(index);

	demux_remove(&demux, demux_hash(&demux, &t), handle_of(index, t.len));
}

/* The stayer's other object takes the place of the one that is there, which becomes a stranger's. */
static void
swap(uint32_t i, bool *other)
{
	struct tuple t = tuple_nr(i), stranger = tuple_nr(i + OBJECTS);
	uint32_t from = i + (*other ? OTHER : 0), to = i + (*other ? 0 : OTHER);

	stranger.len = t.len;
	write_key(to, &t);
	demux_replace(&demux, demux_hash(&demux, &t), handle_of(from, t.len), handle_of(to, t.len));
	write_key(from, &stranger);
	*other = !*other;
}

static bool
look(uint32_t i, const char *who, bool stays)
{
	struct tuple t = tuple_nr(i);
	uint32_t handle = demux_lookup_shared(&demux, &t, demux_hash(&demux, &t)), index = demux_index(handle);

	if (stays ? index == i || index == i + OTHER : handle == 0 || index == i)
		return true;
	printf("not ok: %s %u: handle %08x\n", who, i, handle);
	return false;
}

static void *
read_on(void *arg)
{
	unsigned seed = *(unsigned *)arg;

	__atomic_fetch_add(&at_work, 1, __ATOMIC_RELAXED);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		uint32_t r = (uint32_t)rand_r(&seed);
		if (!look(1 + r % STAYERS, "stayer", true) || !look(FIRST_GUEST + r % GUESTS, "guest", false)) {
			__atomic_store_n(&failed, true, __ATOMIC_RELAXED);
			break;
		}
	}
	return NULL;
}

/* What the owner does: guests come, some go and come again, stayers are replaced all the time. */
static void
own(unsigned seed)
{
	static bool other[1 + STAYERS];

	memset(other, 0, sizeof(other));
	for (uint32_t i = FIRST_GUEST; i < OBJECTS; i++) {
		uint32_t r = (uint32_t)rand_r(&seed);
		enter(i);
		if (r % 4 == 0) {
			uint32_t k = FIRST_GUEST + r / 4 % (i + 1 - FIRST_GUEST);
			leave(k);
			enter(k);
		}
		swap(1 + r % STAYERS, &other[1 + r % STAYERS]);
	}
}

static uint32_t
run_round(unsigned nr)
{
	unsigned seeds[READERS];
	pthread_t readers[READERS];
	uint8_t keys[32];
	uint32_t grown;

	for (int i = 0; i < 32; i++)
		keys[i] = (uint8_t)(i * 7 + nr);
	if (demux_init(&demux, keys, -1) < 0)
		abort();
	demux_set_place(&demux, DEMUX_TCB, objects, SHIFT, 0, 0);
	demux_set_place(&demux, DEMUX_TIME_WAIT, objects, SHIFT, 0, 0);
	for (uint32_t i = 1; i <= STAYERS; i++)
		enter(i);
	stop = false;
	at_work = 0;
	for (unsigned i = 0; i < READERS; i++) {
		seeds[i] = 100 * nr + i;
		if (pthread_create(&readers[i], NULL, read_on, &seeds[i]) != 0)
			abort();
	}
	while (__atomic_load_n(&at_work, __ATOMIC_RELAXED) < READERS)
		sched_yield();
	own(nr);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	grown = demux.generation;
	demux_fini(&demux);
	return grown;
}

int
main(int argc, char **argv)
{
	uint32_t grown = 0, rounds = argc > 1 ? (uint32_t)atoi(argv[1]) : 1;

	objects = pages_map((size_t)OBJECTS << SHIFT, -1);
	if (objects == NULL)
		abort();
	for (unsigned i = 0; i < rounds && !failed; i++)
		grown += run_round(i);
	pages_unmap(objects, (size_t)OBJECTS << SHIFT);
	if (!failed && grown != GROWTHS * rounds) {
		printf("not ok: the tables have grown %u times, not %u\n", grown, GROWTHS * rounds);
		failed = true;
	}
	if (!failed)
		printf("ok: %u growths, all that stayed was found\n", grown);
	return failed;
}
