/* SPDX-License-Identifier: BSD-3-Clause */
/* read, recv, write, send and their kin: all are recvmsg or sendmsg with less. */
#include <limits.h>
#include <string.h>
#include "socket/app.h"

/* Bytes in all the pieces, or -errno. What is thrown away (MSG_TRUNC) needs no place. */
static ssize_t
measure(const struct iovec *iov, size_t count, int flags)
{
	size_t total = 0;

	if (count > 0 && iov == NULL)
		return -EFAULT;
	for (size_t i = 0; i < count; i++) {
		if (iov[i].iov_len > SSIZE_MAX - total)
			return -EINVAL;
		if (iov[i].iov_len > 0 && iov[i].iov_base == NULL && !(flags & MSG_TRUNC))
			return -EFAULT;
		total += iov[i].iov_len;
	}
	return (ssize_t)total;
}

static int
prepare(struct io *io, const struct iovec *iov, size_t count, int flags)
{
	ssize_t total = count > IOV_MAX ? -EMSGSIZE : measure(iov, count, flags);

	if (total < 0)
		return (int)total;
	*io = (struct io){.iov = iov, .count = (int)count, .total = (size_t)total, .flags = flags};
	return 0;
}

static ssize_t
do_recv(struct leat_sockets *s, int fd, struct msghdr *msg, int flags)
{
	struct desc *d;
	struct io io;
	int r = fd_socket(s, fd, &d);

	if (r == 0)
		r = prepare(&io, msg->msg_iov, msg->msg_iovlen, flags);
	if (r == 0 && (flags & MSG_OOB) && d->type == SOCK_STREAM)
		r = -EINVAL; /* there is never any */
	if (r < 0)
		return r;
	ssize_t n = d->type == SOCK_STREAM ? stream_recv(s, d, &io) : dgram_recv(s, d, &io);
	if (n < 0)
		return n;
	msg->msg_flags = io.truncated ? MSG_TRUNC : 0;
	msg->msg_controllen = 0;
	if (!io.has_peer)
		msg->msg_namelen = 0;
	else if (msg->msg_name != NULL)
		r = sockaddr_write(&io.peer, msg->msg_name, &msg->msg_namelen);
	return r < 0 ? r : n;
}

/* A stream goes where it is connected to, whatever address is given (so does Linux's). */
static int
destination(const struct desc *d, const struct msghdr *msg, struct io *io)
{
	if (d->type == SOCK_STREAM || msg->msg_name == NULL)
		return 0;
	io->has_peer = true;
	return sockaddr_read(msg->msg_name, msg->msg_namelen, &io->peer);
}

static ssize_t
do_send(struct leat_sockets *s, int fd, const struct msghdr *msg, int flags)
{
	struct desc *d;
	struct io io;
	int r = fd_socket(s, fd, &d);

	if (r == 0)
		r = prepare(&io, msg->msg_iov, msg->msg_iovlen, flags);
	if (r == 0 && (flags & MSG_OOB))
		r = -EOPNOTSUPP;
	if (r == 0)
		r = destination(d, msg, &io);
	if (r < 0)
		return r;
	return d->type == SOCK_STREAM ? stream_send(s, d, &io) : dgram_send(s, d, &io);
}

ssize_t
leat_recvmsg(struct leat_sockets *s, int fd, struct msghdr *msg, int flags)
{
	return sys(msg == NULL ? -EFAULT : do_recv(s, fd, msg, flags));
}

ssize_t
leat_sendmsg(struct leat_sockets *s, int fd, const struct msghdr *msg, int flags)
{
	return sys(msg == NULL ? -EFAULT : do_send(s, fd, msg, flags));
}

ssize_t
leat_recvfrom(struct leat_sockets *s, int fd, void *buf, size_t len, int flags, struct sockaddr *from,
	socklen_t *fromlen)
{
	struct iovec iov = {buf, len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_name = from};

	if (from != NULL && fromlen == NULL)
		return sys(-EFAULT);
	if (from != NULL)
		msg.msg_namelen = *fromlen;
	ssize_t n = do_recv(s, fd, &msg, flags);
	if (n >= 0 && from != NULL)
		*fromlen = msg.msg_namelen;
	return sys(n);
}

ssize_t
leat_recv(struct leat_sockets *s, int fd, void *buf, size_t len, int flags)
{
	return leat_recvfrom(s, fd, buf, len, flags, NULL, NULL);
}

ssize_t
leat_sendto(struct leat_sockets *s, int fd, const void *buf, size_t len, int flags, const struct sockaddr *to,
	socklen_t tolen)
{
	struct iovec iov = {(void *)(uintptr_t)buf, len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_name = (void *)(uintptr_t)to,
		.msg_namelen = tolen};

	return sys(do_send(s, fd, &msg, flags));
}

ssize_t
leat_send(struct leat_sockets *s, int fd, const void *buf, size_t len, int flags)
{
	return leat_sendto(s, fd, buf, len, flags, NULL, 0);
}

/* read and write: what is no socket has nothing to read, and a wrong count is EINVAL. */
static int
check_file(struct leat_sockets *s, int fd, int count)
{
	const struct desc *d = fd_any(s, fd);

	if (d == NULL)
		return -EBADF;
	return d->kind == DESC_SOCKET && count >= 0 && count <= IOV_MAX ? 0 : -EINVAL;
}

ssize_t
leat_readv(struct leat_sockets *s, int fd, const struct iovec *iov, int count)
{
	struct msghdr msg = {.msg_iov = (struct iovec *)(uintptr_t)iov, .msg_iovlen = (size_t)count};
	int r = check_file(s, fd, count);

	if (r < 0)
		return sys(r);
	ssize_t total = measure(iov, msg.msg_iovlen, 0);
	/* POSIX: reading nothing has no effect, whatever state the socket is in */
	return total <= 0 ? sys(total) : leat_recvmsg(s, fd, &msg, 0);
}

ssize_t
leat_writev(struct leat_sockets *s, int fd, const struct iovec *iov, int count)
{
	const struct msghdr msg = {.msg_iov = (struct iovec *)(uintptr_t)iov, .msg_iovlen = (size_t)count};
	int r = check_file(s, fd, count);

	return r < 0 ? sys(r) : leat_sendmsg(s, fd, &msg, 0);
}

ssize_t
leat_read(struct leat_sockets *s, int fd, void *buf, size_t len)
{
	const struct iovec iov = {buf, len};

	return leat_readv(s, fd, &iov, 1);
}

ssize_t
leat_write(struct leat_sockets *s, int fd, const void *buf, size_t len)
{
	const struct iovec iov = {(void *)(uintptr_t)buf, len};

	return leat_writev(s, fd, &iov, 1);
}
