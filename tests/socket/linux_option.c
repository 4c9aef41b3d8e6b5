/* SPDX-License-Identifier: BSD-3-Clause */
/* Options: each script runs against the kernel's sockets and against leat's. */
#include <netinet/tcp.h>
#include "world.h"

TestSuite(agrees, .timeout = 60);

static void
note_option(int fd, int level, int name, const char *text)
{
	int v = -77;
	socklen_t len = sizeof(v);
	int r = w->getsockopt(CLIENT, fd, level, name, &v, &len);

	if (r < 0)
		note("%s: %s", text, strerrorname_np(errno));
	else
		note("%s: %d, %u bytes", text, v, len);
}

#define OPTION(fd, level, name) note_option(fd, level, name, #name)

static long
set(int fd, int level, int name, int v, socklen_t len)
{
	return w->setsockopt(CLIENT, fd, level, name, &v, len);
}

SCRIPT(options)
{
	int fd = stream(CLIENT, 0);

	OPTION(fd, SOL_SOCKET, SO_TYPE);
	OPTION(fd, SOL_SOCKET, SO_DOMAIN);
	OPTION(fd, SOL_SOCKET, SO_PROTOCOL);
	OPTION(fd, SOL_SOCKET, SO_ERROR);
	OPTION(fd, SOL_SOCKET, SO_ACCEPTCONN);
	OPTION(fd, SOL_SOCKET, SO_REUSEADDR);
	OPTION(fd, SOL_SOCKET, SO_KEEPALIVE);
	OPTION(fd, IPPROTO_TCP, TCP_NODELAY);
	OPTION(fd, IPPROTO_TCP, TCP_MAXSEG);
	NOTE(set(fd, SOL_SOCKET, SO_REUSEADDR, 7, 4));
	NOTE(set(fd, SOL_SOCKET, SO_KEEPALIVE, 7, 4));
	NOTE(set(fd, IPPROTO_TCP, TCP_NODELAY, 7, 4));
	OPTION(fd, SOL_SOCKET, SO_REUSEADDR);
	OPTION(fd, SOL_SOCKET, SO_KEEPALIVE);
	OPTION(fd, IPPROTO_TCP, TCP_NODELAY);
	NOTE(set(fd, SOL_SOCKET, SO_REUSEADDR, 1, 3));
	NOTE(set(fd, IPPROTO_TCP, TCP_NODELAY, 1, 2));
	NOTE(set(fd, SOL_SOCKET, SO_TYPE, 1, 4));
	NOTE(set(fd, SOL_SOCKET, 9999, 1, 4));
	NOTE(set(fd, IPPROTO_TCP, 9999, 1, 4));
	NOTE(set(fd, 7777, 1, 1, 4));
	OPTION(fd, SOL_SOCKET, 9999);
	OPTION(fd, IPPROTO_TCP, 9999);
	OPTION(fd, 7777, 1);
	NOTE(w->setsockopt(CLIENT, fd, SOL_SOCKET, SO_REUSEADDR, NULL, 4));
}

/* A connection's own times: ranges, defaults, what is read back before and after it is open. */
SCRIPT(keepalive_and_user_timeout)
{
	static const struct {
		int name, value;
	} calls[] = {
		{TCP_KEEPIDLE, 0}, {TCP_KEEPIDLE, 32768}, {TCP_KEEPIDLE, -1}, {TCP_KEEPIDLE, 32767}, {TCP_KEEPIDLE, 11},
		{TCP_KEEPINTVL, 0}, {TCP_KEEPINTVL, 32768}, {TCP_KEEPINTVL, 12},
		{TCP_KEEPCNT, 0}, {TCP_KEEPCNT, 128}, {TCP_KEEPCNT, 127}, {TCP_KEEPCNT, 3},
		{TCP_USER_TIMEOUT, -1}, {TCP_USER_TIMEOUT, 12345}, {TCP_USER_TIMEOUT, 0}, {TCP_USER_TIMEOUT, 4321},
	};
	int l = listener(4), fd = stream(CLIENT, 0);

	for (int open = 0; open < 2; open++) {
		OPTION(fd, IPPROTO_TCP, TCP_KEEPIDLE);
		OPTION(fd, IPPROTO_TCP, TCP_KEEPINTVL);
		OPTION(fd, IPPROTO_TCP, TCP_KEEPCNT);
		OPTION(fd, IPPROTO_TCP, TCP_USER_TIMEOUT);
		for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
			NOTE(set(fd, IPPROTO_TCP, calls[i].name, calls[i].value, 4));
		OPTION(fd, IPPROTO_TCP, TCP_KEEPIDLE);
		OPTION(fd, IPPROTO_TCP, TCP_KEEPINTVL);
		OPTION(fd, IPPROTO_TCP, TCP_KEEPCNT);
		OPTION(fd, IPPROTO_TCP, TCP_USER_TIMEOUT);
		if (open == 0)
			NOTE(connect_to(fd, port_of(SERVER, l)));
	}
	NOTE(set(fd, IPPROTO_TCP, TCP_KEEPCNT, 3, 2));
}

SCRIPT(buffer_sizes_are_doubled)
{
	int fd = stream(CLIENT, 0);

	NOTE(set(fd, SOL_SOCKET, SO_RCVBUF, 20000, 4));
	NOTE(set(fd, SOL_SOCKET, SO_SNDBUF, 30000, 4));
	OPTION(fd, SOL_SOCKET, SO_RCVBUF);
	OPTION(fd, SOL_SOCKET, SO_SNDBUF);
}

