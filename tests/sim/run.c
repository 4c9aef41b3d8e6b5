/* SPDX-License-Identifier: BSD-3-Clause */
/* A world runs: both hosts turn, frames move, time goes on to whatever comes next. */
#include <errno.h>
#include <string.h>
#include <rte_common.h>
#include "ceiling.h"
#include "forge.h"
#include "memory.h"
#include "world.h"

enum {
	FRAME_ROOM = 2048,
	BURST = 32,
	TURNS_MAX = 2000,       /* at one moment */
	TURNS_STARVING = 3,     /* … when each turn tries for memory again */
	WORK_MAX = 4096,        /* of one turn */
	FRAMES_A_BYTE = 4,      /* that hosts may send, beside … */
	FRAMES_MAX = 200000,
};

#define END (3000 * WORLD_SEC)      /* from then on until all entries must have timed out */
#define PATIENCE (600 * WORLD_SEC) /* of applications to whom nothing is promised */

static void
on_wire(void *arg, const struct wire_report *r)
{
	struct world *w = arg;

	if (r->event == WIRE_DELIVERED)
		w->faults = r->faults;
}

static unsigned
picks_of(const struct scenario_way *s, struct wire_pick picks[2])
{
	unsigned n = 0;

	if (s->pick > 0)
		picks[n++] = (struct wire_pick){s->pick, s->pick + RTE_MAX(s->pick_n, 1u) - 1, WIRE_LOSE};
	if (s->pick_too > (n > 0 ? picks[0].last : 0))
		picks[n++] = (struct wire_pick){s->pick_too, s->pick_too, WIRE_LOSE};
	return n;
}

static struct wire_impair
impair_of(const struct world *w, const struct scenario_way *s, struct wire_pick picks[2])
{
	const struct scenario_path *p = &w->scenario.path;

	return (struct wire_impair){
		.down = w->now >= w->dark_from && w->now < w->dark_until,
		.mtu = (uint16_t)(w->now >= w->hole_from ? p->hole_size : 0),
		.rate = p->rate * 1000, .queue_packets = (uint32_t)p->queue,
		.loss = (double)s->loss / 1e4,
		.burst = {.enter = (double)s->burst / 1e4, .leave = s->burst_len > 0 ? 1 / (double)s->burst_len : 1,
			.loss_bad = 1},
		.truncate = (double)s->truncate / 1e3, .corrupt = (double)s->corrupt / 1e3,
		.duplicate = (double)s->dup / 1e3, .mark = (double)s->mark / 1e3,
		.delay = p->delay * 1000, .jitter = s->jitter * 1000, .jitter_reorders = s->shuffle,
		.reorder = (double)s->reorder / 1e3, .reorder_delay = s->gap * 1000,
		.picks = picks, .nb_picks = picks_of(s, picks),
	};
}

static void
open_wire(struct world *w)
{
	struct wire_params params = {.seed = w->scenario.seed, .pool = w->wire_pool, .copy = !w->scenario.path.lend,
		.capacity = 16384, .observer = on_wire, .observer_arg = w};
	struct wire_pick picks[WIRE_DIRS][2];
	const char *what = "memory";

	params.impair[WIRE_A_TO_B] = impair_of(w, &w->scenario.ab, picks[0]);
	params.impair[WIRE_B_TO_A] = impair_of(w, &w->scenario.ba, picks[1]);
	if (wire_create(&params, &w->wire) != 0) {
		wire_check(&params.impair[WIRE_A_TO_B], &what);
		wire_check(&params.impair[WIRE_B_TO_A], &what);
		world_fail(w, "the scenario has no wire: %s", what);
	}
}

static void
set_wire(struct world *w)
{
	struct wire_pick picks[WIRE_DIRS][2];
	struct wire_impair ab = impair_of(w, &w->scenario.ab, picks[0]), ba = impair_of(w, &w->scenario.ba, picks[1]);

	if (wire_set(w->wire, WIRE_A_TO_B, &ab) != 0 || wire_set(w->wire, WIRE_B_TO_A, &ba) != 0)
		world_fail(w, "the wire cannot be changed");
}

