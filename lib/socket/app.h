/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SOCKET_APP_H
#define SOCKET_APP_H
/*
 * The application side: descriptors, and what each call of leat/socket.h means. Of the stack it
 * knows the channel, and a place where it works: here, inside the calls of this thread.
 *
 * Functions return 0 or more, or -errno; only the public ones set errno (sys()).
 */
#include <errno.h>
#include <sys/queue.h>
#include <leat/socket.h>
#include "socket/channel.h"

/* Where the stack side runs, and how to wait for it. */
struct place {
	void (*serve)(void *arg);     /* requests are answered when it returns */
	unsigned (*turn)(void *arg);  /* packets, timers and requests; 0: nothing was to do */
	void (*idle)(uint64_t until, void *arg); /* until then (ns), or until there may be something to do */
	uint64_t (*now)(void *arg);   /* of the last turn, ns */
	void (*wake)(void *arg);      /* ends idle(); any thread */
	void (*close)(void *arg);
	void *arg;
};

struct epoll;

/* Interest of one epoll in one descriptor. */
struct watch {
	TAILQ_ENTRY(watch) of_desc, of_epoll, ready;
	struct desc *desc;
	struct epoll *epoll;
	uint32_t events;
	bool is_ready;    /* in epoll->ready: something happened since it was last looked at */
	epoll_data_t data;
};
TAILQ_HEAD(watch_list, watch);

struct epoll {
	struct watch_list watches, ready;
};

enum desc_kind { DESC_FREE, DESC_SOCKET, DESC_EPOLL };

/* Linux's socket states (SS_): what connect() says next depends on what it said before. */
enum phase { PHASE_UNCONNECTED, PHASE_CONNECTING, PHASE_CONNECTED, PHASE_DISCONNECTING };

struct desc {
	enum desc_kind kind;
	int type;             /* SOCK_STREAM, SOCK_DGRAM */
	uint32_t slot;
	struct byte_ring rx, tx;
	enum phase phase;     /* of a datagram socket: CONNECTED or not */
	bool nonblock, listening;
	bool shut_rd, shut_wr; /* by shutdown() */
	bool linger;
	int linger_seconds;
	uint64_t rcv_timeout, snd_timeout; /* ns; WAIT_FOREVER */
	struct leat_endpoint local, remote;
	struct watch_list watches;
	struct epoll *epoll;
};

#define WAIT_FOREVER UINT64_MAX
enum { SLOT_FREE = -1, SLOT_CLOSING = -2 };

struct leat_sockets {
	struct channel chan;
	struct place place;
	struct desc *descs;
	uint32_t max;
	uint32_t lowest;      /* no descriptor below is free */
	int32_t *owner;       /* of each slot: its descriptor, SLOT_FREE, SLOT_CLOSING */
	uint32_t *free_slots;
	uint32_t nb_free_slots;
	uint32_t tag;         /* of the last request */
	bool answered;        /* its completion is in `done` */
	struct message done;
	atomic_bool interrupted;
};

static inline ssize_t
sys(ssize_t r)
{
	if (r >= 0)
		return r;
	errno = (int)-r;
	return -1;
}

/* app.c: the channel, and waiting */
int app_open(struct leat_sockets **out, int channel_fd, uint32_t max);
/* Sends the request *m and returns its result; *m becomes the completion. */
int app_request(struct leat_sockets *s, struct message *m);
/* Sends what needs no completion. */
void app_post(struct leat_sockets *s, const struct message *m);
void app_kick(struct leat_sockets *s, const struct desc *d);
/* Requests, packets, timers; then what they changed is known here. */
unsigned app_turn(struct leat_sockets *s);

/* How long a call may wait: 0 = not at all. */
struct wait {
	uint64_t timeout, deadline;
	bool begun;
};

static inline struct wait
wait_for(const struct desc *d, int flags, uint64_t timeout)
{
	return (struct wait){.timeout = d->nonblock || (flags & MSG_DONTWAIT) ? 0 : timeout};
}

/*
 * Called when a call cannot go on; 0: try again. -EAGAIN: the time is over, -EINTR. The first time
 * always turns the core and says try again, also where nothing may be waited for.
 */
int app_wait(struct leat_sockets *s, struct wait *w);

/* fd.c: descriptors and slots */
int fd_socket(struct leat_sockets *s, int fd, struct desc **out); /* -EBADF, -ENOTSOCK */
int fd_epoll(struct leat_sockets *s, int fd, struct desc **out);  /* -EBADF, -EINVAL */
struct desc *fd_any(struct leat_sockets *s, int fd);              /* NULL: not open */
int fd_full(const struct leat_sockets *s);                        /* 0 or -EMFILE */
/* A descriptor, and for sockets a slot with its rings at 0. -EMFILE, -ENOBUFS. */
int fd_new(struct leat_sockets *s, enum desc_kind kind, int type);
/* The descriptor is free again; its slot too if `unused`, else when the stack releases it. */
void fd_release(struct leat_sockets *s, struct desc *d, bool unused);
/* Its rings as at the start. */
void fd_rings(struct leat_sockets *s, struct desc *d);
void fd_slot_released(struct leat_sockets *s, uint32_t slot);

static inline struct slot *
desc_slot(const struct leat_sockets *s, const struct desc *d)
{
	return &s->chan.slot_table[d->slot];
}

static inline uint32_t
desc_status(const struct leat_sockets *s, const struct desc *d)
{
	return atomic_load(&desc_slot(s, d)->status);
}

/* The pending error, which is then pending no more (SO_ERROR). 0 = none. */
int desc_take_error(const struct leat_sockets *s, const struct desc *d);

/* sockaddr.c */
int sockaddr_read(const struct sockaddr *addr, socklen_t len, struct leat_endpoint *out);
/* *len as in getsockname(): room before, needed after. addr NULL: nothing is done. */
int sockaddr_write(const struct leat_endpoint *from, struct sockaddr *addr, socklen_t *len);

/* stream.c, dgram.c: the two kinds of reading and writing */
struct io {
	const struct iovec *iov;
	int count;
	size_t total;
	int flags;             /* MSG_ */
	struct leat_endpoint peer; /* received from; to be sent to */
	bool has_peer;
	bool truncated;        /* a datagram was longer than the buffers */
};
ssize_t stream_recv(struct leat_sockets *s, struct desc *d, struct io *io);
ssize_t stream_send(struct leat_sockets *s, struct desc *d, const struct io *io);
ssize_t dgram_recv(struct leat_sockets *s, struct desc *d, struct io *io);
ssize_t dgram_send(struct leat_sockets *s, struct desc *d, const struct io *io);

/* poll.c: the POLL bits (EPOLL bits are the same numbers) that are set now. */
uint32_t poll_bits(struct leat_sockets *s, struct desc *d, uint32_t events);

/* epoll.c */
/* Something happened on d: whoever watches it looks at it again. */
void epoll_touch(struct desc *d);
bool epoll_pending(struct leat_sockets *s, struct epoll *ep);
void epoll_unwatch(struct desc *d);
void epoll_free(struct epoll *ep);

/* inside.c: the place inside the caller's own calls */
int inside_open(struct place *p, struct leat_core *core, const struct leat_sockets_config *config, int *fd);

#endif
