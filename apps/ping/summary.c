/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <math.h>
#include "summary.h"

void
summary_answer(struct summary *s, uint64_t rtt_ns)
{
	double ms = (double)rtt_ns / 1e6;

	s->min_ns = s->received == 0 || rtt_ns < s->min_ns ? rtt_ns : s->min_ns;
	s->max_ns = rtt_ns > s->max_ns ? rtt_ns : s->max_ns;
	s->sum += ms;
	s->squares += ms * ms;
	s->received++;
}

void
summary_print(const struct summary *s, const char *to, uint64_t elapsed, FILE *out)
{
	double n = (double)s->received;

	fprintf(out, "\n--- %s ping statistics ---\n%" PRIu64 " packets transmitted, %" PRIu64 " received, ", to,
		s->sent, s->received);
	if (s->errors > 0)
		fprintf(out, "+%" PRIu64 " errors, ", s->errors);
	fprintf(out, "%.4g%% packet loss, time %" PRIu64 "ms\n",
		s->sent > 0 ? 100.0 * (double)(s->sent - s->received) / (double)s->sent : 0.0, elapsed / 1000000);
	if (s->received == 0)
		return;
	double mean = s->sum / n, variance = s->squares / n - mean * mean;
	fprintf(out, "rtt min/avg/max/mdev = %.3f/%.3f/%.3f/%.3f ms\n", (double)s->min_ns / 1e6, mean,
		(double)s->max_ns / 1e6, variance > 0 ? sqrt(variance) : 0.0);
}
