/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a request on a connection that stays costs, and its answer: 64 or 1024 bytes each, both ends on one core
 * over net_ring. With more than one connection, -c are under way at a time, each on a connection chosen at random.
 *
 *   requests [EAL options --] [-n CONNECTIONS] [-b BYTES] [-c CONCURRENCY] [-s SECONDS] [-r RUNS] [--json]
 *
 * The peer is the kernel, doing the same over loopback, as long as it gets the descriptors; beyond that leat
 * itself with 100 connections.
 */
#include <stdio.h>
#include "echo.h"
#include "kernel.h"
#include "options.h"
#include "report.h"

enum { FEW = 100 };

/* By turns with a peer, so that what disturbs one disturbs the other. */
static void
measure(struct echo *e, const struct options *o, struct series *own, struct series *peer)
{
	uint32_t at_a_time = o->concurrency < o->connections ? o->concurrency : o->connections;
	uint32_t few = o->connections < FEW ? o->connections : FEW;
	struct kernel_pair *kernel = kernel_room() >= o->connections ? kernel_open(o->connections, o->bytes) : NULL;

	for (int i = 0; i < o->runs; i++) {
		echo_start(e, at_a_time, o->connections);
		echo_run(e, o->seconds / 4); /* warm-up */
		series_add_measure(own, echo_run(e, o->seconds));
		echo_pause(e);
		if (kernel != NULL) {
			kernel_start(kernel, at_a_time);
			series_add_measure(peer, kernel_run(kernel, o->seconds));
			kernel_pause(kernel);
			continue;
		}
		echo_start(e, few, few);
		echo_run(e, o->seconds / 4);
		series_add_measure(peer, echo_run(e, o->seconds));
		echo_pause(e);
	}
	if (kernel != NULL)
		kernel_close(kernel);
}

int
main(int argc, char **argv)
{
	static struct options o = {.concurrency = 256, .seconds = 1, .runs = 5, .random = true, .connections = FEW, .bytes = 64};
	static struct series own, peer;
	static struct echo e;
	char what[96];

	options_parse(&o, argc, argv, "nbcsr");
	options_start_eal(&o, argv);
	echo_open(&e, o.connections, o.bytes, o.random);
	pair_introduce(&e.pair);
	echo_fill(&e, o.connections);
	measure(&e, &o, &own, &peer);
	snprintf(what, sizeof(what), "%u connections, %u bytes", o.connections, o.bytes);
	report(&(struct figure){"requests", what, "cycles/request", &own,
		kernel_room() >= o.connections ? "kernel" : "leat, 100 connections", &peer}, o.json);
	echo_close(&e);
	return 0;
}
