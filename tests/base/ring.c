/* SPDX-License-Identifier: BSD-3-Clause */
/* Rings in shared memory: order, wrap-around, two threads, and another side that lies. */
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <criterion/criterion.h>
#include "base/ring.h"

enum { SIZE = 64, GUARD = 64, STREAM = 4 << 20, MESSAGES = 200000 };

static struct ring_index indices;
static uint8_t memory[GUARD + SIZE + GUARD];

/* The data lies between guard bytes that nobody may touch. */
static void
begin(struct byte_ring *producer, struct byte_ring *consumer)
{
	memset(memory, 0xee, sizeof(memory));
	memset(&indices, 0, sizeof(indices));
	byte_ring_init(producer, &indices, memory + GUARD, SIZE);
	byte_ring_init(consumer, &indices, memory + GUARD, SIZE);
}

static void
check_guards(void)
{
	for (int i = 0; i < GUARD; i++) {
		cr_assert_eq(memory[i], 0xee);
		cr_assert_eq(memory[GUARD + SIZE + i], 0xee);
	}
}

Test(ring, the_two_indices_are_on_lines_of_their_own)
{
	cr_assert_eq(offsetof(struct ring_index, tail) - offsetof(struct ring_index, head), RING_LINE);
	cr_assert_eq(sizeof(struct ring_index), 2 * RING_LINE);
}

Test(ring, bytes_come_out_in_order_over_many_wraps)
{
	struct byte_ring p, c;
	uint8_t in = 0, out = 0;

	begin(&p, &c);
	for (unsigned round = 0; round < 2000; round++) {
		uint8_t buf[SIZE + 8];
		uint32_t want = (round * 7) % sizeof(buf), room = byte_ring_room(&p);
		for (uint32_t i = 0; i < want; i++)
			buf[i] = (uint8_t)(in + i);
		uint32_t wrote = byte_ring_write(&p, buf, want);
		cr_assert_eq(wrote, want < room ? want : room);
		in = (uint8_t)(in + wrote);
		uint32_t got = byte_ring_read(&c, buf, (round * 5) % sizeof(buf));
		for (uint32_t i = 0; i < got; i++)
			cr_assert_eq(buf[i], out++);
		cr_assert_eq(byte_ring_used(&c) + byte_ring_room(&p), SIZE);
	}
	check_guards();
}

Test(ring, a_full_ring_takes_nothing_and_an_empty_one_gives_nothing)
{
	struct byte_ring p, c;
	uint8_t buf[SIZE] = {1};
	struct iovec iov[2];

	begin(&p, &c);
	cr_assert_eq(byte_ring_read(&c, buf, SIZE), 0);
	cr_assert_eq(byte_ring_used_iov(&c, 0, SIZE, iov), 0);
	cr_assert_eq(byte_ring_write(&p, buf, SIZE), SIZE);
	cr_assert_eq(byte_ring_write(&p, buf, 1), 0);
	cr_assert_eq(byte_ring_room_iov(&p, SIZE, iov), 0);
}

Test(ring, pieces_cover_the_wrap)
{
	struct byte_ring p, c;
	uint8_t buf[SIZE] = {0};
	struct iovec iov[2];

	begin(&p, &c);
	byte_ring_write(&p, buf, 48);
	byte_ring_read(&c, buf, 48);
	cr_assert_eq(byte_ring_room_iov(&p, 40, iov), 2);
	cr_assert_eq(iov[0].iov_len, 16);
	cr_assert_eq(iov[1].iov_len, 24);
	cr_assert_eq(iov[1].iov_base, memory + GUARD);
	byte_ring_write(&p, "0123456789abcdefghij", 20);
	cr_assert_eq(byte_ring_used_iov(&c, 14, 100, iov), 2);
	cr_assert(memcmp(iov[0].iov_base, "ef", 2) == 0 && iov[0].iov_len == 2);
	cr_assert(memcmp(iov[1].iov_base, "ghij", 4) == 0 && iov[1].iov_len == 4);
	cr_assert_eq(byte_ring_used_iov(&c, 20, 100, iov), 0);
}

Test(ring, peeking_consumes_nothing)
{
	struct byte_ring p, c;
	char buf[8] = "";

	begin(&p, &c);
	byte_ring_write(&p, "abcdef", 6);
	cr_assert_eq(byte_ring_peek(&c, 2, buf, 3), 3);
	cr_assert_eq(memcmp(buf, "cde", 3), 0);
	cr_assert_eq(byte_ring_used(&c), 6);
}

Test(ring, pieces_go_in_together_or_not_at_all)
{
	struct byte_ring p, c;
	char a[40], b[40], out[80];
	struct iovec iov[2] = {{a, sizeof(a)}, {b, sizeof(b)}};

	memset(a, 'a', sizeof(a));
	memset(b, 'b', sizeof(b));
	begin(&p, &c);
	cr_assert_not(byte_ring_write_all(&p, iov, 2));
	cr_assert_eq(byte_ring_used(&c), 0);
	iov[1].iov_len = 24;
	cr_assert(byte_ring_write_all(&p, iov, 2));
	cr_assert_eq(byte_ring_read(&c, out, sizeof(out)), 64);
	cr_assert(out[39] == 'a' && out[40] == 'b' && out[63] == 'b');
	check_guards();
}

