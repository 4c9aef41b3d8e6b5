/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs a fuzz target over its corpus without libFuzzer: each file as it is, cut off after each
 * byte, and with each byte changed. An empty corpus is a failure.
 */
#include <dirent.h>
#include <errno.h>
#include "fuzz.h"

enum { SEED_MAX = 1 << 16, CHANGED_MAX = 512 /* bytes of a seed that are changed */ };

static unsigned long inputs;

static void
run(const uint8_t *data, size_t size)
{
	uint8_t *copy = exact(data, size);

	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	inputs++;
}

/* Other values for a byte: all bits flipped one by one, and the edges. */
static void
run_changed(uint8_t *data, size_t size, size_t at)
{
	static const uint8_t edges[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
	uint8_t was = data[at];

	for (unsigned bit = 0; bit < 8; bit++) {
		data[at] = (uint8_t)(was ^ 1u << bit);
		run(data, size);
	}
	for (size_t i = 0; i < sizeof(edges); i++) {
		data[at] = edges[i];
		run(data, size);
	}
	data[at] = was;
}

static int
run_seed(const char *folder, const char *name)
{
	static uint8_t data[SEED_MAX];
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "rb");
	if (f == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	size_t size = fread(data, 1, sizeof(data), f);
	fclose(f);
	for (size_t len = 0; len <= size; len++)
		run(data, len);
	for (size_t at = 0; at < size && at < CHANGED_MAX; at++)
		run_changed(data, size, at);
	return 0;
}

int
main(int argc, char **argv)
{
	unsigned seeds = 0;
	DIR *d = argc == 2 ? opendir(argv[1]) : NULL;
	struct dirent *e;

	if (d == NULL) {
		fprintf(stderr, "usage: %s FOLDER, with files in it\n", argv[0]);
		return 2;
	}
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		if (run_seed(argv[1], e->d_name) < 0)
			return 1;
		seeds++;
	}
	closedir(d);
	if (seeds == 0) {
		fprintf(stderr, "%s: there is no seed\n", argv[1]);
		return 1;
	}
	printf("%u seeds, %lu inputs\n", seeds, inputs);
	return 0;
}
