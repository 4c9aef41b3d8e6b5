/* SPDX-License-Identifier: BSD-3-Clause */
/* leat-httpd: an HTTP/1.1 server for files, or for a fixed body. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "common/app.h"
#include "files.h"
#include "page.h"
#include "server.h"
#include "torn.h"

enum {
	DEFAULT_PORT = 80,
	BODY_MAX = 1 << 30,
};

static const uint64_t SECOND = 1000000000;

struct options {
	const char *root;
	const char *log;
	bool has_body;
	size_t body;
	struct leat_endpoint listen[SERVER_LISTEN_MAX];
	unsigned nb_listen;
	uint64_t idle_timeout, drain_timeout; /* ns */
};

static const char help[] =
	"      --root DIR                 serve the files below DIR\n"
	"      --body N                   answer every path with a body of N bytes (k, M, G)\n"
	"      --listen [A]:PORT          listen there; may be repeated; default :80\n"
	"      --idle-timeout T           close a connection after T without progress; default 60s, 0 = never\n"
	"      --drain-timeout T          on SIGTERM, wait at most T for open connections; default 10s\n"
	"      --log FILE                 write an access log, - = stdout\n";

enum { ROOT = 256, BODY, LISTEN, IDLE_TIMEOUT, DRAIN_TIMEOUT, LOG };

static const struct option longs[] = {
	{"root", required_argument, NULL, ROOT},
	{"body", required_argument, NULL, BODY},
	{"listen", required_argument, NULL, LISTEN},
	{"idle-timeout", required_argument, NULL, IDLE_TIMEOUT},
	{"drain-timeout", required_argument, NULL, DRAIN_TIMEOUT},
	{"log", required_argument, NULL, LOG},
	{0},
};

static void
on_option(struct app *app, int opt, const char *arg)
{
	struct options *o = app->own;

	switch (opt) {
	case ROOT:
		o->root = arg;
		break;
	case BODY:
		o->has_body = true;
		o->body = app_number(app, "--body", arg, 0, BODY_MAX);
		break;
	case LISTEN:
		if (o->nb_listen == SERVER_LISTEN_MAX)
			app_die(app, "--listen: at most %d times", SERVER_LISTEN_MAX);
		o->listen[o->nb_listen++] = app_endpoint(app, "--listen", arg);
		break;
	case IDLE_TIMEOUT:
		o->idle_timeout = app_duration(app, "--idle-timeout", arg);
		break;
	case DRAIN_TIMEOUT:
		o->drain_timeout = app_duration(app, "--drain-timeout", arg);
		break;
	case LOG:
		o->log = arg;
		break;
	}
}

static void
check_options(struct app *app)
{
	struct options *o = app->own;

	if (o->root != NULL && o->has_body)
		app_die(app, "--root and --body: only one of them");
	if (o->nb_listen == 0)
		o->listen[o->nb_listen++] = (struct leat_endpoint){.port = DEFAULT_PORT};
}

static const char *
serves(const struct options *o, char *buf, size_t size)
{
	if (o->has_body)
		snprintf(buf, size, "%zu bytes", o->body);
	else
		snprintf(buf, size, "%s", o->root ? o->root : "a page about itself");
	return buf;
}

static void
print_settings(const struct app *app, FILE *to)
{
	const struct options *o = app->own;
	char text[LEAT_ENDPOINT_TEXT], what[256];

	fprintf(to, "\n# serves: %s\n", serves(o, what, sizeof(what)));
	for (unsigned i = 0; i < o->nb_listen; i++)
		fprintf(to, "# listen: %s\n", leat_endpoint_format(&o->listen[i], text, sizeof(text)));
	fprintf(to, "# idle-timeout: %g s, drain-timeout: %g s\n", (double)o->idle_timeout / 1e9,
		(double)o->drain_timeout / 1e9);
}

