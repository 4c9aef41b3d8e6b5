/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The way from core to core runs full: core 0 of a receives for core 1, which turns once where core 0 turns until it has
 * nothing more to do. With the way half full SYNs are thrown away, and the rest of it is for those who are connected.
 *
 * The way to the wire runs full: it takes less than is to be sent, so first the driver's queue fills and then ours. What
 * finds both full is dropped, and whoever sent it takes that for the congestion which it is. Nobody is turned away for
 * it: a link is there to be full.
 */
#include <string.h>
#include <netinet/in.h>
#include <criterion/criterion.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include "cores/hall.h"
#include "core/lane.h"
#include "support/eal.h"
#include "wire/tcp.h"

enum { TALKERS = 16, SAID = 5000, SYNS = 400, ROUNDS = 1000, SEC = 1000 };
enum {
	CROWD = 3,    /* times as many talkers, */
	MUCH = 10,    /* who say so many times as much */
	WIRE = 16,    /* frames that the wire takes in a millisecond */
	ROOM = 127,   /* frames in the driver's queue */
	WINDOW = 16384,
};

struct talker {
	struct leat_conn *conn;
	bool open;
	uint32_t got;
};

static struct talker talkers[TALKERS], newcomers[TALKERS], others[TALKERS], crowd[CROWD][TALKERS];

static uint8_t
byte_at(uint32_t i)
{
	return (uint8_t)(i * 131 + (i >> 8));
}

static void
on_open(struct leat_conn *c, void *user)
{
	(void)c;
	((struct talker *)user)->open = true;
}

static void
on_data(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	struct talker *t = user;
	struct iovec piece;

	while (leat_rx_iov(rx, &piece, 1) > 0) {
		for (size_t i = 0; i < piece.iov_len; i++)
			cr_assert_eq(((uint8_t *)piece.iov_base)[i], byte_at(t->got++ % SAID));
		leat_tcp_consume(c, piece.iov_len);
	}
}

static void
on_closed(struct leat_conn *c, int reason, void *user)
{
	(void)c;
	(void)reason;
	((struct talker *)user)->conn = NULL;
}

static const struct leat_tcp_events talking = {.on_open = on_open, .on_data = on_data, .on_closed = on_closed};

static void
connect_all(struct talker *t)
{
	struct leat_endpoint to = {leat_ipv4(198, 18, 0, 1), 7};

	for (unsigned i = 0; i < TALKERS; i++)
		cr_assert_eq(leat_tcp_connect(leat_core(hall.b.leat, 0), NULL, &to, &talking, &t[i], &t[i].conn), 0);
}

static unsigned
open_of(const struct talker *t)
{
	unsigned n = 0;

	for (unsigned i = 0; i < TALKERS; i++)
		n += t[i].open;
	return n;
}

static void
say(struct talker *t)
{
	uint8_t text[SAID];

	for (uint32_t i = 0; i < SAID; i++)
		text[i] = byte_at(i);
	for (unsigned i = 0; i < TALKERS; i++)
		cr_assert_eq(leat_tcp_send(t[i].conn, text, SAID), SAID);
}

static bool
all_heard(const struct talker *t, uint32_t bytes)
{
	for (unsigned i = 0; i < TALKERS; i++)
		if (t[i].got != bytes)
			return false;
	return true;
}

/* SYNs of strangers, for both cores; their checksums are wrong, so that nothing comes of them. */
static void
flood(void)
{
	static uint16_t port;
	uint8_t tcp[TCP_HDR_LEN] = {0}, frame[128];

	tcp[3] = 9;       /* destination port */
	tcp[12] = 5 << 4; /* words of the header */
	tcp[13] = TCP_SYN;
	for (unsigned i = 0; i < SYNS; i++) {
		port++;
		tcp[0] = (uint8_t)(port >> 8);
		tcp[1] = (uint8_t)port;
		hall_give(0, frame, hall_ip4(frame, IPPROTO_TCP, 0, tcp, sizeof(tcp)));
	}
}

static void
carry(struct rte_ring *from, struct rte_ring *to)
{
	void *m;

	while (rte_ring_dequeue(from, &m) == 0)
		cr_assert_eq(rte_ring_enqueue(to, m), 0);
}

/* A millisecond: more than core 1 handles in it. */
static void
round_of_flood(void)
{
	flood();
	carry(hall.b.out[0], hall.a.in[0]); /* behind others, for whom there may be room */
	while (hall_turn(leat_core(hall.a.leat, 0)) > 0)
		;
	hall_turn(leat_core(hall.a.leat, 1));
	hall_turn(leat_core(hall.a.leat, 0));
	carry(hall.a.out[0], hall.b.in[0]);
	hall_turn(leat_core(hall.b.leat, 0));
	hall.now += MS;
}

static void
abort_all(struct talker *t)
{
	for (unsigned i = 0; i < TALKERS; i++)
		if (t[i].conn != NULL)
			leat_tcp_abort(t[i].conn);
	hall_settle();
}

static uint64_t
counted(const char *counter)
{
	return leat_stat_value(hall.a.leat, counter);
}

static struct leat_usage
usage(void)
{
	struct leat_usage u = {.size = sizeof(u)};

	leat_usage(hall.a.leat, &u);
	return u;
}

