/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rte_hash.h>
#include <rte_jhash.h>
#include "base/pages.h"
#include "link/arp.h"
#include "link/neigh.h"
#include "wire/eth.h"

enum {
	GENERATION_MASK = (1 << (32 - NEIGH_INDEX_BITS)) - 1,
	ASK_TICKS = CORE_TICKS_PER_SEC, /* RFC 1122 2.3.2.1: at most one request a second */
	EVICT_LOOKS = 64,
};

struct key {
	uint8_t addr[16];
	uint8_t family, port, zero[2];
};

static struct key
key_of(const struct port *port, const struct leat_addr *addr)
{
	struct key k = {.family = addr->family, .port = port->index};

	memcpy(k.addr, addr->bytes, sizeof(k.addr));
	return k;
}

static struct neigh *
find(const struct core *core, const struct port *port, const struct leat_addr *addr)
{
	const struct neigh_table *t = core->neigh;
	struct key k = key_of(port, addr);
	int32_t index = rte_hash_lookup(t->hash, &k);

	return index < 0 ? NULL : &t->entries[index];
}

static void
forget_waiting(struct core *core, struct neigh *n, enum counter reason)
{
	for (unsigned i = 0; i < n->nb_waiting; i++) {
		core->held -= n->waiting[i]->nb_segs;
		drop(core, n->waiting[i], reason);
	}
	n->nb_waiting = 0;
}

static void
forget(struct core *core, struct neigh *n)
{
	struct neigh_table *t = core->neigh;
	uint32_t index = (uint32_t)(n - t->entries);
	struct key k = key_of(n->port, &n->addr);

	forget_waiting(core, n, DROP_neigh_failed);
	wheel_cancel(&core->wheel, &n->timer);
	rte_hash_del_key(t->hash, &k);
	t->generation[index] = (t->generation[index] + 1) & GENERATION_MASK;
	t->used--;
}

/* FAILED, or of no use for a while: a host that matters again is asked for again. */
static bool
may_evict(const struct core *core, const struct neigh *n)
{
	/* nothing waits in either: what waits is sent or failed within seconds of its last use */
	return n->state == NEIGH_FAILED ||
		(n->state != NEIGH_STATIC && core->tick - n->used > NEIGH_IDLE_SEC * CORE_TICKS_PER_SEC);
}

/* Makes room in a full table; looks at a bounded number of entries. */
static bool
evict(struct core *core)
{
	struct neigh_table *t = core->neigh;

	for (unsigned i = 0; i < EVICT_LOOKS; i++) {
		struct neigh *n = &t->entries[t->hand++ & (NEIGH_MAX - 1)];
		if (may_evict(core, n)) {
			forget(core, n);
			return true;
		}
	}
	return false;
}

/* When the timer is to look at the entry again. */
static uint32_t
deadline(const struct neigh *n)
{
	uint32_t unused = n->used + CORE_TICKS_PER_SEC *
		(n->state == NEIGH_FAILED ? NEIGH_FAILED_GC_SEC : NEIGH_GC_SEC);
	uint32_t unconfirmed = n->confirmed + NEIGH_REACHABLE_SEC * CORE_TICKS_PER_SEC;

	if ((n->state == NEIGH_INCOMPLETE || n->state == NEIGH_STALE) && n->tries > 0)
		return n->asked + ASK_TICKS;
	if (n->state == NEIGH_REACHABLE && (int32_t)(unconfirmed - unused) < 0)
		return unconfirmed;
	return unused;
}

static void
arm(struct core *core, struct neigh *n)
{
	if (n->state != NEIGH_STATIC)
		wheel_arm(&core->wheel, &n->timer, deadline(n));
}

static void
write_header(struct neigh *n, const struct rte_ether_addr *mac)
{
	eth_write(n->header, mac, &n->port->mac, n->addr.family == LEAT_IPV6 ? ETH_TYPE_IP6 : ETH_TYPE_IP4);
}

static struct neigh *
create(struct core *core, struct port *port, const struct leat_addr *addr)
{
	struct neigh_table *t = core->neigh;
	struct key k = key_of(port, addr);

	if (t->used == NEIGH_MAX && !evict(core))
		return NULL;
	int32_t index = rte_hash_add_key(t->hash, &k);
	if (index < 0)
		return NULL;
	struct neigh *n = &t->entries[index];
	memset(n, 0, sizeof(*n));
	n->addr = *addr;
	n->port = port;
	n->used = core->tick;
	wheel_node_init(&n->timer, WHEEL_NEIGH);
	t->generation[index] = (t->generation[index] + 1) & GENERATION_MASK;
	t->used++;
	arm(core, n);
	return n;
}

