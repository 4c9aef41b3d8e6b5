/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <rte_eal.h>
#include "app.h"

/* A signal handler has nothing but globals to reach. */
static struct leat *running;
static void (*stop_own)(void);
static volatile sig_atomic_t signalled;
static bool signal_told; /* app_run() has returned it */

static void
on_signal(int number)
{
	if (signalled)
		_exit(128 + number);
	signalled = number;
	if (running != NULL)
		leat_stop(running);
	if (stop_own != NULL)
		stop_own();
}

static void
catch_signals(struct leat *leat)
{
	struct sigaction stop = {.sa_handler = on_signal};

	running = leat;
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	/* A reader that went away is an error of write(), not a reason to leave peers without a FIN. */
	signal(SIGPIPE, SIG_IGN);
}

static void
print_help(const struct app *app)
{
	printf("%s - %s\n\nUsage: %s [EAL options] -- [leat options] [options]%s%s\n", app->name,
		app->does, app->name, app->operands ? " " : "", app->operands ? app->operands : "");
	if (app->help)
		printf("\nOptions:\n%s", app->help);
	printf("      --help                     this text\n"
	       "      --help-config              every configuration key: range, default, meaning\n"
	       "      --version                  the version of leat\n\n");
	leat_config_usage(stdout);
	printf("\nEAL options say which devices DPDK drives, e.g. without hugepages or a NIC:\n"
	       "  %s --no-huge -m 256 --no-pci --vdev net_tap0 -- --addr 192.0.2.1/24\n", app->name);
}

/* --help, --help-config and --version, wherever they stand, come before anything is started. */
static void
answer_questions(const struct app *app, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			print_help(app);
			exit(0);
		}
		if (strcmp(argv[i], "--help-config") == 0) {
			leat_config_help(stdout);
			exit(0);
		}
		if (strcmp(argv[i], "--version") == 0) {
			printf("%s %s\n", app->name, leat_version());
			exit(0);
		}
	}
}

/* The options after "--": leat's are taken out first, getopt then sees the program's own. */
static void
read_options(struct app *app, int argc, char **argv, bool *check)
{
	static const struct option none[] = {{0}};
	struct leat_error error;
	int opt;

	if (leat_config_args(&app->config, &argc, argv, check, &error) < 0)
		app_die(app, "%s", error.text);
	optind = 1;
	while ((opt = getopt_long(argc, argv, app->shorts ? app->shorts : "",
			app->longs ? app->longs : none, NULL)) != -1) {
		if (opt == '?')
			exit(1); /* getopt has said what is wrong */
		app->option(app, opt, optarg);
	}
	app->operand = argv + optind;
	app->nb_operands = argc - optind;
	if (app->nb_operands > 0 && app->operands == NULL)
		app_die(app, "unexpected argument \"%s\" (see --help)", app->operand[0]);
	if (app->given)
		app->given(app);
}

static void
print_check(const struct app *app)
{
	leat_config_print(&app->config, stdout);
	if (app->settings)
		app->settings(app, stdout);
	exit(0);
}

/* The index of "--", or argc. */
static int
find_separator(int argc, char **argv)
{
	int i = 1;

	while (i < argc && strcmp(argv[i], "--") != 0)
		i++;
	return i;
}

/* EAL did not start: what it wants most often, unless that was given. */
static void
die_without_eal(struct app *app, int rc, int argc, char **argv)
{
	bool huge = true;

	for (int i = 1; i < argc; i++)
		huge &= strcmp(argv[i], "--no-huge") != 0;
	app_die(app, "DPDK's EAL did not start (%s); its own message is above%s", strerror(-rc),
		huge ? "; without hugepages: --no-huge -m 256" : "");
}

void
app_start(struct app *app, int argc, char **argv)
{
	int eal_argc = find_separator(argc, argv);
	struct leat_error error;
	bool check = false;

	argv[0] = (char *)(uintptr_t)app->name; /* so that getopt's messages begin like ours */
	answer_questions(app, argc, argv);
	leat_config_init(&app->config);
	app->config.inspect = true;
	if (app->defaults)
		app->defaults(&app->config);
	app->separator = eal_argc < argc;
	if (app->separator) {
		argv[eal_argc] = argv[0]; /* where getopt looks for the program's name */
		read_options(app, argc - eal_argc, argv + eal_argc, &check);
	} else {
		read_options(app, 1, argv, &check);
	}
	if (leat_config_check(&app->config, &error) < 0)
		app_die(app, "%s", error.text);
	if (check)
		print_check(app);

	int rc = leat_init(eal_argc, argv);
	if (rc < 0)
		die_without_eal(app, rc, eal_argc, argv);
	app->leat = app->bare ? NULL : leat_create(&app->config, &error);
	if (app->leat == NULL && !app->bare)
		app_die(app, "%s", error.text);
	app->core = app->bare ? NULL : leat_core(app->leat, 0);
	catch_signals(app->leat);
}

int
app_run(struct app *app)
{
	/* A signal that came before the loop began must not be waited for again. */
	int rc = signalled && !signal_told ? 0 : leat_run(app->leat);

	if (rc < 0)
		app_die(app, "cannot run: %s", strerror(-rc));
	if (!signalled || signal_told)
		return 0;
	signal_told = true;
	return signalled;
}

void
app_on_stop(const struct app *app, void (*stop)(void))
{
	(void)app;
	stop_own = stop;
	if (signalled)
		stop();
}

int
app_end(struct app *app, int status)
{
	if (app->leat != NULL)
		leat_destroy(app->leat);
	app->leat = NULL;
	rte_eal_cleanup();
	if (fflush(stdout) != 0 && status == 0)
		status = 1;
	return status;
}

void
app_die(struct app *app, const char *format, ...)
{
	va_list ap;

	fprintf(stderr, "%s: ", app->name);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	if (app->leat != NULL)
		app_end(app, 1);
	exit(1);
}
