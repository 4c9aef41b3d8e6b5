/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life of a connection, as include/leat/tcp.h promises it: which calls come, when, how often,
 * whatever the application does inside them, and when the instance ends under it.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include "support/duo.h"
#include "support/eal.h"

#define MS 1000000ull
#define SEC 1000000000ull

enum { CONNS = 8, PORT = 7000 };

static struct duo duo;
static uint64_t table_bytes; /* of each, when it begins */
static struct leat_listener *listener;
static struct leat_conn *ours[CONNS], *theirs[CONNS];
static unsigned nb_theirs;
static unsigned opened[CONNS], sent[CONNS], closed[CONNS], theirs_closed, released;
static int reason[CONNS];
static const struct leat_endpoint at = {.addr = {.v4 = RTE_BE32(0xc6120002), .family = LEAT_IPV4}, .port = PORT};
static uint8_t page[200000];

static size_t
index_of(void *user)
{
	return (size_t)((struct leat_conn **)user - ours);
}

static void
note_open(struct leat_conn *c, void *user)
{
	(void)c;
	opened[index_of(user)]++;
}

static void
note_sent(struct leat_conn *c, size_t n, void *user)
{
	(void)c;
	(void)n;
	sent[index_of(user)]++;
}

static void
note_closed(struct leat_conn *c, int why, void *user)
{
	(void)c;
	closed[index_of(user)]++;
	reason[index_of(user)] = why;
}

static void
accept_one(struct leat_conn *c, void *user)
{
	(void)user;
	theirs[nb_theirs++] = c;
}

static void
read_all(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	(void)user;
	leat_tcp_consume(c, leat_rx_size(rx));
}

static void
close_back(struct leat_conn *c, void *user)
{
	(void)user;
	leat_tcp_close(c);
}

static void
their_end(struct leat_conn *c, int why, void *user)
{
	(void)why;
	(void)user;
	for (unsigned i = 0; i < nb_theirs; i++)
		if (theirs[i] == c)
			theirs[i] = NULL;
	theirs_closed++;
}

static const struct leat_tcp_events server = {
	.on_open = accept_one, .on_data = read_all, .on_peer_closed = close_back, .on_closed = their_end,
};
static const struct leat_tcp_events keeps_open = {.on_open = accept_one, .on_data = read_all, .on_closed = their_end};
static const struct leat_tcp_events notes = {.on_open = note_open, .on_sent = note_sent, .on_closed = note_closed};

static void
begin(const struct leat_tcp_events *theirs_events)
{
	support_eal_start(NULL);
	memset(page, 'p', sizeof(page));
	duo_open(&duo, NULL);
	struct leat_usage u = {.size = sizeof(u)};
	leat_usage(duo.a, &u);
	table_bytes = u.table_bytes;
	cr_assert_eq(leat_tcp_listen(duo.b, &at, theirs_events, NULL, &listener), 0);
}

static void
connects(unsigned i, const struct leat_tcp_events *events)
{
	cr_assert_eq(leat_tcp_connect(leat_core(duo.a, 0), NULL, &at, events, &ours[i], &ours[i]), 0);
}


static struct leat_usage
usage_of(int i)
{
	struct leat_usage u = {.size = sizeof(u)};

	leat_usage(i == 0 ? duo.a : duo.b, &u);
	return u;
}

/* Everything is over and forgotten, on both sides; what is kept of few connections did not make the table grow. */
static void
end(void)
{
	duo_after(&duo, 3 * 3600 * SEC);
	for (int i = 0; i < 2; i++) {
		struct leat_usage u = usage_of(i);
		cr_assert_eq(u.table_bytes, table_bytes);
		cr_assert_eq(u.connections + u.half_open + u.time_wait, 0);
		cr_assert_eq(u.mbufs_stack, 0);
	}
	duo_close(&duo);
}

static void
connected(unsigned i, const struct leat_tcp_events *events)
{
	connects(i, events);
	duo_after(&duo, 10 * MS);
	cr_assert_not_null(theirs[nb_theirs - 1]);
	cr_assert_geq(usage_of(0).table_bytes, table_bytes + 256 * usage_of(0).connections);
}

