/* SPDX-License-Identifier: BSD-3-Clause */
/* Step 2 of the turn: from the queues of the ports, from the lines of a core that is behind, from the other cores. */
#include <rte_prefetch.h>
#include "core/lane.h"
#include "core/recycle.h"
#include "run/receive.h"
#include "run/run.h"
#include "run/rx.h"

enum {
	FETCH = 192,       /* bytes of a packet from another core: headers, and a short payload, whose checksum is read */
	PASSED = 2,        /* bursts taken from what a core has passed in a turn */
	LINE_UP = 8,       /* bursts taken from a queue into the line in a turn */
};

/* Passes on what is for other cores; returns how many of the frames stay. */
static unsigned
share(struct core *core, const struct port *port, struct rte_mbuf **pkts, unsigned n)
{
	unsigned own = steer_burst(core, port, pkts, n);

	core->work += n - own;
	return own;
}

/* The other core has written these packets last: all of its lines are asked for before the first is waited for. */
static void
fetch(struct rte_mbuf *const *pkts, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		recycle_prefetch(pkts[i]);
	for (unsigned i = 0; i < n; i++)
		for (uint16_t at = 0; at < FETCH; at += RTE_CACHE_LINE_SIZE)
			rte_prefetch0(rte_pktmbuf_mtod_offset(pkts[i], void *, at));
}

static void
receive_burst(struct core *core, struct lane_burst *burst)
{
	fetch(burst->pkts, burst->n);
	for (unsigned i = 0, run; i < burst->n; i += run) {
		for (run = 1; i + run < burst->n && burst->ports[i + run] == burst->ports[i];)
			run++;
		rx_burst(core, &core->link->ports[burst->ports[i]], burst->pkts + i, run);
	}
}

/*
 * What the other cores have received for this one: bursts like those of a port's queue. Where one burst was not all there
 * is another: who passes them on does not do so evenly.
 */
static void
receive_passed(struct core *core)
{
	struct lane_burst burst = {.n = 1};

	for (unsigned from = 0; from < core->nb_cores; from++) {
		for (unsigned i = 0; from != core->id && i < PASSED && (i == 0 || burst.n > 0); i++) {
			lane_take(core, from, &burst);
			receive_burst(core, &burst);
		}
	}
}

/* The next packets of a queue, or of the line that they were taken into. */
static unsigned
next_burst(struct core *core, struct port *port, struct shed *line, uint16_t queue, struct rte_mbuf **pkts)
{
	if (likely(line == NULL))
		return link_rx_burst(core, port, queue, pkts);
	unsigned n = shed_take(core, line, pkts);
	fetch(pkts, n);
	return n;
}

/*
 * Where software steers most of what one queue has is for others: of each burst what is left is put together, until it
 * is a burst, or so much was read as makes one for each core. So all have as much to do in a turn as if each had a
 * queue. Returns how many came; *full: there may be more.
 */
static unsigned
receive_for_all(struct core *core, struct port *port, struct shed *line, uint16_t queue, bool *full)
{
	struct rte_mbuf *pkts[2 * CORE_BURST];
	unsigned own = 0, received = 0;

	*full = true;
	for (unsigned i = 0; i < core->nb_cores && own < CORE_BURST && *full; i++) {
		unsigned n = next_burst(core, port, line, queue, pkts + own);
		received += n;
		*full = n >= SHED_FULL;
		own += n > 0 ? share(core, port, pkts + own, n) : 0;
	}
	for (unsigned done = 0, n; done < own; done += n) {
		n = RTE_MIN(own - done, (unsigned)CORE_BURST);
		rx_burst(core, port, pkts + done, n);
	}
	return received;
}

/* One burst; what is not for this core is passed on. */
static unsigned
receive_one(struct core *core, struct port *port, struct shed *line, uint16_t queue, bool *full)
{
	struct rte_mbuf *pkts[CORE_BURST];
	unsigned n = next_burst(core, port, line, queue, pkts), own = n;

	*full = n >= SHED_FULL;
	if (unlikely(core->lanes != NULL) && n > 0)
		own = share(core, port, pkts, n);
	if (own > 0)
		rx_burst(core, port, pkts, own);
	return n;
}

static unsigned
receive_from(struct core *core, struct port *port, struct shed *line, uint16_t queue, bool *full)
{
	if (unlikely(core->link->steer.how == LEAT_STEER_SOFTWARE))
		return receive_for_all(core, port, line, queue, full);
	return receive_one(core, port, line, queue, full);
}

/* All that a queue has, as long as there is room. True: there may be more. */
static bool
line_up(struct core *core, struct shed *s, struct port *port, uint16_t queue)
{
	struct rte_mbuf *pkts[CORE_BURST];

	for (unsigned i = 0; i < LINE_UP && shed_has_room(s); i++) {
		unsigned n = link_rx_burst(core, port, queue, pkts);
		shed_put(core, s, pkts, n);
		if (n < SHED_FULL)
			return false;
	}
	return true;
}

/* Too many have come for too long: see shed.h. */
static void
receive_by_line(struct core *core, struct shed *s, struct port *port)
{
	bool full = false;

	for (unsigned q = core->id; q < port->nb_rx; q += core->nb_cores)
		full |= line_up(core, s, port, (uint16_t)q);
	shed_note(s, 0, full);
	receive_from(core, port, s, 0, &full);
}

static void
receive_bursts(struct core *core, struct shed *s, struct port *port)
{
	bool any_full = false, full;
	unsigned received = 0;

	for (unsigned q = core->id; q < port->nb_rx; q += core->nb_cores) {
		received += receive_from(core, port, NULL, (uint16_t)q, &full);
		any_full |= full;
	}
	shed_note(s, received, any_full);
}

void
receive(struct core *core)
{
	for (unsigned i = 0; i < core->link->nb_ports; i++) {
		struct shed *s = &loop_of(core)->shed[i];
		struct port *port = &core->link->ports[i];
		if (unlikely(shed_is_behind(s)))
			receive_by_line(core, s, port);
		else
			receive_bursts(core, s, port);
	}
	if (unlikely(core->lanes != NULL))
		receive_passed(core);
}
