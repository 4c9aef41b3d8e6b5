/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/extra.h"
#include "tcp/reassembly.h"
#include "tcp/scarcity.h"

enum {
	LOOK_AT = 64, /* buckets of the demux in a turn */
	PART = 128,   /* of the free buffers one connection may take this part when few are left */
	BEGIN = 16,   /* with less than this part of a pool free no connection begins */
};

void
tcp_scarcity_look(struct core *core)
{
	struct tcp_layer *tcp = core->tcp;
	uint32_t usable = core->rx_pool->size - core->driver_mbufs, free = core_rx_free(core);

	tcp->rx_free = free;
	tcp->rx_spare = free > usable / 8 ? free - usable / 8 : 0;
	tcp->scarcity = free >= usable / 2 ? RX_PLENTY : free >= usable / 4 ? RX_DENSE :
		tcp->rx_spare > 0 ? RX_NO_OOO : RX_RESERVE;
}

bool
tcp_scarcity_admits(const struct tcp_layer *tcp, const struct tcb *t)
{
	if (t->rcv_head == 0)
		return true;
	bool left = chunk_at(tcp, t->rcv_head)->left; /* the application had its chance to read */
	bool reserve = tcp->scarcity == RX_RESERVE;
	if (left && reserve)
		return false;
	if (!left && !reserve)
		return true;
	return tcp_rcv_queued(tcp, t) < tcp->rx_free / PART * t->mss;
}

bool
tcp_scarcity_lends_one(struct core *core, const struct tcb *t)
{
	uint32_t size = core->data_pool->size, free = core_pool_free(core->data_pool);
	uint32_t room = rte_pktmbuf_data_room_size(core->data_pool);

	if (free > size / 4) {
		core->tcp->tx_left = free - size / 4 - 1;
		return true;
	}
	return t->snd_head == 0 || (free > size / 8 && t->snd_end - t->snd_una < (uint64_t)free / PART * room);
}

bool
tcp_scarcity_refuses(struct core *core)
{
	struct tcp_layer *tcp = core->tcp;
	uint64_t turn = core->counters[CNT_core_turns] + 1;

	if (tcp->scarce_turn != turn) {
		tcp->scarce_turn = turn;
		tcp->scarce = core_rx_free(core) < (core->rx_pool->size - core->driver_mbufs) / BEGIN ||
			core_pool_free(core->hdr_pool) < core->hdr_pool->size / BEGIN ||
			core_pool_free(core->data_pool) < core->data_pool->size / BEGIN ||
			core_pool_free(core->ind_pool) < core->ind_pool->size / BEGIN;
	}
	return tcp->scarce;
}

static void
relieve_bucket(struct core *core, const struct demux_table *table, uint64_t bucket)
{
	if (table->buckets == NULL)
		return;
	const struct demux_bucket *b = &table->buckets[bucket & table->mask];
	for (int way = 0; way < DEMUX_WAYS; way++) {
		struct tcb *t = slab_at(&core->tcp->tcbs, demux_index(b->handles[way]));
		if (demux_kind(b->handles[way]) == DEMUX_TCB && t->ooo_head != 0)
			tcp_ooo_give_up(core, t);
	}
}

bool
tcp_scarcity_relieve(struct core *core)
{
	struct tcp_layer *tcp = core->tcp;

	if (likely(tcp->scarcity < RX_NO_OOO || tcp->ooo_chunks == 0))
		return false;
	tcp_scarcity_look(core);
	for (unsigned i = 0; i < LOOK_AT && tcp->scarcity >= RX_NO_OOO; i++) {
		relieve_bucket(core, &tcp->demux.now, tcp->ooo_cursor);
		relieve_bucket(core, &tcp->demux.old, tcp->ooo_cursor);
		tcp->ooo_cursor++;
		tcp_scarcity_look(core);
	}
	return tcp->scarcity >= RX_NO_OOO && tcp->ooo_chunks > 0;
}
