/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LOAD_RESULT_H
#define LOAD_RESULT_H
/* What came out of a run, of all cores together, and how it is told. */
#include <stdio.h>
#include "plan.h"
#include "tally.h"

/* Of leat's counters, what is told or says what the limit was. */
struct stack_counts {
	uint64_t segs_in, segs_out; /* UDP: datagrams */
	uint64_t retransmits, timeouts;
	uint64_t no_ports;          /* tcp_ports_exhausted */
	uint64_t tx_full;           /* packets dropped because the port's queue stayed full */
	uint64_t no_mbuf;
};

struct result {
	const struct plan *plan;
	unsigned cores;
	double seconds;             /* that were measured; what follows is of these, but for `total` */
	struct tally measured;
	struct stack_counts stack;
	double cpu;                 /* seconds of CPU, all cores */
	double busy;                /* share of the loops' time in turns that found work, 0..1 */
	double hz;                  /* TSC cycles a second */
	bool spins;                 /* the loops never sleep: what is missing in cpu went to others */
	uint32_t open;              /* connections open when it was over */
	double opening;             /* hold: seconds until all were open; 0: they did not all open */
	struct tally total;         /* of the whole run, with warm-up and end */
	struct latencies times;
};

/* What kept the run from being faster. */
struct limit {
	const char *what;
	char why[160]; /* how that is known */
};

struct limit limit_of(const struct result *r);

/* What a run is about: its transactions, and how they are called: "connections", "requests". */
uint64_t result_done(const struct result *r);
const char *result_unit(const struct plan *p);

/* TSC cycles of CPU in turns that found work, for each of them; 0 if there was none. */
double result_cycles(const struct result *r);

double result_per_second(const struct result *r, uint64_t n);

/* The table that a person reads. */
void report_print(const struct result *r, FILE *to);

/* One JSON object. */
void report_json(const struct result *r, FILE *to);

/* A line each second for --csv, and one for the terminal. begin: the names of the columns. */
struct second {
	double at;          /* seconds since the run began */
	const char *phase;
	struct tally delta; /* of this second */
	uint32_t open;
};

void report_csv_begin(FILE *to);
void report_csv(const struct second *s, FILE *to);
void report_progress(const struct plan *p, const struct second *s, FILE *to);

#endif
