/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A link that comes back. Time-outs double while nothing gets through (RFC 6298 5.5), and whoever
 * waits one out waits longer than the link was away. When a time-out fires it is asked whether our
 * own link is down; then that is looked at ten times a second, and when the link is up again, what
 * waits goes out at once, without the doubling (RFC 6069 does the same when it learns by ICMP that
 * it was not congestion). So many connections a millisecond that the link is not flooded. Of a link
 * further on nothing is known, and of drivers that cannot tell either.
 */
#include "link/neigh.h"
#include "tcp/tcp.h"

enum {
	LOOK_TICKS = CORE_TICKS_PER_SEC / 10,
	ROUND_TICKS = CORE_TICKS_PER_SEC / 1000,
	/* What is done in a round, in buckets of the demux: so much is one that is empty, ... */
	ROUND = 1024,
	LOOKED = 4,  /* ... a control block, which is in no cache */
	SENT = 32,   /* ... and a segment */
};
static_assert(LEAT_MAX_PORTS <= 16, "carrier_down and carrier_back have a bit for each");

/* The port that a connection sends by, or NULL: its route is looked up anew with the next segment. */
static const struct port *
port_of(const struct core *core, const struct tcb *t)
{
	const struct neigh *n = neigh_at(core, t->next_hop);

	return n != NULL ? n->port : NULL;
}

bool
tcp_carrier_lost(struct core *core, const struct tcb *t)
{
	struct tcp_layer *tcp = core->tcp;
	const struct port *port = port_of(core, t);

	if (port == NULL)
		return false;
	if (tcp->carrier_down & 1u << port->index)
		return true;
	/* a million time-outs at once need not ask a million times */
	if (tcp->carrier_asked[port->index] == core->tick)
		return false;
	tcp->carrier_asked[port->index] = core->tick;
	if (port_link_up(port))
		return false;
	tcp->carrier_down |= (uint16_t)(1u << port->index);
	count(core, CNT_tcp_carrier_lost);
	wheel_arm(&core->wheel, &tcp->carrier_timer, core->tick + LOOK_TICKS);
	return true;
}

/* Does it wait out a time-out that has doubled? */
static bool
is_stuck(const struct core *core, const struct tcb *t)
{
	const struct port *port = port_of(core, t);

	return t->armed & T_RTX && t->backoff > 0 && (port == NULL || core->tcp->carrier_back & 1u << port->index);
}

static void
send_again(struct core *core, struct tcb *t)
{
	count(core, CNT_tcp_carrier_resent);
	if (t->state < TCPS_ESTABLISHED)
		t->flags |= TF_RTO; /* the SYN */
	else if (t->snd_wnd == 0)
		t->flags |= TF_PROBE;
	else
		tcp_lose_all(core, t); /* again, after the first time-out, which has set cwnd and ssthresh */
	tcp_timer_window(core, t);
	tcb_mark(core, t);
}

/* Returns what it took. */
static unsigned
resume_bucket(struct core *core, const struct demux_bucket *b)
{
	unsigned work = 1;

	for (int way = 0; way < DEMUX_WAYS; way++) {
		struct tcb *t = slab_at(&core->tcp->tcbs, demux_index(b->handles[way]));
		if (demux_kind(b->handles[way]) != DEMUX_TCB)
			continue;
		work += LOOKED;
		if (!is_stuck(core, t))
			continue;
		send_again(core, t);
		work += SENT;
	}
	return work;
}

/* A part of the way through all connections. */
static void
resume(struct core *core)
{
	struct tcp_layer *tcp = core->tcp;

	for (unsigned work = 0; work < ROUND;) {
		const struct demux_bucket *b = demux_walk_next(&tcp->demux, &tcp->carrier_walk);
		if (b == NULL) {
			tcp->carrier_back = 0;
			return;
		}
		work += resume_bucket(core, b);
	}
}

/* Which of those that were down are up? */
static void
look(struct core *core)
{
	struct tcp_layer *tcp = core->tcp;

	for (unsigned i = 0; i < core->link->nb_ports; i++) {
		uint16_t bit = (uint16_t)(1u << i);
		if (!(tcp->carrier_down & bit) || !port_link_up(&core->link->ports[i]))
			continue;
		tcp->carrier_down &= (uint16_t)~bit;
		tcp->carrier_back |= bit;
		demux_walk_begin(&tcp->demux, &tcp->carrier_walk);
	}
	if (tcp->demux.entries == 0)
		tcp->carrier_down = 0; /* nobody waits for it */
}

static void
on_timer(struct core *core, struct wheel_node *node)
{
	struct tcp_layer *tcp = core->tcp;

	if (tcp->carrier_back == 0)
		look(core);
	if (tcp->carrier_back != 0)
		resume(core);
	if (tcp->carrier_back != 0)
		wheel_arm(&core->wheel, node, core->tick + ROUND_TICKS);
	else if (tcp->carrier_down != 0)
		wheel_arm(&core->wheel, node, core->tick + LOOK_TICKS);
}

void
tcp_carrier_init(struct core *core)
{
	wheel_handler(&core->wheel, WHEEL_CARRIER, on_timer);
	wheel_node_init(&core->tcp->carrier_timer, WHEEL_CARRIER);
}
