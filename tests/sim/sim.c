/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * leat-sim: whole lives of connections between two instances over an impaired wire, in virtual time,
 * each drawn from a seed. `leat-sim --help` tells the rest.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "farm.h"
#include "modes.h"
#include "shrink.h"
#include "state.h"
#include "table.h"
#include "world.h"

enum { SEEDS = 1000, MEMORY_SEEDS = 6, SECONDS_A_SEED = 60, SHRINK_MAX = 3 };

struct args {
	uint64_t from, seeds, one;
	enum { MODE_SEEDS, MODE_SELF_TEST, MODE_MEMORY, MODE_TABLE, MODE_TABLE_CHECK } mode;
	bool has_seeds, has_one, shrinks, print;
	unsigned jobs;
	const char *set, *state_file, *table;
	struct state state;
	struct world_options options;
};

static void
usage(FILE *to)
{
	fprintf(to,
		"usage: leat-sim [--seeds N] [--from S] [--state FILE] [--jobs N] [--no-shrink]\n"
		"       leat-sim --seed S [--set NAME=VALUE,…] [--story] [--ladder] [--pcap FILE] [--shrink] [--print]\n"
		"       leat-sim --memory [--seeds N]\n"
		"       leat-sim --self-test | --table | --table-check FILE\n"
		"\n"
		"Runs seeds, each a scenario of path, hosts and applications, and tells which break an invariant.\n"
		"\n"
		"  --seeds N      so many (%d)\n"
		"  --from S       beginning with this one (0)\n"
		"  --state FILE   remember there what is done, and go on from there the next time\n"
		"  --jobs N       processes side by side (as many as there are CPUs)\n"
		"  --no-shrink    do not make the first failing scenarios smaller\n"
		"  --seed S       this one only\n"
		"  --set LIST     … with these values instead of the drawn ones\n"
		"  --print        … showing its values; * marks those that mean trouble\n"
		"  --story        … telling what the applications do\n"
		"  --ladder       … drawing what both hosts saw\n"
		"  --pcap FILE    … capturing at a\n"
		"  --shrink       … making it smaller while it fails\n"
		"  --starve KIND:FIRST:N  … with N allocations failing from FIRST on; KIND: mbufs, slabs\n"
		"  --plant NAME   with a mistake planted that must be found:", SEEDS);
	for (enum plant p = PLANT_NOTHING + 1; p < PLANTS; p++)
		fprintf(to, " %s", plant_name(p));
	fprintf(to,
		"\n"
		"  --self-test    each of those, which must be found\n"
		"  --table        write the page of goodput, what loss costs, and fairness\n"
		"  --table-check FILE  … and hold it against that one\n"
		"  --memory       allocations of mbufs and control blocks fail, each by itself and from each on\n"
		"\n"
		"Exit status 0: every invariant held; 1: not; 2: usage.\n");
}

static void
make_scenario(const struct args *a, uint64_t seed, struct scenario *s)
{
	const char *bad;

	scenario_draw(s, seed);
	if (a->set != NULL && !scenario_set(s, a->set, &bad)) {
		fprintf(stderr, "leat-sim: \"%s\" sets nothing (--print shows what there is)\n", bad);
		exit(2);
	}
}

static void
run_seed(const struct farm *f, uint64_t seed, char *why, struct farm_sum *sum)
{
	const struct args *a = f->arg;
	struct world_options options = a->options;
	struct scenario s;
	struct world w;

	options.why = why;
	make_scenario(a, seed, &s);
	world_open(&w, &s, &options);
	world_run(&w);
	sum->frames += w.frames;
	sum->bytes += w.bytes;
	sum->virtual_ns += w.now - w.start;
	world_close(&w);
}

/* The line that runs it again. */
static void
show_command(const struct args *a, const struct scenario *s)
{
	char diff[SCENARIO_TEXT];
	const struct world_starve *starve = &a->options.starve;

	scenario_diff(s, diff);
	printf("leat-sim --seed %" PRIu64 "%s%s", s->seed, diff[0] != '\0' ? " --set " : "", diff);
	if (a->options.plant != PLANT_NOTHING)
		printf(" --plant %s", plant_name(a->options.plant));
	if (starve->first > 0)
		printf(" --starve %s:%" PRIu64 ":%" PRIu64, memory_kind_name(starve->kind), starve->first, starve->n);
	puts(" --ladder");
	fflush(stdout);
}

