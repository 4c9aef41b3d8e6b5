/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_pause.h>
#include "run.h"

static const uint64_t SECOND = 1000 * MILLISECOND;

uint64_t
thread_cpu(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
}

static struct stack_counts
read_counts(const struct run *r)
{
	bool udp = r->plan->udp;

	return (struct stack_counts){
		.segs_in = leat_stat_value(r->leat, udp ? "udp_in" : "tcp_segs_in"),
		.segs_out = leat_stat_value(r->leat, udp ? "udp_out" : "tcp_segs_out"),
		.retransmits = leat_stat_value(r->leat, "tcp_retransmits"),
		.timeouts = leat_stat_value(r->leat, "tcp_rto"),
		.no_ports = leat_stat_value(r->leat, "tcp_ports_exhausted"),
		.tx_full = leat_stat_value(r->leat, "drop_tx_full") + leat_stat_value(r->leat, "drop_tx_refused"),
		.no_mbuf = leat_stat_value(r->leat, "drop_no_mbuf"),
	};
}

/* A tally that another thread may be writing: each number is one of a moment ago. */
static struct tally
peek(const struct tally *t)
{
	struct tally copy;
	uint64_t *to = (uint64_t *)&copy;
	const uint64_t *from = (const uint64_t *)t;

	for (size_t i = 0; i < sizeof(copy) / sizeof(*to); i++)
		to[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
	return copy;
}

static const char *
phase_name(enum gen_phase phase)
{
	static const char *const names[] = {"opening", "warm-up", "measure", "end"};

	return names[phase];
}

/* A line is of one phase; those of the end are one. */
static enum gen_phase
phase_told(enum gen_phase phase)
{
	return phase < GEN_DRAIN ? phase : GEN_DRAIN;
}

/* What core 0 counted until now; where the measured part just began or ended, until then: rows sum up to the result. */
static const struct tally *
tally_told(const struct worker *w)
{
	const struct gen *g = &w->gen;

	if (w->reported_phase < GEN_MEASURE && g->phase == GEN_MEASURE)
		return &g->from.tally;
	return w->reported_phase < GEN_DRAIN && g->phase >= GEN_DRAIN ? &g->to.tally : &g->tally;
}

/* From core 0, when a second is over or a phase, which is the one that the line is of. */
static void
tell(struct worker *w)
{
	struct run *r = w->run;
	struct second s = {.at = (double)(w->gen.now - r->begun) / 1e9, .phase = phase_name(w->reported_phase)};
	struct tally all = {0};

	for (unsigned i = 0; i < r->cores; i++) {
		struct gen *g = &r->workers[i]->gen;
		struct tally t = i == 0 ? *tally_told(w) : peek(&g->tally);
		tally_add(&all, &t, 1);
		s.open += g->nb_slots - __atomic_load_n(&g->nb_free, __ATOMIC_RELAXED);
	}
	s.delta = all;
	tally_add(&s.delta, &w->before, -1);
	w->before = all;
	w->reported = w->gen.now;
	w->reported_phase = phase_told(w->gen.phase);
	if (!r->plan->quiet)
		report_progress(r->plan, &s, stderr);
	if (r->csv != NULL) {
		report_csv(&s, r->csv);
		fflush(r->csv); /* somebody may be looking */
	}
}

/* What came since the last line, when all is over. */
static void
tell_rest(struct worker *w)
{
	struct tally all = {0};

	for (unsigned i = 0; i < w->run->cores; i++)
		tally_add(&all, &w->run->workers[i]->gen.tally, 1);
	if (memcmp(&all, &w->before, sizeof(all)) != 0)
		tell(w);
}

/* The measured part began: its clocks are read. */
static void
on_begin(struct worker *w)
{
	w->cycles = w->busy = 0;
	w->cpu_from = thread_cpu();
	if (atomic_fetch_add(&w->run->begin, 1) == 0) /* the first */
		w->run->from = read_counts(w->run);
}

static void
on_end(struct worker *w)
{
	w->cpu_to = thread_cpu();
	w->open_at_end = gen_active(&w->gen);
	if (atomic_fetch_add(&w->run->end, 1) == w->run->cores - 1) /* the last */
		w->run->to = read_counts(w->run);
}

/* The generator may have gone through several phases in one turn. */
static void
on_phase(struct worker *w, enum gen_phase from, enum gen_phase to)
{
	if (from < GEN_MEASURE && to >= GEN_MEASURE)
		on_begin(w);
	if (from <= GEN_MEASURE && to > GEN_MEASURE)
		on_end(w);
}

/* Sleeps if leat may: until a packet comes or something is due. */
static void
rest(struct worker *w)
{
	uint64_t next = gen_next(&w->gen);

	if (leat_instance_config(w->run->leat)->idle == LEAT_IDLE_SPIN)
		rte_pause();
	else if (next > w->gen.now)
		leat_core_wait(w->gen.core, next - w->gen.now < SECOND ? next - w->gen.now : MILLISECOND);
}

/* One turn of a core, and of its generator. */
static void
turn(struct worker *w)
{
	struct gen *g = &w->gen;
	enum gen_phase phase = g->phase;
	unsigned n = leat_core_poll(g->core);

	n += gen_turn(g);
	if (atomic_load_explicit(&w->run->stop, memory_order_relaxed))
		gen_stop(g); /* here, so that the end of its phase is seen below */
	uint64_t now = rte_rdtsc();
	if (phase <= GEN_MEASURE) {
		w->cycles += now - w->last;
		w->busy += n > 0 ? now - w->last : 0;
	}
	w->last = now;
	if (g->phase != phase)
		on_phase(w, phase, g->phase);
	if (g->phase == GEN_DONE && phase != GEN_DONE)
		atomic_fetch_add(&w->run->done, 1);
	if (n == 0)
		rest(w);
}

static int
work(void *arg)
{
	struct worker *w = arg;
	struct run *r = w->run;
	struct gen *g = &w->gen;

	w->last = rte_rdtsc();
	on_phase(w, GEN_OPENING, g->phase);
	/* A core that is done goes on for the others: what comes for them may come by it. */
	while (atomic_load_explicit(&r->done, memory_order_relaxed) < r->cores) {
		turn(w);
		if (w == r->workers[0] && (g->now - w->reported >= SECOND || phase_told(g->phase) != w->reported_phase))
			tell(w);
		if (g->gave_up && !r->stop)
			run_stop(r);
	}
	return 0;
}

int
run_open(struct run *r, const struct plan *plan, struct leat *leat)
{
	int rc = 0;

	*r = (struct run){.plan = plan, .leat = leat, .cores = leat_core_count(leat)};
	if (r->cores > RUN_CORES || r->cores > rte_lcore_count())
		return -E2BIG;
	for (unsigned i = 0; i < r->cores && rc == 0; i++) {
		r->workers[i] = aligned_alloc(64, (sizeof(struct worker) + 63) / 64 * 64);
		if (r->workers[i] == NULL) {
			rc = -ENOMEM;
			break;
		}
		memset(r->workers[i], 0, sizeof(struct worker));
		r->workers[i]->run = r;
		rc = gen_open(&r->workers[i]->gen, plan, leat_core(leat, i), i, r->cores);
	}
	if (rc < 0)
		run_close(r);
	return rc;
}

void
run_all(struct run *r)
{
	unsigned i = 1, lcore;

	if (r->cores > 1) { /* leat_init() may have let go of the CPU that is this lcore's, which another may now share */
		rte_cpuset_t cpus = rte_lcore_cpuset(rte_lcore_id());
		pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus);
	}
	leat_core_poll(leat_core(r->leat, 0)); /* so that its clock shows the present */
	r->begun = leat_core_now(leat_core(r->leat, 0));
	for (unsigned k = 0; k < r->cores; k++)
		gen_begin(&r->workers[k]->gen, r->begun);
	r->workers[0]->reported = r->begun;
	r->workers[0]->reported_phase = phase_told(r->workers[0]->gen.phase);
	RTE_LCORE_FOREACH_WORKER(lcore) {
		if (i < r->cores)
			rte_eal_remote_launch(work, r->workers[i++], lcore);
	}
	work(r->workers[0]);
	rte_eal_mp_wait_lcore();
	tell_rest(r->workers[0]);
}

