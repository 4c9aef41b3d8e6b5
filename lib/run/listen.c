/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Listeners belong to the instance, which keeps the list of them; one call here is one entry in the table
 * of each core, or of one. What a core's table holds only that core may touch: the one whose thread this
 * is, at once, the others by a call that waits for them (run/calls.h). All that could fail is done before:
 * the entries and the calls that will remove them exist from the start.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <leat/tcp.h>
#include "run/calls.h"
#include "run/listen.h"
#include "tcp/listen.h"

struct leat_listener {
	struct leat *leat;
	struct leat_listener *next;
	struct leat_endpoint local;
	int pin;                          /* the only core, -1 = all */
	struct {
		struct tcp_listener *entry;   /* NULL: not of this core */
		struct core_call *add, *remove; /* not of the caller's core */
	} of_core[];
};

/* The endpoint with "any address" in its one form: LEAT_UNSPEC. 0, or -errno. */
static int
normalise(const struct core *core, const struct leat_endpoint *local, struct leat_endpoint *out)
{
	if (local->port == 0)
		return -EINVAL;
	memset(out, 0, sizeof(*out));
	out->port = local->port;
	if (local->addr.family == LEAT_UNSPEC || (local->addr.words[0] | local->addr.words[1]) == 0)
		return 0;
	out->addr = local->addr;
	return ip_is_local(core, &local->addr) ? 0 : -EADDRNOTAVAIL;
}

static void
on_add(struct leat_core *core, void *arg)
{
	tcp_listener_add(core_of(core), arg);
}

static void
on_remove(struct leat_core *core, void *arg)
{
	tcp_listener_remove(core_of(core), arg);
}

static bool
is_of(const struct leat_listener *l, unsigned core)
{
	return l->pin < 0 || l->pin == (int)core;
}

/* The core on whose thread it was made and will be ended. */
static unsigned
home(const struct leat_listener *l)
{
	return l->pin < 0 ? 0 : (unsigned)l->pin;
}

/* Entries and calls for each core. 0 or -ENOMEM; what was made is for discard(). */
static int
prepare(struct leat_listener *l, const struct leat_tcp_events *events, void *user)
{
	for (unsigned i = 0; i < l->leat->nb_loops; i++) {
		if (!is_of(l, i))
			continue;
		struct tcp_listener *entry = tcp_listener_make(&l->leat->loops[i].core, &l->local, events, user);
		l->of_core[i].entry = entry;
		if (entry == NULL)
			return -ENOMEM;
		if (i == home(l))
			continue;
		l->of_core[i].add = calls_make(on_add, entry);
		l->of_core[i].remove = calls_make(on_remove, entry);
		if (l->of_core[i].add == NULL || l->of_core[i].remove == NULL)
			return -ENOMEM;
	}
	return 0;
}

/* Undoes prepare(). */
static void
discard(struct leat_listener *l)
{
	for (unsigned i = 0; i < l->leat->nb_loops; i++) {
		free(l->of_core[i].entry);
		free(l->of_core[i].add);
		free(l->of_core[i].remove);
	}
	free(l);
}

static bool
is_taken(const struct leat *leat, const struct leat_endpoint *local)
{
	for (const struct leat_listener *l = leat->listeners; l != NULL; l = l->next)
		if (l->local.port == local->port && leat_addr_equal(&l->local.addr, &local->addr))
			return true;
	return false;
}

/* Of one port all listeners are pinned to one core or none is, ever: steering looks at the port alone. */
static int
claim_port(struct leat *leat, const struct leat_endpoint *local, int pin)
{
	struct steer *steer = &leat->link.steer;

	if (is_taken(leat, local))
		return -EADDRINUSE;
	return pin < 0 ? steer_share(steer, local->port) : steer_pin(steer, local->port, (unsigned)pin);
}

/* Into the list, which the threads of several cores may want at once. */
static int
enter(struct leat_listener *l)
{
	struct leat *leat = l->leat;

	pthread_mutex_lock(&leat->listen_lock);
	int r = claim_port(leat, &l->local, l->pin);
	if (r == 0) {
		l->next = leat->listeners;
		leat->listeners = l;
	}
	pthread_mutex_unlock(&leat->listen_lock);
	return r;
}

static void
leave(struct leat_listener *l)
{
	struct leat_listener **at = &l->leat->listeners;

	pthread_mutex_lock(&l->leat->listen_lock);
	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	pthread_mutex_unlock(&l->leat->listen_lock);
}

static int
listen_at(struct leat *leat, const struct leat_listener *wanted, const struct leat_tcp_events *events, void *user,
	struct leat_listener **out)
{
	struct leat_listener *l = calloc(1, sizeof(*l) + leat->nb_loops * sizeof(l->of_core[0]));
	int r = l == NULL ? -ENOMEM : leat->loops[0].core.tcp->ending ? -ESHUTDOWN : 0;

	if (l != NULL)
		*l = *wanted;
	if (r == 0) {
		r = prepare(l, events, user);
	}
	if (r == 0)
		r = enter(l);
	if (r < 0) {
		if (l != NULL)
			discard(l);
		return r;
	}
	for (unsigned i = 0; i < leat->nb_loops; i++) {
		if (l->of_core[i].add != NULL)
			calls_push(&leat->loops[i], l->of_core[i].add);
		else if (l->of_core[i].entry != NULL)
			tcp_listener_add(&leat->loops[i].core, l->of_core[i].entry);
	}
	*out = l;
	return 0;
}

int
leat_tcp_listen(struct leat *leat, const struct leat_endpoint *local, const struct leat_tcp_events *events,
	void *user, struct leat_listener **out)
{
	struct leat_listener wanted = {.leat = leat, .pin = -1};
	int r = normalise(&leat->loops[0].core, local, &wanted.local);

	core_assert_owner(&leat->loops[0].core);
	return r < 0 ? r : listen_at(leat, &wanted, events, user, out);
}

int
leat_tcp_listen_on(struct leat_core *core, const struct leat_endpoint *local, const struct leat_tcp_events *events,
	void *user, struct leat_listener **out)
{
	struct leat *leat = core_of(core)->leat;
	struct leat_listener wanted = {.leat = leat, .pin = (int)core_of(core)->id};
	int r = normalise(core_of(core), local, &wanted.local);

	core_assert_owner(core_of(core));
	return r < 0 ? r : listen_at(leat, &wanted, events, user, out);
}

void
leat_tcp_unlisten(struct leat_listener *l)
{
	core_assert_owner(&l->leat->loops[home(l)].core);
	leave(l);
	for (unsigned i = 0; i < l->leat->nb_loops; i++) {
		if (l->of_core[i].remove != NULL)
			calls_push(&l->leat->loops[i], l->of_core[i].remove);
		else if (l->of_core[i].entry != NULL)
			tcp_listener_remove(&l->leat->loops[i].core, l->of_core[i].entry);
	}
	free(l);
}

uint32_t
listen_count(struct leat *leat)
{
	uint32_t n = 0;

	pthread_mutex_lock(&leat->listen_lock);
	for (const struct leat_listener *l = leat->listeners; l != NULL; l = l->next)
		n++;
	pthread_mutex_unlock(&leat->listen_lock);
	return n;
}

void
listen_end(struct leat *leat)
{
	while (leat->listeners != NULL)
		leat_tcp_unlisten(leat->listeners);
}
