/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef UDP_UDP_H
#define UDP_UDP_H
/*
 * UDP (RFC 768, RFC 1122 4.1): endpoints by local port, and what came for them in this turn.
 *
 * A datagram is checked, matched and queued when it comes in (step 3 of the turn) and given to the
 * application with the other events (step 5). The queue is the core's: events reach the
 * application in the order in which they came, whatever endpoint they are for.
 */
#include <stdbool.h>
#include <stdint.h>
#include <leat/udp.h>
#include "core/core.h"
#include "ip/ip.h"

enum {
	UDP_BUCKETS = 1024,
	UDP_QUEUE = 1024,         /* events kept until step 5; a turn brings CORE_BURST a port */
	UDP_LINEAR = 65536,       /* any datagram fits */
	UDP_PORT_FIRST = 49152,   /* ports we choose from: the dynamic range (RFC 6335 6) */
	UDP_PORT_COUNT = 65536 - UDP_PORT_FIRST,
};

struct leat_udp {
	struct leat_udp *next;    /* in its bucket */
	struct core *core;
	struct leat_endpoint local; /* LEAT_UNSPEC: every address of the instance */
	struct leat_udp_events events;
	void *user;
	struct leat_addr peer;    /* the last destination, and how it is reached */
	uint32_t next_hop;
};

/* What the application is to be told. */
struct udp_event {
	struct leat_udp *udp;     /* NULL: closed meanwhile */
	struct rte_mbuf *m;       /* a datagram, its data at the payload; NULL: an error */
	struct leat_endpoint remote; /* who sent it; of an error: where ours went */
	struct leat_addr to;      /* the address of ours it was sent to */
	int error;
};

struct udp_layer {
	struct leat_udp *buckets[UDP_BUCKETS]; /* by local port */
	uint64_t ports_chosen;    /* random ports ever asked for */
	uint32_t head, tail;      /* of queue, running freely: tail - head events wait */
	struct udp_event queue[UDP_QUEUE];
	uint8_t linear[UDP_LINEAR]; /* where a datagram of several mbufs is put together for its callback */
};

int udp_init(struct core *core); /* makes core->udp. 0 or -ENOMEM */
void udp_fini(struct core *core); /* closes what is open; no callback */

/*
 * Handles a datagram. Takes d->m and returns 0; or returns -ECONNREFUSED when nobody has that
 * port: then d->m is the caller's, its data still at the UDP header, to be answered with port
 * unreachable (RFC 1122 4.1.3.1) and dropped.
 */
int udp_input(struct core *core, struct ip_dgram *d);

/* An ICMP error quotes a datagram: was it sent by an endpoint that is still there? */
bool udp_error(struct core *core, const struct ip_error *e);

/* Step 5: gives the application what came. Returns the number of callbacks' worth of events. */
unsigned udp_deliver(struct core *core);

/* Frees what waits for an endpoint that is being closed. */
void udp_forget(struct core *core, const struct leat_udp *udp);

static inline struct leat_udp **
udp_bucket(struct udp_layer *layer, uint16_t port)
{
	return &layer->buckets[port % UDP_BUCKETS];
}

#endif
