/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <string.h>
#include "farm.h"
#include "shrink.h"

enum { STEPS_MAX = 400, SECONDS = 60 };

struct search {
	struct scenario best;
	struct world_options options;
	char kind[FARM_WHY];
	uint64_t ended; /* the candidate that failed; UINT64_MAX: none */
	bool likewise;  /* … in the same way */
};

/* What is told without its numbers and places: the same mistake reads the same. */
static void
kind_of(const char *why, char kind[FARM_WHY])
{
	const char *from = strstr(why, " s: ");
	size_t n = 0;

	for (from = from != NULL ? from + 4 : why; *from != '\0' && n < FARM_WHY - 1; from++)
		if (isalpha((unsigned char)*from))
			kind[n++] = *from;
	kind[n] = '\0';
}

/* Candidate i: value i / 2 plain, or half way to it. False: it is so already. */
static bool
candidate(const struct search *search, uint64_t i, struct scenario *s)
{
	uint64_t plain;

	*s = search->best;
	uint64_t *value = scenario_value(s, (unsigned)(i / 2), &plain);
	if (value == NULL || *value == plain)
		return false;
	uint64_t half = *value > plain ? plain + (*value - plain) / 2 : *value + (plain - *value) / 2;
	if (i % 2 == 1 && (half == *value || half == plain))
		return false;
	*value = i % 2 == 0 ? plain : half;
	return true;
}

static void
try_one(const struct farm *f, uint64_t i, char *why, struct farm_sum *sum)
{
	const struct search *search = f->arg;
	struct world_options options = search->options;
	struct scenario s;
	struct world w;

	(void)sum;
	if (!candidate(search, i, &s))
		return;
	options.why = why;
	world_open(&w, &s, &options);
	world_run(&w);
	world_close(&w);
}

static void
on_failed(const struct farm *f, uint64_t i, const char *why)
{
	struct search *search = f->arg;
	char kind[FARM_WHY];

	kind_of(why, kind);
	search->ended = i;
	search->likewise = strcmp(kind, search->kind) == 0;
}

static uint64_t
nb_candidates(struct search *search)
{
	uint64_t plain;
	unsigned n = 0;

	while (scenario_value(&search->best, n, &plain) != NULL)
		n++;
	return 2ull * n;
}

unsigned
shrink(struct scenario *s, const struct world_options *options, const char *why)
{
	struct search search = {.best = *s, .options = *options};
	uint64_t end = nb_candidates(&search), since = 0, next = 0;
	unsigned steps = 0;

	search.options.loud = search.options.ladder = false;
	search.options.pcap = NULL;
	kind_of(why, search.kind);
	/* from the last that helped on, round and round, until none does */
	while (since < end && steps < STEPS_MAX && !farm_stopped()) {
		struct farm f = {.from = next, .to = end, .workers = 1, .seconds = SECONDS, .stop = true, .job = try_one,
			.failed = on_failed, .arg = &search};
		search.ended = UINT64_MAX;
		farm_run(&f, NULL);
		steps++;
		if (search.ended == UINT64_MAX) {
			since += end - next;
			next = 0;
		} else if (search.likewise) {
			candidate(&search, search.ended, s);
			search.best = *s;
			next = search.ended;
			since = 0;
		} else {
			since += search.ended + 1 - next;
			next = search.ended + 1;
		}
	}
	return steps;
}
