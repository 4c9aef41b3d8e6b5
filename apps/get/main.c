/* SPDX-License-Identifier: BSD-3-Clause */
/* leat-get: fetches a URL over leat. */
#include <string.h>
#include "common/app.h"
#include "fetch.h"
#include "url.h"

static const char help[] =
	"  -o, --output FILE              write the body to FILE, not to stdout\n"
	"  -I, --head                     ask only for the head, and print it\n"
	"  -r, --range A-B                ask for these bytes (A-B, A- or -N)\n"
	"  -n, --count N                  ask N times, one after another, on one connection\n"
	"  -t, --timeout T                give up when nothing came for T; default 60s, 0 = leave it to TCP\n"
	"  -v, --verbose                  show the connection and both heads on stderr\n"
	"  -q, --quiet                    no summary on stderr\n"
	"\n"
	"Status: 0, all was fetched; 1, it was not; 2, the server answered with an error (4xx, 5xx).\n";

static const struct option longs[] = {
	{"output", required_argument, NULL, 'o'},
	{"head", no_argument, NULL, 'I'},
	{"range", required_argument, NULL, 'r'},
	{"count", required_argument, NULL, 'n'},
	{"timeout", required_argument, NULL, 't'},
	{"verbose", no_argument, NULL, 'v'},
	{"quiet", no_argument, NULL, 'q'},
	{0},
};

struct options {
	struct fetch *fetch;
	struct url *url;
	bool quiet;
};

static void
on_option(struct app *app, int opt, const char *arg)
{
	struct options *o = app->own;
	struct fetch *f = o->fetch;

	switch (opt) {
	case 'o':
		f->output = arg;
		break;
	case 'I':
		f->head = true;
		break;
	case 'r':
		if (strspn(arg, "0123456789-,") != strlen(arg) || strchr(arg, '-') == NULL || strlen(arg) > 128)
			app_die(app, "--range \"%s\": A-B, A- or -N is wanted", arg);
		f->range = arg;
		break;
	case 'n':
		f->count = app_number(app, "--count", arg, 1, UINT64_MAX);
		break;
	case 't':
		f->timeout = app_duration(app, "--timeout", arg);
		break;
	case 'v':
		f->verbose = true;
		break;
	case 'q':
		o->quiet = true;
		break;
	}
}

static void
print_summary(const struct fetch *f)
{
	double seconds = (double)(f->ended - f->began) / 1e9;
	char bytes[16], rate[16];

	fprintf(stderr, "%s: ", f->name);
	if (f->count > 1)
		fprintf(stderr, "%llu responses (%.0f/s), ", (unsigned long long)f->done,
			seconds > 0 ? (double)f->done / seconds : 0);
	else
		fprintf(stderr, "status %d, ", f->last_status);
	fprintf(stderr, "%s in %.6f s, %s/s\n", app_bytes(f->bytes, bytes, sizeof(bytes)), seconds,
		app_bytes(seconds > 0 ? (uint64_t)((double)f->bytes / seconds) : 0, rate, sizeof(rate)));
}

static void
read_url(struct app *app)
{
	struct options *o = app->own;
	const char *why;

	if (app->nb_operands != 1)
		app_die(app, "one URL is wanted (see --help)");
	if (url_parse(app->operand[0], o->url, &why) < 0)
		app_die(app, "\"%s\": %s", app->operand[0], why);
}

int
main(int argc, char **argv)
{
	static struct fetch f = {.name = "leat-get", .count = 1, .timeout = 60000000000};
	static struct url url;
	struct options o = {.fetch = &f, .url = &url};
	struct app app = {
		.name = f.name,
		.does = "fetches a URL over HTTP/1.1",
		.operands = "http://ADDRESS[:PORT]/PATH",
		.help = help,
		.shorts = "o:Ir:n:t:vq",
		.longs = longs,
		.option = on_option,
		.given = read_url,
		.own = &o,
	};

	app_start(&app, argc, argv);
	f.leat = app.leat;
	f.core = app.core;
	f.url = &url;
	if (fetch_start(&f) < 0)
		return app_end(&app, 1);
	app_run(&app);
	bool well = fetch_finish(&f);
	if (!o.quiet && f.done > 0)
		print_summary(&f);
	return app_end(&app, !well ? 1 : f.errors > 0 ? 2 : 0);
}
