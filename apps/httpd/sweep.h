/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HTTPD_SWEEP_H
#define HTTPD_SWEEP_H
/*
 * Deadlines of very many connections for one timer. A node is filed in the slot of its deadline;
 * moving the deadline later only writes it, and the sweep that finds the node early files it again.
 * So neither an idle nor a busy connection costs more than its node: no memory of others is touched.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SWEEP_SLOTS = 64 };

struct sweep_node {
	struct sweep_node *next;
	struct sweep_node **pprev; /* NULL: not filed */
	uint64_t deadline;         /* may be moved later by whoever owns the node */
};

struct sweep {
	uint64_t period; /* ns between two sweeps */
	uint64_t turn;   /* the last period that was swept */
	struct sweep_node *slots[SWEEP_SLOTS];
};

/* now, deadline: nanoseconds of the same clock. */
void sweep_init(struct sweep *s, uint64_t now, uint64_t period);

/* Files the node, also one that is filed already: the way to move a deadline earlier. */
void sweep_file(struct sweep *s, struct sweep_node *n, uint64_t deadline);
void sweep_remove(struct sweep_node *n);

/* Calls fn for each node whose deadline has passed; it is no longer filed then. */
void sweep_run(struct sweep *s, uint64_t now, void (*fn)(struct sweep_node *n, void *arg), void *arg);

/* No node is filed. */
bool sweep_empty(const struct sweep *s);

/* Calls fn for every filed node; fn may remove that node, or file it (it may then come again). */
void sweep_each(struct sweep *s, void (*fn)(struct sweep_node *n, void *arg), void *arg);

#endif
