/* SPDX-License-Identifier: BSD-3-Clause */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <rte_dev.h>
#include <rte_eth_ring.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include "duo.h"

enum { RING = 1024 };

static uint64_t
clock_of(void *arg)
{
	return ((struct duo *)arg)->now;
}

static struct leat *
make(struct duo *d, bool is_a, void (*tune)(struct leat_config *c, bool is_a))
{
	const char *name = is_a ? "a" : "b";
	struct rte_ring **in = is_a ? &d->a_in : &d->b_in, **out = is_a ? &d->a_out : &d->b_out;
	struct leat_config c;
	struct leat_error error;
	char text[32];

	snprintf(text, sizeof(text), "%s-in", name);
	*in = rte_ring_create(text, RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	snprintf(text, sizeof(text), "%s-out", name);
	*out = rte_ring_create(text, RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	cr_assert(rte_eth_from_rings(name, in, 1, out, 1, 0) >= 0);
	leat_config_init(&c);
	snprintf(c.name, sizeof(c.name), "%s", name);
	snprintf(c.ports[0].name, sizeof(c.ports[0].name), "net_ring_%s", name);
	c.nb_ports = 1;
	c.addrs[0].addr = leat_ipv4(198, 18, 0, is_a ? 1 : 2);
	c.addrs[0].prefix_len = 24;
	c.nb_addrs = 1;
	c.clock = clock_of;
	c.clock_arg = d;
	memset(c.secret, is_a ? 0xa : 0xb, sizeof(c.secret));
	c.has_secret = true;
	c.rx_mbufs = c.tx_mbufs = 2048;
	if (tune != NULL)
		tune(&c, is_a);
	struct leat *leat = leat_create(&c, &error);
	cr_assert_not_null(leat, "%s", error.text);
	return leat;
}

void
duo_open(struct duo *d, void (*tune)(struct leat_config *c, bool is_a))
{
	d->now = 1000000000;
	d->a = make(d, true, tune);
	d->b = make(d, false, tune);
}

/* Frames from one to the other, through the test's hand. Returns how many. */
static unsigned
move(struct duo *d, bool from_a)
{
	struct rte_ring *from = from_a ? d->a_out : d->b_out, *to = from_a ? d->b_in : d->a_in;
	unsigned n = 0;
	void *m;

	for (; rte_ring_dequeue(from, &m) == 0; n++)
		if (d->hand == NULL || d->hand(d, from_a, m))
			cr_assert_eq(rte_ring_enqueue(to, m), 0);
	return n;
}

void
duo_settle(struct duo *d)
{
	unsigned quiet = 0;

	while (quiet < 2) {
		unsigned n = leat_core_poll(leat_core(d->a, 0)) + leat_core_poll(leat_core(d->b, 0));
		n += move(d, true) + move(d, false);
		quiet = n == 0 ? quiet + 1 : 0;
	}
}

void
duo_after(struct duo *d, uint64_t ns)
{
	uint64_t end = d->now + ns;

	for (;;) {
		duo_settle(d);
		uint64_t a = leat_core_next(leat_core(d->a, 0)), b = leat_core_next(leat_core(d->b, 0));
		uint64_t next = a < b ? a : b;
		if (next >= end)
			break;
		d->now = next > d->now ? next : d->now + 1;
	}
	d->now = end;
	duo_settle(d);
}

static void
close_one(struct leat *leat)
{
	struct leat_usage u = {.size = sizeof(u)};

	leat_usage(leat, &u);
	cr_assert_eq(u.mbufs_stack, 0, "%u mbufs are still held", u.mbufs_stack);
	leat_destroy(leat);
}

void
duo_close(struct duo *d)
{
	void *m;

	duo_settle(d);
	close_one(d->a);
	close_one(d->b);
	struct rte_ring *rings[] = {d->a_in, d->a_out, d->b_in, d->b_out};
	for (int i = 0; i < 4; i++)
		while (rte_ring_dequeue(rings[i], &m) == 0)
			(void)m; /* its pool is gone with its instance */
	rte_eal_hotplug_remove("vdev", "net_ring_a");
	rte_eal_hotplug_remove("vdev", "net_ring_b");
	for (int i = 0; i < 4; i++)
		rte_ring_free(rings[i]);
}

/* --- a server --- */

static void
send_back(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	struct iovec piece;
	ssize_t n;

	(void)user;
	while (leat_rx_iov(rx, &piece, 1) > 0 && (n = leat_tcp_send(c, piece.iov_base, piece.iov_len)) > 0)
		leat_tcp_consume(c, (size_t)n);
}

static void
send_on(struct leat_conn *c, size_t acked, void *user)
{
	(void)acked;
	send_back(c, leat_tcp_rx(c), user);
}

static void
close_too(struct leat_conn *c, void *user)
{
	(void)user;
	leat_tcp_close(c);
}

const struct leat_tcp_events duo_echo = {.on_data = send_back, .on_sent = send_on, .on_peer_closed = close_too};
