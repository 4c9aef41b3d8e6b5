/* SPDX-License-Identifier: BSD-3-Clause */
/* The table itself: it is whole, and a claim that is wrong is found. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include "world.h"

static unsigned
count(enum step step, enum breaks what, enum side who)
{
	const struct table *t = break_tables[step];
	unsigned n = 0;

	for (size_t i = 0; i < t->nb_cells; i++)
		n += t->cells[i].what == what && t->cells[i].who == who;
	return n;
}

Test(self, every_cell_is_there_once)
{
	for (enum step step = 0; step < STEPS; step++) {
		size_t cells = 0;
		cr_assert_eq(break_tables[step]->step, step);
		for (enum breaks what = 0; what < BREAKS; what++) {
			bool sides = break_has_sides(what);
			for (enum side who = sides ? CLIENT : BOTH; who <= (sides ? SERVER : BOTH); who++) {
				unsigned want = break_applies(step, what);
				cr_expect_eq(count(step, what, who), want, "step %d, break %d, side %d", step, what, who);
				cells += want;
			}
		}
		cr_expect_eq(break_tables[step]->nb_cells, cells, "step %d has other cells too", step);
	}
}

static void
check_cell(const struct table *t, const struct cell *c)
{
	bool claims = c->sent != NULL;

	cr_expect(c->why != NULL && strlen(c->why) > 10, "%s, break %d: no reason is given", t->title, c->what);
	cr_expect((c->state != NULL) == claims && (c->told != NULL) == claims && (c->takes != NULL) == claims,
		"%s, break %d: four claims or none", t->title, c->what);
	cr_expect(claims || c->what != NOTHING, "%s: the normal case can be", t->title);
	cr_expect(c->rule == NULL || strncmp(c->rule, "RFC ", 4) == 0, "%s, break %d: the rule is \"%s\"", t->title,
		c->what, c->rule);
}

Test(self, every_cell_says_why)
{
	for (enum step step = 0; step < STEPS; step++)
		for (size_t i = 0; i < break_tables[step]->nb_cells; i++)
			check_cell(break_tables[step], &break_tables[step]->cells[i]);
}

/* --- a claim that is wrong by little --- */

static const char *const names[] = {"sent", "state", "told", "takes"};

static const char **
claim(struct cell *c, unsigned which)
{
	return which == 0 ? &c->sent : which == 1 ? &c->state : which == 2 ? &c->told : &c->takes;
}

static void
expect_found(const struct cell *right, const struct claims *is, unsigned which, const char *from, const char *to)
{
	char text[RECORD_TEXT];
	struct cell c = *right;
	const char **wrong = claim(&c, which), *at = strstr(*wrong, from);

	cr_assert_not_null(at, "\"%s\" is not in \"%s\"", from, *wrong);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - *wrong), *wrong, to, at + strlen(from));
	*wrong = text;
	const char *found = record_differs(&c, is);
	cr_assert(found != NULL && strcmp(found, names[which]) == 0, "\"%s\" instead of \"%s\" is not found", to, from);
}

Test(self, wrong_claims_are_found)
{
	static struct world w;
	static struct claims is;
	const struct cell *right = NULL;

	for (size_t i = 0; i < break_syn.nb_cells; i++)
		if (break_syn.cells[i].what == VANISHES && break_syn.cells[i].who == SERVER)
			right = &break_syn.cells[i];
	stage_run(&w, SYN_, VANISHES, SERVER);
	record_claims(&w.record, w.zero, &is);
	cr_assert_null(record_differs(right, &is));
	expect_found(right, &is, 0, "client SYN", "client SYN ACK"); /* flags */
	expect_found(right, &is, 0, "seq 0", "seq 1");
	expect_found(right, &is, 0, ", 127", "");                    /* one fewer */
	expect_found(right, &is, 0, "63", "64");                     /* another time */
	expect_found(right, &is, 0, "client", "server");             /* another sender */
	expect_found(right, &is, 1, "CLOSED", "SYN-SENT");
	expect_found(right, &is, 1, " → gone", "");
	expect_found(right, &is, 2, "ETIMEDOUT", "ECONNREFUSED");
	expect_found(right, &is, 2, "247", "127");
	expect_found(right, &is, 3, "247", "246");
	world_close(&w);
}

/* The world is the same every time: no claim can be right by chance. */
Test(self, other_things_break_otherwise)
{
	static struct world w;
	static struct claims is;

	stage_run(&w, SYN_, NOTHING, BOTH);
	record_claims(&w.record, w.zero, &is);
	for (size_t i = 0; i < break_syn.nb_cells; i++)
		if (break_syn.cells[i].what == LOST)
			cr_assert_str_eq(record_differs(&break_syn.cells[i], &is), "sent");
	world_close(&w);
}
