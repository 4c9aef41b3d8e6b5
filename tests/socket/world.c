/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>
#include "world.h"

enum { NOTES = 64 << 10 };

const struct world *w;
static char notes[2][NOTES], *to;
static size_t used;

/* --- the kernel's world --- */

static int k_socket(enum side s, int d, int t, int p) { (void)s; return socket(d, t, p); }
static int k_bind(enum side s, int f, const struct sockaddr *a, socklen_t l) { (void)s; return bind(f, a, l); }
static int k_listen(enum side s, int f, int b) { (void)s; return listen(f, b); }
static int k_accept(enum side s, int f, struct sockaddr *a, socklen_t *l, int g) { (void)s; return accept4(f, a, l, g); }
static int k_connect(enum side s, int f, const struct sockaddr *a, socklen_t l) { (void)s; return connect(f, a, l); }
static int k_shutdown(enum side s, int f, int h) { (void)s; return shutdown(f, h); }
static int k_close(enum side s, int f) { (void)s; return close(f); }
static int k_getsockname(enum side s, int f, struct sockaddr *a, socklen_t *l) { (void)s; return getsockname(f, a, l); }
static int k_getpeername(enum side s, int f, struct sockaddr *a, socklen_t *l) { (void)s; return getpeername(f, a, l); }
static ssize_t k_recvfrom(enum side s, int f, void *b, size_t n, int g, struct sockaddr *a, socklen_t *l) { (void)s; return recvfrom(f, b, n, g, a, l); }
static ssize_t k_sendto(enum side s, int f, const void *b, size_t n, int g, const struct sockaddr *a, socklen_t l) { (void)s; return sendto(f, b, n, g | MSG_NOSIGNAL, a, l); }
static ssize_t k_read(enum side s, int f, void *b, size_t n) { (void)s; return read(f, b, n); }
static ssize_t k_write(enum side s, int f, const void *b, size_t n) { (void)s; return write(f, b, n); }
static int k_fcntl(enum side s, int f, int c, int a) { (void)s; return fcntl(f, c, a); }
static int k_getsockopt(enum side s, int f, int v, int n, void *p, socklen_t *l) { (void)s; return getsockopt(f, v, n, p, l); }
static int k_setsockopt(enum side s, int f, int v, int n, const void *p, socklen_t l) { (void)s; return setsockopt(f, v, n, p, l); }
static int k_poll(enum side s, struct pollfd *p, nfds_t n, int t) { (void)s; return poll(p, n, t); }
static int k_epoll_create(enum side s, int g) { (void)s; return epoll_create1(g); }
static int k_epoll_ctl(enum side s, int e, int o, int f, struct epoll_event *v) { (void)s; return epoll_ctl(e, o, f, v); }
static int k_epoll_wait(enum side s, int e, struct epoll_event *v, int m, int t) { (void)s; return epoll_wait(e, v, m, t); }
static void k_settle(void) { }

static const struct world kernel = {k_socket, k_bind, k_listen, k_accept, k_connect, k_shutdown, k_close,
	k_getsockname, k_getpeername, k_recvfrom, k_sendto, k_read, k_write, k_fcntl, k_getsockopt, k_setsockopt,
	k_poll, k_epoll_create, k_epoll_ctl, k_epoll_wait, k_settle, 99999, {"127.0.0.1", "127.0.0.1"}};

/* --- leat's world --- */

static struct leat_sockets *of(enum side s) { return s == CLIENT ? client.s : server.s; }
static int l_socket(enum side s, int d, int t, int p) { return leat_socket(of(s), d, t, p); }
static int l_bind(enum side s, int f, const struct sockaddr *a, socklen_t l) { return leat_bind(of(s), f, a, l); }
static int l_listen(enum side s, int f, int b) { return leat_listen(of(s), f, b); }
static int l_accept(enum side s, int f, struct sockaddr *a, socklen_t *l, int g) { return leat_accept4(of(s), f, a, l, g); }
static int l_connect(enum side s, int f, const struct sockaddr *a, socklen_t l) { return leat_connect(of(s), f, a, l); }
static int l_shutdown(enum side s, int f, int h) { return leat_shutdown(of(s), f, h); }
static int l_close(enum side s, int f) { return leat_close(of(s), f); }
static int l_getsockname(enum side s, int f, struct sockaddr *a, socklen_t *l) { return leat_getsockname(of(s), f, a, l); }
static int l_getpeername(enum side s, int f, struct sockaddr *a, socklen_t *l) { return leat_getpeername(of(s), f, a, l); }
static ssize_t l_recvfrom(enum side s, int f, void *b, size_t n, int g, struct sockaddr *a, socklen_t *l) { return leat_recvfrom(of(s), f, b, n, g, a, l); }
static ssize_t l_sendto(enum side s, int f, const void *b, size_t n, int g, const struct sockaddr *a, socklen_t l) { return leat_sendto(of(s), f, b, n, g, a, l); }
static ssize_t l_read(enum side s, int f, void *b, size_t n) { return leat_read(of(s), f, b, n); }
static ssize_t l_write(enum side s, int f, const void *b, size_t n) { return leat_write(of(s), f, b, n); }
static int l_fcntl(enum side s, int f, int c, int a) { return leat_fcntl(of(s), f, c, a); }
static int l_getsockopt(enum side s, int f, int v, int n, void *p, socklen_t *l) { return leat_getsockopt(of(s), f, v, n, p, l); }
static int l_setsockopt(enum side s, int f, int v, int n, const void *p, socklen_t l) { return leat_setsockopt(of(s), f, v, n, p, l); }
static int l_poll(enum side s, struct pollfd *p, nfds_t n, int t) { return leat_poll(of(s), p, n, t); }
static int l_epoll_create(enum side s, int g) { return leat_epoll_create(of(s), g); }
static int l_epoll_ctl(enum side s, int e, int o, int f, struct epoll_event *v) { return leat_epoll_ctl(of(s), e, o, f, v); }
static int l_epoll_wait(enum side s, int e, struct epoll_event *v, int m, int t) { return leat_epoll_wait(of(s), e, v, m, t); }

