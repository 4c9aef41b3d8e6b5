/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "farm.h"
#include "modes.h"
#include "world.h"

enum { SEEDS = 400, SECONDS = 30 };

/* What is said of each: one of two things. */
static const char *const found[PLANTS][2] = {
	[PLANT_BYTE] = {"is wrong", "is wrong"},
	[PLANT_WRITE] = {"of the stream is wrong", "of the stream is wrong"},
	[PLANT_WINDOW] = {"the window at", "the window at"},
	[PLANT_CWND] = {"its cwnd is", "its cwnd is"},
	[PLANT_ACK] = {"acknowledges", "acknowledges"},
	[PLANT_SACK] = {"SACK of", "SACK of"},
	[PLANT_SHRINK] = {"goes back", "goes back"},
	[PLANT_FIN] = {"is not over after", "conversation ended with"},
	[PLANT_STALL] = {"is not over after", "does not end"},
	[PLANT_KEEP] = {"1 mbufs elsewhere", "1 mbufs elsewhere"},
	[PLANT_TWICE] = {"after on_closed", "after on_closed"},
	[PLANT_CWR] = {"does not answer a mark", "does not answer a mark"},
	[PLANT_ECE] = {"does not tell", "does not tell"},
	[PLANT_AGAIN] = {"nothing was lost", "nothing was lost"},
	[PLANT_SPIN] = {"never becomes idle", "never becomes idle"},
};

struct trial {
	enum plant plant;
	bool right;
};

static void
run(const struct farm *f, uint64_t seed, char *why, struct farm_sum *sum)
{
	const struct trial *t = f->arg;
	struct world_options options = {.plant = t->plant, .why = why};
	struct scenario s;
	struct world w;

	(void)sum;
	scenario_draw(&s, seed);
	s.path.lend = 0; /* what is changed on its way must not change what the sender keeps */
	world_open(&w, &s, &options);
	world_run(&w);
	world_close(&w);
}

static void
on_failed(const struct farm *f, uint64_t seed, const char *why)
{
	struct trial *t = f->arg;

	t->right = strstr(why, found[t->plant][0]) != NULL || strstr(why, found[t->plant][1]) != NULL;
	printf("%-8s %s in seed %" PRIu64 ", %s\n", plant_name(t->plant), t->right ? "found" : "MISTAKEN", seed, why);
}

int
self_test(unsigned jobs)
{
	unsigned missed = 0;

	for (enum plant p = PLANT_NOTHING + 1; p < PLANTS && !farm_stopped(); p++) {
		struct trial t = {.plant = p};
		struct farm f = {.to = SEEDS, .workers = jobs, .seconds = SECONDS, .stop = true, .job = run, .failed = on_failed,
			.arg = &t};
		if (farm_run(&f, NULL) == 0)
			printf("%-8s MISSED in %d seeds\n", plant_name(p), SEEDS);
		missed += !t.right;
	}
	printf("%u planted mistakes, %u missed\n", PLANTS - 1, missed);
	return missed > 0 || farm_stopped();
}
