/* SPDX-License-Identifier: BSD-3-Clause */
/* What a direction may be told. */
#include <errno.h>
#include "wire.h"

struct rule {
	bool holds;
	const char *text;
};

static bool
is_probability(double p)
{
	return p >= 0 && p <= 1; /* false for NaN */
}

static bool
may_reorder(const struct wire_impair *i)
{
	for (uint32_t k = 0; k < i->nb_picks; k++)
		if (i->picks[k].faults & WIRE_REORDER)
			return true;
	return i->reorder > 0;
}

static bool
picks_are_legal(const struct wire_impair *i)
{
	for (uint32_t k = 0; k < i->nb_picks; k++) {
		const struct wire_pick *p = &i->picks[k];

		if (p->first == 0 || p->first > p->last || (p->faults & ~(uint32_t)WIRE_FAULTS) != 0 || p->faults == 0)
			return false;
		if (k > 0 && p->first <= p[-1].last)
			return false;
	}
	return true;
}

int
wire_check(const struct wire_impair *i, const char **what)
{
	const bool nb_picks = i->nb_picks <= WIRE_PICKS_MAX && (i->nb_picks == 0 || i->picks != NULL);
	const struct rule rules[] = {
		{is_probability(i->loss), "loss is a probability, 0..1"},
		{is_probability(i->burst.enter), "burst.enter is a probability, 0..1"},
		{is_probability(i->burst.leave), "burst.leave is a probability, 0..1"},
		{is_probability(i->burst.loss_bad), "burst.loss_bad is a probability, 0..1"},
		{is_probability(i->burst.loss_good), "burst.loss_good is a probability, 0..1"},
		{is_probability(i->mark), "mark is a probability, 0..1"},
		{is_probability(i->truncate), "truncate is a probability, 0..1"},
		{is_probability(i->corrupt), "corrupt is a probability, 0..1"},
		{is_probability(i->duplicate), "duplicate is a probability, 0..1"},
		{is_probability(i->reorder), "reorder is a probability, 0..1"},
		{i->corrupt_bits <= WIRE_CORRUPT_BITS_MAX, "corrupt_bits is 0..64"},
		{i->rate == 0 || (i->rate >= WIRE_RATE_MIN && i->rate <= WIRE_RATE_MAX),
			"rate is 1 kbit/s to 1 Tbit/s, or 0 for no limit"},
		{i->delay <= WIRE_TIME_MAX, "delay is at most one hour"},
		{i->jitter <= WIRE_TIME_MAX, "jitter is at most one hour"},
		{i->reorder_delay <= WIRE_TIME_MAX, "reorder_delay is at most one hour"},
		{nb_picks, "picks are at most 65536"},
		{!nb_picks || picks_are_legal(i), "picks are first..last from 1, ascending and apart, with known faults"},
		{!nb_picks || i->reorder_delay > 0 || !may_reorder(i), "reordering needs a reorder_delay"},
	};

	for (unsigned k = 0; k < sizeof(rules) / sizeof(rules[0]); k++) {
		if (!rules[k].holds) {
			if (what != NULL)
				*what = rules[k].text;
			return -EINVAL;
		}
	}
	return 0;
}
