/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LEAT_SOCKET_H
#define LEAT_SOCKET_H
/*
 * BSD sockets over leat, for one core, inside the caller's own calls.
 *
 * Each function is its namesake of POSIX or Linux with the socket table in front, and behaves as
 * on Linux: it returns -1 with errno set, or what its manual page says. Descriptors are small
 * numbers of leat's own table and mean nothing to the kernel. What differs:
 *
 *   - No thread works in the background. leat_poll(), leat_epoll_wait(), every call that blocks,
 *     every call that would have to answer EAGAIN, and leat_sockets_turn() turn the core; between
 *     them nothing is sent, acknowledged or retransmitted. In non-blocking mode what leat_send()
 *     took leaves with the next turn, together with what else there is.
 *   - SIGPIPE is never raised: MSG_NOSIGNAL is always in force, EPIPE is returned.
 *   - A signal handler does not interrupt a call by itself; leat_sockets_interrupt() does.
 *   - When the queue of a listener is full, a connection that completes its handshake is reset
 *     at once, as Linux does with net.ipv4.tcp_abort_on_overflow = 1: the client learns of it
 *     now, and the server keeps no state for it. (Linux by default ignores the last ACK, and the
 *     client believes for a minute that it is connected.)
 *   - A datagram socket that was connected but not bound to an address names 0.0.0.0 as its own, and
 *     SO_REUSEADDR does not let two datagram sockets share a port.
 *   - There is no loopback: a connection to an address of one's own is ENETUNREACH.
 *
 * Not supported, with the errno that Linux gives for what it does not know: families other than
 * AF_INET, MSG_OOB, ancillary data, options other than those listed, epoll inside epoll.
 *
 * Calling core: all functions but leat_sockets_interrupt() may be called only by the thread that
 * polls the core, and never from inside an event or timer callback of leat.
 */
#include <poll.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

struct leat_core;
struct leat_sockets; /**< a table of descriptors, over one core */

/** Fill with leat_sockets_config_init(), then change. */
struct leat_sockets_config {
	uint32_t size;        /**< set by leat_sockets_config_init() */
	uint32_t max_sockets; /**< descriptors, 1..65536, default 1024 */
	uint32_t ring_size;   /**< bytes, a power of two 4 KiB..16 MiB, default 64 KiB: the buffer of each
	                           direction of a socket, beside TCP's own; memory is taken when it is used */
	/**
	 * Called when a turn of a blocking call found nothing to do; NULL: leat_core_wait(). until: the
	 * time of the core's clock (nanoseconds) before which nothing will be to do unless a packet
	 * comes, UINT64_MAX = for ever. Where the clock is virtual, this is where it moves; where one
	 * thread drives several instances, this is where the others get their turns.
	 */
	void (*idle)(uint64_t until, void *arg);
	void *idle_arg;
};

/** Fills in the defaults. */
void leat_sockets_config_init(struct leat_sockets_config *config);

/**
 * Makes a socket table over a core; of several cores any one: all that is for its sockets comes there, the ports
 * they listen to are the core's for the life of the instance (leat_tcp_listen_on()), and a bound port from which answers
 * would come to another core cannot be connected (EADDRNOTAVAIL). config is copied, NULL = defaults. 0, or -EINVAL (a value out
 * of range), -ENOMEM, or -errno of memfd_create(), ftruncate() or mmap().
 */
int leat_sockets_open(struct leat_core *core, const struct leat_sockets_config *config,
	struct leat_sockets **out);

/** Resets every connection that is left and frees all. Before leat_destroy(). */
void leat_sockets_close(struct leat_sockets *s);

/** One turn of the core; never blocks. Returns what leat_core_poll() says, 0 = nothing was to do. */
unsigned leat_sockets_turn(struct leat_sockets *s);

/**
 * Turns until all that closed sockets had to send is acknowledged, their FIN included. 0, or
 * -ETIMEDOUT after timeout_ns, -EINTR. A program that ends calls it where on Linux it would just exit.
 */
int leat_sockets_drain(struct leat_sockets *s, uint64_t timeout_ns);

/** Makes the call that blocks now, or the next one that would, fail with EINTR. Any thread, or a signal handler. */
void leat_sockets_interrupt(struct leat_sockets *s);

/** What a table had to refuse. */
struct leat_sockets_stats {
	uint64_t accept_overflow;   /**< connections reset because the listener's queue was full */
	uint64_t datagram_overflow; /**< datagrams dropped because the socket's buffer was full */
};

void leat_sockets_stats(const struct leat_sockets *s, struct leat_sockets_stats *out);

