/* SPDX-License-Identifier: BSD-3-Clause */
/* Listeners belong to the instance: one call here is one entry in the table of each core. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <leat/tcp.h>
#include "run/listen.h"
#include "tcp/listen.h"

struct leat_listener {
	struct leat *leat;
	struct leat_listener *next;
	struct tcp_listener *of_core[]; /* by core */
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
remove_all(struct leat_listener *l)
{
	struct leat_listener **at = &l->leat->listeners;

	while (*at != NULL && *at != l)
		at = &(*at)->next;
	if (*at == l)
		*at = l->next;
	for (unsigned i = 0; i < l->leat->nb_loops; i++)
		if (l->of_core[i] != NULL)
			tcp_listener_remove(&l->leat->loops[i].core, l->of_core[i]);
	free(l);
}

int
leat_tcp_listen(struct leat *leat, const struct leat_endpoint *local, const struct leat_tcp_events *events,
	void *user, struct leat_listener **out)
{
	struct leat_endpoint at;
	int r = normalise(&leat->loops[0].core, local, &at);

	core_assert_owner(&leat->loops[0].core);
	if (r < 0)
		return r;
	struct leat_listener *l = calloc(1, sizeof(*l) + leat->nb_loops * sizeof(l->of_core[0]));
	if (l == NULL)
		return -ENOMEM;
	l->leat = leat;
	for (unsigned i = 0; i < leat->nb_loops && r == 0; i++)
		r = tcp_listener_add(&leat->loops[i].core, &at, events, user, &l->of_core[i]);
	if (r < 0) {
		remove_all(l);
		return r;
	}
	l->next = leat->listeners;
	leat->listeners = l;
	*out = l;
	return 0;
}

void
listen_end(struct leat *leat)
{
	while (leat->listeners != NULL)
		remove_all(leat->listeners);
}

void
leat_tcp_unlisten(struct leat_listener *l)
{
	core_assert_owner(&l->leat->loops[0].core);
	remove_all(l);
}
