/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include "kernel.h"
#include "report.h"

enum {
	EVENTS = 256,
	SIZE = 4096,
	EACH = 20000,    /* connections from one address of loopback: within the ports that it has */
	SPARE = 64,      /* descriptors for all else */
	FILES = 1 << 20, /* more than that the kernel gives nobody unless it is told to */
	PATIENCE = 1000, /* ms */
};

struct kernel_pair {
	uint32_t n, size;
	uint32_t next;                 /* connection that the next request goes to */
	uint32_t at_server, at_client; /* messages that each end has yet to take */
	bool pausing;
	uint64_t done;                 /* requests */
	void (*on_pong)(void *arg);
	void *arg;
	int server, client;            /* epoll */
	int *fds;                      /* client ends, the last of them for pings, then server ends */
	char message[SIZE];
};

static void
die(const char *what)
{
	fprintf(stderr, "bench: the kernel's sockets %s: %s\n", what, strerror(errno));
	exit(1);
}

/* With a reset at the end: nothing stays in TIME-WAIT. */
static int
watch(int epoll, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
	const struct linger hard = {.l_onoff = 1};
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

/* From 127.0.0.2 and the following, the port being chosen when it is known where to. */
static int
connect_from(uint32_t i, const struct sockaddr_in *to)
{
	struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + i / EACH)};
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one)) < 0 ||
		bind(fd, (struct sockaddr *)&from, sizeof(from)) < 0 || connect(fd, (const struct sockaddr *)to, sizeof(*to)) < 0)
		return -1;
	return fd;
}

static int
connect_all(struct kernel_pair *k, int listener)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);

	if (bind(listener, (struct sockaddr *)&at, len) < 0 || listen(listener, 128) < 0 ||
		getsockname(listener, (struct sockaddr *)&at, &len) < 0)
		return -1;
	for (uint32_t i = 0; i <= k->n; i++) {
		int *client = &k->fds[i], *server = &k->fds[k->n + 1 + i];
		if ((*client = connect_from(i, &at)) < 0 || (*server = accept(listener, NULL, NULL)) < 0 ||
			watch(k->client, *client) < 0 || watch(k->server, *server) < 0)
			return -1;
	}
	return 0;
}

uint32_t
kernel_room(void)
{
	struct rlimit files = {FILES, FILES};

	if (setrlimit(RLIMIT_NOFILE, &files) < 0 && getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur < SPARE + 2)
		return 0;
	return (uint32_t)((files.rlim_cur < FILES ? files.rlim_cur : FILES) - SPARE - 2) / 2;
}

struct kernel_pair *
kernel_open(uint32_t n, uint32_t size)
{
	struct kernel_pair *k = calloc(1, sizeof(*k));
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	if (k != NULL) {
		*k = (struct kernel_pair){.n = n, .size = size, .server = epoll_create1(0), .client = epoll_create1(0)};
		k->fds = malloc(2 * (n + 1) * sizeof(k->fds[0]));
	}
	if (k == NULL || k->fds == NULL || connect_all(k, listener) < 0)
		die("do not open");
	close(listener);
	return k;
}

void
kernel_close(struct kernel_pair *k)
{
	for (uint32_t i = 0; i < 2 * (k->n + 1); i++)
		close(k->fds[i]);
	close(k->server);
	close(k->client);
	free(k->fds);
	free(k);
}

static void
put(struct kernel_pair *k, int fd, uint32_t *under_way)
{
	if (send(fd, k->message, k->size, 0) != (ssize_t)k->size)
		die("take nothing");
	++*under_way;
}

static void
ask(struct kernel_pair *k)
{
	put(k, k->fds[k->next], &k->at_server);
	k->next = (k->next + 1) % k->n;
}

static void
on_request(struct kernel_pair *k, int fd)
{
	k->at_server--;
	put(k, fd, &k->at_client);
}

static void
on_answer(struct kernel_pair *k, int fd)
{
	k->at_client--;
	if (fd == k->fds[k->n]) {
		k->on_pong(k->arg);
		return;
	}
	k->done++;
	if (!k->pausing)
		ask(k);
}

/* A message of each connection that has one. */
static void
turn(struct kernel_pair *k, int epoll, void (*on_message)(struct kernel_pair *k, int fd))
{
	struct epoll_event events[EVENTS];
	char buf[SIZE];
	int n = epoll_wait(epoll, events, EVENTS, PATIENCE);

	if (n <= 0)
		die("do not answer");
	for (int i = 0; i < n; i++) {
		if (recv(events[i].data.fd, buf, k->size, MSG_WAITALL) != (ssize_t)k->size)
			die("lose a connection");
		on_message(k, events[i].data.fd);
	}
}

void
kernel_poll(struct kernel_pair *k)
{
	if (k->at_client > 0)
		turn(k, k->client, on_answer);
	if (k->at_server > 0)
		turn(k, k->server, on_request);
}

void
kernel_start(struct kernel_pair *k, uint32_t at_a_time)
{
	k->pausing = false;
	for (uint32_t i = 0; i < at_a_time; i++)
		ask(k);
}

void
kernel_pause(struct kernel_pair *k)
{
	k->pausing = true;
	while (k->at_server > 0 || k->at_client > 0)
		kernel_poll(k);
}

void
kernel_ping(struct kernel_pair *k, void (*on_pong)(void *arg), void *arg)
{
	k->on_pong = on_pong;
	k->arg = arg;
	put(k, k->fds[k->n], &k->at_server);
}

struct measure
kernel_run(struct kernel_pair *k, double seconds)
{
	struct spent start = spent_now(), spent;
	uint64_t done = k->done;

	do {
		kernel_poll(k);
		spent = spent_since(&start);
	} while ((double)spent.cpu < seconds * 1e9);
	return each_of(&spent, (double)(k->done - done));
}
