/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Connections that could queue nothing because packet memory was short, and have nothing queued
 * that an acknowledgement would free: on_sent would never come, and an application that waits for
 * it would hang. They stand in one line. Each millisecond its head is looked at, a bounded number:
 * for whom there is memory is told so and leaves the line, the others go to its end. Buffers come
 * back by ways that no event of ours marks (a driver frees them, another thread does), so it is a
 * timer that looks.
 */
#include "tcp/tcp.h"

enum {
	ROUND = 64, /* connections looked at in a round */
	ROUND_TICKS = CORE_TICKS_PER_SEC / 1000,
};

static struct tcb *
tcb_at(const struct tcp_layer *tcp, uint32_t handle)
{
	return slab_at(&tcp->tcbs, handle);
}

static void
append(struct core *core, struct tcb *t)
{
	struct tcp_layer *tcp = core->tcp;
	uint32_t handle = slab_handle(&tcp->tcbs, t);

	t->starved_next = 0;
	t->starved_prev = tcp->starved_tail;
	if (tcp->starved_tail != 0)
		tcb_at(tcp, tcp->starved_tail)->starved_next = handle;
	else
		tcp->starved_head = handle;
	tcp->starved_tail = handle;
}

static void
unlink_from_line(struct tcp_layer *tcp, const struct tcb *t)
{
	if (t->starved_prev != 0)
		tcb_at(tcp, t->starved_prev)->starved_next = t->starved_next;
	else
		tcp->starved_head = t->starved_next;
	if (t->starved_next != 0)
		tcb_at(tcp, t->starved_next)->starved_prev = t->starved_prev;
	else
		tcp->starved_tail = t->starved_prev;
}

void
tcp_starved_add(struct core *core, struct tcb *t, enum starved_kind kind)
{
	if (t->snd_head != 0)
		return; /* what is queued will be acknowledged */
	count(core, CNT_tcp_starved);
	t->flags |= TF_STARVED | (kind == STARVED_REF ? TF_STARVED_REF : 0u);
	append(core, t);
	wheel_arm(&core->wheel, &core->tcp->starved_timer, core->tick + ROUND_TICKS);
}

void
tcp_starved_remove(struct core *core, struct tcb *t)
{
	if (likely(!(t->flags & TF_STARVED)))
		return;
	unlink_from_line(core->tcp, t);
	t->flags &= ~(TF_STARVED | TF_STARVED_REF);
	t->snd_tail = t->snd_cur = 0; /* the send queue is empty, and its own again */
}

/* How many the memory that is free may be enough for, by what they wait for. */
static unsigned
copies_free(const struct core *core)
{
	const struct slab *chunks = &core->tcp->chunks, *shorts = &core->tcp->shorts;

	return RTE_MIN(rte_mempool_avail_count(core->data_pool), chunks->max - chunks->used) + shorts->max - shorts->used;
}

static unsigned
refs_free(const struct core *core)
{
	const struct tcp_layer *tcp = core->tcp;
	uint32_t free = RTE_MIN(tcp->chunks.max - tcp->chunks.used, tcp->refs.max - tcp->refs.used);

	return RTE_MIN(rte_mempool_avail_count(core->ind_pool), free);
}

static void
on_round(struct core *core, struct wheel_node *node)
{
	struct tcp_layer *tcp = core->tcp;
	unsigned copies = copies_free(core), refs = refs_free(core);
	uint32_t last = tcp->starved_tail, handle = 0;

	for (unsigned i = 0; i < ROUND && tcp->starved_head != 0 && handle != last; i++) {
		handle = tcp->starved_head;
		struct tcb *t = tcb_at(tcp, handle);
		unsigned *free = t->flags & TF_STARVED_REF ? &refs : &copies;
		if (*free > 0) {
			--*free;
			tcp_starved_remove(core, t);
			tcb_event(core, t, EV_SENT);
		} else {
			unlink_from_line(tcp, t);
			append(core, t);
		}
	}
	if (tcp->starved_head != 0)
		wheel_arm(&core->wheel, node, core->tick + ROUND_TICKS);
}

void
tcp_starved_init(struct core *core)
{
	wheel_handler(&core->wheel, WHEEL_STARVED, on_round);
	wheel_node_init(&core->tcp->starved_timer, WHEEL_STARVED);
}
