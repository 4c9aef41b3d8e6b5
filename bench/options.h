/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H
/* The command line that the benches share: [EAL options --] [own options]. */
#include <stdbool.h>
#include <stddef.h>

struct options {
	unsigned concurrency; /* -c: connections at the same time */
	double seconds;       /* -s: of CPU, each run */
	int runs;             /* -r: 1..SERIES */
	unsigned open;        /* -o: other connections that are open and do nothing */
	bool random;          /* -t random, -t sequential: their tuples */
	unsigned connections; /* -n */
	unsigned bytes;       /* -b: of a message */
	unsigned mss;         /* -m */
	bool up;              /* -w up, -w down: which way the data goes */
	bool by_reference;    /* -z */
	bool verify;          /* -v: checksums of received packets are verified in software */
	bool alone;           /* -a: without the peer */
	bool json;            /* --json: rows instead of lines */
	int eal;              /* arguments that are EAL's, the program's name included */
};

/* Sets what argv says; letters: those of the options above that the program has. Prints why not and exits. */
void options_parse(struct options *o, int argc, char **argv, const char *letters);

/* Starts EAL with what stood before "--", else on no hugepages and no devices. Prints why not and exits. */
void options_start_eal(const struct options *o, char **argv);

/* "256 at a time, 1000000 open (random), WHAT" */
void options_case(const struct options *o, char *buf, size_t size, const char *what);

#endif
