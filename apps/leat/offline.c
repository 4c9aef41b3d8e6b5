/* SPDX-License-Identifier: BSD-3-Clause */
/* The one command that asks no running program: it reads a capture file. */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <leat/ladder.h>
#include "offline.h"

static bool
read_count(const char *word, unsigned *last)
{
	char *end;

	if (word[0] < '1' || word[0] > '9')
		return false;
	errno = 0;
	unsigned long n = strtoul(word, &end, 10);
	if (*end != '\0' || errno != 0 || n > UINT_MAX)
		return false;
	*last = (unsigned)n;
	return true;
}

int
ladder_command(char **words, int n)
{
	struct leat_endpoint end = {0}, *only = NULL;
	struct leat_error error = {0};
	unsigned last = 0;

	if (n == 0) {
		fputs("leat: ladder needs a capture file: leat ladder FILE [N] [ADDR[:PORT]]\n", stderr);
		return 1;
	}
	for (int i = 1; i < n; i++) {
		if (read_count(words[i], &last))
			continue;
		if (leat_endpoint_parse(words[i], &end) < 0 && leat_addr_parse(words[i], &end.addr) < 0) {
			fprintf(stderr, "leat: \"%s\" is no number of connections and no end ADDRESS[:PORT]\n", words[i]);
			return 1;
		}
		only = &end;
	}
	if (leat_ladder_file(words[0], only, last, stdout, &error) < 0) {
		fprintf(stderr, "leat: %s\n", error.text);
		return 1;
	}
	if (fflush(stdout) != 0) {
		fprintf(stderr, "leat: the ladder cannot be written: %s\n", strerror(errno));
		return 1;
	}
	return 0;
}
