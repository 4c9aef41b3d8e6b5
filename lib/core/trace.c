/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>
#include "core/trace.h"

struct trace *
trace_create(uint32_t size)
{
	struct trace *t = calloc(1, sizeof(*t) + (size_t)size * sizeof(struct trace_rec));

	if (t != NULL)
		t->size = size;
	return t;
}

static struct trace_rec *
next(struct core *core, const struct tuple *t, enum trace_kind kind)
{
	struct trace *trace = core->trace;
	struct trace_rec *r = &trace->recs[trace->written++ % trace->size];

	memset(r, 0, sizeof(*r));
	r->time = core->now;
	r->tuple = *t;
	r->kind = (uint8_t)kind;
	return r;
}

void
trace_segment(struct core *core, enum trace_kind kind, const struct tcp_seg *seg, const uint8_t *opts,
	uint32_t opts_len, bool resent)
{
	struct trace_rec *r = next(core, &seg->tuple, kind);

	r->flags = seg->flags;
	r->seq = seg->seq;
	r->ack = seg->ack;
	r->len = seg->len;
	r->wnd = seg->wnd;
	r->resent = resent;
	r->opts_len = (uint8_t)RTE_MIN(opts_len, (uint32_t)TCP_OPTS_MAX);
	memcpy(r->opts, opts, r->opts_len);
}

void
trace_state(struct core *core, const struct tuple *t, uint8_t from, uint8_t to)
{
	struct trace_rec *r = next(core, t, TRACE_STATE);

	r->from = from;
	r->to = to;
}

void
trace_note(struct core *core, const struct tuple *t, enum trace_note note, uint32_t value)
{
	struct trace_rec *r = next(core, t, TRACE_NOTE);

	r->from = (uint8_t)note;
	r->seq = value;
}
