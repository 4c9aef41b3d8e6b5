/* SPDX-License-Identifier: BSD-3-Clause */
/* leat-load --kernel-client: the kernel's client alone, for a server in another process or network namespace. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "compare.h"
#include "kernel.h"

enum { MIN_MS = 10, MAX_MS = 60000 };

static double
cpu_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
mark(void *arg, bool begins)
{
	double *cpu = arg;

	*cpu = begins ? cpu_seconds() : cpu_seconds() - *cpu;
}

/* A whole number from min to max, or -1. */
static long
number(const char *text, long min, long max)
{
	char *end;
	long value = strtol(text, &end, 10);

	return end != text && *end == '\0' && text[0] >= '0' && text[0] <= '9' && value >= min && value <= max ? value : -1;
}

static int
usage(const char *why)
{
	fprintf(stderr, "leat-load: --kernel-client: %s; it takes PORT, ADDRESS, MILLISECONDS (10 to 60000) and connections at "
			"a time (1 to 10000), and nothing else\n", why);
	return 1;
}

int
kernel_client_main(int argc, char **argv)
{
	static struct kernel_client c; /* its histogram is no guest for a stack */
	double cpu = 0;

	if (argc != 6)
		return usage("four arguments are wanted");
	long port = number(argv[2], 1, 65535), ms = number(argv[4], MIN_MS, MAX_MS), n = number(argv[5], 1, 10000);
	c = (struct kernel_client){.port = (uint16_t)port, .duration = (uint64_t)ms * 1000000, .connections = (unsigned)n,
		.marks = mark, .arg = &cpu};
	if (port < 0 || ms < 0 || n < 0)
		return usage("a number is not in its range");
	if (inet_pton(AF_INET, argv[3], &c.address) != 1)
		return usage("the address is no IPv4 address");
	int rc = kernel_client_run(&c);
	if (rc < 0) {
		fprintf(stderr, "leat-load: --kernel-client: %s:%s: %s\n", argv[3], argv[2], strerror(-rc));
		return 1;
	}
	printf("{\"done\": %llu, \"failed\": %llu, \"seconds\": %.6f, \"cpu_seconds\": %.6f, \"p50_ns\": %llu, \"p99_ns\": %llu}\n",
		(unsigned long long)c.done, (unsigned long long)c.failed, c.seconds, cpu,
		(unsigned long long)histogram_at(&c.times, 0.5), (unsigned long long)histogram_at(&c.times, 0.99));
	return c.done == 0;
}
