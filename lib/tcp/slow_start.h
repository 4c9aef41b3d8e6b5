/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCP_SLOW_START_H
#define TCP_SLOW_START_H
/* Slow start, as every algorithm has it (RFC 5681 3.1), and what else they share. */
#include <rte_common.h>
#include "tcp/cc.h"

enum {
	TCP_SSTHRESH_NONE = UINT32_MAX, /* RFC 5681 3.1: arbitrarily high, until congestion is met */
	TCP_CWND_MAX = 1 << 30,         /* no window of a peer is larger (RFC 7323 2.3) */
};

/* RFC 5681 3.1 (4), RFC 9438 4.6: ssthresh is two segments at least. */
static inline uint32_t
tcp_ssthresh(const struct tcb *t, uint64_t bytes)
{
	return (uint32_t)RTE_MAX(bytes, 2u * t->mss);
}

static inline void
tcp_cwnd_grow(struct tcb *t, uint64_t bytes)
{
	t->cwnd = (uint32_t)RTE_MIN(t->cwnd + bytes, (uint64_t)TCP_CWND_MAX);
}

/*
 * The part of an ACK that counts: L segments (RFC 9406 4.2). After a timeout one: the ACK may tell
 * of what had left the network long before (RFC 3465 2.3).
 */
static inline uint32_t
tcp_slow_start_bytes(const struct tcb *t, const struct tcp_acked *a)
{
	uint32_t limit = t->flags & TF_RTO ? 1 : TCP_SLOW_START_LIMIT;

	return RTE_MIN(a->acked, limit * t->mss);
}

/*
 * RFC 5681 3.1 (2), in bytes: cwnd grows by what was acknowledged, up to ssthresh. Returns what was
 * acknowledged beyond that, for congestion avoidance.
 */
static inline uint32_t
tcp_slow_start(struct tcb *t, const struct tcp_acked *a)
{
	uint32_t bytes = RTE_MIN(tcp_slow_start_bytes(t, a), t->ssthresh - t->cwnd);

	tcp_cwnd_grow(t, bytes);
	return t->cwnd < t->ssthresh ? 0 : a->acked - bytes;
}

#endif