/** domain AF_INET; type SOCK_STREAM or SOCK_DGRAM, | SOCK_NONBLOCK | SOCK_CLOEXEC (no effect). */
int leat_socket(struct leat_sockets *s, int domain, int type, int protocol);
int leat_bind(struct leat_sockets *s, int fd, const struct sockaddr *addr, socklen_t len);
/** backlog: how many completed connections wait for leat_accept(), at most 4096. */
int leat_listen(struct leat_sockets *s, int fd, int backlog);
int leat_accept(struct leat_sockets *s, int fd, struct sockaddr *addr, socklen_t *len);
int leat_accept4(struct leat_sockets *s, int fd, struct sockaddr *addr, socklen_t *len, int flags);
/** AF_UNSPEC disconnects, as on Linux. */
int leat_connect(struct leat_sockets *s, int fd, const struct sockaddr *addr, socklen_t len);
int leat_shutdown(struct leat_sockets *s, int fd, int how);
/** Sends what was written before, then FIN; RST when received data was not read. See SO_LINGER. */
int leat_close(struct leat_sockets *s, int fd);

int leat_getsockname(struct leat_sockets *s, int fd, struct sockaddr *addr, socklen_t *len);
int leat_getpeername(struct leat_sockets *s, int fd, struct sockaddr *addr, socklen_t *len);

/** flags of receiving: MSG_PEEK, MSG_DONTWAIT, MSG_WAITALL, MSG_TRUNC. */
ssize_t leat_read(struct leat_sockets *s, int fd, void *buf, size_t len);
ssize_t leat_readv(struct leat_sockets *s, int fd, const struct iovec *iov, int count);
ssize_t leat_recv(struct leat_sockets *s, int fd, void *buf, size_t len, int flags);
/** from and fromlen may be NULL; a stream socket does not fill them. */
ssize_t leat_recvfrom(struct leat_sockets *s, int fd, void *buf, size_t len, int flags,
	struct sockaddr *from, socklen_t *fromlen);
/** msg_controllen becomes 0. */
ssize_t leat_recvmsg(struct leat_sockets *s, int fd, struct msghdr *msg, int flags);

/** flags of sending: MSG_DONTWAIT, MSG_NOSIGNAL, MSG_MORE (no effect). */
ssize_t leat_write(struct leat_sockets *s, int fd, const void *buf, size_t len);
ssize_t leat_writev(struct leat_sockets *s, int fd, const struct iovec *iov, int count);
ssize_t leat_send(struct leat_sockets *s, int fd, const void *buf, size_t len, int flags);
ssize_t leat_sendto(struct leat_sockets *s, int fd, const void *buf, size_t len, int flags,
	const struct sockaddr *to, socklen_t tolen);
ssize_t leat_sendmsg(struct leat_sockets *s, int fd, const struct msghdr *msg, int flags);

/** F_GETFL, and F_SETFL of O_NONBLOCK; else EINVAL. */
int leat_fcntl(struct leat_sockets *s, int fd, int cmd, int arg);

/**
 * SOL_SOCKET: SO_ERROR, SO_TYPE, SO_DOMAIN, SO_PROTOCOL, SO_ACCEPTCONN, SO_REUSEADDR, SO_KEEPALIVE,
 * SO_RCVBUF, SO_SNDBUF (doubled as on Linux), SO_LINGER, SO_RCVTIMEO, SO_SNDTIMEO.
 * IPPROTO_TCP: TCP_NODELAY, TCP_CONGESTION ("cubic", "reno"), TCP_MAXSEG (get), TCP_INFO (get).
 */
int leat_getsockopt(struct leat_sockets *s, int fd, int level, int name, void *value, socklen_t *len);
int leat_setsockopt(struct leat_sockets *s, int fd, int level, int name, const void *value, socklen_t len);

/** timeout in milliseconds, negative = none. */
int leat_poll(struct leat_sockets *s, struct pollfd *fds, nfds_t count, int timeout);

/** epoll_create1(2): flags 0 or EPOLL_CLOEXEC (no effect). */
int leat_epoll_create(struct leat_sockets *s, int flags);
/** Level-triggered, EPOLLET and EPOLLONESHOT; EPOLLEXCLUSIVE and EPOLLWAKEUP: EINVAL. */
int leat_epoll_ctl(struct leat_sockets *s, int epfd, int op, int fd, struct epoll_event *event);
int leat_epoll_wait(struct leat_sockets *s, int epfd, struct epoll_event *events, int max, int timeout);

#ifdef __cplusplus
}
#endif
#endif
