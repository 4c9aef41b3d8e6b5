/* SPDX-License-Identifier: BSD-3-Clause */
/* leat-load on two cores, each with a thread of its own, in real time; one queue brings what comes for both. */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rte_eth_ring.h>
#include <rte_lcore.h>
#include <rte_ring.h>
#include "load/run.h"
#include "support/eal.h"

enum { RING = 1024, SIZE = 32 };

static struct rte_ring *up, *down;
static struct leat *server, *client;
static _Atomic bool over;
static struct plan plan;
static struct run run;
static struct result result;

static void
on_data(struct leat_conn *conn, struct leat_rx *rx, void *user)
{
	static const char answer[SIZE];

	(void)user;
	for (; leat_rx_size(rx) >= SIZE; leat_tcp_consume(conn, SIZE))
		leat_tcp_send(conn, answer, SIZE);
}

static void
on_peer_closed(struct leat_conn *conn, void *user)
{
	(void)user;
	leat_tcp_close(conn);
}

static struct leat *
make(const char *name, bool is_server)
{
	struct leat_config c;
	struct leat_error error;

	cr_assert_geq(rte_eth_from_rings(name, is_server ? &up : &down, 1, is_server ? &down : &up, 1, 0), 0);
	leat_config_init(&c);
	snprintf(c.name, sizeof(c.name), "%s", name);
	snprintf(c.ports[0].name, sizeof(c.ports[0].name), "net_ring_%s", name);
	c.nb_ports = 1;
	c.addrs[0].addr = leat_ipv4(198, 18, 0, is_server ? 1 : 2);
	c.addrs[0].prefix_len = 24;
	c.nb_addrs = 1;
	c.cores = is_server ? 1 : 2;
	c.tcp.msl = MILLISECOND;
	c.rx_mbufs = c.tx_mbufs = 4096;
	struct leat *leat = leat_create(&c, &error);
	cr_assert_not_null(leat, "%s", error.text);
	return leat;
}

static void *
serve(void *arg)
{
	(void)arg;
	while (!over)
		if (leat_core_poll(leat_core(server, 0)) == 0)
			leat_core_wait(leat_core(server, 0), 100000);
	return NULL;
}

static void
start(void)
{
	static const struct leat_tcp_events events = {.on_data = on_data, .on_peer_closed = on_peer_closed};
	const struct leat_endpoint at = {.port = 7};
	struct leat_listener *listener;

	support_eal_start("-m", "384", "--lcores", "0,1@(0-1)", NULL);
	up = rte_ring_create("up", RING, SOCKET_ID_ANY, 0);
	down = rte_ring_create("down", RING, SOCKET_ID_ANY, 0);
	server = make("server", true);
	client = make("client", false);
	cr_assert_eq(leat_tcp_listen(server, &at, &events, NULL, &listener), 0);
	plan_init(&plan);
	plan.raw = true;
	plan.quiet = true;
	plan.request_size = plan.response_size = SIZE;
	plan.warmup = 0;
	plan.targets[0] = (struct target){.at = {leat_ipv4(198, 18, 0, 1), 7}, .text = "198.18.0.1:7",
		.request = calloc(1, SIZE), .request_len = SIZE};
	plan.nb_targets = 1;
}

TestSuite(load_cores, .init = start, .timeout = 60);

static void
run_it(void)
{
	pthread_t thread;

	cr_assert_eq(run_open(&run, &plan, client), 0);
	cr_assert_eq(pthread_create(&thread, NULL, serve, NULL), 0);
	run_all(&run);
	run_result(&run, &result);
	over = true;
	pthread_join(thread, NULL);
}

static void
end(void)
{
	run_close(&run);
	leat_destroy(client);
	leat_destroy(server);
	plan_free(&plan);
}

/* Core 0 has two connections for its half, core 1 one: core 0 is done first, and must go on for the other. */
Test(load_cores, both_do_their_share)
{
	plan.mode = LOAD_REQUEST;
	plan.connections = 3;
	plan.count = 4001;
	run_it();
	cr_assert_eq(tally_failed(&result.total), 0);
	cr_assert(result.total.ended == 4001 && result.measured.answers == 4001 && result.cores == 2);
	cr_assert_eq(run.workers[0]->gen.tally.ended, 2001);
	cr_assert_eq(run.workers[1]->gen.tally.ended, 2000);
	cr_assert_eq(result.times.whole.count, 4001);
	cr_assert_eq(leat_stat_value(server, "tcp_opened_passive"), 4001);
	cr_assert(result.cpu > 0 && result.busy > 0 && result.busy <= 1 && result.stack.segs_out >= 3 * 4001);
	end();
}

Test(load_cores, kept_connections_and_a_rate)
{
	plan.mode = LOAD_KEEPALIVE;
	plan.connections = 10;
	plan.rate = 2000;
	plan.duration = 300 * MILLISECOND;
	run_it();
	cr_assert_eq(tally_failed(&result.total), 0);
	cr_assert_eq(result.total.opened, 10);
	uint64_t all = result.measured.requests + result.total.unmade;
	/* a core that stands still at the end of its time has measured longer */
	cr_assert(all >= 580 && (double)all <= plan.rate * result.seconds + 3, "%llu in %f s", (unsigned long long)all, result.seconds);
	cr_assert_gt(run.workers[1]->gen.tally.answers, 0);
	end();
}

