/* SPDX-License-Identifier: BSD-3-Clause */
/* `leat ss`: every connection, as `ss -tni` shows them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "run/inspect/ask.h"
#include "run/run.h"
#include "tcp/tcp.h"

enum {
	STEP = 256, /* buckets a call: at most 2048 entries, well below a millisecond */
};

struct ss {
	struct ask *ask;
	bool listeners, all, json;
	struct leat_endpoint only; /* family LEAT_UNSPEC: any address; port 0: any port */
	struct tcp_walk at;
	bool more, no_memory;
	struct leat_tcp_info *found; /* by one step */
	size_t n, room;
	uint64_t shown;
};

static bool
is_end(const struct leat_endpoint *e, const struct leat_endpoint *only)
{
	return (only->port == 0 || only->port == e->port) &&
		(only->addr.family == LEAT_UNSPEC || leat_addr_equal(&only->addr, &e->addr));
}

/* On the core: keeps what is asked for; it is written out later, by the thread that asks. */
static bool
keep(const struct leat_tcp_info *i, void *arg)
{
	struct ss *s = arg;

	if (!s->all && (i->state == LEAT_TCP_LISTEN) != s->listeners)
		return true;
	if (!is_end(&i->local, &s->only) && !is_end(&i->remote, &s->only))
		return true;
	if (s->n == s->room) {
		size_t room = s->room ? 2 * s->room : STEP * DEMUX_WAYS;
		struct leat_tcp_info *found = realloc(s->found, room * sizeof(*found));
		if (found == NULL) {
			s->no_memory = true;
			return false;
		}
		s->found = found;
		s->room = room;
	}
	s->found[s->n++] = *i;
	return true;
}

static void
step(struct leat_core *core, void *arg)
{
	struct ss *s = arg;

	s->more = tcp_walk_step(core_of(core), &s->at, STEP, keep, s);
}

static const char *
peer_text(const struct leat_tcp_info *i, char *buf, size_t size)
{
	return i->state == LEAT_TCP_LISTEN ? "*:*" : leat_endpoint_format(&i->remote, buf, size);
}

static const char *
local_text(const struct leat_tcp_info *i, char *buf, size_t size)
{
	if (i->local.addr.family != LEAT_UNSPEC && (i->local.addr.words[0] | i->local.addr.words[1]))
		return leat_endpoint_format(&i->local, buf, size);
	snprintf(buf, size, "*:%u", i->local.port);
	return buf;
}

/* What is counted, by name, as far as it is not zero in text. */
struct counted {
	const char *name;
	uint64_t value;
};

enum { COUNTED = 28 };

static unsigned
counted(const struct leat_tcp_info *i, struct counted out[COUNTED])
{
	const struct counted all[] = {
		{"segs_in", i->segs_in}, {"segs_out", i->segs_out}, {"data_segs_in", i->data_segs_in},
		{"data_segs_out", i->data_segs_out}, {"bytes_resent", i->bytes_resent}, {"timeouts", i->timeouts},
		{"recoveries", i->recoveries}, {"probes", i->probes}, {"undone", i->undone},
		{"dup_acks_in", i->dup_acks_in}, {"dsacks_in", i->dsacks_in}, {"dsacks_out", i->dsacks_out},
		{"ooo_in", i->ooo_in}, {"ce_in", i->ce_in}, {"marks", i->marks}, {"cwnd_max", i->cwnd_max},
		{"rtt_min_us", i->rtt_min_us}, {"rtt_max_us", i->rtt_max_us}, {"data_in_ms", i->data_in_ms},
		{"data_out_ms", i->data_out_ms}, {"ack_in_ms", i->ack_in_ms}, {"limited_app_us", i->limited_app_us},
		{"limited_cwnd_us", i->limited_cwnd_us}, {"limited_rwnd_us", i->limited_rwnd_us},
		{"limited_app", i->limited_app}, {"limited_cwnd", i->limited_cwnd}, {"limited_rwnd", i->limited_rwnd},
	};
	unsigned n = 0;

	_Static_assert(sizeof(all) / sizeof(all[0]) <= COUNTED, "more than there is room for");
	for (; n < sizeof(all) / sizeof(all[0]); n++)
		out[n] = all[n];
	return n;
}

static void
write_counted(FILE *to, const struct leat_tcp_info *i)
{
	struct counted all[COUNTED];
	unsigned n = counted(i, all);

	fputc('\t', to);
	for (unsigned k = 0, said = 0; k < n; k++)
		if (all[k].value != 0 && all[k].value != UINT32_MAX)
			fprintf(to, "%s%s:%" PRIu64, said++ ? " " : "", all[k].name, all[k].value);
	fputc('\n', to);
}

