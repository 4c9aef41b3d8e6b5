/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * micro [EAL options --] [-n ENTRIES] [-s SECONDS] [-r RUNS] [--json]
 *
 * -n: entries of the largest table; those of a thousand and a million, if smaller, come before it.
 */
#include "micro.h"

struct measure
micro_time(double seconds, uint64_t each, void (*fn)(void *arg), void *arg)
{
	struct spent start = spent_now(), spent;
	uint64_t n = 0;

	do {
		for (int i = 0; i < 64; i++)
			fn(arg);
		n += 64;
		spent = spent_since(&start);
	} while ((double)spent.cpu < seconds * 1e9);
	return each_of(&spent, (double)(n * each));
}

void
micro_compare(const struct options *o, const char *what, const char *unit, uint64_t each, void (*ours)(void *),
	const char *peer, void (*theirs)(void *), void *arg)
{
	struct series own = {.n = 0}, other = {.n = 0};

	for (int i = 0; i < o->runs; i++) {
		series_add_measure(&own, micro_time(o->seconds, each, ours, arg));
		series_add_measure(&other, micro_time(o->seconds, each, theirs, arg));
	}
	report(&(struct figure){"micro", what, unit, &own, peer, &other}, o->json);
}

uint64_t
micro_random(void)
{
	static uint64_t state;
	uint64_t z = state += 0x9e3779b97f4a7c15u; /* splitmix64 */

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

int
main(int argc, char **argv)
{
	struct options o = {.seconds = 0.2, .runs = 5, .connections = 1000000};

	options_parse(&o, argc, argv, "nsr");
	options_start_eal(&o, argv);
	micro_bytes(&o);
	micro_wheel(&o);
	micro_demux(&o);
	return 0;
}
