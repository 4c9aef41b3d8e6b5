/* SPDX-License-Identifier: BSD-3-Clause */
/* A random one of many armed timers is moved, later or earlier, somewhere within ten seconds. */
#include <stdio.h>
#include <stdlib.h>
#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_timer.h>
#include "core/wheel.h"
#include "micro.h"

enum { TIMERS = 100000, BATCH = 32, TICKS = 100000 /* of 100 us */ };

struct timers {
	struct wheel wheel;
	struct wheel_node nodes[TIMERS];
	struct rte_timer theirs[TIMERS];
	uint64_t per_tick; /* TSC cycles */
};

static void
expire(struct rte_timer *timer, void *arg)
{
	(void)timer;
	(void)arg;
}

static void
arm_ours(void *arg)
{
	struct timers *t = arg;

	for (int i = 0; i < BATCH; i++) {
		uint64_t r = micro_random();
		wheel_arm(&t->wheel, &t->nodes[r % TIMERS], 1 + (uint32_t)(r >> 32) % TICKS);
	}
}

static void
arm_theirs(void *arg)
{
	struct timers *t = arg;

	for (int i = 0; i < BATCH; i++) {
		uint64_t r = micro_random();
		rte_timer_reset(&t->theirs[r % TIMERS], (1 + (r >> 32) % TICKS) * t->per_tick, SINGLE, rte_lcore_id(), expire, NULL);
	}
}

void
micro_wheel(const struct options *o)
{
	struct timers *t = calloc(1, sizeof(*t));
	char what[64];

	if (t == NULL || rte_timer_subsystem_init() < 0) {
		fprintf(stderr, "micro: no memory for timers\n");
		exit(1);
	}
	t->per_tick = rte_get_tsc_hz() / 10000;
	wheel_init(&t->wheel, 0);
	for (int i = 0; i < TIMERS; i++) {
		wheel_node_init(&t->nodes[i], WHEEL_TCB);
		rte_timer_init(&t->theirs[i]);
	}
	for (int i = 0; i < TIMERS; i++) {
		uint64_t ticks = 1 + micro_random() % TICKS;
		wheel_arm(&t->wheel, &t->nodes[i], (uint32_t)ticks);
		rte_timer_reset(&t->theirs[i], ticks * t->per_tick, SINGLE, rte_lcore_id(), expire, NULL);
	}
	snprintf(what, sizeof(what), "move one of %d timers", TIMERS);
	micro_compare(o, what, "cycles/timer", BATCH, arm_ours, "rte_timer", arm_theirs, t);
	rte_timer_subsystem_finalize();
	free(t);
}