static void
write_detail(FILE *to, const struct leat_tcp_info *i)
{
	fprintf(to, "\t%s", i->congestion);
	if (i->timestamps)
		fputs(" ts", to);
	if (i->sack)
		fputs(" sack", to);
	if (i->ecn)
		fputs(" ecn", to);
	if (i->nodelay)
		fputs(" nodelay", to);
	if (i->snd_wscale || i->rcv_wscale)
		fprintf(to, " wscale:%u,%u", i->snd_wscale, i->rcv_wscale);
	fprintf(to, " rto:%" PRIu32 ".%03" PRIu32, i->rto_us / 1000, i->rto_us % 1000);
	if (i->srtt_us != 0)
		fprintf(to, " rtt:%" PRIu32 ".%03" PRIu32 "/%" PRIu32 ".%03" PRIu32, i->srtt_us / 1000,
			i->srtt_us % 1000, i->rttvar_us / 1000, i->rttvar_us % 1000);
	fprintf(to, " mss:%u cwnd:%" PRIu32, i->mss, i->cwnd);
	if (i->ssthresh != UINT32_MAX)
		fprintf(to, " ssthresh:%" PRIu32, i->ssthresh);
	if (i->pacing_rate != 0)
		fprintf(to, " pacing_rate:%" PRIu64, i->pacing_rate);
	fprintf(to, " bytes_in:%" PRIu64 " bytes_out:%" PRIu64, i->bytes_in, i->bytes_out);
	fprintf(to, " snd_wnd:%" PRIu32 " rcv_wnd:%" PRIu32, i->snd_wnd, i->rcv_wnd);
	if (i->in_flight)
		fprintf(to, " in_flight:%" PRIu32, i->in_flight);
	if (i->ooo)
		fprintf(to, " ooo:%" PRIu32, i->ooo);
	if (i->lost)
		fprintf(to, " lost:%" PRIu32, i->lost);
	if (i->sacked)
		fprintf(to, " sacked:%" PRIu32, i->sacked);
	if (strcmp(i->phase, "open") != 0)
		fprintf(to, " phase:%s", i->phase);
	if (i->min_rtt_us)
		fprintf(to, " minrtt:%" PRIu32 ".%03" PRIu32, i->min_rtt_us / 1000, i->min_rtt_us % 1000);
	fprintf(to, " age:%" PRIu64 ".%" PRIu64 "s", i->age_ms / 1000, i->age_ms / 100 % 10);
	fputc('\n', to);
	if (i->counted)
		write_counted(to, i);
}

static void
write_text(FILE *to, const struct leat_tcp_info *i)
{
	char local[LEAT_ENDPOINT_TEXT], remote[LEAT_ENDPOINT_TEXT];

	fprintf(to, "%-12s %7" PRIu32 " %7" PRIu32 "  %-24s %s", leat_tcp_state_name(i->state), i->rcv_queued,
		i->snd_queued, local_text(i, local, sizeof(local)), peer_text(i, remote, sizeof(remote)));
	if (i->timer[0] != '\0')
		fprintf(to, " timer:(%s,%" PRIu32 "ms,%u)", i->timer, i->timer_ms, i->backoff);
	if (i->retransmits)
		fprintf(to, " retrans:%u/%" PRIu32, i->backoff, i->retransmits);
	fputc('\n', to);
	/* Listeners, half-open and TIME-WAIT entries have no more to tell. */
	if (i->congestion[0] != '\0')
		write_detail(to, i);
}

static void
json_number(FILE *to, const char *name, uint64_t value)
{
	fprintf(to, ",\"%s\":%" PRIu64, name, value);
}

static void
json_bool(FILE *to, const char *name, bool value)
{
	fprintf(to, ",\"%s\":%s", name, value ? "true" : "false");
}

static void
json_text(FILE *to, const char *name, const char *value)
{
	fprintf(to, ",\"%s\":", name);
	json_string(to, value);
}

static void
json_counted(FILE *to, const struct leat_tcp_info *i)
{
	struct counted all[COUNTED];
	unsigned n = counted(i, all);

	fputs(",\"counted\":{", to);
	for (unsigned k = 0; k < n; k++)
		fprintf(to, "%s\"%s\":%" PRIu64, k > 0 ? "," : "", all[k].name, all[k].value);
	fputc('}', to);
}

