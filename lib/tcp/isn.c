/* SPDX-License-Identifier: BSD-3-Clause */
/* What must not be guessed: initial sequence numbers, timestamp offsets, local ports. */
#include <string.h>
#include <sodium/crypto_shorthash.h>
#include "link/port.h"
#include "tcp/tcp.h"
#include "tcp/time_wait.h"

enum {
	PORT_FIRST = 1024, /* RFC 6056 3.2: the whole range 1024-65535 */
	PORT_COUNT = 65536 - PORT_FIRST,
	PORT_STRIDE = 42, /* one more than a multiple of it has no divisor in common with PORT_COUNT, 2^10 3^2 7 */
	PORT_LOOKS = 256, /* at ports without a free one, before one in TIME-WAIT is taken */
};

static uint64_t
siphash(const uint8_t key[16], const void *p, size_t len)
{
	uint64_t h;

	crypto_shorthash((unsigned char *)&h, p, len, key);
	return h;
}

/* The hash of t; that of the tuple which was asked for last is remembered in *last and *secret. */
static inline uint64_t
secret_of(const uint8_t key[16], const struct tuple *t, struct tuple *last, uint64_t *secret)
{
	if (last->len != t->len || !tuple_key_equal(last->key, t->key, t->len)) {
		*last = *t;
		*secret = siphash(key, t->key, t->len);
	}
	return *secret;
}

/*
 * What of a tuple nobody outside can guess: the upper half is for its timestamps, the lower for its ISNs, and
 * both are wanted for the same segment.
 */
static uint64_t
tuple_secret(const struct core *core, const struct tuple *t)
{
	struct tcp_layer *tcp = core->tcp;

	return secret_of(tcp->isn_key, t, &tcp->secret_tuple, &tcp->secret);
}

/* RFC 6528 3: ISN = M + F(localip, localport, remoteip, remoteport, secretkey), M a 4 µs clock. */
uint32_t
tcp_isn_offset(const struct core *core, const struct tuple *t)
{
	return (uint32_t)tuple_secret(core, t);
}

uint32_t
tcp_isn(const struct core *core, const struct tuple *t)
{
	return (uint32_t)(core->now / 4000) + tcp_isn_offset(core, t);
}

/* The same for every connection of a tuple, so that a reopened TIME-WAIT sees time go on (RFC 7323 5.4). */
uint32_t
tcp_ts_offset(const struct core *core, const struct tuple *t)
{
	return (uint32_t)(tuple_secret(core, t) >> 32);
}

bool
tcp_tuple_free(struct core *core, const struct tuple *t)
{
	const struct demux *demux = &core->tcp->demux;
	uint32_t handle = demux_lookup(demux, t, demux_hash(demux, t));

	return handle == 0 ||
		(demux_kind(handle) == DEMUX_TIME_WAIT && time_wait_recycle(core, demux_index(handle), t));
}

/* A search for a local port: all of them, from one on, some ports apart. */
struct search {
	const struct leat_addr *local;
	const struct leat_endpoint *remote;
	uint32_t from, stride;
	uint32_t i; /* of PORT_COUNT: the next */
};

/* The next tuple that is ours to take. False: there is none. */
static bool
next_tuple(const struct core *core, struct search *s, struct tuple *t)
{
	while (s->i < PORT_COUNT) {
		uint16_t port = (uint16_t)(PORT_FIRST + (s->from + s->i++ * (uint64_t)s->stride) % PORT_COUNT);
		tuple_make(t, s->local, port, &s->remote->addr, s->remote->port);
		/* the answer must come back to this core, which with the others shares out all ports */
		if (core->nb_cores == 1 || steer_tuple(&core->link->steer, t) == core->id)
			return true;
	}
	return false;
}

/* Of the next PORT_LOOKS that is ours to take one that nobody has, or else one whose TIME-WAIT may go. */
static bool
find_some(struct core *core, struct search *s, struct tuple *t)
{
	const struct demux *demux = &core->tcp->demux;
	struct search again = *s;
	bool waits = false;

	for (unsigned looks = 0; looks < PORT_LOOKS && next_tuple(core, s, t); looks++) {
		uint32_t handle = demux_lookup(demux, t, demux_hash(demux, t));
		if (handle == 0)
			return true;
		waits |= demux_kind(handle) == DEMUX_TIME_WAIT;
	}
	while (waits && again.i < s->i && next_tuple(core, &again, t))
		if (tcp_tuple_free(core, t))
			return true;
	return false;
}

/* Who opens a connection will open another: where the next search begins is cold among many, and comes meanwhile. */
static void
fetch_next(const struct core *core, struct search next)
{
	const struct demux *demux = &core->tcp->demux;
	struct tuple t;

	next.from++;
	next.i = 0;
	if (next_tuple(core, &next, &t))
		demux_prefetch(demux, demux_hash(demux, &t));
}

/*
 * RFC 6056 3.3.4, algorithm 4: an offset from a hash of the three that are given, and one of
 * several counters chosen by another hash, so that ports to one peer do not tell of the others. Where the port
 * is taken the algorithm tries the next, but connections that stay stand side by side, tens of thousands of them
 * perhaps: the next here is as far away as a third hash says, so that as many are tried as few are free.
 */
bool
tcp_choose_port(struct core *core, const struct leat_addr *local, const struct leat_endpoint *remote,
	struct tuple *t)
{
	struct tcp_layer *tcp = core->tcp;

	tuple_make(t, local, 0, &remote->addr, remote->port);
	uint64_t h = secret_of(tcp->port_key, t, &tcp->port_tuple, &tcp->port_secret);
	uint16_t *counter = &tcp->port_counters[(h >> 32) % TCP_PORT_COUNTERS];
	struct search s = {.local = local, .remote = remote, .from = (uint32_t)h % PORT_COUNT + *counter,
		.stride = 1 + PORT_STRIDE * ((h >> 40) % (PORT_COUNT / PORT_STRIDE))};

	*counter = (uint16_t)((*counter + 1u) % PORT_COUNT); /* running over elsewhere would skip some */
	fetch_next(core, s);
	while (s.i < PORT_COUNT)
		if (find_some(core, &s, t))
			return true;
	return false;
}
