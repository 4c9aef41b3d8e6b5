/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A path of 100 ms there and back that loses nothing: how much fits into it is decided by the
 * receive buffer alone. The receiver only reads, so it knows the round trip by timestamps alone.
 */
#include <criterion/criterion.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include "support/duo.h"
#include "support/eal.h"

#define MS 1000000ull
#define SEC 1000000000ull

enum { PIECE = 1 << 20, FRAMES = 1 << 14, ONE_WAY_MS = 50 };

static struct duo duo;
static uint8_t data[PIECE];
static struct leat_conn *receiver;
static uint64_t got;
static uint32_t fixed;

/* What is under way, oldest first. */
static struct { struct rte_mbuf *m; uint64_t due; bool from_a; } path[FRAMES];
static unsigned head, tail;

static bool
delay(struct duo *d, bool from_a, struct rte_mbuf *m)
{
	path[tail % FRAMES].m = m;
	path[tail % FRAMES].due = d->now + ONE_WAY_MS * MS;
	path[tail % FRAMES].from_a = from_a;
	cr_assert_lt(++tail - head, FRAMES);
	return false;
}

static void
pass(uint64_t ns)
{
	for (uint64_t end = duo.now + ns; duo.now < end;) {
		duo_after(&duo, MS);
		for (unsigned n = 0; head != tail && path[head % FRAMES].due <= duo.now; head++) {
			struct rte_ring *to = path[head % FRAMES].from_a ? duo.b_in : duo.a_in;
			cr_assert_eq(rte_ring_enqueue(to, path[head % FRAMES].m), 0);
			if (++n % 512 == 0)
				duo_settle(&duo);
		}
		duo_settle(&duo);
	}
}

static void
push(struct leat_conn *c)
{
	while (leat_tcp_send_ref(c, data, PIECE, NULL, NULL) > 0)
		;
}

static void
on_open(struct leat_conn *c, void *user)
{
	(void)user;
	push(c);
}

static void
on_sent(struct leat_conn *c, size_t acked, void *user)
{
	(void)acked;
	(void)user;
	push(c);
}

static void
on_accept(struct leat_conn *c, void *user)
{
	(void)user;
	receiver = c;
	if (fixed != 0)
		cr_assert_eq(leat_tcp_set(c, LEAT_TCP_RCVBUF, fixed), 0);
}

static void
on_data(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	(void)user;
	got += leat_rx_size(rx);
	leat_tcp_consume(c, leat_rx_size(rx));
}

static const struct leat_tcp_events sending = {.on_open = on_open, .on_sent = on_sent},
	receiving = {.on_open = on_accept, .on_data = on_data};

static void
tune(struct leat_config *c, bool is_a)
{
	c->rx_descriptors = c->tx_descriptors = 256;
	c->tx_mbufs = is_a ? 16384 : 2048;
	c->rx_mbufs = is_a ? 2048 : 8192;
	c->tcp.snd_buf = 8 << 20;
}

/* Bytes in a second, when the window is 4 MiB, or after so many seconds (the sender, too, begins with little). */
static uint64_t
goodput(unsigned seconds)
{
	struct leat_endpoint remote = {.addr = leat_ipv4(198, 18, 0, 2), .port = 1}, local = {.port = 1};
	struct leat_listener *l;
	struct leat_conn *c;

	support_eal_start(NULL);
	duo_open(&duo, tune);
	cr_assert_eq(leat_tcp_listen(duo.b, &local, &receiving, NULL, &l), 0);
	cr_assert_eq(leat_tcp_connect(leat_core(duo.a, 0), NULL, &remote, &sending, NULL, &c), 0);
	duo.hand = delay;
	for (uint64_t last = 0; seconds > 0 && (last == 0 || got - last < 40000000); seconds--) {
		last = got;
		pass(SEC);
	}
	uint64_t before = got;
	pass(SEC);
	return got - before;
}

static void
finish(void)
{
	leat_tcp_abort(receiver);
	pass(SEC);
	duo_close(&duo);
}

TestSuite(long_path, .timeout = 60);

/* 4 MiB in 100 ms are 42 MB/s */
Test(long_path, receive_buffer_grows_until_the_path_is_full)
{
	uint32_t size;

	uint64_t bytes = goodput(60);
	leat_tcp_get(receiver, LEAT_TCP_RCVBUF, &size);
	cr_assert_eq(size, 4 << 20);
	cr_assert_geq(bytes, 40000000, "only %lu bytes in a second", bytes);
	cr_assert_geq(leat_stat_value(duo.b, "tcp_rcv_buf_grown"), 4);
	finish();
}

/* An application that has chosen a size gets that */
Test(long_path, fixed_receive_buffer_does_not_grow)
{
	uint32_t size;

	fixed = 100000;
	uint64_t bytes = goodput(5);
	leat_tcp_get(receiver, LEAT_TCP_RCVBUF, &size);
	cr_assert_eq(size, 100000);
	cr_assert_leq(bytes, 1100000, "%lu bytes in a second", bytes);
	cr_assert_geq(bytes, 800000, "%lu bytes in a second", bytes);
	finish();
}
