/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "kernel.h"

enum { EVENTS = 256, BUFFER = 16384, BACKLOG = 4096, NAP_MS = 100 };

#define BODY "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 64\r\n"

static const char raw_answer[KERNEL_MESSAGE + 1] = BODY;
static const char page[] = HEAD "\r\n" BODY, last_page[] = HEAD "Connection: close\r\n\r\n" BODY;

enum kind { KIND_NEW, KIND_RAW, KIND_HTTP };

/* A connection: how far its current request has come. */
struct kernel_peer {
	uint8_t kind;
	uint8_t have;    /* raw: bytes of the request */
	uint8_t matched; /* HTTP: of the empty line */
	uint8_t closing; /* HTTP: bytes of "connection: close" that were seen; all of them: it is the last */
	bool last;       /* raw */
};

uint64_t
kernel_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static bool
say(int fd, const char *text, size_t len)
{
	return send(fd, text, len, MSG_NOSIGNAL) == (ssize_t)len;
}

/* Returns false when the connection has come to its end. */
static bool
serve_raw(struct kernel_server *s, int fd, struct kernel_peer *p, const char *at, size_t len)
{
	while (len > 0) {
		size_t n = KERNEL_MESSAGE - p->have;
		n = len < n ? len : n;
		if (p->have == 0)
			p->last = *at == KERNEL_CLOSE;
		p->have = (uint8_t)(p->have + n);
		at += n;
		len -= n;
		if (p->have < KERNEL_MESSAGE)
			return true;
		p->have = 0;
		s->requests++;
		if (!say(fd, raw_answer, KERNEL_MESSAGE) || p->last)
			return false;
	}
	return true;
}

static const char closing_words[] = "connection: close";

static bool
serve_http(struct kernel_server *s, int fd, struct kernel_peer *p, const char *at, size_t len)
{
	static const char end[] = "\r\n\r\n";
	const uint8_t all = sizeof(closing_words) - 1;

	for (size_t i = 0; i < len; i++) {
		char low = at[i] >= 'A' && at[i] <= 'Z' ? (char)(at[i] + 32) : at[i];
		p->matched = at[i] == end[p->matched] ? (uint8_t)(p->matched + 1) : at[i] == '\r';
		if (p->closing < all)
			p->closing = low == closing_words[p->closing] ? (uint8_t)(p->closing + 1) : low == 'c';
		if (p->matched < 4)
			continue;
		bool last = p->closing == all;
		p->matched = p->closing = 0;
		s->requests++;
		if (!say(fd, last ? last_page : page, (last ? sizeof(last_page) : sizeof(page)) - 1) || last)
			return false;
	}
	return true;
}

static void
serve(struct kernel_server *s, int fd)
{
	struct kernel_peer *p = &s->peers[fd];
	char buf[BUFFER];
	ssize_t n = recv(fd, buf, sizeof(buf), 0);
	bool goes_on = n > 0 || (n < 0 && errno == EAGAIN);

	if (n > 0 && p->kind == KIND_NEW)
		p->kind = buf[0] == 'G' ? KIND_HTTP : KIND_RAW;
	if (n > 0)
		goes_on = p->kind == KIND_RAW ? serve_raw(s, fd, p, buf, (size_t)n) : serve_http(s, fd, p, buf, (size_t)n);
	if (!goes_on)
		close(fd);
}

static void
take_in(struct kernel_server *s)
{
	int fd;

	while ((fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
		if (fd >= s->nb_peers || epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &e) < 0) {
			s->failed++;
			close(fd);
			continue;
		}
		s->peers[fd] = (struct kernel_peer){0};
		s->accepted++;
	}
	s->failed += errno != EAGAIN && errno != ECONNABORTED;
}

void
kernel_server_run(struct kernel_server *s)
{
	struct epoll_event events[EVENTS];

	while (!atomic_load_explicit(&s->stop, memory_order_relaxed)) {
		int n = epoll_wait(s->epoll, events, EVENTS, NAP_MS);
		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == s->listener)
				take_in(s);
			else
				serve(s, events[i].data.fd);
		}
	}
}

/* A socket that listens, in *s, or -errno. */
static int
listen_on(struct kernel_server *s, const char *address, uint16_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct epoll_event e = {.events = EPOLLIN};
	socklen_t len = sizeof(at);
	int yes = 1;

	if (inet_pton(AF_INET, address, &at.sin_addr) != 1)
		return -EINVAL;
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	e.data.fd = s->listener;
	if (s->listener < 0 || s->epoll < 0 || setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
		bind(s->listener, (struct sockaddr *)&at, len) < 0 || listen(s->listener, BACKLOG) < 0 ||
		getsockname(s->listener, (struct sockaddr *)&at, &len) < 0 ||
		epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->listener, &e) < 0)
		return -errno;
	s->port = ntohs(at.sin_port);
	return 0;
}

int
kernel_server_open(struct kernel_server *s, const char *address, uint16_t port)
{
	struct rlimit files;

	*s = (struct kernel_server){.listener = -1, .epoll = -1};
	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return -errno;
	/* As many as it may have; the rest is refused in accept(). */
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	s->nb_peers = files.rlim_cur < 1 << 20 ? (int)files.rlim_cur : 1 << 20;
	s->peers = calloc((size_t)s->nb_peers, sizeof(*s->peers));
	int rc = s->peers == NULL ? -ENOMEM : listen_on(s, address, port);
	if (rc < 0)
		kernel_server_close(s);
	return rc;
}

void
kernel_server_close(struct kernel_server *s)
{
	if (s->listener >= 0)
		close(s->listener);
	if (s->epoll >= 0)
		close(s->epoll);
	free(s->peers);
	s->listener = s->epoll = -1;
	s->peers = NULL;
}
