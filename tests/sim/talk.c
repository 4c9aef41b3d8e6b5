/* SPDX-License-Identifier: BSD-3-Clause */
/* The applications. Each callback is also a check: what may come, how often, in which order. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "memory.h"
#include "world.h"
#include "talk.h"
#include "write.h"

static bool
chance(const struct side *s, unsigned per_mille)
{
	return draw_chance(&s->talk->draw, per_mille);
}

static bool
kind_is(const struct side *s, enum talk_kind kind)
{
	return s->talk->plan->kind == kind;
}

static bool
is_dialer(const struct side *s)
{
	return s == &s->talk->dialer;
}

const char *
side_name(const struct side *s)
{
	static const char *const roles[2][2] = {{"accepter (b)", "accepter (a)"}, {"dialer (b)", "dialer (a)"}};
	static char text[32];

	snprintf(text, sizeof(text), "t%u %s", s->talk->id, roles[is_dialer(s)][s->is_a]);
	return text;
}

/* Does it act when it looks, and not when it is told? */
static bool
is_moody(const struct side *s)
{
	return kind_is(s, TALK_MOODY) || kind_is(s, TALK_RUDE);
}

static bool
reads_slowly(const struct side *s)
{
	return kind_is(s, TALK_SLOW_READER) && !is_dialer(s);
}

/* How much of its stream a side may have written by now. */
static uint32_t
allowed(const struct side *s)
{
	const struct scenario_talk *p = s->talk->plan;
	uint32_t rounds = (uint32_t)p->rounds;

	if (kind_is(s, TALK_HALF_CLOSE) && !is_dialer(s))
		return s->peer_closed ? s->total : 0;
	if (!kind_is(s, TALK_REQUESTS))
		return s->total;
	/* totals are whole multiples of the rounds */
	uint32_t mine = s->total / rounds, theirs = s->peer->total / rounds;
	uint32_t heard = theirs > 0 ? s->got / theirs : rounds;
	return RTE_MIN(s->total, mine * (heard + is_dialer(s)));
}

static void
leave(struct side *s)
{
	world_say(s->talk->world, "%s closes", side_name(s));
	s->left = true;
	leat_tcp_close(s->conn);
}

static void
give_up(struct side *s)
{
	world_say(s->talk->world, "%s aborts", side_name(s));
	s->aborted = true;
	leat_tcp_abort(s->conn);
}

static bool
may_write(const struct side *s)
{
	return s->conn != NULL && s->opened && !s->shut && !s->left && !s->aborted;
}

static void
shut(struct side *s)
{
	world_say(s->talk->world, "%s shuts down", side_name(s));
	s->shut = true;
	int r = leat_tcp_shutdown(s->conn);
	if (r != 0 && r != -ENOTCONN)
		world_fail(s->talk->world, "%s: shutdown: %s", side_name(s), strerror(-r));
}

/* Writes what it may, and ends its direction when all is written. */
static void
go_on_writing(struct side *s)
{
	if (!may_write(s))
		return;
	while (s->queued < allowed(s) && write_some(s, allowed(s) - s->queued))
		if (is_moody(s) && chance(s, 500))
			return;
	/* the accepter of a half close has nothing to end before it began */
	if (s->queued < s->total || (kind_is(s, TALK_HALF_CLOSE) && !is_dialer(s) && !s->peer_closed))
		return;
	if (s->peer_closed || (kind_is(s, TALK_RUDE) && chance(s, 300)))
		leave(s);
	else
		shut(s);
}

/* Somebody leaves or aborts when so much has passed. True: this side has. */
static bool
break_off(struct side *s)
{
	const struct talk *t = s->talk;

	if (t->breaker != s || s->left || s->aborted || s->conn == NULL || s->got + s->queued < t->plan->limit)
		return false;
	if (t->plan->kind == TALK_ABORTS)
		give_up(s);
	else
		leave(s);
	return true;
}

static void
check(struct side *s, const uint8_t *p, size_t n)
{
	if (!is_dialer(s))
		s->talk->last_byte = s->talk->world->now;
	for (size_t i = 0; i < n; i++, s->got++)
		if (s->got >= s->peer->queued || p[i] != talk_byte(s->peer, s->got))
			world_fail(s->talk->world, "%s: byte %u is wrong, %u were sent", side_name(s), s->got, s->peer->queued);
}

static void
read_some(struct side *s, size_t max)
{
	struct leat_rx *rx = leat_tcp_rx(s->conn);
	uint8_t buf[4096];
	size_t n;

	if (s->left || s->aborted)
		return;
	if (chance(s, 100)) {
		struct rte_mbuf *m = leat_rx_take(rx);
		for (struct rte_mbuf *seg = m; seg != NULL; seg = seg->next)
			check(s, rte_pktmbuf_mtod(seg, uint8_t *), seg->data_len);
		rte_pktmbuf_free(m);
	}
	while (max > 0 && (n = leat_rx_read(rx, buf, RTE_MIN(max, sizeof(buf)))) > 0) {
		check(s, buf, n);
		max -= n;
	}
}

