/* SPDX-License-Identifier: BSD-3-Clause */
/* epoll: each script runs against the kernel's sockets and against leat's. */
#include "world.h"

TestSuite(agrees, .timeout = 60);

static char buf[64];

static int
control(int ep, int op, int fd, uint32_t events, uint32_t mark)
{
	struct epoll_event e = {.events = events, .data.u32 = mark};

	return w->epoll_ctl(SERVER, ep, op, fd, &e);
}

/* What epoll_wait says at once. */
static void
note_wait(int ep)
{
	struct epoll_event e[8];

	w->settle();
	int n = w->epoll_wait(SERVER, ep, e, 8, 0);
	note("epoll_wait: %d", n);
	for (int i = 0; i < n; i++)
		note("  %u: %s%s%s%s%s", e[i].data.u32, e[i].events & EPOLLIN ? " IN" : "",
			e[i].events & EPOLLOUT ? " OUT" : "", e[i].events & EPOLLERR ? " ERR" : "",
			e[i].events & EPOLLHUP ? " HUP" : "", e[i].events & EPOLLRDHUP ? " RDHUP" : "");
}

/* Sends from the client, and waits until it is there. */
static void
arrives(struct pair p, const char *text)
{
	need(w->write(CLIENT, p.client, text, strlen(text)) == (ssize_t)strlen(text), "write");
	await(SERVER, p.server, POLLIN);
}

SCRIPT(what_epoll_refuses)
{
	struct epoll_event e = {.events = EPOLLIN};
	int ep = w->epoll_create(SERVER, EPOLL_CLOEXEC), fd = stream(SERVER, 0);

	NOTE(w->epoll_create(SERVER, 1));
	NOTE(w->epoll_ctl(SERVER, ep, EPOLL_CTL_MOD, fd, &e));
	NOTE(w->epoll_ctl(SERVER, ep, EPOLL_CTL_DEL, fd, NULL));
	NOTE(w->epoll_ctl(SERVER, ep, EPOLL_CTL_ADD, fd, &e));
	NOTE(w->epoll_ctl(SERVER, ep, EPOLL_CTL_ADD, fd, &e));
	NOTE(w->epoll_ctl(SERVER, ep, EPOLL_CTL_ADD, fd, NULL));
	NOTE(w->epoll_ctl(SERVER, ep, 77, fd, &e));
	NOTE(w->epoll_ctl(SERVER, ep, EPOLL_CTL_ADD, ep, &e));
	NOTE(w->epoll_ctl(SERVER, fd, EPOLL_CTL_ADD, ep, &e));
	NOTE(w->epoll_ctl(SERVER, ep, EPOLL_CTL_DEL, fd, NULL));
	NOTE(w->epoll_ctl(SERVER, ep, EPOLL_CTL_DEL, fd, NULL));
	NOTE(w->epoll_wait(SERVER, ep, &e, 0, 0));
	NOTE(w->epoll_wait(SERVER, ep, &e, -1, 0));
	NOTE(w->epoll_wait(SERVER, fd, &e, 1, 0));
	NOTE(w->epoll_wait(SERVER, ep, &e, 1, 0));
}

SCRIPT(level_triggered)
{
	struct pair p = connected();
	int ep = w->epoll_create(SERVER, 0);

	control(ep, EPOLL_CTL_ADD, p.listener, EPOLLIN, 1);
	NOTE(control(ep, EPOLL_CTL_ADD, p.server, EPOLLIN | EPOLLRDHUP, 2));
	note_wait(ep);
	arrives(p, "abcd");
	note_wait(ep);
	note_wait(ep);
	NOTE(w->read(SERVER, p.server, buf, 2));
	note_wait(ep);
	note_poll(SERVER, ep);
	NOTE(w->read(SERVER, p.server, buf, 2));
	note_wait(ep);
	note_poll(SERVER, ep);
	NOTE(control(ep, EPOLL_CTL_MOD, p.server, EPOLLIN | EPOLLOUT, 3));
	note_wait(ep);
	NOTE(w->shutdown(CLIENT, p.client, SHUT_WR));
	await(SERVER, p.server, POLLIN);
	note_wait(ep);
	NOTE(control(ep, EPOLL_CTL_MOD, p.server, EPOLLRDHUP, 4));
	note_wait(ep);
	NOTE(control(ep, EPOLL_CTL_MOD, p.server, 0, 5));
	note_wait(ep);
	NOTE(w->shutdown(SERVER, p.server, SHUT_WR));
	note_wait(ep);
	NOTE(control(ep, EPOLL_CTL_DEL, p.server, 0, 0));
	note_wait(ep);
}

