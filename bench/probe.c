/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <rte_cycles.h>
#include "probe.h"

static const char message[64];

static void begin(struct probe *p);

static void
ask(struct leat_conn *c, void *user)
{
	(void)user;
	leat_tcp_send(c, message, sizeof(message));
}

static void
note(struct leat_conn *c, int reason, void *user)
{
	struct probe *p = user;
	uint64_t cycles = *p->clock - p->since;

	(void)c;
	p->failed += reason != 0;
	if (p->n < PROBES && !p->stopping)
		p->cycles[p->n++] = cycles > UINT32_MAX ? UINT32_MAX : (uint32_t)cycles;
	p->under_way = false;
	if (!p->stopping)
		begin(p);
}

static const struct leat_tcp_events events = {.on_open = ask, .on_data = pair_take, .on_peer_closed = pair_hang_up, .on_closed = note};

static void
begin(struct probe *p)
{
	struct leat_conn *c;

	p->since = *p->clock;
	p->under_way = leat_tcp_connect(leat_core(p->pair->client, 0), NULL, &p->pair->server_at, &events, p, &c) == 0;
	p->failed += !p->under_way;
}

void
probe_start(struct probe *p)
{
	p->stopping = false;
	begin(p);
}

void
probe_stop(struct probe *p)
{
	p->stopping = true;
	while (p->under_way)
		pair_poll(p->pair);
}

static int
by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

void
probe_conclude(struct probe *p, struct series *p99)
{
	if (p->n == 0 || p->failed > 0) {
		fprintf(stderr, "bench: of the connections that were timed %u ended, and %llu failed\n", p->n,
			(unsigned long long)p->failed);
		exit(1);
	}
	qsort(p->cycles, p->n, sizeof(p->cycles[0]), by_size);
	series_add(p99, p->cycles[(uint64_t)(p->n - 1) * 99 / 100] * 1e6 / (double)rte_get_tsc_hz());
	p->n = 0;
}
