/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_PAGES_H
#define BASE_PAGES_H
/* Address space for big tables: zeroed, touched lazily, in huge pages where it pays, on a NUMA node. */
#include <stddef.h>

enum { PAGES_ALIGN = 2 << 20 };

/* size bytes aligned to PAGES_ALIGN, on numa_node (-1: any); NULL when there is no room. */
void *pages_map(size_t size, int numa_node);

/* The same, aligned to a larger power of two. What lies behind size, up to the next such address, may be anybody's. */
void *pages_map_aligned(size_t size, size_t align, int numa_node);
void pages_unmap(void *p, size_t size);

/* Gives the memory back and keeps the addresses: who still reads there reads zeros. Whole pages only. */
void pages_release(void *p, size_t size);

#endif
