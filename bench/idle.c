/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a connection takes that does nothing, and what a request costs on one of so many: memory as the process
 * has it from the system, both ends in it, beside what the kernel's sockets take, and as leat's tables say; then 64-byte requests on random
 * ones beside the same on 100.
 *
 *   idle [EAL options --] [-n CONNECTIONS] [-c CONCURRENCY] [-s SECONDS] [-r RUNS] [-t random|sequential] [--json]
 */
#include <stdio.h>
#include <stdlib.h>
#include "echo.h"
#include "options.h"
#include "report.h"
#include "resident.h"
#include "slab.h"

enum { FEW = 100, MESSAGE = 64 };

static struct measure
cost(struct echo *e, const struct options *o, uint32_t among)
{
	echo_start(e, o->concurrency < among ? o->concurrency : among, among);
	echo_run(e, o->seconds / 4); /* warm-up */
	struct measure each = echo_run(e, o->seconds);
	echo_pause(e);
	return each;
}

/* What both ends say that their tables take. */
static uint64_t
account(const struct pair *p)
{
	struct leat *const ends[] = {p->server, p->client};
	uint64_t bytes = 0;

	for (int i = 0; i < 2; i++) {
		struct leat_usage u = {.size = sizeof(u)};
		leat_usage(ends[i], &u);
		bytes += u.table_bytes;
	}
	return bytes;
}

int
main(int argc, char **argv)
{
	static struct options o = {.concurrency = 256, .seconds = 1, .runs = 5, .random = true, .connections = 1000000};
	static struct series cold, hot, bytes, told, kernel;
	static struct echo e;
	char what[128];

	options_parse(&o, argc, argv, "ncsrt");
	options_start_eal(&o, argv);
	uint32_t few = o.connections < FEW ? o.connections : FEW;
	echo_open(&e, o.connections, MESSAGE, o.random);
	pair_introduce(&e.pair);
	echo_fill(&e, few);
	cost(&e, &o, few); /* all pools are touched */
	uint64_t before = resident(), before_told = account(&e.pair);
	echo_fill(&e, o.connections);
	double new = 2.0 * (o.connections > few ? o.connections - few : 1); /* ends */
	/* the array of handles is the application's */
	double taken = (double)(resident() - before) - (double)((o.connections - few) * sizeof(e.crowd.conns[0]));
	series_add(&bytes, taken / new);
	series_add(&told, (double)(account(&e.pair) - before_told) / new);
	const char *untold = slab_of_sockets(&kernel);
	for (int i = 0; i < o.runs; i++) {
		series_add_measure(&cold, cost(&e, &o, o.connections));
		series_add_measure(&hot, cost(&e, &o, few));
	}
	snprintf(what, sizeof(what), "%u connections, one end%s%s", o.connections, untold != NULL ? "; the kernel's: " : "",
		untold != NULL ? untold : "");
	report(&(struct figure){"idle", what, "bytes/connection", &bytes, untold == NULL ? "kernel's socket" : NULL, &kernel},
		o.json);
	snprintf(what, sizeof(what), "%u connections, one end, by the tables' own account", o.connections);
	report(&(struct figure){"idle", what, "bytes/connection", &told, "the process's memory", &bytes}, o.json);
	snprintf(what, sizeof(what), "requests on random ones of %u", o.connections);
	report(&(struct figure){"idle", what, "cycles/request", &cold, "on 100", &hot}, o.json);
	echo_close(&e);
	return 0;
}
