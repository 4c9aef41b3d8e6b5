/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <numa.h>
#include "base/pages.h"

enum {
	PAGE = 4096,
	PLACES = 4096, /* that are tried: 32 GiB apart, as many as a process has */
	RESERVE = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
};

static size_t
whole_pages(size_t size)
{
	return (size + PAGE - 1) & ~(size_t)(PAGE - 1);
}

static void *
prepare(void *p, size_t size, int numa_node)
{
	/* A random access costs a third of the time in huge pages; a small table would only waste one. */
	if (size >= 2 * (size_t)PAGES_ALIGN)
		madvise(p, size, MADV_HUGEPAGE);
	if (numa_node >= 0 && numa_available() >= 0)
		numa_tonode_memory(p, size, numa_node);
	return p;
}

void *
pages_map(size_t size, int numa_node)
{
	/* Map more than is wanted and give the ends back: mmap aligns to small pages only. */
	size_t mapped = size + PAGES_ALIGN;
	uint8_t *p = mmap(NULL, mapped, PROT_READ | PROT_WRITE, RESERVE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	size_t head = (size_t)(-(uintptr_t)p & (PAGES_ALIGN - 1));
	if (head > 0)
		munmap(p, head);
	size_t kept = whole_pages(size);
	if (mapped - head > kept)
		munmap(p + head + kept, mapped - head - kept);
	return prepare(p + head, size, numa_node);
}

/* size bytes at `at`, if nothing is there. */
static bool
map_at(void *at, size_t size)
{
	void *p = mmap(at, size, PROT_READ | PROT_WRITE, RESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	if (p != MAP_FAILED && p != at) /* before Linux 4.17 the address is a wish */
		munmap(p, size);
	return p == at;
}

/*
 * To map more and give the ends back would be a mapping of twice the alignment: too much where address space is limited
 * (ulimit -v), or locked (mlockall). So places are tried one after the other from where the system maps, downwards, as
 * it does by itself, and then upwards, as it does under valgrind or `setarch -L`, low in the address space.
 */
void *
pages_map_aligned(size_t size, size_t align, int numa_node)
{
	void *here = mmap(NULL, PAGE, PROT_NONE, RESERVE, -1, 0);
	uintptr_t first = (uintptr_t)here & ~(align - 1), at = first;

	if (here == MAP_FAILED)
		return NULL;
	munmap(here, PAGE);
	for (int i = 0; i < PLACES && at >= align; i++, at -= align)
		if (map_at((void *)at, size))
			return prepare((void *)at, size, numa_node);
	at = first + align;
	for (int i = 0; i < PLACES; i++, at += align)
		if (map_at((void *)at, size))
			return prepare((void *)at, size, numa_node);
	return NULL;
}

void
pages_unmap(void *p, size_t size)
{
	if (p != NULL)
		munmap(p, whole_pages(size));
}

void
pages_release(void *p, size_t size)
{
	if (madvise(p, size, MADV_DONTNEED) == 0)
		return;
	munlock(p, size); /* a program that has called mlockall() */
	madvise(p, size, MADV_DONTNEED);
}
