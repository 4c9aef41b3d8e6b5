/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <criterion/criterion.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include "scene.h"
#include "support/eal.h"
#include "tcp/tcp.h"

enum {
	TALKERS = 8,      /* half of them a's, half b's */
	SAID = 20000,     /* bytes, by each */
	AT_ONCE = 32,     /* callers: what a ring holds is not exceeded */
	IN_TIME = 10,     /* seconds that a conversation may take */
	POOLS = 4, SLABS = 11,
};

struct duo duo;
bool (*scene_loses)(bool from_a, const struct rte_mbuf *m);
void (*scene_sent)(struct rte_mbuf *m);

static struct caller talkers[TALKERS];

/* --- the wire --- */

static bool
receive(struct duo *d, bool from_a, struct rte_mbuf *m)
{
	struct rte_mempool *pool = rte_mempool_lookup(from_a ? "b-0-rx" : "a-0-rx");
	bool lost = scene_loses != NULL && scene_loses(from_a, m);
	struct rte_mbuf *copy = lost ? NULL : rte_pktmbuf_copy(m, pool, 0, UINT32_MAX);

	if (from_a && scene_sent != NULL)
		scene_sent(m);
	else
		rte_pktmbuf_free(m);
	if (copy != NULL)
		cr_assert_eq(rte_ring_enqueue(from_a ? d->b_in : d->a_in, copy), 0);
	return false;
}

/* --- those who talk, and who answers --- */

static uint8_t
byte_at(uint32_t i)
{
	return (uint8_t)(i * 131 + (i >> 8));
}

static void
say(struct leat_conn *conn, struct caller *c)
{
	uint8_t text[1000];

	while (c->sent < c->goal) {
		uint32_t n = RTE_MIN(c->goal - c->sent, (uint32_t)sizeof(text));
		for (uint32_t i = 0; i < n; i++)
			text[i] = byte_at(c->sent + i);
		ssize_t taken = leat_tcp_send(conn, text, n);
		if (taken <= 0)
			break;
		c->sent += (uint32_t)taken;
	}
}

static void
on_open(struct leat_conn *conn, void *user)
{
	struct caller *c = user;

	c->open = true;
	say(conn, c);
}

static void
on_answer(struct leat_conn *conn, struct leat_rx *rx, void *user)
{
	struct caller *c = user;
	struct iovec piece;

	while (!c->deaf && leat_rx_iov(rx, &piece, 1) > 0) {
		for (size_t i = 0; i < piece.iov_len; i++)
			cr_assert_eq(((uint8_t *)piece.iov_base)[i], byte_at(c->got++));
		leat_tcp_consume(conn, piece.iov_len);
	}
}

static void
on_sent(struct leat_conn *conn, size_t acked, void *user)
{
	(void)acked;
	say(conn, user);
}

static void
on_closed(struct leat_conn *conn, int reason, void *user)
{
	struct caller *c = user;

	(void)conn;
	(void)reason;
	c->conn = NULL;
	c->open = false;
}

static void
hang_up(struct leat_conn *conn, void *user)
{
	(void)user;
	leat_tcp_close(conn);
}

static const struct leat_tcp_events calling = {.on_open = on_open, .on_data = on_answer, .on_sent = on_sent,
	.on_peer_closed = hang_up, .on_closed = on_closed};

int
scene_dial(struct caller *c, bool from_a, uint16_t from_port, uint16_t port)
{
	struct leat_endpoint from = {.port = from_port}, to = {leat_ipv4(198, 18, 0, from_a ? 2 : 1), port};

	return leat_tcp_connect(leat_core(from_a ? duo.a : duo.b, 0), &from, &to, &calling, c, &c->conn);
}

void
scene_hang_up(struct caller *c)
{
	if (c->conn != NULL)
		leat_tcp_abort(c->conn);
	duo_settle(&duo);
}

void
scene_crowd(struct caller *crowd, unsigned n, uint16_t port)
{
	for (unsigned i = 0; i < n; i++) {
		cr_assert_eq(scene_dial(&crowd[i], false, 0, port), 0);
		if (i % AT_ONCE == AT_ONCE - 1 || i == n - 1)
			duo_settle(&duo);
	}
}

void
scene_disperse(struct caller *crowd, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (crowd[i].conn != NULL)
			leat_tcp_abort(crowd[i].conn);
		if (i % AT_ONCE == AT_ONCE - 1 || i == n - 1)
			duo_settle(&duo);
	}
}

void
scene_serve(uint16_t port, const struct leat_tcp_events *events)
{
	struct leat_endpoint at = {.port = port};
	struct leat_listener *l;

	cr_assert_eq(leat_tcp_listen(duo.a, &at, events, NULL, &l), 0);
}

/* One of them says something, and it has come back before long. */
static void
talk(struct caller *c, unsigned n)
{
	uint64_t end = duo.now + IN_TIME * SEC;
	unsigned done = 0;

	for (unsigned i = 0; i < n; i++) {
		cr_assert(c[i].open);
		c[i].goal += SAID;
		say(c[i].conn, &c[i]);
	}
	for (; done < n && duo.now < end; duo_after(&duo, MS))
		for (done = 0; done < n && c[done].got == c[done].goal;)
			done++;
	cr_assert_eq(done, n, "caller %u has got %u of %u bytes", done, c[done].got, c[done].goal);
}

