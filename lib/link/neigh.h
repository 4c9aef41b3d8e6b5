/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LINK_NEIGH_H
#define LINK_NEIGH_H
/*
 * Neighbours: the hosts on our links, with the finished link header to send to each. Control
 * blocks refer to an entry by a 32-bit handle with a generation, so a changed MAC address changes
 * one entry and not every connection.
 *
 * Each core has a table of its own, and hears of every ARP packet (link/steer.h). One table with readers that need
 * no lock would spare a request where two cores ask for one neighbour; but its entries are written by every packet
 * (when it was last used, what waits, what was confirmed), which no other core may see. So the limit of one request
 * a second (RFC 1122 2.3.2.1) is each core's.
 */
#include <stdint.h>
#include <stdbool.h>
#include <string.h>
#include <rte_ether.h>
#include <leat/addr.h>
#include "core/core.h"
#include "link/port.h"

enum neigh_state {
	NEIGH_INCOMPLETE, /* asked for, no answer yet */
	NEIGH_REACHABLE,
	NEIGH_STALE,      /* usable; asked again (unicast) when used */
	NEIGH_FAILED,     /* did not answer; asked again when used */
	NEIGH_STATIC,     /* configured, never asked */
};

enum {
	NEIGH_INDEX_BITS = 12,
	NEIGH_MAX = 1 << NEIGH_INDEX_BITS, /* entries */
	NEIGH_UNSENT_MAX = 256,
	NEIGH_WAIT_MAX = 8,        /* packets that wait for an address, the newest kept */
	NEIGH_TRIES = 3,           /* requests before FAILED, one a second (RFC 1122 2.3.2.1) */
	NEIGH_REACHABLE_SEC = 30,
	NEIGH_GC_SEC = 600,        /* unused that long: forgotten */
	NEIGH_FAILED_GC_SEC = 20,  /* the same for FAILED ones, which a scan makes many of */
	NEIGH_IDLE_SEC = 10,       /* unused that long: may make room when the table is full */
};

struct neigh {
	struct leat_addr addr;
	uint8_t state;             /* enum neigh_state */
	uint8_t tries;             /* requests without an answer */
	uint8_t nb_waiting;
	uint8_t header[RTE_ETHER_HDR_LEN] __attribute__((aligned(2))); /* destination, source, EtherType */
	struct port *port;
	uint32_t confirmed;        /* tick of the last proof that it is there */
	uint32_t asked;            /* tick of the last request */
	uint32_t used;             /* tick of the last packet */
	struct wheel_node timer;
	struct rte_mbuf *waiting[NEIGH_WAIT_MAX]; /* the oldest first */
};

/*
 * Entries lie where the hash puts their keys: its position is the index. A handle is the index
 * and the generation of the place, which is odd while the place is in use, so that no handle is 0
 * and one that was given out for a former entry is known by it.
 */
struct neigh_table {
	struct rte_hash *hash;
	struct neigh *entries;
	uint32_t generation[NEIGH_MAX];
	uint32_t used;
	uint32_t hand; /* where the next search for room begins */
	/* What waited for neighbours that did not answer, until neigh_take_unsent(). */
	struct rte_mbuf *unsent[NEIGH_UNSENT_MAX];
	unsigned unsent_first, unsent_end;
};

int neigh_init(struct core *core);   /* makes core->neigh; registers WHEEL_NEIGH */
void neigh_fini(struct core *core);

/* The handle for an on-link address, making an entry if need be; 0 when the table is full. */
uint32_t neigh_get(struct core *core, struct port *port, const struct leat_addr *addr);

/* A static entry. 0 or -ENOSPC. */
int neigh_set_static(struct core *core, struct port *port, const struct leat_addr *addr,
	const struct rte_ether_addr *mac);

/* The entry that the handle was made for; NULL: it is no more. */
static inline struct neigh *
neigh_at(const struct core *core, uint32_t handle)
{
	const struct neigh_table *t = core->neigh;
	uint32_t index = handle & (NEIGH_MAX - 1);

	if (unlikely(handle == 0 || t->generation[index] != handle >> NEIGH_INDEX_BITS))
		return NULL;
	return &t->entries[index];
}

static inline bool
neigh_valid(const struct core *core, uint32_t handle)
{
	return neigh_at(core, handle) != NULL;
}

/* The same if a packet may go to it at once: its address is known and fresh. */
static inline struct neigh *
neigh_ready(const struct core *core, uint32_t handle)
{
	struct neigh *n = neigh_at(core, handle);

	return likely(n != NULL && (n->state == NEIGH_REACHABLE || n->state == NEIGH_STATIC)) ? n : NULL;
}

enum neigh_state neigh_state_of(const struct core *core, uint32_t handle);

/* Puts the link header in front of m, and sends it. Takes m. */
static inline void
neigh_transmit(struct core *core, const struct neigh *n, struct rte_mbuf *m)
{
	if (unlikely(rte_pktmbuf_headroom(m) < RTE_ETHER_HDR_LEN)) { /* every pool of ours leaves headroom */
		drop(core, m, DROP_no_mbuf);
		return;
	}
	memcpy(rte_pktmbuf_prepend(m, RTE_ETHER_HDR_LEN), n->header, RTE_ETHER_HDR_LEN);
	link_send(core, n->port, m);
}

int neigh_output_slowly(struct core *core, uint32_t handle, struct rte_mbuf *m);

/*
 * Sends m, whose data begins at the network header, to the neighbour: prepends the link header,
 * or keeps it waiting while the address is asked for, at most once a second. Takes m. Returns 0, or
 * -ESTALE when the handle is no longer valid (m is NOT taken then: look the route up again).
 */
static inline int
neigh_output(struct core *core, uint32_t handle, struct rte_mbuf *m)
{
	struct neigh *n = neigh_ready(core, handle);

	if (unlikely(n == NULL))
		return neigh_output_slowly(core, handle, m);
	n->used = core->tick;
	neigh_transmit(core, n, m);
	return 0;
}

/*
 * A packet that waited in vain: its neighbour did not answer. Its data begins at the network header;
 * the caller takes it, to tell who sent it. NULL: none (any more). To be asked for once a turn.
 */
struct rte_mbuf *neigh_take_unsent(struct core *core);

/* What ARP (later ND) learned: addr is at mac. Updates an existing entry; creates one if asked to. */
void neigh_learn(struct core *core, struct port *port, const struct leat_addr *addr,
	const struct rte_ether_addr *mac, bool create, bool solicited);

void neigh_confirm_stale(struct core *core, struct neigh *n);

/* A connection made progress: the neighbour is reachable (RFC 1122 2.3.2.1 hints). Cheap. */
static inline void
neigh_confirm(struct core *core, uint32_t handle)
{
	struct neigh *n = neigh_at(core, handle);

	if (unlikely(n == NULL || (n->state != NEIGH_REACHABLE && n->state != NEIGH_STALE)))
		return;
	n->confirmed = core->tick;
	if (unlikely(n->state == NEIGH_STALE))
		neigh_confirm_stale(core, n);
}

/* Calls fn for each entry. */
void neigh_walk(const struct core *core, void (*fn)(const struct neigh *, void *arg), void *arg);

#endif