/* What only a connection has. ssthresh null: not yet set. */
static void
json_connection(FILE *to, const struct leat_tcp_info *i)
{
	json_text(to, "congestion", i->congestion);
	json_text(to, "phase", i->phase);
	json_number(to, "cwnd", i->cwnd);
	if (i->ssthresh == UINT32_MAX)
		fputs(",\"ssthresh\":null", to);
	else
		json_number(to, "ssthresh", i->ssthresh);
	json_number(to, "mss", i->mss);
	json_number(to, "srtt_us", i->srtt_us);
	json_number(to, "rttvar_us", i->rttvar_us);
	json_number(to, "min_rtt_us", i->min_rtt_us);
	json_number(to, "rto_us", i->rto_us);
	json_number(to, "pacing_rate", i->pacing_rate);
	json_number(to, "in_flight", i->in_flight);
	json_number(to, "lost", i->lost);
	json_number(to, "sacked", i->sacked);
	json_number(to, "ooo", i->ooo);
	json_number(to, "snd_wnd", i->snd_wnd);
	json_number(to, "rcv_wnd", i->rcv_wnd);
	json_number(to, "snd_wscale", i->snd_wscale);
	json_number(to, "rcv_wscale", i->rcv_wscale);
	json_number(to, "snd_buf", i->snd_buf);
	json_number(to, "rcv_buf", i->rcv_buf);
	json_bool(to, "timestamps", i->timestamps);
	json_bool(to, "sack", i->sack);
	json_bool(to, "ecn", i->ecn);
	json_bool(to, "nodelay", i->nodelay);
	json_bool(to, "reordering", i->reordering);
	json_number(to, "bytes_in", i->bytes_in);
	json_number(to, "bytes_out", i->bytes_out);
	json_number(to, "age_ms", i->age_ms);
	if (i->counted)
		json_counted(to, i);
}

/* Times in microseconds and milliseconds as in struct leat_tcp_info. */
static void
write_json(FILE *to, const struct leat_tcp_info *i)
{
	char local[LEAT_ENDPOINT_TEXT], remote[LEAT_ENDPOINT_TEXT];

	fprintf(to, "{\"state\":\"%s\"", leat_tcp_state_name(i->state));
	json_text(to, "local", local_text(i, local, sizeof(local)));
	json_text(to, "remote", peer_text(i, remote, sizeof(remote)));
	json_number(to, "core", i->core);
	json_number(to, "rcv_queued", i->rcv_queued);
	json_number(to, "snd_queued", i->snd_queued);
	json_text(to, "timer", i->timer);
	json_number(to, "timer_ms", i->timer_ms);
	json_number(to, "backoff", i->backoff);
	json_number(to, "retransmits", i->retransmits);
	if (i->congestion[0] != '\0')
		json_connection(to, i);
	fputc('}', to);
}

static void
write_step(struct ss *s)
{
	FILE *to = ask_begin(s->ask);

	if (s->shown == 0 && s->n > 0 && !s->json)
		fprintf(to, "%-12s %7s %7s  %-24s %s\n", "State", "Recv-Q", "Send-Q", "Local", "Peer");
	for (size_t i = 0; i < s->n; i++, s->shown++) {
		if (s->json && s->shown > 0)
			fputs(",\n", to);
		(s->json ? write_json : write_text)(to, &s->found[i]);
	}
	s->n = 0;
}

static int
show_core(struct ss *s, unsigned core)
{
	memset(&s->at, 0, sizeof(s->at));
	do {
		if (ask_core(s->ask, core, step, s) < 0)
			return -1;
		if (s->no_memory)
			return ask_fail(s->ask, "no memory");
		if (s->json && !s->ask->begun)
			fputs("{\"connections\":[\n", ask_begin(s->ask));
		write_step(s);
	} while (s->more && !ferror(s->ask->to));
	return 0;
}

int
ask_ss(struct ask *a)
{
	struct ss s = {.ask = a};
	const struct ask_flag flags[] = {{"-l", &s.listeners}, {"-a", &s.all}, {"--json", &s.json}, {NULL, NULL}};
	const char *only = NULL;
	int rc = 0;

	if (ask_flags(a, flags, &only) < 0)
		return -1;
	if (only != NULL && leat_endpoint_parse(only, &s.only) < 0 && leat_addr_parse(only, &s.only.addr) < 0)
		return ask_fail(a, "\"%s\" is no address, ADDRESS:PORT or :PORT", only);
	for (unsigned i = 0; i < leat_core_count(a->leat) && rc == 0; i++)
		rc = show_core(&s, i);
	if (rc == 0 && s.json)
		fputs("\n]}\n", a->to);
	else if (rc == 0 && s.shown == 0)
		fprintf(a->to, "no %s\n", s.listeners ? "listener" : "connection");
	free(s.found);
	return rc;
}
