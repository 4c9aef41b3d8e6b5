/* SPDX-License-Identifier: BSD-3-Clause */
/* Making, binding, listening, connecting: each script runs against the kernel's sockets and against leat's. */
#include "world.h"

TestSuite(agrees, .timeout = 60);

static char buf[64];

/* --- making sockets --- */

static void
note_kind(int domain, int type, int protocol)
{
	int fd = w->socket(CLIENT, domain, type, protocol);

	note("socket(%d, %#x, %d): %s", domain, (unsigned)type, protocol, fd >= 0 ? "yes" : strerrorname_np(errno));
	if (fd >= 0)
		w->close(CLIENT, fd);
}

SCRIPT(kinds_of_sockets)
{
	note_kind(AF_INET, SOCK_STREAM, 0);
	note_kind(AF_INET, SOCK_STREAM, IPPROTO_TCP);
	note_kind(AF_INET, SOCK_STREAM, IPPROTO_UDP);
	note_kind(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
	note_kind(AF_INET, SOCK_DGRAM, IPPROTO_TCP);
	note_kind(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	note_kind(AF_INET, SOCK_STREAM | 0x100, 0);
	note_kind(AF_INET, SOCK_SEQPACKET, 0);
	note_kind(AF_INET, SOCK_RDM, 0);
	note_kind(AF_INET, 11, 0);
	note_kind(AF_INET, 15, 0);
	note_kind(-1, SOCK_STREAM, 0);
	note_kind(46, SOCK_STREAM, 0);
	note_kind(999, 15, 0);
	note_kind(AF_INET, SOCK_STREAM, -1);
	note_kind(AF_INET, SOCK_STREAM, 5000);
}

SCRIPT(what_is_not_open)
{
	struct sockaddr_in a = at(SERVER, 80);
	struct epoll_event e = {0};
	struct pollfd p = {.fd = w->not_open, .events = POLLIN}, negative = {.fd = -1, .events = POLLIN};
	socklen_t len = sizeof(a);
	int v = 1, ep = w->epoll_create(CLIENT, 0), fd = stream(CLIENT, 0);

	for (int i = 0; i < 2; i++) {
		int bad = i == 0 ? w->not_open : -1;
		NOTE(w->bind(CLIENT, bad, (struct sockaddr *)&a, len));
		NOTE(w->listen(CLIENT, bad, 1));
		NOTE(w->accept(CLIENT, bad, NULL, NULL, 0));
		NOTE(w->connect(CLIENT, bad, (struct sockaddr *)&a, len));
		NOTE(w->shutdown(CLIENT, bad, SHUT_WR));
		NOTE(w->close(CLIENT, bad));
		NOTE(w->getsockname(CLIENT, bad, (struct sockaddr *)&a, &len));
		NOTE(w->getpeername(CLIENT, bad, (struct sockaddr *)&a, &len));
		NOTE(w->recvfrom(CLIENT, bad, buf, 1, 0, NULL, NULL));
		NOTE(w->sendto(CLIENT, bad, buf, 1, 0, NULL, 0));
		NOTE(w->read(CLIENT, bad, buf, 1));
		NOTE(w->write(CLIENT, bad, buf, 1));
		NOTE(w->fcntl(CLIENT, bad, F_GETFL, 0));
		NOTE(w->fcntl(CLIENT, bad, F_SETFL, 0));
		NOTE(w->getsockopt(CLIENT, bad, SOL_SOCKET, SO_TYPE, &v, &len));
		NOTE(w->setsockopt(CLIENT, bad, SOL_SOCKET, SO_REUSEADDR, &v, sizeof(v)));
		NOTE(w->epoll_ctl(CLIENT, bad, EPOLL_CTL_ADD, fd, &e));
		NOTE(w->epoll_ctl(CLIENT, ep, EPOLL_CTL_ADD, bad, &e));
		NOTE(w->epoll_wait(CLIENT, bad, &e, 1, 0));
	}
	NOTE(w->poll(CLIENT, &p, 1, 0));
	note("NVAL %d", p.revents == POLLNVAL);
	NOTE(w->poll(CLIENT, &negative, 1, 0));
	note("none %d", negative.revents);
}

SCRIPT(an_epoll_is_no_socket)
{
	struct sockaddr_in a = at(SERVER, 80);
	socklen_t len = sizeof(a);
	int v = 1, ep = w->epoll_create(CLIENT, 0);

	NOTE(w->bind(CLIENT, ep, (struct sockaddr *)&a, len));
	NOTE(w->listen(CLIENT, ep, 1));
	NOTE(w->accept(CLIENT, ep, NULL, NULL, 0));
	NOTE(w->connect(CLIENT, ep, (struct sockaddr *)&a, len));
	NOTE(w->shutdown(CLIENT, ep, SHUT_WR));
	NOTE(w->recvfrom(CLIENT, ep, buf, 1, 0, NULL, NULL));
	NOTE(w->sendto(CLIENT, ep, buf, 1, 0, NULL, 0));
	NOTE(w->read(CLIENT, ep, buf, 1));
	NOTE(w->write(CLIENT, ep, buf, 1));
	NOTE(w->getsockopt(CLIENT, ep, SOL_SOCKET, SO_TYPE, &v, &len));
	NOTE(w->fcntl(CLIENT, ep, F_GETFL, 0));
	note_poll(CLIENT, ep);
	NOTE(w->close(CLIENT, ep));
}

SCRIPT(a_fresh_socket)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	int fd = stream(CLIENT, 0);

	note_poll(CLIENT, fd);
	NOTE(w->recvfrom(CLIENT, fd, buf, 1, 0, NULL, NULL));
	NOTE(w->recvfrom(CLIENT, fd, buf, 1, MSG_OOB, NULL, NULL));
	NOTE(w->sendto(CLIENT, fd, buf, 1, 0, NULL, 0));
	NOTE(w->accept(CLIENT, fd, NULL, NULL, 0));
	NOTE(w->accept(CLIENT, fd, NULL, NULL, 0x10));
	NOTE(w->getpeername(CLIENT, fd, (struct sockaddr *)&a, &len));
	NOTE(w->getsockname(CLIENT, fd, (struct sockaddr *)&a, &len));
	note("family %d port %d address %x length %u", a.sin_family, a.sin_port, a.sin_addr.s_addr, len);
	note_error(CLIENT, fd);
	NOTE(w->shutdown(CLIENT, fd, 3));
	NOTE(w->shutdown(CLIENT, fd, -1));
	NOTE(w->shutdown(CLIENT, fd, SHUT_WR));
	note_poll(CLIENT, fd);
	NOTE(w->shutdown(CLIENT, fd, SHUT_RD));
	NOTE(w->recvfrom(CLIENT, fd, buf, 1, 0, NULL, NULL));
	note_poll(CLIENT, fd);
	NOTE(w->close(CLIENT, fd));
	NOTE(w->close(CLIENT, fd));
}

SCRIPT(flags)
{
	int fd = stream(CLIENT, 0), nonblock = stream(CLIENT, SOCK_NONBLOCK);

	NOTE(w->fcntl(CLIENT, fd, F_GETFL, 0));
	NOTE(w->fcntl(CLIENT, nonblock, F_GETFL, 0));
	NOTE(w->fcntl(CLIENT, fd, F_SETFL, O_NONBLOCK));
	NOTE(w->fcntl(CLIENT, fd, F_GETFL, 0));
	NOTE(w->fcntl(CLIENT, fd, F_SETFL, 0));
	NOTE(w->fcntl(CLIENT, fd, F_GETFL, 0));
	NOTE(w->fcntl(CLIENT, fd, 12345, 0));
}

/* --- bind and listen --- */

static int
bind_at(int fd, const char *address, uint16_t port, socklen_t len)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};

	inet_pton(AF_INET, address, &a.sin_addr);
	return w->bind(SERVER, fd, (struct sockaddr *)&a, len);
}

