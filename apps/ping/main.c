/* SPDX-License-Identifier: BSD-3-Clause */
/* leat-ping: ICMP echo over leat. Speaks like the ping of iputils. */
#include <errno.h>
#include <string.h>
#include "common/app.h"
#include "summary.h"

enum {
	SIZE_MAX_V4 = 1472, /* leat_ping_send()'s limit: an Ethernet frame without fragments */
	IP_ICMP_HEADERS = 28,
	ICMP_HEADER = 8,
};

static const uint64_t MS = 1000000;

struct pinger {
	struct app *app;
	struct leat_addr to;
	uint64_t count;      /* 0 = until stopped */
	uint64_t interval, timeout; /* ns */
	size_t size;
	bool quiet;
	struct leat_ping *ping;
	struct leat_timer *timer;
	unsigned waiting;    /* requests without a result */
	uint64_t began;      /* ns */
	uint64_t beats;      /* intervals since */
	struct summary summary;
};

static const char help[] =
	"  -c, --count N                  stop after N requests; default: when interrupted\n"
	"  -i, --interval T               time between two requests; default 1s, at least 1ms\n"
	"  -s, --size N                   bytes of payload, 0 to 1472; default 56\n"
	"  -W, --timeout T                wait at most T for an answer; default 2s\n"
	"  -q, --quiet                    only the summary\n"
	"\n"
	"Status: 0, there was an answer; 1, there was none, or something was wrong.\n";

static const struct option longs[] = {
	{"count", required_argument, NULL, 'c'},
	{"interval", required_argument, NULL, 'i'},
	{"size", required_argument, NULL, 's'},
	{"timeout", required_argument, NULL, 'W'},
	{"quiet", no_argument, NULL, 'q'},
	{0},
};

/* As with ping, a bare number is seconds. */
static uint64_t
seconds(struct app *app, const char *what, const char *text)
{
	char with_unit[32];
	bool bare = strspn(text, "0123456789.") == strlen(text) && strlen(text) < sizeof(with_unit) - 2;

	snprintf(with_unit, sizeof(with_unit), "%ss", bare ? text : "");
	return app_duration(app, what, bare ? with_unit : text);
}

static void
on_option(struct app *app, int opt, const char *arg)
{
	struct pinger *p = app->own;

	switch (opt) {
	case 'c':
		p->count = app_number(app, "--count", arg, 1, UINT64_MAX);
		break;
	case 'i':
		p->interval = seconds(app, "--interval", arg);
		if (p->interval < MS)
			app_die(app, "--interval \"%s\": at least 1ms", arg);
		break;
	case 's':
		p->size = app_number(app, "--size", arg, 0, SIZE_MAX_V4);
		break;
	case 'W':
		p->timeout = seconds(app, "--timeout", arg);
		if (p->timeout < MS)
			app_die(app, "--timeout \"%s\": at least 1ms", arg);
		break;
	case 'q':
		p->quiet = true;
		break;
	}
}

static void
read_address(struct app *app)
{
	struct pinger *p = app->own;

	if (app->nb_operands != 1)
		app_die(app, "one address is wanted (see --help)");
	if (leat_addr_parse(app->operand[0], &p->to) < 0)
		app_die(app, "\"%s\": an address is wanted, e.g. 192.0.2.1", app->operand[0]);
}

static const char *
error_text(int error)
{
	switch (error) {
	case EHOSTUNREACH:
		return "Destination Host Unreachable";
	case ENETUNREACH:
		return "Destination Net Unreachable";
	default:
		return strerror(error);
	}
}

static void
print_result(const struct pinger *p, const struct leat_ping_result *r)
{
	double ms = (double)r->rtt_ns / 1e6;
	char from[LEAT_ADDR_TEXT];

	if (p->quiet)
		return;
	leat_addr_format(&r->from, from, sizeof(from));
	if (r->error == 0)
		printf("%u bytes from %s: icmp_seq=%u ttl=%u time=%.*f ms\n", r->len + ICMP_HEADER, from, r->seq,
			r->ttl, ms >= 100 ? 0 : ms >= 10 ? 1 : ms >= 1 ? 2 : 3, ms);
	else if (r->error == ETIMEDOUT)
		printf("no answer for icmp_seq=%u\n", r->seq);
	else
		printf("From %s icmp_seq=%u %s\n", from, r->seq, error_text(r->error));
	fflush(stdout);
}

