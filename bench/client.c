/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The client of `handshakes` alone, against an HTTP server in another process: connects, asks for
 * one page with Connection: close, reads it all, closes. Prints connections per second, and how long they
 * took from connect to the end of the page.
 *
 *   client [EAL options] -- [leat options] -t A:PORT [-c CONCURRENCY] [-s SECONDS]
 */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <leat/leat.h>

enum { BINS = 512, PER_OCTAVE = 16 }; /* of the times: sixteen to a doubling, from 1 µs on */

struct client {
	struct leat_core *core;
	uint64_t times[BINS];
	struct leat_endpoint to;
	char request[128];
	uint64_t done, failed, bytes;
};

/* One of the connections that are under way at the same time. */
struct slot {
	struct client *client;
	uint64_t since; /* nanoseconds */
};

static void
say(struct leat_conn *c, void *user)
{
	const struct client *b = ((struct slot *)user)->client;

	leat_tcp_send(c, b->request, strlen(b->request));
}

static void
take(struct leat_conn *c, struct leat_rx *rx, void *user)
{
	struct client *b = ((struct slot *)user)->client;

	b->bytes += leat_rx_size(rx);
	leat_tcp_consume(c, leat_rx_size(rx));
}

static void open_one(struct client *b, struct slot *s);

static void
note_time(struct client *b, uint64_t ns)
{
	int bin = ns <= 1000 ? 0 : (int)(log2((double)ns / 1000) * PER_OCTAVE);

	b->times[bin < BINS ? bin : BINS - 1]++;
}

/* In milliseconds: so many of a thousand took no longer. */
static double
percentile(const struct client *b, uint64_t of_1000)
{
	uint64_t all = 0, seen = 0;

	for (int i = 0; i < BINS; i++)
		all += b->times[i];
	for (int i = 0; i < BINS; i++) {
		seen += b->times[i];
		if (all > 0 && seen * 1000 >= all * of_1000)
			return exp2((double)(i + 1) / PER_OCTAVE) / 1000;
	}
	return 0;
}

static void
hang_up(struct leat_conn *c, void *user)
{
	struct slot *s = user;

	note_time(s->client, leat_core_now(s->client->core) - s->since);
	leat_tcp_close(c);
}

static void
count_one(struct leat_conn *c, int reason, void *user)
{
	struct slot *s = user;
	struct client *b = s->client;

	(void)c;
	if (reason == 0)
		b->done++;
	else
		b->failed++;
	open_one(b, s);
}

static const struct leat_tcp_events events = {
	.on_open = say, .on_data = take, .on_peer_closed = hang_up, .on_closed = count_one,
};

static void
open_one(struct client *b, struct slot *s)
{
	struct leat_conn *c;

	*s = (struct slot){.client = b, .since = leat_core_now(b->core)};
	if (leat_tcp_connect(b->core, NULL, &b->to, &events, s, &c) < 0)
		b->failed++;
}

static double
seconds_of(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int
usage(const char *why)
{
	fprintf(stderr, "client: %s\nusage: client [EAL options] -- [leat options] -t A:PORT [-c CONCURRENCY] [-s SECONDS]\n",
		why);
	return 2;
}

/* Runs for so long, and prints what it came to. */
static void
run(struct client *b, double seconds)
{
	uint64_t done = b->done, bytes = b->bytes;

	memset(b->times, 0, sizeof(b->times));
	double wall = seconds_of(CLOCK_MONOTONIC), cpu = seconds_of(CLOCK_THREAD_CPUTIME_ID), now;

	do {
		for (int i = 0; i < 256; i++)
			leat_core_poll(b->core);
		now = seconds_of(CLOCK_MONOTONIC);
	} while (now - wall < seconds);
	cpu = seconds_of(CLOCK_THREAD_CPUTIME_ID) - cpu;
	double n = (double)(b->done - done);
	printf("%.0f connections/s over %.2f s (%.0f per CPU-second of this client), %.1f MB, %llu failed\n", n / (now - wall),
		now - wall, n / cpu, (double)(b->bytes - bytes) / 1e6, (unsigned long long)b->failed);
	printf("connect to end of page: median %.2f ms, p99 %.2f ms, p99.9 %.2f ms, longest %.2f ms\n", percentile(b, 500),
		percentile(b, 990), percentile(b, 999), percentile(b, 1000));
}

int
main(int argc, char **argv)
{
	static struct client b;
	struct leat_config config;
	struct leat_error error;
	unsigned concurrency = 64;
	double seconds = 5;
	int option, n = leat_init(argc, argv);

	if (n < 0)
		return 1;
	argc -= n;
	argv += n;
	leat_config_init(&config);
	config.idle = LEAT_IDLE_SPIN;
	config.tcp.msl = 1000000;
	if (leat_config_args(&config, &argc, argv, NULL, &error) < 0)
		return usage(error.text);
	while ((option = getopt(argc, argv, "t:c:s:")) != -1)
		if (option == 't' && leat_endpoint_parse(optarg, &b.to) < 0)
			return usage("-t takes an address and a port, as 198.18.0.1:80");
		else if (option == 'c')
			concurrency = (unsigned)atoi(optarg);
		else if (option == 's')
			seconds = atof(optarg);
		else if (option == '?')
			return usage("an option that is not known");
	if (b.to.port == 0)
		return usage("-t is missing");
	struct leat *leat = leat_create(&config, &error);
	if (leat == NULL)
		return usage(error.text);
	b.core = leat_core(leat, 0);
	snprintf(b.request, sizeof(b.request), "GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n");
	struct slot *slots = calloc(concurrency, sizeof(*slots));
	if (slots == NULL || concurrency == 0)
		return usage("-c takes a number of connections");
	open_one(&b, &slots[0]); /* brings the neighbour, for whom only a few packets may wait */
	while (b.done == 0 && b.failed == 0)
		leat_core_poll(b.core);
	for (unsigned i = 1; i < concurrency; i++)
		open_one(&b, &slots[i]);
	run(&b, seconds / 5); /* warm-up */
	run(&b, seconds);
	uint64_t failed = b.failed; /* what is still under way is broken off now */
	leat_destroy(leat);
	free(slots);
	return failed > 0;
}
