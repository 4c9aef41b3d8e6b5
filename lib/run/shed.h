/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RUN_SHED_H
#define RUN_SHED_H
/*
 * When packets come faster than a core can handle them, something is lost: the receive queue overflows, and loses
 * of each connection as much as of those that are only to begin. Then nearly none gets through: what was spent on the
 * handshake of a connection whose request is lost was in vain, and all that is lost comes again. So what has begun is
 * finished before more is begun: SYNs are thrown away unread, which costs a small part of a connection, and their peers
 * ask again later.
 *
 * That needs to know how long the queue is, and few drivers tell. So when of a port as many packets were taken as the queue
 * holds, and its end was not seen, all that is there is taken into a line of our own, which is worked off a burst at a
 * time. A SYN that finds the line as long as the receive queue is thrown away (DROP_tcp_shed): until then clients
 * that wait for their answers, however many more than the core handles in a turn, lose nothing. Any other packet is
 * taken while the line is shorter than twice that; what does not fit stays with the driver. (Where receive buffers are
 * few, the line is shorter: a quarter of those that the drivers leave.) When the line is empty
 * and the end of the queues was seen, bursts are handled as they come again, and none of this costs anything.
 *
 * In a SYN flood nothing is shed: a SYN that is answered with a cookie begins nothing (RFC 4987 3.6), and costs little
 * more than to throw it away; the honest ones among them would have to ask again, a second later.
 *
 * It may be long for ever, with data that senders never stop to send. Then of each PASS packets one may be a SYN.
 */
#include <stdbool.h>
#include <stdint.h>
#include "core/core.h"

struct rte_mbuf;

/* Of one port and core. */
struct shed {
	struct rte_mbuf **line;
	uint32_t mask;     /* of the line's places: a power of two */
	uint32_t head, tail; /* first taken, and next free place */
	uint32_t room;     /* packets that a receive queue holds */
	uint32_t seen;     /* packets since the end of the queues was seen */
	uint32_t waited;   /* packets since a SYN was let through though the line was long */
	uint64_t cookies;  /* tcp_cookies_sent when we last looked */
	uint64_t flood_until; /* core->now */
};

enum {
	SHED_FULL = 28,    /* packets of a burst: there may be more (some drivers give a few less than they could) */
	SHED_PASS = 256,
};

/* For one port. room: descriptors of its receive queues; buffers: that the core has beside those. 0 or -ENOMEM. */
int shed_init(struct shed *s, uint32_t room, uint32_t buffers);

/* Frees what is in the line. */
void shed_fini(struct core *core, struct shed *s);

static inline uint32_t
shed_length(const struct shed *s)
{
	return s->tail - s->head;
}

/* Are packets to go by the line? */
static inline bool
shed_is_behind(const struct shed *s)
{
	return s->tail != s->head || s->seen >= s->room;
}

/* A round of receiving: n packets; full: the end of some queue was not seen. */
static inline void
shed_note(struct shed *s, unsigned n, bool full)
{
	s->seen = full ? s->seen + n : 0;
}

/* Is there room in the line for a burst? */
static inline bool
shed_has_room(const struct shed *s)
{
	return shed_length(s) + CORE_BURST <= s->mask + 1;
}

/* Puts n packets into the line, or throws them away. */
void shed_put(struct core *core, struct shed *s, struct rte_mbuf **pkts, unsigned n);

/* Takes up to CORE_BURST out of the line. */
unsigned shed_take(struct core *core, struct shed *s, struct rte_mbuf **pkts);

#endif
