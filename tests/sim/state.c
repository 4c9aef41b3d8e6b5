/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "state.h"

void
state_failed(struct state *s, uint64_t seed, const char *why)
{
	for (unsigned i = 0; i < s->nb_failed; i++)
		if (s->failed[i].seed == seed)
			return;
	if (s->nb_failed == STATE_FAILED_MAX)
		return;
	s->failed[s->nb_failed].seed = seed;
	snprintf(s->failed[s->nb_failed++].why, STATE_WHY, "%s", why);
}

int
state_read(struct state *s, const char *path)
{
	FILE *f = fopen(path, "r");
	char line[STATE_WHY + 64], why[STATE_WHY];
	uint64_t seed;

	if (f == NULL)
		return errno == ENOENT ? 0 : -1;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "next %" SCNu64, &s->next) == 1)
			continue;
		if (sscanf(line, "failed %" SCNu64 " %511[^\n]", &seed, why) == 2) {
			state_failed(s, seed, why);
			continue;
		}
		fclose(f);
		errno = EINVAL;
		return -1;
	}
	fclose(f);
	return 0;
}

int
state_write(const struct state *s, const char *path)
{
	char other[4096];

	snprintf(other, sizeof(other), "%s.new", path);
	FILE *f = fopen(other, "w");
	if (f == NULL)
		return -1;
	fprintf(f, "next %" PRIu64 "\n", s->next);
	for (unsigned i = 0; i < s->nb_failed; i++)
		fprintf(f, "failed %" PRIu64 " %s\n", s->failed[i].seed, s->failed[i].why);
	return fclose(f) != 0 ? -1 : rename(other, path);
}
