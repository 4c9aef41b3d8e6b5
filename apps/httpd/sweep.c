/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include "sweep.h"

void
sweep_init(struct sweep *s, uint64_t now, uint64_t period)
{
	memset(s, 0, sizeof(*s));
	s->period = period;
	s->turn = now / period;
}

static void
push(struct sweep_node **head, struct sweep_node *n)
{
	n->next = *head;
	n->pprev = head;
	if (n->next != NULL)
		n->next->pprev = &n->next;
	*head = n;
}

void
sweep_remove(struct sweep_node *n)
{
	if (n->pprev == NULL)
		return;
	*n->pprev = n->next;
	if (n->next != NULL)
		n->next->pprev = n->pprev;
	n->next = NULL;
	n->pprev = NULL;
}

/* The slot that is swept when the deadline has passed, or the last one when that is further off. */
void
sweep_file(struct sweep *s, struct sweep_node *n, uint64_t deadline)
{
	uint64_t turn = deadline / s->period + 1;

	if (turn <= s->turn)
		turn = s->turn + 1;
	if (turn > s->turn + SWEEP_SLOTS - 1)
		turn = s->turn + SWEEP_SLOTS - 1;
	sweep_remove(n);
	n->deadline = deadline;
	push(&s->slots[turn % SWEEP_SLOTS], n);
}

/* Empties a list into *all, so that what is filed meanwhile is not visited. */
static void
take(struct sweep_node **from, struct sweep_node **all)
{
	*all = *from;
	*from = NULL;
	if (*all != NULL)
		(*all)->pprev = all;
}

static void
sweep_slot(struct sweep *s, uint64_t now, void (*fn)(struct sweep_node *n, void *arg), void *arg)
{
	struct sweep_node *due, *n;

	take(&s->slots[s->turn % SWEEP_SLOTS], &due);
	while ((n = due) != NULL) {
		sweep_remove(n);
		if (n->deadline > now)
			sweep_file(s, n, n->deadline);
		else
			fn(n, arg);
	}
}

void
sweep_run(struct sweep *s, uint64_t now, void (*fn)(struct sweep_node *n, void *arg), void *arg)
{
	uint64_t turn = now / s->period;

	/* After a long pause one round visits every slot. */
	if (turn > s->turn + SWEEP_SLOTS)
		s->turn = turn - SWEEP_SLOTS;
	while (s->turn < turn) {
		s->turn++;
		sweep_slot(s, now, fn, arg);
	}
}

bool
sweep_empty(const struct sweep *s)
{
	for (size_t i = 0; i < SWEEP_SLOTS; i++) {
		if (s->slots[i] != NULL)
			return false;
	}
	return true;
}

void
sweep_each(struct sweep *s, void (*fn)(struct sweep_node *n, void *arg), void *arg)
{
	struct sweep_node *all, *n;

	for (size_t i = 0; i < SWEEP_SLOTS; i++) {
		take(&s->slots[i], &all);
		while ((n = all) != NULL) {
			sweep_remove(n);
			push(&s->slots[i], n);
			fn(n, arg);
		}
	}
}
