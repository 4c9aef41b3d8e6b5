/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HTTPD_FILES_H
#define HTTPD_FILES_H
/*
 * The files below a root, and a cache of those that are asked for. A cached file is compared with
 * the disk at most once a second; a changed one is mapped anew, the old mapping lives on until
 * what is queued from it has been sent.
 */
#include <stdint.h>
#include "file.h"

enum { FILES_CACHED = 1024 };

struct files;

/* 0 or -errno. */
int files_open(const char *root, struct files **out);
void files_close(struct files *files);

/*
 * The file of a path as path_parse() gives it; a path that ends in a slash, and "", is the
 * index.html there. now: ns. The caller releases *out. 0, or -errno: -ENOENT (also what is neither
 * file nor directory, and a symbolic link out of the root), -EISDIR, -EACCES, -ENOMEM, …
 */
int files_get(struct files *files, const char *path, uint64_t now, struct file **out);

#endif
