/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include "tcp/cookie.h"
#include "tcp/half_open.h"
#include "tcp/listen.h"
#include "tcp/reply.h"

static struct tcp_listener **
bucket(const struct core *core, uint16_t port)
{
	return &core->tcp->listeners[port % TCP_LISTEN_BUCKETS];
}

struct tcp_listener *
tcp_listener_find(const struct core *core, const struct leat_endpoint *local)
{
	struct tcp_listener *any = NULL;

	for (struct tcp_listener *l = *bucket(core, local->port); l != NULL; l = l->next) {
		if (l->local.port != local->port)
			continue;
		if (l->local.addr.family == LEAT_UNSPEC)
			any = l;
		else if (leat_addr_equal(&l->local.addr, &local->addr))
			return l;
	}
	return any;
}

struct tcp_listener *
tcp_listener_make(const struct core *core, const struct leat_endpoint *local, const struct leat_tcp_events *app,
	void *user)
{
	struct tcp_listener *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->local = *local;
	l->app = app;
	l->user = user;
	l->backlog = core->tcp->config->backlog;
	return l;
}

void
tcp_listener_add(struct core *core, struct tcp_listener *l)
{
	l->next = *bucket(core, l->local.port);
	*bucket(core, l->local.port) = l;
	half_open_recount(core); /* it may stand before another one of its port */
}

void
tcp_listener_remove(struct core *core, struct tcp_listener *l)
{
	struct tcp_listener **at = bucket(core, l->local.port);

	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	if (l->half_open > 0)
		half_open_recount(core);
	free(l);
}

void
tcp_listen_input(struct core *core, struct tcp_seg *seg, const uint32_t *after)
{
	const struct leat_endpoint local = tuple_local(seg->tuple.key, seg->tuple.len);
	struct tcp_listener *l = tcp_listener_find(core, &local);
	if (l != NULL && (seg->flags & (TCP_RST | TCP_ACK | TCP_SYN)) == TCP_ACK && cookie_input(core, l, seg))
		return;
	/* first: RST is ignored; second: an ACK is answered with RST; also where nobody listens */
	if (l == NULL || (seg->flags & (TCP_RST | TCP_ACK))) {
		tcp_reply_rst(core, seg);
		seg_drop(core, seg, DROP_tcp_no_connection);
		return;
	}
	/* third: SYN. SYN with FIN is nonsense that only scanners send; without SYN there is nothing to do. */
	if (!(seg->flags & TCP_SYN) || (seg->flags & TCP_FIN)) {
		seg_drop(core, seg, DROP_tcp_listen_flags);
		return;
	}
	half_open_create(core, l, seg, after);
}
