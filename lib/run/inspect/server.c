/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The server: one thread accepts, a short-lived one answers each client, so that none waits for
 * another. Everything is bounded: clients, the length of a question, the time to send it and the
 * time in which a client must read on. All signals are blocked in these threads: those that
 * DPDK's drivers use (net_tap's real-time signal) must reach the threads that wait for them.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "base/error.h"
#include "run/calls.h"
#include "run/inspect/inspect.h"
#include "run/inspect/ask.h"
#include "run/inspect/socket.h"

enum {
	CLIENTS = 8,           /* at once; more wait in the socket's backlog */
	TALK_MS = 5000,        /* to send the question; to read on in the answer */
	BUFFER = 64 * 1024,
};

struct inspect {
	struct leat *leat;
	struct inspect_socket socket;
	int stop_fd;             /* eventfd: a client thread ended, or all shall */
	pthread_t thread;
	atomic_bool stop;
	pthread_mutex_t lock;    /* guards what follows */
	pthread_cond_t ended;
	unsigned nb_clients;
	int clients[CLIENTS];    /* their sockets */
};

struct client {
	struct inspect *inspect;
	int fd;
	bool gone;               /* it closed, or did not read in time */
};

static uint64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* Waits for events on fd until the deadline; false: it passed. */
static bool
wait_for(int fd, short events, uint64_t deadline)
{
	struct pollfd p = {.fd = fd, .events = events};

	for (uint64_t now; (now = now_ms()) < deadline;)
		if (poll(&p, 1, (int)(deadline - now)) > 0)
			return true;
	return false;
}

/* Sends all of it, or 0 when the client is gone or does not read: it is dropped then. */
static ssize_t
send_all(void *arg, const char *data, size_t len)
{
	struct client *c = arg;
	uint64_t deadline = now_ms() + TALK_MS;

	for (size_t at = 0; at < len && !c->gone;) {
		ssize_t n = send(c->fd, data + at, len - at, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0)
			at += (size_t)n;
		else if (errno != EAGAIN || !wait_for(c->fd, POLLOUT, deadline))
			c->gone = true;
	}
	return c->gone ? 0 : (ssize_t)len;
}

/* Reads up to the end of the line or of what the client sends. -1: too long, too slow, or nothing. */
static int
read_line(struct client *c, char line[ASK_LINE])
{
	uint64_t deadline = now_ms() + TALK_MS;
	size_t n = 0;

	while (n < ASK_LINE - 1 && wait_for(c->fd, POLLIN, deadline)) {
		ssize_t got = recv(c->fd, line + n, ASK_LINE - 1 - n, MSG_DONTWAIT);
		if (got < 0)
			return -1;
		n += (size_t)got;
		line[n] = '\0';
		char *end = strchr(line, '\n');
		if (end != NULL)
			*end = '\0';
		if (end != NULL || got == 0)
			return n > 0 ? 0 : -1;
	}
	return -1;
}

static void
answer(struct client *c)
{
	cookie_io_functions_t io = {.write = send_all};
	char line[ASK_LINE];
	FILE *to = fopencookie(c, "w", io);

	if (to == NULL)
		return;
	setvbuf(to, NULL, _IOFBF, BUFFER);
	if (read_line(c, line) == 0)
		ask_answer(c->inspect->leat, &c->inspect->stop, line, to);
	else
		fprintf(to, "error a question is one line of at most %d bytes\n", ASK_LINE - 1);
	fclose(to);
}

