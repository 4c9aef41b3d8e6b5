/* SPDX-License-Identifier: BSD-3-Clause */
/* An echo server over sockets and epoll: port 7 of every address, until Ctrl-C. */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <leat/leat.h>
#include <leat/socket.h>

struct client {
	int fd;
	ssize_t from, to; /* of buf: what was read and is not yet written back */
	char buf[16384];
};

static struct leat_sockets *s;
static volatile sig_atomic_t stop;

static void
watch(int epoll, int op, struct client *c, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = c};

	leat_epoll_ctl(s, epoll, op, c->fd, &event);
}

static void
take_in(int epoll, int listener)
{
	int fd = leat_accept4(s, listener, NULL, NULL, SOCK_NONBLOCK);
	struct client *c = fd < 0 ? NULL : calloc(1, sizeof(*c));

	if (c == NULL) {
		leat_close(s, fd);
		return;
	}
	c->fd = fd;
	watch(epoll, EPOLL_CTL_ADD, c, EPOLLIN);
}

/* Reads when all is written, else goes on writing; waits for what it can do next. */
static void
serve(int epoll, struct client *c)
{
	ssize_t n = 1;

	if (c->from == c->to) {
		n = leat_read(s, c->fd, c->buf, sizeof(c->buf));
		c->from = 0;
		c->to = n > 0 ? n : 0;
	}
	if (n > 0 && (n = leat_write(s, c->fd, c->buf + c->from, (size_t)(c->to - c->from))) > 0)
		c->from += n;
	if (n > 0 || (n < 0 && errno == EAGAIN)) {
		watch(epoll, EPOLL_CTL_MOD, c, c->from < c->to ? EPOLLOUT : EPOLLIN);
	} else {
		leat_close(s, c->fd);
		free(c);
	}
}

static void
on_signal(int signal)
{
	(void)signal;
	stop = 1;
	leat_sockets_interrupt(s);
}

int
main(int argc, char **argv)
{
	const struct sockaddr_in local = {.sin_family = AF_INET, .sin_port = htons(7)};
	struct epoll_event events[64];
	struct client listener;
	struct leat_config config;
	struct leat_error error;
	struct leat *leat;
	int eal = leat_init(argc, argv); /* DPDK's options, up to "--" */

	if (eal < 0)
		return 1;
	argc -= eal;
	argv += eal;
	leat_config_init(&config);
	if (leat_config_args(&config, &argc, argv, NULL, &error) < 0 || !(leat = leat_create(&config, &error))) {
		fprintf(stderr, "%s\n", error.text);
		return 1;
	}
	if (leat_sockets_open(leat_core(leat, 0), NULL, &s) < 0)
		return 1;
	signal(SIGINT, on_signal);
	int epoll = leat_epoll_create(s, 0);
	listener.fd = leat_socket(s, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (leat_bind(s, listener.fd, (const struct sockaddr *)&local, sizeof(local)) < 0 ||
		leat_listen(s, listener.fd, 128) < 0) {
		perror("port 7");
		return 1;
	}
	watch(epoll, EPOLL_CTL_ADD, &listener, EPOLLIN);
	while (!stop) {
		int n = leat_epoll_wait(s, epoll, events, 64, -1);
		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr == &listener)
				take_in(epoll, listener.fd);
			else
				serve(epoll, events[i].data.ptr);
		}
	}
	leat_sockets_close(s);
	leat_destroy(leat);
	return 0;
}
