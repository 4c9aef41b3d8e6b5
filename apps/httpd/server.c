/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "conn.h"
#include "files.h"
#include "server.h"

static const uint64_t MS = 1000000;
static const uint64_t RETRY_NS = 4000000;

static void
on_due(struct sweep_node *n, void *arg)
{
	(void)arg;
	conn_expired(n);
}

/* This core has nothing to wait for any more; the last one ends the program. */
static void
drained(struct server *s)
{
	if (!s->drained && atomic_fetch_sub(&s->all->undrained, 1) == 1)
		leat_stop(s->all->leat);
	s->drained = true;
}

void
server_ended(struct server *s)
{
	if (s->draining && s->open == 0)
		drained(s);
}

static void
on_timer(struct leat_timer *timer, void *user)
{
	struct server *s = user;
	uint64_t now = leat_core_now(s->core);

	sweep_run(&s->sweep, now, on_due, s);
	if (s->all->log != NULL)
		log_flush(s->all->log);
	if (s->draining && (s->open == 0 || now >= s->drain_end))
		drained(s);
	leat_timer_arm(timer, s->tick);
}

static void
on_retry_due(struct sweep_node *n, void *arg)
{
	(void)arg;
	conn_retry(n);
}

static void
on_retry_timer(struct leat_timer *timer, void *user)
{
	struct server *s = user;

	/* The first that finds no memory again sends all behind it back to the queue. */
	s->retrying = false;
	sweep_run(&s->retries, leat_core_now(s->core), on_retry_due, s);
	if (!s->retrying && !sweep_empty(&s->retries))
		leat_timer_arm(timer, RETRY_NS);
	s->retrying = !sweep_empty(&s->retries);
}

void
server_retry(struct server *s, struct sweep_node *n)
{
	sweep_file(&s->retries, n, leat_core_now(s->core) + RETRY_NS);
	if (!s->retrying)
		leat_timer_arm(s->retry_timer, RETRY_NS);
	s->retrying = true;
}

/* Often enough that a deadline is met within a thirtieth of it, and not oftener than need be. */
static uint64_t
sweep_period(uint64_t timeout)
{
	uint64_t period = timeout / 30;

	return period < 10 * MS ? 10 * MS : period > 1000 * MS ? 1000 * MS : period;
}

int
servers_init(struct servers *all)
{
	all->nb = leat_core_count(all->leat);
	all->of_core = aligned_alloc(64, all->nb * sizeof(*all->of_core));
	if (all->of_core == NULL)
		return -ENOMEM;
	memset(all->of_core, 0, all->nb * sizeof(*all->of_core));
	for (unsigned i = 0; i < all->nb; i++) {
		all->of_core[i].all = all;
		all->of_core[i].core = leat_core(all->leat, i);
	}
	return 0;
}

void
servers_fini(struct servers *all)
{
	free(all->of_core);
}

static int
start(struct server *s)
{
	s->timer = leat_timer_create(s->core, on_timer, s);
	s->retry_timer = leat_timer_create(s->core, on_retry_timer, s);
	if (s->timer == NULL || s->retry_timer == NULL)
		return -ENOMEM;
	sweep_init(&s->retries, leat_core_now(s->core), RETRY_NS);
	s->tick = sweep_period(s->all->idle_timeout);
	sweep_init(&s->sweep, leat_core_now(s->core), s->tick);
	leat_timer_arm(s->timer, s->tick);
	return 0;
}

int
servers_start(struct servers *all)
{
	int rc = 0;

	for (unsigned i = 0; i < all->nb && rc == 0; i++)
		rc = start(&all->of_core[i]);
	return rc;
}

int
servers_listen(struct servers *all, const struct leat_endpoint *local)
{
	if (all->nb_listeners == SERVER_LISTEN_MAX)
		return -ENOSPC;
	int rc = leat_tcp_listen(all->leat, local, conn_accept, all, &all->listeners[all->nb_listeners]);
	if (rc == 0)
		all->nb_listeners++;
	return rc;
}

static void
unlisten(struct servers *all)
{
	while (all->nb_listeners > 0)
		leat_tcp_unlisten(all->listeners[--all->nb_listeners]);
}

static void
drain_one(struct sweep_node *n, void *arg)
{
	(void)arg;
	conn_drain(n);
}

static void
drain(struct server *s, uint64_t timeout)
{
	s->draining = true;
	s->drain_end = leat_core_now(s->core) + timeout;
	sweep_each(&s->sweep, drain_one, s);
	/* Each connection that ends looks whether it was the last; the timer, whether there is one, and the end. */
	s->tick = s->tick < 100 * MS ? s->tick : 100 * MS;
	leat_timer_arm(s->timer, 0);
}

void
servers_drain(struct servers *all, uint64_t timeout)
{
	unlisten(all);
	atomic_store(&all->undrained, all->nb);
	for (unsigned i = 0; i < all->nb; i++)
		drain(&all->of_core[i], timeout);
}

void
servers_stop(struct servers *all)
{
	unlisten(all);
	for (unsigned i = 0; i < all->nb; i++) {
		struct server *s = &all->of_core[i];
		leat_timer_free(s->timer);
		leat_timer_free(s->retry_timer);
		s->draining = false; /* what leat_destroy() ends has nobody to stop */
	}
}

const char *
server_date(struct server *s)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	if (now.tv_sec != s->date_at) {
		s->date_at = now.tv_sec;
		date_format(now.tv_sec, s->date);
	}
	return s->date;
}
