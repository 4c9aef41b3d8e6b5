/* SPDX-License-Identifier: BSD-3-Clause */
/* Datagram sockets. A datagram lies in the ring as struct dgram_head and its bytes. */
#include <errno.h>
#include <string.h>
#include "socket/stack.h"

static bool
same(const struct leat_endpoint *a, const struct leat_endpoint *b)
{
	return a->port == b->port && leat_addr_equal(&a->addr, &b->addr);
}

static void
on_datagram(struct leat_udp *udp, const struct leat_datagram *d, void *user)
{
	struct sock *k = user;
	struct dgram_head head = {.from = d->from, .len = (uint32_t)d->len};
	const struct iovec iov[2] = {{&head, sizeof(head)}, {(void *)(uintptr_t)d->data, d->len}};

	(void)udp;
	if (k->connected && !same(&d->from, &k->remote))
		return; /* a connected socket hears its peer only */
	if (byte_ring_write_all(&k->rx, iov, 2))
		sock_notify(k);
	else
		channel_head(&k->stack->chan)->datagram_overflow++;
}

/* As on Linux without IP_RECVERR: only a connected socket learns of it. */
static void
on_error(struct leat_udp *udp, const struct leat_endpoint *to, int error, void *user)
{
	struct sock *k = user;

	(void)udp;
	if (k->connected && same(to, &k->remote))
		sock_set_error(k, error);
}

static const struct leat_udp_events udp_sock_events = {.on_datagram = on_datagram, .on_error = on_error};

int
udp_sock_bind(struct sock *k, const struct leat_endpoint *local)
{
	int r = leat_udp_open(k->stack->core, local, &udp_sock_events, k, &k->udp);

	if (r < 0)
		return r;
	leat_udp_local(k->udp, &k->local);
	return 0;
}

static int
autobind(struct sock *k)
{
	const struct leat_endpoint any = {.port = 0};

	return k->udp != NULL ? 0 : udp_sock_bind(k, &any);
}

int
udp_sock_connect(struct sock *k, struct message *m)
{
	int r = autobind(k);

	if (r < 0)
		return r;
	k->remote = m->remote;
	k->connected = true;
	m->local = k->local;
	return 0;
}

int
req_send(struct sock *k, struct message *m)
{
	struct iovec iov[2];
	uint32_t len = m->value;
	int r = k->type == SOCK_DGRAM ? autobind(k) : -EPROTO;

	if (len > DGRAM_MAX || byte_ring_used(&k->tx) < len)
		return -EPROTO;
	if (r == 0) {
		const void *data = k->stack->bounce;
		if (byte_ring_used_iov(&k->tx, 0, len, iov) == 1)
			data = iov[0].iov_base;
		else
			byte_ring_peek(&k->tx, 0, k->stack->bounce, len);
		r = leat_udp_send(k->udp, &m->remote, data, len);
	}
	byte_ring_consume(&k->tx, len);
	m->local = k->local;
	return r;
}