/* The core that has no connection has no part of the count, nor of the rate. */
Test(load_cores, one_connection_does_all)
{
	plan.mode = LOAD_KEEPALIVE;
	plan.connections = 1;
	plan.count = 101;
	plan.rate = 1000;
	plan.duration = 5000 * MILLISECOND;
	run_it();
	cr_assert_eq(tally_failed(&result.total), 0);
	cr_assert_eq(result.total.unmade, 0);
	cr_assert_eq(result.total.answers, 101, "%llu", (unsigned long long)result.total.answers);
	cr_assert(run.workers[0]->gen.ask_rate >= 1000 && run.workers[1]->gen.ask_rate <= 0);
	end();
}

/* One core's first connection fails: all of them end. */
Test(load_cores, giving_up_ends_all)
{
	enum failure why;

	plan.mode = LOAD_REQUEST;
	plan.connections = 1; /* core 1 has none, and would wait for an hour */
	plan.duration = 3600ull * 1000 * MILLISECOND;
	plan.targets[0].at.port = 8;
	run_it();
	cr_assert_eq(run_gave_up(&run, &why), &plan.targets[0]);
	cr_assert_eq(why, FAIL_REFUSED);
	cr_assert_eq(tally_failed(&result.total), 1);
	end();
}

/* The sums of a column of --csv, in rows of this phase, or in all. */
static uint64_t
column(const char *csv, int n, const char *phase)
{
	uint64_t sum = 0;

	for (const char *line = strchr(csv, '\n') + 1; *line != '\0'; line = strchr(line, '\n') + 1) {
		const char *name = strchr(line, ',') + 1, *at = name;
		if (phase != NULL && strncmp(name, phase, strlen(phase)) != 0)
			continue;
		for (int i = 1; i < n; i++)
			at = strchr(at, ',') + 1;
		sum += strtoull(at, NULL, 10);
	}
	return sum;
}

static char *
run_with_csv(void)
{
	char *csv;
	size_t len;
	FILE *f = open_memstream(&csv, &len);
	pthread_t thread;

	cr_assert_eq(run_open(&run, &plan, client), 0);
	run.csv = f;
	report_csv_begin(f);
	cr_assert_eq(pthread_create(&thread, NULL, serve, NULL), 0);
	run_all(&run);
	run_result(&run, &result);
	over = true;
	pthread_join(thread, NULL);
	fclose(f);
	return csv;
}

/* It is over long before the first second is. */
Test(load_cores, csv_of_a_short_run)
{
	plan.mode = LOAD_REQUEST;
	plan.connections = 3;
	plan.count = 100;
	char *csv = run_with_csv();
	cr_assert(column(csv, 4, NULL) == 100 && column(csv, 6, NULL) == 100, "ended, answers:\n%s", csv);
	cr_assert_eq(column(csv, 7, NULL), result.total.bytes_in);
	free(csv);
	end();
}

/* Core 0 has the only connection: what its rows call measured is what was. */
Test(load_cores, csv_tells_the_phases)
{
	plan.mode = LOAD_KEEPALIVE;
	plan.connections = 1;
	plan.warmup = 300 * MILLISECOND; /* not a whole second */
	plan.duration = 1200 * MILLISECOND;
	char *csv = run_with_csv();
	cr_assert_gt(column(csv, 6, "warm-up"), 0);
	cr_assert_eq(column(csv, 6, "measure"), result.measured.answers, "%s", csv);
	cr_assert_eq(column(csv, 5, "measure"), result.measured.requests, "%s", csv);
	cr_assert_eq(column(csv, 6, NULL), result.total.answers, "%s", csv);
	cr_assert_eq(column(csv, 4, NULL), 1, "%s", csv);
	free(csv);
	end();
}

static void *
stop_soon(void *arg)
{
	while (__atomic_load_n(&run.workers[1]->gen.tally.answers, __ATOMIC_RELAXED) < 100)
		;
	run_stop(&run);
	return arg;
}

Test(load_cores, stopped_by_another_thread)
{
	pthread_t thread, stopper;

	plan.mode = LOAD_KEEPALIVE;
	plan.connections = 10;
	plan.duration = 3600ull * 1000 * MILLISECOND;
	cr_assert_eq(run_open(&run, &plan, client), 0);
	cr_assert_eq(pthread_create(&thread, NULL, serve, NULL), 0);
	cr_assert_eq(pthread_create(&stopper, NULL, stop_soon, NULL), 0);
	run_all(&run);
	pthread_join(stopper, NULL);
	run_result(&run, &result);
	over = true;
	pthread_join(thread, NULL);
	cr_assert_eq(tally_failed(&result.total), 0);
	cr_assert(result.total.ended == 10 && result.total.broken_off == 0 && result.seconds < 60);
	/* what was measured until then has an end, too */
	cr_assert(result.cpu > 0 && result.cpu < 120, "%f", result.cpu);
	cr_assert(result.open > 0 && result.open <= 10, "%u", result.open);
	cr_assert(result.stack.segs_in >= 100 && result.stack.segs_in < INT64_MAX);
	end();
}