/* Lines of 64 characters, so that a body shows well in a terminal. */
static char *
make_body(size_t len)
{
	static const char row[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+\n";
	char *body = malloc(len + 1);

	for (size_t i = 0; body != NULL && i < len; i++)
		body[i] = row[i % (sizeof(row) - 1)];
	return body;
}

/* What one core serves: files, or body (NULL: there is none), which must outlive it. */
static void
open_site(struct app *app, const struct options *o, const char *body, struct site *site)
{
	if (o->root != NULL) {
		int rc = files_open(o->root, &site->files);
		if (rc < 0)
			app_die(app, "--root \"%s\": %s", o->root, strerror(-rc));
	} else if (o->has_body) {
		site->fixed = body ? file_fixed("text/plain", body, o->body) : NULL;
		site->every_path = true;
	} else {
		site->fixed = file_fixed("text/html; charset=utf-8", PAGE_HTML, sizeof(PAGE_HTML) - 1);
	}
	if (site->files == NULL && site->fixed == NULL)
		app_die(app, "no memory for the body");
}

static void
close_site(struct site *site)
{
	if (site->files != NULL)
		files_close(site->files);
	if (site->fixed != NULL)
		file_release(site->fixed);
}

static void
listen_all(struct app *app, struct servers *all, const struct options *o)
{
	char text[LEAT_ENDPOINT_TEXT], what[256];

	for (unsigned i = 0; i < o->nb_listen; i++) {
		int rc = servers_listen(all, &o->listen[i]);
		leat_endpoint_format(&o->listen[i], text, sizeof(text));
		if (rc < 0)
			app_die(app, "cannot listen on %s: %s", text, strerror(-rc));
		fprintf(stderr, "%s: %s serves %s\n", app->name, text, serves(o, what, sizeof(what)));
	}
}

static void
print_summary(const struct app *app, const struct servers *all)
{
	uint64_t connections = 0, requests = 0, sent = 0;
	char bytes[16];

	for (unsigned i = 0; i < all->nb; i++) {
		connections += all->of_core[i].connections;
		requests += all->of_core[i].requests;
		sent += all->of_core[i].bytes;
	}
	fprintf(stderr, "%s: %llu connections, %llu requests, %s sent\n", app->name, (unsigned long long)connections,
		(unsigned long long)requests, app_bytes(sent, bytes, sizeof(bytes)));
	for (unsigned i = 0; i < all->nb && all->nb > 1; i++)
		fprintf(stderr, "%s: core %u: %llu connections, %llu requests\n", app->name, i,
			(unsigned long long)all->of_core[i].connections, (unsigned long long)all->of_core[i].requests);
}

/* A server on each core. Returns the body that they share, or NULL. */
static char *
start_servers(struct app *app, const struct options *o, struct servers *all)
{
	char *body = o->has_body && o->root == NULL ? make_body(o->body) : NULL;

	all->leat = app->leat;
	all->idle_timeout = o->idle_timeout > 0 ? o->idle_timeout : UINT64_MAX / 4;
	if (servers_init(all) < 0)
		app_die(app, "no memory for the server");
	if (o->root != NULL)
		torn_start();
	for (unsigned i = 0; i < all->nb; i++)
		open_site(app, o, body, &all->of_core[i].site);
	int rc = o->log != NULL ? log_open(o->log, &all->log) : 0;
	if (rc < 0)
		app_die(app, "--log \"%s\": %s", o->log, strerror(-rc));
	if (servers_start(all) < 0)
		app_die(app, "no memory for the server");
	listen_all(app, all, o);
	return body;
}

int
main(int argc, char **argv)
{
	struct options o = {.idle_timeout = 60 * SECOND, .drain_timeout = 10 * SECOND};
	struct app app = {
		.name = "leat-httpd",
		.does = "serves files over HTTP/1.1",
		.help = help,
		.longs = longs,
		.option = on_option,
		.given = check_options,
		.settings = print_settings,
		.own = &o,
	};
	struct servers all = {0};

	app_start(&app, argc, argv);
	char *body = start_servers(&app, &o, &all);
	if (app_run(&app) == SIGTERM) {
		servers_drain(&all, o.drain_timeout);
		app_run(&app);
	}
	servers_stop(&all);
	int status = app_end(&app, 0);
	print_summary(&app, &all);
	if (all.log != NULL)
		log_close(all.log);
	for (unsigned i = 0; i < all.nb; i++)
		close_site(&all.of_core[i].site);
	servers_fini(&all);
	free(body);
	return status;
}
