/* SPDX-License-Identifier: BSD-3-Clause */
/* Open connections and their end: each script runs against the kernel's sockets and against leat's. */
#include "world.h"

TestSuite(agrees, .timeout = 60);

static char buf[64];

/* --- an open connection, and its end --- */

SCRIPT(an_open_connection)
{
	struct pair p = connected();

	note_poll(CLIENT, p.client);
	note_poll(SERVER, p.server);
	NOTE(w->recvfrom(CLIENT, p.client, buf, 1, 0, NULL, NULL));
	NOTE(w->recvfrom(CLIENT, p.client, buf, 0, 0, NULL, NULL));
	NOTE(w->read(CLIENT, p.client, buf, 0));
	NOTE(w->sendto(CLIENT, p.client, buf, 0, 0, NULL, 0));
	NOTE(w->sendto(CLIENT, p.client, "abc", 3, 0, NULL, 0));
	note_poll_when(SERVER, p.server, POLLIN);
	NOTE(w->recvfrom(SERVER, p.server, buf, 0, 0, NULL, NULL));
	NOTE(w->recvfrom(SERVER, p.server, buf, 2, MSG_PEEK, NULL, NULL));
	NOTE(w->recvfrom(SERVER, p.server, NULL, 1, MSG_TRUNC, NULL, NULL));
	NOTE(w->recvfrom(SERVER, p.server, buf, 60, MSG_WAITALL, NULL, NULL));
	NOTE(w->recvfrom(SERVER, p.server, buf, 60, MSG_DONTWAIT, NULL, NULL));
	NOTE(connect_to(p.client, 80));
}

SCRIPT(the_peer_closes)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	struct pair p = connected();

	NOTE(w->write(SERVER, p.server, "abc", 3));
	NOTE(w->close(SERVER, p.server));
	note_poll_when(CLIENT, p.client, POLLRDHUP);
	NOTE(w->recvfrom(CLIENT, p.client, buf, 60, 0, NULL, NULL));
	note_poll(CLIENT, p.client);
	NOTE(w->recvfrom(CLIENT, p.client, buf, 60, 0, NULL, NULL));
	NOTE(w->recvfrom(CLIENT, p.client, buf, 60, 0, NULL, NULL));
	NOTE(w->getpeername(CLIENT, p.client, (struct sockaddr *)&a, &len));
	/* nobody is there: the answer is RST, and a broken pipe, once and for all */
	NOTE(w->sendto(CLIENT, p.client, "x", 1, 0, NULL, 0));
	note_poll_when(CLIENT, p.client, POLLHUP);
	NOTE(w->getpeername(CLIENT, p.client, (struct sockaddr *)&a, &len));
	NOTE(w->sendto(CLIENT, p.client, "x", 1, 0, NULL, 0));
	note_poll(CLIENT, p.client);
	NOTE(w->recvfrom(CLIENT, p.client, buf, 60, 0, NULL, NULL));
	NOTE(w->shutdown(CLIENT, p.client, SHUT_WR));
}

SCRIPT(half_close)
{
	struct pair p = connected();

	NOTE(w->shutdown(CLIENT, p.client, SHUT_WR));
	note_poll(CLIENT, p.client);
	NOTE(w->sendto(CLIENT, p.client, "x", 1, 0, NULL, 0));
	note_poll_when(SERVER, p.server, POLLRDHUP);
	NOTE(w->recvfrom(SERVER, p.server, buf, 60, 0, NULL, NULL));
	NOTE(w->sendto(SERVER, p.server, "late", 4, 0, NULL, 0));
	note_poll_when(CLIENT, p.client, POLLIN);
	NOTE(w->recvfrom(CLIENT, p.client, buf, 60, 0, NULL, NULL));
	NOTE(w->shutdown(CLIENT, p.client, SHUT_WR));
	NOTE(w->shutdown(SERVER, p.server, SHUT_WR));
	note_poll_when(CLIENT, p.client, POLLHUP);
	NOTE(w->recvfrom(CLIENT, p.client, buf, 60, 0, NULL, NULL));
	NOTE(w->sendto(CLIENT, p.client, "x", 1, 0, NULL, 0));
	note_poll_when(SERVER, p.server, POLLHUP);
	note_error(SERVER, p.server);
	NOTE(connect_to(p.client, 80));
}

