/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "kernel.h"

enum { EVENTS = 256, NAP_MS = 20 };

struct link {
	int fd;
	bool asked;
	uint64_t since;    /* ns */
	unsigned have;     /* bytes of the answer */
};

struct client {
	struct kernel_client *c;
	int epoll;
	bool recording;
	struct link *links;
	char request[KERNEL_MESSAGE];
};

/* Edge-triggered and once for all: the socket tells when it is connected, and each time that something came. */
static int
begin(struct client *k, struct link *l)
{
	const struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(k->c->port),
		.sin_addr.s_addr = k->c->address != 0 ? k->c->address : htonl(INADDR_LOOPBACK)};
	struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = l};

	*l = (struct link){.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), .since = kernel_now()};
	if (l->fd < 0)
		return -errno;
	if ((connect(l->fd, (const struct sockaddr *)&to, sizeof(to)) < 0 && errno != EINPROGRESS) ||
		epoll_ctl(k->epoll, EPOLL_CTL_ADD, l->fd, &e) < 0) {
		int rc = -errno;
		close(l->fd);
		l->fd = -1;
		return rc;
	}
	return 0;
}

static bool
ask(struct client *k, struct link *l)
{
	l->asked = true;
	l->have = 0;
	return send(l->fd, k->request, KERNEL_MESSAGE, MSG_NOSIGNAL) == KERNEL_MESSAGE;
}

/* One is over, well or not: the next. */
static int
begin_next(struct client *k, struct link *l, bool well)
{
	if (!well && k->recording)
		k->c->failed++;
	close(l->fd);
	return begin(k, l);
}

static void
count(struct client *k, struct link *l, uint64_t now)
{
	if (!k->recording)
		return;
	k->c->done++;
	histogram_record(&k->c->times, now - l->since);
}

static int
on_answer(struct client *k, struct link *l, uint32_t events)
{
	char buf[KERNEL_MESSAGE];
	ssize_t n = recv(l->fd, buf, sizeof(buf), 0);

	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n <= 0)
		return begin_next(k, l, n == 0 && !k->c->keep && l->have == KERNEL_MESSAGE);
	l->have += (unsigned)n;
	if (l->have < KERNEL_MESSAGE)
		return 0;
	uint64_t now = kernel_now();
	count(k, l, now);
	if (!k->c->keep) /* the FIN mostly comes with the answer: no second read() for it then */
		return events & EPOLLRDHUP ? begin_next(k, l, true) : 0;
	l->since = now;
	return ask(k, l) ? 0 : begin_next(k, l, false);
}

static int
on_event(struct client *k, struct link *l, uint32_t events)
{
	if (events & EPOLLERR)
		return begin_next(k, l, false);
	if (!l->asked && (events & EPOLLOUT)) {
		if (k->c->keep)
			l->since = kernel_now();
		return ask(k, l) ? 0 : begin_next(k, l, false);
	}
	return events & (EPOLLIN | EPOLLRDHUP) ? on_answer(k, l, events) : 0;
}

static int
work(struct client *k)
{
	struct kernel_client *c = k->c;
	struct epoll_event events[EVENTS];
	uint64_t now = kernel_now(), from = now + c->warmup, begun = 0;
	int rc = 0;

	while (rc == 0 && (begun == 0 || now < begun + c->duration)) {
		int n = epoll_wait(k->epoll, events, EVENTS, NAP_MS);
		for (int i = 0; i < n && rc == 0; i++)
			rc = on_event(k, events[i].data.ptr, events[i].events);
		now = kernel_now();
		if (begun == 0 && now >= from) {
			c->marks(c->arg, true);
			k->recording = true;
			begun = now;
		}
	}
	c->marks(c->arg, false);
	c->seconds = (double)(now - begun) / 1e9;
	return rc;
}

int
kernel_client_run(struct kernel_client *c)
{
	struct client k = {.c = c, .epoll = epoll_create1(EPOLL_CLOEXEC), .links = calloc(c->connections, sizeof(struct link))};
	int rc = k.epoll < 0 ? -errno : k.links == NULL ? -ENOMEM : 0;
	unsigned n = 0;

	memset(k.request, 'x', sizeof(k.request));
	k.request[0] = c->keep ? KERNEL_KEEP : KERNEL_CLOSE;
	c->done = c->failed = 0;
	histogram_clear(&c->times);
	for (; n < c->connections && rc == 0; n++)
		rc = begin(&k, &k.links[n]);
	if (rc == 0)
		rc = work(&k);
	while (n-- > 0)
		if (k.links[n].fd >= 0)
			close(k.links[n].fd);
	if (k.epoll >= 0)
		close(k.epoll);
	free(k.links);
	return rc;
}
