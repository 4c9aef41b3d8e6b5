/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/hystart.h"
#include "tcp/slow_start.h"

/* RFC 9406 4.3 */
enum {
	MIN_RTT_THRESH = 4000, /* microseconds */
	MAX_RTT_THRESH = 16000,
	MIN_RTT_DIVISOR = 8,
	N_RTT_SAMPLE = 8,
	CSS_GROWTH_DIVISOR = 4,
	CSS_ROUNDS = 5,
};

static bool
in_css(const struct hystart *h)
{
	return h->baseline != UINT32_MAX;
}

static void
begin_round(struct hystart *h, const struct tcb *t)
{
	h->last_min = h->min;
	h->min = UINT32_MAX;
	h->samples = 0;
	h->window_end = t->snd_nxt;
}

void
hystart_begin(struct hystart *h, const struct tcb *t)
{
	*h = (struct hystart){.min = UINT32_MAX, .baseline = UINT32_MAX};
	begin_round(h, t);
}

/*
 * windowEnd lies within SND.UNA to SND.NXT while it is awaited. So asked, a flow that did not use
 * its window for 2^31 bytes, and was not seen here, does not wait for it.
 */
static bool
round_ended(const struct hystart *h, const struct tcb *t)
{
	return h->window_end - t->snd_una - 1 >= tcb_flight(t);
}

/* RFC 9406 4.2: has the delay grown by an eighth, 4 ms at least, 16 at most? */
static bool
delayed(const struct hystart *h)
{
	uint32_t thresh = RTE_MIN(h->last_min / MIN_RTT_DIVISOR, (uint32_t)MAX_RTT_THRESH);

	/* of none before, UINT32_MAX, nothing is longer */
	return h->min >= (uint64_t)h->last_min + RTE_MAX(thresh, (uint32_t)MIN_RTT_THRESH);
}

static void
take_rtt(struct hystart *h, uint32_t rtt)
{
	if (rtt == 0)
		return;
	h->min = RTE_MIN(h->min, rtt);
	if (h->samples < N_RTT_SAMPLE)
		h->samples++;
	/* a few samples prove nothing: they may be jitter */
	if (h->samples < N_RTT_SAMPLE)
		return;
	if (in_css(h)) {
		if (h->min < h->baseline)
			h->baseline = UINT32_MAX; /* leaving slow start was a mistake: it goes on */
	} else if (delayed(h)) {
		h->baseline = h->min;
		h->css_rounds = 0;
	}
}

bool
hystart_acked(struct hystart *h, struct tcb *t, const struct tcp_acked *a)
{
	uint32_t bytes = tcp_slow_start_bytes(t, a);

	tcp_cwnd_grow(t, in_css(h) ? bytes / CSS_GROWTH_DIVISOR : bytes);
	take_rtt(h, a->rtt);
	if (!round_ended(h, t))
		return false;
	begin_round(h, t);
	/* the round in which CSS began counts as one of its */
	return in_css(h) && ++h->css_rounds >= CSS_ROUNDS;
}
