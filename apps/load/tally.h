/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LOAD_TALLY_H
#define LOAD_TALLY_H
/* What a core counts while it runs. Written by the core alone, read by whoever prints. */
#include <stdint.h>
#include "common/histogram.h"

/* Why something failed. */
enum failure {
	FAIL_REFUSED,     /* a RST answered our SYN, or ICMP says that nobody has the port */
	FAIL_RESET,       /* a RST later */
	FAIL_TIMEOUT,     /* nothing came for --timeout, or TCP gave up */
	FAIL_UNREACHABLE, /* no route, no neighbour, ICMP says so */
	FAIL_CUT,         /* closed by the peer in the middle of an answer, or before it */
	FAIL_ANSWER,      /* what came is no answer to what was asked */
	FAIL_STATUS,      /* HTTP 4xx or 5xx */
	FAIL_PORTS,       /* no local port was free */
	FAIL_MEMORY,      /* leat had no control block or no memory */
	FAIL_OTHER,
	FAILURES,
};

struct failure_text {
	const char *key;  /* in --json */
	const char *text; /* in the table */
};

extern const struct failure_text failure_texts[FAILURES];

/* The kind of an errno that on_closed or leat_tcp_connect() gave. */
enum failure failure_of(int error);

struct tally {
	uint64_t started;   /* connections that were begun */
	uint64_t opened;    /* that opened */
	uint64_t ended;     /* that ended as they should */
	uint64_t requests;  /* sent */
	uint64_t answers;   /* complete and good */
	uint64_t bytes_in;  /* of payload, HTTP heads included */
	uint64_t bytes_out; /* stream: acknowledged by the peer; else sent */
	uint64_t unmade;    /* starts of an open loop that were due and not made when the time was over */
	uint64_t broken_off; /* connections still at work when the run was over */
	uint64_t failed[FAILURES];
};

static inline uint64_t
tally_failed(const struct tally *t)
{
	uint64_t n = 0;

	for (int i = 0; i < FAILURES; i++)
		n += t->failed[i];
	return n;
}

/* t += sign * other */
void tally_add(struct tally *t, const struct tally *other, int sign);

/* Latencies in nanoseconds. */
struct latencies {
	struct histogram connect; /* from when it was to be opened until it was open */
	struct histogram first;   /* from when a request was to be sent until the first byte of its answer */
	struct histogram whole;   /* until its last byte; without requests: until the connection ended */
};

#endif
