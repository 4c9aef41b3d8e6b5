/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a short connection costs: open, a 64-byte request, a 64-byte response with FIN, close - six packets.
 * Both ends on one core over net_ring, with real clocks, options and timers; the limit (model.h) is measured
 * alternately in the same process.
 *
 *   handshakes [EAL options --] [-c CONCURRENCY] [-s SECONDS] [-r RUNS] [-o OPEN] [-t random|sequential] [-v] [-a] [--json]
 *
 * -v: the limit verifies checksums too, as leat does here. -a: without the limit.
 */
#include <stdio.h>
#include <rte_cycles.h>
#include "crowd.h"
#include "model.h"
#include "options.h"
#include "report.h"
#include "shakes.h"

struct results {
	struct series both, server, limit, limit_server, rate, packets;
};

static void
measure_limit(struct model *limit, double seconds, struct results *r)
{
	model_run(limit, seconds / 4); /* warm-up */
	struct model_cost least = model_run(limit, seconds);
	series_add_measure(&r->limit, least.both);
	series_add_measure(&r->limit_server, least.server);
}

/* leat and the limit by turns, so that what disturbs one disturbs the other. */
static void
measure(struct shakes *s, const struct options *o, struct model *limit, struct results *r)
{
	for (int i = 0; i < o->runs && s->failed == 0; i++) {
		shakes_start(s);
		shakes_run(s, o->seconds / 4, NULL, NULL); /* warm-up */
		struct shakes_cost ours = shakes_run(s, o->seconds, NULL, NULL);
		shakes_pause(s);
		if (limit != NULL)
			measure_limit(limit, o->seconds, r);
		series_add_measure(&r->both, ours.both);
		series_add_measure(&r->server, ours.server);
		series_add_measure(&r->rate, (struct measure){(double)rte_get_tsc_hz() / ours.both.cpu, 1e9 / ours.both.clock});
		series_add(&r->packets, ours.packets);
	}
}

static void
print(const struct shakes *s, const struct options *o, const struct results *r)
{
	const char *limit = o->alone ? NULL : "limit";
	char what[96];

	options_case(o, what, sizeof(what), "both ends");
	report(&(struct figure){"handshakes", what, "cycles/connection", &r->both, limit, &r->limit}, o->json);
	report(&(struct figure){"handshakes", what, "connections/CPU-second", &r->rate, NULL, NULL}, o->json);
	report(&(struct figure){"handshakes", what, "packets/connection", &r->packets, NULL, NULL}, o->json);
	options_case(o, what, sizeof(what), "server");
	report(&(struct figure){"handshakes", what, "cycles/connection", &r->server, limit, &r->limit_server}, o->json);
	if (!o->json)
		printf("handshakes: failed %llu, sent again %llu\n", (unsigned long long)s->failed,
			(unsigned long long)(leat_stat_value(s->pair->server, "tcp_retransmits") +
				leat_stat_value(s->pair->client, "tcp_retransmits")));
}

int
main(int argc, char **argv)
{
	static struct options o = {.concurrency = 256, .seconds = 1, .runs = 5, .random = true};
	static struct results results;
	static struct shakes shakes;
	struct pair pair;

	options_parse(&o, argc, argv, "csrotva");
	options_start_eal(&o, argv);
	struct crowd idle = {.pair = &pair, .random = o.random, .addrs = crowd_addrs(o.open)};
	shakes = (struct shakes){.pair = &pair, .at_a_time = o.concurrency};
	pair_open(&pair, 1 + idle.addrs, shakes_tune);
	shakes_listen(&shakes);
	pair_introduce(&pair);
	crowd_open(&idle, o.open, &shakes_idle, &shakes);
	struct model_config config = {o.concurrency, o.open, o.random, o.verify};
	struct model *limit = o.alone ? NULL : model_open(&config);
	measure(&shakes, &o, limit, &results);
	print(&shakes, &o, &results);
	if (limit != NULL)
		model_close(limit);
	return shakes.failed > 0;
}
