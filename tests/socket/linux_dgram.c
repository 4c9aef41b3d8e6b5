/* SPDX-License-Identifier: BSD-3-Clause */
/* Datagrams: each script runs against the kernel's sockets and against leat's. */
#include "world.h"

TestSuite(agrees, .timeout = 60);

static char buf[70000];

static int
dgram(enum side side, int flags)
{
	int fd = w->socket(side, AF_INET, SOCK_DGRAM | flags, 0);

	need(fd >= 0, "socket: %s", strerror(errno));
	return fd;
}

static int
bound(enum side side)
{
	struct sockaddr_in a = at(side, 0);
	int fd = dgram(side, SOCK_NONBLOCK);

	need(w->bind(side, fd, (struct sockaddr *)&a, sizeof(a)) == 0, "bind: %s", strerror(errno));
	return fd;
}

static long
send_to(int fd, const void *data, size_t len, uint16_t port)
{
	struct sockaddr_in a = at(SERVER, port);

	return w->sendto(CLIENT, fd, data, len, 0, (struct sockaddr *)&a, sizeof(a));
}

SCRIPT(a_fresh_datagram_socket)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	int fd = dgram(CLIENT, SOCK_NONBLOCK);

	note_poll(CLIENT, fd);
	note("port %d", port_of(CLIENT, fd));
	NOTE(w->recvfrom(CLIENT, fd, buf, 1, 0, NULL, NULL));
	NOTE(w->recvfrom(CLIENT, fd, buf, 1, MSG_OOB, NULL, NULL));
	NOTE(w->sendto(CLIENT, fd, buf, 1, 0, NULL, 0));
	NOTE(w->sendto(CLIENT, fd, buf, 1, MSG_OOB, NULL, 0));
	NOTE(w->listen(CLIENT, fd, 1));
	NOTE(w->accept(CLIENT, fd, NULL, NULL, 0));
	NOTE(w->getpeername(CLIENT, fd, (struct sockaddr *)&a, &len));
	NOTE(w->shutdown(CLIENT, fd, SHUT_RD));
}

SCRIPT(datagrams_keep_their_bounds)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	int c = dgram(CLIENT, 0), s = bound(SERVER);
	uint16_t port = port_of(SERVER, s);

	NOTE(send_to(c, "one", 3, port));
	note("has a port: %d", port_of(CLIENT, c) != 0);
	NOTE(send_to(c, "", 0, port));
	NOTE(send_to(c, "three", 5, port));
	note_poll_when(SERVER, s, POLLIN);
	w->settle();
	NOTE(w->recvfrom(SERVER, s, buf, 60, MSG_PEEK, NULL, NULL));
	NOTE(w->recvfrom(SERVER, s, buf, 60, 0, (struct sockaddr *)&from, &len));
	note("from where: %d %u", ntohs(from.sin_port) == port_of(CLIENT, c), len);
	NOTE(w->recvfrom(SERVER, s, buf, 60, 0, NULL, NULL));
	NOTE(w->recvfrom(SERVER, s, buf, 2, MSG_PEEK, NULL, NULL));
	NOTE(w->recvfrom(SERVER, s, buf, 2, MSG_PEEK | MSG_TRUNC, NULL, NULL));
	NOTE(w->recvfrom(SERVER, s, buf, 2, 0, NULL, NULL));
	note("%.2s", buf);
	NOTE(w->recvfrom(SERVER, s, buf, 60, 0, NULL, NULL));
	NOTE(w->sendto(SERVER, s, "back", 4, 0, (struct sockaddr *)&from, sizeof(from)));
	NOTE(w->recvfrom(CLIENT, c, buf, 60, 0, NULL, NULL));
}

SCRIPT(where_datagrams_can_go)
{
	struct sockaddr_in a = at(SERVER, 7), six = {.sin_family = AF_INET6}, zero = at(SERVER, 0);
	int fd = dgram(CLIENT, SOCK_NONBLOCK);

	NOTE(w->sendto(CLIENT, fd, "x", 1, 0, (struct sockaddr *)&a, 15));
	NOTE(w->sendto(CLIENT, fd, "x", 1, 0, (struct sockaddr *)&six, sizeof(six)));
	NOTE(w->sendto(CLIENT, fd, "x", 1, 0, (struct sockaddr *)&zero, sizeof(zero)));
	NOTE(w->sendto(CLIENT, fd, buf, 65508, 0, (struct sockaddr *)&a, sizeof(a)));
	NOTE(w->connect(CLIENT, fd, (struct sockaddr *)&a, 15));
	NOTE(w->connect(CLIENT, fd, (struct sockaddr *)&six, sizeof(six)));
}