static void
stop_when_done(struct pinger *p)
{
	if (p->count > 0 && p->summary.sent >= p->count && p->waiting == 0)
		leat_stop(p->app->leat);
}

static void
on_result(struct leat_ping *ping, const struct leat_ping_result *r, void *user)
{
	struct pinger *p = user;

	(void)ping;
	p->waiting--;
	print_result(p, r);
	if (r->error == 0)
		summary_answer(&p->summary, r->rtt_ns);
	else if (r->error != ETIMEDOUT)
		p->summary.errors++;
	stop_when_done(p);
}

/* A beat without a request: nothing is counted, the next one comes as if nothing had been. */
static void
send_one(struct pinger *p)
{
	int rc = leat_ping_send(p->ping, p->size, p->timeout);

	switch (rc) {
	case -EBUSY:   /* so many are unanswered: wait for their time-outs */
	case -ENOBUFS:
		return;
	case -EHOSTUNREACH:
	case -ENETUNREACH:
		p->summary.sent++;
		p->summary.errors++;
		if (!p->quiet)
			printf("%s\n", error_text(-rc));
		return;
	}
	if (rc < 0)
		app_die(p->app, "cannot send %zu bytes: %s", p->size, strerror(-rc));
	p->summary.sent++;
	p->waiting++;
}

static void
on_beat(struct leat_timer *timer, void *user)
{
	struct pinger *p = user;
	uint64_t now = leat_core_now(p->app->core);

	if (p->count == 0 || p->summary.sent < p->count) {
		send_one(p);
		/* by the beat, not by the last request: the rate does not drift */
		p->beats = (now - p->began) / p->interval + 1;
		leat_timer_arm(timer, p->began + p->beats * p->interval - now);
	}
	stop_when_done(p);
}

static void
begin(struct pinger *p)
{
	struct app *app = p->app;
	char to[LEAT_ADDR_TEXT];

	leat_addr_format(&p->to, to, sizeof(to));
	int rc = leat_ping_open(app->core, &p->to, on_result, p, &p->ping);
	if (rc < 0)
		app_die(app, "%s: %s", to,
			rc == -ENETUNREACH ? "no route (see --addr, --gateway)" : strerror(-rc));
	p->timer = leat_timer_create(app->core, on_beat, p);
	if (p->timer == NULL)
		app_die(app, "no memory for a timer");
	printf("PING %s (%s) %zu(%zu) bytes of data.\n", to, to, p->size, p->size + IP_ICMP_HEADERS);
	fflush(stdout);
	leat_core_poll(app->core); /* so that its clock shows the present */
	p->began = leat_core_now(app->core);
	leat_timer_arm(p->timer, 0);
}

int
main(int argc, char **argv)
{
	struct pinger p = {.interval = 1000 * MS, .timeout = 2000 * MS, .size = 56};
	struct app app = {
		.name = "leat-ping",
		.does = "sends ICMP echo requests",
		.operands = "ADDRESS",
		.help = help,
		.shorts = "c:i:s:W:q",
		.longs = longs,
		.option = on_option,
		.given = read_address,
		.own = &p,
	};
	char to[LEAT_ADDR_TEXT];

	app_start(&app, argc, argv);
	p.app = &app;
	begin(&p);
	app_run(&app);
	uint64_t elapsed = leat_core_now(app.core) - p.began;
	leat_ping_close(p.ping);
	leat_timer_free(p.timer);
	summary_print(&p.summary, leat_addr_format(&p.to, to, sizeof(to)), elapsed, stdout);
	return app_end(&app, p.summary.received > 0 ? 0 : 1);
}
