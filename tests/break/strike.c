/* SPDX-License-Identifier: BSD-3-Clause */
/* How each thing breaks: what befalls the segment, and what befalls a side while it is on its way. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <rte_mbuf.h>
#include "core/core.h"
#include "strike.h"
#include "tcp/tcp.h"

enum {
	KINDS = RTE_DIM(((struct world *)0)->blocks_taken), /* of control blocks */
	LINK_MTU = 600,        /* that the data is too large for */
	LEAST_MTU = 68,        /* RFC 791 3.1 */
};

/* --- memory --- */

static struct slab *
slab_of(struct tcp_layer *tcp, unsigned i)
{
	/* not TIME-WAIT entries: there the oldest makes room */
	struct slab *const slabs[] = {&tcp->tcbs, &tcp->half_opens, &tcp->chunks, &tcp->shorts};

	return slabs[i];
}

static void
take_pool(struct world *w, struct rte_mempool *pool)
{
	struct rte_mbuf *m;

	while ((m = rte_pktmbuf_alloc(pool)) != NULL) {
		m->next = w->mbufs_taken;
		w->mbufs_taken = m;
	}
}

/* Who sends the step's segment has nothing to send with, who receives it nothing to receive into. */
void
strike_take_packets(struct world *w)
{
	struct core *core = w->host[w->who]->core;

	if (w->who == step_sender(w->step)) {
		core->recycles = false; /* nor what it has received */
		take_pool(w, core->data_pool);
		take_pool(w, core->hdr_pool);
		take_pool(w, core->ind_pool);
	} else {
		take_pool(w, core->rx_pool);
	}
}

void
strike_take_blocks(struct world *w)
{
	for (unsigned i = 0; i < KINDS; i++) {
		struct slab *s = slab_of(w->host[w->who]->core->tcp, i);
		uint32_t handle;
		w->blocks_taken[i] = calloc(s->max, sizeof(handle));
		while ((handle = slab_alloc(s)) != 0)
			w->blocks_taken[i][w->nb_blocks_taken[i]++] = handle;
	}
}

static void
give_back(struct world *w)
{
	w->host[w->who]->core->recycles |= w->mbufs_taken != NULL;
	while (w->mbufs_taken != NULL) {
		struct rte_mbuf *m = w->mbufs_taken;
		w->mbufs_taken = m->next;
		m->next = NULL;
		rte_pktmbuf_free(m);
	}
	for (unsigned i = 0; i < KINDS; i++) {
		while (w->nb_blocks_taken[i] > 0)
			slab_free(slab_of(w->host[w->who]->core->tcp, i), w->blocks_taken[i][--w->nb_blocks_taken[i]]);
		free(w->blocks_taken[i]);
		w->blocks_taken[i] = NULL;
	}
}

/* --- what befalls a side, while the segment is on its way --- */

static void
power_off(struct world *w)
{
	w->host[w->who]->on = false;
	record_state(&w->record, w->now, w->who, "gone");
}

/* It comes up with nothing of before; its program is started again. */
static void
power_on(struct world *w)
{
	struct host *h = &w->spares[w->who];

	w->host[w->who] = h;
	h->on = true;
	if (w->who == SERVER)
		app_listens(h);
	else
		app_connects(h);
}

static void
link_down(struct world *w)
{
	w->down = true;
	world_lose_flights(w);
	world_links(w, false);
}

static void
link_up(struct world *w)
{
	w->down = false;
	world_links(w, true);
}

static void
reset(struct world *w)
{
	forge_rst(w, w->who, w->what);
}

static void
exit_app(struct world *w)
{
	app_exits(w->host[w->who]);
}

/* The last segment of that kind that a side sent comes once more. */
static void
again(struct world *w, enum side from, uint8_t flags, bool data, bool damaged)
{
	for (unsigned i = w->nb_archive; i-- > 0;) {
		struct frame f = w->archive[i];
		if (f.from != from || (f.seg.flags & (TCP_SYN | TCP_FIN)) != flags || (f.seg.len > 0) != data)
			continue;
		if (damaged)
			forge_damage(&f);
		world_put(w, &f, w->now + WIRE_MS * MS);
		w->seen = true;
		return;
	}
}

