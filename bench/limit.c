/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The limit (model.h): TSC cycles a connection and its time by the clock, both ends and the server's half.
 *
 *   limit [EAL options --] [-c CONCURRENCY] [-s SECONDS] [-r RUNS] [-o OPEN] [-t random|sequential] [-v] [--json]
 *
 * -o: so many other connections in the tables; -t: what tuples look like; -v: checksums of received packets
 * are verified in software, as a stack must do on a port that does not.
 */
#include "model.h"
#include "options.h"
#include "report.h"

int
main(int argc, char **argv)
{
	struct options o = {.concurrency = 256, .seconds = 1, .runs = 5, .random = true};
	struct series both = {0}, server = {0}, packets = {0};
	char what[96];

	options_parse(&o, argc, argv, "csrotv");
	options_start_eal(&o, argv);
	struct model_config config = {o.concurrency, o.open, o.random, o.verify};
	struct model *m = model_open(&config);
	model_run(m, o.seconds / 4); /* warm-up */
	for (int i = 0; i < o.runs; i++) {
		struct model_cost cost = model_run(m, o.seconds);
		series_add_measure(&both, cost.both);
		series_add_measure(&server, cost.server);
		series_add(&packets, cost.packets);
	}
	options_case(&o, what, sizeof(what), "both ends");
	report(&(struct figure){"limit", what, "cycles/connection", &both, NULL, NULL}, o.json);
	report(&(struct figure){"limit", what, "packets/connection", &packets, NULL, NULL}, o.json);
	options_case(&o, what, sizeof(what), "server");
	report(&(struct figure){"limit", what, "cycles/connection", &server, NULL, NULL}, o.json);
	model_close(m);
	return 0;
}
