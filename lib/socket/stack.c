/* SPDX-License-Identifier: BSD-3-Clause */
/* The server of requests, and what all its sockets have in common. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <rte_mbuf.h>
#include "socket/stack.h"

int
stack_open(struct leat_core *core, uint32_t slots, uint32_t ring_size, int *fd, struct stack **out)
{
	struct stack *st = calloc(1, sizeof(*st));

	if (st == NULL)
		return -ENOMEM;
	st->core = core;
	TAILQ_INIT(&st->socks);
	TAILQ_INIT(&st->lingering);
	st->by_slot = calloc(slots, sizeof(struct sock *));
	st->bounce = malloc(DGRAM_MAX);
	int r = st->by_slot && st->bounce ? channel_create(&st->chan, slots, ring_size, fd) : -ENOMEM;
	if (r < 0) {
		stack_close(st);
		return r;
	}
	*out = st;
	return 0;
}

void
stack_close(struct stack *st)
{
	while (!TAILQ_EMPTY(&st->socks))
		sock_free(TAILQ_FIRST(&st->socks));
	channel_detach(&st->chan);
	free(st->by_slot);
	free(st->bounce);
	free(st);
}

struct sock *
sock_new(struct stack *st, int type)
{
	struct sock *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	k->stack = st;
	k->type = type;
	k->slot = SLOT_NONE;
	for (int i = 0; i < OPTION_MAX; i++)
		k->options[i] = OPTION_UNSET;
	TAILQ_INIT(&k->waiting);
	TAILQ_INSERT_TAIL(&st->socks, k, all);
	return k;
}

/* Also the end of what it holds: a listener's queue, a connection, an endpoint. */
void
sock_free(struct sock *k)
{
	struct stack *st = k->stack;

	listen_stop(k);
	tcp_sock_forget(k);
	if (k->udp != NULL)
		leat_udp_close(k->udp);
	if (k->listener != NULL) {
		TAILQ_REMOVE(&k->listener->waiting, k, queue);
		k->listener->nb_waiting--;
	}
	if (k->lingering)
		TAILQ_REMOVE(&st->lingering, k, queue);
	sock_release(k);
	TAILQ_REMOVE(&st->socks, k, all);
	free(k);
}

static void
note(struct stack *st, uint32_t kind, uint32_t slot)
{
	struct message m = {.kind = kind, .slot = slot};

	/* Full only if the application broke the rule of channel.h: it is the one that misses this. */
	msg_ring_push(&st->chan.out, &m);
}

void
sock_notify(struct sock *k)
{
	if (k->slot != SLOT_NONE && atomic_exchange(&sock_slot(k)->notified, 1) == 0)
		note(k->stack, NOTE_CHANGED, k->slot);
}

static uint32_t
status(const struct sock *k)
{
	uint32_t s = 0;

	if (k->state == SOCK_CONNECTING)
		s |= SLOT_CONNECTING;
	if (k->state == SOCK_OPEN)
		s |= SLOT_OPEN;
	if (k->state == SOCK_ENDED)
		s |= SLOT_ENDED;
	if (k->peer_fin)
		s |= SLOT_PEER_FIN;
	if (k->rx_more)
		s |= SLOT_RX_MORE;
	return s;
}

void
sock_publish(struct sock *k)
{
	uint32_t now = status(k);

	if (k->slot != SLOT_NONE && atomic_exchange(&sock_slot(k)->status, now) != now)
		sock_notify(k);
}

void
sock_set_error(struct sock *k, int error)
{
	if (k->slot == SLOT_NONE) {
		k->error = (uint32_t)error;
		return;
	}
	atomic_store(&sock_slot(k)->error, (uint32_t)error);
	sock_notify(k);
}

void
sock_attach(struct sock *k, uint32_t slot)
{
	struct slot *s = &k->stack->chan.slot_table[slot];

	memset(s, 0, sizeof(*s));
	k->slot = slot;
	k->stack->by_slot[slot] = k;
	channel_rx(&k->stack->chan, slot, &k->rx);
	channel_tx(&k->stack->chan, slot, &k->tx);
	if (k->error != 0)
		sock_set_error(k, (int)k->error);
	k->error = 0;
	sock_publish(k);
}

