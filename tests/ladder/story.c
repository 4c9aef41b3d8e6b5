/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>
#include "story.h"

static struct core core;
static struct tuple tuple;

void
story_tuple(uint16_t local_port, uint16_t remote_port)
{
	struct leat_addr us = leat_ipv4(192, 0, 2, 1), peer = leat_ipv4(192, 0, 2, 2);

	memset(&tuple, 0, sizeof(tuple));
	tuple_make(&tuple, &us, local_port, &peer, remote_port);
}

void
story_begin(uint32_t size)
{
	core.trace = trace_create(size);
	core.now = 5000000000u;
	story_tuple(80, 5000);
}

struct trace *
story_trace(void)
{
	return core.trace;
}

void
story_end(void)
{
	free(core.trace);
	core.trace = NULL;
}

void
after_us(uint64_t us)
{
	core.now += us * 1000;
}

void
story_segment(enum trace_kind kind, const struct told *told)
{
	bool sent = kind == TRACE_SEG_OUT;
	struct tcp_seg seg = {.tuple = tuple, .flags = told->flags, .len = told->len};
	struct tcp_opts opts = told->opts;
	uint8_t text[TCP_OPTS_MAX];

	seg.seq = told->seq + (sent ? ISS : (uint32_t)IRS);
	if (told->flags & TCP_ACK)
		seg.ack = told->ack + (sent ? (uint32_t)IRS : ISS);
	seg.wnd = told->wnd ? told->wnd : 502;
	for (unsigned i = 0; i < opts.nb_sack; i++) {
		opts.sack[i].start += sent ? (uint32_t)IRS : ISS;
		opts.sack[i].end += sent ? (uint32_t)IRS : ISS;
	}
	trace_segment(&core, kind, &seg, text, tcp_opts_write(text, &opts), told->resent);
}

void
state(enum leat_tcp_state from, enum leat_tcp_state to)
{
	trace_state(&core, &tuple, (uint8_t)from, (uint8_t)to);
}

void
note(enum trace_note what, uint32_t value)
{
	trace_note(&core, &tuple, what, value);
}