void
scene_converse(void)
{
	talk(talkers, TALKERS);
}

/* --- the account --- */

struct leat_usage
scene_usage(void)
{
	struct leat_usage u = {.size = sizeof(u)};

	leat_usage(duo.a, &u);
	return u;
}

struct rte_mempool *
scene_pool(const char *kind)
{
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "a-0-%s", kind);
	return rte_mempool_lookup(name);
}

struct account {
	unsigned free[POOLS];   /* mbufs */
	uint32_t used[SLABS];
	uint32_t entries;       /* of the demux */
	int64_t held;
};

static void
take_account(struct leat *leat, struct account *a)
{
	const struct core *core = (const struct core *)leat_core(leat, 0);
	const struct tcp_layer *tcp = core->tcp;
	const struct rte_mempool *pools[POOLS] = {core->rx_pool, core->data_pool, core->hdr_pool, core->ind_pool};
	const struct slab *slabs[SLABS] = {&tcp->tcbs, &tcp->half_opens, &tcp->time_waits, &tcp->chunks, &tcp->shorts,
		&tcp->timers, &tcp->senders, &tcp->runs, &tcp->refs, &tcp->extras, &tcp->stats};

	for (unsigned i = 0; i < POOLS; i++)
		a->free[i] = rte_mempool_avail_count(pools[i]);
	for (unsigned i = 0; i < SLABS; i++)
		a->used[i] = slabs[i]->used;
	a->entries = tcp->demux.entries;
	a->held = core->held;
}

static void
compare(struct leat *leat, const struct account *before)
{
	struct account after;

	take_account(leat, &after);
	for (unsigned i = 0; i < POOLS; i++)
		cr_assert_eq(after.free[i], before->free[i], "pool %u: %u free, %u were", i, after.free[i], before->free[i]);
	for (unsigned i = 0; i < SLABS; i++)
		cr_assert_eq(after.used[i], before->used[i], "slab %u: %u in use, %u were", i, after.used[i], before->used[i]);
	cr_assert_eq(after.entries, before->entries);
	cr_assert_eq(after.held, before->held);
}

/* --- the whole --- */

static void
set_up(const struct resource *r)
{
	struct leat_endpoint at = {.port = ECHO_PORT};
	struct caller first = {0};
	struct leat_listener *l;

	support_eal_start(NULL);
	duo_open(&duo, r->tune);
	duo.hand = receive;
	scene_serve(ECHO_PORT, &duo_echo);
	cr_assert_eq(leat_tcp_listen(duo.b, &at, &duo_echo, NULL, &l), 0);
	cr_assert_eq(scene_dial(&first, false, 0, ECHO_PORT), 0); /* they learn each other's addresses */
	duo_after(&duo, MS);
	scene_hang_up(&first);
}

static void
connect_talkers(void)
{
	for (unsigned i = 0; i < TALKERS; i++)
		cr_assert_eq(scene_dial(&talkers[i], i % 2 == 0, 0, ECHO_PORT), 0);
	duo_after(&duo, MS);
	scene_converse();
}

/* (a) What is shed, and how is it counted? */
static void
shed(const struct resource *r, struct caller *newcomer)
{
	uint64_t before = leat_stat_value(duo.a, r->counter);

	r->exhaust();
	if (!r->served)
		before = leat_stat_value(duo.a, r->counter);
	cr_assert_eq(scene_dial(newcomer, r->by_a, 0, ECHO_PORT), r->by_a ? r->error : 0);
	duo_after(&duo, 100 * MS);
	cr_assert_eq(newcomer->open, r->served);
	cr_assert_gt(leat_stat_value(duo.a, r->counter), before, "%s did not count it", r->counter);
}

/* (c) Is a newcomer served at once when the load falls, and who was not before, when it asks again? */
static void
recover(const struct resource *r, struct caller *newcomer)
{
	struct caller next = {0};

	r->relieve();
	cr_assert_eq(scene_dial(&next, r->by_a, 0, ECHO_PORT), 0);
	duo_after(&duo, MS);
	talk(&next, 1);
	scene_hang_up(&next);
	if (newcomer->conn != NULL) {
		duo_after(&duo, 20 * SEC);
		talk(newcomer, 1);
	}
	scene_hang_up(newcomer);
}

void
scene_show(const struct resource *r)
{
	struct account a, b;
	struct caller newcomer = {0};

	set_up(r);
	take_account(duo.a, &a);
	take_account(duo.b, &b);
	connect_talkers();
	shed(r, &newcomer);
	scene_converse(); /* (b) Do those who are connected go on? */
	recover(r, &newcomer);
	scene_disperse(talkers, TALKERS);
	duo_after(&duo, 300 * SEC);
	compare(duo.a, &a); /* (d) Does anything leak? */
	compare(duo.b, &b);
	duo.hand = NULL;
	duo_close(&duo);
}
