/* SPDX-License-Identifier: BSD-3-Clause */
/* Listeners and the connections that wait at them. */
#include <errno.h>
#include "socket/stack.h"

enum { BACKLOG_MAX = 4096 }; /* as net.core.somaxconn */

static void
told(struct sock *listener)
{
	if (listener->slot == SLOT_NONE)
		return;
	atomic_store(&sock_slot(listener)->waiting, listener->nb_waiting);
	sock_notify(listener);
}

/* RFC 9293 3.10.4 leaves the queue to us; see leat/socket.h for why a full one means RST. */
static void
on_accepted(struct leat_conn *conn, void *user)
{
	struct sock *listener = user, *k = NULL;

	/* Linux lets one more wait than the backlog says */
	if (listener->nb_waiting <= listener->backlog)
		k = sock_new(listener->stack, SOCK_STREAM);
	if (k == NULL) {
		channel_head(&listener->stack->chan)->accept_overflow++;
		leat_tcp_abort(conn);
		return;
	}
	k->state = SOCK_OPEN;
	k->conn = conn;
	leat_tcp_local(conn, &k->local);
	leat_tcp_remote(conn, &k->remote);
	for (int i = 0; i < OPTION_MAX; i++)
		k->options[i] = listener->options[i];
	options_apply(k);
	leat_tcp_set_events(conn, &tcp_sock_events);
	leat_tcp_set_user(conn, k);
	k->listener = listener;
	TAILQ_INSERT_TAIL(&listener->waiting, k, queue);
	listener->nb_waiting++;
	told(listener);
}

static const struct leat_tcp_events listen_events = {.on_open = on_accepted};

int
req_listen(struct sock *k, struct message *m)
{
	if (k->type != SOCK_STREAM)
		return -EOPNOTSUPP;
	k->backlog = m->value < BACKLOG_MAX ? m->value : BACKLOG_MAX;
	if (k->state == SOCK_LISTENING)
		return 0;
	if (k->state != SOCK_IDLE)
		return -EINVAL;
	int r = k->bound ? 0 : bind_any(k);
	if (r == 0 && bind_listened(k))
		r = -EADDRINUSE;
	if (r == 0)
		r = leat_tcp_listen_on(k->stack->core, &k->local, &listen_events, k, &k->port);
	if (r < 0)
		return r;
	k->state = SOCK_LISTENING;
	m->local = k->local;
	return 0;
}

int
req_accept(struct sock *k, struct message *m)
{
	struct stack *st = k->stack;
	struct sock *new = TAILQ_FIRST(&k->waiting);

	if (k->state != SOCK_LISTENING)
		return -EINVAL;
	if (m->value >= st->chan.slots || st->by_slot[m->value] != NULL)
		return -EPROTO;
	if (new == NULL)
		return -EAGAIN;
	TAILQ_REMOVE(&k->waiting, new, queue);
	new->listener = NULL;
	k->nb_waiting--;
	told(k);
	sock_attach(new, m->value);
	tcp_sock_pull(new);
	m->local = new->local;
	m->remote = new->remote;
	return 0;
}

void
listen_stop(struct sock *k)
{
	if (k->state != SOCK_LISTENING)
		return;
	leat_tcp_unlisten(k->port);
	k->port = NULL;
	k->state = SOCK_IDLE;
	while (!TAILQ_EMPTY(&k->waiting))
		sock_free(TAILQ_FIRST(&k->waiting));
	if (k->slot != SLOT_NONE)
		atomic_store(&sock_slot(k)->waiting, 0);
}
