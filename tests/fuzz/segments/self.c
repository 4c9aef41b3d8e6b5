/* SPDX-License-Identifier: BSD-3-Clause */
/* Each planted mistake must be found by what the corpus makes leat do, and called by its name. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "app.h"
#include "plant.h"
#include "script.h"
#include "stage.h"

enum { SEED_MAX = 4096, SECONDS = 60 };

static void
play(const char *folder, const char *name)
{
	static uint8_t data[SEED_MAX];
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "rb");
	if (f == NULL)
		return;
	size_t size = fread(data, 1, sizeof(data), f);
	fclose(f);
	script_play(data, size);
}

/* In a process of its own, which ends in abort() when the mistake is found. */
static void
play_all(const char *folder, int to)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	dup2(to, STDERR_FILENO);
	signal(SIGABRT, SIG_DFL);
	alarm(SECONDS);
	stage_open(&app_accepting);
	while (d != NULL && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			play(folder, e->d_name);
	_exit(0);
}

/* What was said last: half of size at the least, however it came. */
static void
listen_to(int from, char *text, size_t size)
{
	size_t n = 0;
	ssize_t r;

	while ((r = read(from, text + n, size - 1 - n)) > 0)
		if ((n += (size_t)r) == size - 1) {
			memmove(text, text + n / 2, n - n / 2);
			n -= n / 2;
		}
	text[n] = '\0';
}

static bool
try_one(unsigned i, const char *folder)
{
	char text[4096];
	int ends[2], status;

	if (pipe(ends) != 0)
		return false;
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		close(ends[0]);
		plant = i;
		play_all(folder, ends[1]);
	}
	close(ends[1]);
	listen_to(ends[0], text, sizeof(text));
	close(ends[0]);
	waitpid(child, &status, 0);
	const char *said = strstr(text, "does not hold: ");
	bool found = said != NULL && strstr(said, plant_found(i)) != NULL;
	printf("%-10s %s\n", plant_name(i), found ? "found" : said != NULL ? "MISTAKEN" : "MISSED");
	if (!found && said != NULL)
		printf("    %s", said);
	return found;
}

int
main(int argc, char **argv)
{
	unsigned missed = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: %s FOLDER, with seeds in it\n", argv[0]);
		return 2;
	}
	for (unsigned i = 1; i <= plants; i++)
		missed += !try_one(i, argv[1]);
	printf("%u planted mistakes, %u missed\n", plants, missed);
	return missed > 0;
}
