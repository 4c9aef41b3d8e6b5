/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rte_cycles.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_ring.h>
#include "pair.h"
#include "report.h"

enum { RING = 4096 };

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "bench: %s: %s\n", what, why);
	exit(1);
}

struct leat_endpoint
pair_client_at(unsigned i, uint16_t port)
{
	return (struct leat_endpoint){leat_ipv4(198, 18, 0, (uint8_t)(2 + i)), port};
}

static struct leat *
make(const struct pair_shape *shape, const char *side, struct leat_config *c)
{
	struct leat_error error;

	snprintf(c->name, sizeof(c->name), "%s%s", shape->name, side);
	snprintf(c->ports[0].name, sizeof(c->ports[0].name), "net_ring_%s", c->name);
	c->nb_ports = 1;
	c->cores = shape->cores;
	c->steering = shape->steering;
	c->idle = LEAT_IDLE_SPIN;
	struct leat *leat = leat_create(c, &error);
	if (leat == NULL)
		die(c->name, error.text);
	return leat;
}

static struct rte_ring *
make_ring(const struct pair_shape *shape, const char *way, unsigned queue)
{
	char name[32];

	snprintf(name, sizeof(name), "%s%s-%u", shape->name, way, queue);
	struct rte_ring *ring = rte_ring_create(name, RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (ring == NULL)
		die(name, "no memory");
	return ring;
}

/* Two ports; what the one sends by a queue the other receives by the queue of the same number. */
static void
make_ports(struct pair *p, const struct pair_shape *shape)
{
	char server[32], client[32];

	for (unsigned i = 0; i < shape->queues; i++) {
		p->up[i] = make_ring(shape, "up", i);
		p->down[i] = make_ring(shape, "down", i);
	}
	snprintf(server, sizeof(server), "%sserver", shape->name);
	snprintf(client, sizeof(client), "%sclient", shape->name);
	if (rte_eth_from_rings(server, p->up, shape->queues, p->down, shape->queues, 0) < 0 ||
		rte_eth_from_rings(client, p->down, shape->queues, p->up, shape->queues, 0) < 0)
		die("rings", "no ports");
}

static void
add_addr(struct leat_config *c, struct leat_addr addr)
{
	c->addrs[c->nb_addrs].addr = addr;
	c->addrs[c->nb_addrs++].prefix_len = 24;
}

void
pair_open_as(struct pair *p, const struct pair_shape *shape, void (*tune)(struct leat_config *config, bool server))
{
	struct leat_config server, client;

	make_ports(p, shape);
	leat_config_init(&server);
	leat_config_init(&client);
	p->server_at = (struct leat_endpoint){leat_ipv4(198, 18, 0, 1), 80};
	add_addr(&server, p->server_at.addr);
	for (unsigned i = 0; i < shape->client_addrs; i++)
		add_addr(&client, pair_client_at(i, 0).addr);
	tune(&server, true);
	tune(&client, false);
	p->server = make(shape, "server", &server);
	p->client = make(shape, "client", &client);
}

void
pair_open(struct pair *p, unsigned client_addrs, void (*tune)(struct leat_config *config, bool server))
{
	pair_open_as(p, &(struct pair_shape){"", client_addrs, 1, 1, LEAT_STEER_AUTO}, tune);
}

void
pair_close(struct pair *p)
{
	leat_destroy(p->client);
	leat_destroy(p->server);
}

void
pair_poll_stamped(struct pair *p, unsigned turns, void (*before)(void *arg), void *arg, struct pair_cycles *cycles)
{
	struct leat_core *client = leat_core(p->client, 0), *server = leat_core(p->server, 0);
	uint64_t t0 = rte_rdtsc();

	for (unsigned i = 0; i < turns; i++) {
		if (before != NULL) {
			before(arg);
			uint64_t t = rte_rdtsc();
			cycles->before += cycles_between(t0, t);
			t0 = t;
		}
		leat_core_poll(client);
		uint64_t t1 = rte_rdtsc();
		leat_core_poll(server);
		uint64_t t2 = rte_rdtsc();
		cycles->client += cycles_between(t0, t1);
		cycles->server += cycles_between(t1, t2);
		cycles->server_clock += t2 - t1;
		t0 = t2;
	}
}

static void
on_pong(struct leat_ping *ping, const struct leat_ping_result *result, void *user)
{
	(void)ping;
	if (result->error != 0)
		die("the two do not reach each other", strerror(result->error));
	*(bool *)user = true;
}

unsigned
pair_poll_all(struct pair *p)
{
	unsigned n = 0;

	for (unsigned i = 0; i < leat_core_count(p->client); i++)
		n += leat_core_poll(leat_core(p->client, i)) + leat_core_poll(leat_core(p->server, i));
	return n;
}

static void
introduce_core(struct pair *p, unsigned core)
{
	struct leat_ping *ping;
	bool known = false;

	if (leat_ping_open(leat_core(p->client, core), &p->server_at.addr, on_pong, &known, &ping) < 0 ||
		leat_ping_send(ping, 0, 10000000000) < 0)
		die("ping", "it cannot be sent");
	while (!known)
		pair_poll_all(p);
	leat_ping_close(ping);
}

void
pair_introduce(struct pair *p)
{
	for (unsigned i = 0; i < leat_core_count(p->client); i++)
		introduce_core(p, i);
}

void
pair_take(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	(void)user;
	leat_tcp_consume(c, leat_rx_size(rx));
}

void
pair_hang_up(struct leat_conn *c, void *user)
{
	(void)user;
	leat_tcp_close(c);
}
