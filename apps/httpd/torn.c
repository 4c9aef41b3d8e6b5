/* SPDX-License-Identifier: BSD-3-Clause */
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "file.h"
#include "torn.h"

/*
 * A signal handler has nothing but globals to reach. SIGBUS is raised by the very instruction that
 * reads a mapping, on the thread that owns this list, never while that thread changes it.
 */
static struct file *watched;

static bool
covers(const struct file *f, uintptr_t at)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE) - 1;
	uintptr_t from = (uintptr_t)f->data;

	return at >= from && at < ((from + f->size + page) & ~page);
}

/* Zeros from the page of the fault to the end of the file. */
static bool
patch(struct file *f, uintptr_t at)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE) - 1;
	uintptr_t end = ((uintptr_t)f->data + f->size + page) & ~page;

	at &= ~page;
	return mmap((void *)at, end - at, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
		MAP_FAILED;
}

static void
on_sigbus(int number, siginfo_t *info, void *context)
{
	uintptr_t at = (uintptr_t)info->si_addr;

	(void)context;
	for (struct file *f = watched; f != NULL; f = f->watched_next) {
		if (covers(f, at) && patch(f, at)) {
			f->torn = true;
			return;
		}
	}
	signal(number, SIG_DFL); /* not ours: the instruction faults again and ends the process */
}

void
torn_start(void)
{
	struct sigaction sa = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO};

	sigaction(SIGBUS, &sa, NULL);
}

void
torn_watch(struct file *f)
{
	f->watched_next = watched;
	f->watched_prev = NULL;
	if (watched != NULL)
		watched->watched_prev = f;
	watched = f;
}

void
torn_forget(struct file *f)
{
	if (f->watched_next != NULL)
		f->watched_next->watched_prev = f->watched_prev;
	if (f->watched_prev != NULL)
		f->watched_prev->watched_next = f->watched_next;
	else
		watched = f->watched_next;
}