void
sock_release(struct sock *k)
{
	if (k->slot == SLOT_NONE)
		return;
	k->stack->by_slot[k->slot] = NULL;
	note(k->stack, NOTE_RELEASED, k->slot);
	k->slot = SLOT_NONE;
}

static int
req_open(struct stack *st, const struct message *m)
{
	if (m->slot >= st->chan.slots || st->by_slot[m->slot] != NULL)
		return -EPROTO;
	if (m->value != SOCK_STREAM && m->value != SOCK_DGRAM)
		return -EINVAL;
	struct sock *k = sock_new(st, (int)m->value);
	if (k == NULL)
		return -ENOBUFS;
	sock_attach(k, m->slot);
	return 0;
}

/* How many closed sockets are not done. */
static uint32_t
undrained(const struct stack *st)
{
	const struct sock *k;
	uint32_t n = 0;

	TAILQ_FOREACH(k, &st->socks, all)
		n += k->closing && !tcp_sock_acked(k);
	return n;
}

static void
kick(struct sock *k)
{
	/* first the flag, then the rings: what comes after the look will kick again */
	atomic_store(&sock_slot(k)->kicked, 0);
	if (k->type != SOCK_STREAM)
		return;
	tcp_sock_pull(k);
	tcp_sock_push(k);
}

static const request_fn handlers[REQ_MAX] = {
	[REQ_BIND] = req_bind,
	[REQ_LISTEN] = req_listen,
	[REQ_ACCEPT] = req_accept,
	[REQ_CONNECT] = req_connect,
	[REQ_DISCONNECT] = req_disconnect,
	[REQ_SHUTDOWN] = req_shutdown,
	[REQ_SET] = req_set,
	[REQ_GET] = req_get,
	[REQ_INFO] = req_info,
	[REQ_SEND] = req_send,
};

static int
handle(struct stack *st, struct message *m)
{
	if (m->kind == REQ_OPEN)
		return req_open(st, m);
	if (m->kind == REQ_DRAINED) {
		m->value = undrained(st);
		return 0;
	}
	struct sock *k = m->slot < st->chan.slots ? st->by_slot[m->slot] : NULL;
	if (k == NULL || k->closing || m->kind >= REQ_MAX || handlers[m->kind] == NULL)
		return -EPROTO;
	return handlers[m->kind](k, m);
}

/* KICK and CLOSE get no completion. */
static bool
handle_silent(struct stack *st, const struct message *m)
{
	if (m->kind != REQ_KICK && m->kind != REQ_CLOSE)
		return false;
	struct sock *k = m->slot < st->chan.slots ? st->by_slot[m->slot] : NULL;
	if (k == NULL)
		return true;
	if (m->kind == REQ_KICK)
		kick(k);
	else if (!k->closing)
		tcp_sock_close(k, (enum close_how)m->value);
	return true;
}

/* Sockets that linger let go of their slot when the peer has acknowledged all. */
static void
check_lingering(struct stack *st)
{
	struct sock *k, *next;

	for (k = TAILQ_FIRST(&st->lingering); k != NULL; k = next) {
		next = TAILQ_NEXT(k, queue);
		if (!tcp_sock_acked(k))
			continue;
		TAILQ_REMOVE(&st->lingering, k, queue);
		k->lingering = false;
		sock_release(k);
	}
}

void
stack_serve(struct stack *st)
{
	struct message m;

	while (msg_ring_pop(&st->chan.in, &m)) {
		if (handle_silent(st, &m))
			continue;
		m.result = handle(st, &m);
		m.kind = NOTE_DONE;
		msg_ring_push(&st->chan.out, &m);
	}
	if (!TAILQ_EMPTY(&st->lingering))
		check_lingering(st);
}
