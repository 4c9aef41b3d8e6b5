/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include "pace.h"

/*
 * With the rate R rising over T there were R t^2 / 2T starts at time t: number n is due at sqrt(2Tn / R), and
 * from n = RT/2 on at T/2 + n/R.
 */
static uint64_t
due_of(const struct pace *p, uint64_t n)
{
	double at = (double)n < p->ramped ? sqrt(2 * p->ramp * p->interval * (double)n) :
		p->ramp / 2 + (double)n * p->interval;

	return p->begin + (uint64_t)at;
}

void
pace_begin(struct pace *p, uint64_t begin, double per_second, uint64_t ramp)
{
	*p = (struct pace){.begin = begin, .due = UINT64_MAX};
	if (per_second <= 0)
		return;
	p->interval = 1e9 / per_second;
	p->ramp = (double)ramp;
	p->ramped = p->ramp / p->interval / 2;
	p->due = due_of(p, 0);
}

uint64_t
pace_take(struct pace *p)
{
	uint64_t due = p->due;

	p->due = due_of(p, ++p->n);
	return due;
}

uint64_t
pace_behind(const struct pace *p, uint64_t now)
{
	if (p->due > now)
		return 0;
	double t = (double)(now - p->begin);
	double all = t < p->ramp ? t * t / (2 * p->ramp * p->interval) : (t - p->ramp / 2) / p->interval;
	return (uint64_t)all + 1 > p->n ? (uint64_t)all + 1 - p->n : 0;
}

uint32_t
pace_ramp(uint64_t begin, uint64_t ramp, uint64_t now, uint32_t all)
{
	if (now >= begin + ramp)
		return all;
	uint32_t n = now <= begin ? 0 : (uint32_t)((double)(now - begin) / (double)ramp * all);
	return n > 0 ? n : 1;
}
