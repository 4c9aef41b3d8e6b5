/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What limited a run. The causes are tried in an order in which each hides those after it: who has no port to open a
 * connection from waits for nobody, and who is busy all the time cannot know how fast the peer would be.
 */
#include <stdio.h>
#include "result.h"

static const double BUSY = 0.95;      /* of the loop's time: nothing is left to wait in */
static const double KEPT = 0.99;      /* of the rate that was asked for */
static const double MANY_LOST = 0.001; /* of the packets */

#define LIMIT(what_, ...) \
	do { \
		struct limit limit_ = {.what = (what_)}; \
		snprintf(limit_.why, sizeof(limit_.why), __VA_ARGS__); \
		return limit_; \
	} while (0)

static const double ALONE = 0.9;      /* of a core: less, and somebody else runs there */
static const double WORKING = 0.5;    /* of the loop's time: who is idle in more misses nothing that others had */

static double
rate_asked(const struct plan *p)
{
	return p->mode == LOAD_HOLD ? p->trickle : p->rate;
}

/* The rate was kept; at what price? */
static struct limit
limit_of_rate(const struct result *r, double kept)
{
	char again[64] = "";

	if (r->stack.retransmits > 0)
		snprintf(again, sizeof(again), "; %llu segments were sent again", (unsigned long long)r->stack.retransmits);
	LIMIT("the rate asked for", "%.1f %% of it was kept; the loop was busy in %.0f %% of its time%s", 100 * kept,
		100 * r->busy, again);
}

/* Nobody else is left: so many waited for it. Of an open loop it is not known beforehand how many that are. */
static struct limit
limit_of_peer(const struct result *r, double kept)
{
	if (rate_asked(r->plan) > 0)
		LIMIT("the peer", "%.1f %% of the rate was kept, %u of %u connections were open at the end; the loop was busy in "
			"%.0f %% of its time", 100 * kept, r->open, r->plan->connections, 100 * r->busy);
	LIMIT("the peer", "%u connections at a time waited for it: the loop was busy in %.0f %% of its time",
		r->plan->connections, 100 * r->busy);
}

struct limit
limit_of(const struct result *r)
{
	const struct tally *t = &r->measured;
	unsigned long long ports = t->failed[FAIL_PORTS], memory = t->failed[FAIL_MEMORY] + r->stack.no_mbuf;
	double busy = r->busy, lost = MANY_LOST * (double)r->stack.segs_out;
	bool silent = t->failed[FAIL_TIMEOUT] > 0 || (double)r->stack.retransmits > lost;
	double asked = rate_asked(r->plan), kept = asked > 0 ? result_per_second(r, result_done(r)) / asked : 0;

	if (r->seconds <= 0)
		LIMIT("nothing", "it was ended before anything was measured");
	if (ports > 0)
		LIMIT("port space", "%llu connections found no free local port (more --source, more targets)", ports);
	if (memory > 0)
		LIMIT("leat's memory", "%llu times there was no packet buffer or control block (tx_mbufs, max_connections)",
			memory);
	if ((double)r->stack.tx_full > lost)
		LIMIT("the wire", "the port's transmit queue stayed full: %llu packets of %llu did not go",
			(unsigned long long)r->stack.tx_full, (unsigned long long)r->stack.segs_out);
	if (asked > 0 && kept >= KEPT)
		return limit_of_rate(r, kept);
	if (busy >= BUSY)
		LIMIT("own CPU", "the loop found work in %.0f %% of its time", 100 * busy);
	if (r->plan->mode == LOAD_HOLD && asked <= 0 && !silent)
		LIMIT("nothing", "connections were held, nothing was asked; the loop was busy in %.0f %% of its time",
			100 * busy);
	if (busy >= WORKING && r->spins && r->cpu < ALONE * r->seconds * r->cores)
		LIMIT("own CPU", "other programs had the core: this one got %.0f %% of it, and was busy in %.0f %% of that",
			100 * r->cpu / r->seconds / r->cores, 100 * busy);
	if (silent)
		LIMIT("the peer's silence", "%llu segments were sent again, %llu connections or requests timed out",
			(unsigned long long)r->stack.retransmits, (unsigned long long)t->failed[FAIL_TIMEOUT]);
	return limit_of_peer(r, kept);
}
