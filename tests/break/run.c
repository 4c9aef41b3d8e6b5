/* SPDX-License-Identifier: BSD-3-Clause */
/* Each cell of the table, brought about; its four claims, held to what happened. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include "world.h"

static struct world world;
static struct claims is;

/* There is no segment to break when the step's own sender cannot send it. */
static bool
must_be_seen(const struct world *w)
{
	if (w->step == TIME_WAIT)
		return w->what >= DUPLICATED && w->what <= CORRUPTED;
	return !((w->what == ARP_FAILS || w->what == NO_PACKETS || w->what == NO_BLOCKS) &&
		w->who == step_sender(w->step));
}

/* A damaged segment is known for what it is. */
static void
check_damage(struct world *w)
{
	enum side to = w->step == TIME_WAIT || step_sender(w->step) == SERVER ? CLIENT : SERVER;

	if (w->what == CORRUPTED)
		cr_assert_eq(leat_stat_value(w->host[to]->leat, "drop_tcp_bad_checksum"), 1);
}

static void
run(enum step step, const struct cell *c)
{
	const char *wrong;
	char title[64];

	if (c->sent == NULL)
		return;
	stage_run(&world, step, c->what, c->who);
	record_claims(&world.record, world.zero, &is);
	wrong = record_differs(c, &is);
	cr_assert(wrong == NULL,
		"%s, row %zu, %s: \"%s\" is wrong. This happened:\n%s\n-- state\n%s\n-- told\n%s\n-- takes %s",
		break_tables[step]->title, (size_t)(c - break_tables[step]->cells), break_title(c->what, c->who, title, sizeof(title)), wrong, is.sent,
		is.state, is.told, is.takes);
	cr_assert(world.seen || !must_be_seen(&world), "the segment was never there to be broken");
	check_damage(&world);
	world_close(&world);
}

/* STEP is one of enum step: each has a program, so that they run side by side. Parameters hold no pointers. */
ParameterizedTestParameters(step, cell)
{
	static size_t indices[64];
	size_t nb = break_tables[STEP]->nb_cells;

	for (size_t i = 0; i < nb; i++)
		indices[i] = i;
	return cr_make_param_array(size_t, indices, nb);
}

ParameterizedTest(size_t *i, step, cell, .timeout = 60)
{
	run(STEP, &break_tables[STEP]->cells[*i]);
}
