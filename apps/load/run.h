/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LOAD_RUN_H
#define LOAD_RUN_H
/* One run on all cores of an instance: a thread each, and what they counted, put together. */
#include <stdatomic.h>
#include <leat/leat.h>
#include "gen.h"
#include "result.h"

enum { RUN_CORES = 64 };

/* What one thread has to itself. */
struct worker {
	struct gen gen;
	struct run *run;
	uint64_t cpu_from, cpu_to;         /* ns */
	uint64_t cycles, busy;             /* TSC, of the measured part: all, and in turns that found work */
	uint64_t last;                     /* TSC at the end of the last turn */
	uint32_t open_at_end;
	uint64_t reported;                 /* core 0: when the last line was printed, */
	enum gen_phase reported_phase;     /*         and what phase began there, or went on */
	struct tally before;               /* core 0: what the lines so far told, of all cores */
};

struct run {
	const struct plan *plan;
	struct leat *leat;
	FILE *csv;                         /* or NULL */
	unsigned cores;
	uint64_t begun;
	struct stack_counts from, to;      /* when the first core began to measure, and the last ended */
	_Atomic bool stop;
	_Atomic unsigned begin, end;       /* cores that have begun to measure, and ended */
	_Atomic unsigned done;             /* generators that have done; the cores go on turning until all have */
	struct worker *workers[RUN_CORES];
};

/*
 * Prepares a run on all cores of an instance, which nobody polls. 0, -ENOMEM, or -E2BIG: there is no lcore for each
 * core (EAL's -l).
 */
int run_open(struct run *r, const struct plan *plan, struct leat *leat);

/* Runs it to its end, core 0 in this thread. */
void run_all(struct run *r);

/* Ends it early, as if its time were over. Any thread, also a signal handler. */
void run_stop(struct run *r);

/* What came of it. out->times is large: not on a stack. */
void run_result(const struct run *r, struct result *out);

/* The target, and why, if the first connection to it failed; NULL if none did. */
const struct target *run_gave_up(const struct run *r, enum failure *why);

/* Before leat_destroy(). */
void run_close(struct run *r);

/* Of the calling thread, ns. */
uint64_t thread_cpu(void);

#endif
