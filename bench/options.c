/* SPDX-License-Identifier: BSD-3-Clause */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <leat/leat.h>
#include "options.h"
#include "report.h"

enum { JSON = 1 }; /* beside the letters */

static const struct {
	char letter;
	const char *argument, *help;
} known[] = {
	{'c', "N", "connections at the same time, 1..3000"},
	{'s', "SECONDS", "of CPU time, each run"},
	{'r', "N", "runs, 1..64; the median is given"},
	{'o', "N", "other connections that are open and do nothing, up to 32 M"},
	{'n', "N", "connections, 1..32 M"},
	{'b', "BYTES", "of a message, 1..4096"},
	{'m', "BYTES", "payload of a full segment, 524..8948"},
	{'w', "WAY", "up (the client sends) or down"},
	{'z', NULL, "by reference instead of by copy"},
	{'t', "KIND", "their tuples: random or sequential"},
	{'a', NULL, "alone, without the peer"},
	{'v', NULL, "verify the checksums of received packets in software"},
};

enum { KNOWN = sizeof(known) / sizeof(known[0]) };

static const char *
name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static void
usage(const char *program, const char *letters, FILE *to)
{
	fprintf(to, "usage: %s [EAL options --] [options]\n\n", name_of(program));
	for (size_t i = 0; i < KNOWN; i++)
		if (strchr(letters, known[i].letter) != NULL)
			fprintf(to, "  -%c %-8s %s\n", known[i].letter, known[i].argument != NULL ? known[i].argument : "", known[i].help);
	fprintf(to, "  --json      one JSON object a figure instead of a line\n  --help      this\n");
}

static void
wrong(const char *program, char letter, const char *value)
{
	for (size_t i = 0; i < KNOWN; i++)
		if (known[i].letter == letter)
			fprintf(stderr, "%s: -%c %s: wanted is %s, %s\n", name_of(program), letter, value, known[i].argument, known[i].help);
	exit(2);
}

static double
value_of(const char *program, char letter, double least, double most)
{
	char *end;
	double value = strtod(optarg, &end);

	if (end == optarg || *end != '\0' || !(value >= least && value <= most))
		wrong(program, letter, optarg);
	return value;
}

static bool
is_first_of(const char *program, char letter, const char *first, const char *second)
{
	if (strcmp(optarg, first) != 0 && strcmp(optarg, second) != 0)
		wrong(program, letter, optarg);
	return strcmp(optarg, first) == 0;
}

static void
set(struct options *o, const char *program, char letter)
{
	switch (letter) {
	case 'c':
		o->concurrency = (unsigned)value_of(program, letter, 1, 3000);
		break;
	case 's':
		o->seconds = value_of(program, letter, 1e-3, 3600);
		break;
	case 'r':
		o->runs = (int)value_of(program, letter, 1, SERIES);
		break;
	case 'o':
		o->open = (unsigned)value_of(program, letter, 0, 32 << 20);
		break;
	case 'n':
		o->connections = (unsigned)value_of(program, letter, 1, 32 << 20);
		break;
	case 'b':
		o->bytes = (unsigned)value_of(program, letter, 1, 4096);
		break;
	case 'm':
		o->mss = (unsigned)value_of(program, letter, 524, 8948);
		break;
	case 't':
		o->random = is_first_of(program, letter, "random", "sequential");
		break;
	case 'w':
		o->up = is_first_of(program, letter, "up", "down");
		break;
	case 'a':
		o->alone = true;
		break;
	case 'z':
		o->by_reference = true;
		break;
	default:
		o->verify = true;
	}
}

void
options_parse(struct options *o, int argc, char **argv, const char *letters)
{
	static const struct option words[] = {{"json", no_argument, NULL, JSON}, {"help", no_argument, NULL, 'h'}, {0}};
	char spec[2 * KNOWN + 1], *s = spec;
	int option;

	for (size_t i = 0; i < KNOWN; i++)
		if (strchr(letters, known[i].letter) != NULL) {
			*s++ = known[i].letter;
			if (known[i].argument != NULL)
				*s++ = ':';
		}
	*s = '\0';
	o->eal = 1;
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--") == 0)
			o->eal = i;
	optind = o->eal > 1 ? o->eal + 1 : 1;
	while ((option = getopt_long(argc, argv, spec, words, NULL)) != -1)
		if (option == 'h' || option == '?') {
			usage(argv[0], letters, option == 'h' ? stdout : stderr);
			exit(option == 'h' ? 0 : 2);
		} else if (option == JSON) {
			o->json = true;
		} else {
			set(o, argv[0], (char)option);
		}
	if (optind < argc) {
		fprintf(stderr, "%s: \"%s\": there is nothing but options\n", name_of(argv[0]), argv[optind]);
		exit(2);
	}
}

void
options_start_eal(const struct options *o, char **argv)
{
	char prefix[64];
	const char *plain[] = {argv[0], "--no-huge", "-m", "1024", "--no-pci", "--no-telemetry", "--log-level", "error",
		"--file-prefix", prefix};
	int plain_n = sizeof(plain) / sizeof(plain[0]);

	snprintf(prefix, sizeof(prefix), "leat-bench-%d", getpid());
	int r = o->eal > 1 ? leat_init(o->eal, argv) : leat_init(plain_n, (char **)(uintptr_t)plain);
	if (r < 0) {
		fprintf(stderr, "%s: EAL: %s\n", name_of(argv[0]), strerror(-r));
		exit(1);
	}
}

void
options_case(const struct options *o, char *buf, size_t size, const char *what)
{
	const char *tuples = o->open == 0 ? "" : o->random ? " (random)" : " (sequential)";

	snprintf(buf, size, "%u at a time, %u open%s%s, %s", o->concurrency, o->open, tuples,
		o->verify ? ", checksums verified" : "", what);
}
