/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The core's own time runs out: packets come faster than it can handle them (run/shed.h). The server, a, is a slow
 * processor: each segment in or out costs it SEGMENT of virtual time, a SYN that it throws away SHED, a turn TURN. What its
 * receive queue does not hold is lost. The clients' time, b's, costs nothing.
 *
 * What a SYN really costs no test can say: bench/overload measures it, and SHED is what it found, a fiftieth of a
 * connection (26 to 30 of 1,400 cycles). What is shown here is that nothing else is wasted.
 */
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include "support/duo.h"
#include "support/eal.h"

#define MS 1000000ull
#define SEC 1000000000ull

enum {
	SEGMENT = 20000, SHED = SEGMENT * 6 / 50, TURN = 10000, /* ns */
	SUSTAINED = 1000000000 / (6 * SEGMENT), /* connections a second: six segments each */
	FLOWS = 1 << 17,
	LATE = 150000000, /* ns: longer than anything takes without a loss */
	QUEUE = 1023,     /* packets that a ring of duo's holds */
};

static struct duo duo;
static struct leat_conn *flows[FLOWS];
static uint64_t due_at[FLOWS];
static unsigned opened, under_way, served, late;
static bool cookies; /* the server answers SYNs with them */
static uint64_t lost, since; /* since: late are those that were due from then on */

static void
serve(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	(void)user;
	leat_tcp_consume(c, leat_rx_size(rx));
	leat_tcp_send(c, "answer", 6);
	leat_tcp_close(c);
}

static const struct leat_tcp_events server = {.on_data = serve};

static void
ask(struct leat_conn *c, void *user)
{
	(void)user;
	leat_tcp_send(c, "request", 7);
}

static void
take(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	(void)user;
	leat_tcp_consume(c, leat_rx_size(rx));
}

static void
hang_up(struct leat_conn *c, void *user)
{
	(void)user;
	leat_tcp_close(c);
}

static void
count_one(struct leat_conn *c, int reason, void *user)
{
	uintptr_t i = (uintptr_t)user;

	(void)c;
	flows[i] = NULL;
	under_way--;
	served += reason == 0;
	late += due_at[i] >= since && (reason != 0 || duo.now - due_at[i] > LATE);
}

static const struct leat_tcp_events client = {
	.on_open = ask, .on_data = take, .on_peer_closed = hang_up, .on_closed = count_one,
};

static void
open_one(uint64_t due)
{
	struct leat_endpoint to = {leat_ipv4(198, 18, 0, 1), 80};
	uintptr_t i = opened++;

	cr_assert_lt(i, FLOWS);
	cr_assert_eq(leat_tcp_connect(leat_core(duo.b, 0), NULL, &to, &client, (void *)i, &flows[i]), 0);
	due_at[i] = due;
	under_way++;
}

static uint64_t
counted(const char *name)
{
	return leat_stat_value(duo.a, name);
}

/* What the server has done so far, in nanoseconds of its time. */
static uint64_t
work(void)
{
	return (counted("tcp_segs_in") + counted("tcp_segs_out")) * SEGMENT + counted("drop_tcp_shed") * SHED;
}

static void
carry(void)
{
	void *m;

	while (rte_ring_dequeue(duo.a_out, &m) == 0)
		cr_assert_eq(rte_ring_enqueue(duo.b_in, m), 0);
	while (rte_ring_dequeue(duo.b_out, &m) == 0)
		if (rte_ring_enqueue(duo.a_in, m) != 0) {
			rte_pktmbuf_free(m);
			lost++;
		}
}

/* A turn of the server takes as long as its work; the clients take what it sent, and send, until they are idle. */
static void
turn(void)
{
	uint64_t before = work();

	leat_core_poll(leat_core(duo.a, 0));
	duo.now += work() - before + TURN;
	do
		carry();
	while (leat_core_poll(leat_core(duo.b, 0)) > 0);
}

/* So many connections a second for so long, whatever becomes of those before them; returns how many were served. */
static unsigned
open_loop(unsigned rate, uint64_t ns)
{
	uint64_t end = duo.now + ns, due = duo.now;
	unsigned before = served;

	for (; duo.now < end; turn())
		for (; due <= duo.now; due += SEC / rate)
			open_one(due);
	return served - before;
}

static void
all_give_up(void)
{
	for (unsigned i = 0; i < opened; i++)
		if (flows[i] != NULL)
			leat_tcp_abort(flows[i]);
	turn();
}

static void
tune(struct leat_config *c, bool is_a)
{
	c->tcp.msl = MS;
	c->rx_mbufs = c->tx_mbufs = 8192; /* as is the default */
	if (!is_a)
		c->max_connections = FLOWS;
	else if (cookies)
		c->tcp.syn_cookies = LEAT_COOKIES_ALWAYS;
}

static void
begin(void)
{
	struct leat_endpoint at = {leat_ipv4(198, 18, 0, 1), 80};
	struct leat_listener *listener;

	support_eal_start(NULL);
	duo_open(&duo, tune);
	cr_assert_eq(leat_tcp_listen(duo.a, &at, &server, NULL, &listener), 0);
	open_one(duo.now); /* they learn each other's addresses */
	while (under_way > 0)
		turn();
	late = 0;
}

static void
end(void)
{
	struct leat_usage u = {.size = sizeof(u)};

	all_give_up();
	for (uint64_t wait = duo.now + 600 * SEC; duo.now < wait;) { /* until the last half-open entry has expired */
		duo_settle(&duo);
		duo.now += SEC;
	}
	leat_usage(duo.a, &u);
	cr_assert(u.connections == 0 && u.half_open == 0 && u.time_wait == 0);
	duo_close(&duo);
}

