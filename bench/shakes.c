/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include "crowd.h"
#include "report.h"
#include "shakes.h"

enum { MSL = 1000000 }; /* nanoseconds */

/* --- server --- */

static void
serve(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	struct shakes *s = user;

	leat_tcp_consume(c, leat_rx_size(rx));
	leat_tcp_send_close(c, s->message, sizeof(s->message));
}

static const struct leat_tcp_events server_events = {.on_data = serve};

/* --- client --- */

static void open_one(struct shakes *s);

static void
ask(struct leat_conn *c, void *user)
{
	struct shakes *s = user;

	leat_tcp_send(c, s->message, sizeof(s->message));
}

static void
count_one(struct leat_conn *c, int reason, void *user)
{
	struct shakes *s = user;

	(void)c;
	s->under_way--;
	if (reason == 0)
		s->done++;
	else
		s->failed++;
	if (!s->pausing)
		open_one(s);
}

static const struct leat_tcp_events client_events = {
	.on_open = ask, .on_data = pair_take, .on_peer_closed = pair_hang_up, .on_closed = count_one,
};

/* Who does nothing may not end either. */
static void
lose_one(struct leat_conn *c, int reason, void *user)
{
	struct shakes *s = user;

	(void)c;
	(void)reason;
	s->failed++;
}

const struct leat_tcp_events shakes_idle = {.on_closed = lose_one};

static void
open_one(struct shakes *s)
{
	struct leat_conn *c;

	if (leat_tcp_connect(leat_core(s->pair->client, s->core), NULL, &s->pair->server_at, &client_events, s, &c) < 0)
		s->failed++;
	else
		s->under_way++;
}

void
shakes_tune(struct leat_config *c, bool server)
{
	(void)server;
	c->tcp.msl = MSL; /* what is measured is connections, not the size of a TIME-WAIT table */
	c->max_time_wait = 1 << 20;
	c->max_connections = 40 << 20;
	c->rx_mbufs = c->tx_mbufs = 16384;
}

/* Segments in and out of the server, as counted by itself. */
static uint64_t
segments(const struct shakes *s)
{
	return leat_stat_value(s->pair->server, "tcp_segs_in") + leat_stat_value(s->pair->server, "tcp_segs_out");
}

/* So much of it. */
static struct measure
part_of(const struct measure *each, double part)
{
	return (struct measure){each->cpu * part, each->clock * part};
}

struct shakes_cost
shakes_run(struct shakes *s, double seconds, void (*before)(void *arg), void *arg)
{
	struct pair_cycles then = s->spent;
	uint64_t done = s->done, segs = segments(s);
	struct spent start = spent_now(), spent;

	do {
		pair_poll_stamped(s->pair, 256, before, arg, &s->spent);
		spent = spent_since(&start);
	} while ((double)spent.cpu < seconds * 1e9);
	/* Shares, not stamps: those count a part of what others did on this core meanwhile. */
	double server = (double)(s->spent.server - then.server), both = server + (double)(s->spent.client - then.client);
	double all = both + (double)(s->spent.before - then.before), n = (double)(s->done - done);
	struct measure each = each_of(&spent, n);
	return (struct shakes_cost){n, part_of(&each, both / all), part_of(&each, server / all), (double)(segments(s) - segs) / n};
}

void
shakes_start(struct shakes *s)
{
	s->pausing = false;
	while (s->under_way < s->at_a_time && s->failed == 0)
		open_one(s);
}

void
shakes_finish(struct shakes *s)
{
	s->pausing = true;
	while (s->under_way > 0 && s->failed == 0)
		pair_poll_all(s->pair);
}

void
shakes_pause(struct shakes *s)
{
	uint64_t start;

	shakes_finish(s);
	for (start = cpu_ns(); cpu_ns() - start < 5 * MSL;)
		pair_poll_all(s->pair);
}

void
shakes_listen(struct shakes *s)
{
	memset(s->message, 'x', sizeof(s->message));
	crowd_listen(s->pair, &server_events, s);
}