static uint32_t
handle_of(const struct core *core, const struct neigh *n)
{
	const struct neigh_table *t = core->neigh;
	uint32_t index = (uint32_t)(n - t->entries);

	return t->generation[index] << NEIGH_INDEX_BITS | index;
}

uint32_t
neigh_get(struct core *core, struct port *port, const struct leat_addr *addr)
{
	struct neigh *n = find(core, port, addr);

	if (n == NULL)
		n = create(core, port, addr);
	return n == NULL ? 0 : handle_of(core, n);
}

/* Sends a request: to the address that a STALE entry has, else to all. */
static void
ask(struct core *core, struct neigh *n)
{
	const struct rte_ether_addr *mac = (const struct rte_ether_addr *)n->header;

	n->asked = core->tick;
	n->tries++;
	arp_request(core, n->port, n->addr.v4, n->state == NEIGH_STALE ? mac : NULL);
	arm(core, n);
}

static void
fail(struct core *core, struct neigh *n)
{
	struct neigh_table *t = core->neigh;
	unsigned kept = 0;

	n->state = NEIGH_FAILED;
	n->tries = 0;
	count(core, CNT_neigh_failed);
	while (kept < n->nb_waiting && t->unsent_end < NEIGH_UNSENT_MAX)
		t->unsent[t->unsent_end++] = n->waiting[kept++];
	n->nb_waiting = (uint8_t)(n->nb_waiting - kept);
	memmove(n->waiting, n->waiting + kept, n->nb_waiting * sizeof(n->waiting[0]));
	forget_waiting(core, n, DROP_neigh_failed);
}

struct rte_mbuf *
neigh_take_unsent(struct core *core)
{
	struct neigh_table *t = core->neigh;

	if (likely(t->unsent_first == t->unsent_end))
		return NULL;
	struct rte_mbuf *m = t->unsent[t->unsent_first++];
	core->held -= m->nb_segs;
	if (t->unsent_first == t->unsent_end)
		t->unsent_first = t->unsent_end = 0;
	return m;
}

/* A second has passed since the last request, without an answer. */
static void
on_silence(struct core *core, struct neigh *n)
{
	if (n->tries < NEIGH_TRIES) {
		ask(core, n);
	} else if (n->state == NEIGH_INCOMPLETE) {
		fail(core, n);
	} else {
		/* RFC 1122 2.3.2.1 (2): an entry that does not answer polls is deleted; the next packet asks all */
		n->state = NEIGH_INCOMPLETE;
		n->tries = 0;
	}
}

static void
on_timer(struct core *core, struct wheel_node *node)
{
	struct neigh *n = container_of(node, struct neigh, timer);

	if ((int32_t)(core->wheel.tick - deadline(n)) >= 0) {
		if ((n->state == NEIGH_INCOMPLETE || n->state == NEIGH_STALE) && n->tries > 0) {
			on_silence(core, n);
		} else if (n->state == NEIGH_REACHABLE) {
			n->state = NEIGH_STALE;
		} else {
			forget(core, n);
			return;
		}
	}
	arm(core, n);
}

/* Keeps m until the address is known; of too many the oldest goes (RFC 1122 2.3.2.2 wants the latest kept). */
static void
wait_for_address(struct core *core, struct neigh *n, struct rte_mbuf *m)
{
	if (n->nb_waiting == NEIGH_WAIT_MAX) {
		core->held -= n->waiting[0]->nb_segs;
		drop(core, n->waiting[0], DROP_neigh_queue_full);
		memmove(n->waiting, n->waiting + 1, (NEIGH_WAIT_MAX - 1) * sizeof(n->waiting[0]));
		n->nb_waiting--;
	}
	core->held += m->nb_segs;
	n->waiting[n->nb_waiting++] = m;
}

static void
send_waiting(struct core *core, struct neigh *n)
{
	for (unsigned i = 0; i < n->nb_waiting; i++) {
		core->held -= n->waiting[i]->nb_segs;
		neigh_transmit(core, n, n->waiting[i]);
	}
	n->nb_waiting = 0;
}