/* Both handshakes end in one burst; whichever is told first closes the other. */
static void
close_the_other(struct leat_conn *c, void *user)
{
	note_open(c, user);
	leat_tcp_close(ours[1 - index_of(user)]);
}

static const struct leat_tcp_events closes_the_other = {.on_open = close_the_other, .on_closed = note_closed};

Test(life, after_close_open_is_not_told, .timeout = 60)
{
	begin(&server);
	connects(0, &closes_the_other);
	connects(1, &closes_the_other);
	duo_after(&duo, 1 * SEC);
	cr_assert_eq(opened[0] + opened[1], 1);
	leat_tcp_close(ours[opened[0] ? 0 : 1]);
	end();
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(closed[i], 1);
		cr_assert_eq(reason[i], 0);
	}
}

/* In on_data its FIN is there already, and the control block waits only for this call. */
static void
set_keepalive(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	(void)user;
	cr_assert(leat_rx_ended(rx));
	cr_assert_eq(leat_tcp_set(c, LEAT_TCP_KEEPALIVE, 1), 0);
	leat_tcp_consume(c, leat_rx_size(rx));
}

static const struct leat_tcp_events sets_keepalive = {.on_data = set_keepalive, .on_closed = note_closed};

Test(life, keepalive_of_a_connection_that_ends_is_not_armed, .timeout = 60)
{
	begin(&keeps_open);
	connected(0, &sets_keepalive);
	cr_assert_eq(leat_tcp_shutdown(ours[0]), 0);
	duo_after(&duo, 1 * SEC);
	cr_assert_eq(leat_tcp_send(theirs[0], page, 10), 10);
	leat_tcp_close(theirs[0]);
	duo_after(&duo, 1 * SEC);
	cr_assert_eq(closed[0], 1);
	/* the places are used again */
	for (unsigned i = 1; i < CONNS; i++)
		connects(i, &notes);
	duo_after(&duo, 1 * SEC);
	for (unsigned i = 1; i < CONNS; i++)
		leat_tcp_close(ours[i]);
	for (unsigned i = 0; i < nb_theirs; i++)
		if (theirs[i] != NULL)
			leat_tcp_close(theirs[i]);
	end();
}

static const struct leat_tcp_events never_reads = {.on_closed = note_closed};

/* Closed in order, TIME-WAIT is its entry's; what it received waits to be read when the instance ends. */
Test(life, destroy_tells_who_did_not_read_to_the_end, .timeout = 60)
{
	begin(&keeps_open);
	connected(0, &never_reads);
	cr_assert_eq(leat_tcp_shutdown(ours[0]), 0);
	cr_assert_eq(leat_tcp_send(theirs[0], page, 1000), 1000);
	leat_tcp_close(theirs[0]);
	duo_after(&duo, 1 * SEC);
	cr_assert_eq(closed[0], 0);
	leat_destroy(duo.a);
	cr_assert_eq(closed[0], 1);
	leat_destroy(duo.b);
}

/* Who opens again in on_closed gets no connection that nobody would end. */
static void
connect_again(struct leat_conn *c, int why, void *user)
{
	note_closed(c, why, user);
	for (unsigned i = 1; i < CONNS; i++)
		cr_assert_lt(leat_tcp_connect(leat_core(duo.a, 0), NULL, &at, &notes, &ours[i], &ours[i]), 0);
}

static const struct leat_tcp_events connects_again = {.on_closed = connect_again};

Test(life, nothing_is_opened_while_the_instance_ends, .timeout = 60)
{
	begin(&server);
	connected(0, &connects_again);
	leat_destroy(duo.a);
	cr_assert_eq(closed[0], 1);
	cr_assert_eq(reason[0], ECONNABORTED);
	leat_destroy(duo.b);
}

static void
release_and_abort(void *arg)
{
	struct leat_conn **c = arg;

	released++;
	leat_tcp_abort(*c);
}

/* The release is no worse a place to call from than any other. */
Test(life, release_may_abort_its_connection, .timeout = 60)
{
	begin(&server);
	connected(0, &notes);
	cr_assert_eq(leat_tcp_send_ref(ours[0], page, 1000, release_and_abort, &ours[0]), 1000);
	cr_assert_eq(leat_tcp_send(ours[0], page, 1000), 1000);
	duo_after(&duo, 1 * SEC);
	cr_assert_eq(released, 1);
	cr_assert_eq(closed[0], 1);
	cr_assert_eq(reason[0], ECONNABORTED);
	end();
}

