/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_RUN_STORY_H
#define TESTS_RUN_STORY_H
/*
 * Trace records as a test tells them: what came in, what went out, what leat's state did. One
 * connection at a time, 192.0.2.1:80 here and 192.0.2.2:5000 there unless told otherwise. Both
 * sides' numbers count from ISS and IRS, near the top of the number space so that they wrap.
 */
#include <stdbool.h>
#include <leat/tcp.h>
#include "core/trace.h"

enum {
	ISS = 0xfffffff0,
	IRS = 0x7ffffff0,
	TS_US = 1000,
	TS_PEER = 777000,
	FIN = TCP_FIN,
	SYN = TCP_SYN,
	RST = TCP_RST,
	PSH = TCP_PSH,
	ACK = TCP_ACK,
};

struct told {
	uint8_t flags;
	uint32_t seq, ack; /* relative */
	uint32_t len;
	uint16_t wnd;      /* 0: 502 */
	bool resent;
	struct tcp_opts opts;
};

/* A trace of size records; free() it. Time begins at 5 s. */
void story_begin(uint32_t size);
struct trace *story_trace(void);
void story_end(void);

/* Which connection speaks from now on. */
void story_tuple(uint16_t local_port, uint16_t remote_port);

/* Lets time pass. */
void after_us(uint64_t us);

/* A segment tells only what matters: in(FLAGS, seq, ack, .len = …). The rest is 0. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
void story_segment(enum trace_kind kind, const struct told *told);
#define in(...) story_segment(TRACE_SEG_IN, &(struct told){__VA_ARGS__})
#define out(...) story_segment(TRACE_SEG_OUT, &(struct told){__VA_ARGS__})
void state(enum leat_tcp_state from, enum leat_tcp_state to);
void note(enum trace_note what, uint32_t value);

#endif
