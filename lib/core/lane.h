/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CORE_LANE_H
#define CORE_LANE_H
/*
 * What the cores of an instance pass to each other: frames, in bursts, over rings with one producer
 * and one consumer, one from each core to each other one. An instance of one core has none, and
 * core->lanes is NULL.
 *
 * There are two kinds. By the lanes of frames that came in a core gives to another what is that one's
 * (link/steer.h); it is staged while a burst is looked through and handed over at its end. By the
 * lanes of frames to send a core without a transmit queue of its own on a port (core/txq.h) reaches
 * one that has; they are made only when there is such a core. m->port is our index of the port in both.
 *
 * A core that sleeps is woken; whether it does is in a line that only going to sleep writes.
 */
#include <stdint.h>
#include "core/core.h"

enum {
	LANE_SIZE = 1024, /* frames that wait in one; what finds it full is dropped (DROP_lane_full) */
};

/* The way to another core. */
struct lane {
	struct rte_ring *in;     /* frames that came in */
	struct rte_ring *out;    /* frames to send, or NULL */
	struct core *to;
	uint32_t n;              /* staged for `in` */
	struct rte_mbuf *staged[CORE_BURST];
};

/* The way from another core: its rings, noted here, so that a look at them touches nothing that it writes but them. */
struct lane_end {
	struct rte_ring *in, *out;
};

/* What a core passes to the others and what they pass to it, by their number; its own place is empty. */
struct lanes {
	struct lane_end from[LEAT_MAX_CORES];
	uint64_t staged;         /* bits: to these cores something is staged */
	uint64_t notify;         /* bits: something was put into an `out` of these since the last lanes_flush() */
	struct lane to[LEAT_MAX_CORES];
};

/* Makes core->lanes of all n (2..LEAT_MAX_CORES). 0, or -ENOMEM and none has any. */
int lanes_init(struct core *const *cores, unsigned n);
/* Adds the lanes of frames to send, from a core to another. 0 or -ENOMEM. */
int lanes_add_out(struct core *from, struct core *to);
/* Frees what is left in them, and the lanes. */
void lanes_fini(struct core *const *cores, unsigned n);

/* Stages a frame that came in for core `to`, another one. Takes m. */
void lane_put(struct core *core, unsigned to, struct rte_mbuf *m);

/* Puts frames to send into the lane to core `to`; returns how many it took, the first ones. */
unsigned lane_send(struct core *core, unsigned to, struct rte_mbuf **pkts, unsigned n);

/* Hands over what is staged, and wakes who sleeps. */
void lanes_flush(struct core *core);

/* Up to CORE_BURST frames that core `from` passed: that came in; that are to be sent. */
unsigned lane_take(const struct core *core, unsigned from, struct rte_mbuf **pkts);
unsigned lane_take_out(const struct core *core, unsigned from, struct rte_mbuf **pkts);

/* Lies there anything for this core? */
bool lanes_waiting(const struct core *core);

/* Mbufs in the lanes from this core. */
uint32_t lanes_held(const struct core *core);

#endif