SCRIPT(addresses_to_bind)
{
	struct sockaddr_in six = {.sin_family = AF_INET6};
	int fd = stream(SERVER, 0), other = stream(SERVER, 0);

	NOTE(w->bind(SERVER, fd, NULL, sizeof(six)));
	NOTE(bind_at(fd, "0.0.0.0", 0, 15));
	NOTE(bind_at(fd, "0.0.0.0", 0, 1000));
	NOTE(w->bind(SERVER, fd, (struct sockaddr *)&six, sizeof(six)));
	NOTE(bind_at(fd, "192.0.2.77", 0, sizeof(six)));
	NOTE(bind_at(fd, "0.0.0.0", 0, sizeof(six)));
	note("has a port: %d", port_of(SERVER, fd) != 0);
	NOTE(bind_at(fd, "0.0.0.0", 0, sizeof(six)));
	NOTE(bind_at(other, w->address[SERVER], 0, sizeof(six)));
	note("another: %d", port_of(SERVER, other) != port_of(SERVER, fd));
	note_poll(SERVER, fd);
	NOTE(w->connect(SERVER, fd, NULL, sizeof(six)));
}

static void
note_two_binds(int reuse, const char *first, const char *second, bool listens)
{
	int a = stream(SERVER, 0), b = stream(SERVER, 0);

	note("reuse %d listens %d", reuse, listens);
	w->setsockopt(SERVER, a, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof(reuse));
	w->setsockopt(SERVER, b, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof(reuse));
	NOTE(bind_at(a, first, 0, sizeof(struct sockaddr_in)));
	if (listens)
		NOTE(w->listen(SERVER, a, 1));
	NOTE(bind_at(b, second, port_of(SERVER, a), sizeof(struct sockaddr_in)));
	if (!listens) {
		NOTE(w->listen(SERVER, a, 1));
		NOTE(w->listen(SERVER, a, 1));
		NOTE(port_of(SERVER, b) == 0 ? 0 : w->listen(SERVER, b, 1));
	}
	w->close(SERVER, a);
	w->close(SERVER, b);
}

