/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "socket/channel.h"

static uint64_t
page_up(uint64_t n)
{
	return (n + 4095) & ~(uint64_t)4095;
}

/* Where everything stands follows from the number of slots and the size of a data ring. */
static void
lay_out(struct channel_head *h, uint32_t slots, uint32_t ring_size)
{
	uint32_t messages = 1;

	while (messages < 2 * slots + CHANNEL_SPARE)
		messages *= 2;
	memset(h, 0, sizeof(*h));
	h->magic = CHANNEL_MAGIC;
	h->version = CHANNEL_VERSION;
	h->slots = slots;
	h->ring_size = ring_size;
	h->messages = messages;
	h->requests_at = page_up(sizeof(*h));
	h->completions_at = h->requests_at + page_up((uint64_t)messages * sizeof(struct message));
	h->slots_at = h->completions_at + page_up((uint64_t)messages * sizeof(struct message));
	h->data_at = h->slots_at + page_up((uint64_t)slots * sizeof(struct slot));
	h->size = h->data_at + (uint64_t)slots * 2 * ring_size;
}

static int
map(struct channel *c, const struct channel_head *h, int fd)
{
	void *base = mmap(NULL, h->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);

	if (base == MAP_FAILED)
		return -errno;
	c->base = base;
	c->size = h->size;
	c->slots = h->slots;
	c->ring_size = h->ring_size;
	c->slot_table = (struct slot *)(c->base + h->slots_at);
	c->data = c->base + h->data_at;
	return 0;
}

/* The size is sealed: the other side cannot take memory away under this one (SIGBUS). */
static int
make_memory(uint64_t size)
{
	int fd = memfd_create("leat-sockets", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)size) < 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
		int error = -errno;
		close(fd);
		return error;
	}
	return fd;
}

int
channel_create(struct channel *c, uint32_t slots, uint32_t ring_size, int *fd)
{
	struct channel_head h;

	lay_out(&h, slots, ring_size);
	*fd = make_memory(h.size);
	if (*fd < 0)
		return *fd;
	int r = map(c, &h, *fd);
	if (r < 0) {
		close(*fd);
		return r;
	}
	struct channel_head *head = channel_head(c);
	memcpy(head, &h, sizeof(h));
	msg_ring_init(&c->in, &head->requests, c->base + h.requests_at, h.messages, sizeof(struct message));
	msg_ring_init(&c->out, &head->completions, c->base + h.completions_at, h.messages, sizeof(struct message));
	return 0;
}

/* The layout must be the one that its two parameters give, and fit the memory that is there. */
static bool
plausible(const struct channel_head *h, uint64_t size)
{
	struct channel_head want;

	if (h->magic != CHANNEL_MAGIC || h->version != CHANNEL_VERSION || h->slots == 0 ||
		h->slots > CHANNEL_SLOTS_MAX || h->ring_size < CHANNEL_RING_MIN ||
		h->ring_size > CHANNEL_RING_MAX || (h->ring_size & (h->ring_size - 1)) != 0)
		return false;
	lay_out(&want, h->slots, h->ring_size);
	return h->size == size && memcmp(h, &want, offsetof(struct channel_head, accept_overflow)) == 0;
}

int
channel_attach(struct channel *c, int fd)
{
	struct channel_head h;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (pread(fd, &h, sizeof(h), 0) != (ssize_t)sizeof(h) || !plausible(&h, (uint64_t)st.st_size))
		return -EPROTO;
	int r = map(c, &h, fd);
	if (r < 0)
		return r;
	struct channel_head *head = channel_head(c);
	msg_ring_init(&c->out, &head->requests, c->base + h.requests_at, h.messages, sizeof(struct message));
	msg_ring_init(&c->in, &head->completions, c->base + h.completions_at, h.messages, sizeof(struct message));
	return 0;
}

void
channel_detach(struct channel *c)
{
	if (c->base != NULL)
		munmap(c->base, c->size);
	c->base = NULL;
}

void
channel_rx(const struct channel *c, uint32_t slot, struct byte_ring *r)
{
	byte_ring_init(r, &c->slot_table[slot].rx, c->data + (uint64_t)slot * 2 * c->ring_size, c->ring_size);
}

void
channel_tx(const struct channel *c, uint32_t slot, struct byte_ring *r)
{
	byte_ring_init(r, &c->slot_table[slot].tx, c->data + ((uint64_t)slot * 2 + 1) * c->ring_size,
		c->ring_size);
}