/* A copy in one piece of a frame that may be a chain; its own bytes when it is none. */
static uint8_t *
flat(struct world *w, struct rte_mbuf *m, uint8_t buf[FRAME_ROOM])
{
	if (m->pkt_len > FRAME_ROOM)
		world_fail(w, "a frame of %u bytes", m->pkt_len);
	const void *p = rte_pktmbuf_read(m, 0, m->pkt_len, buf);
	return (uint8_t *)(uintptr_t)p;
}

static void
send_frame(struct world *w, struct host *h, struct rte_mbuf *m)
{
	enum wire_dir dir = h->is_a ? WIRE_A_TO_B : WIRE_B_TO_A;
	uint8_t buf[FRAME_ROOM];
	uint8_t *frame = flat(w, m, buf);

	w->frames++;
	if (w->options->plant != PLANT_NOTHING)
		plant_sent(w, frame, m->pkt_len);
	tap_sent(w->tap, h->is_a, frame, m->pkt_len);
	if (w->options->plant != PLANT_NOTHING)
		plant_behind(w, frame, m->pkt_len);
	if (draw_chance(&w->forge, (unsigned)w->scenario.path.forge))
		forge(w, h->is_a ? &w->b : &w->a, frame, m->pkt_len);
	wire_push(w->wire, dir, &m, 1, w->now);
}

/* One turn of a host. Returns what was done in it. */
static unsigned
turn(struct world *w, struct host *h)
{
	unsigned n = leat_core_poll(leat_core(h->leat, 0));
	void *m;

	if (n > WORK_MAX)
		world_fail(w, "%c did %u things in one turn", h->is_a ? 'a' : 'b', n);
	while (rte_ring_dequeue(h->out, &m) == 0) {
		send_frame(w, h, m);
		n++;
	}
	tap_turned(w->tap, h->is_a);
	return n;
}

/*
 * The check sequence of Ethernet, which is not in our frames, would have found what is changed in
 * front of the IP header and in ARP, which have no checksum of their own.
 */
static bool
fcs_finds(const struct world *w, const uint8_t *frame)
{
	static const uint8_t ip4[2] = {0x08, 0x00};

	return (w->faults & WIRE_CORRUPT) && memcmp(frame + 12, ip4, sizeof(ip4)) != 0;
}

static bool
deliver_frame(struct world *w, struct host *to, struct rte_mbuf *m)
{
	uint8_t buf[FRAME_ROOM];
	uint8_t *frame = flat(w, m, buf);

	if (fcs_finds(w, frame))
		return false;
	if (w->options->plant != PLANT_NOTHING && !plant_delivered(w, frame, m->pkt_len))
		return false;
	tap_delivered(w->tap, frame, m->pkt_len);
	return rte_ring_enqueue(to->in, m) == 0;
}

static unsigned
deliver(struct world *w, enum wire_dir dir)
{
	struct host *to = dir == WIRE_A_TO_B ? &w->b : &w->a;
	struct rte_mbuf *m;
	unsigned n = 0;

	/* one by one, so that the observer has told of this one last */
	while (n < BURST && wire_pull(w->wire, dir, &m, 1, w->now) == 1) {
		if (!deliver_frame(w, to, m))
			rte_pktmbuf_free(m);
		n++;
	}
	return n;
}

static bool
is_dry(const struct world *w)
{
	return w->now >= w->dry_from && w->now < w->dry_until;
}

