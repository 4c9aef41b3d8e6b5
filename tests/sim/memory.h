/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_MEMORY_H
#define SIM_MEMORY_H
/*
 * Packet memory that fails when it is told to. All mbuf pools of the process are of these operations
 * (memory_eal_args), without a cache: each allocation of an mbuf passes here. Control blocks and
 * chunks come from slab_alloc(), which the linker puts behind memory.c (--wrap).
 */
#include <stdbool.h>
#include <stdint.h>

struct slab;

/* EAL's arguments for it, NULL-terminated. */
extern const char *const memory_eal_args[];

/* Makes this thread one for which mempools keep no cache. After rte_eal_init(). */
void memory_no_cache(void);

enum memory_kind {
	MEMORY_MBUFS,
	MEMORY_SLABS,  /* control blocks, half-open entries, chunks, references */
	MEMORY_KINDS,
};

/* "mbufs", "slabs" */
const char *memory_kind_name(enum memory_kind kind);

enum { MEMORY_SLABS_MAX = 8 };
#define MEMORY_FROZEN_NS 100000000ull

/*
 * From now on allocations of the instances are counted, and those numbered first..first + n - 1 (from
 * 1) fail. first 0: none does. A slab fails by being full, since its users may look before they
 * take: from number `first` on, until n have failed or memory_tick() says that MEMORY_FROZEN_NS are over.
 */
void memory_fail(enum memory_kind kind, uint64_t first, uint64_t n);
void memory_tick(uint64_t now);

/* The slabs that are meant; none any more: n 0. */
void memory_slabs(struct slab *const *slabs, unsigned n);

/*
 * Between two such calls no slab fills up: whoever takes several objects may look first whether there
 * are as many, and nobody else can take one meanwhile.
 */
void memory_hold(bool hold);

/* None fails any more; what was counted stays. */
void memory_stop(void);

/* Are they being kept full? */
bool memory_frozen(void);

/* How many allocations there were since memory_fail(). */
uint64_t memory_count(enum memory_kind kind);

/* Has one failed since? */
bool memory_failed(enum memory_kind kind);

/* Pool `which` (1..4 of a, 5..8 of b: rx, data, hdr, ind) gives no more than `left` mbufs; 0: all pools give again. */
void memory_dry(unsigned which, unsigned left);

/* How often a pool had no more to give: it was dry, or what it gave is still on the wire (lend). */
uint64_t memory_refused(void);

#endif
