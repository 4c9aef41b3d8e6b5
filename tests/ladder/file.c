/* SPDX-License-Identifier: BSD-3-Clause */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <rte_byteorder.h>
#include "file.h"

enum { SIZE = 65536, SECOND = 1000000000, SNAPLEN = 262144 };

/* The file as it is to be, written anew after each change. */
static struct {
	char path[64];
	uint8_t bytes[SIZE];
	size_t n;
	bool ng, swapped, nano;
	unsigned interfaces;
	uint16_t link;
	uint8_t resolution;
	uint16_t client, server;
} f;

static void
save(void)
{
	FILE *to = fopen(f.path, "wb");

	cr_assert(to != NULL && fwrite(f.bytes, 1, f.n, to) == f.n && fclose(to) == 0, "%s", f.path);
}

void
file_begin(void)
{
	strcpy(f.path, "/tmp/leat-capture-XXXXXX");
	int fd = mkstemp(f.path);

	cr_assert_geq(fd, 0);
	close(fd);
	file_ports(5000, 80);
}

void
file_end(void)
{
	unlink(f.path);
}

const char *
file_path(void)
{
	return f.path;
}

void
file_ports(uint16_t client, uint16_t server)
{
	f.client = client;
	f.server = server;
}

/* --- bytes of the file, in its order --- */

static void
put(const void *bytes, size_t n)
{
	cr_assert_leq(f.n + n, SIZE);
	if (n > 0)
		memcpy(f.bytes + f.n, bytes, n);
	f.n += n;
}

static void
put16(uint16_t v)
{
	v = f.swapped ? rte_bswap16(v) : v;
	put(&v, sizeof(v));
}

static void
put32(uint32_t v)
{
	v = f.swapped ? rte_bswap32(v) : v;
	put(&v, sizeof(v));
}

static void
pad(void)
{
	put("\0\0\0", (4 - f.n % 4) % 4);
}

static void
put_option(uint16_t code, const void *value, uint16_t len)
{
	put16(code);
	put16(len);
	put(value, len);
	pad();
}

/* A block's end is known when it is reached. */
static size_t
begin_block(uint32_t type)
{
	size_t at = f.n;

	put32(type);
	put32(0);
	return at;
}

static void
end_block(size_t at)
{
	size_t end = f.n;
	uint32_t length = (uint32_t)(end - at + 4);

	f.n = at + 4;
	put32(length);
	f.n = end;
	put32(length);
	save();
}

void
file_open_classic(bool swapped, bool nano)
{
	f.n = 0;
	f.ng = false;
	f.swapped = swapped;
	f.nano = nano;
	f.link = 1;
	put32(nano ? 0xa1b23c4d : 0xa1b2c3d4);
	put16(2);
	put16(4);
	put32(0);
	put32(0);
	put32(SNAPLEN);
	put32(f.link);
	save();
}

void
file_open_ng(bool swapped)
{
	f.n = 0;
	f.ng = true;
	file_more_ng(swapped);
}

void
file_more_ng(bool swapped)
{
	f.swapped = swapped;
	f.interfaces = 0;
	size_t at = begin_block(0x0a0d0d0a);
	put32(0x1a2b3c4d);
	put16(1);
	put16(0);
	put32(UINT32_MAX); /* the section's length is not told */
	put32(UINT32_MAX);
	end_block(at);
}

void
file_interface(uint16_t link, uint8_t resolution)
{
	size_t at = begin_block(1);

	put16(link);
	put16(0);
	put32(SNAPLEN);
	put_option(9, &resolution, 1);
	put_option(0, NULL, 0);
	end_block(at);
	f.interfaces++;
	f.link = link;
	f.resolution = resolution;
}

void
file_block(uint32_t type, const void *body, uint32_t len)
{
	size_t at = begin_block(type);

	put(body, len);
	pad();
	end_block(at);
}

void
file_raw(uint32_t type, uint32_t length)
{
	put32(type);
	put32(length);
	put32(0);
	save();
}

/* --- a frame --- */

static uint8_t *
put_be16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

static uint8_t *
put_be32(uint8_t *p, uint32_t v)
{
	return put_be16(put_be16(p, v >> 16), v);
}

static uint8_t *
put_link(uint8_t *p, const struct told_frame *t)
{
	uint16_t type = t->v6 ? 0x86dd : 0x0800;
	uint16_t link = t->link != 0 ? t->link : f.link;

	if (link == 0) { /* LINKTYPE_NULL: the family, in the writer's order */
		*p = 2;
		return p + 4;
	}
	if (link == 113)
		return put_be16(p + 14, type);
	if (link == 276) {
		put_be16(p, type);
		return p + 20;
	}
	if (link != 1)
		return p;
	p += 12;
	for (int i = 0; i < t->tags; i++)
		p = put_be16(put_be16(p, 0x8100), 7);
	return put_be16(p, type);
}