static bool inside;

static void
release_later(void *arg)
{
	(void)arg;
	cr_assert(!inside, "called back before the call returned");
	released++;
}

/* No call calls back before it returns, also when it makes the port give buffers back. */
Test(life, abort_does_not_release_before_it_returns, .timeout = 60)
{
	begin(&server);
	connected(0, &notes);
	cr_assert_eq(leat_tcp_send_ref(ours[0], page, sizeof(page), release_later, NULL), sizeof(page));
	inside = true;
	leat_tcp_abort(ours[0]);
	inside = false;
	duo_after(&duo, 1 * SEC);
	cr_assert_eq(released, 1);
	end();
}

/* The port takes no more: what refers to the application's memory is in its queue when the instance ends. */
Test(life, destroy_releases_what_the_port_still_holds, .timeout = 60)
{
	begin(&server);
	connected(0, &notes);
	struct rte_mempool *pool = rte_pktmbuf_pool_create("stop", 2047, 0, 0, 128, SOCKET_ID_ANY);
	cr_assert_not_null(pool);
	struct rte_mbuf *m;
	while ((m = rte_pktmbuf_alloc(pool)) != NULL && rte_ring_enqueue(duo.a_out, m) == 0)
		;
	cr_assert_not_null(m);
	cr_assert_eq(leat_tcp_send_ref(ours[0], page, 10000, release_later, NULL), 10000);
	leat_core_poll(leat_core(duo.a, 0));
	leat_tcp_abort(ours[0]);
	leat_core_poll(leat_core(duo.a, 0));
	cr_assert_eq(released, 0);
	leat_destroy(duo.a);
	cr_assert_eq(released, 1);
	leat_destroy(duo.b);
}

/* Any of them, from inside any of them. */
static void
abort_all(struct leat_conn *c, void *user)
{
	(void)c;
	(void)user;
	for (unsigned i = 0; i < CONNS; i++)
		if (closed[i] == 0)
			leat_tcp_abort(ours[i]);
}

static void
abort_all_on_data(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	abort_all(c, user);
	leat_tcp_consume(c, leat_rx_size(rx));
	cr_assert_eq(leat_tcp_send(c, page, 1), -EPIPE);
	cr_assert_eq(leat_tcp_shutdown(c), -ENOTCONN);
	leat_tcp_close(c);
}

static const struct leat_tcp_events aborts_on_open = {.on_open = abort_all, .on_closed = note_closed};
static const struct leat_tcp_events aborts_on_data = {.on_data = abort_all_on_data, .on_closed = note_closed};
static const struct leat_tcp_events aborts_on_fin = {.on_peer_closed = abort_all, .on_closed = note_closed};

static void
all_end_once(const struct leat_tcp_events *events)
{
	begin(&keeps_open);
	for (unsigned i = 0; i < CONNS; i++)
		connects(i, events);
	duo_after(&duo, 100 * MS);
	for (unsigned i = 0; i < nb_theirs; i++)
		if (theirs[i] != NULL) {
			leat_tcp_send(theirs[i], page, 100);
			leat_tcp_shutdown(theirs[i]);
		}
	duo_after(&duo, 100 * MS);
	for (unsigned i = 0; i < CONNS; i++)
		if (closed[i] == 0)
			leat_tcp_abort(ours[i]);
	duo_after(&duo, 100 * MS);
	for (unsigned i = 0; i < nb_theirs; i++)
		if (theirs[i] != NULL)
			leat_tcp_abort(theirs[i]);
	end();
	for (unsigned i = 0; i < CONNS; i++)
		cr_assert_eq(closed[i], 1);
	cr_assert_eq(theirs_closed, nb_theirs);
}

Test(life, all_aborted_in_on_open_end_once, .timeout = 60) { all_end_once(&aborts_on_open); }
Test(life, all_aborted_in_on_data_end_once, .timeout = 60) { all_end_once(&aborts_on_data); }
Test(life, all_aborted_in_on_peer_closed_end_once, .timeout = 60) { all_end_once(&aborts_on_fin); }
