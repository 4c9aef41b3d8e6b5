/* SPDX-License-Identifier: BSD-3-Clause */
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <rte_dev.h>
#include <rte_eth_ring.h>
#include "link/port.h"
#include "run/run.h"
#include "wire/eth.h"
#include "wire/ipv4.h"
#include "hall.h"

enum { RING = 4096 };

struct hall hall;
unsigned hall_accepted[LEAT_MAX_CORES];

static uint64_t
clock_of(void *arg)
{
	return ((struct hall *)arg)->now;
}

static void
make_port(struct side *s, const char *name)
{
	char text[32];

	s->nb_in = s->nb_in ? s->nb_in : s->cores;
	s->nb_out = s->nb_out ? s->nb_out : s->cores;
	for (unsigned i = 0; i < HALL_QUEUES; i++) {
		snprintf(text, sizeof(text), "%s-in-%u", name, i);
		s->in[i] = rte_ring_create(text, RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
		snprintf(text, sizeof(text), "%s-out-%u", name, i);
		s->out[i] = rte_ring_create(text, s->room != 0 ? s->room + 1 : RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
		cr_assert(s->in[i] != NULL && s->out[i] != NULL);
	}
	cr_assert(rte_eth_from_rings(name, s->in, s->nb_in, s->out, s->nb_out, 0) >= 0);
}

static void
make(struct side *s, bool is_a)
{
	const char *name = is_a ? "a" : "b";
	struct leat_config c;
	struct leat_error error;

	s->cores = s->cores ? s->cores : 1;
	make_port(s, name);
	leat_config_init(&c);
	snprintf(c.name, sizeof(c.name), "%s", name);
	snprintf(c.ports[0].name, sizeof(c.ports[0].name), "net_ring_%s", name);
	c.nb_ports = 1;
	c.addrs[0].addr = leat_ipv4(198, 18, 0, is_a ? 1 : 2);
	c.addrs[0].prefix_len = 24;
	c.nb_addrs = 1;
	c.cores = s->cores;
	c.steering = s->steering;
	c.clock = clock_of;
	c.clock_arg = &hall;
	memset(c.secret, is_a ? 0xa : 0xb, sizeof(c.secret));
	c.has_secret = true;
	c.rx_mbufs = c.tx_mbufs = 4096;
	if (hall.tune != NULL)
		hall.tune(&c, is_a);
	s->leat = leat_create(&c, &error);
	cr_assert_not_null(s->leat, "%s", error.text);
}

void
hall_open(void)
{
	hall.now = 1000 * MS;
	make(&hall.a, true);
	make(&hall.b, false);
}

static void
close_side(struct side *s)
{
	struct leat_usage u = {.size = sizeof(u)};

	leat_usage(s->leat, &u);
	cr_assert_eq(u.mbufs_stack, 0, "%u mbufs are still held", u.mbufs_stack);
	leat_destroy(s->leat);
}

void
hall_close(void)
{
	hall_settle();
	close_side(&hall.a);
	close_side(&hall.b);
}

unsigned
hall_turn(struct leat_core *core)
{
	hall.turning = core;
	unsigned n = leat_core_poll(core);
	hall.turning = NULL;
	return n;
}

static unsigned
carry(struct side *from, struct side *to, bool from_a)
{
	unsigned n = 0;
	void *m;

	for (unsigned q = 0; q < from->nb_out; q++)
		for (; rte_ring_dequeue(from->out[q], &m) == 0; n++) {
			int at = hall.sort != NULL ? hall.sort(&hall, from_a, q, m) : (int)(q % to->nb_in);
			if (at >= 0)
				cr_assert_eq(rte_ring_enqueue(to->in[at], m), 0);
		}
	return n;
}

static unsigned
turn_all(struct side *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->cores; i++)
		n += hall_turn(leat_core(s->leat, i));
	return n;
}

void
hall_settle(void)
{
	for (unsigned quiet = 0; quiet < 3;) {
		unsigned n = turn_all(&hall.a) + turn_all(&hall.b);
		n += carry(&hall.a, &hall.b, true) + carry(&hall.b, &hall.a, false);
		quiet = n == 0 ? quiet + 1 : 0;
	}
}

static uint64_t
next_of(const struct side *s)
{
	uint64_t next = UINT64_MAX;

	for (unsigned i = 0; i < s->cores; i++)
		next = RTE_MIN(next, leat_core_next(leat_core(s->leat, i)));
	return next;
}

void
hall_after(uint64_t ns)
{
	uint64_t end = hall.now + ns;

	for (;;) {
		hall_settle();
		uint64_t next = RTE_MIN(next_of(&hall.a), next_of(&hall.b));
		if (next >= end)
			break;
		hall.now = next > hall.now ? next : hall.now + 1;
	}
	hall.now = end;
	hall_settle();
}

void
hall_give(unsigned queue, const void *frame, size_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(hall.a.leat->loops[0].core.data_pool);

	cr_assert_not_null(m);
	memcpy(rte_pktmbuf_append(m, (uint16_t)len), frame, len);
	cr_assert_eq(rte_ring_enqueue(hall.a.in[queue], m), 0);
}

size_t
hall_ip4(uint8_t *frame, uint8_t proto, uint16_t fragment, const void *payload, size_t len)
{
	const struct ipv4_header h = {
		.ttl = 64,
		.proto = proto,
		.total = (uint16_t)(IPV4_HDR_LEN + len),
		.fragment = fragment,
		.src = leat_ipv4(198, 18, 0, 2).v4,
		.dst = leat_ipv4(198, 18, 0, 1).v4,
	};

	eth_write(frame, &hall.a.leat->link.ports[0].mac, &hall.b.leat->link.ports[0].mac, ETH_TYPE_IP4);
	ipv4_write(frame + ETH_HDR_LEN, &h);
	memcpy(frame + ETH_HDR_LEN + IPV4_HDR_LEN, payload, len);
	return ETH_HDR_LEN + IPV4_HDR_LEN + len;
}

uint64_t
hall_count(const struct side *s, unsigned i, enum counter c)
{
	return s->leat->loops[i].core.counters[c];
}

/* --- a server and clients --- */

static void
on_echo_open(struct leat_conn *conn, void *user)
{
	(void)user;
	cr_assert_eq(leat_tcp_core(conn), hall.turning);
	hall_accepted[leat_core_id(hall.turning)]++;
}

static void
on_echo_data(struct leat_conn *conn, struct leat_rx *rx, void *user)
{
	struct iovec piece;

	(void)user;
	cr_assert_eq(leat_tcp_core(conn), hall.turning);
	while (leat_rx_iov(rx, &piece, 1) > 0) {
		cr_assert_eq(leat_tcp_send(conn, piece.iov_base, piece.iov_len), (ssize_t)piece.iov_len);
		leat_tcp_consume(conn, piece.iov_len);
	}
}

static void
on_echo_peer_closed(struct leat_conn *conn, void *user)
{
	(void)user;
	leat_tcp_close(conn);
}

const struct leat_tcp_events hall_echo = {
	.on_open = on_echo_open, .on_data = on_echo_data, .on_peer_closed = on_echo_peer_closed};

static void
on_client_open(struct leat_conn *conn, void *user)
{
	struct client *c = user;

	cr_assert_eq(leat_tcp_core(conn), hall.turning);
	cr_assert_eq(leat_core_id(hall.turning), c->core);
	c->opened++;
}

static void
on_client_data(struct leat_conn *conn, struct leat_rx *rx, void *user)
{
	struct client *c = user;

	cr_assert_eq(leat_tcp_core(conn), hall.turning);
	c->received += leat_rx_size(rx);
	leat_tcp_consume(conn, leat_rx_size(rx));
}

static void
on_client_closed(struct leat_conn *conn, int reason, void *user)
{
	struct client *c = user;

	(void)conn;
	c->closed++;
	c->reason = reason;
	c->conn = NULL;
}

const struct leat_tcp_events hall_client = {
	.on_open = on_client_open, .on_data = on_client_data, .on_closed = on_client_closed};

void
hall_connect(struct side *s, unsigned core, const struct leat_endpoint *to, struct client *c)
{
	c->core = core;
	cr_assert_eq(leat_tcp_connect(leat_core(s->leat, core), NULL, to, &hall_client, c, &c->conn), 0);
}