/* Until nothing happens at this moment any more. */
static void
settle(struct world *w)
{
	unsigned quiet = 0, turns = 0;
	uint64_t refused = memory_refused();

	while (quiet < 2) {
		unsigned n = turn(w, &w->a) + turn(w, &w->b) + deliver(w, WIRE_A_TO_B) + deliver(w, WIRE_B_TO_A);
		n += plant_turned(w);
		quiet = n == 0 ? quiet + 1 : 0;
		/* without memory each turn tries again */
		if (++turns >= TURNS_STARVING && (memory_refused() != refused || memory_frozen()))
			return;
		if (turns == TURNS_MAX)
			world_fail(w, "a core never becomes idle");
	}
}

/* Whoever was promised an end must have come to it; the others are told to go. */
static void
lose_patience(struct world *w, struct talk *t)
{
	if (talk_over(t))
		return;
	if (w->kind && talk_polite(t))
		world_fail(w, "t%u: a polite conversation is not over after %.1f s: %u/%u sent, %u got; %u/%u sent, %u got", t->id,
			(double)(w->now - w->start) / 1e9, t->dialer.acked, t->dialer.total, t->dialer.got, t->accepter.acked,
			t->accepter.total, t->accepter.got);
	talk_give_up(t);
}

/* What is set for this moment, on the path and in the applications. */
static void
act(struct world *w)
{
	memory_tick(w->now);
	if (w->now == w->dark_from || w->now == w->dark_until || w->now == w->hole_from)
		set_wire(w);
	memory_dry(is_dry(w) ? (unsigned)w->scenario.path.dry_pool : 0, (unsigned)w->scenario.path.dry_left);
	for (unsigned i = 0; i < w->nb_talks; i++) {
		struct talk *t = &w->talks[i];
		if (!t->dialled && w->now >= t->dial_at)
			talk_dial(t);
		if (t->dialled && !talk_over(t) && w->now >= t->look_at) {
			talk_look(t);
			/* ever less often, or one that waits for hours would look for ever */
			t->look_at = w->now + RTE_MAX(t->plan->pause * 1000, (w->now - t->dial_at) / 500);
		}
	}
	if (w->now == w->patience && w->options->stopping != NULL)
		w->options->stopping(w);
	if (w->now >= w->patience)
		for (unsigned i = 0; i < w->nb_talks; i++)
			lose_patience(w, &w->talks[i]);
}

static uint64_t
soonest(uint64_t next, uint64_t at, uint64_t now)
{
	return at > now && at < next ? at : next;
}

static uint64_t
moment_of(const struct talk *t)
{
	return !t->dialled ? t->dial_at : talk_over(t) ? UINT64_MAX : t->look_at;
}

/* When something happens next. */
static uint64_t
next_moment(const struct world *w)
{
	uint64_t hosts = RTE_MIN(leat_core_next(leat_core(w->a.leat, 0)), leat_core_next(leat_core(w->b.leat, 0)));
	uint64_t next = RTE_MAX(RTE_MIN(hosts, wire_next(w->wire)), w->now + 1000);
	const uint64_t fixed[] = {w->dark_from, w->dark_until, w->hole_from, w->dry_from, w->dry_until, w->patience};

	/* who has no memory, or nothing to do but to try again */
	if (is_dry(w) || memory_frozen())
		next = RTE_MAX(next, w->now + WORLD_MS);
	for (unsigned i = 0; i < RTE_DIM(fixed); i++)
		next = soonest(next, fixed[i], w->now);
	for (unsigned i = 0; i < w->nb_talks; i++)
		next = soonest(next, moment_of(&w->talks[i]), w->now);
	return next;
}

static bool
all_over(const struct world *w)
{
	for (unsigned i = 0; i < w->nb_talks; i++)
		if (!talk_over(&w->talks[i]))
			return false;
	return true;
}

static void
check_side(const struct world *w, const struct side *s)
{
	if (s->refs > 0)
		world_fail(w, "%s: %u references are not released", side_name(s), s->refs);
	if (s->opened && !s->closed)
		world_fail(w, "%s: on_closed did not come", side_name(s));
}

