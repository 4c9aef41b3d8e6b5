/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stddef.h>
#include "tally.h"

const struct failure_text failure_texts[FAILURES] = {
	[FAIL_REFUSED] = {"refused", "connection refused"},
	[FAIL_RESET] = {"reset", "reset by the peer"},
	[FAIL_TIMEOUT] = {"timeout", "timed out"},
	[FAIL_UNREACHABLE] = {"unreachable", "unreachable"},
	[FAIL_CUT] = {"cut", "closed by the peer before the answer was complete"},
	[FAIL_ANSWER] = {"bad_answer", "what came was no answer"},
	[FAIL_STATUS] = {"status", "answered with an error (4xx, 5xx)"},
	[FAIL_PORTS] = {"ports", "no local port was free"},
	[FAIL_MEMORY] = {"memory", "leat was out of memory or control blocks"},
	[FAIL_OTHER] = {"other", "something else"},
};

enum failure
failure_of(int error)
{
	switch (error) {
	case ECONNREFUSED:
		return FAIL_REFUSED;
	case ECONNRESET:
		return FAIL_RESET;
	case ETIMEDOUT:
		return FAIL_TIMEOUT;
	case EHOSTUNREACH:
	case ENETUNREACH:
		return FAIL_UNREACHABLE;
	case EADDRNOTAVAIL:
	case EADDRINUSE:
		return FAIL_PORTS;
	case ENOMEM:
	case ENOBUFS:
		return FAIL_MEMORY;
	default:
		return FAIL_OTHER;
	}
}

void
tally_add(struct tally *t, const struct tally *other, int sign)
{
	/* All its members are counters. */
	uint64_t *to = (uint64_t *)t;
	const uint64_t *from = (const uint64_t *)other;

	for (size_t i = 0; i < sizeof(*t) / sizeof(*to); i++)
		to[i] += sign > 0 ? from[i] : -from[i];
}