static void
begin_flooded(void)
{
	cookies = true;
	begin();
}

TestSuite(overload, .init = begin, .fini = end, .timeout = 120);
TestSuite(flood, .init = begin_flooded, .fini = end, .timeout = 120);

/* Half, and nine tenths, of what it sustains: nobody is thrown away, nobody waits */
Test(overload, none_is_shed_below_it)
{
	open_loop(SUSTAINED / 2, SEC);
	open_loop(SUSTAINED / 10 * 9, 2 * SEC);
	cr_assert_eq(late, 0);
	cr_assert_eq(counted("drop_tcp_shed"), 0);
	cr_assert_eq(lost, 0);
}

/* The part of the time that went into connections that were served, of that which did not go into throwing away. */
static double
useful(unsigned rate, uint64_t ns)
{
	uint64_t begin_at = duo.now, shed = counted("drop_tcp_shed");
	double done = (double)open_loop(rate, ns) * 6 * SEGMENT;

	shed = counted("drop_tcp_shed") - shed;
	cr_assert_gt(shed, 0);
	all_give_up();
	return done / ((double)(duo.now - begin_at) - (double)shed * SHED);
}

/* What has begun is finished: but for SYNs thrown away, no time is spent on who is not served, and the queue loses nothing */
Test(overload, served_rate_stays)
{
	double slightly = useful(SUSTAINED / 2 * 3, 3 * SEC);
	double greatly = useful(SUSTAINED * 3, 3 * SEC);

	cr_assert_gt(slightly, 0.95, "%g", slightly);
	cr_assert_gt(greatly, 0.95, "%g", greatly);
	cr_assert_lt(lost, opened / 100);
}

/* With all that, of three times what it sustains nine tenths of what it sustains is served */
Test(overload, served_rate_is_nine_tenths)
{
	unsigned n = open_loop(SUSTAINED * 3, 3 * SEC);

	cr_assert_gt(n, SUSTAINED * 3 / 10 * 9, "%u of %u", n, SUSTAINED * 3);
}

/* --- who is connected --- */

enum { TALKER_PORT = 81, SAID = 100000 };

static uint8_t said[SAID];
static size_t heard, sent;

static void
talk(struct leat_conn *c, size_t acked, void *user)
{
	(void)acked;
	(void)user;
	if (sent < SAID)
		sent += (size_t)leat_tcp_send(c, said + sent, SAID - sent);
}

static void
hear(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	struct iovec piece;

	(void)user;
	while (leat_rx_iov(rx, &piece, 1) > 0) {
		cr_assert(heard + piece.iov_len <= SAID && memcmp(piece.iov_base, said + heard, piece.iov_len) == 0);
		heard += piece.iov_len;
		leat_tcp_consume(c, piece.iov_len);
	}
}

static const struct leat_tcp_events talker = {.on_sent = talk, .on_data = hear};

/* What it says comes back, all of it, while three times as many come as can be served */
Test(overload, who_is_connected_goes_on)
{
	struct leat_endpoint at = {leat_ipv4(198, 18, 0, 1), TALKER_PORT};
	struct leat_listener *listener;
	struct leat_conn *c;

	for (size_t i = 0; i < SAID; i++)
		said[i] = (uint8_t)(i * 131 + (i >> 8));
	cr_assert_eq(leat_tcp_listen(duo.a, &at, &duo_echo, NULL, &listener), 0);
	cr_assert_eq(leat_tcp_connect(leat_core(duo.b, 0), NULL, &at, &talker, NULL, &c), 0);
	duo_settle(&duo);
	open_loop(SUSTAINED * 3, SEC);
	uint64_t shed = counted("drop_tcp_shed");
	talk(c, 0, NULL);
	open_loop(SUSTAINED * 3, 2 * SEC);
	cr_assert_eq(heard, SAID, "%zu", heard);
	cr_assert_gt(counted("drop_tcp_shed"), shed);
	leat_tcp_abort(c);
}

/* Those who wait give up: whoever comes then is served at once */
Test(overload, recovers_at_once)
{
	open_loop(SUSTAINED * 3, 3 * SEC);
	all_give_up();
	open_loop(SUSTAINED / 2, SEC / 10);
	uint64_t shed = counted("drop_tcp_shed");
	late = 0;
	since = duo.now;
	open_loop(SUSTAINED / 2, 2 * SEC);
	cr_assert_eq(late, 0);
	cr_assert_eq(counted("drop_tcp_shed"), shed);
}

/* A queue as full as it can be, but no fuller, with clients of a closed loop: none has to wait for its SYN to come again */
Test(overload, full_queue_that_holds_all_sheds_none)
{
	uint64_t end_at = duo.now + SEC;
	unsigned before = served;

	while (duo.now < end_at) {
		while (under_way < QUEUE / 2)
			open_one(duo.now);
		turn();
	}
	cr_assert_eq(counted("drop_tcp_shed"), 0);
	cr_assert_gt(served - before, SUSTAINED / 10 * 9);
}

/* SYNs that are answered with cookies begin nothing: the honest ones in a flood need not ask again */
Test(flood, sheds_nobody)
{
	open_loop(SUSTAINED * 3, SEC);
	cr_assert_gt(counted("tcp_cookies_sent"), SUSTAINED);
	cr_assert_eq(counted("drop_tcp_shed"), 0);
	all_give_up();
	for (int i = 0; i < QUEUE; i++) /* what is under way still */
		turn();
}