static void
shrink_and_show(const struct args *a, struct scenario *s, const char *why)
{
	unsigned steps = shrink(s, &a->options, why);

	printf("  smaller (%u steps): ", steps);
	show_command(a, s);
}

static void
on_failed(const struct farm *f, uint64_t seed, const char *why)
{
	struct args *a = f->arg;
	struct scenario s;

	make_scenario(a, seed, &s);
	printf("seed %" PRIu64 " failed %s\n  again: ", seed, why);
	show_command(a, &s);
	state_failed(&a->state, seed, why);
}

static void
on_pulse(const struct farm *f, uint64_t done, const struct farm_sum *sum)
{
	struct args *a = f->arg;

	a->state.next = done;
	if (a->state_file != NULL && state_write(&a->state, a->state_file) < 0)
		fprintf(stderr, "leat-sim: %s: %s\n", a->state_file, strerror(errno));
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%" PRIu64 " seeds, %" PRIu64 " frames \r", sum->jobs, sum->frames);
}

static void
shrink_some(struct args *a)
{
	struct scenario s;

	for (unsigned i = 0; i < a->state.nb_failed && i < SHRINK_MAX && a->shrinks && !farm_stopped(); i++) {
		make_scenario(a, a->state.failed[i].seed, &s);
		printf("seed %" PRIu64 ":\n", s.seed);
		shrink_and_show(a, &s, a->state.failed[i].why);
	}
}

static int
run_many(struct args *a)
{
	struct farm f = {.from = a->from, .to = a->from + a->seeds, .workers = a->jobs, .seconds = SECONDS_A_SEED,
		.job = run_seed, .failed = on_failed, .pulse = on_pulse, .arg = a};
	struct farm_sum sum;

	if (a->state_file != NULL && state_read(&a->state, a->state_file) < 0) {
		fprintf(stderr, "leat-sim: %s: %s\n", a->state_file, strerror(errno));
		return 2;
	}
	if (a->state.next > f.from)
		f.from = a->state.next < f.to ? a->state.next : f.to;
	uint64_t failed = farm_run(&f, &sum);
	shrink_some(a);
	printf("%" PRIu64 " seeds, %" PRIu64 " failed; %" PRIu64 " frames, %.1f hours of virtual time%s\n", sum.jobs, failed,
		sum.frames, (double)sum.virtual_ns / 3.6e12, farm_stopped() ? " (stopped)" : "");
	return failed > 0 || farm_stopped();
}

static int
run_one(struct args *a)
{
	struct farm f = {.from = a->one, .to = a->one + 1, .workers = 1, .seconds = SECONDS_A_SEED, .job = run_seed,
		.failed = on_failed, .arg = a};
	struct farm_sum sum;
	struct scenario s;

	make_scenario(a, a->one, &s);
	if (a->print)
		scenario_print(&s, stdout);
	fflush(stdout);
	if (farm_run(&f, &sum) > 0) {
		if (a->shrinks)
			shrink_and_show(a, &s, a->state.failed[0].why);
		return 1;
	}
	printf("seed %" PRIu64 ": every invariant held; %" PRIu64 " frames, %.3f s of virtual time\n", a->one, sum.frames,
		(double)sum.virtual_ns / 1e9);
	return 0;
}

static uint64_t
number(const char *text, const char *option)
{
	char *end;

	errno = 0;
	uint64_t n = strtoull(text, &end, 10);
	if (errno != 0 || *text < '0' || *text > '9' || *end != '\0') {
		fprintf(stderr, "leat-sim: %s takes a number, not \"%s\"\n", option, text);
		exit(2);
	}
	return n;
}

enum { O_SEEDS, O_FROM, O_SEED, O_SET, O_STATE, O_JOBS, O_STORY, O_LADDER, O_PCAP, O_SHRINK, O_NO_SHRINK, O_PRINT, O_PLANT,
	O_STARVE, O_SELF_TEST, O_MEMORY, O_TABLE, O_TABLE_CHECK, O_HELP };

