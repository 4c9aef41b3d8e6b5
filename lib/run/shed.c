/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <rte_common.h>
#include <rte_mbuf.h>
#include <rte_prefetch.h>
#include "run/shed.h"
#include "wire/syn.h"

enum {
	QUEUES = 2, /* receive queues that the line is as long as; SYNs have the first half of it */
	PART = 4,   /* of the buffers that the drivers leave the line may hold this part */
	FLOOD_NS = 100000000, /* cookies were sent lately */
};

int
shed_init(struct shed *s, uint32_t room, uint32_t buffers)
{
	uint32_t size = rte_align32prevpow2(RTE_MAX(RTE_MIN(QUEUES * room, buffers / PART), 2u * CORE_BURST));

	*s = (struct shed){.room = room, .mask = size - 1};
	s->line = calloc(size, sizeof(*s->line));
	return s->line == NULL ? -ENOMEM : 0;
}

void
shed_fini(struct core *core, struct shed *s)
{
	if (s->line == NULL)
		return;
	for (; s->head != s->tail; s->head++, core->held--)
		rte_pktmbuf_free(s->line[s->head & s->mask]);
	free(s->line);
	s->line = NULL;
}

/* It is one segment, and nobody else's. */
static bool
is_simple(const struct rte_mbuf *m)
{
	return m->nb_segs == 1 && RTE_MBUF_DIRECT(m) && rte_mbuf_refcnt_read(m) == 1;
}

static bool
is_syn(const struct rte_mbuf *m)
{
	return is_simple(m) && frame_is_syn(rte_pktmbuf_mtod(m, const uint8_t *), m->data_len);
}

/* Back to the pool, without a look at m->next, which is in another line and NULL where a packet is one segment. */
static void
free_syns(struct rte_mbuf **syns, unsigned n)
{
	for (unsigned i = 0, run; i < n; i += run) {
		for (run = 1; i + run < n && syns[i + run]->pool == syns[i]->pool;)
			run++;
		rte_mempool_put_bulk(syns[i]->pool, (void **)(syns + i), run);
	}
}

/* The SYNs of a burst go, but for a few. Returns how many packets stay, in their order. */
static unsigned
drop_syns(struct core *core, struct shed *s, struct rte_mbuf **pkts, unsigned n)
{
	struct rte_mbuf *syns[CORE_BURST];
	unsigned kept = 0, nb_syns = 0;

	for (unsigned i = 0; i < n; i++)
		rte_prefetch0(rte_pktmbuf_mtod(pkts[i], void *));
	s->waited += n;
	for (unsigned i = 0; i < n; i++) {
		bool syn = is_syn(pkts[i]);
		if (syn && s->waited < SHED_PASS) {
			syns[nb_syns++] = pkts[i];
			continue;
		}
		if (syn)
			s->waited = 0;
		pkts[kept++] = pkts[i];
	}
	free_syns(syns, nb_syns);
	count_n(core, DROP_tcp_shed, nb_syns);
	core->work += nb_syns;
	return kept;
}

/* Are SYNs answered with cookies now? */
static bool
is_flooded(const struct core *core, struct shed *s)
{
	uint64_t sent = core->counters[CNT_tcp_cookies_sent];

	if (sent != s->cookies) {
		s->cookies = sent;
		s->flood_until = core->now + FLOOD_NS;
	}
	return core->now < s->flood_until;
}

void
shed_put(struct core *core, struct shed *s, struct rte_mbuf **pkts, unsigned n)
{
	if (shed_length(s) > s->mask / 2 && !is_flooded(core, s))
		n = drop_syns(core, s, pkts, n);
	for (unsigned i = 0; i < n; i++)
		s->line[s->tail++ & s->mask] = pkts[i];
	core->held += n;
}

unsigned
shed_take(struct core *core, struct shed *s, struct rte_mbuf **pkts)
{
	unsigned n = RTE_MIN(shed_length(s), (uint32_t)CORE_BURST);

	for (unsigned i = 0; i < n; i++)
		pkts[i] = s->line[s->head++ & s->mask];
	core->held -= n;
	return n;
}
