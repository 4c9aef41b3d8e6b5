/* SPDX-License-Identifier: BSD-3-Clause */
/* What leat-load says a run was limited by, and the forms in which it tells a result. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "load/result.h"

static struct plan plan;
static struct result r;

/* A run of ten seconds of a core that was half busy, and nothing went wrong. */
static void
start(void)
{
	plan_init(&plan);
	plan.mode = LOAD_REQUEST;
	plan.connections = 64;
	plan.nb_targets = 1;
	strcpy(plan.targets[0].text, "198.18.0.1:80");
	r = (struct result){.plan = &plan, .cores = 1, .seconds = 10, .cpu = 10, .busy = 0.5, .hz = 2e9, .spins = true,
		.measured = {.started = 1000, .opened = 1000, .ended = 1000, .requests = 1000, .answers = 1000},
		.stack = {.segs_in = 3000, .segs_out = 3000}};
	r.total = r.measured;
}

TestSuite(load_limit, .init = start);

static void
expect(const char *what, const char *how)
{
	struct limit l = limit_of(&r);

	cr_assert_str_eq(l.what, what, "%s: %s", l.what, l.why);
	cr_assert_not_null(strstr(l.why, how), "\"%s\" is not in \"%s\"", how, l.why);
}

Test(load_limit, the_peer)
{
	expect("the peer", "64 connections at a time waited");
}

Test(load_limit, own_cpu)
{
	r.busy = 0.97;
	expect("own CPU", "97 %");
}

Test(load_limit, a_core_that_others_use_too)
{
	r.cpu = 4;
	expect("own CPU", "got 40 % of it");
	r.spins = false; /* who sleeps is not robbed */
	expect("the peer", "");
	r.spins = true;
	r.busy = 0.04; /* nor is who has nothing to do */
	expect("the peer", "");
	plan.mode = LOAD_STREAM;
	r.busy = 0;
	expect("the peer", "0 %");
	plan.mode = LOAD_HOLD;
	expect("nothing", "held");
	r.busy = 0.6;
	expect("nothing", "held");
	r.measured.failed[FAIL_TIMEOUT] = 1; /* but that they were held cannot be said then */
	expect("own CPU", "");
	r.busy = 0.04;
	expect("the peer's silence", "1 connections");
}

Test(load_limit, port_space)
{
	r.measured.failed[FAIL_PORTS] = 7;
	r.busy = 0.99;
	expect("port space", "7 connections");
}

Test(load_limit, memory)
{
	r.stack.no_mbuf = 5;
	r.measured.failed[FAIL_MEMORY] = 2;
	r.busy = 0.99;
	expect("leat's memory", "7 times");
}

Test(load_limit, the_wire)
{
	r.stack.tx_full = 3;
	expect("the peer", "");
	r.stack.tx_full = 4; /* more than one of a thousand */
	r.busy = 0.99;
	expect("the wire", "4 packets of 3000");
}

Test(load_limit, the_peers_silence)
{
	r.measured.failed[FAIL_TIMEOUT] = 1;
	expect("the peer's silence", "1 connections or requests timed out");
	r.measured.failed[FAIL_TIMEOUT] = 0;
	r.stack.retransmits = 50;
	expect("the peer's silence", "50 segments were sent again");
}

Test(load_limit, the_rate_asked_for)
{
	plan.rate = 100;
	expect("the rate asked for", "100.0 %");
	cr_assert_null(strstr(limit_of(&r).why, "again"));
	r.stack.retransmits = 1783;
	expect("the rate asked for", "; 1783 segments were sent again");
	r.stack.retransmits = 0;
	plan.rate = 200;
	r.open = 17;
	expect("the peer", "50.0 % of the rate was kept, 17 of 64 connections were open");
	r.busy = 0.99;
	expect("own CPU", "");
	plan.rate = 100; /* busy, but it was enough */
	expect("the rate asked for", "99 %");
}

Test(load_limit, a_trickle)
{
	plan.mode = LOAD_HOLD;
	expect("nothing", "held");
	plan.trickle = 100;
	expect("the rate asked for", "");
	plan.trickle = 1000;
	expect("the peer", "");
}

