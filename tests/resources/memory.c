/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packet memory runs out: receive buffers that an application keeps, send buffers that wait for peers who do not
 * read, headers and references that a driver keeps. With less than a sixteenth free nobody begins.
 */
#include <errno.h>
#include <criterion/criterion.h>
#include <rte_mbuf.h>
#include "scene.h"

enum {
	MBUFS = 1024,
	SCARCE = MBUFS / 16,
	CROWD = 1000,
	KEEPING_PORT = 81, /* a's application keeps the buffers of what comes there */
	POURING_PORT = 82, /* a's application sends as much as it can there */
};

static struct caller crowd[CROWD];
static unsigned crowded;
static struct rte_mbuf *kept[MBUFS];
static unsigned nb_kept, first_kept;

TestSuite(memory, .timeout = 120);

static unsigned
left(const char *kind)
{
	return rte_mempool_avail_count(scene_pool(kind));
}

static void
disperse(void)
{
	scene_disperse(crowd, crowded);
	crowded = 0;
}

/* --- receive buffers --- */

static void
few_rx(struct leat_config *c, bool is_a)
{
	if (is_a) {
		c->rx_mbufs = MBUFS;
		c->rx_descriptors = c->tx_descriptors = 256;
	}
}

/* A sixteenth stays, nearly. */
static void
keep(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	(void)user;
	while (left("rx") >= SCARCE - 8 && leat_rx_size(rx) > 0)
		kept[nb_kept++] = leat_rx_take(rx);
	leat_tcp_consume(c, leat_rx_size(rx));
}

static void
take_rx(void)
{
	static const struct leat_tcp_events keeping = {.on_data = keep};

	scene_serve(KEEPING_PORT, &keeping);
	for (crowded = 0; left("rx") >= SCARCE; crowded++) {
		cr_assert_lt(crowded, CROWD);
		crowd[crowded].goal = 50000;
		scene_crowd(&crowd[crowded], 1, KEEPING_PORT);
		duo_after(&duo, 10 * MS);
	}
}

static void
give_rx(void)
{
	while (nb_kept > 0)
		rte_pktmbuf_free(kept[--nb_kept]);
	disperse();
}

/* What holds them is the application's; those who are connected live on what is left */
Test(memory, receive_buffers)
{
	scene_show(&(struct resource){.tune = few_rx, .counter = "tcp_mbufs_scarce", .exhaust = take_rx,
		.relieve = give_rx});
}

Test(memory, receive_buffers_to_connect)
{
	scene_show(&(struct resource){.tune = few_rx, .by_a = true, .error = -ENOBUFS, .counter = "tcp_mbufs_scarce",
		.exhaust = take_rx, .relieve = give_rx});
}

/* --- send buffers --- */

static void
few_tx(struct leat_config *c, bool is_a)
{
	if (is_a) {
		c->tx_mbufs = MBUFS;
		c->rx_descriptors = c->tx_descriptors = 256;
	} else {
		c->rx_mbufs = 8 * MBUFS;
		c->tcp.rcv_buf = c->tcp.rcv_buf_max = 4096;
	}
}

static void
pour(struct leat_conn *c, void *user)
{
	static const uint8_t much[1 << 20];

	(void)user;
	leat_tcp_send(c, much, sizeof(much));
}

static void
pour_on(struct leat_conn *c, size_t acked, void *user)
{
	(void)acked;
	pour(c, user);
}

static void
call_deaf(uint16_t port)
{
	cr_assert_lt(crowded, CROWD);
	crowd[crowded].deaf = true;
	scene_crowd(&crowd[crowded++], 1, port);
	duo_after(&duo, MS);
}

/* Peers ask for much and do not read it. */
static void
take_tx(void)
{
	static const struct leat_tcp_events pouring = {.on_open = pour, .on_sent = pour_on};

	scene_serve(POURING_PORT, &pouring);
	for (crowded = 0; left("data") >= SCARCE;)
		call_deaf(POURING_PORT);
}

/* A few who do not read do not take all; those who are connected go on with a buffer at a time */
Test(memory, send_buffers)
{
	scene_show(&(struct resource){.tune = few_tx, .counter = "tcp_mbufs_scarce", .exhaust = take_tx,
		.relieve = disperse});
}

Test(memory, send_buffers_to_connect)
{
	scene_show(&(struct resource){.tune = few_tx, .by_a = true, .error = -ENOBUFS, .counter = "tcp_mbufs_scarce",
		.exhaust = take_tx, .relieve = disperse});
}

static unsigned
connected(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < crowded; i++)
		n += crowd[i].conn != NULL;
	return n;
}

/* They are not sent away, and yet there is room before long; no more of them are ended than must be. */
static void
wait_for_room(void)
{
	struct caller newcomer = {0};

	duo_after(&duo, 60 * SEC);
	cr_assert_gt(leat_stat_value(duo.a, "tcp_deaf_shed"), 0);
	cr_assert_eq(leat_stat_value(duo.a, "tcp_deaf_shed"), crowded - connected()); /* they hear of it */
	cr_assert_gt(connected(), crowded / 2);
	cr_assert_eq(scene_dial(&newcomer, false, 0, ECHO_PORT), 0);
	duo_after(&duo, MS);
	cr_assert(newcomer.open);
	scene_hang_up(&newcomer);
	disperse();
}

/* RFC 6429 3: those who do not read, though they answer, do not keep newcomers out for ever */
Test(memory, send_buffers_of_the_deaf)
{
	scene_show(&(struct resource){.tune = few_tx, .counter = "tcp_mbufs_scarce", .exhaust = take_tx,
		.relieve = wait_for_room});
}

/* --- what a driver keeps of what it has sent --- */

/* As much as leaves a twentieth of each pool: then it frees what it sent first. */
static void
keep_sent(struct rte_mbuf *m)
{
	kept[(first_kept + nb_kept++) % MBUFS] = m;
	while (nb_kept == MBUFS || left("hdr") < MBUFS / 20 || left("ind") < MBUFS / 20) {
		rte_pktmbuf_free(kept[first_kept]);
		first_kept = (first_kept + 1) % MBUFS;
		nb_kept--;
	}
}

static void
take_headers(void)
{
	scene_sent = keep_sent;
	for (int i = 0; left("hdr") >= SCARCE && left("ind") >= SCARCE; i++) {
		cr_assert_lt(i, 100);
		scene_converse();
	}
}

static void
give_headers(void)
{
	scene_sent = NULL;
	for (; nb_kept > 0; nb_kept--, first_kept = (first_kept + 1) % MBUFS)
		rte_pktmbuf_free(kept[first_kept]);
}

/* What is sent is headers and references to what is queued: a driver may keep them for long */
Test(memory, headers_and_references)
{
	scene_show(&(struct resource){.tune = few_tx, .counter = "tcp_mbufs_scarce", .exhaust = take_headers,
		.relieve = give_headers});
}
