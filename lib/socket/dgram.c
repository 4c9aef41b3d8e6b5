/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading and writing datagrams. */
#include "socket/app.h"

/* Copies a datagram of len bytes that lies behind its head; returns how many fitted. */
static size_t
copy(const struct desc *d, const struct io *io, uint32_t len)
{
	size_t done = 0;

	for (int i = 0; i < io->count && done < len; i++) {
		size_t room = io->iov[i].iov_len;
		size_t n = len - done < room ? len - done : room;
		done += byte_ring_peek(&d->rx, (uint32_t)(sizeof(struct dgram_head) + done), io->iov[i].iov_base, n);
	}
	return done;
}

static ssize_t
next(struct desc *d, struct io *io)
{
	struct dgram_head head;
	uint32_t used = byte_ring_used(&d->rx);

	if (used < sizeof(head))
		return -EAGAIN;
	byte_ring_peek(&d->rx, 0, &head, sizeof(head));
	if (head.len > used - sizeof(head))
		return -EIO; /* the other side does not keep to the form */
	size_t n = copy(d, io, head.len);
	if (!(io->flags & MSG_PEEK))
		byte_ring_consume(&d->rx, (uint32_t)sizeof(head) + head.len);
	io->peer = head.from;
	io->has_peer = true;
	io->truncated = n < head.len;
	return io->flags & MSG_TRUNC ? (ssize_t)head.len : (ssize_t)n;
}

ssize_t
dgram_recv(struct leat_sockets *s, struct desc *d, struct io *io)
{
	struct wait w = wait_for(d, io->flags, d->rcv_timeout);

	for (;;) {
		int error = desc_take_error(s, d);
		if (error != 0)
			return -error;
		ssize_t n = next(d, io);
		if (n != -EAGAIN)
			return n;
		if (d->shut_rd && w.timeout > 0)
			return 0;
		int r = app_wait(s, &w);
		if (r < 0)
			return r;
	}
}

static int
check_send(struct leat_sockets *s, const struct desc *d, const struct io *io)
{
	if (io->total > DGRAM_MAX)
		return -EMSGSIZE;
	if (!io->has_peer && d->phase != PHASE_CONNECTED)
		return -EDESTADDRREQ;
	if (io->has_peer && io->peer.port == 0)
		return -EINVAL;
	int error = desc_take_error(s, d);
	if (error != 0)
		return -error;
	return d->shut_wr ? -EPIPE : 0;
}

/* The datagram goes through the ring, its outcome comes back at once: so errno is exact. */
ssize_t
dgram_send(struct leat_sockets *s, struct desc *d, const struct io *io)
{
	struct message m = {.kind = REQ_SEND, .slot = d->slot, .value = (uint32_t)io->total,
		.remote = io->has_peer ? io->peer : d->remote};
	int r = check_send(s, d, io);

	if (r < 0)
		return r;
	if (!byte_ring_write_all(&d->tx, io->iov, io->count))
		return -EMSGSIZE; /* larger than the ring, which is empty between calls */
	r = app_request(s, &m);
	d->local = m.local;
	if (r < 0)
		return r;
	if (!d->nonblock && !(io->flags & MSG_DONTWAIT))
		app_turn(s);
	return (ssize_t)io->total;
}