void
run_stop(struct run *r)
{
	atomic_store(&r->stop, true);
	for (unsigned i = 0; i < r->cores; i++)
		leat_core_wake(leat_core(r->leat, i));
}

static struct stack_counts
difference(const struct stack_counts *to, const struct stack_counts *from)
{
	return (struct stack_counts){to->segs_in - from->segs_in, to->segs_out - from->segs_out,
		to->retransmits - from->retransmits, to->timeouts - from->timeouts, to->no_ports - from->no_ports,
		to->tx_full - from->tx_full, to->no_mbuf - from->no_mbuf};
}

static void
add_worker(struct result *out, const struct worker *w)
{
	const struct gen *g = &w->gen;
	double seconds = (double)(g->to.at - g->from.at) / 1e9;

	tally_add(&out->total, &g->tally, 1);
	tally_add(&out->measured, &g->to.tally, 1);
	tally_add(&out->measured, &g->from.tally, -1);
	histogram_add(&out->times.connect, &g->times.connect);
	histogram_add(&out->times.first, &g->times.first);
	histogram_add(&out->times.whole, &g->times.whole);
	out->seconds = seconds > out->seconds ? seconds : out->seconds;
	out->cpu += (double)(w->cpu_to - w->cpu_from) / 1e9;
	out->busy += w->cycles > 0 ? (double)w->busy / (double)w->cycles / w->run->cores : 0;
	out->open += w->open_at_end;
}

void
run_result(const struct run *r, struct result *out)
{
	bool all_opened = true;

	memset(out, 0, sizeof(*out));
	out->plan = r->plan;
	out->cores = r->cores;
	out->hz = (double)rte_get_tsc_hz();
	out->spins = leat_instance_config(r->leat)->idle == LEAT_IDLE_SPIN;
	out->stack = difference(&r->to, &r->from);
	for (unsigned i = 0; i < r->cores; i++) {
		const struct gen *g = &r->workers[i]->gen;
		double opening = (double)g->opened_all / 1e9;
		add_worker(out, r->workers[i]);
		all_opened &= g->opened_all > 0 || g->connections == 0;
		out->opening = opening > out->opening ? opening : out->opening;
	}
	if (!all_opened)
		out->opening = 0;
}

const struct target *
run_gave_up(const struct run *r, enum failure *why)
{
	for (unsigned i = 0; i < r->cores; i++) {
		const struct gen *g = &r->workers[i]->gen;
		if (g->gave_up) {
			*why = g->gave_up_why;
			return &r->plan->targets[g->gave_up_target];
		}
	}
	return NULL;
}

void
run_close(struct run *r)
{
	for (unsigned i = 0; i < r->cores; i++) {
		if (r->workers[i] != NULL)
			gen_close(&r->workers[i]->gen);
		free(r->workers[i]);
		r->workers[i] = NULL;
	}
}
