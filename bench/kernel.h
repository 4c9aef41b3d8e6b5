/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_KERNEL_H
#define BENCH_KERNEL_H
/*
 * The peer that everybody has: the same messages through the kernel's sockets over loopback, both ends in one
 * thread as in a pair, with two system calls a message and one epoll_wait() for many.
 */
#include <stdint.h>

struct kernel_pair;

/* n connections over loopback. Prints why not and exits. */
struct kernel_pair *kernel_open(uint32_t n, uint32_t size);
void kernel_close(struct kernel_pair *k);

/* A request on each connection, and its answer: at most `at_a_time` under way. Returns how many, or -1. */
int kernel_turn(struct kernel_pair *k, uint32_t at_a_time);

/* The same for so many seconds of CPU: TSC cycles a request, both ends. */
double kernel_run(struct kernel_pair *k, uint32_t at_a_time, double seconds);

#endif