static void
assert_as_before(const struct leat_usage *before)
{
	hall_after(200 * SEC * MS);
	struct leat_usage after = usage();
	cr_assert_eq(after.mbufs_free, before->mbufs_free);
	cr_assert_eq(after.mbufs_stack, 0);
	cr_assert_eq(after.connections + after.half_open + after.time_wait, 0);
}

/* What b has under way does not fill its own ring. */
static void
tune(struct leat_config *c, bool is_a)
{
	if (is_a)
		c->tcp.rcv_buf = c->tcp.rcv_buf_max = WINDOW;
}

static void
open_hall(void)
{
	struct leat_endpoint at = {.port = 7};
	struct leat_listener *l;

	support_eal_start("-m", "384", NULL);
	hall.a = (struct side){.cores = 2, .nb_in = 1, .nb_out = 1, .steering = LEAT_STEER_SOFTWARE, .room = ROOM};
	hall.tune = tune;
	hall_open();
	cr_assert_eq(leat_tcp_listen(hall.a.leat, &at, &hall_echo, NULL, &l), 0);
	hall_settle();
	connect_all(others); /* they learn each other's addresses */
	hall_settle();
	abort_all(others);
	memset(others, 0, sizeof(others));
}

TestSuite(ways, .init = open_hall, .timeout = 60);

Test(ways, from_core_to_core)
{
	struct leat_usage before = usage();
	unsigned served;

	connect_all(talkers);
	hall_settle();
	served = hall_accepted[1];
	cr_assert(open_of(talkers) == TALKERS && served > 0);
	for (int i = 0; i < 10; i++)
		round_of_flood();
	/* (a) what is shed, and how it is counted */
	uint64_t shed = counted("drop_tcp_shed");
	connect_all(newcomers);
	say(talkers);
	/* (b) those who are connected go on */
	for (int i = 0; i < ROUNDS && !all_heard(talkers, SAID); i++)
		round_of_flood();
	cr_assert(all_heard(talkers, SAID));
	cr_assert_gt(counted("drop_tcp_shed"), shed);
	cr_assert_eq(leat_stat_value(hall.a.leat, "drop_lane_full"), 0);
	cr_assert_eq(leat_stat_value(hall.b.leat, "tcp_rto"), 0);
	cr_assert_eq(hall_accepted[1], served);
	cr_assert_lt(open_of(newcomers), TALKERS);
	/* (c) it falls, and whoever comes is served at once, and who was not when he asks again */
	hall_after(10 * MS);
	connect_all(others);
	hall_after(MS);
	cr_assert_eq(open_of(others), TALKERS);
	hall_after(4 * SEC * MS);
	cr_assert_eq(open_of(newcomers), TALKERS);
	cr_assert_gt(hall_accepted[1], served);
	/* (d) nothing leaks */
	abort_all(talkers);
	abort_all(newcomers);
	abort_all(others);
	assert_as_before(&before);
	hall_close();
}

/* A millisecond, in which the wire takes WIRE frames. */
static void
round_of_wire(void)
{
	void *m;

	carry(hall.b.out[0], hall.a.in[0]);
	for (int i = 0; i < 4; i++) {
		hall_turn(leat_core(hall.a.leat, 0));
		hall_turn(leat_core(hall.a.leat, 1));
	}
	for (int i = 0; i < WIRE && rte_ring_dequeue(hall.a.out[0], &m) == 0; i++)
		cr_assert_eq(rte_ring_enqueue(hall.b.in[0], m), 0);
	hall_turn(leat_core(hall.b.leat, 0));
	hall.now += MS;
}

static uint64_t
dropped_at_the_wire(void)
{
	return counted("drop_tx_full") + counted("drop_lane_out_full");
}

Test(ways, to_the_wire)
{
	struct leat_usage before = usage();

	for (int i = 0; i < CROWD; i++)
		connect_all(crowd[i]);
	connect_all(talkers);
	hall_settle();
	for (int i = 0; i < CROWD; i++)
		for (int k = 0; k < MUCH; k++)
			say(crowd[i]);
	for (int i = 0; i < ROUNDS && dropped_at_the_wire() == 0; i++)
		round_of_wire();
	/* (a) what gives way, and how it is counted */
	cr_assert_gt(dropped_at_the_wire(), 0);
	/* (b) those who are connected go on */
	say(talkers);
	connect_all(newcomers);
	for (int i = 0; i < 10 * ROUNDS && !(all_heard(talkers, SAID) && open_of(newcomers) == TALKERS); i++)
		round_of_wire();
	cr_assert(all_heard(talkers, SAID));
	cr_assert_eq(open_of(newcomers), TALKERS, "nobody is turned away");
	cr_assert_eq(counted("drop_tcp_shed"), 0);
	for (int i = 0; i < 10 * ROUNDS && !(all_heard(crowd[0], MUCH * SAID) && all_heard(crowd[1], MUCH * SAID) &&
		all_heard(crowd[2], MUCH * SAID)); i++)
		round_of_wire();
	cr_assert(all_heard(crowd[0], MUCH * SAID) && all_heard(crowd[1], MUCH * SAID) && all_heard(crowd[2], MUCH * SAID));
	/* (c) it falls, and whoever comes is served at once */
	connect_all(others);
	hall_after(MS);
	cr_assert_eq(open_of(others), TALKERS);
	/* (d) nothing leaks */
	abort_all(talkers);
	abort_all(newcomers);
	abort_all(others);
	for (int i = 0; i < CROWD; i++)
		abort_all(crowd[i]);
	assert_as_before(&before);
	hall_close();
}
