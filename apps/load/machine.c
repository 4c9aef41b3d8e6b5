/* SPDX-License-Identifier: BSD-3-Clause */
/* The result for programs: JSON at the end, CSV each second. */
#include "result.h"

static void
json_tally(const char *name, const struct tally *t, FILE *to)
{
	fprintf(to, "  \"%s\": {\"started\": %llu, \"opened\": %llu, \"ended\": %llu, \"requests\": %llu, \"answers\": %llu,\n"
		"    \"bytes_in\": %llu, \"bytes_out\": %llu, \"unmade\": %llu, \"broken_off\": %llu,\n    \"errors\": {",
		name, (unsigned long long)t->started, (unsigned long long)t->opened, (unsigned long long)t->ended,
		(unsigned long long)t->requests, (unsigned long long)t->answers, (unsigned long long)t->bytes_in,
		(unsigned long long)t->bytes_out, (unsigned long long)t->unmade, (unsigned long long)t->broken_off);
	for (int i = 0; i < FAILURES; i++)
		fprintf(to, "%s\"%s\": %llu", i > 0 ? ", " : "", failure_texts[i].key, (unsigned long long)t->failed[i]);
	fprintf(to, "}},\n");
}

static void
json_latency(const char *name, const struct histogram *h, const char *after, FILE *to)
{
	fprintf(to, "    \"%s\": {\"count\": %llu, \"mean\": %.0f, \"min\": %llu, \"p50\": %llu, \"p90\": %llu, \"p99\": %llu, "
		"\"p99.9\": %llu, \"max\": %llu}%s\n",
		name, (unsigned long long)h->count, histogram_mean(h), (unsigned long long)(h->count > 0 ? h->min : 0),
		(unsigned long long)histogram_at(h, 0.5), (unsigned long long)histogram_at(h, 0.9),
		(unsigned long long)histogram_at(h, 0.99), (unsigned long long)histogram_at(h, 0.999),
		(unsigned long long)histogram_at(h, 1), after);
}

void
report_json(const struct result *r, FILE *to)
{
	const struct plan *p = r->plan;
	struct limit limit = limit_of(r);
	double done = (double)result_done(r);

	fprintf(to, "{\n  \"mode\": \"%s\", \"udp\": %s, \"raw\": %s, \"targets\": [", load_mode_names[p->mode],
		p->udp ? "true" : "false", p->raw ? "true" : "false");
	for (unsigned i = 0; i < p->nb_targets; i++)
		fprintf(to, "%s\"%s\"", i > 0 ? ", " : "", p->targets[i].text);
	fprintf(to, "],\n  \"connections\": %u, \"pipeline\": %u, \"rate_asked\": %.3f, \"cores\": %u, \"seconds\": %.6f,\n",
		p->connections, p->pipeline, p->rate, r->cores, r->seconds);
	json_tally("measured", &r->measured, to);
	json_tally("total", &r->total, to);
	fprintf(to, "  \"unit\": \"%s\", \"done\": %.0f, \"per_second\": %.3f, \"open_at_end\": %u, \"opening_seconds\": %.6f,\n",
		result_unit(p), done, result_per_second(r, result_done(r)), r->open, r->opening);
	fprintf(to, "  \"packets_in\": %llu, \"packets_out\": %llu, \"retransmits\": %llu, \"retransmission_timeouts\": %llu,\n",
		(unsigned long long)r->stack.segs_in, (unsigned long long)r->stack.segs_out,
		(unsigned long long)r->stack.retransmits, (unsigned long long)r->stack.timeouts);
	fprintf(to, "  \"cpu_seconds\": %.6f, \"busy\": %.4f, \"tsc_hz\": %.0f, \"cycles_each\": %.1f,\n", r->cpu, r->busy, r->hz,
		result_cycles(r));
	fprintf(to, "  \"latency_ns\": {\n");
	json_latency("connect", &r->times.connect, ",", to);
	json_latency("first_byte", &r->times.first, ",", to);
	json_latency("whole", &r->times.whole, "", to);
	fprintf(to, "  },\n  \"limited_by\": \"%s\", \"limited_how\": \"%s\"\n}\n", limit.what, limit.why);
}

void
report_csv_begin(FILE *to)
{
	fprintf(to, "seconds,phase,started,opened,ended,requests,answers,bytes_in,bytes_out,open");
	for (int i = 0; i < FAILURES; i++)
		fprintf(to, ",%s", failure_texts[i].key);
	fputc('\n', to);
}

void
report_csv(const struct second *s, FILE *to)
{
	const struct tally *t = &s->delta;

	fprintf(to, "%.3f,%s,%llu,%llu,%llu,%llu,%llu,%llu,%llu,%u", s->at, s->phase, (unsigned long long)t->started,
		(unsigned long long)t->opened, (unsigned long long)t->ended, (unsigned long long)t->requests,
		(unsigned long long)t->answers, (unsigned long long)t->bytes_in, (unsigned long long)t->bytes_out, s->open);
	for (int i = 0; i < FAILURES; i++)
		fprintf(to, ",%llu", (unsigned long long)t->failed[i]);
	fputc('\n', to);
}