/* Nothing is on its way in TIME-WAIT: it is there for what is late. */
static void
late(struct world *w)
{
	again(w, SERVER, w->what == DELAYED ? TCP_SYN : w->what == REORDERED ? 0 : TCP_FIN, w->what == REORDERED,
		w->what == CORRUPTED);
}

/* From the same port to the same port. */
static void
reopen(struct world *w)
{
	app_connects(w->host[SERVER]);
}

void
strike_plan(struct world *w)
{
	uint64_t soon = w->zero + STRIKE_MS * MS;

	switch (w->what) {
	case RST_EXACT:
	case RST_INSIDE:
	case RST_OUTSIDE:
		world_later(w, soon, reset);
		break;
	case VANISHES:
		world_later(w, soon, power_off);
		break;
	case REBOOTS:
		world_later(w, soon, power_off);
		world_later(w, w->zero + 2 * SEC, power_on);
		break;
	case LINK_DOWN:
		world_later(w, soon, link_down);
		world_later(w, w->zero + 10 * SEC, link_up);
		break;
	case NO_PACKETS:
	case NO_BLOCKS:
		world_later(w, w->zero + 3 * SEC, give_back);
		break;
	case EXITS:
		world_later(w, soon, exit_app);
		break;
	case EXITS_UNREAD:
		world_later(w, w->zero + WIRE_MS * MS + STRIKE_MS * MS, exit_app);
		break;
	case REOPENS:
		app_listens(w->host[CLIENT]);
		world_later(w, soon, reopen);
		break;
	case DUPLICATED:
	case REORDERED:
	case DELAYED:
	case CORRUPTED:
		if (w->step == TIME_WAIT)
			world_later(w, w->zero, late);
		break;
	default:
		break;
	}
}

/* --- what befalls the segment --- */

static uint64_t
delay_of(enum step step)
{
	return step <= THIRD_ACK ? 1500 * MS : 500 * MS;
}

/* Is it the segment that the step is about? The first that leaves at its time and is not what it overtakes. */
static bool
is_the_segment(struct world *w, const struct frame *f)
{
	return !w->seen && f->is_tcp && w->zero != 0 && f->at == w->zero && f->from == step_sender(w->step);
}

static bool
on_router(struct world *w, const struct frame *f)
{
	static const uint8_t codes[BREAKS] = {[ICMP_NET] = 0, [ICMP_HOST] = 1, [ICMP_PROTOCOL] = 2, [ICMP_PORT] = 3,
		[ICMP_FRAG] = 4, [ICMP_ADMIN] = 13};
	bool small = f->len <= LINK_MTU + RTE_ETHER_HDR_LEN;

	if (!f->is_tcp || !w->seen || f->from != step_sender(w->step))
		return true;
	if (w->what == ICMP_FRAG && small && w->step == DATA)
		return true; /* it fits */
	forge_icmp(w, f, codes[w->what], w->what == ICMP_FRAG ? small ? LEAST_MTU : LINK_MTU : 0);
	/* what is short passes everywhere: such an error is a lie, and the segment arrives */
	return w->what == ICMP_FRAG && small;
}

/* The step's segment. */
static bool
befall(struct world *w, struct frame *f)
{
	uint64_t arrives = w->now + WIRE_MS * MS;

	switch (w->what) {
	case LOST:
		return false;
	case DUPLICATED:
		world_put(w, f, arrives + MS);
		return true;
	case DELAYED:
		world_put(w, f, arrives + delay_of(w->step));
		return false;
	case CORRUPTED:
		forge_damage(f);
		return true;
	case REORDERED:
		/* the FINs overtake what was sent before them, the others are overtaken */
		if (w->step == FIN_ || w->step == PEERS_FIN)
			return true;
		world_put(w, f, arrives + STRIKE_MS * MS);
		return false;
	default:
		return true;
	}
}

bool
strike_hand(struct world *w, struct frame *f)
{
	bool is_icmp = w->what >= ICMP_NET && w->what <= ICMP_ADMIN, now = is_the_segment(w, f);

	w->seen |= now;
	if (!f->is_tcp)
		return w->zero == 0 || w->what != ARP_FAILS || f->from != w->who;
	if (is_icmp)
		return on_router(w, f);
	return !now || befall(w, f);
}