Test(ring, an_index_that_cannot_be_stops_the_ring)
{
	struct byte_ring p, c;
	uint8_t buf[SIZE];
	struct iovec iov[2];
	const uint32_t lies[] = {SIZE + 9, 0x80000000u, 0xf0000000u};

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		begin(&p, &c);
		byte_ring_write(&p, "12345678", 8);
		/* the producer lies to the consumer */
		indices.tail = lies[i];
		cr_assert_eq(byte_ring_used(&c), 0);
		cr_assert_eq(byte_ring_read(&c, buf, SIZE), 0);
		cr_assert_eq(byte_ring_used_iov(&c, 0, SIZE, iov), 0);
		/* the consumer lies to the producer */
		indices.head = lies[i];
		cr_assert_eq(byte_ring_room(&p), 0);
		cr_assert_eq(byte_ring_write(&p, buf, SIZE), 0);
		check_guards();
	}
}

Test(ring, what_a_side_published_is_not_read_back)
{
	struct byte_ring p, c;
	char buf[8];

	begin(&p, &c);
	byte_ring_write(&p, "abcd", 4);
	byte_ring_read(&c, buf, 2);
	indices.head = 0;  /* somebody turns the consumer's own index back */
	cr_assert_eq(byte_ring_read(&c, buf, 8), 2);
	cr_assert_eq(memcmp(buf, "cd", 2), 0);
}

/* Two threads. */

static struct ring_index stream_index;
static uint8_t stream_data[4096];

static void *
stream_producer(void *arg)
{
	struct byte_ring p;
	uint8_t buf[997];
	uint32_t sent = 0, state = 1;

	(void)arg;
	byte_ring_init(&p, &stream_index, stream_data, sizeof(stream_data));
	while (sent < STREAM) {
		state = state * 1664525 + 1013904223;
		uint32_t n = state >> 22 < sizeof(buf) ? state >> 22 : sizeof(buf), done = 0;
		n = n < STREAM - sent ? n : STREAM - sent;
		for (uint32_t i = 0; i < n; i++)
			buf[i] = (uint8_t)((sent + i) * 2654435761u >> 24);
		while (done < n) {
			uint32_t wrote = byte_ring_write(&p, buf + done, n - done);
			if (wrote == 0)
				sched_yield();
			done += wrote;
		}
		sent += n;
	}
	return NULL;
}

Test(ring, a_stream_between_two_threads, .timeout = 60)
{
	struct byte_ring c;
	uint8_t buf[1511];
	uint32_t got = 0, wrong = 0;
	pthread_t thread;

	byte_ring_init(&c, &stream_index, stream_data, sizeof(stream_data));
	cr_assert_eq(pthread_create(&thread, NULL, stream_producer, NULL), 0);
	while (got < STREAM) {
		uint32_t n = byte_ring_read(&c, buf, sizeof(buf));
		if (n == 0)
			sched_yield();
		for (uint32_t i = 0; i < n; i++)
			wrong += buf[i] != (uint8_t)((got + i) * 2654435761u >> 24);
		got += n;
	}
	pthread_join(thread, NULL);
	cr_assert_eq(wrong, 0);
	cr_assert_eq(byte_ring_used(&c), 0);
}

struct note {
	uint32_t number;
	uint32_t words[15]; /* each the same function of number: a torn message would show */
};

static struct ring_index note_index;
static struct note notes[32];

Test(ring, messages_are_bounded_and_in_order)
{
	struct msg_ring p, c;
	struct note n = {0};

	msg_ring_init(&p, &note_index, notes, 32, sizeof(n));
	msg_ring_init(&c, &note_index, notes, 32, sizeof(n));
	cr_assert_not(msg_ring_pending(&c));
	cr_assert_not(msg_ring_pop(&c, &n));
	for (n.number = 0; n.number < 32; n.number++)
		cr_assert(msg_ring_push(&p, &n));
	cr_assert_not(msg_ring_push(&p, &n));
	cr_assert(msg_ring_pending(&c));
	for (uint32_t i = 0; i < 32; i++) {
		cr_assert(msg_ring_pop(&c, &n));
		cr_assert_eq(n.number, i);
	}
	cr_assert_not(msg_ring_pop(&c, &n));
	note_index.tail = 1000;
	cr_assert_not(msg_ring_pop(&c, &n), "a tail that cannot be");
	note_index.head = 1000;
	cr_assert_not(msg_ring_push(&p, &n), "a head that cannot be");
}

static void *
note_producer(void *arg)
{
	struct msg_ring p;

	(void)arg;
	msg_ring_init(&p, &note_index, notes, 32, sizeof(struct note));
	for (uint32_t i = 0; i < MESSAGES; i++) {
		struct note n = {.number = i};
		for (int w = 0; w < 15; w++)
			n.words[w] = i * 31 + (uint32_t)w;
		while (!msg_ring_push(&p, &n))
			sched_yield();
	}
	return NULL;
}

Test(ring, messages_between_two_threads, .timeout = 60)
{
	struct msg_ring c;
	struct note n;
	uint32_t wrong = 0;
	pthread_t thread;

	msg_ring_init(&c, &note_index, notes, 32, sizeof(n));
	cr_assert_eq(pthread_create(&thread, NULL, note_producer, NULL), 0);
	for (uint32_t i = 0; i < MESSAGES; i++) {
		while (!msg_ring_pop(&c, &n))
			sched_yield();
		wrong += n.number != i;
		for (int w = 0; w < 15; w++)
			wrong += n.words[w] != i * 31 + (uint32_t)w;
	}
	pthread_join(thread, NULL);
	cr_assert_eq(wrong, 0);
}
