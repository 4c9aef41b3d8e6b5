/* SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <rte_eal.h>
#include "eal.h"

enum { LCORES = 9 }; /* place of the lcores among the arguments */

static char runtime_dir[512];

static void
remove_runtime_dir(void)
{
	char path[1024];
	struct dirent *e;
	DIR *d = opendir(runtime_dir);

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", runtime_dir, e->d_name);
		unlink(path);
	}
	closedir(d);
	rmdir(runtime_dir);
}

void
support_eal_start(const char *arg, ...)
{
	char prefix[64];
	const char *argv[32] = {"test", "--no-huge", "-m", "192", "--no-pci", "--no-telemetry", "--log-level",
		"lib.eal:error", "--lcores", "0", "--file-prefix", prefix};
	int argc = 12;
	cpu_set_t cpus;
	va_list ap;

	snprintf(prefix, sizeof(prefix), "leat-test-%d", getpid());
	va_start(ap, arg);
	for (; arg != NULL; arg = va_arg(ap, const char *)) {
		if (strcmp(arg, "--lcores") == 0) /* EAL takes it once only */
			argv[LCORES] = va_arg(ap, const char *);
		else
			argv[argc++] = arg;
	}
	va_end(ap);
	/* EAL pins its caller to one CPU; tests run side by side and shall not share one. */
	sched_getaffinity(0, sizeof(cpus), &cpus);
	if (rte_eal_init(argc, (char **)(uintptr_t)argv) < 0) {
		fprintf(stderr, "EAL did not start\n");
		abort();
	}
	sched_setaffinity(0, sizeof(cpus), &cpus);
	snprintf(runtime_dir, sizeof(runtime_dir), "%s", rte_eal_get_runtime_dir());
	atexit(remove_runtime_dir);
}
