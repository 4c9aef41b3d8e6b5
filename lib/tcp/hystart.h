/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCP_HYSTART_H
#define TCP_HYSTART_H
/*
 * HyStart++ (RFC 9406): the first slow start, which has no ssthresh to stop it, stops when the round
 * trip grows longer, before the queue that makes it so overflows. A phase of slower growth, the
 * conservative slow start (CSS), finds out whether that was a mistake.
 */
#include <stdbool.h>
#include <stdint.h>

struct tcb;
struct tcp_acked;

struct hystart {
	uint32_t window_end; /* the round ends when this is acknowledged */
	uint32_t last_min;   /* lastRoundMinRTT, microseconds; UINT32_MAX: none */
	uint32_t min;        /* currentRoundMinRTT */
	uint32_t baseline;   /* cssBaselineMinRtt; UINT32_MAX: not in CSS */
	uint8_t samples;     /* rttSampleCount, as far as N_RTT_SAMPLE */
	uint8_t css_rounds;  /* rounds that ended in CSS */
};

/* Slow start begins: its first round ends with what is in flight now. */
void hystart_begin(struct hystart *h, const struct tcb *t);

/* One ACK: cwnd grows. True: slow start is over, the caller sets ssthresh = cwnd. */
bool hystart_acked(struct hystart *h, struct tcb *t, const struct tcp_acked *a);

#endif
