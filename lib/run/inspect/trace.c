/* SPDX-License-Identifier: BSD-3-Clause */
/* `leat trace`: the ladders of the connections in a core's trace. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/number.h"
#include "core/trace.h"
#include "run/inspect/ask.h"
#include "ladder/ladder.h"
#include "run/run.h"

enum {
	STEP = 2048, /* records a call: a quarter of a megabyte */
};

/* The trace is copied in steps, oldest first, while the core goes on writing it. */
struct copy {
	bool off;
	uint32_t size;
	uint64_t written; /* when the copy began: how far it goes */
	uint64_t at;
	struct trace *trace;
};

static void
measure(struct leat_core *c, void *arg)
{
	const struct trace *from = core_of(c)->trace;
	struct copy *copy = arg;

	copy->off = from == NULL;
	if (copy->off)
		return;
	copy->written = from->written;
	copy->size = (uint32_t)RTE_MIN(from->written, (uint64_t)from->size);
	copy->at = copy->written - copy->size;
}

/*
 * A record keeps its place modulo the size. What the core overwrote meanwhile stays empty, and so
 * does everything when the trace was cleared: the ladder skips that.
 */
static void
step(struct leat_core *c, void *arg)
{
	const struct trace *from = core_of(c)->trace;
	struct copy *copy = arg;

	if (from == NULL || from->written < copy->written) {
		copy->at = copy->written;
		return;
	}
	uint64_t oldest = from->written > from->size ? from->written - from->size : 0;
	if (copy->at < oldest)
		copy->at = RTE_MIN(oldest, copy->written);
	for (unsigned i = 0; i < STEP && copy->at < copy->written; i++, copy->at++)
		copy->trace->recs[copy->at % copy->size] = from->recs[copy->at % from->size];
}

static void
clear(struct leat_core *c, void *arg)
{
	struct trace *trace = core_of(c)->trace;

	if (trace != NULL)
		trace->written = 0;
	*(bool *)arg = trace == NULL;
}

static int
is_off(struct ask *a)
{
	return ask_fail(a, "the trace is off (start the program with --set trace=65536 to keep that many records)");
}

static int
take(struct ask *a, unsigned core, struct copy *copy)
{
	if (ask_core(a, core, measure, copy) < 0)
		return -1;
	if (copy->off)
		return is_off(a);
	copy->trace = trace_create(RTE_MAX(copy->size, 1u));
	if (copy->trace == NULL)
		return ask_fail(a, "no memory for a copy of %" PRIu32 " records", copy->size);
	copy->trace->written = copy->written;
	while (copy->at < copy->written)
		if (ask_core(a, core, step, copy) < 0)
			return -1;
	return 0;
}

static int
show(struct ask *a, const struct ladder_filter *filter)
{
	for (unsigned i = 0; i < leat_core_count(a->leat); i++) {
		struct copy copy = {0};
		int rc = take(a, i, &copy);
		if (rc == 0) {
			FILE *to = ask_begin(a);
			if (leat_core_count(a->leat) > 1)
				fprintf(to, "%score %u\n\n", i ? "\n" : "", i);
			ladder_print(copy.trace, filter, to);
		}
		free(copy.trace);
		if (rc < 0)
			return -1;
	}
	return 0;
}

static int
clear_all(struct ask *a)
{
	bool off = false;

	for (unsigned i = 0; i < leat_core_count(a->leat); i++)
		if (ask_core(a, i, clear, &off) < 0)
			return -1;
	if (off)
		return is_off(a);
	fputs("the trace is empty now\n", ask_begin(a));
	return 0;
}

/* A count, a peer, or both. */
static int
read_words(struct ask *a, struct ladder_filter *filter, struct leat_endpoint *peer, bool *clears)
{
	for (unsigned i = 1; i < a->nb_words; i++) {
		const char *w = a->words[i];
		uint64_t n;
		if (strcmp(w, "--clear") == 0) {
			*clears = true;
		} else if (number_parse(w, &n) == 0 && n > 0 && n <= UINT32_MAX) {
			filter->last = (unsigned)n;
		} else if (leat_endpoint_parse(w, peer) == 0 || leat_addr_parse(w, &peer->addr) == 0) {
			filter->remote = peer;
		} else {
			return ask_fail(a, "\"%s\" is no number of connections and no peer ADDRESS[:PORT]", w);
		}
	}
	return 0;
}

int
ask_trace(struct ask *a)
{
	struct ladder_filter filter = {0};
	struct leat_endpoint peer = {0};
	bool clears = false;

	if (read_words(a, &filter, &peer, &clears) < 0)
		return -1;
	return clears ? clear_all(a) : show(a, &filter);
}
