/* SPDX-License-Identifier: BSD-3-Clause */
/* Readiness: the steps of Linux's tcp_poll() and datagram_poll(), and poll(). */
#include "socket/app.h"

enum { IN = POLLIN | POLLRDNORM, OUT = POLLOUT | POLLWRNORM };

static bool
writable(const struct desc *d)
{
	return channel_writable(d->tx.size, d->tx.size - byte_ring_room(&d->tx));
}

/* Who waits for room is told of it; the room may have come just before the wish could be seen. */
static bool
wish_writable(struct leat_sockets *s, const struct desc *d)
{
	if (writable(d))
		return true;
	atomic_store(&desc_slot(s, d)->want_room, 1);
	atomic_thread_fence(memory_order_seq_cst);
	return writable(d);
}

static uint32_t
stream_bits(struct leat_sockets *s, const struct desc *d, uint32_t events)
{
	uint32_t status = desc_status(s, d), bits = 0;
	bool shut_rd = d->shut_rd || (status & (SLOT_PEER_FIN | SLOT_ENDED));
	bool shut_wr = d->shut_wr || (status & SLOT_ENDED);

	if (d->listening)
		return atomic_load(&desc_slot(s, d)->waiting) > 0 ? IN : 0;
	if ((shut_rd && shut_wr) || !(status & (SLOT_CONNECTING | SLOT_OPEN)))
		bits |= POLLHUP;
	if (shut_rd)
		bits |= IN | POLLRDHUP;
	if (!(status & SLOT_CONNECTING)) {
		if (byte_ring_used(&d->rx) > 0 || (status & SLOT_RX_MORE))
			bits |= IN;
		if (shut_wr || ((events & OUT) && wish_writable(s, d)))
			bits |= OUT;
	}
	return bits;
}

static uint32_t
dgram_bits(const struct desc *d)
{
	uint32_t bits = OUT | POLLWRBAND;

	if (d->shut_rd)
		bits |= IN | POLLRDHUP;
	if (d->shut_rd && d->shut_wr)
		bits |= POLLHUP;
	if (byte_ring_used(&d->rx) > 0)
		bits |= IN;
	return bits;
}

uint32_t
poll_bits(struct leat_sockets *s, struct desc *d, uint32_t events)
{
	uint32_t bits;

	if (d->kind == DESC_EPOLL)
		return epoll_pending(s, d->epoll) ? events & IN : 0;
	bits = d->type == SOCK_STREAM ? stream_bits(s, d, events) : dgram_bits(d);
	if (atomic_load(&desc_slot(s, d)->error) != 0)
		bits |= POLLERR;
	return bits & (events | POLLERR | POLLHUP);
}

static int
look(struct leat_sockets *s, struct pollfd *fds, nfds_t count)
{
	int n = 0;

	for (nfds_t i = 0; i < count; i++) {
		struct desc *d = fd_any(s, fds[i].fd);
		if (fds[i].fd < 0)
			fds[i].revents = 0;
		else if (d == NULL)
			fds[i].revents = POLLNVAL;
		else
			fds[i].revents = (short)poll_bits(s, d, (uint16_t)fds[i].events);
		n += fds[i].revents != 0;
	}
	return n;
}

/* The first wait always turns the core: a program that only polls must not starve it. */
static int
do_poll(struct leat_sockets *s, struct pollfd *fds, nfds_t count, int timeout)
{
	struct wait w = {.timeout = timeout < 0 ? WAIT_FOREVER : (uint64_t)timeout * 1000000u};

	if (count > s->max)
		return -EINVAL;
	if (count > 0 && fds == NULL)
		return -EFAULT;
	for (;;) {
		int r = app_wait(s, &w);
		if (r == -EINTR)
			return r;
		int n = look(s, fds, count);
		if (n > 0 || r < 0)
			return n;
	}
}

int
leat_poll(struct leat_sockets *s, struct pollfd *fds, nfds_t count, int timeout)
{
	return (int)sys(do_poll(s, fds, count, timeout));
}
