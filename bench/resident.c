/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "resident.h"

uint64_t
resident(void)
{
	FILE *f = fopen("/proc/self/smaps_rollup", "r");
	uint64_t kib = 0;
	char line[256];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "Rss: %" SCNu64, &kib) == 1)
			break;
	if (f == NULL || kib == 0) {
		fprintf(stderr, "bench: /proc/self/smaps_rollup does not tell the memory in use\n");
		exit(1);
	}
	fclose(f);
	return kib * 1024;
}
