/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "files.h"

enum { BUCKETS = 1024 };

static const uint64_t RECHECK_NS = 1000000000;

struct files {
	int root;
	unsigned cached;
	struct file *newest, *oldest; /* by last use */
	struct file *buckets[BUCKETS];
};

int
files_open(const char *root, struct files **out)
{
	struct files *files = calloc(1, sizeof(*files));

	if (files == NULL)
		return -ENOMEM;
	files->root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (files->root < 0) {
		int rc = -errno;
		free(files);
		return rc;
	}
	*out = files;
	return 0;
}

/* FNV-1a */
static uint32_t
hash_path(const char *path)
{
	uint32_t h = 2166136261u;

	for (; *path != '\0'; path++)
		h = (h ^ (unsigned char)*path) * 16777619u;
	return h;
}

static void
use_push(struct files *files, struct file *f)
{
	f->newer = NULL;
	f->older = files->newest;
	if (f->older != NULL)
		f->older->newer = f;
	else
		files->oldest = f;
	files->newest = f;
}

static void
use_remove(struct files *files, struct file *f)
{
	if (f->newer != NULL)
		f->newer->older = f->older;
	else
		files->newest = f->older;
	if (f->older != NULL)
		f->older->newer = f->newer;
	else
		files->oldest = f->newer;
}

static void
uncache(struct files *files, struct file *f)
{
	struct file **link = &files->buckets[f->hash % BUCKETS];

	while (*link != f)
		link = &(*link)->next;
	*link = f->next;
	use_remove(files, f);
	files->cached--;
	file_release(f);
}

static void
cache(struct files *files, struct file *f, uint64_t now)
{
	if (files->cached == FILES_CACHED)
		uncache(files, files->oldest);
	f->hash = hash_path(f->path);
	f->checked = now;
	f->next = files->buckets[f->hash % BUCKETS];
	files->buckets[f->hash % BUCKETS] = f;
	use_push(files, f);
	files->cached++;
	file_hold(f);
}

void
files_close(struct files *files)
{
	while (files->newest != NULL)
		uncache(files, files->newest);
	close(files->root);
	free(files);
}

static struct file *
find(const struct files *files, const char *path)
{
	uint32_t hash = hash_path(path);
	struct file *f = files->buckets[hash % BUCKETS];

	while (f != NULL && (f->hash != hash || strcmp(f->path, path) != 0))
		f = f->next;
	return f;
}

/*
 * Opens path so that neither ".." nor a link leads out of the root: the kernel checks each step.
 * O_NONBLOCK: a FIFO shall not hold the server.
 */
static int
open_beneath(const struct files *files, const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	int fd = (int)syscall(SYS_openat2, files->root, path, &how, sizeof(how));

	if (fd >= 0)
		return fd;
	switch (errno) {
	case EXDEV:   /* out of the root */
	case ELOOP:
	case ENOTDIR:
	case ENAMETOOLONG:
	case ENXIO:   /* a socket */
		return -ENOENT;
	}
	return -errno;
}

/* Opens and maps path, or finds that old, which may be NULL, is still it. */
static int
load(struct files *files, const char *path, struct file *old, struct file **out)
{
	int fd = open_beneath(files, path);
	struct stat st;
	int rc = 0;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		rc = -errno;
	else if (S_ISDIR(st.st_mode))
		rc = -EISDIR;
	else if (!S_ISREG(st.st_mode))
		rc = -ENOENT;
	else if (old != NULL && !old->torn && file_is(old, &st))
		*out = old;
	else if ((*out = file_map(fd, &st, path)) == NULL)
		rc = -ENOMEM;
	close(fd);
	return rc;
}

int
files_get(struct files *files, const char *path, uint64_t now, struct file **out)
{
	size_t len = strlen(path);
	char full[PATH_MAX];
	struct file *fresh = NULL;

	int n = snprintf(full, sizeof(full), "%s%s", path,
		len == 0 || path[len - 1] == '/' ? "index.html" : "");
	if (n >= (int)sizeof(full))
		return -ENOENT;
	struct file *f = find(files, full);
	if (f == NULL || f->torn || now - f->checked >= RECHECK_NS) {
		int rc = load(files, full, f, &fresh);
		if (fresh != f && f != NULL)
			uncache(files, f);
		if (rc < 0)
			return rc;
		if (fresh != f) {
			cache(files, fresh, now);
			*out = fresh; /* its first reference is the caller's */
			return 0;
		}
		f->checked = now;
	}
	use_remove(files, f);
	use_push(files, f);
	file_hold(f);
	*out = f;
	return 0;
}