SCRIPT(not_reading_any_more)
{
	struct pair p = connected();

	NOTE(w->shutdown(CLIENT, p.client, SHUT_RD));
	note_poll(CLIENT, p.client);
	NOTE(w->recvfrom(CLIENT, p.client, buf, 60, 0, NULL, NULL));
	/* what comes all the same can be read */
	NOTE(w->sendto(SERVER, p.server, "abc", 3, 0, NULL, 0));
	w->settle();
	NOTE(w->recvfrom(CLIENT, p.client, buf, 60, 0, NULL, NULL));
	NOTE(w->recvfrom(CLIENT, p.client, buf, 60, 0, NULL, NULL));
	NOTE(w->sendto(CLIENT, p.client, "abc", 3, 0, NULL, 0));
	NOTE(w->shutdown(CLIENT, p.client, SHUT_RDWR));
	note_poll(CLIENT, p.client);
}

static void
reset(enum side side, int fd)
{
	const struct linger l = {.l_onoff = 1, .l_linger = 0};

	need(w->setsockopt(side, fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)) == 0, "SO_LINGER");
	NOTE(w->close(side, fd));
}

SCRIPT(the_peer_resets)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	struct pair p = connected();

	NOTE(w->write(SERVER, p.server, "abc", 3));
	await(CLIENT, p.client, POLLIN);
	reset(SERVER, p.server);
	note_poll_when(CLIENT, p.client, POLLHUP);
	NOTE(w->getpeername(CLIENT, p.client, (struct sockaddr *)&a, &len));
	NOTE(w->recvfrom(CLIENT, p.client, buf, 60, 0, NULL, NULL));
	NOTE(w->recvfrom(CLIENT, p.client, buf, 60, 0, NULL, NULL));
	NOTE(w->recvfrom(CLIENT, p.client, buf, 60, 0, NULL, NULL));
	note_poll(CLIENT, p.client);
	NOTE(w->sendto(CLIENT, p.client, "x", 1, 0, NULL, 0));
	NOTE(w->shutdown(CLIENT, p.client, SHUT_RDWR));
	NOTE(connect_to(p.client, 80));
	NOTE(w->listen(CLIENT, p.client, 1));
	note_error(CLIENT, p.client);
}

SCRIPT(reset_is_told_once)
{
	struct pair p = connected(), q = connected();

	reset(SERVER, p.server);
	reset(SERVER, q.server);
	await(CLIENT, p.client, POLLHUP);
	await(CLIENT, q.client, POLLHUP);
	NOTE(w->sendto(CLIENT, p.client, "x", 1, 0, NULL, 0));
	NOTE(w->sendto(CLIENT, p.client, "x", 1, 0, NULL, 0));
	NOTE(w->recvfrom(CLIENT, p.client, buf, 60, 0, NULL, NULL));
	note_error(CLIENT, q.client);
	NOTE(w->recvfrom(CLIENT, q.client, buf, 60, 0, NULL, NULL));
}

SCRIPT(reset_before_accept)
{
	int l = listener(4), fd = stream(CLIENT, 0);

	NOTE(connect_to(fd, port_of(SERVER, l)));
	await(SERVER, l, POLLIN);
	reset(CLIENT, fd);
	note_poll(SERVER, l);
	int got = w->accept(SERVER, l, NULL, NULL, SOCK_NONBLOCK);
	note("accepted: %d", got >= 0);
	note_poll(SERVER, got);
	NOTE(w->recvfrom(SERVER, got, buf, 60, 0, NULL, NULL));
	NOTE(w->recvfrom(SERVER, got, buf, 60, 0, NULL, NULL));
}

SCRIPT(data_before_accept)
{
	int l = listener(4), fd = stream(CLIENT, 0);

	NOTE(connect_to(fd, port_of(SERVER, l)));
	NOTE(w->write(CLIENT, fd, "early", 5));
	NOTE(w->close(CLIENT, fd));
	await(SERVER, l, POLLIN);
	w->settle();
	int got = w->accept(SERVER, l, NULL, NULL, SOCK_NONBLOCK);
	note_poll_when(SERVER, got, POLLRDHUP);
	NOTE(w->recvfrom(SERVER, got, buf, 60, 0, NULL, NULL));
	NOTE(w->recvfrom(SERVER, got, buf, 60, 0, NULL, NULL));
}
