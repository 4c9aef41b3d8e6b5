/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rte_cycles.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_ring.h>
#include "pair.h"

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
make(const char *name, struct leat_config *c)
{
	struct leat_error error;

	snprintf(c->name, sizeof(c->name), "%s", name);
	snprintf(c->ports[0].name, sizeof(c->ports[0].name), "net_ring_%s", name);
	c->nb_ports = 1;
	c->idle = LEAT_IDLE_SPIN;
	struct leat *leat = leat_create(c, &error);
	if (leat == NULL)
		die(name, error.text);
	return leat;
}

static void
add_addr(struct leat_config *c, struct leat_addr addr)
{
	c->addrs[c->nb_addrs].addr = addr;
	c->addrs[c->nb_addrs++].prefix_len = 24;
}

void
pair_open(struct pair *p, unsigned client_addrs, void (*tune)(struct leat_config *config, bool server))
{
	struct rte_ring *up = rte_ring_create("up", RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	struct rte_ring *down = rte_ring_create("down", RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	struct leat_config server, client;

	if (up == NULL || down == NULL)
		die("rings", "no memory");
	if (rte_eth_from_rings("server", &up, 1, &down, 1, 0) < 0 || rte_eth_from_rings("client", &down, 1, &up, 1, 0) < 0)
		die("rings", "no ports");
	leat_config_init(&server);
	leat_config_init(&client);
	p->server_at = (struct leat_endpoint){leat_ipv4(198, 18, 0, 1), 80};
	add_addr(&server, p->server_at.addr);
	for (unsigned i = 0; i < client_addrs; i++)
		add_addr(&client, pair_client_at(i, 0).addr);
	tune(&server, true);
	tune(&client, false);
	p->server = make("server", &server);
	p->client = make("client", &client);
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
			cycles->before += t - t0;
			t0 = t;
		}
		leat_core_poll(client);
		uint64_t t1 = rte_rdtsc();
		leat_core_poll(server);
		uint64_t t2 = rte_rdtsc();
		cycles->client += t1 - t0;
		cycles->server += t2 - t1;
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

void
pair_introduce(struct pair *p)
{
	struct leat_ping *ping;
	bool known = false;

	if (leat_ping_open(leat_core(p->client, 0), &p->server_at.addr, on_pong, &known, &ping) < 0 ||
		leat_ping_send(ping, 0, 10000000000) < 0)
		die("ping", "it cannot be sent");
	while (!known)
		pair_poll(p);
	leat_ping_close(ping);
}