/* Options of the connection, as it comes; and who is rude leaves. */
static void
fidget(struct side *s)
{
	if (chance(s, 20))
		leat_tcp_set(s->conn, LEAT_TCP_NODELAY, (uint32_t)draw_below(&s->talk->draw, 2));
	if (chance(s, 20))
		leat_tcp_set(s->conn, LEAT_TCP_RCVBUF, (uint32_t)draw_between(&s->talk->draw, 2048, 100000));
	if (chance(s, 20))
		leat_tcp_set(s->conn, LEAT_TCP_KEEPALIVE, (uint32_t)draw_below(&s->talk->draw, 2));
	if (!kind_is(s, TALK_RUDE))
		return;
	if (chance(s, 10))
		give_up(s);
	else if (chance(s, 10) && !s->left)
		leave(s);
	else if (s->peer->conn != NULL && !s->peer->aborted && chance(s, 5))
		give_up(s->peer); /* of the other instance, in the middle of this one's turn */
}

static struct side *
side_of(void *user)
{
	struct side *s = user;

	if (s->closed || s->conn == NULL)
		world_fail(s->talk->world, "%s is called after on_closed", side_name(s));
	return s;
}

static void
note_open(struct talk *t)
{
	struct leat_tcp_info i = {.size = sizeof(i)};

	leat_tcp_info(t->dialer.conn, &i);
	snprintf(t->congestion, sizeof(t->congestion), "%s", i.congestion);
	t->first_byte = t->world->now;
	t->frames_before = wire_counters(t->world->wire, t->dialer.is_a ? WIRE_A_TO_B : WIRE_B_TO_A)->packets;
}

static void
on_open(struct leat_conn *c, void *user)
{
	struct side *s = side_of(user);

	(void)c;
	if (s->opened || s->left || s->aborted)
		world_fail(s->talk->world, "%s: on_open twice, or after close", side_name(s));
	s->opened = true;
	world_say(s->talk->world, "%s is open", side_name(s));
	if (is_dialer(s))
		note_open(s->talk);
	go_on_writing(s);
	if (!break_off(s) && is_moody(s) && !s->aborted)
		fidget(s);
}

static void
on_accept(struct leat_conn *c, void *user)
{
	struct world *world = user;
	struct leat_endpoint remote;

	leat_tcp_remote(c, &remote);
	struct talk *t = world_talk_of(world, remote.port, remote.addr.bytes[3] == 1);
	if (t == NULL)
		world_fail(world, "a connection from nowhere, port %u", remote.port);
	if (t->accepter.conn != NULL || t->accepter.closed)
		world_fail(world, "%s: accepted twice", side_name(&t->accepter));
	t->accepter.conn = c;
	leat_tcp_set_user(c, &t->accepter);
	on_open(c, &t->accepter);
}

static void
on_data(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	struct side *s = side_of(user);

	(void)c;
	(void)rx;
	if (s->left || s->aborted)
		world_fail(s->talk->world, "%s: on_data after close", side_name(s));
	if (break_off(s) || reads_slowly(s))
		return;
	if (!is_moody(s)) {
		read_some(s, SIZE_MAX);
		go_on_writing(s); /* it may be its turn */
		return;
	}
	if (chance(s, 600))
		read_some(s, draw_between(&s->talk->draw, 1, 20000));
	fidget(s);
}

static void
on_sent(struct leat_conn *c, size_t n, void *user)
{
	struct side *s = side_of(user);

	(void)c;
	s->acked += (uint32_t)n;
	if (s->acked > s->queued || s->aborted)
		world_fail(s->talk->world, "%s: %u bytes are acknowledged of %u", side_name(s), s->acked, s->queued);
	if (!is_moody(s) || chance(s, 500))
		go_on_writing(s);
	break_off(s);
}

static void
on_peer_closed(struct leat_conn *c, void *user)
{
	struct side *s = side_of(user);

	(void)c;
	if (s->peer_closed || s->left || s->aborted)
		world_fail(s->talk->world, "%s: on_peer_closed twice, or after close", side_name(s));
	if (s->got != s->peer->queued || !(s->peer->shut || s->peer->left))
		world_fail(s->talk->world, "%s: the end came at byte %u of %u", side_name(s), s->got, s->peer->queued);
	s->peer_closed = true;
	world_say(s->talk->world, "%s: the peer closed", side_name(s));
	if (s->shut || (kind_is(s, TALK_RUDE) && chance(s, 500)))
		leave(s);
	else
		go_on_writing(s);
}

