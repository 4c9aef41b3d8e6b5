/* SPDX-License-Identifier: BSD-3-Clause */
/* The options of leat-load, one by one. What must fit together is checked in given.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/app.h"
#include "plan.h"

const char *const load_mode_names[LOAD_MODES] = {"handshake", "request", "keepalive", "stream", "hold", "flood"};

enum {
	OPT_RAMP = 256, OPT_WARMUP, OPT_TIMEOUT, OPT_PATH, OPT_RAW, OPT_UDP, OPT_UP, OPT_DOWN, OPT_REFERENCE, OPT_RESET,
	OPT_TRICKLE, OPT_OPENING, OPT_SOURCE, OPT_MAC, OPT_JSON, OPT_CSV,
};

const char plan_help[] =
	"How much:\n"
	"  -c, --connections N            at a time, of all cores (64; with --rate at most 16384; hold: how many, 1000)\n"
	"  -r, --rate R                   an open loop: R connections a second (keepalive: requests), e.g. 20k, whatever the\n"
	"                                 server does. Latency is counted from when each was due. hold: opened a second\n"
	"  -n, --count N                  end after N connections (keepalive, hold: requests)\n"
	"  -d, --duration T               of what is measured (10s)\n"
	"      --warmup T                 before that (1s, or as long as --ramp; 0s with --count)\n"
	"      --ramp T                   rise from nothing to -c or --rate in this time; measured when that is over, but\n"
	"                                 with --count from the start\n"
	"  -p, --pipeline N               keepalive, hold: requests that a connection may have unanswered (1)\n"
	"      --trickle R                hold: requests a second, on random connections (0)\n"
	"      --opening N                keepalive, hold, stream: handshakes at a time (256)\n"
	"      --timeout T                give up a connection on which nothing came for T (5s; UDP: 1s)\n"
	"\n"
	"What:\n"
	"      --path PATH                HTTP: of targets that have none (/)\n"
	"      --raw SIZE[/SIZE]          no HTTP: requests of so many bytes, answers of so many (as many)\n"
	"      --udp                      datagrams to an echo service: --raw 64 unless said otherwise\n"
	"      --up, --down               stream: to the server (raw), or from it\n"
	"      --reference                stream --up: send by reference instead of copying\n"
	"      --reset                    handshake: end with RST instead of FIN\n"
	"      --source A/LEN             local addresses to use in turn: a block on the subnet of --addr, which then is\n"
	"                                 none of them; may be repeated. Without it: each --addr, if they share a subnet, else\n"
	"                                 what the route says. flood: where the strangers live (198.19.0.0/16)\n"
	"      --mac MAC                  flood: the server's, or the gateway's\n"
	"\n"
	"What is told:\n"
	"      --json FILE                the result; \"-\": on stdout, instead of the table\n"
	"      --csv FILE                 one line a second, as numbers, and one where a phase ends; \"-\": on stdout, and\n"
	"                                 the table on stderr\n"
	"  -q, --quiet                    no line a second on stderr\n"
	"\n"
	"Modes:\n"
	"  handshake                      open connections and close them\n"
	"  request                        one request on each connection, then the server closes it\n"
	"  keepalive                      requests on connections that stay\n"
	"  stream                         as many bytes as it takes: GETs, or --raw, or --up\n"
	"  hold                           opens so many connections and keeps them, with --trickle requests a second\n"
	"  flood                          SYNs from strangers, without a stack; needs --mac, and a port for itself\n"
	"\n"
	"A target is ADDRESS:PORT or http://ADDRESS[:PORT]/PATH; several are used in turn. k, M, G behind a number are powers\n"
	"of 1024, in a rate of 1000.\n"
	"\n"
	"Three more, which take nothing else and neither root nor hugepages nor a network:\n"
	"  leat-load --compare kernel [MILLISECONDS]\n"
	"                                 the same work through the kernel's loopback and through leat, side by side\n"
	"  leat-load --kernel-server PORT [ADDRESS]\n"
	"                                 the kernel's side of it: an epoll server, 64 bytes for each 64 and each GET\n"
	"  leat-load --kernel-client PORT ADDRESS MILLISECONDS CONNECTIONS\n"
	"                                 its client: a request on each connection, so many at a time; one line of JSON\n"
	"\n"
	"Differs from leat's defaults: tcp.msl = 1ms, so that TIME-WAIT does not fill the port space; idle = spin.\n"
	"Status: 0, no errors; 1, errors, or it could not run.\n"
	"\n"
	"Examples:\n"
	"  leat-load --no-huge -m 256 --no-pci --vdev net_tap0,iface=leat0 -- --addr 198.18.0.1/24 \\\n"
	"      request 198.18.0.2:80 -c 100 -d 5s\n"
	"  ... -- ... keepalive http://198.18.0.2/index.html -r 50k --json result.json\n"
	"  ... -- ... hold 198.18.0.2:80 -c 100000 --source 198.18.0.16/29 --trickle 1k\n\n";

const char plan_shorts[] = "c:r:n:d:p:q";

const struct option plan_longs[] = {
	{"connections", required_argument, NULL, 'c'},
	{"rate", required_argument, NULL, 'r'},
	{"count", required_argument, NULL, 'n'},
	{"duration", required_argument, NULL, 'd'},
	{"pipeline", required_argument, NULL, 'p'},
	{"quiet", no_argument, NULL, 'q'},
	{"ramp", required_argument, NULL, OPT_RAMP},
	{"warmup", required_argument, NULL, OPT_WARMUP},
	{"timeout", required_argument, NULL, OPT_TIMEOUT},
	{"path", required_argument, NULL, OPT_PATH},
	{"raw", required_argument, NULL, OPT_RAW},
	{"udp", no_argument, NULL, OPT_UDP},
	{"up", no_argument, NULL, OPT_UP},
	{"down", no_argument, NULL, OPT_DOWN},
	{"reference", no_argument, NULL, OPT_REFERENCE},
	{"reset", no_argument, NULL, OPT_RESET},
	{"trickle", required_argument, NULL, OPT_TRICKLE},
	{"opening", required_argument, NULL, OPT_OPENING},
	{"source", required_argument, NULL, OPT_SOURCE},
	{"mac", required_argument, NULL, OPT_MAC},
	{"json", required_argument, NULL, OPT_JSON},
	{"csv", required_argument, NULL, OPT_CSV},
	{0},
};

void
plan_init(struct plan *p)
{
	*p = (struct plan){.path = "/", .opening = 256, .pipeline = 1, .duration = 10000000000, .warmup = 1000000000,
		.timeout = 5000000000, .request_size = 64, .response_size = 64};
}

/* A rate: "20000", "20k", "1.5M"; powers of 1000, as rates are counted. */
static double
read_rate(struct app *app, const char *what, const char *text)
{
	static const char units[] = "kMG";
	char *end;
	double value = strtod(text, &end), unit = 1;
	size_t number = (size_t)(end - text);

	if (*end != '\0' && strchr(units, *end) != NULL) {
		for (const char *u = units; u <= strchr(units, *end); u++)
			unit *= 1000;
		end++;
	}
	value *= unit;
	/* strtod would also take a sign, "inf" and hexadecimal. */
	if (number == 0 || strspn(text, "0123456789.") != number || *end != '\0' || value < 0.001 || value > 1e9)
		app_die(app, "%s \"%s\": a number a second is wanted, 0.001 to 1G, e.g. 500, 20k, 1.5M", what, text);
	return value;
}

