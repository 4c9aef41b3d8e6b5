/* SPDX-License-Identifier: BSD-3-Clause */
/* leat-echo: echo and discard over TCP and UDP, chargen over TCP. */
#include <string.h>
#include "common/app.h"
#include "echo.h"

struct options {
	struct leat_addr addr;
	struct service services[SERVICES];
	bool chosen; /* a service was asked for by name: only those are started */
	bool no_tcp, no_udp;
};

static const char help[] =
	"      --listen A                 serve on address A; default: every address\n"
	"      --echo[=PORT]              the echo service, on PORT; default 7\n"
	"      --discard[=PORT]           the discard service, on PORT; default 9\n"
	"      --chargen[=PORT]           the character generator, on PORT; default 19; TCP only\n"
	"                                 (when none of the three is named: all of them)\n"
	"      --no-tcp, --no-udp         only over the other\n";

enum { ECHO = 256, DISCARD, CHARGEN, LISTEN, NO_TCP, NO_UDP };

static const struct option longs[] = {
	{"echo", optional_argument, NULL, ECHO},
	{"discard", optional_argument, NULL, DISCARD},
	{"chargen", optional_argument, NULL, CHARGEN},
	{"listen", required_argument, NULL, LISTEN},
	{"no-tcp", no_argument, NULL, NO_TCP},
	{"no-udp", no_argument, NULL, NO_UDP},
	{0},
};

static const uint16_t default_ports[SERVICES] = {7, 9, 19};

static void
choose(struct app *app, struct service *s, const char *port)
{
	struct options *o = app->own;

	o->chosen = true;
	s->port = port ? (uint16_t)app_number(app, s->name, port, 1, 65535) : default_ports[s->kind];
}

static void
on_option(struct app *app, int opt, const char *arg)
{
	struct options *o = app->own;

	switch (opt) {
	case ECHO:
	case DISCARD:
	case CHARGEN:
		choose(app, &o->services[opt - ECHO], arg);
		break;
	case LISTEN:
		if (leat_addr_parse(arg, &o->addr) < 0)
			app_die(app, "--listen \"%s\": an address is wanted", arg);
		break;
	case NO_TCP:
		o->no_tcp = true;
		break;
	case NO_UDP:
		o->no_udp = true;
		break;
	}
}

static void
check_options(struct app *app)
{
	struct options *o = app->own;

	if (o->no_tcp && o->no_udp)
		app_die(app, "--no-tcp and --no-udp: nothing is left");
	for (int i = 0; i < SERVICES && !o->chosen; i++)
		o->services[i].port = default_ports[i];
	if (o->no_tcp && o->services[SERVICE_ECHO].port == 0 && o->services[SERVICE_DISCARD].port == 0)
		app_die(app, "--no-tcp: the character generator has only TCP");
}

static void
start(struct app *app, struct service *s)
{
	struct options *o = app->own;
	bool tcp = !o->no_tcp, udp = !o->no_udp && s->kind != SERVICE_CHARGEN;
	int rc = 0;

	if (tcp)
		rc = tcp_service_start(s, app->leat, &o->addr);
	if (rc == 0 && udp)
		rc = udp_service_start(s, app->leat, &o->addr);
	if (rc < 0)
		app_die(app, "cannot serve %s on port %u: %s", s->name, s->port, strerror(-rc));
	if (tcp || udp)
		fprintf(stderr, "%s: %s on port %u over %s\n", app->name, s->name, s->port,
			tcp && udp ? "TCP and UDP" : tcp ? "TCP" : "UDP");
}

static void
print_summary(const struct app *app, const struct service *s)
{
	struct part sum = {0};
	char in[16], out[16];

	for (unsigned i = 0; i < LEAT_MAX_CORES; i++) {
		sum.connections += s->of_core[i].connections;
		sum.bytes_in += s->of_core[i].bytes_in;
		sum.bytes_out += s->of_core[i].bytes_out;
		sum.datagrams += s->of_core[i].datagrams;
		sum.refused += s->of_core[i].refused;
	}
	fprintf(stderr, "%s: %s: %llu connections, %s received, %s sent", app->name, s->name,
		(unsigned long long)sum.connections, app_bytes(sum.bytes_in, in, sizeof(in)),
		app_bytes(sum.bytes_out, out, sizeof(out)));
	if (s->kind != SERVICE_CHARGEN)
		fprintf(stderr, "; %llu datagrams", (unsigned long long)sum.datagrams);
	if (sum.refused > 0)
		fprintf(stderr, ", %llu of them not answered", (unsigned long long)sum.refused);
	fputc('\n', stderr);
}

int
main(int argc, char **argv)
{
	struct options o = {.services = {
		{.name = "echo", .kind = SERVICE_ECHO},
		{.name = "discard", .kind = SERVICE_DISCARD},
		{.name = "chargen", .kind = SERVICE_CHARGEN},
	}};
	struct app app = {
		.name = "leat-echo",
		.does = "serves echo, discard and chargen",
		.help = help,
		.longs = longs,
		.option = on_option,
		.given = check_options,
		.own = &o,
	};

	app_start(&app, argc, argv);
	for (int i = 0; i < SERVICES; i++) {
		if (o.services[i].port != 0)
			start(&app, &o.services[i]);
	}
	app_run(&app);
	int status = app_end(&app, 0);
	for (int i = 0; i < SERVICES; i++) {
		if (o.services[i].port != 0)
			print_summary(&app, &o.services[i]);
	}
	return status;
}