static const struct world leat = {l_socket, l_bind, l_listen, l_accept, l_connect, l_shutdown, l_close,
	l_getsockname, l_getpeername, l_recvfrom, l_sendto, l_read, l_write, l_fcntl, l_getsockopt, l_setsockopt,
	l_poll, l_epoll_create, l_epoll_ctl, l_epoll_wait, lab_settle, 99999, {"198.18.0.1", "198.18.0.2"}};

/* --- notes --- */

void
note(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(to + used, NOTES - used, format, ap);
	va_end(ap);
	used += (size_t)n;
	need(used + 1 < NOTES, "too many notes");
	to[used++] = '\n';
	to[used] = '\0';
}

long
note_call(const char *call, long result)
{
	if (result == -1)
		note("%s: %s", call, strerrorname_np(errno));
	else
		note("%s: %ld", call, result);
	return result;
}

static void
note_bits(const char *what, unsigned bits)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = {{POLLIN, " IN"}, {POLLOUT, " OUT"}, {POLLERR, " ERR"}, {POLLHUP, " HUP"},
		{POLLRDHUP, " RDHUP"}, {POLLRDNORM, " RDNORM"}, {POLLWRNORM, " WRNORM"},
		{POLLWRBAND, " WRBAND"}, {POLLPRI, " PRI"}, {POLLNVAL, " NVAL"}};
	char text[100] = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (bits & names[i].bit)
			strcat(text, names[i].name);
	note("%s:%s", what, text);
}

static const short every = POLLIN | POLLOUT | POLLRDHUP | POLLRDNORM | POLLWRNORM | POLLWRBAND | POLLPRI;

void
note_poll(enum side side, int fd)
{
	struct pollfd p = {.fd = fd, .events = every};

	w->settle();
	w->poll(side, &p, 1, 0);
	note_bits("poll", (unsigned short)p.revents);
}

void
await(enum side side, int fd, short events)
{
	struct pollfd p = {.fd = fd, .events = events};

	need(w->poll(side, &p, 1, 2000) == 1, "nothing came; so far:\n%s", to);
}

void
note_poll_when(enum side side, int fd, short events)
{
	await(side, fd, events);
	note_poll(side, fd);
}

void
note_error(enum side side, int fd)
{
	int error;
	socklen_t len = sizeof(error);

	need(w->getsockopt(side, fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0, "SO_ERROR");
	note("SO_ERROR: %s", error == 0 ? "none" : strerrorname_np(error));
}

/* The first line that differs, with the one before it. */
static void
compare(void)
{
	const char *a = notes[0], *b = notes[1];
	int line = 1;

	while (*a != '\0' || *b != '\0') {
		size_t n = strcspn(a, "\n"), m = strcspn(b, "\n");
		need(n == m && memcmp(a, b, n) == 0, "line %d\n  Linux: %.*s\n  leat:  %.*s\nall of Linux:\n%s\nall of leat:\n%s",
			line, (int)n, a, (int)m, b, notes[0], notes[1]);
		a += n + (a[n] == '\n');
		b += m + (b[m] == '\n');
		line++;
	}
	need(line > 1, "the script noted nothing");
}

void
both(void (*script)(void))
{
	for (int i = 0; i < 2; i++) {
		w = i == 0 ? &kernel : &leat;
		to = notes[i];
		used = 0;
		if (w == &leat)
			lab_start();
		script();
	}
	lab_stop();
	compare();
}

/* --- vocabulary --- */

struct sockaddr_in
at(enum side side, uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};

	inet_pton(AF_INET, w->address[side], &a.sin_addr);
	return a;
}

uint16_t
port_of(enum side side, int fd)
{
	struct sockaddr_in a = {0};
	socklen_t len = sizeof(a);

	need(w->getsockname(side, fd, (struct sockaddr *)&a, &len) == 0, "getsockname");
	return ntohs(a.sin_port);
}

int
stream(enum side side, int flags)
{
	int fd = w->socket(side, AF_INET, SOCK_STREAM | flags, 0);

	need(fd >= 0, "socket: %s", strerror(errno));
	return fd;
}

int
listener(int backlog)
{
	int fd = stream(SERVER, SOCK_NONBLOCK);
	struct sockaddr_in a = at(SERVER, 0);

	need(w->bind(SERVER, fd, (struct sockaddr *)&a, sizeof(a)) == 0, "bind: %s", strerror(errno));
	need(w->listen(SERVER, fd, backlog) == 0, "listen: %s", strerror(errno));
	return fd;
}

uint16_t
closed_port(void)
{
	int fd = listener(1);
	uint16_t port = port_of(SERVER, fd);

	w->close(SERVER, fd);
	return port;
}

int
connect_to(int fd, uint16_t port)
{
	struct sockaddr_in a = at(SERVER, port);

	return w->connect(CLIENT, fd, (struct sockaddr *)&a, sizeof(a));
}

struct pair
connected(void)
{
	struct pair p = {.listener = listener(4), .client = stream(CLIENT, SOCK_NONBLOCK)};

	need(connect_to(p.client, port_of(SERVER, p.listener)) == -1 && errno == EINPROGRESS, "connect");
	await(CLIENT, p.client, POLLOUT);
	await(SERVER, p.listener, POLLIN);
	p.server = w->accept(SERVER, p.listener, NULL, NULL, SOCK_NONBLOCK);
	need(p.server >= 0, "accept: %s", strerror(errno));
	return p;
}