SCRIPT(connected_datagrams)
{
	struct sockaddr_in a, none = {.sin_family = AF_UNSPEC};
	socklen_t len = sizeof(a);
	int c = dgram(CLIENT, SOCK_NONBLOCK), s = bound(SERVER), stranger = bound(SERVER);

	NOTE(connect_to(c, port_of(SERVER, s)));
	NOTE(w->getpeername(CLIENT, c, (struct sockaddr *)&a, &len));
	note("the port is the same: %d", ntohs(a.sin_port) == port_of(SERVER, s));
	NOTE(w->write(CLIENT, c, "hello", 5));
	await(SERVER, s, POLLIN);
	NOTE(w->read(SERVER, s, buf, 60));
	a = at(CLIENT, port_of(CLIENT, c));
	NOTE(w->sendto(SERVER, stranger, "strange", 7, 0, (struct sockaddr *)&a, sizeof(a)));
	NOTE(w->sendto(SERVER, s, "friend", 6, 0, (struct sockaddr *)&a, sizeof(a)));
	await(CLIENT, c, POLLIN);
	w->settle();
	NOTE(w->read(CLIENT, c, buf, 60));
	NOTE(w->read(CLIENT, c, buf, 60));
	NOTE(connect_to(c, port_of(SERVER, stranger)));
	NOTE(w->shutdown(CLIENT, c, SHUT_RD));
	note_poll(CLIENT, c);
	NOTE(w->shutdown(CLIENT, c, SHUT_RDWR));
	note_poll(CLIENT, c);
	NOTE(w->write(CLIENT, c, "x", 1));
	NOTE(w->connect(CLIENT, c, (struct sockaddr *)&none, sizeof(none)));
	NOTE(w->getpeername(CLIENT, c, (struct sockaddr *)&a, &len));
}

SCRIPT(nobody_listens_to_datagrams)
{
	int c = dgram(CLIENT, SOCK_NONBLOCK), s = bound(SERVER);
	uint16_t port = port_of(SERVER, s);

	w->close(SERVER, s);
	NOTE(connect_to(c, port));
	NOTE(w->write(CLIENT, c, "x", 1));
	note_poll_when(CLIENT, c, POLLERR);
	NOTE(w->read(CLIENT, c, buf, 60));
	NOTE(w->read(CLIENT, c, buf, 60));
	NOTE(w->write(CLIENT, c, "x", 1));
	await(CLIENT, c, POLLERR);
	NOTE(w->write(CLIENT, c, "x", 1));
	note_error(CLIENT, c);
	NOTE(w->write(CLIENT, c, "x", 1));
	await(CLIENT, c, POLLERR);
	note_error(CLIENT, c);
	/* who is not connected is not told */
	int free = dgram(CLIENT, SOCK_NONBLOCK);
	NOTE(send_to(free, "x", 1, port));
	w->settle();
	NOTE(w->recvfrom(CLIENT, free, buf, 60, 0, NULL, NULL));
	note_poll(CLIENT, free);
}

SCRIPT(ports_of_datagram_sockets)
{
	struct sockaddr_in a = at(SERVER, 0);
	int fd = bound(SERVER), other = dgram(SERVER, 0);

	NOTE(w->bind(SERVER, fd, (struct sockaddr *)&a, sizeof(a)));
	a.sin_port = htons(port_of(SERVER, fd));
	NOTE(w->bind(SERVER, other, (struct sockaddr *)&a, sizeof(a)));
	NOTE(w->close(SERVER, fd));
	NOTE(w->bind(SERVER, other, (struct sockaddr *)&a, sizeof(a)));
	inet_pton(AF_INET, "192.0.2.77", &a.sin_addr);
	NOTE(w->bind(SERVER, dgram(SERVER, 0), (struct sockaddr *)&a, sizeof(a)));
}

SCRIPT(datagram_options)
{
	int v = -1, fd = dgram(CLIENT, 0);
	socklen_t len = sizeof(v);

	NOTE(w->getsockopt(CLIENT, fd, SOL_SOCKET, SO_TYPE, &v, &len));
	note("%d", v);
	NOTE(w->getsockopt(CLIENT, fd, SOL_SOCKET, SO_PROTOCOL, &v, &len));
	note("%d", v);
	NOTE(w->getsockopt(CLIENT, fd, IPPROTO_TCP, 1, &v, &len));
	NOTE(w->setsockopt(CLIENT, fd, IPPROTO_TCP, 1, &v, len));
}
