/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The wire is away for a while, with all that crosses it, ARP too: what a connection loses is time.
 * Two instances in virtual time.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <rte_mbuf.h>
#include "support/duo.h"
#include "support/eal.h"

#define MS 1000000ull
#define SEC 1000000000ull

enum { PORT = 7000, SIZE = 300000, NOT_CLOSED = -1 };

static struct duo duo;
static const struct leat_endpoint at = {.addr = {.v4 = RTE_BE32(0xc6120002), .family = LEAT_IPV4}, .port = PORT};
static uint8_t data[SIZE];
static bool down, retries_are_few;
static struct leat_conn *conn;
static int reason = NOT_CLOSED;
static bool opened;
static size_t to_send, received;
static uint64_t ended_at;

/* All that is on the wire while it is down is lost. */
static bool
hand(struct duo *d, bool from_a, struct rte_mbuf *m)
{
	(void)d;
	(void)from_a;
	if (!down)
		return true;
	rte_pktmbuf_free(m);
	return false;
}

static void
send_more(struct leat_conn *c)
{
	ssize_t n = leat_tcp_send(c, data + SIZE - to_send, to_send);

	if (n > 0)
		to_send -= (size_t)n;
}

static void
on_open(struct leat_conn *c, void *user)
{
	(void)user;
	opened = true;
	send_more(c);
}

static void
on_sent(struct leat_conn *c, size_t n, void *user)
{
	(void)n;
	(void)user;
	send_more(c);
}

static void
on_closed(struct leat_conn *c, int why, void *user)
{
	(void)c;
	(void)user;
	reason = why;
	ended_at = duo.now;
}

static void
on_data(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	struct iovec piece;

	(void)user;
	while (leat_rx_iov(rx, &piece, 1) > 0) {
		cr_assert_eq(memcmp(piece.iov_base, data + received, piece.iov_len), 0);
		received += piece.iov_len;
		leat_tcp_consume(c, piece.iov_len);
	}
}

static const struct leat_tcp_events sends = {.on_open = on_open, .on_sent = on_sent, .on_closed = on_closed};
static const struct leat_tcp_events takes = {.on_data = on_data};

static void
tune(struct leat_config *c, bool is_a)
{
	(void)is_a;
	if (retries_are_few)
		c->tcp.retries = 6;
}

static void
begin(void)
{
	struct leat_listener *listener;

	support_eal_start("--log-level=leat.link:error", NULL);
	for (size_t i = 0; i < SIZE; i++)
		data[i] = (uint8_t)(i * 31 + (i >> 8));
	duo.hand = hand;
	duo_open(&duo, tune);
	cr_assert_eq(leat_tcp_listen(duo.b, &at, &takes, NULL, &listener), 0);
}

static void
end(void)
{
	if (reason == NOT_CLOSED && conn != NULL)
		leat_tcp_abort(conn);
	down = false;
	duo_after(&duo, SEC);
	duo_close(&duo);
}

static void
begin_impatient(void)
{
	retries_are_few = true;
	begin();
}

TestSuite(outage, .init = begin, .fini = end, .timeout = 60);
TestSuite(outage_without_end, .init = begin_impatient, .fini = end, .timeout = 60);

static void
connects(void)
{
	cr_assert_eq(leat_tcp_connect(leat_core(duo.a, 0), NULL, &at, &sends, NULL, &conn), 0);
}

static uint64_t
count_of(const char *name)
{
	return leat_stat_value(duo.a, name);
}

/* In the middle of the transfer the wire goes away for that long; then everything arrives. */
static void
transfer_with_outage(uint64_t ns)
{
	to_send = SIZE;
	duo.now += MS;
	connects();
	duo_after(&duo, 50 * MS);
	cr_assert(opened);
	cr_assert_eq(received, SIZE);
	received = 0;
	to_send = SIZE;
	down = true;
	send_more(conn);
	duo_after(&duo, ns);
	cr_assert_eq(received, 0);
	cr_assert_eq(reason, NOT_CLOSED, "it ended with %s", strerror(reason));
	down = false;
	/* the next retransmission comes no later than the outage has lasted, and three seconds for ARP */
	duo_after(&duo, ns + 5 * SEC);
	cr_assert_eq(received, SIZE, "%zu of %d bytes arrived", received, SIZE);
	cr_assert_eq(reason, NOT_CLOSED);
}

Test(outage, of_a_second)
{
	transfer_with_outage(SEC);
	cr_assert_eq(count_of("neigh_failed"), 0);
}

/* The neighbour's address is asked for in vain meanwhile: for an open connection that is a soft error. */
Test(outage, of_five_minutes)
{
	transfer_with_outage(300 * SEC);
	cr_assert_gt(count_of("neigh_failed"), 0);
	cr_assert_gt(count_of("tcp_icmp_soft"), 0);
}

/* An outage is not taken for a path that loses large packets (RFC 2923 2.1). */
Test(outage, leaves_the_segment_size_as_it_was)
{
	struct leat_tcp_info before = {.size = sizeof(before)}, after = before;

	connects();
	duo_after(&duo, 50 * MS);
	leat_tcp_info(conn, &before);
	down = true;
	leat_tcp_send(conn, data, 100000);
	duo_after(&duo, 20 * SEC);
	cr_assert_gt(count_of("tcp_mtu_trials"), 0);
	down = false;
	duo_after(&duo, 60 * SEC);
	leat_tcp_info(conn, &after);
	cr_assert_eq(received, 100000);
	cr_assert_eq(after.mss, before.mss);
	cr_assert_eq(count_of("tcp_black_holes"), 0);
}

/* RFC 1122 4.2.3.9: when it never comes back, the soft error is the reason. */
Test(outage_without_end, is_told)
{
	connects();
	duo_after(&duo, 50 * MS);
	duo_after(&duo, 40 * SEC); /* the neighbour is no longer REACHABLE */
	down = true;
	leat_tcp_send(conn, data, 1000);
	duo_after(&duo, 300 * SEC);
	cr_assert_eq(reason, EHOSTUNREACH, "it ended with %d", reason);
	conn = NULL;
}

/* Who is asked for in vain: the one that connects is told when ARP has given up, after three seconds. */
Test(outage, when_connecting)
{
	uint64_t start = duo.now;

	down = true;
	connects();
	duo_after(&duo, 2900 * MS);
	cr_assert_eq(reason, NOT_CLOSED);
	duo_after(&duo, 200 * MS);
	cr_assert_eq(reason, EHOSTUNREACH);
	cr_assert_geq(ended_at - start, 3 * SEC);
	conn = NULL;
}

/* The first connect after an outage asks again, and waits for the answer. */
Test(outage, is_over_for_the_next_connect)
{
	down = true;
	connects();
	duo_after(&duo, 5 * SEC);
	cr_assert_eq(reason, EHOSTUNREACH);
	down = false;
	reason = NOT_CLOSED;
	connects();
	duo_after(&duo, 50 * MS);
	cr_assert(opened);
	cr_assert_eq(reason, NOT_CLOSED);
}
