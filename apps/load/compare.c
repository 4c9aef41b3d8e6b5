/* SPDX-License-Identifier: BSD-3-Clause */
/* The two programs in leat-load that need no options: the comparison with the kernel, and its server. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "compare.h"
#include "kernel.h"

enum { ROUNDS = 3, MIN_MS = 50, MAX_MS = 60000, DEFAULT_MS = 600 };

enum { KERNEL, LEAT, SIDES };
enum { REQUEST, KEEPALIVE, WORKS };

/* What all rounds of one side at one work came to. */
struct column {
	double rate[ROUNDS], per_cpu[ROUNDS];
	uint64_t failed;
	struct histogram times;
};

static struct column columns[WORKS][SIDES];
static struct kernel_server server;

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
median(const double *values)
{
	double sorted[ROUNDS];

	memcpy(sorted, values, sizeof(sorted));
	qsort(sorted, ROUNDS, sizeof(sorted[0]), by_value);
	return sorted[ROUNDS / 2];
}

static int
play(int work, int side, int round, uint64_t duration)
{
	static struct side s;
	struct column *c = &columns[work][side];
	int rc = (side == KERNEL ? compare_kernel : compare_leat)(work == KEEPALIVE, duration / 4, duration, &s);

	if (rc < 0) {
		fprintf(stderr, "leat-load: %s: %s\n", side == KERNEL ? "the kernel's round" : "leat's round", strerror(-rc));
		return rc;
	}
	c->rate[round] = s.seconds > 0 ? (double)s.done / s.seconds : 0;
	c->per_cpu[round] = s.cpu > 0 ? (double)s.done / s.cpu : 0;
	c->failed += s.failed;
	histogram_add(&c->times, &s.times);
	return 0;
}

/* The ratio is how many times better leat is, whichever way is better. */
static void
print_row(const char *name, double kernel, double leat, bool more_is_better, int digits)
{
	double a = more_is_better ? leat : kernel, b = more_is_better ? kernel : leat;

	printf("  %-38s %14.*f %14.*f %9.1f\n", name, digits, kernel, digits, leat, b > 0 ? a / b : 0);
}

static void
print_work(const char *name, const char *unit, const struct column *sides)
{
	const struct column *k = &sides[KERNEL], *l = &sides[LEAT];
	char row[64];

	snprintf(row, sizeof(row), "%s a second", name);
	print_row(row, median(k->rate), median(l->rate), true, 0);
	print_row("  per second of CPU, both ends", median(k->per_cpu), median(l->per_cpu), true, 0);
	snprintf(row, sizeof(row), "  us of CPU a %s, both ends", unit);
	print_row(row, 1e6 / median(k->per_cpu), 1e6 / median(l->per_cpu), false, 2);
	print_row("  latency p50, us", (double)histogram_at(&k->times, 0.5) / 1e3, (double)histogram_at(&l->times, 0.5) / 1e3,
		false, 1);
	print_row("  latency p99, us", (double)histogram_at(&k->times, 0.99) / 1e3,
		(double)histogram_at(&l->times, 0.99) / 1e3, false, 1);
}

static uint64_t
print_table(double seconds)
{
	uint64_t failed = 0;

	printf("64 bytes asked, 64 answered; median of %d rounds of %.2g s\n\n", ROUNDS, seconds);
	printf("  %-38s %14s %14s %9s\n", "", "kernel", "leat", "leat is");
	print_work("connections", "connection", columns[REQUEST]);
	putchar('\n');
	print_work("requests on kept connections", "request", columns[KEEPALIVE]);
	for (int w = 0; w < WORKS; w++)
		for (int s = 0; s < SIDES; s++)
			failed += columns[w][s].failed;
	printf("\n  errors %llu. %d connections at a time, each for one request; %d kept ones. kernel: an epoll client and an\n"
	       "  epoll server, a thread each, over 127.0.0.1. leat: client and server in one thread, over two rings of DPDK.\n",
		(unsigned long long)failed, COMPARE_REQUESTS, COMPARE_KEPT);
	return failed;
}

static int
usage(const char *why)
{
	fprintf(stderr, "leat-load: %s; leat-load --compare kernel [MILLISECONDS] and leat-load --kernel-server PORT "
			"[ADDRESS] take nothing else (see --help)\n", why);
	return 1;
}

/* A whole number in the range; -1 otherwise. */
static long
number(const char *text, long min, long max)
{
	char *end;
	long value = strtol(text, &end, 10);

	return end != text && *end == '\0' && text[0] >= '0' && text[0] <= '9' && value >= min && value <= max ? value : -1;
}

int
compare_main(int argc, char **argv)
{
	long ms = argc == 4 ? number(argv[3], MIN_MS, MAX_MS) : DEFAULT_MS;
	int rc = 0;

	if (argc < 3 || strcmp(argv[2], "kernel") != 0)
		return usage("--compare: only \"kernel\" is there to compare with");
	if (argc > 4 || ms < 0)
		return usage("--compare kernel: a round's length is 50 to 60000 milliseconds");
	rc = compare_leat_open();
	uint64_t duration = (uint64_t)ms * 1000000;
	/* In turns, so that what else the machine does meets both. */
	for (int round = 0; round < ROUNDS && rc == 0; round++)
		for (int i = 0; i < WORKS * SIDES && rc == 0; i++)
			rc = play(i / SIDES, i % SIDES, round, duration);
	uint64_t failed = rc == 0 ? print_table((double)ms / 1000) : 0;
	compare_leat_close();
	return rc < 0 || failed > 0;
}

static void
on_signal(int number_)
{
	(void)number_;
	server.stop = true;
}

int
kernel_server_main(int argc, char **argv)
{
	struct sigaction stop = {.sa_handler = on_signal};
	long port = argc >= 3 ? number(argv[2], 1, 65535) : -1;
	const char *address = argc == 4 ? argv[3] : "0.0.0.0";

	if (port < 0 || argc > 4)
		return usage("--kernel-server: a port from 1 to 65535 is wanted");
	int rc = kernel_server_open(&server, address, (uint16_t)port);
	if (rc < 0) {
		fprintf(stderr, "leat-load: --kernel-server %s %s: %s\n", argv[2], address, strerror(-rc));
		return 1;
	}
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	fprintf(stderr, "leat-load: the kernel serves 64 bytes on %s:%u\n", address, server.port);
	kernel_server_run(&server);
	printf("leat-load: the kernel's server: %llu connections, %llu requests, %llu not accepted\n",
		(unsigned long long)server.accepted, (unsigned long long)server.requests, (unsigned long long)server.failed);
	kernel_server_close(&server);
	return 0;
}