int
neigh_output_slowly(struct core *core, uint32_t handle, struct rte_mbuf *m)
{
	struct neigh *n = neigh_at(core, handle);

	if (unlikely(n == NULL))
		return -ESTALE;
	n->used = core->tick;
	switch (n->state) {
	case NEIGH_FAILED:
		/* who is asked for again may be back: its last request is a second old at least */
		n->state = NEIGH_INCOMPLETE;
		/* fall through */
	case NEIGH_INCOMPLETE:
		wait_for_address(core, n, m);
		if (n->tries == 0)
			ask(core, n);
		return 0;
	case NEIGH_STALE:
		if (n->tries == 0)
			ask(core, n);
		break;
	}
	neigh_transmit(core, n, m);
	return 0;
}

void
neigh_learn(struct core *core, struct port *port, const struct leat_addr *addr,
	const struct rte_ether_addr *mac, bool make, bool solicited)
{
	struct neigh *n = find(core, port, addr);

	if (n == NULL && make)
		n = create(core, port, addr);
	if (n == NULL || n->state == NEIGH_STATIC)
		return;
	bool changed = n->state == NEIGH_INCOMPLETE || n->state == NEIGH_FAILED ||
		!rte_is_same_ether_addr(mac, (const struct rte_ether_addr *)n->header);
	write_header(n, mac);
	if (solicited && n->tries > 0) {
		n->state = NEIGH_REACHABLE;
		n->confirmed = core->tick;
		n->tries = 0;
	} else if (changed) {
		/* RFC 826 believes what it is told unasked; we use it, and ask there when we do. */
		n->state = NEIGH_STALE;
		n->tries = 0;
	}
	arm(core, n);
	send_waiting(core, n);
}

int
neigh_set_static(struct core *core, struct port *port, const struct leat_addr *addr,
	const struct rte_ether_addr *mac)
{
	struct neigh *n = find(core, port, addr);

	if (n == NULL)
		n = create(core, port, addr);
	if (n == NULL)
		return -ENOSPC;
	n->state = NEIGH_STATIC;
	wheel_cancel(&core->wheel, &n->timer);
	write_header(n, mac);
	send_waiting(core, n);
	return 0;
}

void
neigh_confirm_stale(struct core *core, struct neigh *n)
{
	n->state = NEIGH_REACHABLE;
	n->tries = 0;
	arm(core, n);
}

enum neigh_state
neigh_state_of(const struct core *core, uint32_t handle)
{
	const struct neigh *n = neigh_at(core, handle);

	return n == NULL ? NEIGH_INCOMPLETE : n->state;
}

void
neigh_walk(const struct core *core, void (*fn)(const struct neigh *, void *arg), void *arg)
{
	const struct neigh_table *t = core->neigh;

	for (unsigned i = 0; i < NEIGH_MAX; i++)
		if (t->generation[i] & 1)
			fn(&t->entries[i], arg);
}

int
neigh_init(struct core *core)
{
	struct neigh_table *t = calloc(1, sizeof(*t));
	char name[RTE_HASH_NAMESIZE];
	uint32_t seed;

	if (t == NULL)
		return -ENOMEM;
	core->neigh = t;
	/* short: rte_hash names a ring "HT_EXT_" + this, and would cut what makes it unique off at 28 */
	snprintf(name, sizeof(name), "neigh-%p", (void *)core);
	memcpy(&seed, core->secret, sizeof(seed));
	const struct rte_hash_parameters params = {
		.name = name,
		.entries = NEIGH_MAX,
		.key_len = sizeof(struct key),
		.hash_func = rte_jhash,
		.hash_func_init_val = seed,
		.socket_id = core->numa_node,
		/* the table may be filled to the last entry */
		.extra_flag = RTE_HASH_EXTRA_FLAGS_EXT_TABLE,
	};
	t->hash = rte_hash_create(&params);
	t->entries = pages_map(NEIGH_MAX * sizeof(struct neigh), core->numa_node);
	if (t->hash == NULL || t->entries == NULL) {
		neigh_fini(core);
		return -ENOMEM;
	}
	wheel_handler(&core->wheel, WHEEL_NEIGH, on_timer);
	return 0;
}

void
neigh_fini(struct core *core)
{
	struct neigh_table *t = core->neigh;

	if (t == NULL)
		return;
	for (struct rte_mbuf *m = neigh_take_unsent(core); m != NULL; m = neigh_take_unsent(core))
		drop(core, m, DROP_neigh_failed);
	for (unsigned i = 0; i < NEIGH_MAX && t->entries != NULL; i++)
		if (t->generation[i] & 1)
			forget(core, &t->entries[i]);
	rte_hash_free(t->hash);
	pages_unmap(t->entries, NEIGH_MAX * sizeof(struct neigh));
	free(t);
	core->neigh = NULL;
}
