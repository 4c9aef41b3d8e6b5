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