SCRIPT(lengths_of_answers)
{
	unsigned char v[8] = {0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee};
	socklen_t len = 1;
	int fd = stream(CLIENT, 0);

	NOTE(w->getsockopt(CLIENT, fd, SOL_SOCKET, SO_TYPE, v, &len));
	note("%u: %02x %02x", len, v[0], v[1]);
	len = 8;
	NOTE(w->getsockopt(CLIENT, fd, SOL_SOCKET, SO_DOMAIN, v, &len));
	note("%u: %02x %02x", len, v[0], v[4]);
	len = (socklen_t)-1;
	NOTE(w->getsockopt(CLIENT, fd, SOL_SOCKET, SO_TYPE, v, &len));
	NOTE(w->getsockopt(CLIENT, fd, SOL_SOCKET, SO_TYPE, NULL, &len));
}

SCRIPT(times)
{
	struct timeval t = {.tv_sec = 3, .tv_usec = 1000000};
	struct linger l = {.l_onoff = 5, .l_linger = 9};
	socklen_t len = sizeof(t);
	int fd = stream(CLIENT, 0);

	NOTE(w->setsockopt(CLIENT, fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)));
	t.tv_usec = 0;
	NOTE(w->setsockopt(CLIENT, fd, SOL_SOCKET, SO_RCVTIMEO, &t, 8));
	NOTE(w->setsockopt(CLIENT, fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)));
	NOTE(w->getsockopt(CLIENT, fd, SOL_SOCKET, SO_RCVTIMEO, &t, &len));
	note("%ld %ld %u", (long)t.tv_sec, (long)t.tv_usec, len);
	NOTE(w->getsockopt(CLIENT, fd, SOL_SOCKET, SO_SNDTIMEO, &t, &len));
	note("%ld %ld %u", (long)t.tv_sec, (long)t.tv_usec, len);
	NOTE(w->setsockopt(CLIENT, fd, SOL_SOCKET, SO_LINGER, &l, 4));
	NOTE(w->setsockopt(CLIENT, fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
	len = sizeof(l);
	NOTE(w->getsockopt(CLIENT, fd, SOL_SOCKET, SO_LINGER, &l, &len));
	note("%d %d %u", l.l_onoff, l.l_linger, len);
}

SCRIPT(accepted_sockets_inherit)
{
	int one = 1, l = listener(4), fd = stream(CLIENT, 0), v = -1;
	socklen_t len = sizeof(v);

	w->setsockopt(SERVER, l, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	w->setsockopt(SERVER, l, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	NOTE(connect_to(fd, port_of(SERVER, l)));
	await(SERVER, l, POLLIN);
	int got = w->accept(SERVER, l, NULL, NULL, 0);
	NOTE(w->getsockopt(SERVER, got, IPPROTO_TCP, TCP_NODELAY, &v, &len));
	note("TCP_NODELAY %d", v);
	NOTE(w->getsockopt(SERVER, got, SOL_SOCKET, SO_KEEPALIVE, &v, &len));
	note("SO_KEEPALIVE %d", v);
	NOTE(w->getsockopt(SERVER, got, SOL_SOCKET, SO_ACCEPTCONN, &v, &len));
	note("SO_ACCEPTCONN %d", v);
	struct tcp_info info;
	len = sizeof(info);
	NOTE(w->getsockopt(SERVER, got, IPPROTO_TCP, TCP_INFO, &info, &len));
	note("state %d of %u bytes or more: %d", info.tcpi_state, (unsigned)sizeof(info), len >= sizeof(info));
	NOTE(w->getsockopt(SERVER, l, IPPROTO_TCP, TCP_INFO, &info, &len));
	note("state %d", info.tcpi_state);
}

static void
note_congestion(enum side side, int fd)
{
	char name[32];
	socklen_t len = sizeof(name);

	memset(name, 'x', sizeof(name));
	NOTE(w->getsockopt(side, fd, IPPROTO_TCP, TCP_CONGESTION, name, &len));
	note("%.16s, %u bytes, the last is %d", name, len, name[len - 1]);
}

SCRIPT(congestion_control_by_name)
{
	int fd = stream(CLIENT, 0);
	char name[4];
	socklen_t len = 3;

	NOTE(w->setsockopt(CLIENT, fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
	note_congestion(CLIENT, fd);
	NOTE(w->setsockopt(CLIENT, fd, IPPROTO_TCP, TCP_CONGESTION, "cubic and more", 5));
	note_congestion(CLIENT, fd);
	NOTE(w->setsockopt(CLIENT, fd, IPPROTO_TCP, TCP_CONGESTION, "reno\0and more", 13));
	note_congestion(CLIENT, fd);
	NOTE(w->setsockopt(CLIENT, fd, IPPROTO_TCP, TCP_CONGESTION, "nonesuch", 8));
	NOTE(w->setsockopt(CLIENT, fd, IPPROTO_TCP, TCP_CONGESTION, "a name that is too long to be one", 33));
	NOTE(w->setsockopt(CLIENT, fd, IPPROTO_TCP, TCP_CONGESTION, "", 1));
	NOTE(w->setsockopt(CLIENT, fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 0));
	NOTE(w->getsockopt(CLIENT, fd, IPPROTO_TCP, TCP_CONGESTION, name, &len));
	note("%.3s, %u bytes", name, len);
	note_congestion(CLIENT, fd);
}

SCRIPT(congestion_control_of_connections)
{
	int l = listener(4), fd = stream(CLIENT, 0);

	NOTE(w->setsockopt(SERVER, l, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
	NOTE(w->setsockopt(CLIENT, fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
	NOTE(connect_to(fd, port_of(SERVER, l)));
	await(SERVER, l, POLLIN);
	int got = w->accept(SERVER, l, NULL, NULL, 0);
	note_congestion(SERVER, got);
	note_congestion(CLIENT, fd);
	NOTE(w->setsockopt(CLIENT, fd, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5));
	note_congestion(CLIENT, fd);
	note_congestion(SERVER, got);
}
