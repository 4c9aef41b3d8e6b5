/* SPDX-License-Identifier: BSD-3-Clause */
#include "slabs.h"
#include <leat/core.h>
#include "tcp/tcp.h"

uint32_t
senders_may_be(struct leat *leat, uint32_t max)
{
	struct slab *s = &((struct core *)leat_core(leat, 0))->tcp->senders;
	uint32_t before = s->max;

	s->max = max;
	return before;
}

const char *
slab_left(struct leat *leat)
{
	const struct tcp_layer *tcp = ((struct core *)leat_core(leat, 0))->tcp;
	const struct {
		const char *name;
		uint32_t used;
	} slabs[] = {
		{"chunks", tcp->chunks.used}, {"short messages", tcp->shorts.used}, {"timers", tcp->timers.used},
		{"senders", tcp->senders.used}, {"runs", tcp->runs.used}, {"references", tcp->refs.used},
		{"extras", tcp->extras.used}, {"statistics", tcp->stats.used},
	};

	for (size_t i = 0; i < RTE_DIM(slabs); i++)
		if (slabs[i].used != 0)
			return slabs[i].name;
	return NULL;
}
