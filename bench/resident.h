/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_RESIDENT_H
#define BENCH_RESIDENT_H
#include <stdint.h>

/* Bytes of memory that this process has from the system. Prints why it cannot be told and exits. */
uint64_t resident(void);

#endif
