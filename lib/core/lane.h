/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CORE_LANE_H
#define CORE_LANE_H
/*
 * What the cores of an instance pass to each other: frames, in bursts, over belts (core/belt.h), one from each core to
 * each other one. An instance of one core has none, and core->lanes is NULL.
 *
 * There are two kinds. By the lanes of frames that came in a core gives to another what is that one's
 * (link/steer.h); it is staged while a burst is looked through and handed over at its end. By the
 * lanes of frames to send a core without a transmit queue of its own on a port (core/txq.h) reaches
 * one that has; they are made only when there is such a core.
 *
 * What is handed over takes whole cache lines, however little it is. So where the other core is behind, and its belt is
 * long, it is only handed over when it has become a burst.
 *
 * A core that sleeps is woken; whether it does is in a line that only going to sleep writes.
 */
#include <stdint.h>
#include "core/belt.h"
#include "core/core.h"

/* The way to another core. */
struct lane {
	struct belt_in in;       /* frames that came in; what finds it full is dropped (DROP_lane_full) */
	struct belt_in out;      /* frames to send, or there is none */
	struct core *to;
	uint32_t n;              /* staged for `in` */
	uint64_t staged[BELT_MOST];
};

/* The way from another core: its belts, noted here, so that a look at them touches nothing that it writes but them. */
struct lane_end {
	struct belt_out in, out;
};

/* What a core passes to the others and what they pass to it, by their number; its own place is empty. */
struct lanes {
	struct lane_end from[LEAT_MAX_CORES];
	uint64_t staged;         /* bits: to these cores something is staged */
	uint64_t notify;         /* bits: something was handed over to these since the last lanes_flush() */
	struct lane to[LEAT_MAX_CORES];
};

/* Frames that were passed on, and our index of the port of each. */
struct lane_burst {
	unsigned n;
	uint8_t ports[CORE_BURST];
	struct rte_mbuf *pkts[CORE_BURST];
};

/* Makes core->lanes of all n (2..LEAT_MAX_CORES). 0, or -ENOMEM and none has any. */
int lanes_init(struct core *const *cores, unsigned n);
/* Adds the lanes of frames to send, from a core to another. 0 or -ENOMEM. */
int lanes_add_out(struct core *from, struct core *to);
/* Frees what is left in them, and the lanes. */
void lanes_fini(struct core *const *cores, unsigned n);

/* Hands over what is staged for one, or waits until it is a burst. */
void lane_hand_over(struct core *core, struct lane *lane);

/* Stages a frame that came in by our port of that index for core `to`, another one. Takes m. */
static inline void
lane_put(struct core *core, unsigned to, struct rte_mbuf *m, uint8_t port)
{
	struct lanes *lanes = core->lanes;
	struct lane *lane = &lanes->to[to];

	lane->staged[lane->n++] = belt_word(m, port);
	lanes->staged |= UINT64_C(1) << to;
	if (unlikely(lane->n == BELT_MOST))
		lane_hand_over(core, lane);
}

/* Hands over what is staged; the end of a burst. The others hear of it with lanes_flush(). */
void lanes_pass(struct core *core);

/* Puts frames to send by that port into the lane to core `to`; returns how many it took, the first ones. */
unsigned lane_send(struct core *core, unsigned to, uint8_t port, struct rte_mbuf **pkts, unsigned n);

/* The end of a turn: hands over what is still staged, and wakes who sleeps. */
void lanes_flush(struct core *core);

/* Up to CORE_BURST frames that core `from` passed: that came in; that are to be sent. */
void lane_take(struct core *core, unsigned from, struct lane_burst *burst);
void lane_take_out(struct core *core, unsigned from, struct lane_burst *burst);

/* Asks for the lines of what came in for this core and waits in the lanes, so that they have come when it is taken. */
void lanes_fetch(const struct core *core);

/* Lies there anything for this core, or anything of it that was not handed over yet? */
bool lanes_waiting(const struct core *core);

/* Mbufs in the lanes from this core. */
uint32_t lanes_held(const struct core *core);

#endif
