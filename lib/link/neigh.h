/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LINK_NEIGH_H
#define LINK_NEIGH_H
/*
 * Neighbours: the hosts on our links, with the finished link header to send to each. Control
 * blocks refer to an entry by a 32-bit handle with a generation, so a changed MAC address changes
 * one entry and not every connection.
 */
#include <stdint.h>
#include <stdbool.h>
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
	NEIGH_MAX = 4096,          /* entries */
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

int neigh_init(struct core *core);   /* makes core->neigh; registers WHEEL_NEIGH */
void neigh_fini(struct core *core);

/* The handle for an on-link address, making an entry if need be; 0 when the table is full. */
uint32_t neigh_get(struct core *core, struct port *port, const struct leat_addr *addr);

/* A static entry. 0 or -ENOSPC. */
int neigh_set_static(struct core *core, struct port *port, const struct leat_addr *addr,
	const struct rte_ether_addr *mac);

/* Is this handle still the entry it was made for? */
bool neigh_valid(const struct core *core, uint32_t handle);
struct port *neigh_port(const struct core *core, uint32_t handle);
enum neigh_state neigh_state_of(const struct core *core, uint32_t handle);

/*
 * Sends m, whose data begins at the network header, to the neighbour: prepends the link header,
 * or keeps it waiting while the address is asked for, at most once a second. Takes m. Returns 0, or
 * -ESTALE when the handle is no longer valid (m is NOT taken then: look the route up again).
 */
int neigh_output(struct core *core, uint32_t handle, struct rte_mbuf *m);

/*
 * A packet that waited in vain: its neighbour did not answer. Its data begins at the network header;
 * the caller takes it, to tell who sent it. NULL: none (any more). To be asked for once a turn.
 */
struct rte_mbuf *neigh_take_unsent(struct core *core);

/* What ARP (later ND) learned: addr is at mac. Updates an existing entry; creates one if asked to. */
void neigh_learn(struct core *core, struct port *port, const struct leat_addr *addr,
	const struct rte_ether_addr *mac, bool create, bool solicited);

/* A connection made progress: the neighbour is reachable (RFC 1122 2.3.2.1 hints). Cheap. */
void neigh_confirm(struct core *core, uint32_t handle);

/* Calls fn for each entry. */
void neigh_walk(const struct core *core, void (*fn)(const struct neigh *, void *arg), void *arg);

#endif
