/* SPDX-License-Identifier: BSD-3-Clause */
/* The kernel's round: server and client in a thread each, over 127.0.0.1. */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include "compare.h"
#include "kernel.h"

struct round {
	struct kernel_server server;
	struct kernel_client client;
	pthread_t server_thread, client_thread;
	double cpu_from, cpu;
	int rc;
};

static double
cpu_of(pthread_t thread)
{
	struct timespec ts = {0};
	clockid_t clock;

	if (pthread_getcpuclockid(thread, &clock) == 0)
		clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
mark(void *arg, bool begins)
{
	struct round *r = arg;
	double cpu = cpu_of(r->server_thread) + cpu_of(r->client_thread);

	if (begins)
		r->cpu_from = cpu;
	else
		r->cpu = cpu - r->cpu_from;
}

static void *
serve(void *arg)
{
	kernel_server_run(&((struct round *)arg)->server);
	return NULL;
}

static void *
ask(void *arg)
{
	struct round *r = arg;

	r->client_thread = pthread_self();
	r->rc = kernel_client_run(&r->client);
	return NULL;
}

int
compare_kernel(bool keep, uint64_t warmup, uint64_t duration, struct side *out)
{
	static struct round r; /* its histogram is no guest for a stack */
	pthread_t client;

	memset(&r, 0, sizeof(r));
	int rc = kernel_server_open(&r.server, "127.0.0.1", 0);
	if (rc < 0)
		return rc;
	r.client = (struct kernel_client){.port = r.server.port, .keep = keep, .warmup = warmup, .duration = duration,
		.connections = keep ? COMPARE_KEPT : COMPARE_REQUESTS, .marks = mark, .arg = &r};
	rc = -pthread_create(&r.server_thread, NULL, serve, &r);
	if (rc == 0) {
		rc = -pthread_create(&client, NULL, ask, &r);
		if (rc == 0)
			pthread_join(client, NULL);
		r.server.stop = true;
		pthread_join(r.server_thread, NULL);
	}
	*out = (struct side){.seconds = r.client.seconds, .cpu = r.cpu, .done = r.client.done,
		.failed = r.client.failed + r.server.failed, .times = r.client.times};
	kernel_server_close(&r.server);
	return rc < 0 ? rc : r.rc;
}
