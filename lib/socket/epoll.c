/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * epoll. Each epoll keeps a list of watches that something has happened to since they were last
 * looked at; waiting looks at those only, so its cost is that of what is ready. Level-triggered
 * watches stay in the list as long as a look finds them ready, edge-triggered ones leave it.
 */
#include <stdlib.h>
#include "socket/app.h"

enum { ALWAYS = EPOLLERR | EPOLLHUP };

static void
make_ready(struct watch *w)
{
	if (w->is_ready)
		return;
	w->is_ready = true;
	TAILQ_INSERT_TAIL(&w->epoll->ready, w, ready);
}

void
epoll_touch(struct desc *d)
{
	struct watch *w;

	TAILQ_FOREACH(w, &d->watches, of_desc)
		make_ready(w);
}

static void
watch_free(struct watch *w)
{
	if (w->is_ready)
		TAILQ_REMOVE(&w->epoll->ready, w, ready);
	TAILQ_REMOVE(&w->epoll->watches, w, of_epoll);
	TAILQ_REMOVE(&w->desc->watches, w, of_desc);
	free(w);
}

void
epoll_unwatch(struct desc *d)
{
	while (!TAILQ_EMPTY(&d->watches))
		watch_free(TAILQ_FIRST(&d->watches));
}

void
epoll_free(struct epoll *ep)
{
	while (!TAILQ_EMPTY(&ep->watches))
		watch_free(TAILQ_FIRST(&ep->watches));
	free(ep);
}

bool
epoll_pending(struct leat_sockets *s, struct epoll *ep)
{
	const struct watch *w;

	TAILQ_FOREACH(w, &ep->ready, ready)
		if (poll_bits(s, w->desc, w->events) & w->events)
			return true;
	return false;
}

static int
do_create(struct leat_sockets *s, int flags)
{
	if (flags & ~EPOLL_CLOEXEC)
		return -EINVAL;
	int r = fd_full(s);
	if (r < 0)
		return r;
	struct epoll *ep = calloc(1, sizeof(*ep));
	if (ep == NULL)
		return -ENOMEM;
	TAILQ_INIT(&ep->watches);
	TAILQ_INIT(&ep->ready);
	int fd = fd_new(s, DESC_EPOLL, 0);
	s->descs[fd].epoll = ep;
	return fd;
}

int
leat_epoll_create(struct leat_sockets *s, int flags)
{
	return (int)sys(do_create(s, flags));
}

static struct watch *
find(const struct epoll *ep, const struct desc *d)
{
	struct watch *w;

	TAILQ_FOREACH(w, &d->watches, of_desc)
		if (w->epoll == ep)
			return w;
	return NULL;
}

/* The next look tells whether it is ready already. */
static void
set(struct watch *w, const struct epoll_event *event)
{
	w->events = event->events | ALWAYS;
	w->data = event->data;
	make_ready(w);
}

static int
add(struct epoll *ep, struct desc *d, const struct epoll_event *event)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return -ENOMEM;
	w->epoll = ep;
	w->desc = d;
	TAILQ_INSERT_TAIL(&ep->watches, w, of_epoll);
	TAILQ_INSERT_TAIL(&d->watches, w, of_desc);
	set(w, event);
	return 0;
}

static int
control(struct epoll *ep, int op, struct desc *d, const struct epoll_event *event)
{
	struct watch *w = find(ep, d);

	if (op != EPOLL_CTL_DEL && (event->events & (EPOLLEXCLUSIVE | EPOLLWAKEUP)))
		return -EINVAL;
	switch (op) {
	case EPOLL_CTL_ADD:
		return w != NULL ? -EEXIST : add(ep, d, event);
	case EPOLL_CTL_MOD:
		if (w == NULL)
			return -ENOENT;
		set(w, event);
		return 0;
	case EPOLL_CTL_DEL:
		if (w == NULL)
			return -ENOENT;
		watch_free(w);
		return 0;
	default:
		return -EINVAL;
	}
}

static int
do_ctl(struct leat_sockets *s, int epfd, int op, int fd, const struct epoll_event *event)
{
	struct desc *e = fd_any(s, epfd), *d = fd_any(s, fd);

	if (op != EPOLL_CTL_DEL && event == NULL)
		return -EFAULT;
	if (e == NULL || d == NULL)
		return -EBADF;
	if (e->kind != DESC_EPOLL || d->kind == DESC_EPOLL)
		return -EINVAL;
	return control(e->epoll, op, d, event);
}

int
leat_epoll_ctl(struct leat_sockets *s, int epfd, int op, int fd, struct epoll_event *event)
{
	return (int)sys(do_ctl(s, epfd, op, fd, event));
}

/* Looks at what is in the list; what stays ready goes behind what was not looked at. */
static int
collect(struct leat_sockets *s, struct epoll *ep, struct epoll_event *events, int max)
{
	struct watch_list again = TAILQ_HEAD_INITIALIZER(again);
	struct watch *w;
	int n = 0;

	while (n < max && (w = TAILQ_FIRST(&ep->ready)) != NULL) {
		TAILQ_REMOVE(&ep->ready, w, ready);
		w->is_ready = false;
		uint32_t bits = w->events & ALWAYS ? poll_bits(s, w->desc, w->events) & w->events : 0;
		if (bits == 0)
			continue;
		events[n++] = (struct epoll_event){.events = bits, .data = w->data};
		if (w->events & EPOLLONESHOT) {
			w->events = 0; /* until EPOLL_CTL_MOD */
		} else if (!(w->events & EPOLLET)) {
			w->is_ready = true;
			TAILQ_INSERT_TAIL(&again, w, ready);
		}
	}
	TAILQ_CONCAT(&ep->ready, &again, ready);
	return n;
}

static int
do_wait(struct leat_sockets *s, int epfd, struct epoll_event *events, int max, int timeout)
{
	struct wait w = {.timeout = timeout < 0 ? WAIT_FOREVER : (uint64_t)timeout * 1000000u};
	struct desc *e;

	if (max <= 0 || (size_t)max > INT32_MAX / sizeof(*events))
		return -EINVAL;
	if (events == NULL)
		return -EFAULT;
	int r = fd_epoll(s, epfd, &e);
	if (r < 0)
		return r;
	for (;;) {
		r = app_wait(s, &w);
		if (r == -EINTR)
			return r;
		int n = collect(s, e->epoll, events, max);
		if (n > 0 || r < 0)
			return n;
	}
}

int
leat_epoll_wait(struct leat_sockets *s, int epfd, struct epoll_event *events, int max, int timeout)
{
	return (int)sys(do_wait(s, epfd, events, max, timeout));
}