Test(load_limit, kinds_of_errors)
{
	static const struct {
		int error;
		enum failure kind;
	} cases[] = {{ECONNREFUSED, FAIL_REFUSED}, {ECONNRESET, FAIL_RESET}, {ETIMEDOUT, FAIL_TIMEOUT},
		{EHOSTUNREACH, FAIL_UNREACHABLE}, {ENETUNREACH, FAIL_UNREACHABLE}, {EADDRNOTAVAIL, FAIL_PORTS},
		{EADDRINUSE, FAIL_PORTS}, {ENOMEM, FAIL_MEMORY}, {ENOBUFS, FAIL_MEMORY}, {ECONNABORTED, FAIL_OTHER}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_assert_eq(failure_of(cases[i].error), cases[i].kind, "%s", strerror(cases[i].error));
	for (int i = 0; i < FAILURES; i++)
		cr_assert(failure_texts[i].key != NULL && failure_texts[i].text != NULL);
}

Test(load_limit, nothing_measured)
{
	r.seconds = r.cpu = 0;
	expect("nothing", "before anything was measured");
}

/* --- forms --- */

static char *
told(void (*form)(const struct result *r, FILE *to))
{
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	form(&r, f);
	fclose(f);
	return text;
}

static void
has(const char *text, const char *part)
{
	cr_assert_not_null(strstr(text, part), "\"%s\" is not in:\n%s", part, text);
}

Test(load_limit, table)
{
	histogram_record(&r.times.whole, 1500000);
	r.total.failed[FAIL_RESET] = 3;
	r.total.unmade = 9;
	char *text = told(report_print);
	has(text, "request to 198.18.0.1:80: 64 connections; 1 core, measured 10.00 s");
	has(text, "100/s opened, 100/s ended");
	has(text, "300/s in, 300/s out, 6.00 a connection; 0 sent again");
	has(text, "10.00 s, busy in 50 % of it: 5000.00 us or 10000000 TSC cycles a connection");
	has(text, "whole             1.500      1.500      1.500      1.500      1.500   (1)");
	has(text, "errors       3\n             3 reset by the peer\n");
	has(text, "9 were due and could not be begun");
	has(text, "limited by   the peer: ");
	cr_assert_null(strstr(text, "connect  "), "nothing was timed");
	free(text);
}

Test(load_limit, table_of_held_connections)
{
	plan.mode = LOAD_HOLD;
	char *text = told(report_print);
	has(text, "opening      not all of 64 could be opened\n");
	free(text);
	r.opening = 0.5;
	text = told(report_print);
	has(text, "opening      64 in 0.50 s, 128/s\n");
	free(text);
}

Test(load_limit, json)
{
	histogram_record(&r.times.connect, 1500000);
	r.total.failed[FAIL_CUT] = 2;
	char *text = told(report_json);
	has(text, "\"mode\": \"request\"");
	has(text, "\"per_second\": 100.000");
	has(text, "\"cut\": 2");
	has(text, "\"connect\": {\"count\": 1, \"mean\": 1500000, \"min\": 1500000, \"p50\": 1500000,");
	has(text, "\"cycles_each\": 10000000.0");
	has(text, "\"limited_by\": \"the peer\"");
	free(text);
}

/* As many numbers as names. */
Test(load_limit, csv)
{
	const struct second s = {.at = 1, .phase = "measure", .delta = {.opened = 5, .failed = {[FAIL_OTHER] = 8}}, .open = 3};
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	report_csv_begin(f);
	report_csv(&s, f);
	fclose(f);
	char *line = strchr(text, '\n') + 1;
	size_t names = 0, numbers = 0;
	for (char *c = text; c < line; c++)
		names += *c == ',';
	for (char *c = line; *c != '\0'; c++)
		numbers += *c == ',';
	cr_assert_eq(names, numbers);
	cr_assert_str_eq(line, "1.000,measure,0,5,0,0,0,0,0,3,0,0,0,0,0,0,0,0,0,8\n");
	free(text);
}
