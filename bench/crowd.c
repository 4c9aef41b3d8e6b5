/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "crowd.h"
#include "report.h"

enum {
	FIRST_PORT = 1024,
	STEP = 16,     /* opened in one turn: no more than the server takes in one */
	LOOK = 64,     /* turns between two looks at the server's counter */
	PATIENCE = 10, /* seconds of CPU without one more */
};

static void
die(const char *what, int error)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(error));
	exit(1);
}

unsigned
crowd_addrs(uint32_t connections)
{
	return (connections + CROWD_EACH - 1) / CROWD_EACH;
}

void
crowd_listen(struct pair *pair, const struct leat_tcp_events *events, void *user)
{
	struct leat_endpoint at = pair->server_at;
	struct leat_listener *listener;
	int r;

	for (unsigned i = 0; i < CROWD_PORTS; i++, at.port++)
		if ((r = leat_tcp_listen(pair->server, &at, events, user, &listener)) < 0)
			die("listen", -r);
}

static uint64_t
accepted(const struct crowd *c)
{
	return leat_stat_value(c->pair->server, "tcp_opened_passive");
}

/* Polls until the server has accepted so many in all. */
static void
wait_for(struct crowd *c, uint64_t wanted)
{
	uint64_t seen = accepted(c), since = cpu_ns();

	while (seen < wanted) {
		for (int i = 0; i < LOOK; i++)
			pair_poll(c->pair);
		uint64_t now = accepted(c);
		if (now != seen)
			since = cpu_ns();
		else if (cpu_ns() - since > PATIENCE * 1000000000ull)
			die("connections do not open", ETIMEDOUT);
		seen = now;
	}
}

static void
choose_tuple(struct crowd *c, struct leat_endpoint *from, struct leat_endpoint *to)
{
	uint64_t ports = UINT16_MAX - FIRST_PORT + 1, i = c->begun++;

	if (c->random) {
		i = (i ^ i >> 31) * 0x7fb5d329728ea185u;
		i = (i ^ i >> 27) * 0x81dadef4bc2dd44du;
		i ^= i >> 33;
	}
	i %= c->addrs * CROWD_PORTS * ports;
	*to = c->pair->server_at;
	to->port = (uint16_t)(to->port + i / ports % CROWD_PORTS);
	*from = pair_client_at(1 + (unsigned)(i / ports / CROWD_PORTS), (uint16_t)(FIRST_PORT + i % ports));
}

static int
connect_from(struct crowd *c, const struct leat_endpoint *from, const struct leat_endpoint *to,
	const struct leat_tcp_events *events, void *user)
{
	struct leat_conn *conn;
	int r = leat_tcp_connect(leat_core(c->pair->client, 0), from, to, events, user, &conn);

	if (r == 0 && c->conns != NULL)
		c->conns[c->n] = conn;
	c->n += r == 0;
	return r;
}

static void
open_one(struct crowd *c, const struct leat_tcp_events *events, void *user)
{
	struct leat_endpoint from, to;
	int r;

	do {
		choose_tuple(c, &from, &to);
	} while ((r = connect_from(c, &from, &to, events, user)) == -EADDRINUSE);
	if (r < 0)
		die("connect", -r);
}

/* From a port below all others, one after the other. */
static void
introduce(struct crowd *c, const struct leat_tcp_events *events, void *user)
{
	for (unsigned i = 1; i <= c->addrs; i++) {
		struct leat_endpoint from = pair_client_at(i, FIRST_PORT - 1);
		int r = connect_from(c, &from, &c->pair->server_at, events, user);
		if (r < 0)
			die("connect", -r);
		wait_for(c, accepted(c) + 1);
	}
}

void
crowd_open(struct crowd *c, uint32_t n, const struct leat_tcp_events *events, void *user)
{
	uint64_t before = accepted(c);
	uint32_t until = c->n + n;

	if (c->n == 0 && n > 0)
		introduce(c, events, user);
	while (c->n < until) {
		for (int i = 0; i < STEP && c->n < until; i++)
			open_one(c, events, user);
		pair_poll(c->pair);
	}
	wait_for(c, before + n);
}