static const struct option options[] = {
	{"seeds", required_argument, NULL, O_SEEDS}, {"from", required_argument, NULL, O_FROM},
	{"seed", required_argument, NULL, O_SEED}, {"set", required_argument, NULL, O_SET},
	{"state", required_argument, NULL, O_STATE}, {"jobs", required_argument, NULL, O_JOBS},
	{"story", no_argument, NULL, O_STORY}, {"ladder", no_argument, NULL, O_LADDER},
	{"pcap", required_argument, NULL, O_PCAP}, {"shrink", no_argument, NULL, O_SHRINK},
	{"no-shrink", no_argument, NULL, O_NO_SHRINK}, {"print", no_argument, NULL, O_PRINT},
	{"plant", required_argument, NULL, O_PLANT},
	{"starve", required_argument, NULL, O_STARVE}, {"self-test", no_argument, NULL, O_SELF_TEST},
	{"memory", no_argument, NULL, O_MEMORY}, {"table", no_argument, NULL, O_TABLE},
	{"table-check", required_argument, NULL, O_TABLE_CHECK}, {"help", no_argument, NULL, O_HELP}, {0},
};

/* mbufs:17:1 or slabs:17:1 */
static void
read_starve(struct args *a, const char *text)
{
	struct world_starve *s = &a->options.starve;
	char kind[6];

	if (sscanf(text, "%5[a-z]:%" SCNu64 ":%" SCNu64, kind, &s->first, &s->n) != 3 ||
		(strcmp(kind, "mbufs") != 0 && strcmp(kind, "slabs") != 0)) {
		fprintf(stderr, "leat-sim: --starve takes mbufs:FIRST:N or slabs:FIRST:N, not \"%s\"\n", text);
		exit(2);
	}
	s->kind = strcmp(kind, "mbufs") == 0 ? MEMORY_MBUFS : MEMORY_SLABS;
}

static void
read_option(struct args *a, int option)
{
	switch (option) {
	case O_SEEDS: a->seeds = number(optarg, "--seeds"); a->has_seeds = true; break;
	case O_FROM: a->from = number(optarg, "--from"); break;
	case O_SEED: a->one = number(optarg, "--seed"); a->has_one = true; a->shrinks = false; break;
	case O_SET: a->set = optarg; break;
	case O_STATE: a->state_file = optarg; break;
	case O_JOBS: a->jobs = (unsigned)number(optarg, "--jobs"); break;
	case O_STORY: a->options.loud = true; break;
	case O_LADDER: a->options.ladder = true; break;
	case O_PCAP: a->options.pcap = optarg; break;
	case O_SHRINK: a->shrinks = true; break;
	case O_NO_SHRINK: a->shrinks = false; break;
	case O_PRINT: a->print = true; break;
	case O_SELF_TEST: a->mode = MODE_SELF_TEST; break;
	case O_MEMORY: a->mode = MODE_MEMORY; break;
	case O_TABLE: a->mode = MODE_TABLE; break;
	case O_TABLE_CHECK: a->mode = MODE_TABLE_CHECK; a->table = optarg; break;
	case O_STARVE: read_starve(a, optarg); break;
	case O_PLANT:
		a->options.plant = plant_by_name(optarg);
		if (a->options.plant != PLANTS)
			break;
		/* fall through */
	default: usage(option == O_HELP ? stdout : stderr); exit(option == O_HELP ? 0 : 2);
	}
}

int
main(int argc, char **argv)
{
	struct args a = {.seeds = SEEDS, .shrinks = true, .jobs = (unsigned)sysconf(_SC_NPROCESSORS_ONLN)};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		read_option(&a, option);
	if (optind < argc || a.jobs < 1 || a.jobs > FARM_WORKERS_MAX) {
		usage(stderr);
		return 2;
	}
	switch (a.mode) {
	case MODE_SELF_TEST: return self_test(a.jobs);
	case MODE_TABLE: return table_print(a.jobs);
	case MODE_TABLE_CHECK: return table_check(a.table, a.jobs);
	case MODE_MEMORY: return starve(a.from, a.has_seeds ? a.seeds : MEMORY_SEEDS, a.jobs);
	default: return a.has_one ? run_one(&a) : run_many(&a);
	}
}
