/* SPDX-License-Identifier: BSD-3-Clause */
/* leat-load: the load generator. */
#include <errno.h>
#include <string.h>
#include <rte_ethdev.h>
#include "common/app.h"
#include "compare.h"
#include "flood.h"
#include "run.h"

/* A signal handler has nothing but globals to reach. */
static struct run run;
static struct flood flood;

static void
stop_run(void)
{
	run_stop(&run);
}

static void
stop_flood(void)
{
	flood.stop = true;
}

/* Not as the others: TIME-WAIT shall not fill the port space, and latencies not depend on a sleep. */
static void
set_defaults(struct leat_config *c)
{
	c->tcp.msl = MILLISECOND;
	c->idle = LEAT_IDLE_SPIN;
}

static FILE *
open_output(struct app *app, const char *path)
{
	FILE *f = path == NULL ? NULL : strcmp(path, "-") == 0 ? stdout : fopen(path, "we");

	if (path != NULL && f == NULL)
		app_die(app, "%s: %s", path, strerror(errno));
	return f;
}

static int
close_output(const struct app *app, const char *path, FILE *f)
{
	if (f == NULL || (f == stdout ? fflush(f) : fclose(f)) == 0)
		return 0;
	fprintf(stderr, "%s: %s: %s\n", app->name, path, strerror(errno));
	return 1;
}

/* The first connection failed, or its answer was none: why, and where to look. */
static int
say_gave_up(const struct app *app)
{
	static const char *const hints[FAILURES] = {
		[FAIL_REFUSED] = " (does a server listen there?)",
		[FAIL_TIMEOUT] = " (nothing answers: `leat arp`, --pcap and --trace show what was sent)",
		[FAIL_UNREACHABLE] = " (see --addr, --gateway; `leat arp` shows who answers)",
		[FAIL_PORTS] = " (is --source an address on the right subnet?)",
	};
	enum failure why = FAIL_OTHER;
	const struct target *t = run_gave_up(&run, &why);

	if (t == NULL)
		return 0;
	if (why == FAIL_ANSWER)
		fprintf(stderr, "%s: the first answer of %s was none (%s)\n", app->name, t->text, run.plan->raw ?
			"it says more than it was asked for: --raw SIZE/SIZE tells how long an answer is" :
			"is it an HTTP server? --raw talks to others");
	else
		fprintf(stderr, "%s: the first connection to %s failed: %s%s\n", app->name, t->text, failure_texts[why].text,
			hints[why] != NULL ? hints[why] : "");
	return 1;
}

static int
measure(struct app *app, const struct plan *plan)
{
	static struct result result;
	FILE *json = open_output(app, plan->json), *csv = open_output(app, plan->csv);
	int rc = run_open(&run, plan, app->leat);

	if (rc == -E2BIG)
		app_die(app, "cores = %u: an lcore for each is wanted (EAL's -l 0-%u)", leat_core_count(app->leat),
			leat_core_count(app->leat) - 1);
	if (rc < 0)
		app_die(app, "cannot start: %s", strerror(-rc));
	run.csv = csv;
	if (csv != NULL)
		report_csv_begin(csv);
	app_on_stop(app, stop_run);
	run_all(&run);
	run_result(&run, &result);
	int status = say_gave_up(app);
	if (status == 0 && json != stdout)
		report_print(&result, csv == stdout ? stderr : stdout);
	if (json != NULL)
		report_json(&result, json);
	status |= close_output(app, plan->json, json) | close_output(app, plan->csv, csv);
	return status | (tally_failed(&result.total) > 0);
}

/* The one that --port names, or the first. */
static uint16_t
flood_port(struct app *app)
{
	uint16_t port = (uint16_t)rte_eth_find_next(0);

	if (app->config.nb_ports > 0 && rte_eth_dev_get_port_by_name(app->config.ports[0].name, &port) != 0)
		app_die(app, "there is no port \"%s\"", app->config.ports[0].name);
	if (port >= RTE_MAX_ETHPORTS)
		app_die(app, "no port: EAL's --vdev or -a says which device floods");
	return port;
}

static int
measure_flood(struct app *app, const struct plan *plan)
{
	FILE *json = open_output(app, plan->json);
	int rc = flood_open(&flood, plan, flood_port(app));

	if (rc < 0)
		app_die(app, "the port cannot flood: %s", strerror(-rc));
	app_on_stop(app, stop_flood);
	flood_run(&flood);
	if (json != stdout) {
		struct limit limit = flood_limit(&flood);
		flood_print(&flood, stdout);
		printf("limited by %s: %s\n", limit.what, limit.why);
	}
	if (json != NULL)
		flood_json(&flood, json);
	flood_close(&flood);
	return close_output(app, plan->json, json);
}

int
main(int argc, char **argv)
{
	static struct plan plan;
	struct app app = {
		.name = "leat-load",
		.does = "makes load over TCP, HTTP and UDP, and measures who bears it",
		.operands = "MODE TARGET...",
		.help = plan_help,
		.shorts = plan_shorts,
		.longs = plan_longs,
		.defaults = set_defaults,
		.option = plan_option,
		.given = plan_given,
		.settings = plan_settings,
		.own = &plan,
	};

	if (argc > 1 && strcmp(argv[1], "--compare") == 0)
		return compare_main(argc, argv);
	if (argc > 1 && strcmp(argv[1], "--kernel-server") == 0)
		return kernel_server_main(argc, argv);
	if (argc > 1 && strcmp(argv[1], "--kernel-client") == 0)
		return kernel_client_main(argc, argv);
	plan_init(&plan);
	app_start(&app, argc, argv);
	int status = plan.mode == LOAD_FLOOD ? measure_flood(&app, &plan) : measure(&app, &plan);
	run_close(&run);
	plan_free(&plan);
	return app_end(&app, status);
}
