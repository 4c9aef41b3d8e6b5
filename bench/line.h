/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_LINE_H
#define BENCH_LINE_H
/*
 * What a cache line takes to another CPU and back. Whatever passes between cores is a multiple of it, and it is the
 * machine's: virtual CPUs are moved by their host, and the same two are now close to each other and now far.
 */

/* TSC cycles from the calling lcore to another, which waits for work, and back: the least of some batches, on average. */
double line_round_trip(unsigned lcore);

#endif