SCRIPT(a_port_for_two)
{
	for (int reuse = 0; reuse < 2; reuse++)
		for (int listens = 0; listens < 2; listens++) {
			note_two_binds(reuse, "0.0.0.0", "0.0.0.0", listens);
			note_two_binds(reuse, w->address[SERVER], "0.0.0.0", listens);
			note_two_binds(reuse, "0.0.0.0", w->address[SERVER], listens);
			note_two_binds(reuse, w->address[SERVER], w->address[SERVER], listens);
		}
}

/* A connection that goes on holds the port of its listener, unless both say SO_REUSEADDR. */
static void
note_restart(int reuse)
{
	int one = 1, a = stream(SERVER, SOCK_NONBLOCK), b = stream(SERVER, 0), c = stream(CLIENT, 0), d;

	w->setsockopt(SERVER, a, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	w->setsockopt(SERVER, b, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof(reuse));
	need(bind_at(a, w->address[SERVER], 0, sizeof(struct sockaddr_in)) == 0, "bind");
	uint16_t port = port_of(SERVER, a);
	w->listen(SERVER, a, 1);
	NOTE(connect_to(c, port));
	await(SERVER, a, POLLIN);
	d = w->accept(SERVER, a, NULL, NULL, 0);
	w->close(SERVER, a);
	NOTE(bind_at(b, w->address[SERVER], port, sizeof(struct sockaddr_in)));
	if (reuse)
		NOTE(w->listen(SERVER, b, 1));
	w->close(SERVER, d);
	w->close(CLIENT, c);
}

SCRIPT(a_restarted_server)
{
	note_restart(0);
	note_restart(1);
}

SCRIPT(listening)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	int fd = stream(SERVER, SOCK_NONBLOCK), v = -1;

	NOTE(w->listen(SERVER, fd, 5));
	note("has a port: %d", port_of(SERVER, fd) != 0);
	note_poll(SERVER, fd);
	len = sizeof(v);
	NOTE(w->getsockopt(SERVER, fd, SOL_SOCKET, SO_ACCEPTCONN, &v, &len));
	note("SO_ACCEPTCONN %d", v);
	NOTE(w->accept(SERVER, fd, NULL, NULL, 0));
	NOTE(w->recvfrom(SERVER, fd, buf, 1, 0, NULL, NULL));
	NOTE(w->sendto(SERVER, fd, buf, 1, 0, NULL, 0));
	a = at(CLIENT, 80);
	NOTE(w->connect(SERVER, fd, (struct sockaddr *)&a, sizeof(a)));
	len = sizeof(a);
	NOTE(w->getpeername(SERVER, fd, (struct sockaddr *)&a, &len));
	NOTE(bind_at(fd, "0.0.0.0", 0, sizeof(a)));
	NOTE(w->shutdown(SERVER, fd, SHUT_WR));
	NOTE(w->accept(SERVER, fd, NULL, NULL, 0));
	NOTE(w->shutdown(SERVER, fd, SHUT_RD));
	NOTE(w->accept(SERVER, fd, NULL, NULL, 0));
	note_poll(SERVER, fd);
	NOTE(w->listen(SERVER, fd, 0));
	NOTE(w->accept(SERVER, fd, NULL, NULL, 0));
}

/* --- connect --- */

SCRIPT(addresses_to_connect_to)
{
	struct sockaddr_in a = at(SERVER, 80), six = {.sin_family = AF_INET6}, none = {.sin_family = AF_UNSPEC};
	int fd = stream(CLIENT, 0);

	NOTE(w->connect(CLIENT, fd, (struct sockaddr *)&a, 1));
	NOTE(w->connect(CLIENT, fd, (struct sockaddr *)&a, 15));
	NOTE(w->connect(CLIENT, fd, (struct sockaddr *)&six, sizeof(six)));
	NOTE(w->connect(CLIENT, fd, (struct sockaddr *)&none, sizeof(none)));
	NOTE(w->connect(CLIENT, fd, NULL, sizeof(a)));
	NOTE(connect_to(fd, 0));
}

