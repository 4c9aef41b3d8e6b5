/* SPDX-License-Identifier: BSD-3-Clause */
/* connect() and shutdown(): the steps of Linux's __inet_stream_connect() and inet_shutdown(). */
#include "socket/app.h"

/*
 * As if the socket had never been connected; a bound address stays. tcp_disconnect(): a connection,
 * or an attempt, that is thrown away so leaves ECONNRESET to be asked for.
 */
static int
disconnect(struct leat_sockets *s, struct desc *d)
{
	struct message m = {.kind = REQ_DISCONNECT, .slot = d->slot};
	bool thrown_away = d->type == SOCK_STREAM && (desc_status(s, d) & (SLOT_CONNECTING | SLOT_OPEN));
	int r = app_request(s, &m);

	if (r < 0)
		return r;
	d->phase = PHASE_UNCONNECTED;
	d->listening = d->shut_rd = d->shut_wr = false;
	d->local = m.local;
	d->remote = (struct leat_endpoint){.port = 0};
	if (d->type == SOCK_STREAM)
		fd_rings(s, d);
	if (thrown_away)
		atomic_store(&desc_slot(s, d)->error, ECONNRESET);
	epoll_touch(d);
	return 0;
}

static int
begin(struct leat_sockets *s, struct desc *d, const struct leat_endpoint *to)
{
	struct message m = {.kind = REQ_CONNECT, .slot = d->slot, .remote = *to};
	int r = app_request(s, &m);

	if (r < 0)
		return r;
	d->remote = *to;
	d->local = m.local;
	d->phase = d->type == SOCK_STREAM ? PHASE_CONNECTING : PHASE_CONNECTED;
	return 0;
}

/* Waits for the end of the handshake. 0: it is there; else `meanwhile`, or -EINTR. */
static int
await(struct leat_sockets *s, struct desc *d, int meanwhile)
{
	struct wait w = wait_for(d, 0, d->snd_timeout);

	while (desc_status(s, d) & SLOT_CONNECTING) {
		int r = app_wait(s, &w);
		/* who may not wait hears that it is under way, even if this turn has ended it */
		if (w.timeout == 0 || r == -EAGAIN)
			return meanwhile;
		if (r < 0)
			return r;
	}
	return 0;
}

static int
stream_connect(struct leat_sockets *s, struct desc *d, const struct sockaddr *addr, socklen_t len)
{
	struct leat_endpoint to;
	int meanwhile = -EALREADY, r;

	if (d->phase == PHASE_DISCONNECTING)
		return -EINVAL;
	if (d->phase == PHASE_CONNECTED || d->listening)
		return -EISCONN;
	if (d->phase == PHASE_UNCONNECTED) {
		r = sockaddr_read(addr, len, &to);
		if (r == 0)
			r = begin(s, d, &to);
		if (r < 0)
			return r;
		meanwhile = -EINPROGRESS;
	} else {
		app_turn(s);
	}
	r = await(s, d, meanwhile);
	if (r < 0)
		return r;
	if (!(desc_status(s, d) & SLOT_OPEN)) {
		int error = desc_take_error(s, d);
		disconnect(s, d);
		return error != 0 ? -error : -ECONNABORTED;
	}
	d->phase = PHASE_CONNECTED;
	return 0;
}

static int
dgram_connect(struct leat_sockets *s, struct desc *d, const struct sockaddr *addr, socklen_t len)
{
	struct leat_endpoint to;
	int r = sockaddr_read(addr, len, &to);

	return r == 0 ? begin(s, d, &to) : r;
}

static int
do_connect(struct leat_sockets *s, int fd, const struct sockaddr *addr, socklen_t len)
{
	struct desc *d;
	int r = fd_socket(s, fd, &d);

	if (r < 0)
		return r;
	if (addr == NULL)
		return -EFAULT;
	if (len < sizeof(sa_family_t))
		return -EINVAL;
	if (addr->sa_family == AF_UNSPEC)
		return disconnect(s, d);
	return d->type == SOCK_STREAM ? stream_connect(s, d, addr, len) : dgram_connect(s, d, addr, len);
}

int
leat_connect(struct leat_sockets *s, int fd, const struct sockaddr *addr, socklen_t len)
{
	return (int)sys(do_connect(s, fd, addr, len));
}

/* There is a connection, or there was: its directions can be shut. */
static int
shut(struct leat_sockets *s, struct desc *d, int how)
{
	struct message m = {.kind = REQ_SHUTDOWN, .slot = d->slot};

	d->shut_rd |= how == SHUT_RD || how == SHUT_RDWR;
	d->shut_wr |= how == SHUT_WR || how == SHUT_RDWR;
	epoll_touch(d);
	if (d->type == SOCK_DGRAM)
		return d->phase == PHASE_CONNECTED ? 0 : -ENOTCONN;
	if (!(desc_status(s, d) & SLOT_OPEN))
		return -ENOTCONN;
	int r = d->shut_wr ? app_request(s, &m) : 0;
	if (!d->nonblock)
		app_turn(s);
	return r;
}

static int
do_shutdown(struct leat_sockets *s, int fd, int how)
{
	struct desc *d;
	int r = fd_socket(s, fd, &d);

	if (r < 0)
		return r;
	if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR)
		return -EINVAL;
	if (d->listening)
		return how == SHUT_WR ? 0 : disconnect(s, d);
	if (d->type == SOCK_STREAM && (desc_status(s, d) & SLOT_CONNECTING))
		return disconnect(s, d);
	if (d->phase == PHASE_CONNECTING)
		d->phase = desc_status(s, d) & SLOT_OPEN ? PHASE_CONNECTED : PHASE_DISCONNECTING;
	return shut(s, d, how);
}

int
leat_shutdown(struct leat_sockets *s, int fd, int how)
{
	return (int)sys(do_shutdown(s, fd, how));
}