/* Both know how it ended, and what was promised was kept. */
static void
check_talk(const struct world *w, const struct talk *t)
{
	const struct side *d = &t->dialer, *a = &t->accepter;
	uint64_t kind = t->plan->kind;
	bool kept = d->reason == 0 && a->opened && a->reason == 0;

	if (t->plan->off)
		return;
	check_side(w, d);
	check_side(w, a);
	if (d->reason == ENOMEM) /* the connect itself had no memory, and said so (talk.c) */
		return;
	if (kind == TALK_NOWHERE && d->reason != EHOSTUNREACH && w->kind)
		world_fail(w, "%s: there is no such host, and it is told %s", side_name(d), strerror(d->reason));
	if (kind == TALK_NOBODY && d->reason != ECONNREFUSED && d->reason != EHOSTUNREACH && w->kind)
		world_fail(w, "%s: nobody listens there, and it is told %s", side_name(d), strerror(d->reason));
	/* an address that could not be found in time is no connection */
	bool unreachable = d->reason == EHOSTUNREACH && !a->opened;
	if (talk_polite(t) && w->kind && !unreachable && !kept)
		world_fail(w, "t%u: a polite conversation ended with %s and %s", t->id, strerror(d->reason),
			a->opened ? strerror(a->reason) : "no connection");
	/* what one has written and the other has not read, somebody was told of */
	if ((a->got < d->queued || d->got < a->queued) && d->reason == 0 && a->reason == 0)
		world_fail(w, "t%u: bytes are lost and neither was told", t->id);
}

static void
check_time(const struct world *w)
{
	const char *what = "";
	uint32_t n = 0;

	if ((w->now > w->patience + END || next_moment(w) == UINT64_MAX) && !world_at_rest(w, &what, &n))
		world_fail(w, "it does not end: %u %s", n, what);
	if (w->frames > FRAMES_MAX + FRAMES_A_BYTE * w->bytes)
		world_fail(w, "the frames do not end");
}

static bool
at_rest(const struct world *w)
{
	const char *what;
	uint32_t n;

	return all_over(w) && wire_next(w->wire) == WIRE_NEVER && !is_dry(w) && world_at_rest(w, &what, &n);
}

static void
set_times(struct world *w)
{
	const struct scenario_path *p = &w->scenario.path;
	uint64_t last = 0;

	/* what one packet lost for want of memory costs is a retransmission */
	w->kind = path_is_kind(&w->scenario) && w->options->starve.n <= 1;
	w->dark_from = w->dark_until = w->hole_from = w->dry_from = w->dry_until = UINT64_MAX;
	if (p->dark_ms > 0) {
		w->dark_from = w->start + p->dark_at * WORLD_MS;
		w->dark_until = w->dark_from + p->dark_ms * WORLD_MS;
	}
	if (p->hole_size > 0)
		w->hole_from = w->start + p->hole_at * WORLD_MS;
	if (p->dry_pool > 0) {
		w->dry_from = w->start + p->dry_at * WORLD_MS;
		w->dry_until = w->dry_from + p->dry_ms * WORLD_MS;
	}
	for (unsigned i = 0; i < w->nb_talks; i++) {
		last = RTE_MAX(last, w->talks[i].dial_at);
		w->bytes += w->talks[i].plan->up + w->talks[i].plan->down;
	}
	w->patience = last + (w->kind ? path_ceiling(&w->scenario) : PATIENCE);
	if (w->options->stop_at > 0) {
		w->patience = w->start + w->options->stop_at;
		w->kind = false;
	}
}

void
world_run(struct world *w)
{
	set_times(w);
	open_wire(w);
	act(w);
	for (settle(w); !at_rest(w); settle(w)) {
		check_time(w);
		w->now = next_moment(w);
		act(w);
	}
	for (unsigned i = 0; i < w->nb_talks; i++)
		check_talk(w, &w->talks[i]);
}