static void
on_closed(struct leat_conn *c, int reason, void *user)
{
	struct side *s = side_of(user);

	(void)c;
	world_say(s->talk->world, "%s: closed, %s, %u/%u sent, %u got", side_name(s), strerror(reason), s->acked, s->queued,
		s->got);
	s->closed = true;
	s->reason = reason;
	s->conn = NULL;
	if (reason == 0 && (s->acked != s->queued || s->got != s->peer->queued))
		world_fail(s->talk->world, "%s: closed in order with %u of %u sent, %u of %u received", side_name(s), s->acked,
			s->queued, s->got, s->peer->queued);
}

static const struct leat_tcp_events dialling = {on_open, on_data, on_sent, on_peer_closed, on_closed};
const struct leat_tcp_events talk_accepting = {on_accept, on_data, on_sent, on_peer_closed, on_closed};

bool
talk_polite(const struct talk *t)
{
	return t->plan->kind <= TALK_MOODY;
}

static void
look(struct side *s)
{
	if (s->conn == NULL || s->aborted || !s->opened || s->left)
		return;
	if (reads_slowly(s)) {
		/* some hundred looks are slow enough */
		read_some(s, RTE_MAX(s->talk->plan->limit, s->peer->total / 300));
		return;
	}
	if (!is_moody(s))
		return;
	if (chance(s, 700))
		read_some(s, draw_between(&s->talk->draw, 1, 30000));
	if (chance(s, 700) && s->conn != NULL)
		go_on_writing(s);
	if (s->conn != NULL && !s->aborted)
		fidget(s);
}

void
talk_look(struct talk *t)
{
	look(&t->dialer);
	look(&t->accepter);
}

void
talk_give_up(struct talk *t)
{
	struct side *sides[] = {&t->dialer, &t->accepter};

	for (int i = 0; i < 2; i++)
		if (sides[i]->conn != NULL && !sides[i]->aborted)
			give_up(sides[i]);
}

bool
talk_over(const struct talk *t)
{
	return t->dialled && t->dialer.closed && (!t->accepter.opened || t->accepter.closed);
}

static void
init_side(struct side *s, struct talk *t, bool is_a)
{
	*s = (struct side){.talk = t, .is_a = is_a, .salt = (uint32_t)draw(&t->draw)};
	s->peer = s == &t->dialer ? &t->accepter : &t->dialer;
}

void
talk_init(struct talk *t, struct world *world, unsigned id)
{
	const struct scenario_talk *p = &world->scenario.talks[id];
	uint32_t up = (uint32_t)p->up, down = (uint32_t)p->down, rounds = (uint32_t)p->rounds;

	*t = (struct talk){.world = world, .plan = p, .id = id, .dial_at = world->now + p->at * WORLD_MS};
	t->draw = draw_stream(world->scenario.seed, DRAW_TALK + id);
	init_side(&t->dialer, t, !p->from_b);
	init_side(&t->accepter, t, p->from_b);
	if (p->kind == TALK_REQUESTS) {
		up = (up / rounds + 1) * rounds;
		down = (down / rounds + 1) * rounds;
	}
	if (p->kind != TALK_DOWN)
		t->dialer.total = up;
	if (p->kind != TALK_UP && p->kind != TALK_SLOW_READER)
		t->accepter.total = down;
	if (p->kind == TALK_LEAVES || p->kind == TALK_ABORTS)
		t->breaker = draw_chance(&t->draw, 500) ? &t->dialer : &t->accepter;
	t->look_at = t->dial_at;
	t->dialled = t->dialer.closed = p->off;
}

void
talk_dial(struct talk *t)
{
	struct leat *from = t->dialer.is_a ? t->world->a.leat : t->world->b.leat;
	struct leat_endpoint to = {leat_ipv4(198, 18, 0, t->dialer.is_a ? 2 : 1), TALK_PORT}, local;

	if (t->plan->kind == TALK_NOBODY)
		to.port++;
	if (t->plan->kind == TALK_NOWHERE)
		to.addr = leat_ipv4(198, 18, 0, 9);
	t->dialled = true;
	int r = leat_tcp_connect(leat_core(from, 0), NULL, &to, &dialling, &t->dialer, &t->dialer.conn);
	if (r == -ENOMEM && memory_failed(MEMORY_SLABS)) {
		t->dialer.closed = true;
		t->dialer.reason = ENOMEM;
		return;
	}
	if (r != 0)
		world_fail(t->world, "%s: connect: %s", side_name(&t->dialer), strerror(-r));
	leat_tcp_local(t->dialer.conn, &local);
	t->port = local.port;
	world_say(t->world, "%s dials from port %u", side_name(&t->dialer), t->port);
	/* some do not wait for it to open, some do not wait at all */
	if (is_moody(&t->dialer) && chance(&t->dialer, 300) && t->dialer.total > 0)
		write_some(&t->dialer, t->dialer.total);
	if (t->plan->kind == TALK_RUDE && chance(&t->dialer, 50))
		leave(&t->dialer);
}