static uint64_t
read_time(struct app *app, const char *what, const char *text)
{
	uint64_t ns = app_duration(app, what, text);

	if (ns < 1000000)
		app_die(app, "%s \"%s\": at least 1ms is wanted", what, text);
	return ns;
}

/* "64" or "64/1000" */
static void
read_sizes(struct app *app, struct plan *p, const char *arg)
{
	const char *slash = strchr(arg, '/');
	char *ask = slash != NULL ? strndup(arg, (size_t)(slash - arg)) : NULL;

	if (slash != NULL && ask == NULL)
		app_die(app, "no memory");
	p->raw = true;
	p->request_size = (uint32_t)app_number(app, "--raw", ask != NULL ? ask : arg, 1, PLAN_ASK_MAX);
	p->response_size = p->request_size;
	if (slash != NULL)
		p->response_size = (uint32_t)app_number(app, "--raw", slash + 1, 1, PLAN_SIZE_MAX);
	free(ask);
}

/* Every host address of a block, e.g. 198.18.0.16/29: eight of them, as the block is not a subnet of its own. */
static void
read_source(struct app *app, struct plan *p, const char *arg)
{
	const char *slash = strchr(arg, '/');
	char bare[LEAT_ADDR_TEXT] = "";
	struct leat_addr a;

	if (slash != NULL && slash - arg < LEAT_ADDR_TEXT)
		memcpy(bare, arg, (size_t)(slash - arg));
	if (leat_addr_parse(bare, &a) < 0 || a.family != LEAT_IPV4)
		app_die(app, "--source \"%s\": an IPv4 block is wanted, ADDRESS/LENGTH, e.g. 198.18.0.16/29", arg);
	p->prefix_len = (uint8_t)app_number(app, "--source's length", slash + 1, 8, 32);
	uint32_t hosts = 1u << (32 - p->prefix_len);
	p->prefix = a;
	p->prefix.v4 &= __builtin_bswap32(~(hosts - 1));
	p->blocks++;
	for (uint32_t i = 0; i < hosts; i++, p->nb_sources++) {
		if (p->nb_sources >= PLAN_SOURCES)
			continue; /* only a flood may have so many: given.c says so */
		p->sources[p->nb_sources] = p->prefix;
		p->sources[p->nb_sources].v4 += __builtin_bswap32(i);
	}
}

