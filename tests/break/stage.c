/* SPDX-License-Identifier: BSD-3-Clause */
/* The story of a connection, up to the step that is to break and an hour beyond. */
#include "strike.h"
#include "world.h"

enum {
	HOUR = 3600,
	IDLE_S = 700,          /* a neighbour's address is forgotten after 600 s without use */
	PAUSE_MS = 100,        /* between what the applications do */
	SMALL = 100, FULL = 2896, LARGE = 1000,
};

/* The steps come in groups: what one call of an application brings about. */
static const struct {
	unsigned group, after_ms;
} place[STEPS] = {
	[SYN_] = {0, 0}, [SYN_ACK] = {0, WIRE_MS}, [THIRD_ACK] = {0, 2 * WIRE_MS}, [DATA] = {1, 0},
	[FIN_] = {2, 0}, [ACK_OF_FIN] = {2, WIRE_MS}, [PEERS_FIN] = {3, 0}, [LAST_ACK] = {3, WIRE_MS},
	[TIME_WAIT] = {4, 0},
};

static enum side
other(enum side side)
{
	return side == CLIENT ? SERVER : CLIENT;
}

static void
client_sends_small(struct world *w)
{
	app_sends(w->host[CLIENT], SMALL);
}

static void
server_shuts_down(struct world *w)
{
	app_shuts_down(w->host[SERVER]);
}

/* What is sent before the FIN, and overtaken by it. */
static void
send_overtaken(struct world *w, enum side side)
{
	app_sends(w->host[side], SMALL);
	world_until(w, w->now + MS);
	w->flights[w->nb_flights - 1].at += 2 * STRIKE_MS * MS;
}

/* Data that its receiver has not read when it exits. */
static void
send_unread(struct world *w)
{
	if (w->step == DATA && w->who == SERVER) {
		w->host[SERVER]->reads = false;
		return;
	}
	w->host[w->who]->reads = false;
	app_sends(w->host[other(w->who)], SMALL);
	world_until(w, w->now + PAUSE_MS * MS);
}

/* The call that begins a group. */
static void
act(struct world *w, unsigned group, bool here)
{
	bool both = here && w->what == SIMULTANEOUS;

	switch (group) {
	case 0:
		app_connects(w->host[CLIENT]);
		if (both)
			app_connects(w->host[SERVER]);
		break;
	case 1:
		app_sends(w->host[CLIENT], here && w->what == REORDERED ? FULL : here && w->what == ICMP_FRAG ? LARGE : SMALL);
		if (both)
			app_sends(w->host[SERVER], SMALL);
		break;
	case 2:
		app_shuts_down(w->host[CLIENT]);
		if (both)
			app_shuts_down(w->host[SERVER]);
		break;
	case 3:
		app_shuts_down(w->host[SERVER]);
		break;
	}
}

/* What has to be so before the group begins that the step is in. */
static void
prepare(struct world *w, unsigned group)
{
	if (w->what == ARP_FAILS && group > 0)
		world_until(w, w->now + IDLE_S * SEC);
	if (w->what == EXITS_UNREAD && group > 0 && w->step < PEERS_FIN)
		send_unread(w);
	if (w->what == REORDERED && w->step == FIN_)
		send_overtaken(w, CLIENT);
	if (w->what == REORDERED && w->step == PEERS_FIN)
		send_overtaken(w, SERVER);
}

/* What comes a millisecond behind the segment and overtakes it. */
static void
plan_overtaking(struct world *w)
{
	if (w->what != REORDERED)
		return;
	if (w->step == THIRD_ACK)
		world_later(w, w->zero + MS, client_sends_small);
	if (w->step == ACK_OF_FIN)
		world_later(w, w->zero + MS, server_shuts_down);
}

/* Before the client's FIN, for what happens after it. */
static void
prepare_early(struct world *w, unsigned group)
{
	bool unread = w->what == EXITS_UNREAD && w->step >= PEERS_FIN && group == 2;
	bool old_data = w->what == REORDERED && w->step == TIME_WAIT && group == 2;

	if (unread)
		send_unread(w);
	if (old_data) {
		app_sends(w->host[SERVER], SMALL);
		world_until(w, w->now + PAUSE_MS * MS);
	}
}

static void
last_group(struct world *w, unsigned group)
{
	unsigned after_ms = place[w->step].after_ms;
	void (*take)(struct world *) = w->what == NO_PACKETS ? strike_take_packets : strike_take_blocks;
	bool takes = w->what == NO_PACKETS || w->what == NO_BLOCKS;

	prepare(w, group);
	w->zero = w->now + after_ms * MS;
	if (takes && after_ms > 0)
		world_later(w, w->zero - STRIKE_MS * MS, take);
	if (w->what == NO_BLOCKS && after_ms == 0)
		take(w);
	act(w, group, true);
	if (w->what == NO_PACKETS && after_ms == 0)
		take(w);
	strike_plan(w);
	plan_overtaking(w);
	world_until(w, w->zero + HOUR * SEC);
}

void
stage_run(struct world *w, enum step step, enum breaks what, enum side who)
{
	bool knows[2] = {what != ARP_FAILS || who != CLIENT, what != ARP_FAILS || who != SERVER};

	world_open(w, knows, what == REBOOTS);
	w->step = step;
	w->what = what;
	w->who = who;
	w->hand = strike_hand;
	world_until(w, w->now + PAUSE_MS * MS);
	for (unsigned group = 0; group < place[step].group; group++) {
		prepare_early(w, group);
		act(w, group, false);
		world_until(w, w->now + PAUSE_MS * MS);
	}
	last_group(w, place[step].group);
}
