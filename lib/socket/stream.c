/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading and writing a stream: the order of the checks is that of Linux's tcp_recvmsg() and tcp_sendmsg(). */
#include "socket/app.h"

/* Moves what the ring has into io's pieces, from byte `from` of them on. Returns bytes. */
static size_t
take(struct desc *d, const struct io *io, size_t from)
{
	size_t done = 0, at = from;

	for (int i = 0; i < io->count; i++) {
		const struct iovec *v = &io->iov[i];
		if (at >= v->iov_len) {
			at -= v->iov_len;
			continue;
		}
		size_t want = v->iov_len - at, n;
		uint32_t skip = io->flags & MSG_PEEK ? (uint32_t)(from + done) : 0;
		if (io->flags & MSG_TRUNC) {
			uint32_t used = byte_ring_used(&d->rx);
			n = used <= skip ? 0 : used - skip < want ? used - skip : want;
		} else {
			n = byte_ring_peek(&d->rx, skip, (uint8_t *)v->iov_base + at, want);
		}
		if (!(io->flags & MSG_PEEK))
			byte_ring_consume(&d->rx, (uint32_t)n);
		done += n;
		if (n < want)
			break;
		at = 0;
	}
	return done;
}

/*
 * Data waits behind the ring, and there is room again: half of it, so that many small reads do not
 * open the window by as small steps. The fence orders our consuming before our look at the flag.
 */
static void
refill(struct leat_sockets *s, const struct desc *d)
{
	atomic_thread_fence(memory_order_seq_cst);
	if ((desc_status(s, d) & SLOT_RX_MORE) && byte_ring_used(&d->rx) <= d->rx.size / 2)
		app_kick(s, d);
}

/* The ring is empty, and was so after the slot had this status. 1: wait, 0: end of file, -errno. */
static int
nothing(struct leat_sockets *s, const struct desc *d, uint32_t status)
{
	if (status & SLOT_RX_MORE)
		return 1;
	if (status & SLOT_PEER_FIN)
		return 0;
	int error = desc_take_error(s, d);
	if (error != 0)
		return -error;
	if (d->shut_rd || (status & SLOT_ENDED))
		return 0;
	return status & (SLOT_OPEN | SLOT_CONNECTING) ? 1 : -ENOTCONN;
}

/* Would more come if one waited? What has been copied is returned first, the reason next time. */
static bool
more_may_come(struct leat_sockets *s, const struct desc *d, uint32_t status)
{
	bool over = d->shut_rd || (status & (SLOT_PEER_FIN | SLOT_ENDED)) || atomic_load(&desc_slot(s, d)->error) != 0;

	return (status & SLOT_RX_MORE) || !over;
}

ssize_t
stream_recv(struct leat_sockets *s, struct desc *d, struct io *io)
{
	struct wait w = wait_for(d, io->flags, d->rcv_timeout);
	size_t done = 0, target = io->flags & MSG_WAITALL ? io->total : 1;

	if (d->listening)
		return -ENOTCONN;
	for (;;) {
		uint32_t status = desc_status(s, d); /* before the ring: what it tells of is in there by now */
		done += take(d, io, done);
		refill(s, d);
		if (done >= target || (done > 0 && !more_may_come(s, d, status)))
			return (ssize_t)done;
		if (io->total == 0 && byte_ring_used(&d->rx) > 0)
			return 0;
		/* one cannot look at more than the ring holds */
		if ((io->flags & MSG_PEEK) && done == d->rx.size)
			return (ssize_t)done;
		int r = done > 0 ? 1 : nothing(s, d, status);
		if (r <= 0)
			return r;
		r = app_wait(s, &w);
		if (r < 0)
			return done > 0 ? (ssize_t)done : r;
	}
}

/* Waits until it may send. 0 or -errno. */
static int
await_open(struct leat_sockets *s, const struct desc *d, struct wait *w)
{
	for (;;) {
		uint32_t status = desc_status(s, d);
		int error = desc_take_error(s, d);
		if (error != 0)
			return -error;
		if ((status & SLOT_OPEN) && !d->shut_wr)
			return 0;
		if (!(status & SLOT_CONNECTING))
			return -EPIPE;
		int r = app_wait(s, w);
		if (r < 0)
			return r;
	}
}

/* Moves what the ring takes of io's pieces, from byte `from` of them on. Returns bytes. */
static size_t
put(struct desc *d, const struct io *io, size_t from)
{
	size_t done = 0;

	for (int i = 0; i < io->count; i++) {
		const struct iovec *v = &io->iov[i];
		if (from >= v->iov_len) {
			from -= v->iov_len;
			continue;
		}
		size_t n = byte_ring_write(&d->tx, (const uint8_t *)v->iov_base + from, v->iov_len - from);
		done += n;
		if (n < v->iov_len - from)
			break;
		from = 0;
	}
	return done;
}

/* The ring is full: asks to be told of room. False: the stack has just made some. */
static bool
want_room(struct leat_sockets *s, const struct desc *d)
{
	atomic_store(&desc_slot(s, d)->want_room, 1);
	atomic_thread_fence(memory_order_seq_cst);
	return byte_ring_room(&d->tx) == 0;
}

ssize_t
stream_send(struct leat_sockets *s, struct desc *d, const struct io *io)
{
	struct wait w = wait_for(d, io->flags, d->snd_timeout);
	size_t done = 0;
	int r = await_open(s, d, &w);

	while (r == 0) {
		done += put(d, io, done);
		app_kick(s, d);
		if (done == io->total)
			break;
		if (!want_room(s, d))
			continue;
		r = app_wait(s, &w);
		if (r == 0 && !(desc_status(s, d) & SLOT_OPEN))
			r = done > 0 ? -EPIPE : await_open(s, d, &w);
	}
	if (r < 0 && done == 0)
		return r;
	/* who may wait expects it to be on its way when the call returns */
	if (w.timeout > 0)
		app_turn(s);
	return (ssize_t)done;
}
