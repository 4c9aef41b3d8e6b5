/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef COMMON_APP_H
#define COMMON_APP_H
/*
 * What every program over leat has in common:
 *
 *   prog [EAL options] -- [leat options] [own options] [operands]
 *
 * Everything before "--" is DPDK's, as in every DPDK program. --help, --version and --check work
 * without starting DPDK; whatever is wrong ends the program with one line on stderr and status 1.
 *
 *   int main(int argc, char **argv)
 *   {
 *           struct app app = {.name = "leat-x", .does = "does x", .option = on_option, ...};
 *
 *           app_start(&app, argc, argv);
 *           ... listen or connect on app.leat, app.core ...
 *           app_run(&app);
 *           ... print a summary ...
 *           return app_end(&app, 0);
 *   }
 */
#include <getopt.h>
#include <stdint.h>
#include <leat/leat.h>

struct app {
	/* Set by the program. */
	const char *name;             /* "leat-httpd" */
	const char *does;             /* one line, for --help */
	const char *operands;         /* "URL"; NULL: it takes none */
	const char *help;             /* its own options, as --help shows them; may be NULL */
	const char *shorts;           /* its short options, as getopt() wants them; may be NULL */
	const struct option *longs;   /* its long options, ended by {0}; may be NULL */
	void (*defaults)(struct leat_config *config); /* where its own differ from leat's; may be NULL */
	void (*option)(struct app *app, int opt, const char *arg); /* one of its options was given */
	void (*given)(struct app *app); /* all were given: checks them before anything starts; may be NULL */
	void (*settings)(const struct app *app, FILE *to); /* prints its own for --check; may be NULL */
	void *own;                    /* whatever option() wants to reach */

	bool bare;                    /* given() may set it: EAL alone is started, leat and core stay NULL */

	/* Set by app_start(). */
	struct leat_config config;    /* as given; inspect is on by default */
	bool separator;               /* there was a "--" between EAL's options and the program's */
	char **operand;               /* what is left of the command line */
	int nb_operands;
	struct leat *leat;
	struct leat_core *core;       /* core 0 */
};

/* Reads the command line, starts EAL, makes the instance, catches SIGINT and SIGTERM. */
void app_start(struct app *app, int argc, char **argv);

/*
 * Runs until leat_stop(), or until the first SIGINT or SIGTERM; returns that signal, or 0. A
 * second signal ends the process at once. May be called again, e.g. to let connections end.
 */
int app_run(struct app *app);

/*
 * For a program with a loop of its own, instead of app_run(): calls stop() at the first SIGINT or SIGTERM, now if
 * one came already. stop() runs in the signal's handler. A second signal ends the process at once.
 */
void app_on_stop(const struct app *app, void (*stop)(void));

/* Ends the instance and EAL; returns status. */
int app_end(struct app *app, int status);

/* Ends the program with status 1 and one line: "leat-x: " and the text. */
void app_die(struct app *app, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/* A decimal number in [min, max], with k, M or G (powers of 1024) behind it; dies otherwise. */
uint64_t app_number(struct app *app, const char *what, const char *text, uint64_t min, uint64_t max);

/* A time in nanoseconds, "10s", "1.5s", "500ms", "2m", "1h", at most a day; dies otherwise. */
uint64_t app_duration(struct app *app, const char *what, const char *text);

/* "192.0.2.1:80", or ":80" for every address; dies otherwise. */
struct leat_endpoint app_endpoint(struct app *app, const char *what, const char *text);

/* "1.5 MiB" into buf (at least 16 bytes); returns buf. */
char *app_bytes(uint64_t bytes, char *buf, size_t size);

#endif
