/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "kernel.h"
#include "report.h"

enum { EVENTS = 256, SIZE = 4096 };

struct kernel_pair {
	uint32_t n, size;
	uint32_t next;          /* connection that the next request goes to */
	int server, client;     /* epoll */
	int *fds;               /* client ends, then server ends */
	char message[SIZE];
};

static int
watch(int epoll, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static int
connect_all(struct kernel_pair *k, int listener)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);

	if (bind(listener, (struct sockaddr *)&at, len) < 0 || listen(listener, 128) < 0 ||
		getsockname(listener, (struct sockaddr *)&at, &len) < 0)
		return -1;
	for (uint32_t i = 0; i < k->n; i++) {
		k->fds[i] = socket(AF_INET, SOCK_STREAM, 0);
		if (k->fds[i] < 0 || connect(k->fds[i], (struct sockaddr *)&at, sizeof(at)) < 0)
			return -1;
		k->fds[k->n + i] = accept(listener, NULL, NULL);
		if (k->fds[k->n + i] < 0 || watch(k->client, k->fds[i]) < 0 || watch(k->server, k->fds[k->n + i]) < 0)
			return -1;
	}
	return 0;
}

struct kernel_pair *
kernel_open(uint32_t n, uint32_t size)
{
	struct kernel_pair *k = calloc(1, sizeof(*k));
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	if (k != NULL) {
		*k = (struct kernel_pair){.n = n, .size = size, .server = epoll_create1(0), .client = epoll_create1(0)};
		k->fds = malloc(2 * n * sizeof(k->fds[0]));
	}
	if (k == NULL || k->fds == NULL || connect_all(k, listener) < 0) {
		fprintf(stderr, "bench: the kernel's sockets: %s\n", strerror(errno));
		exit(1);
	}
	close(listener);
	return k;
}

void
kernel_close(struct kernel_pair *k)
{
	for (uint32_t i = 0; i < 2 * k->n; i++)
		close(k->fds[i]);
	close(k->server);
	close(k->client);
	free(k->fds);
	free(k);
}

/* Takes whole messages from all who have some, until there were `wanted`; answers each if it is to. */
static int
take(struct kernel_pair *k, int epoll, uint32_t wanted, bool answer)
{
	struct epoll_event events[EVENTS];
	char buf[SIZE];
	uint32_t taken = 0;

	while (taken < wanted) {
		int n = epoll_wait(epoll, events, EVENTS, 1000);
		if (n <= 0)
			return -1;
		for (int i = 0; i < n; i++, taken++)
			if (recv(events[i].data.fd, buf, k->size, MSG_WAITALL) != (ssize_t)k->size ||
				(answer && send(events[i].data.fd, k->message, k->size, 0) != (ssize_t)k->size))
				return -1;
	}
	return (int)taken;
}

int
kernel_turn(struct kernel_pair *k, uint32_t at_a_time)
{
	uint32_t n = at_a_time < k->n ? at_a_time : k->n;

	for (uint32_t i = 0; i < n; i++, k->next = (k->next + 1) % k->n)
		if (send(k->fds[k->next], k->message, k->size, 0) != (ssize_t)k->size)
			return -1;
	return take(k, k->server, n, true) < 0 ? -1 : take(k, k->client, n, false);
}

double
kernel_run(struct kernel_pair *k, uint32_t at_a_time, double seconds)
{
	uint64_t done = 0, start = cpu_ns(), cpu;

	do {
		int n = kernel_turn(k, at_a_time);
		if (n < 0) {
			fprintf(stderr, "bench: the kernel's sockets do not answer: %s\n", strerror(errno));
			exit(1);
		}
		done += (uint64_t)n;
		cpu = cpu_ns() - start;
	} while ((double)cpu < seconds * 1e9);
	return cycles_of(cpu) / (double)done;
}
