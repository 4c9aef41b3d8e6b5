/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include <rte_mbuf.h>
#include "capture.h"

/* The blocks and options of pcapng that are written here, in our byte order. */
enum {
	BLOCK_SECTION = 0x0a0d0d0a, BLOCK_ORDER = 0x1a2b3c4d, BLOCK_INTERFACE = 1, BLOCK_PACKET = 6,
	OPT_COMMENT = 1, OPT_NAME = 2, OPT_RESOLUTION = 9,
	ETHERNET = 1, NANOSECONDS = 9,
	NAME_MAX_LEN = 63,
	PIECES = 62, /* of a chain; what is behind them is not in the file */
};

#define NS_PER_SEC 1000000000ull

struct wire_capture {
	int fd;
	uint64_t offset; /* wall clock minus the wire's clock, nanoseconds */
	int error;       /* of the first write that failed; nothing is written behind it. Atomic */
};

/* Bytes in the making; each use fits by its own limits. */
struct text {
	uint8_t bytes[256];
	size_t n;
};

static void
put(struct text *t, const void *bytes, size_t n)
{
	memcpy(t->bytes + t->n, bytes, n);
	t->n += n;
}

static void
put16(struct text *t, uint16_t v)
{
	put(t, &v, sizeof(v));
}

static void
put32(struct text *t, uint32_t v)
{
	put(t, &v, sizeof(v));
}

static void
put_option(struct text *t, uint16_t code, const void *value, size_t n)
{
	put16(t, code);
	put16(t, (uint16_t)n);
	put(t, value, n);
	put(t, "\0\0\0", -n & 3);
}

/* All of it or, from the first failure on, nothing. */
static void
write_out(struct wire_capture *c, struct iovec *iov, int pieces, size_t len)
{
	if (__atomic_load_n(&c->error, __ATOMIC_RELAXED) != 0)
		return;
	ssize_t n = writev(c->fd, iov, pieces);
	if (n != (ssize_t)len)
		__atomic_store_n(&c->error, n < 0 ? errno : ENOSPC, __ATOMIC_RELAXED);
}

/* Ends the options and the block that text is, and writes its length into both places. */
static void
write_block(struct wire_capture *c, struct text *t)
{
	put32(t, 0);
	uint32_t length = (uint32_t)t->n + sizeof(length);
	memcpy(t->bytes + 4, &length, sizeof(length));
	put32(t, length);
	write_out(c, &(struct iovec){t->bytes, t->n}, 1, t->n);
}

static void
write_section(struct wire_capture *c)
{
	struct text t = {.n = 0};

	put32(&t, BLOCK_SECTION);
	put32(&t, 0);
	put32(&t, BLOCK_ORDER);
	put16(&t, 1);
	put16(&t, 0);
	put32(&t, UINT32_MAX); /* its length is not known beforehand */
	put32(&t, UINT32_MAX);
	write_block(c, &t);
}

static void
write_interface(struct wire_capture *c, const char *name)
{
	const uint8_t resolution = NANOSECONDS;
	struct text t = {.n = 0};

	put32(&t, BLOCK_INTERFACE);
	put32(&t, 0);
	put16(&t, ETHERNET);
	put16(&t, 0);
	put32(&t, 0); /* no limit to what is captured */
	put_option(&t, OPT_NAME, name, strnlen(name, NAME_MAX_LEN));
	put_option(&t, OPT_RESOLUTION, &resolution, 1);
	write_block(c, &t);
}

int
wire_capture_open(const char *path, const char *const names[WIRE_DIRS], uint64_t now, struct wire_capture **out)
{
	struct wire_capture *c = calloc(1, sizeof(*c));
	struct timespec wall;

	if (c == NULL)
		return -ENOMEM;
	c->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
	if (c->fd < 0) {
		int error = errno;
		free(c);
		return -error;
	}
	clock_gettime(CLOCK_REALTIME, &wall);
	c->offset = (uint64_t)wall.tv_sec * NS_PER_SEC + (uint64_t)wall.tv_nsec - now;
	write_section(c);
	for (enum wire_dir dir = 0; dir < WIRE_DIRS; dir++)
		write_interface(c, names[dir]);
	int error = c->error;
	if (error != 0) {
		wire_capture_close(c);
		return -error;
	}
	*out = c;
	return 0;
}

/* "net_wire packet 8 after 20.000 ms duplicated"; returns its length. */
static size_t
write_fate(const struct wire_report *r, char *text, size_t size)
{
	static const struct {
		uint32_t fault;
		const char *word;
	} words[] = {{WIRE_MARK, "marked"}, {WIRE_TRUNCATE, "truncated"}, {WIRE_CORRUPT, "corrupted"},
		{WIRE_DUPLICATE, "duplicated"}, {WIRE_REORDER, "reordered"}};
	uint64_t us = (r->due - r->pushed) / 1000;

	if (r->event == WIRE_LOST)
		return (size_t)snprintf(text, size, "net_wire packet %" PRIu64 " %s", r->number, r->lost);
	int n = snprintf(text, size, "net_wire packet %" PRIu64 " after %" PRIu64 ".%03" PRIu64 " ms", r->number, us / 1000,
		us % 1000);
	for (size_t i = 0; i < RTE_DIM(words); i++)
		if (r->faults & words[i].fault)
			n += snprintf(text + n, size - (size_t)n, " %s", words[i].word);
	return (size_t)n;
}

/* The packet's bytes into iov, as many pieces as there is room for. Returns how many bytes these are. */
static uint32_t
gather(const struct rte_mbuf *m, struct iovec *iov, int *pieces)
{
	uint32_t n = 0;

	for (*pieces = 0; m != NULL && *pieces < PIECES; m = m->next, (*pieces)++) {
		iov[*pieces] = (struct iovec){rte_pktmbuf_mtod(m, void *), m->data_len};
		n += m->data_len;
	}
	return n;
}

/* A duplicate is told of with its original. */
void
wire_capture_report(void *arg, const struct wire_report *r)
{
	struct wire_capture *c = arg;
	struct text head = {.n = 0}, tail = {.n = 0};
	struct iovec iov[PIECES + 2];
	char fate[128];
	int pieces;

	if (r->event == WIRE_DELIVERED || r->is_copy)
		return;
	uint64_t time = c->offset + r->now;
	uint32_t captured = gather(r->sent, iov + 1, &pieces);
	put(&tail, "\0\0\0", -captured & 3);
	put_option(&tail, OPT_COMMENT, fate, write_fate(r, fate, sizeof(fate)));
	put32(&tail, 0);
	uint32_t length = 28 + captured + (uint32_t)tail.n + 4;
	put32(&tail, length);
	put32(&head, BLOCK_PACKET);
	put32(&head, length);
	put32(&head, r->dir);
	put32(&head, (uint32_t)(time >> 32));
	put32(&head, (uint32_t)time);
	put32(&head, captured);
	put32(&head, r->sent->pkt_len);
	iov[0] = (struct iovec){head.bytes, head.n};
	iov[pieces + 1] = (struct iovec){tail.bytes, tail.n};
	write_out(c, iov, pieces + 2, length);
}

int
wire_capture_close(struct wire_capture *c)
{
	int error;

	if (c == NULL)
		return 0;
	error = c->error;
	if (close(c->fd) < 0 && error == 0)
		error = errno;
	free(c);
	return -error;
}
