/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SUPPORT_EAL_H
#define SUPPORT_EAL_H
/*
 * Starts DPDK's EAL for one test: no hugepages, no devices, a prefix of this process's own whose
 * folder is removed at exit. Criterion runs each test in its own process, so call it in `.init`.
 * Extra EAL arguments may follow, the last one NULL.
 */
void support_eal_start(const char *arg, ...);

#endif