static uint8_t *
put_v4(uint8_t *p, const struct told_frame *t, uint32_t total)
{
	static const uint8_t client[] = {192, 0, 2, 2}, server[] = {192, 0, 2, 1};

	p[0] = 0x45;
	put_be16(p + 2, t->no_length ? 0 : 20 + total);
	put_be16(p + 6, t->fragment ? 0x2000 : 0x4000);
	p[8] = 64;
	p[9] = t->protocol != 0 ? t->protocol : 6;
	memcpy(p + 12, t->by_server ? server : client, 4);
	memcpy(p + 16, t->by_server ? client : server, 4);
	return p + 20;
}

static uint8_t *
put_v6(uint8_t *p, const struct told_frame *t, uint32_t total)
{
	static const uint8_t net[] = {0x20, 1, 0x0d, 0xb8};

	p[0] = 0x60;
	put_be16(p + 4, total + (t->extension ? 8 : 0));
	p[6] = t->extension ? 0 : 6;
	memcpy(p + 8, net, 4);
	memcpy(p + 24, net, 4);
	p[23] = t->by_server ? 1 : 2;
	p[39] = t->by_server ? 2 : 1;
	p += 40;
	if (!t->extension)
		return p;
	p[0] = 6;
	return p + 8;
}

static uint8_t *
put_tcp(uint8_t *p, const struct told_frame *t)
{
	uint32_t header = t->timestamps ? 32 : 20;

	put_be16(p, t->by_server ? f.server : f.client);
	put_be16(p + 2, t->by_server ? f.client : f.server);
	put_be32(put_be32(p + 4, t->seq), t->ack);
	p[12] = (uint8_t)(header / 4 << 4);
	p[13] = t->flags;
	put_be16(p + 14, t->wnd);
	if (t->timestamps)
		tcp_ts_write(p + 20, 1, 2);
	return p + header + t->len;
}

/* Returns its length. */
static uint32_t
make(uint8_t *frame, const struct told_frame *t)
{
	uint32_t total = (t->timestamps ? 32 : 20) + t->len;
	uint8_t *p;

	memset(frame, 0, 2048);
	p = put_link(frame, t);
	p = t->v6 ? put_v6(p, t, total) : put_v4(p, t, total);
	return (uint32_t)(put_tcp(p, t) + t->padding - frame);
}

static uint32_t
kept(const struct told_frame *t, uint32_t len)
{
	return t->cut || t->captured != 0 ? RTE_MIN(t->captured, len) : len;
}

/* After the first second, in ticks of the interface. */
static uint64_t
ticks(uint64_t ns)
{
	unsigned __int128 t = ns + SECOND;

	if (f.resolution & 0x80)
		return (uint64_t)((t << (f.resolution & 0x7f)) / SECOND);
	for (unsigned d = f.resolution; d < 9; d++)
		t /= 10;
	for (unsigned d = 9; d < f.resolution; d++)
		t *= 10;
	return (uint64_t)t;
}

static void
frame_ng(uint64_t ns, const char *comment, const uint8_t *frame, uint32_t captured, uint32_t len)
{
	uint64_t time = ticks(ns);
	size_t at = begin_block(6);

	put32(f.interfaces > 0 ? f.interfaces - 1 : 0);
	put32((uint32_t)(time >> 32));
	put32((uint32_t)time);
	put32(captured);
	put32(len);
	put(frame, captured);
	pad();
	if (comment != NULL) {
		put_option(1, comment, (uint16_t)strlen(comment));
		put_option(0, NULL, 0);
	}
	end_block(at);
}

void
file_frame(uint64_t ns, const char *comment, const struct told_frame *told)
{
	uint8_t frame[2048];
	uint32_t len = make(frame, told), captured = kept(told, len);

	if (f.ng) {
		frame_ng(ns, comment, frame, captured, len);
		return;
	}
	put32((uint32_t)(1 + ns / SECOND));
	put32((uint32_t)(ns % SECOND / (f.nano ? 1 : 1000)));
	put32(captured);
	put32(len);
	put(frame, captured);
	save();
}

void
file_simple(const struct told_frame *told)
{
	uint8_t frame[2048];
	uint32_t len = make(frame, told);
	size_t at = begin_block(3);

	put32(len);
	put(frame, len);
	pad();
	end_block(at);
}

/* --- the file as a whole --- */

void
file_write(const void *bytes, size_t n)
{
	f.n = 0;
	put(bytes, n);
	save();
}

size_t
file_size(void)
{
	return f.n;
}

void
file_cut(size_t size)
{
	f.n = size;
	save();
}

void
file_flip(size_t at, unsigned bit)
{
	f.bytes[at] ^= (uint8_t)(1 << bit);
	save();
}
