/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CORE_TRACE_H
#define CORE_TRACE_H
/*
 * The connection event trace: a ring of fixed records, the newest kept. Off = core->trace is NULL,
 * and the hooks below are one predicted branch.
 */
#include <stdbool.h>
#include <stdint.h>
#include "core/core.h"
#include "wire/tcp.h"

enum trace_kind {
	TRACE_SEG_IN,   /* a segment came in (seen by tcp, checksum good) */
	TRACE_SEG_OUT,  /* a segment was sent */
	TRACE_STATE,    /* the connection changed its state */
	TRACE_NOTE,     /* something else worth a line: see note */
};

enum trace_note {
	TRACE_RTO, TRACE_FAST_RETRANSMIT, TRACE_PERSIST, TRACE_DELAYED_ACK, TRACE_KEEPALIVE,
	TRACE_CHALLENGE, TRACE_DROPPED /* value: enum counter */, TRACE_ICMP /* value: errno */,
	TRACE_GIVE_UP /* value: errno */,
	TRACE_PMTU /* value: bytes */, TRACE_MTU_TRIAL /* value: payload bytes of a segment */, TRACE_TLP, TRACE_UNDONE,
	TRACE_ECN,
};

struct trace_rec {
	uint64_t time;            /* nanoseconds of the core's clock */
	struct tuple tuple;       /* local = ours */
	uint8_t kind;             /* enum trace_kind */
	uint8_t flags;            /* segments: TCP flags */
	uint8_t from, to;         /* states: enum leat_tcp_state; notes: from = enum trace_note */
	bool resent;              /* segments out: (partly) sent before */
	uint32_t seq, ack, len;   /* segments; notes: seq = value */
	uint16_t wnd;
	uint8_t opts_len;
	uint8_t opts[TCP_OPTS_MAX]; /* as on the wire */
};

struct trace {
	uint64_t written;         /* records ever; the newest is (written - 1) % size */
	uint32_t size;
	struct trace_rec recs[];
};

/* A trace of size records on the heap; NULL when memory ran out. free() it. */
struct trace *trace_create(uint32_t size);

/* seg: what is sent or came in (seq, ack, len, wnd, flags, tuple); opts: len bytes of option text. */
void trace_segment(struct core *core, enum trace_kind kind, const struct tcp_seg *seg, const uint8_t *opts,
	uint32_t opts_len, bool resent);
void trace_state(struct core *core, const struct tuple *t, uint8_t from, uint8_t to);
void trace_note(struct core *core, const struct tuple *t, enum trace_note note, uint32_t value);

/* if (trace_on(core)) trace_x(...): the arguments are not even computed when it is off. */
static inline bool
trace_on(const struct core *core)
{
	return unlikely(core->trace != NULL);
}

#endif
