/* SPDX-License-Identifier: BSD-3-Clause */
/* Descriptors: the lowest free number, as POSIX wants it; and the slots behind them. */
#include <fcntl.h>
#include <stdlib.h>
#include "socket/app.h"

struct desc *
fd_any(struct leat_sockets *s, int fd)
{
	if (fd < 0 || (uint32_t)fd >= s->max || s->descs[fd].kind == DESC_FREE)
		return NULL;
	return &s->descs[fd];
}

int
fd_socket(struct leat_sockets *s, int fd, struct desc **out)
{
	*out = fd_any(s, fd);
	if (*out == NULL)
		return -EBADF;
	return (*out)->kind == DESC_SOCKET ? 0 : -ENOTSOCK;
}

int
fd_epoll(struct leat_sockets *s, int fd, struct desc **out)
{
	*out = fd_any(s, fd);
	if (*out == NULL)
		return -EBADF;
	return (*out)->kind == DESC_EPOLL ? 0 : -EINVAL;
}

static uint32_t
lowest_free(const struct leat_sockets *s)
{
	uint32_t fd = s->lowest;

	while (fd < s->max && s->descs[fd].kind != DESC_FREE)
		fd++;
	return fd;
}

int
fd_full(const struct leat_sockets *s)
{
	return lowest_free(s) < s->max ? 0 : -EMFILE;
}

void
fd_rings(struct leat_sockets *s, struct desc *d)
{
	channel_rx(&s->chan, d->slot, &d->rx);
	channel_tx(&s->chan, d->slot, &d->tx);
}

int
fd_new(struct leat_sockets *s, enum desc_kind kind, int type)
{
	uint32_t fd = lowest_free(s);
	struct desc *d = &s->descs[fd];

	if (fd == s->max)
		return -EMFILE;
	if (kind == DESC_SOCKET && s->nb_free_slots == 0)
		return -ENOBUFS;
	*d = (struct desc){.kind = kind, .type = type, .rcv_timeout = WAIT_FOREVER, .snd_timeout = WAIT_FOREVER};
	TAILQ_INIT(&d->watches);
	if (kind == DESC_SOCKET) {
		d->slot = s->free_slots[--s->nb_free_slots];
		s->owner[d->slot] = (int32_t)fd;
		fd_rings(s, d);
	}
	s->lowest = fd + 1;
	return (int)fd;
}

void
fd_release(struct leat_sockets *s, struct desc *d, bool unused)
{
	uint32_t fd = (uint32_t)(d - s->descs);

	if (d->kind == DESC_SOCKET) {
		s->owner[d->slot] = SLOT_CLOSING;
		if (unused)
			fd_slot_released(s, d->slot);
	}
	d->kind = DESC_FREE;
	if (fd < s->lowest)
		s->lowest = fd;
}

/* Twice, or without having been closed: the other side's mistake, or malice. */
void
fd_slot_released(struct leat_sockets *s, uint32_t slot)
{
	if (slot >= s->chan.slots || s->owner[slot] != SLOT_CLOSING)
		return;
	s->owner[slot] = SLOT_FREE;
	s->free_slots[s->nb_free_slots++] = slot;
}

int
desc_take_error(const struct leat_sockets *s, const struct desc *d)
{
	uint32_t error = atomic_exchange(&desc_slot(s, d)->error, 0);

	return error < 4096 ? (int)error : EPROTO;
}

static int
get_flags(struct leat_sockets *s, int fd)
{
	const struct desc *d = fd_any(s, fd);

	return d == NULL ? -EBADF : O_RDWR | (d->nonblock ? O_NONBLOCK : 0);
}

static int
set_flags(struct leat_sockets *s, int fd, int flags)
{
	struct desc *d = fd_any(s, fd);

	if (d == NULL)
		return -EBADF;
	d->nonblock = (flags & O_NONBLOCK) != 0;
	return 0;
}

int
leat_fcntl(struct leat_sockets *s, int fd, int cmd, int arg)
{
	if (cmd == F_GETFL)
		return (int)sys(get_flags(s, fd));
	if (cmd == F_SETFL)
		return (int)sys(set_flags(s, fd, arg));
	return (int)sys(fd_any(s, fd) == NULL ? -EBADF : -EINVAL);
}
