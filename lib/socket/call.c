/* SPDX-License-Identifier: BSD-3-Clause */
/* The life of a socket: socket, bind, listen, accept, shutdown, close, and the two names. */
#include "socket/app.h"

enum { FLAG_BITS = SOCK_NONBLOCK | SOCK_CLOEXEC, TYPE_BITS = 0xf, SOCK_TYPE_MAX = 11, FAMILY_MAX = 46 };

static int
check_kind(int domain, int type, int protocol)
{
	int want = type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;

	if (domain < 0 || domain >= FAMILY_MAX)
		return -EAFNOSUPPORT;
	if (type >= SOCK_TYPE_MAX)
		return -EINVAL;
	if (domain != AF_INET)
		return -EAFNOSUPPORT;
	if (protocol < 0 || protocol >= IPPROTO_MAX)
		return -EINVAL;
	if (type != SOCK_STREAM && type != SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	return protocol == 0 || protocol == want ? 0 : -EPROTONOSUPPORT;
}

static int
do_socket(struct leat_sockets *s, int domain, int type, int protocol)
{
	int flags = type & ~TYPE_BITS;

	type &= TYPE_BITS;
	if (flags & ~FLAG_BITS)
		return -EINVAL;
	int r = check_kind(domain, type, protocol);
	if (r < 0)
		return r;
	int fd = fd_new(s, DESC_SOCKET, type);
	if (fd < 0)
		return fd;
	struct desc *d = &s->descs[fd];
	struct message m = {.kind = REQ_OPEN, .slot = d->slot, .value = (uint32_t)type};
	r = app_request(s, &m);
	if (r < 0) {
		fd_release(s, d, true);
		return r;
	}
	d->nonblock = (flags & SOCK_NONBLOCK) != 0;
	return fd;
}

int
leat_socket(struct leat_sockets *s, int domain, int type, int protocol)
{
	return (int)sys(do_socket(s, domain, type, protocol));
}

static int
do_bind(struct leat_sockets *s, int fd, const struct sockaddr *addr, socklen_t len)
{
	struct message m = {.kind = REQ_BIND};
	struct desc *d;
	int r = fd_socket(s, fd, &d);

	if (r == 0)
		r = sockaddr_read(addr, len, &m.local);
	if (r < 0)
		return r;
	m.slot = d->slot;
	r = app_request(s, &m);
	if (r == 0)
		d->local = m.local;
	return r;
}

int
leat_bind(struct leat_sockets *s, int fd, const struct sockaddr *addr, socklen_t len)
{
	return (int)sys(do_bind(s, fd, addr, len));
}

static int
do_listen(struct leat_sockets *s, int fd, int backlog)
{
	struct desc *d;
	int r = fd_socket(s, fd, &d);

	if (r == 0 && d->type == SOCK_STREAM && d->phase != PHASE_UNCONNECTED)
		r = -EINVAL;
	if (r < 0)
		return r;
	struct message m = {.kind = REQ_LISTEN, .slot = d->slot, .value = (uint32_t)backlog};
	bool again = d->listening;
	r = app_request(s, &m);
	if (r < 0)
		return r;
	d->listening = true;
	if (!again)
		d->local = m.local;
	epoll_touch(d);
	return 0;
}

int
leat_listen(struct leat_sockets *s, int fd, int backlog)
{
	return (int)sys(do_listen(s, fd, backlog));
}

/* One connection that waits, as a new descriptor. -EAGAIN: none. */
static int
accept_one(struct leat_sockets *s, struct desc *d)
{
	if (atomic_load(&desc_slot(s, d)->waiting) == 0)
		return -EAGAIN;
	int fd = fd_new(s, DESC_SOCKET, SOCK_STREAM);
	if (fd < 0)
		return fd;
	struct desc *new = &s->descs[fd];
	struct message m = {.kind = REQ_ACCEPT, .slot = d->slot, .value = new->slot};
	int r = app_request(s, &m);
	if (r < 0) {
		fd_release(s, new, true);
		return r;
	}
	new->phase = PHASE_CONNECTED;
	new->local = m.local;
	new->remote = m.remote;
	/* what Linux's new socket has of the old one; O_NONBLOCK is not among it */
	new->linger = d->linger;
	new->linger_seconds = d->linger_seconds;
	new->rcv_timeout = d->rcv_timeout;
	new->snd_timeout = d->snd_timeout;
	return fd;
}

static int
do_accept(struct leat_sockets *s, int fd, int flags, struct desc **out)
{
	struct desc *d;
	int r = fd_socket(s, fd, &d);

	if (r == 0 && (flags & ~FLAG_BITS))
		r = -EINVAL;
	if (r == 0)
		r = fd_full(s);
	if (r == 0 && d->type != SOCK_STREAM)
		r = -EOPNOTSUPP;
	if (r < 0)
		return r;
	struct wait w = wait_for(d, 0, d->rcv_timeout);
	while (r == 0) {
		if (!d->listening)
			return -EINVAL;
		int new = accept_one(s, d);
		if (new >= 0) {
			*out = &s->descs[new];
			(*out)->nonblock = (flags & SOCK_NONBLOCK) != 0;
			return new;
		}
		r = new == -EAGAIN ? app_wait(s, &w) : new;
	}
	return r;
}

int
leat_accept4(struct leat_sockets *s, int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
	struct desc *d = NULL;

	if (addr != NULL && (len == NULL || (int)*len < 0))
		return (int)sys(len == NULL ? -EFAULT : -EINVAL);
	int new = do_accept(s, fd, flags, &d);
	if (new >= 0)
		sockaddr_write(&d->remote, addr, len);
	return (int)sys(new);
}

int
leat_accept(struct leat_sockets *s, int fd, struct sockaddr *addr, socklen_t *len)
{
	return leat_accept4(s, fd, addr, len, 0);
}

static int
do_close(struct leat_sockets *s, int fd)
{
	struct desc *d = fd_any(s, fd);

	if (d == NULL)
		return -EBADF;
	epoll_unwatch(d);
	if (d->kind == DESC_EPOLL) {
		epoll_free(d->epoll);
		fd_release(s, d, false);
		return 0;
	}
	struct message m = {.kind = REQ_CLOSE, .slot = d->slot, .value = CLOSE_GRACEFUL};
	if (d->linger)
		m.value = d->linger_seconds > 0 ? CLOSE_LINGER : CLOSE_RESET;
	struct wait w = {.timeout = m.value == CLOSE_LINGER ? (uint64_t)d->linger_seconds * 1000000000u : 0};
	bool turn = !d->nonblock || m.value == CLOSE_LINGER;
	fd_release(s, d, false);
	app_post(s, &m);
	s->place.serve(s->place.arg);
	/* SO_LINGER waits in non-blocking mode too, and nobody tells how it ended */
	while (turn && app_wait(s, &w) == 0 && s->owner[m.slot] == SLOT_CLOSING)
		continue;
	return 0;
}

int
leat_close(struct leat_sockets *s, int fd)
{
	return (int)sys(do_close(s, fd));
}

int
leat_getsockname(struct leat_sockets *s, int fd, struct sockaddr *addr, socklen_t *len)
{
	struct desc *d;
	int r = fd_socket(s, fd, &d);

	if (r == 0 && addr == NULL)
		r = -EFAULT;
	return (int)sys(r == 0 ? sockaddr_write(&d->local, addr, len) : r);
}

int
leat_getpeername(struct leat_sockets *s, int fd, struct sockaddr *addr, socklen_t *len)
{
	struct desc *d;
	int r = fd_socket(s, fd, &d);

	if (r == 0 && addr == NULL)
		r = -EFAULT;
	if (r == 0 && d->type == SOCK_STREAM && !(desc_status(s, d) & SLOT_OPEN))
		r = -ENOTCONN;
	if (r == 0 && d->type == SOCK_DGRAM && d->phase != PHASE_CONNECTED)
		r = -ENOTCONN;
	return (int)sys(r == 0 ? sockaddr_write(&d->remote, addr, len) : r);
}
