/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_FARM_H
#define SIM_FARM_H
/*
 * Runs numbered jobs in processes of their own, several side by side. A job that finds something
 * wrong ends its process (world_fail()); so does a crash. Its number and what it said are kept, and
 * another process goes on.
 */
#include <stdbool.h>
#include <stdint.h>

enum { FARM_WHY = 512, FARM_WORKERS_MAX = 64 };

/* What all jobs together did. */
struct farm_sum {
	uint64_t jobs, frames, bytes, virtual_ns;
};

struct farm {
	uint64_t from, to;       /* jobs from..to - 1 */
	unsigned workers;
	unsigned seconds;        /* that one job may take */
	bool stop;               /* after the first that failed */
	/* In a worker, with EAL started. why: FARM_WHY bytes for world_fail(). */
	void (*job)(const struct farm *f, uint64_t i, char *why, struct farm_sum *sum);
	/* In the caller, for each that failed. */
	void (*failed)(const struct farm *f, uint64_t i, const char *why);
	/* In the caller, about once a second: all jobs below `done` are over. NULL: nobody. */
	void (*pulse)(const struct farm *f, uint64_t done, const struct farm_sum *sum);
	void *arg;
};

/* Runs them. Returns how many failed; *sum (may be NULL) what was done. Stops early at SIGINT or SIGTERM. */
uint64_t farm_run(const struct farm *f, struct farm_sum *sum);

/* Was it told to stop? */
bool farm_stopped(void);

#endif
