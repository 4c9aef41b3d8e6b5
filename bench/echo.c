/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "echo.h"
#include "report.h"

/* --- server --- */

static void
answer(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	struct echo *e = user;

	for (; leat_rx_size(rx) >= e->size; leat_tcp_consume(c, e->size))
		if (leat_tcp_send(c, e->message, e->size) != (ssize_t)e->size)
			e->failed++;
}

static void
lose(struct leat_conn *c, int reason, void *user)
{
	struct echo *e = user;

	(void)c;
	(void)reason;
	e->failed++;
}

static const struct leat_tcp_events server_events = {.on_data = answer, .on_closed = lose};

/* --- client --- */

/* xorshift64* */
static uint32_t
below(struct echo *e, uint32_t n)
{
	e->random ^= e->random >> 12;
	e->random ^= e->random << 25;
	e->random ^= e->random >> 27;
	return (uint32_t)(((e->random * 0x2545f4914f6cdd1du >> 32) * n) >> 32);
}

/*
 * The client has a list of what to do next, as a proxy or a load generator has, and tells leat of it in time: some
 * connections in a row, and their handles, which are of a large array, have come by then.
 */
static struct leat_conn *
next_conn(struct echo *e)
{
	unsigned at = e->chosen++ % ECHO_AHEAD;
	struct leat_conn **conn = e->next[at];

	if (at % ECHO_GROUP == 0) /* not this group, which is fetched, but the next */
		for (unsigned i = 0; i < ECHO_GROUP; i++)
			leat_tcp_prefetch(*e->next[(at + ECHO_GROUP + i) % ECHO_AHEAD]);
	e->next[at] = &e->crowd.conns[below(e, e->among)];
	__builtin_prefetch(e->next[at]);
	return *conn;
}

static void
ask(struct echo *e)
{
	if (leat_tcp_send(next_conn(e), e->message, e->size) != (ssize_t)e->size)
		e->failed++;
	else
		e->under_way++;
}

static void
take(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	struct echo *e = user;

	for (; leat_rx_size(rx) >= e->size; leat_tcp_consume(c, e->size)) {
		e->done++;
		e->under_way--;
		if (!e->pausing)
			ask(e);
	}
}

static const struct leat_tcp_events client_events = {.on_data = take, .on_closed = lose};

static uint32_t room; /* of tune() */

static void
tune(struct leat_config *c, bool server)
{
	(void)server;
	c->max_connections = room + 16 < 1024 ? 1024 : room + 16;
	c->max_time_wait = 1024;
	c->rx_mbufs = 16384;
	c->tx_mbufs = 65536; /* an answer is kept until its ACK comes, with the next request or after delayed_ack */
}

void
echo_open(struct echo *e, uint32_t connections, uint32_t size, bool random)
{
	memset(e, 0, sizeof(*e));
	memset(e->message, 'x', sizeof(e->message));
	e->size = size;
	e->random = 88172645463325252u;
	e->crowd = (struct crowd){.pair = &e->pair, .random = random, .addrs = crowd_addrs(connections)};
	e->crowd.conns = calloc(connections, sizeof(struct leat_conn *));
	if (e->crowd.conns == NULL) {
		fprintf(stderr, "bench: no memory for %u connections\n", connections);
		exit(1);
	}
	room = connections;
	pair_open(&e->pair, 1 + e->crowd.addrs, tune);
	crowd_listen(&e->pair, &server_events, e);
}

void
echo_close(struct echo *e)
{
	pair_close(&e->pair);
	free(e->crowd.conns);
}

void
echo_fill(struct echo *e, uint32_t n)
{
	if (e->crowd.n < n)
		crowd_open(&e->crowd, n - e->crowd.n, &client_events, e);
}

void
echo_start(struct echo *e, uint32_t at_a_time, uint32_t among)
{
	e->pausing = false;
	e->among = among;
	for (int i = 0; i < ECHO_AHEAD; i++)
		e->next[i] = &e->crowd.conns[below(e, among)];
	while (e->under_way < at_a_time && e->failed == 0)
		ask(e);
}

void
echo_pause(struct echo *e)
{
	e->pausing = true;
	while (e->under_way > 0 && e->failed == 0)
		pair_poll(&e->pair);
}

struct measure
echo_run(struct echo *e, double seconds)
{
	struct spent start = spent_now(), spent;
	uint64_t done = e->done;

	do {
		for (int i = 0; i < 256; i++)
			pair_poll(&e->pair);
		spent = spent_since(&start);
	} while ((double)spent.cpu < seconds * 1e9);
	if (e->failed > 0 || e->done == done) {
		fprintf(stderr, "bench: a connection was lost, or nothing is answered\n");
		exit(1);
	}
	return each_of(&spent, (double)(e->done - done));
}
