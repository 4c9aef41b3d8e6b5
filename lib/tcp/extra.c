/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/extra.h"
#include "tcp/stats.h"

struct tcp_extra *
tcp_extra_need(struct core *core, struct tcb *t)
{
	struct tcp_layer *tcp = core->tcp;

	if (t->flags & TF_EXTRA)
		return extra_of(tcp, t);
	uint32_t handle = slab_alloc(&tcp->extras);
	if (handle == 0)
		return NULL;
	struct tcp_extra *e = slab_at(&tcp->extras, handle);
	*e = (struct tcp_extra){.rcv_buf = t->rcv_buf};
	t->flags |= TF_EXTRA;
	t->extra = handle;
	return e;
}

void
tcp_extra_free(struct core *core, struct tcb *t)
{
	if (likely(!(t->flags & TF_EXTRA)))
		return;
	stats_set(core, t, false);
	uint32_t handle = t->extra;
	t->rcv_buf = extra_of(core->tcp, t)->rcv_buf;
	t->flags &= ~TF_EXTRA;
	slab_free(&core->tcp->extras, handle);
}

void
tcp_extra_settle(struct core *core, struct tcb *t)
{
	struct tcp_extra *e = extra_of(core->tcp, t);

	if (e == NULL)
		return;
	e->growing = 0;
	if ((e->keep_idle | e->keep_interval | e->user_timeout | e->keep_probes | e->pacing | e->stats) == 0)
		tcp_extra_free(core, t);
}
