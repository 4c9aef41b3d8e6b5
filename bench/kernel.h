/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_KERNEL_H
#define BENCH_KERNEL_H
/*
 * The peer that everybody has: the same messages through the kernel's sockets over loopback, an epoll server and client
 * that take turns in one thread as a pair does, with two system calls a message and one epoll_wait() for many.
 */
#include <stdint.h>
#include "report.h"

struct kernel_pair;

/* How many connections the descriptors suffice for; the limit of them is raised as far as may be. */
uint32_t kernel_room(void);

/* n connections over loopback, and one for pings. Prints why not and exits, as all below do. */
struct kernel_pair *kernel_open(uint32_t n, uint32_t size);
void kernel_close(struct kernel_pair *k);

/* One turn of the client, in which each answer brings a request on the connection whose turn it is, and one of the server. */
void kernel_poll(struct kernel_pair *k);

/* So many requests at a time until kernel_pause(), which ends when everything under way is answered. */
void kernel_start(struct kernel_pair *k, uint32_t at_a_time);
void kernel_pause(struct kernel_pair *k);

/* A message on a connection of its own; on_pong(arg) when the client has its answer. */
void kernel_ping(struct kernel_pair *k, void (*on_pong)(void *arg), void *arg);

/* Goes on for so many seconds of CPU: what a request took, both ends. */
struct measure kernel_run(struct kernel_pair *k, double seconds);

#endif