static void
read_mac(struct app *app, struct plan *p, const char *arg)
{
	unsigned v[6];
	char more;

	if (strlen(arg) != 17 || sscanf(arg, "%2x:%2x:%2x:%2x:%2x:%2x%c", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &more) != 6)
		app_die(app, "--mac \"%s\": a MAC address is wanted, e.g. 02:00:00:00:00:01", arg);
	for (int i = 0; i < 6; i++)
		p->mac[i] = (uint8_t)v[i];
	p->has_mac = true;
}

static void
option_of_what(struct app *app, struct plan *p, int opt, const char *arg)
{
	switch (opt) {
	case OPT_PATH:
		if (arg[0] != '/' || strlen(arg) > 4000 || strpbrk(arg, " \t\r\n") != NULL)
			app_die(app, "--path \"%s\": it begins with / and has no blanks", arg);
		p->path = arg;
		break;
	case OPT_RAW:
		read_sizes(app, p, arg);
		break;
	case OPT_UDP:
		p->udp = true;
		break;
	case OPT_UP:
	case OPT_DOWN:
		p->up = opt == OPT_UP;
		p->way_given = true;
		break;
	case OPT_REFERENCE:
		p->reference = true;
		break;
	case OPT_RESET:
		p->reset = true;
		break;
	case OPT_SOURCE:
		read_source(app, p, arg);
		break;
	case OPT_MAC:
		read_mac(app, p, arg);
		break;
	case OPT_JSON:
		p->json = arg;
		break;
	case OPT_CSV:
		p->csv = arg;
		break;
	case 'q':
		p->quiet = true;
		break;
	}
}

void
plan_option(struct app *app, int opt, const char *arg)
{
	struct plan *p = app->own;

	switch (opt) {
	case 'c':
		p->connections = (uint32_t)app_number(app, "--connections", arg, 1, 64 << 20);
		break;
	case 'r':
		p->rate = read_rate(app, "--rate", arg);
		break;
	case 'n':
		p->count = app_number(app, "--count", arg, 1, UINT64_MAX / 2);
		break;
	case 'd':
		p->duration = read_time(app, "--duration", arg);
		p->duration_given = true;
		break;
	case 'p':
		p->pipeline = (uint32_t)app_number(app, "--pipeline", arg, 1, PLAN_PIPELINE_MAX);
		break;
	case OPT_WARMUP:
		p->warmup = app_duration(app, "--warmup", arg);
		p->warmup_given = true;
		break;
	case OPT_RAMP:
		p->ramp = app_duration(app, "--ramp", arg);
		break;
	case OPT_TIMEOUT:
		p->timeout = read_time(app, "--timeout", arg);
		p->timeout_given = true;
		break;
	case OPT_TRICKLE:
		p->trickle = read_rate(app, "--trickle", arg);
		break;
	case OPT_OPENING:
		p->opening = (uint32_t)app_number(app, "--opening", arg, 1, 1 << 20);
		break;
	default:
		option_of_what(app, p, opt, arg);
		break;
	}
}