static void *
serve(void *arg)
{
	struct client *c = arg;
	struct inspect *s = c->inspect;

	answer(c);
	pthread_mutex_lock(&s->lock);
	for (unsigned i = 0; i < s->nb_clients; i++)
		if (s->clients[i] == c->fd) {
			s->clients[i] = s->clients[--s->nb_clients];
			break;
		}
	close(c->fd);
	free(c);
	eventfd_write(s->stop_fd, 1);
	pthread_cond_broadcast(&s->ended);
	/* The last touch: inspect_stop() frees *s as soon as it gets the lock and counts nobody. */
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* A thread for the client; it is sent away when none can be had. */
static void
begin(struct inspect *s, int fd)
{
	struct client *c = calloc(1, sizeof(*c));
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_mutex_lock(&s->lock);
	if (c != NULL) {
		c->inspect = s;
		c->fd = fd;
		s->clients[s->nb_clients++] = fd;
	}
	if (c == NULL || pthread_create(&thread, &attr, serve, c) != 0) {
		s->nb_clients -= c != NULL;
		free(c);
		close(fd);
	}
	pthread_mutex_unlock(&s->lock);
	pthread_attr_destroy(&attr);
}

static void *
accept_clients(void *arg)
{
	struct inspect *s = arg;

	for (;;) {
		struct pollfd p[2] = {{.fd = s->stop_fd, .events = POLLIN}, {.fd = s->socket.fd, .events = POLLIN}};
		eventfd_t ended;
		pthread_mutex_lock(&s->lock);
		bool full = s->nb_clients == CLIENTS;
		pthread_mutex_unlock(&s->lock);
		if (atomic_load(&s->stop))
			return NULL;
		if (poll(p, full ? 1 : 2, -1) < 0)
			continue;
		if (p[0].revents)
			eventfd_read(s->stop_fd, &ended);
		if (full || !p[1].revents)
			continue;
		int fd = accept4(s->socket.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0)
			begin(s, fd);
		else if (errno != EAGAIN && errno != ECONNABORTED)
			poll(p, 1, 100); /* no descriptor is free: later */
	}
}

static int
start_thread(struct inspect *s)
{
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int rc = pthread_create(&s->thread, NULL, accept_clients, s);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc == 0)
		pthread_setname_np(s->thread, "leat-inspect");
	return -rc;
}

int
inspect_start(struct leat *leat, struct leat_error *error)
{
	struct inspect *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return error_set(error, ENOMEM, "no memory");
	s->leat = leat;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->ended, NULL);
	s->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int rc = s->stop_fd < 0 ? error_set(error, errno, "eventfd: %s", strerror(errno)) :
		inspect_socket_open(&s->socket, leat->config.name, error);
	if (rc == 0 && (rc = start_thread(s)) < 0) {
		error_set(error, -rc, "a thread for inspection: %s", strerror(-rc));
		inspect_socket_close(&s->socket);
	}
	if (rc == 0) {
		leat->inspect = s;
		return 0;
	}
	if (s->stop_fd >= 0)
		close(s->stop_fd);
	pthread_cond_destroy(&s->ended);
	pthread_mutex_destroy(&s->lock);
	free(s);
	return rc;
}

/* The caller owns the cores, which nobody polls any more: what clients still ask, it answers. */
static void
await_clients(struct inspect *s)
{
	pthread_mutex_lock(&s->lock);
	while (s->nb_clients > 0) {
		struct timespec soon;
		for (unsigned i = 0; i < s->nb_clients; i++)
			shutdown(s->clients[i], SHUT_RDWR);
		pthread_mutex_unlock(&s->lock);
		for (unsigned i = 0; i < s->leat->nb_loops; i++)
			calls_run(&s->leat->loops[i]);
		pthread_mutex_lock(&s->lock);
		clock_gettime(CLOCK_REALTIME, &soon);
		soon.tv_nsec += 5000000;
		soon.tv_sec += soon.tv_nsec / 1000000000;
		soon.tv_nsec %= 1000000000;
		if (s->nb_clients > 0)
			pthread_cond_timedwait(&s->ended, &s->lock, &soon);
	}
	pthread_mutex_unlock(&s->lock);
}

void
inspect_stop(struct leat *leat)
{
	struct inspect *s = leat->inspect;

	leat->inspect = NULL;
	atomic_store(&s->stop, true);
	eventfd_write(s->stop_fd, 1);
	pthread_join(s->thread, NULL);
	inspect_socket_close(&s->socket);
	await_clients(s);
	close(s->stop_fd);
	pthread_cond_destroy(&s->ended);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
