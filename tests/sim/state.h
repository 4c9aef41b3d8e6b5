/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_STATE_H
#define SIM_STATE_H
/* What a long run has behind it: every seed below `next` is done, and these failed. Kept in a file. */
#include <stdint.h>

enum { STATE_FAILED_MAX = 1000, STATE_WHY = 512 };

struct state {
	uint64_t next;
	unsigned nb_failed;
	struct {
		uint64_t seed;
		char why[STATE_WHY];
	} failed[STATE_FAILED_MAX];
};

/* Notes a failure, once a seed. */
void state_failed(struct state *s, uint64_t seed, const char *why);

/* Reads it; a file that is not there is a state in which nothing is done. 0, or -1 with errno. */
int state_read(struct state *s, const char *path);

/* Replaces the file at once. 0, or -1 with errno. */
int state_write(const struct state *s, const char *path);

#endif
