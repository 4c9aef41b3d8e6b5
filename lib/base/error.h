/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H
/* Filling a struct leat_error: why something could not be done, in one line for a person. */
#include <leat/core.h>

/* Fills *e (which may be NULL) and returns -code. */
int error_set(struct leat_error *e, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
