/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HTTPD_PATH_H
#define HTTPD_PATH_H
/* From request targets to file names, and back. Pure. */
#include <stddef.h>

/*
 * The path of a request target (origin-form or absolute-form, RFC 9112 3.2), decoded and without
 * its query, as a file name below a root: no leading slash, no empty, "." or ".." segments; "" is
 * the root itself, a trailing slash stays. Returns its length (a final 0 is written behind it), or
 * -400: malformed, a NUL byte, or a way out of the root. path needs len + 1 bytes.
 */
int path_parse(const char *target, size_t len, char *path);

/* Writes a path percent-encoded for a Location field; returns its length, or -1 when size is too small. */
int path_encode(const char *path, char *out, size_t size);

#endif
