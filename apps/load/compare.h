/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LOAD_COMPARE_H
#define LOAD_COMPARE_H
/*
 * leat-load --compare kernel: the same work through the kernel's loopback and through leat over net_ring, both ends
 * each, CPU time counted alike: of the threads that do it, client and server together.
 */
#include <stdbool.h>
#include <stdint.h>
#include "common/histogram.h"

enum { COMPARE_REQUESTS = 256, COMPARE_KEPT = 64 }; /* connections at a time */

/* What one side made of one round. */
struct side {
	double seconds, cpu; /* cpu: client and server */
	uint64_t done, failed;
	struct histogram times;
};

/* The whole program: argv as main() got it; returns the exit status. */
int compare_main(int argc, char **argv);
int kernel_server_main(int argc, char **argv);
int kernel_client_main(int argc, char **argv); /* in its own file: kernel_client_main.c */

/* One round through the kernel. 0 or -errno. */
int compare_kernel(bool keep, uint64_t warmup, uint64_t duration, struct side *out);

/* leat's two instances: opened once, closed once. Says why it cannot, and returns -errno. */
int compare_leat_open(void);
int compare_leat(bool keep, uint64_t warmup, uint64_t duration, struct side *out);
void compare_leat_close(void);

#endif
