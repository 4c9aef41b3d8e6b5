/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_DEMUX_OBJECTS_H
#define TESTS_DEMUX_OBJECTS_H
/* A table and objects in it: what the tests of the demux have in common. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include "base/slab.h"
#include "tcp/demux.h"

/* A key with a key behind it: what the demux sees of a control block. */
struct object {
	uint8_t key[TUPLE6_LEN];
	uint8_t in;       /* model: is it in the table? */
	uint8_t len;
	uint8_t spare[26];
};

enum { OBJECTS = 200000 };

static struct demux demux;
static struct slab objects;

static inline struct object *
object(uint32_t i)
{
	return slab_at(&objects, i);
}

/* An empty table with the secret of this number. */
static inline void
start(unsigned secret)
{
	uint8_t keys[32];

	for (unsigned i = 0; i < 32; i++)
		keys[i] = (uint8_t)(i * 7 + secret + (secret >> 8) * i * i);
	cr_assert_eq(demux_init(&demux, keys, -1), 0);
	demux_set_place(&demux, DEMUX_TCB, objects.base, 6, 0, 0);
	demux_set_place(&demux, DEMUX_TIME_WAIT, objects.base, 6, 0, 0);
}

static inline void
setup(void)
{
	cr_assert_eq(slab_init(&objects, 64, OBJECTS, NULL, -1), 0);
	cr_assert_eq(sizeof(struct object), 64);
	start(1);
}

static inline void
teardown(void)
{
	demux_fini(&demux);
	slab_fini(&objects);
}

/* The i-th tuple: ports and addresses in sequence, as a client behind one address makes them. */
static inline void
tuple_nr(uint32_t i, bool v6, struct tuple *t)
{
	struct leat_addr local = leat_ipv4(198, 18, 0, 1), remote = leat_ipv4(198, 18, 0, 2);

	if (v6) {
		local.family = remote.family = LEAT_IPV6;
		remote.bytes[15] = 9;
	}
	remote.bytes[3] = (uint8_t)(i >> 16);
	tuple_make(t, &local, 80, &remote, (uint16_t)i);
}

static inline uint32_t
handle_of(uint32_t index, const struct tuple *t)
{
	return demux_handle(DEMUX_TCB, index, t->len);
}

/* Takes an object and enters it for a tuple. Returns its index. */
static inline uint32_t
enter_tuple(const struct tuple *t)
{
	uint32_t index = slab_alloc(&objects);

	cr_assert_neq(index, 0);
	memcpy(object(index)->key, t->key, t->len);
	object(index)->len = t->len;
	cr_assert_eq(demux_insert(&demux, demux_hash(&demux, t), handle_of(index, t)), 0);
	return index;
}

static inline uint32_t
enter(uint32_t i, bool v6)
{
	struct tuple t;

	tuple_nr(i, v6, &t);
	return enter_tuple(&t);
}

static inline uint32_t
look(uint32_t i, bool v6)
{
	struct tuple t;

	tuple_nr(i, v6, &t);
	return demux_lookup(&demux, &t, demux_hash(&demux, &t));
}

#endif