SCRIPT(edge_triggered)
{
	struct pair p = connected();
	int ep = w->epoll_create(SERVER, 0);

	NOTE(control(ep, EPOLL_CTL_ADD, p.server, EPOLLIN | EPOLLET, 1));
	note_wait(ep);
	arrives(p, "ab");
	note_wait(ep);
	note_wait(ep);
	arrives(p, "cd");
	note_wait(ep);
	note_wait(ep);
	NOTE(w->read(SERVER, p.server, buf, 2));
	note_wait(ep);
	NOTE(control(ep, EPOLL_CTL_MOD, p.server, EPOLLIN | EPOLLET, 2));
	note_wait(ep);
	note_wait(ep);
}

SCRIPT(one_shot)
{
	struct pair p = connected();
	int ep = w->epoll_create(SERVER, 0);

	NOTE(control(ep, EPOLL_CTL_ADD, p.server, EPOLLIN | EPOLLONESHOT, 1));
	arrives(p, "ab");
	note_wait(ep);
	note_wait(ep);
	arrives(p, "cd");
	note_wait(ep);
	NOTE(control(ep, EPOLL_CTL_MOD, p.server, EPOLLIN | EPOLLONESHOT, 2));
	note_wait(ep);
	note_wait(ep);
	NOTE(w->close(CLIENT, p.client));
	await(SERVER, p.server, POLLRDHUP);
	note_wait(ep);
}

SCRIPT(a_listener_in_epoll)
{
	int l = listener(4), ep = w->epoll_create(SERVER, 0), a = stream(CLIENT, 0), b = stream(CLIENT, 0);

	control(ep, EPOLL_CTL_ADD, l, EPOLLIN, 1);
	note_wait(ep);
	NOTE(connect_to(a, port_of(SERVER, l)));
	await(SERVER, l, POLLIN);
	NOTE(connect_to(b, port_of(SERVER, l)));
	w->settle();
	note_wait(ep);
	note("%d", w->accept(SERVER, l, NULL, NULL, 0) >= 0);
	note_wait(ep);
	note("%d", w->accept(SERVER, l, NULL, NULL, 0) >= 0);
	note_wait(ep);
	NOTE(w->accept(SERVER, l, NULL, NULL, 0));
}

SCRIPT(closing_removes_from_epoll)
{
	struct pair p = connected(), q = connected();
	int ep = w->epoll_create(SERVER, 0), other = w->epoll_create(SERVER, 0);

	control(ep, EPOLL_CTL_ADD, p.server, EPOLLIN, 1);
	control(ep, EPOLL_CTL_ADD, q.server, EPOLLIN, 2);
	control(other, EPOLL_CTL_ADD, p.server, EPOLLIN, 3);
	control(other, EPOLL_CTL_ADD, q.server, EPOLLIN, 4);
	arrives(p, "x");
	arrives(q, "y");
	NOTE(w->close(SERVER, p.server));
	note_wait(ep);
	note_wait(other);
	NOTE(w->close(SERVER, other));
	note_wait(ep);
	NOTE(w->close(SERVER, q.server));
	note_wait(ep);
}

SCRIPT(reset_in_epoll)
{
	const struct linger l = {.l_onoff = 1, .l_linger = 0};
	struct pair p = connected();
	int ep = w->epoll_create(SERVER, 0);

	control(ep, EPOLL_CTL_ADD, p.server, 0, 1);
	w->setsockopt(CLIENT, p.client, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	NOTE(w->close(CLIENT, p.client));
	await(SERVER, p.server, POLLHUP);
	note_wait(ep);
	note_error(SERVER, p.server);
	note_wait(ep);
}

/* The server writes until nothing more fits; returns how much went. */
static size_t
fill(int fd)
{
	static const char block[8192];
	size_t total = 0;

	for (int full = 0; full < 2;) {
		ssize_t n = w->sendto(SERVER, fd, block, sizeof(block), 0, NULL, 0);
		need(n > 0 || errno == EAGAIN, "write: %s", strerror(errno));
		full = n > 0 ? 0 : full + 1;
		total += n > 0 ? (size_t)n : 0;
		w->settle();
	}
	return total;
}

static void
drain(int fd, size_t len)
{
	static char block[65536];

	while (len > 0) {
		await(CLIENT, fd, POLLIN);
		ssize_t n = w->recvfrom(CLIENT, fd, block, sizeof(block), 0, NULL, NULL);
		need(n > 0, "read: %s", strerror(errno));
		len -= (size_t)n;
	}
}

static void
note_room(uint32_t how)
{
	struct pair p = connected();
	int ep = w->epoll_create(SERVER, 0);
	struct epoll_event e;

	NOTE(control(ep, EPOLL_CTL_ADD, p.server, EPOLLOUT | how, 1));
	note_wait(ep);
	size_t len = fill(p.server);
	note_wait(ep);
	drain(p.client, len);
	NOTE(w->epoll_wait(SERVER, ep, &e, 1, 2000));
	note("OUT: %d", e.events == EPOLLOUT);
}

SCRIPT(room_again)
{
	note_room(0);
	note_room(EPOLLET);
}
