/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_SOCKET_WORLD_H
#define TESTS_SOCKET_WORLD_H
/*
 * One script, two worlds: the kernel's sockets over loopback, and leat's between two hosts. A
 * script calls through the table and notes what it gets; the two notes must be the same, line by
 * line. There is no list of expected answers: the kernel is the list.
 */
#include "lab.h"

enum side { CLIENT, SERVER };

struct world {
	int (*socket)(enum side, int domain, int type, int protocol);
	int (*bind)(enum side, int fd, const struct sockaddr *addr, socklen_t len);
	int (*listen)(enum side, int fd, int backlog);
	int (*accept)(enum side, int fd, struct sockaddr *addr, socklen_t *len, int flags);
	int (*connect)(enum side, int fd, const struct sockaddr *addr, socklen_t len);
	int (*shutdown)(enum side, int fd, int how);
	int (*close)(enum side, int fd);
	int (*getsockname)(enum side, int fd, struct sockaddr *addr, socklen_t *len);
	int (*getpeername)(enum side, int fd, struct sockaddr *addr, socklen_t *len);
	ssize_t (*recvfrom)(enum side, int fd, void *buf, size_t len, int flags, struct sockaddr *from, socklen_t *fromlen);
	ssize_t (*sendto)(enum side, int fd, const void *buf, size_t len, int flags, const struct sockaddr *to, socklen_t tolen);
	ssize_t (*read)(enum side, int fd, void *buf, size_t len);
	ssize_t (*write)(enum side, int fd, const void *buf, size_t len);
	int (*fcntl)(enum side, int fd, int cmd, int arg);
	int (*getsockopt)(enum side, int fd, int level, int name, void *value, socklen_t *len);
	int (*setsockopt)(enum side, int fd, int level, int name, const void *value, socklen_t len);
	int (*poll)(enum side, struct pollfd *fds, nfds_t count, int timeout);
	int (*epoll_create)(enum side, int flags);
	int (*epoll_ctl)(enum side, int epfd, int op, int fd, struct epoll_event *event);
	int (*epoll_wait)(enum side, int epfd, struct epoll_event *events, int max, int timeout);
	void (*settle)(void); /* what is on its way arrives */
	int not_open;         /* a descriptor that is not open */
	const char *address[2]; /* of each side */
};

/* The world the script runs in. */
extern const struct world *w;

/* Runs the script in both worlds and compares what it noted. */
void both(void (*script)(void));

#define SCRIPT(name)                     \
	static void name##_script(void); \
	Test(agrees, name)               \
	{                                \
		both(name##_script);     \
	}                                \
	static void name##_script(void)

/* Notes a line. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Calls and notes: the result, or the name of errno. Gives the result. */
#define NOTE(call) note_call(#call, (errno = 0, (call)))
long note_call(const char *call, long result);

/* Notes the poll bits of a descriptor now, or as soon as one of `events` is there. */
void note_poll(enum side side, int fd);
void note_poll_when(enum side side, int fd, short events);

/* Notes and clears SO_ERROR. */
void note_error(enum side side, int fd);

/* --- vocabulary, none of which notes anything --- */

struct sockaddr_in at(enum side side, uint16_t port);
uint16_t port_of(enum side side, int fd);
int stream(enum side side, int flags);
/* A listener of the server's on a port that was free. */
int listener(int backlog);
/* A port of the server's that nobody listens on. */
uint16_t closed_port(void);
int connect_to(int fd, uint16_t port);
/* A connection, both ends non-blocking. */
struct pair {
	int listener, client, server;
};
struct pair connected(void);
/* Until one of events is there. */
void await(enum side side, int fd, short events);

#endif
