/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_RING_H
#define BASE_RING_H
/*
 * Rings in shared memory, one producer and one consumer, which may be in different processes: a
 * ring of bytes and a ring of messages of one size. Nothing in the shared part is a pointer.
 *
 * The other side is not trusted. Each side keeps its own index in memory of its own and only
 * publishes it; of the other's index it uses nothing but the distance to its own, and a distance
 * that cannot be makes the ring look full to the producer and empty to the consumer. So whatever
 * the other side writes, or if it died half-way, this side never leaves the ring's data.
 *
 * Indices run freely modulo 2^32; a size is a power of two, at most 2^31.
 */
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

enum { RING_LINE = 64 };

/* The shared part: zero at the start. A line each, so that the two sides do not fight for one. */
struct ring_index {
	alignas(RING_LINE) _Atomic uint32_t head; /* the consumer has read up to here */
	alignas(RING_LINE) _Atomic uint32_t tail; /* the producer has written up to here */
};

/* One side's view of a ring of bytes. */
struct byte_ring {
	struct ring_index *shared;
	uint8_t *data;
	uint32_t size;
	uint32_t mine;  /* the index this side moves */
};

/* Both sides begin at 0; index is cleared by whoever made the memory, before either side begins. */
void byte_ring_init(struct byte_ring *r, struct ring_index *index, void *data, uint32_t size);

/* Bytes the producer may write now. */
static inline uint32_t
byte_ring_room(const struct byte_ring *r)
{
	uint32_t used = r->mine - atomic_load_explicit(&r->shared->head, memory_order_acquire);

	return used <= r->size ? r->size - used : 0;
}

/* Bytes the consumer may read now. */
static inline uint32_t
byte_ring_used(const struct byte_ring *r)
{
	uint32_t used = atomic_load_explicit(&r->shared->tail, memory_order_acquire) - r->mine;

	return used <= r->size ? used : 0;
}

/*
 * The room of the producer, or the bytes of the consumer, as one or two pieces, at most max bytes
 * in all, `skip` bytes after the side's index. Returns the number of pieces.
 */
int byte_ring_room_iov(const struct byte_ring *r, uint32_t max, struct iovec iov[2]);
int byte_ring_used_iov(const struct byte_ring *r, uint32_t skip, uint32_t max, struct iovec iov[2]);

/* The producer wrote n bytes (no more than the room it saw). */
static inline void
byte_ring_produce(struct byte_ring *r, uint32_t n)
{
	r->mine += n;
	atomic_store_explicit(&r->shared->tail, r->mine, memory_order_release);
}

/* The consumer is done with n bytes (no more than it saw used). */
static inline void
byte_ring_consume(struct byte_ring *r, uint32_t n)
{
	r->mine += n;
	atomic_store_explicit(&r->shared->head, r->mine, memory_order_release);
}

/* Writes what fits of data; returns how many bytes. */
uint32_t byte_ring_write(struct byte_ring *r, const void *data, size_t len);

/* Writes all of the pieces, or nothing and returns false when they do not fit. */
bool byte_ring_write_all(struct byte_ring *r, const struct iovec *iov, int count);

/* Copies up to len bytes, skip bytes after the index, and consumes nothing; returns how many. */
uint32_t byte_ring_peek(const struct byte_ring *r, uint32_t skip, void *buf, size_t len);

/* Copies up to len bytes and consumes them; returns how many. */
uint32_t byte_ring_read(struct byte_ring *r, void *buf, size_t len);

/* One side's view of a ring of messages. */
struct msg_ring {
	struct ring_index *shared;
	uint8_t *data;
	uint32_t count;  /* messages it holds, a power of two */
	uint32_t size;   /* bytes of each */
	uint32_t mine;
};

void msg_ring_init(struct msg_ring *r, struct ring_index *index, void *data, uint32_t count, uint32_t size);

/* Copies a message in; false: full. */
bool msg_ring_push(struct msg_ring *r, const void *msg);

/* Copies the oldest message out, so that the other side cannot change it any more; false: empty. */
bool msg_ring_pop(struct msg_ring *r, void *msg);

/* Is there anything to pop? */
static inline bool
msg_ring_pending(const struct msg_ring *r)
{
	return atomic_load_explicit(&r->shared->tail, memory_order_acquire) != r->mine;
}

#endif
