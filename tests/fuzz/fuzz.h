/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H
/*
 * Fuzz targets: each is one function that takes any bytes. It is built twice: with libFuzzer
 * (meson's option fuzz), and with replay.c, which runs what is in the corpus, and much that is
 * near it, as a test.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold whatever comes in; also where assert() is compiled out. */
#define MUST(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

/* A copy in a block of exactly its size, so that a sanitizer sees each byte read beyond. free() it. */
static inline uint8_t *
exact(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);

	MUST(copy != NULL);
	if (size == 0)
		return copy;
	memcpy(copy, data, size);
	return copy;
}

#endif
