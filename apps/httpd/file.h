/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HTTPD_FILE_H
#define HTTPD_FILE_H
/*
 * A body that can be served: the bytes of a file, mapped, or fixed bytes in memory. It lives until
 * the last reference is released: the cache holds one, each response and each range of bytes that
 * is queued to send holds one.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

enum { FILE_FIELDS_MAX = 320 };

struct file {
	const char *data;
	uint64_t size;
	uint32_t refs;
	volatile bool torn;    /* truncated under our hands: what is sent from it is not the file */
	time_t modified;       /* 0: unknown, the next three are then empty */
	char etag[48];         /* with its quotes; "" = none */
	uint16_t fields_len;
	char fields[FILE_FIELDS_MAX]; /* Content-Type, Last-Modified, ETag, Accept-Ranges: ready to send */

	bool mapped;
	struct timespec mtime, ctime; /* to notice changes */
	dev_t dev;
	ino_t ino;
	struct file *watched_next, *watched_prev; /* torn.c's */

	/* The cache's. */
	struct file *next;
	struct file *newer, *older;
	uint64_t checked;      /* when it was last compared with the disk, ns */
	uint32_t hash;
	char path[];
};

/* A body of fixed bytes, which must outlive it. NULL: no memory. */
struct file *file_fixed(const char *type, const void *data, size_t len);

/* Maps the open file fd, which has the status st. NULL: no memory. */
struct file *file_map(int fd, const struct stat *st, const char *path);

static inline void
file_hold(struct file *f)
{
	f->refs++;
}

/* A void pointer, as leat's release callback wants it. */
void file_release(void *file);

/* Whether st is still the file that was mapped. */
bool file_is(const struct file *f, const struct stat *st);

/* The media type that the name's ending suggests. */
const char *file_type(const char *path);

#endif
