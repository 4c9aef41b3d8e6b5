/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdint.h>
#include <sys/mman.h>
#include <numa.h>
#include "base/pages.h"

void *
pages_map(size_t size, int numa_node)
{
	/* Map more than is wanted and give the ends back: mmap aligns to small pages only. */
	size_t mapped = size + PAGES_ALIGN;
	uint8_t *p = mmap(NULL, mapped, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	size_t head = (size_t)(-(uintptr_t)p & (PAGES_ALIGN - 1));
	if (head > 0)
		munmap(p, head);
	size_t page = 4096, kept = (size + page - 1) & ~(page - 1);
	if (mapped - head > kept)
		munmap(p + head + kept, mapped - head - kept);
	p += head;
	/* A random access costs a third of the time in huge pages; a small table would only waste one. */
	if (size >= 2 * (size_t)PAGES_ALIGN)
		madvise(p, size, MADV_HUGEPAGE);
	if (numa_node >= 0 && numa_available() >= 0)
		numa_tonode_memory(p, size, numa_node);
	return p;
}

void
pages_unmap(void *p, size_t size)
{
	size_t page = 4096;

	if (p != NULL)
		munmap(p, (size + page - 1) & ~(page - 1));
}

void
pages_release(void *p, size_t size)
{
	if (madvise(p, size, MADV_DONTNEED) == 0)
		return;
	munlock(p, size); /* a program that has called mlockall() */
	madvise(p, size, MADV_DONTNEED);
}
