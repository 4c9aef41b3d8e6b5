/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CORE_RECYCLE_H
#define CORE_RECYCLE_H
/*
 * Packets that this core has read to the end are what it writes its next ones into: their lines are in its
 * cache, where those of a buffer from the pool are wherever it was freed, which may be another core's. This holds
 * for one turn; what is left at its end goes back to the pools, so that between turns they are what they were.
 */
#include <rte_prefetch.h>
#include "core/mbufs.h"

enum { RECYCLE_REFILL = 8 }; /* buffers that the pool gives at once, where none is warm */

/* Is it a buffer of its own, whole, and nobody else's? */
static inline bool
recycle_may(const struct rte_mbuf *m)
{
	return m->nb_segs == 1 && rte_mbuf_refcnt_read(m) == 1 && RTE_MBUF_DIRECT(m);
}

/* mbuf_free() for a packet that was received, and is warm. */
static inline void
recycle_put(struct core *core, struct rte_mbuf *m)
{
	if (likely(m != NULL && core->recycles && core->polling && core->nb_warm < CORE_WARM && recycle_may(m) &&
		m->buf_len >= RTE_PKTMBUF_HEADROOM + CORE_HDR_ROOM))
		core->warm[core->nb_warm++] = m;
	else
		mbuf_free(m);
}

/* Asks for a line that will be written: not a copy of it, but the line. */
static inline void
recycle_prefetch(const void *p)
{
#ifdef RTE_ARCH_X86
	/* DPDK is compiled for CPUs without it, for which it does nothing: so the compiler would make a read of it */
	__asm__ volatile("prefetchw %0" : : "m"(*(const char *)p));
#else
	rte_prefetch0_write(p);
#endif
}

/* Header, the Ethernet header before the end of the headroom, what follows. */
static inline void
recycle_fetch(const struct rte_mbuf *m)
{
	const char *packet = (const char *)(m + 1) + RTE_PKTMBUF_HEADROOM;

	recycle_prefetch(m);
	recycle_prefetch(packet - 1);
	recycle_prefetch(packet);
}

/*
 * None is warm: the pool gives some at once, of which the last is taken first. The lines of the others come meanwhile.
 * In a pool each mbuf lies alone, unchained and unshared. False: the pool has not that many.
 */
static inline bool
recycle_refill(struct core *core)
{
	struct rte_mempool *pool = core->hdr_pool;

	if (!core->recycles || !core->polling || rte_mempool_get_bulk(pool, (void **)core->warm, RECYCLE_REFILL) != 0)
		return false;
	for (unsigned i = 0; i < RECYCLE_REFILL; i++)
		recycle_fetch(core->warm[i]);
	core->nb_warm = RECYCLE_REFILL;
	return true;
}

/* An empty buffer for headers and a short payload, with RTE_PKTMBUF_HEADROOM in front; NULL: there is none. */
static inline struct rte_mbuf *
recycle_get(struct core *core)
{
	struct rte_mbuf *m;

	if (unlikely(core->nb_warm == 0) && !recycle_refill(core))
		return mbuf_alloc_header(core);
	m = core->warm[--core->nb_warm];
	m->data_off = RTE_PKTMBUF_HEADROOM;
	m->port = RTE_MBUF_PORT_INVALID;
	m->ol_flags = 0;
	m->packet_type = 0;
	m->pkt_len = 0;
	m->data_len = 0;
	return m;
}

/* The end of a turn. */
static inline void
recycle_end(struct core *core)
{
	mbuf_raw_free_bulk(core->warm, core->nb_warm);
	core->nb_warm = 0;
}

#endif