SCRIPT(connecting_step_by_step)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	int l = listener(4), fd = stream(CLIENT, SOCK_NONBLOCK);
	uint16_t port = port_of(SERVER, l);

	NOTE(connect_to(fd, port));
	note_poll_when(CLIENT, fd, POLLOUT);
	note_error(CLIENT, fd);
	NOTE(connect_to(fd, port));
	NOTE(connect_to(fd, port));
	NOTE(w->getpeername(CLIENT, fd, (struct sockaddr *)&a, &len));
	note_poll_when(SERVER, l, POLLIN);
	int got = w->accept(SERVER, l, (struct sockaddr *)&a, &len, 0);
	note("the port is the same: %d", ntohs(a.sin_port) == port_of(CLIENT, fd));
	note_poll(SERVER, l);
	NOTE(w->fcntl(SERVER, got, F_GETFL, 0));
	NOTE(w->listen(CLIENT, fd, 1));
	NOTE(w->accept(CLIENT, fd, NULL, NULL, 0));
	NOTE(bind_at(fd, "0.0.0.0", 0, sizeof(a)));
}

SCRIPT(refused_while_blocking)
{
	int fd = stream(CLIENT, 0), l;

	NOTE(connect_to(fd, closed_port()));
	note_error(CLIENT, fd);
	note_poll(CLIENT, fd);
	NOTE(w->recvfrom(CLIENT, fd, buf, 1, 0, NULL, NULL));
	NOTE(w->sendto(CLIENT, fd, buf, 1, 0, NULL, 0));
	/* the socket can be used again */
	l = listener(1);
	NOTE(connect_to(fd, port_of(SERVER, l)));
	note_poll(CLIENT, fd);
}

SCRIPT(refused_while_not_blocking)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	int fd = stream(CLIENT, SOCK_NONBLOCK);
	uint16_t port = closed_port();

	NOTE(connect_to(fd, port));
	note_poll_when(CLIENT, fd, POLLOUT);
	NOTE(w->getpeername(CLIENT, fd, (struct sockaddr *)&a, &len));
	note_error(CLIENT, fd);
	note_error(CLIENT, fd);
	note_poll(CLIENT, fd);
	NOTE(w->recvfrom(CLIENT, fd, buf, 1, 0, NULL, NULL));
	NOTE(w->sendto(CLIENT, fd, buf, 1, 0, NULL, 0));
	NOTE(connect_to(fd, port));
	NOTE(connect_to(fd, port));
	await(CLIENT, fd, POLLOUT);
	NOTE(connect_to(fd, port));
	note_poll(CLIENT, fd);
}

SCRIPT(refusal_is_told_to_who_asks_first)
{
	int reads = stream(CLIENT, SOCK_NONBLOCK), writes = stream(CLIENT, SOCK_NONBLOCK);
	uint16_t port = closed_port();

	connect_to(reads, port);
	connect_to(writes, port);
	await(CLIENT, reads, POLLOUT);
	await(CLIENT, writes, POLLOUT);
	NOTE(w->recvfrom(CLIENT, reads, buf, 1, 0, NULL, NULL));
	NOTE(w->recvfrom(CLIENT, reads, buf, 1, 0, NULL, NULL));
	NOTE(w->sendto(CLIENT, writes, buf, 1, 0, NULL, 0));
	NOTE(w->sendto(CLIENT, writes, buf, 1, 0, NULL, 0));
	note_poll(CLIENT, writes);
}

SCRIPT(disconnecting)
{
	struct sockaddr_in none = {.sin_family = AF_UNSPEC}, a;
	socklen_t len = sizeof(a);
	struct pair p = connected();

	NOTE(w->connect(CLIENT, p.client, (struct sockaddr *)&none, sizeof(none)));
	note_poll(CLIENT, p.client);
	NOTE(w->getpeername(CLIENT, p.client, (struct sockaddr *)&a, &len));
	NOTE(w->recvfrom(CLIENT, p.client, buf, 1, 0, NULL, NULL));
	note_poll_when(SERVER, p.server, POLLIN);
	NOTE(connect_to(p.client, port_of(SERVER, p.listener)));
	note_poll_when(CLIENT, p.client, POLLOUT);
	note_error(CLIENT, p.client);
}
