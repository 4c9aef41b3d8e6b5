/* SPDX-License-Identifier: BSD-3-Clause */
#include <rte_common.h>
#include "tcp/cc.h"

/* RFC 5681 3.1 (4): ssthresh = max (FlightSize / 2, 2*SMSS) */
static uint32_t
half(const struct tcb *t, uint32_t flight)
{
	return RTE_MAX(flight / 2, 2u * t->mss);
}

static void
acked(struct tcb *t, uint32_t bytes, uint32_t flight)
{
	/* RFC 7661: a window that the application does not fill proves nothing, so it does not grow */
	if (2 * (uint64_t)flight < t->cwnd)
		return;
	if (t->cwnd < t->ssthresh) {
		/* RFC 5681 3.1 (2): cwnd += min (N, SMSS) */
		t->cwnd += RTE_MIN(bytes, (uint32_t)t->mss);
		return;
	}
	/* RFC 5681 3.1: one SMSS each time a whole window was acknowledged, counted in bytes */
	t->cwnd_acc += bytes;
	if (t->cwnd_acc >= t->cwnd) {
		t->cwnd_acc -= t->cwnd;
		t->cwnd += t->mss;
	}
}

static void
lost(struct tcb *t, uint32_t flight)
{
	t->ssthresh = half(t, flight);
	/* RFC 5681 3.2 step 3: the three segments that left the network */
	t->cwnd = t->ssthresh + 3u * t->mss;
	t->cwnd_acc = 0;
}

static void
timed_out(struct tcb *t, uint32_t flight, bool first)
{
	/* RFC 5681 3.1: ssthresh is held at a second timeout of the same segment */
	if (first)
		t->ssthresh = half(t, flight);
	t->cwnd = t->mss; /* the loss window, LW */
	t->cwnd_acc = 0;
}

const struct tcp_cc_ops tcp_newreno = {
	.name = "newreno",
	.acked = acked,
	.lost = lost,
	.timed_out = timed_out,
};
