/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <rte_eal.h>
#include "farm.h"
#include "memory.h"
#include "world.h"

enum { EAL_ARGS = 24 };
#define NO_JOB UINT64_MAX

/* What a worker and the farmer share. */
struct stall {
	_Atomic uint64_t job;    /* NO_JOB: between two */
	_Atomic uint64_t began;  /* seconds */
	struct farm_sum sum;
	char why[FARM_WHY];
	bool dismissed;          /* it was ended because its work is not wanted any more */
	pid_t pid;               /* 0: nobody works here. Only the farmer writes it */
};

struct barn {
	_Atomic uint64_t next;
	struct stall stalls[FARM_WORKERS_MAX];
};

static volatile sig_atomic_t stopped;

static void
on_signal(int number)
{
	(void)number;
	stopped = 1;
}

bool
farm_stopped(void)
{
	return stopped;
}

static uint64_t
seconds_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec;
}

static void
prefix_of(pid_t pid, char *prefix, size_t size)
{
	snprintf(prefix, size, "leat-sim-%d", (int)pid);
}

static void
start_eal(void)
{
	char prefix[32];
	const char *argv[EAL_ARGS] = {"leat-sim", "--no-huge", "-m", "160", "--no-pci", "--no-telemetry", "--no-shconf",
		"--log-level", "lib.eal:error", "--log-level", "leat.*:warning", "--lcores", "0", "--file-prefix", prefix};
	int argc = 15;
	cpu_set_t cpus;

	prefix_of(getpid(), prefix, sizeof(prefix));
	for (int i = 0; memory_eal_args[i] != NULL; i++)
		argv[argc++] = memory_eal_args[i];
	/* EAL pins its caller to one CPU, and all workers to the same */
	sched_getaffinity(0, sizeof(cpus), &cpus);
	if (rte_eal_init(argc, (char **)(uintptr_t)argv) < 0) {
		fprintf(stderr, "EAL did not start\n");
		_exit(1);
	}
	sched_setaffinity(0, sizeof(cpus), &cpus);
	memory_no_cache();
}

/* EAL makes a folder even for those that share nothing. */
static void
remove_folder(pid_t pid)
{
	char prefix[32], path[256];
	const char *home = getenv("XDG_RUNTIME_DIR");

	prefix_of(pid, prefix, sizeof(prefix));
	snprintf(path, sizeof(path), "%s/dpdk/%s", getuid() == 0 ? "/var/run" : home != NULL ? home : "/tmp", prefix);
	rmdir(path);
}

static void __attribute__((noreturn))
work(const struct farm *f, struct barn *barn, struct stall *s, pid_t farmer)
{
	/* none outlives the farmer */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != farmer)
		_exit(1);
	signal(SIGINT, SIG_IGN);
	start_eal();
	for (;;) {
		uint64_t i = atomic_fetch_add(&barn->next, 1);
		if (i >= f->to)
			break;
		atomic_store(&s->began, seconds_now());
		atomic_store(&s->job, i);
		f->job(f, i, s->why, &s->sum);
		s->sum.jobs++;
		atomic_store(&s->job, NO_JOB);
	}
	_exit(0);
}

static void
hire(const struct farm *f, struct barn *barn, struct stall *s)
{
	pid_t farmer = getpid();

	fflush(stdout);
	fflush(stderr);
	atomic_store(&s->job, NO_JOB);
	s->why[0] = '\0';
	s->dismissed = false;
	pid_t pid = fork();
	if (pid == 0)
		work(f, barn, s, farmer);
	if (pid < 0) {
		perror("fork");
		exit(1);
	}
	s->pid = pid;
}

/* A worker has ended. Returns the number of jobs that failed with it: 0 or 1. */
static unsigned
bury(const struct farm *f, struct stall *s, int status)
{
	uint64_t job = atomic_load(&s->job);

	remove_folder(s->pid);
	s->pid = 0;
	if (job == NO_JOB || stopped || s->dismissed)
		return 0;
	if (WIFSIGNALED(status) && s->why[0] == '\0')
		snprintf(s->why, sizeof(s->why), "signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WIFEXITED(status) && s->why[0] == '\0')
		snprintf(s->why, sizeof(s->why), "exit status %d", WEXITSTATUS(status));
	s->sum.jobs++;
	f->failed(f, job, s->why);
	return 1;
}

static void
watch(const struct farm *f, struct stall *s)
{
	if (s->pid == 0 || atomic_load(&s->job) == NO_JOB || seconds_now() - atomic_load(&s->began) <= f->seconds)
		return;
	snprintf(s->why, sizeof(s->why), "not done after %u s", f->seconds);
	kill(s->pid, SIGKILL);
}

static uint64_t
all_done_below(const struct farm *f, const struct barn *barn)
{
	uint64_t done = atomic_load(&barn->next);

	done = done < f->to ? done : f->to;
	for (unsigned i = 0; i < f->workers; i++) {
		uint64_t job = atomic_load(&barn->stalls[i].job);
		if (job < done)
			done = job;
	}
	return done;
}

static void
sum_up(const struct farm *f, const struct barn *barn, struct farm_sum *sum)
{
	*sum = (struct farm_sum){0};
	for (unsigned i = 0; i < f->workers; i++) {
		const struct farm_sum *s = &barn->stalls[i].sum;
		sum->jobs += s->jobs;
		sum->frames += s->frames;
		sum->bytes += s->bytes;
		sum->virtual_ns += s->virtual_ns;
	}
}

static void
tell(const struct farm *f, const struct barn *barn)
{
	struct farm_sum sum;

	if (f->pulse == NULL)
		return;
	sum_up(f, barn, &sum);
	f->pulse(f, all_done_below(f, barn), &sum);
}

/* One look at each worker. Returns how many are at work; adds to *failed. */
static unsigned
look_round(const struct farm *f, struct barn *barn, uint64_t *failed)
{
	unsigned busy = 0;
	int status;

	for (unsigned i = 0; i < f->workers; i++) {
		struct stall *s = &barn->stalls[i];
		if (s->pid != 0 && waitpid(s->pid, &status, WNOHANG) == s->pid)
			*failed += bury(f, s, status);
		if (s->pid != 0 && (stopped || (f->stop && *failed > 0))) {
			s->dismissed = true;
			kill(s->pid, SIGKILL);
		} else if (s->pid == 0 && atomic_load(&barn->next) < f->to && !stopped && !(f->stop && *failed > 0)) {
			hire(f, barn, s);
		}
		watch(f, s);
		busy += s->pid != 0;
	}
	return busy;
}

uint64_t
farm_run(const struct farm *f, struct farm_sum *sum)
{
	struct barn *barn = mmap(NULL, sizeof(*barn), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t failed = 0, told = seconds_now();

	if (barn == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	atomic_store(&barn->next, f->from);
	for (unsigned i = 0; i < f->workers; i++)
		atomic_store(&barn->stalls[i].job, NO_JOB);
	while (look_round(f, barn, &failed) > 0) {
		nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
		if (seconds_now() > told) {
			told = seconds_now();
			tell(f, barn);
		}
	}
	tell(f, barn);
	if (sum != NULL)
		sum_up(f, barn, sum);
	munmap(barn, sizeof(*barn));
	return failed;
}
