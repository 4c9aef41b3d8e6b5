/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PING_SUMMARY_H
#define PING_SUMMARY_H
/* What ping says at its end. */
#include <stdint.h>
#include <stdio.h>

/* All zero at the beginning. */
struct summary {
	uint64_t sent;
	uint64_t received;
	uint64_t errors;      /* somebody told that it did not arrive */
	uint64_t min_ns, max_ns;
	double sum, squares;  /* of the round-trip times, ms and ms² */
};

void summary_answer(struct summary *s, uint64_t rtt_ns);

/* elapsed: ns from the first request on. */
void summary_print(const struct summary *s, const char *to, uint64_t elapsed, FILE *out);

#endif
