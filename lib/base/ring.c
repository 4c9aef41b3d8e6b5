/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include "base/ring.h"

void
byte_ring_init(struct byte_ring *r, struct ring_index *index, void *data, uint32_t size)
{
	r->shared = index;
	r->data = data;
	r->size = size;
	r->mine = 0;
}

/* n bytes (n <= size) from index `from` on: up to the end of the data, and the rest at its start. */
static int
pieces(const struct byte_ring *r, uint32_t from, uint32_t n, struct iovec iov[2])
{
	uint32_t at = from & (r->size - 1);
	uint32_t first = n < r->size - at ? n : r->size - at;

	if (n == 0)
		return 0;
	iov[0] = (struct iovec){.iov_base = r->data + at, .iov_len = first};
	if (first == n)
		return 1;
	iov[1] = (struct iovec){.iov_base = r->data, .iov_len = n - first};
	return 2;
}

int
byte_ring_room_iov(const struct byte_ring *r, uint32_t max, struct iovec iov[2])
{
	uint32_t room = byte_ring_room(r);

	return pieces(r, r->mine, room < max ? room : max, iov);
}

int
byte_ring_used_iov(const struct byte_ring *r, uint32_t skip, uint32_t max, struct iovec iov[2])
{
	uint32_t used = byte_ring_used(r);

	if (skip >= used)
		return 0;
	used -= skip;
	return pieces(r, r->mine + skip, used < max ? used : max, iov);
}

static uint32_t
clamp(size_t len)
{
	return len > UINT32_MAX ? UINT32_MAX : (uint32_t)len;
}

/* Copies data behind the index and `ahead` bytes that were copied before; does not publish. */
static uint32_t
put(const struct byte_ring *r, uint32_t ahead, uint32_t room, const uint8_t *data, uint32_t len)
{
	struct iovec iov[2];
	uint32_t done = 0;
	int n = pieces(r, r->mine + ahead, len < room ? len : room, iov);

	for (int i = 0; i < n; i++) {
		memcpy(iov[i].iov_base, data + done, iov[i].iov_len);
		done += (uint32_t)iov[i].iov_len;
	}
	return done;
}

uint32_t
byte_ring_write(struct byte_ring *r, const void *data, size_t len)
{
	uint32_t done = put(r, 0, byte_ring_room(r), data, clamp(len));

	byte_ring_produce(r, done);
	return done;
}

bool
byte_ring_write_all(struct byte_ring *r, const struct iovec *iov, int count)
{
	uint32_t room = byte_ring_room(r), done = 0;
	size_t total = 0;

	for (int i = 0; i < count; i++)
		total += iov[i].iov_len;
	if (total > room)
		return false;
	for (int i = 0; i < count; i++)
		done += put(r, done, room - done, iov[i].iov_base, (uint32_t)iov[i].iov_len);
	byte_ring_produce(r, done);
	return true;
}

uint32_t
byte_ring_peek(const struct byte_ring *r, uint32_t skip, void *buf, size_t len)
{
	struct iovec iov[2];
	uint32_t done = 0;
	int n = byte_ring_used_iov(r, skip, clamp(len), iov);

	for (int i = 0; i < n; i++) {
		memcpy((uint8_t *)buf + done, iov[i].iov_base, iov[i].iov_len);
		done += (uint32_t)iov[i].iov_len;
	}
	return done;
}

uint32_t
byte_ring_read(struct byte_ring *r, void *buf, size_t len)
{
	uint32_t done = byte_ring_peek(r, 0, buf, len);

	byte_ring_consume(r, done);
	return done;
}

void
msg_ring_init(struct msg_ring *r, struct ring_index *index, void *data, uint32_t count, uint32_t size)
{
	r->shared = index;
	r->data = data;
	r->count = count;
	r->size = size;
	r->mine = 0;
}

static uint8_t *
message(const struct msg_ring *r)
{
	return r->data + (size_t)(r->mine & (r->count - 1)) * r->size;
}

bool
msg_ring_push(struct msg_ring *r, const void *msg)
{
	uint32_t used = r->mine - atomic_load_explicit(&r->shared->head, memory_order_acquire);

	if (used >= r->count)
		return false;
	memcpy(message(r), msg, r->size);
	r->mine++;
	atomic_store_explicit(&r->shared->tail, r->mine, memory_order_release);
	return true;
}

bool
msg_ring_pop(struct msg_ring *r, void *msg)
{
	uint32_t used = atomic_load_explicit(&r->shared->tail, memory_order_acquire) - r->mine;

	if (used == 0 || used > r->count)
		return false;
	memcpy(msg, message(r), r->size);
	r->mine++;
	atomic_store_explicit(&r->shared->head, r->mine, memory_order_release);
	return true;
}
