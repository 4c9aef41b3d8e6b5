/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_TABLE_H
#define SIM_TABLE_H
/*
 * What leat's TCP makes of paths: goodput, the time that loss costs, fairness, beside what published
 * models say. Virtual time and fixed seeds: the same code gives the same page.
 */

/* Writes the page to stdout. Exit status. */
int table_print(unsigned jobs);

/*
 * Writes it and holds it against the one in this file: every number within a quarter of what stands there
 * (or within 2), everything else the same. Exit status.
 */
int table_check(const char *path, unsigned jobs);

#endif
