/* SPDX-License-Identifier: BSD-3-Clause */
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "file.h"
#include "torn.h"

/*
 * A signal handler has nothing but globals to reach. SIGBUS is raised by the very instruction that
 * reads a mapping, never while its thread changes the list; whoever holds the lock then is another one,
 * and goes on.
 */
static struct file *watched;
static atomic_flag lock = ATOMIC_FLAG_INIT;

static void
take_lock(void)
{
	while (atomic_flag_test_and_set_explicit(&lock, memory_order_acquire))
		;
}

static void
release_lock(void)
{
	atomic_flag_clear_explicit(&lock, memory_order_release);
}

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
	struct file *f;

	(void)context;
	take_lock();
	for (f = watched; f != NULL; f = f->watched_next)
		if (covers(f, at) && patch(f, at))
			break;
	if (f != NULL)
		f->torn = true;
	release_lock();
	if (f == NULL)
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
	take_lock();
	f->watched_next = watched;
	f->watched_prev = NULL;
	if (watched != NULL)
		watched->watched_prev = f;
	watched = f;
	release_lock();
}

void
torn_forget(struct file *f)
{
	take_lock();
	if (f->watched_next != NULL)
		f->watched_next->watched_prev = f->watched_prev;
	if (f->watched_prev != NULL)
		f->watched_prev->watched_next = f->watched_next;
	else
		watched = f->watched_next;
	release_lock();
}
