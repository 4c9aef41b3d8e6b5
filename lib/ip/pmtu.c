/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <rte_jhash.h>
#include "ip/pmtu.h"

enum { WAYS = 4, SETS = PMTU_MAX / WAYS };

#define AGE_NS (UINT64_C(1000000000) * PMTU_AGE_SEC)

struct entry {
	struct leat_addr dest;  /* LEAT_UNSPEC: the place is free */
	uint16_t mtu;
	bool df;
	uint64_t until;         /* nanoseconds: then it is forgotten */
};

struct pmtu_table {
	struct wheel_node timer; /* the first `until` */
	uint32_t seed;
	struct entry entries[SETS][WAYS];
};

static void
on_timer(struct core *core, struct wheel_node *node)
{
	struct entry *e = &core->ip->pmtu->entries[0][0];
	uint64_t first = UINT64_MAX;

	for (unsigned i = 0; i < PMTU_MAX; i++, e++) {
		if (e->dest.family == LEAT_UNSPEC)
			continue;
		if (e->until > core->now) {
			first = RTE_MIN(first, e->until);
			continue;
		}
		memset(e, 0, sizeof(*e));
		core->ip->pmtu_known--;
		count(core, CNT_ip_pmtu_aged);
		core->ip->pmtu_version++;
	}
	if (first != UINT64_MAX)
		wheel_arm(&core->wheel, node, core_deadline(core, first - core->now));
}

int
pmtu_init(struct core *core)
{
	struct pmtu_table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return -ENOMEM;
	/* so that nobody can choose destinations that crowd into one set */
	t->seed = rte_jhash(core->secret, sizeof(core->secret), WHEEL_PMTU);
	wheel_node_init(&t->timer, WHEEL_PMTU);
	wheel_handler(&core->wheel, WHEEL_PMTU, on_timer);
	core->ip->pmtu = t;
	return 0;
}

void
pmtu_fini(struct core *core)
{
	if (core->ip->pmtu == NULL)
		return;
	wheel_cancel(&core->wheel, &core->ip->pmtu->timer);
	free(core->ip->pmtu);
	core->ip->pmtu = NULL;
}

static struct entry *
set_of(struct pmtu_table *t, const struct leat_addr *dest)
{
	return t->entries[rte_jhash(dest->bytes, sizeof(dest->bytes), t->seed + dest->family) % SETS];
}

static struct entry *
find(struct pmtu_table *t, const struct leat_addr *dest)
{
	struct entry *set = set_of(t, dest);
	for (unsigned i = 0; i < WAYS; i++)
		if (leat_addr_equal(&set[i].dest, dest))
			return &set[i];
	return NULL;
}

/* A free place for dest, or that of the entry which would be forgotten first. */
static struct entry *
place_for(struct core *core, const struct leat_addr *dest)
{
	struct entry *set = set_of(core->ip->pmtu, dest), *oldest = set;

	for (unsigned i = 0; i < WAYS; i++) {
		if (set[i].dest.family == LEAT_UNSPEC) {
			core->ip->pmtu_known++;
			return &set[i];
		}
		if (set[i].until < oldest->until)
			oldest = &set[i];
	}
	count(core, CNT_ip_pmtu_evicted);
	return oldest;
}

void
pmtu_apply(const struct core *core, const struct leat_addr *dest, struct pmtu_path *path)
{
	const struct entry *e = find(core->ip->pmtu, dest);

	if (e != NULL && e->mtu < path->mtu) {
		path->mtu = e->mtu;
		path->df = e->df;
	}
}

bool
pmtu_lower(struct core *core, const struct leat_addr *dest, uint16_t mtu)
{
	bool v6 = dest->family == LEAT_IPV6;
	uint16_t lowest = v6 ? PMTU_FLOOR_V6 : PMTU_FLOOR_V4;
	struct pmtu_path known = pmtu_get(core, dest);
	struct entry new = {.dest = *dest, .mtu = RTE_MAX(mtu, lowest), .df = mtu >= lowest,
		.until = core->now + AGE_NS};

	if (!core->ip->discover_pmtu || (v6 && mtu < lowest))
		return false;
	/* at the floor there is one more step down: routers may cut */
	if (new.mtu > known.mtu || (new.mtu == known.mtu && new.df == known.df) || !known.df)
		return false;
	struct entry *e = find(core->ip->pmtu, dest);
	if (e == NULL)
		e = place_for(core, dest);
	*e = new;
	core->ip->pmtu_version++;
	wheel_arm(&core->wheel, &core->ip->pmtu->timer, core_deadline(core, AGE_NS));
	return true;
}

uint16_t
pmtu_plateau(uint16_t len)
{
	static const uint16_t plateaus[] = {32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68};

	for (unsigned i = 0; i < RTE_DIM(plateaus); i++)
		if (plateaus[i] < len)
			return plateaus[i];
	return 68;
}
