/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_SLAB_H
#define BENCH_SLAB_H
/*
 * What an open socket takes that does nothing: connections over loopback, as many as the process may have descriptors
 * for, and what the kernel's caches (/proc/slabinfo) have more than before. Only caches that gave an object for each
 * second socket or more are counted: the others are what the rest of the machine does meanwhile.
 */
#include "report.h"

/* Bytes of kernel memory a socket, a value for each third of them. Returns NULL, or why it cannot be told. */
const char *slab_of_sockets(struct series *bytes);

#endif
