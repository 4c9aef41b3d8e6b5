/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs a fuzz target over its corpus without libFuzzer: each file as it is, and those that have a
 * name of somebody's choice also cut off after each byte, and with each byte changed. An empty
 * corpus is a failure. With files in the place of a folder it runs just them, as they are.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>
#include "fuzz.h"

enum {
	SEED_MAX = 1 << 16,
	CHANGED_MAX = 512,   /* bytes of a seed that are changed */
	LIBFUZZER_NAME = 40, /* letters of the names that libFuzzer gives: SHA-1 */
};

static unsigned long inputs;
static const uint8_t *now;
static size_t now_size;

/* The input that something did not hold for: xxd -r -p makes a file of it again. */
static void
on_abort(int signal)
{
	static const char digits[] = "0123456789abcdef";
	static char text[2 * SEED_MAX + 1];
	size_t n = 0;

	for (size_t i = 0; i < now_size; i++) {
		text[n++] = digits[now[i] >> 4];
		text[n++] = digits[now[i] & 15];
	}
	text[n++] = '\n';
	if (write(STDERR_FILENO, text, n) < 0)
		_exit(1);
	(void)signal; /* it was blocked here, and ends the process when this returns */
}

static void
run(const uint8_t *data, size_t size)
{
	uint8_t *copy = exact(data, size);

	now = copy;
	now_size = size;

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

static uint8_t data[SEED_MAX];

static bool
read_file(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");

	if (f == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return false;
	}
	*size = fread(data, 1, sizeof(data), f);
	fclose(f);
	return true;
}

static bool
run_seed(const char *folder, const char *name)
{
	char path[4096];
	size_t size;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (!read_file(path, &size))
		return false;
	run(data, size);
	if (strlen(name) == LIBFUZZER_NAME)
		return true;
	for (size_t len = 0; len < size; len++)
		run(data, len);
	for (size_t at = 0; at < size && at < CHANGED_MAX; at++)
		run_changed(data, size, at);
	return true;
}

static int
run_folder(const char *folder, DIR *d)
{
	unsigned seeds = 0;
	struct dirent *e;

	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		if (!run_seed(folder, e->d_name))
			return 1;
		seeds++;
	}
	if (seeds == 0) {
		fprintf(stderr, "%s: there is no seed\n", folder);
		return 1;
	}
	printf("%u seeds, %lu inputs\n", seeds, inputs);
	return 0;
}

int
main(int argc, char **argv)
{
	DIR *d = argc == 2 ? opendir(argv[1]) : NULL;
	size_t size;
	int r = 0;

	if (argc < 2) {
		fprintf(stderr, "usage: %s FOLDER | FILE...\n", argv[0]);
		return 2;
	}
	signal(SIGABRT, on_abort);
	if (d != NULL) {
		r = run_folder(argv[1], d);
		closedir(d);
		return r;
	}
	for (int i = 1; i < argc && r == 0; i++) {
		if (read_file(argv[i], &size))
			run(data, size);
		else
			r = 1;
	}
	return r;
}
