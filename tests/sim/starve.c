/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include "farm.h"
#include "modes.h"
#include "world.h"

enum { SECONDS = 30, SMALL = 4000, RUNS = 2 };

/* How many fail from the n-th on: it alone, or so many that retransmissions meet it too. */
static const uint64_t lengths[RUNS] = {1, 40};

struct hunger {
	uint64_t from, seeds;
	uint64_t (*counts)[MEMORY_KINDS]; /* allocations of each seed's scenario when none fails */
};

/* Few bytes, so that each allocation can be tried, and no other trouble that ends connections. */
static void
make_small(struct scenario *s, uint64_t seed)
{
	scenario_draw(s, seed);
	s->path.dark_ms = s->path.hole_size = s->path.dry_pool = 0;
	s->a.mss = s->b.mss = s->a.keepalive = s->b.keepalive = 0;
	s->path.talks = 2;
	for (unsigned i = 0; i < 2; i++) {
		s->talks[i].kind = (seed + i * 5) % TALK_KINDS;
		s->talks[i].up %= SMALL;
		s->talks[i].down %= SMALL;
		s->talks[i].rounds = 1 + s->talks[i].rounds % 4;
	}
}

static void
run_world(uint64_t seed, const struct world_starve *plan, char *why, struct farm_sum *sum)
{
	struct world_options options = {.why = why, .starve = *plan};
	struct scenario s;
	struct world w;

	make_small(&s, seed);
	world_open(&w, &s, &options);
	world_run(&w);
	sum->frames += w.frames;
	world_close(&w);
}

static void
count(const struct farm *f, uint64_t i, char *why, struct farm_sum *sum)
{
	const struct hunger *h = f->arg;

	run_world(h->from + i, &(struct world_starve){0}, why, sum);
	for (int k = 0; k < MEMORY_KINDS; k++)
		h->counts[i][k] = memory_count((enum memory_kind)k);
}

/* Job i: which seed, which kind, how many from which on. False: there are no more. */
static bool
job(const struct hunger *h, uint64_t i, uint64_t *seed, struct world_starve *plan)
{
	for (uint64_t s = 0; s < h->seeds; s++)
		for (int k = 0; k < MEMORY_KINDS; k++)
			for (int r = 0; r < RUNS; r++) {
				if (i < h->counts[s][k]) {
					*seed = h->from + s;
					*plan = (struct world_starve){.kind = (enum memory_kind)k, .first = i + 1, .n = lengths[r]};
					return true;
				}
				i -= h->counts[s][k];
			}
	return false;
}

static void
try(const struct farm *f, uint64_t i, char *why, struct farm_sum *sum)
{
	struct world_starve plan;
	uint64_t seed;

	if (job(f->arg, i, &seed, &plan))
		run_world(seed, &plan, why, sum);
}

static void
on_failed(const struct farm *f, uint64_t i, const char *why)
{
	struct world_starve plan = {0};
	char diff[SCENARIO_TEXT];
	struct scenario s;
	uint64_t seed = i;

	if (f->job == try)
		job(f->arg, i, &seed, &plan);
	make_small(&s, seed);
	scenario_diff(&s, diff);
	printf("seed %" PRIu64 " failed %s\n  again: leat-sim --seed %" PRIu64 " --set %s --starve %s:%" PRIu64 ":%" PRIu64
		" --ladder\n", seed, why, seed, diff, memory_kind_name(plan.kind), plan.first, plan.n);
}

int
starve(uint64_t from, uint64_t seeds, unsigned jobs)
{
	struct hunger h = {.from = from, .seeds = seeds};
	struct farm f = {.to = seeds, .workers = jobs, .seconds = SECONDS, .job = count, .failed = on_failed, .arg = &h};
	struct farm_sum sum = {0};
	uint64_t failed;

	h.counts = mmap(NULL, seeds * sizeof(*h.counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (h.counts == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	failed = farm_run(&f, NULL);
	f.job = try;
	f.to = 0;
	for (uint64_t s = 0; s < seeds; s++)
		for (int k = 0; k < MEMORY_KINDS; k++)
			f.to += RUNS * h.counts[s][k];
	if (failed == 0)
		failed = farm_run(&f, &sum);
	printf("%" PRIu64 " scenarios, %" PRIu64 " failures of memory, %" PRIu64 " failed; %" PRIu64 " frames\n", seeds, sum.jobs,
		failed, sum.frames);
	munmap(h.counts, seeds * sizeof(*h.counts));
	return failed > 0 || farm_stopped();
}
