/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hundreds of connections whose application reads nothing, each with a peer that sends all it may:
 * the port still has buffers, and a newcomer is served. Between the two the test does what a driver
 * does: it receives into the instance's own receive pool, and what finds no buffer is lost.
 */
#include <criterion/criterion.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include "support/duo.h"
#include "support/eal.h"

enum { READERS = 300, RX_MBUFS = 4096, BIG = 1000000, MS = 1000000, SEC = 1000 * MS };

static struct duo duo;
static struct rte_mempool *pool;
static uint8_t data[BIG];
static struct leat_conn *slow[READERS], *dialled[READERS + 1];
static unsigned nb_dialled, nb_open, nb_slow, lost;
static size_t served, answered;

static bool
receive(struct duo *d, bool from_a, struct rte_mbuf *m)
{
	if (!from_a)
		return true;
	struct rte_mbuf *copy = rte_pktmbuf_copy(m, pool, 0, UINT32_MAX);
	rte_pktmbuf_free(m);
	if (copy == NULL)
		lost++;
	else
		cr_assert_eq(rte_ring_enqueue(d->b_in, copy), 0);
	return false;
}

/* a: sends as much as it may */
static void
push(struct leat_conn *c, void *user)
{
	(void)user;
	nb_open++;
	cr_assert_eq(leat_tcp_send_ref(c, data, BIG, NULL, NULL), BIG);
}

/* b: port 1 reads nothing, port 2 answers with what it got */
static void
keep(struct leat_conn *c, void *user)
{
	(void)user;
	leat_tcp_set_user(c, &slow[nb_slow]);
	slow[nb_slow++] = c;
}

static void
forget(struct leat_conn *c, int reason, void *user)
{
	(void)c;
	(void)reason;
	*(struct leat_conn **)user = NULL;
}

static void
echo(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	struct iovec iov;

	(void)user;
	while (leat_rx_iov(rx, &iov, 1) > 0) {
		ssize_t n = leat_tcp_send(c, iov.iov_base, iov.iov_len);
		cr_assert_gt(n, 0);
		leat_tcp_consume(c, (size_t)n);
		served += (size_t)n;
	}
}

static void
ask(struct leat_conn *c, void *user)
{
	(void)user;
	cr_assert_eq(leat_tcp_send(c, data, 100000), 100000);
}

static void
take_answer(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	(void)user;
	answered += leat_rx_size(rx);
	leat_tcp_consume(c, leat_rx_size(rx));
}

static const struct leat_tcp_events pushing = {.on_open = push, .on_closed = forget},
	keeping = {.on_open = keep, .on_closed = forget},
	echoing = {.on_data = echo}, asking = {.on_open = ask, .on_data = take_answer, .on_closed = forget};

static void
tune(struct leat_config *c, bool is_a)
{
	c->rx_descriptors = c->tx_descriptors = 64;
	c->tx_mbufs = 8192;
	c->rx_mbufs = is_a ? 1024 : RX_MBUFS;
}

static void
start(void)
{
	struct leat_endpoint local = {.port = 1};
	struct leat_listener *l;

	support_eal_start(NULL);
	duo_open(&duo, tune);
	duo.hand = receive;
	pool = rte_mempool_lookup("b-0-rx");
	cr_assert_eq(leat_tcp_listen(duo.b, &local, &keeping, NULL, &l), 0);
	local.port = 2;
	cr_assert_eq(leat_tcp_listen(duo.b, &local, &echoing, NULL, &l), 0);
}

static void
stop(void)
{
	duo.hand = NULL; /* what is still in the wire goes with its pool */
	duo_close(&duo);
}

TestSuite(slow_readers, .init = start, .fini = stop, .timeout = 120);

static void
dial(uint16_t port, const struct leat_tcp_events *events)
{
	struct leat_endpoint remote = {.addr = leat_ipv4(198, 18, 0, 2), .port = port};
	struct leat_conn **c = &dialled[nb_dialled++];

	cr_assert_eq(leat_tcp_connect(leat_core(duo.a, 0), NULL, &remote, events, c, c), 0);
}

Test(slow_readers, a_newcomer_is_served_beside_hundreds)
{
	for (int i = 0; i < READERS; i++) {
		dial(1, &pushing);
		if (i % 20 == 19)
			duo_after(&duo, MS); /* not more at once than the rings hold */
	}
	duo_after(&duo, 30ull * SEC);
	cr_assert_eq(nb_open, READERS);
	cr_assert_eq(nb_slow, READERS);
	/* they hold what they may, and no more */
	cr_assert_lt(rte_mempool_avail_count(pool), RX_MBUFS / 2);
	cr_assert_gt(rte_mempool_avail_count(pool), RX_MBUFS / 16);
	cr_assert_eq(lost, 0);

	dial(2, &asking);
	duo_after(&duo, 3ull * SEC);
	cr_assert_eq(served, 100000, "%zu bytes were served", served);
	cr_assert_eq(answered, 100000);

	/* and they are not cut off: whoever reads gets on */
	size_t before = leat_rx_size(leat_tcp_rx(slow[0])), got = 0;
	for (int i = 0; i < 400 && got < BIG; i++) {
		size_t n = leat_rx_size(leat_tcp_rx(slow[0]));
		leat_tcp_consume(slow[0], n);
		got += n;
		duo_after(&duo, 1ull * SEC);
	}
	cr_assert_gt(before, 0);
	cr_assert_eq(got, BIG, "only %zu bytes came", got);
	for (unsigned i = 0; i < nb_dialled; i++)
		if (dialled[i] != NULL)
			leat_tcp_abort(dialled[i]);
	for (unsigned i = 0; i < nb_slow; i++)
		if (slow[i] != NULL)
			leat_tcp_abort(slow[i]);
}
