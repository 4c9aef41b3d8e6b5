/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include "fields.h"
#include "file.h"
#include "torn.h"

static struct file *
new_file(const char *path)
{
	size_t len = strlen(path) + 1;
	struct file *f = calloc(1, sizeof(*f) + len);

	if (f == NULL)
		return NULL;
	f->refs = 1;
	f->data = "";
	memcpy(f->path, path, len);
	return f;
}

struct file *
file_fixed(const char *type, const void *data, size_t len)
{
	struct file *f = new_file("");

	if (f == NULL)
		return NULL;
	f->data = data;
	f->size = len;
	f->fields_len = (uint16_t)snprintf(f->fields, sizeof(f->fields), "Content-Type: %s\r\n", type);
	return f;
}

static void
describe(struct file *f, const struct stat *st)
{
	char date[DATE_TEXT];

	f->modified = st->st_mtime;
	f->mtime = st->st_mtim;
	f->ctime = st->st_ctim;
	f->dev = st->st_dev;
	f->ino = st->st_ino;
	f->size = (uint64_t)st->st_size;
	snprintf(f->etag, sizeof(f->etag), "\"%llx.%lx-%llx\"", (unsigned long long)st->st_mtime,
		(unsigned long)st->st_mtim.tv_nsec, (unsigned long long)f->size);
	date_format(f->modified, date);
	f->fields_len = (uint16_t)snprintf(f->fields, sizeof(f->fields),
		"Content-Type: %s\r\nLast-Modified: %s\r\nETag: %s\r\nAccept-Ranges: bytes\r\n",
		file_type(f->path), date, f->etag);
}

struct file *
file_map(int fd, const struct stat *st, const char *path)
{
	struct file *f = new_file(path);

	if (f == NULL)
		return NULL;
	describe(f, st);
	if (f->size == 0)
		return f;
	void *at = mmap(NULL, f->size, PROT_READ, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED) {
		free(f);
		return NULL;
	}
	madvise(at, f->size, MADV_WILLNEED);
	f->data = at;
	f->mapped = true;
	torn_watch(f);
	return f;
}

void
file_release(void *file)
{
	struct file *f = file;

	if (--f->refs > 0)
		return;
	if (f->mapped) {
		torn_forget(f);
		munmap((void *)(uintptr_t)f->data, f->size);
	}
	free(f);
}

bool
file_is(const struct file *f, const struct stat *st)
{
	return f->ino == st->st_ino && f->dev == st->st_dev && f->size == (uint64_t)st->st_size &&
		f->mtime.tv_sec == st->st_mtim.tv_sec && f->mtime.tv_nsec == st->st_mtim.tv_nsec &&
		f->ctime.tv_sec == st->st_ctim.tv_sec && f->ctime.tv_nsec == st->st_ctim.tv_nsec;
}

const char *
file_type(const char *path)
{
	static const struct {
		const char *ending, *type;
	} types[] = {
		{"html", "text/html; charset=utf-8"},
		{"htm", "text/html; charset=utf-8"},
		{"css", "text/css; charset=utf-8"},
		{"js", "text/javascript; charset=utf-8"},
		{"mjs", "text/javascript; charset=utf-8"},
		{"json", "application/json"},
		{"txt", "text/plain; charset=utf-8"},
		{"md", "text/markdown; charset=utf-8"},
		{"csv", "text/csv; charset=utf-8"},
		{"xml", "application/xml"},
		{"svg", "image/svg+xml"},
		{"png", "image/png"},
		{"jpg", "image/jpeg"},
		{"jpeg", "image/jpeg"},
		{"gif", "image/gif"},
		{"webp", "image/webp"},
		{"avif", "image/avif"},
		{"ico", "image/x-icon"},
		{"woff", "font/woff"},
		{"woff2", "font/woff2"},
		{"wasm", "application/wasm"},
		{"pdf", "application/pdf"},
		{"gz", "application/gzip"},
		{"zip", "application/zip"},
		{"mp3", "audio/mpeg"},
		{"ogg", "audio/ogg"},
		{"mp4", "video/mp4"},
		{"webm", "video/webm"},
	};
	const char *name = strrchr(path, '/');
	const char *dot = strrchr(name != NULL ? name : path, '.');

	for (size_t i = 0; dot != NULL && i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcasecmp(dot + 1, types[i].ending) == 0)
			return types[i].type;
	}
	return "application/octet-stream";
}
