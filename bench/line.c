/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdatomic.h>
#include <stdint.h>
#include <rte_cycles.h>
#include <rte_launch.h>
#include "line.h"

/* Of many short batches one is not interrupted on either side. */
enum { BATCHES = 64, ROUNDS = 500 };

struct ball {
	_Alignas(128) _Atomic uint32_t at; /* odd: on its way there; even: back */
};

static void
wait_for(struct ball *b, uint32_t at)
{
	while (atomic_load_explicit(&b->at, memory_order_acquire) != at)
		;
}

static int
return_it(void *ball)
{
	for (uint32_t i = 0; i < BATCHES * ROUNDS; i++) {
		wait_for(ball, 2 * i + 1);
		atomic_store_explicit(&((struct ball *)ball)->at, 2 * i + 2, memory_order_release);
	}
	return 0;
}

double
line_round_trip(unsigned lcore)
{
	struct ball ball = {.at = 0};
	uint64_t least = UINT64_MAX;

	if (rte_eal_remote_launch(return_it, &ball, lcore) != 0)
		return NAN;
	for (uint32_t i = 0; i < BATCHES * ROUNDS;) {
		uint64_t start = rte_rdtsc(), took;
		for (uint32_t end = i + ROUNDS; i < end; i++) {
			atomic_store_explicit(&ball.at, 2 * i + 1, memory_order_release);
			wait_for(&ball, 2 * i + 2);
		}
		took = rte_rdtsc() - start;
		least = took < least ? took : least;
	}
	rte_eal_wait_lcore(lcore);
	return (double)least / ROUNDS;
}
