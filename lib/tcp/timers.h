/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCP_TIMERS_H
#define TCP_TIMERS_H
/*
 * What timers.c (what is armed) and timeouts.c (what happens when it is due) share. What the others tell them is in
 * tcp.h.
 *
 * The wheel node of a connection is not in the control block: the wheel goes from node to node, and of many connections
 * the control blocks are cold, while the nodes of those that wait for something lie close together.
 */
#include "base/seq.h"
#include "tcp/extra.h"

static inline struct wheel_node *
tcp_timer_node_of(const struct core *core, const struct tcb *t)
{
	return slab_at(&core->tcp->timers, t->timer);
}

static inline struct wheel_node *
tcp_timer_node_make(struct core *core, struct tcb *t)
{
	t->timer = slab_alloc(&core->tcp->timers);
	struct wheel_node *node = tcp_timer_node_of(core, t);
	wheel_node_init(node, WHEEL_TCB);
	node->owner = t;
	return node;
}

/* Files the node at `at`, or earlier. There is one for each connection. */
static inline void
tcp_timer_file(struct core *core, struct tcb *t, uint32_t at)
{
	struct wheel_node *node;

	if (likely(t->timer == 0))
		node = tcp_timer_node_make(core, t);
	else if (seq_leq(t->timer_at, at))
		return;
	else
		node = tcp_timer_node_of(core, t);
	wheel_arm(&core->wheel, node, at);
	t->timer_at = node->at;
}

static inline void
tcp_timer_node_free(struct core *core, struct tcb *t)
{
	slab_free(&core->tcp->timers, t->timer);
	t->timer = 0;
}

/* An orphan in FIN-WAIT-2: its time is limited, it neither keeps alive nor waits for an ACK. */
static inline bool
tcp_timer_is_ending(const struct tcb *t)
{
	return t->state == TCPS_FIN_WAIT_2 && (t->flags & TF_ORPHAN);
}

/* Is something sent, or queued to be, that is not acknowledged? What only waits for its turn does not count. */
static inline bool
tcp_timer_waits(const struct tcb *t)
{
	bool held_back = tcb_flight(t) == 0 && t->armed & T_PACE;

	return !held_back && seq_lt(t->snd_una, t->snd_end + !!(t->flags & TF_FIN_QUEUED));
}

/*
 * Arms or stops keepalive and the user timeout, whichever is nearer. keepalive: ticks until the next probe, 0: there is
 * none.
 */
void tcp_timer_idle(struct core *core, struct tcb *t, uint32_t keepalive);

#endif
