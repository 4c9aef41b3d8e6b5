/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_eth_ring.h>
#include <rte_mempool.h>
#include <rte_ring.h>
#include "base/poison.h"
#include "cut.h"
#include "ip/icmp.h"
#include "judge.h"
#include "ladder/ladder.h"
#include "plant.h"
#include "run/run.h"
#include "stage.h"
#include "support/eal.h"
#include "tcp/listen.h"
#include "tcp/tcp.h"

enum {
	RING = 1024,
	MBUFS = 1024,
	TRACE = 4096,
	TABLE = 64,
	TURNS_MAX = 400,   /* at one moment */
	TURNS_DRY = 3,     /* … when each turn tries for memory again */
	WAKES_MAX = 20000, /* moments until the last timer is gone */
	MOMENT = 5000,     /* ns between one turn and the next: a number of RFC 6528 never comes twice */
	SETTLE_SEC = 30,   /* announcements of our address are over then */
};

struct stage stage;

static struct rte_ring *in, *out;

static struct {
	void *at;
	size_t size;
	void *copy;
} saved[8];
static unsigned nb_saved;

static struct rte_mempool *pools[4];
static unsigned full[4];

static void *taken[MBUFS];
static unsigned nb_taken;
static struct rte_mempool *dry;

void
say(const char *format, ...)
{
	va_list ap;

	if (!stage.loud)
		return;
	printf("%12.6f  ", (double)(stage.now - SEC) / 1e9);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
}

void
fail(const char *format, ...)
{
	va_list ap;

	if (stage.loud && stage.core != NULL && stage.core->trace != NULL) {
		putchar('\n');
		ladder_print(stage.core->trace, &(struct ladder_filter){0}, stdout);
	}
	fflush(stdout);
	fprintf(stderr, "does not hold: ");
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}

static uint64_t
clock_of(void *arg)
{
	(void)arg;
	return stage.now;
}

static void
save(void *at, size_t size)
{
	saved[nb_saved].at = at;
	saved[nb_saved].size = size;
	saved[nb_saved].copy = malloc(size);
	HOLDS(saved[nb_saved].copy != NULL, "no memory");
	memcpy(saved[nb_saved++].copy, at, size);
}

static void
fill_config(struct leat_config *c)
{
	leat_config_init(c);
	snprintf(c->name, sizeof(c->name), "fuzz");
	snprintf(c->ports[0].name, sizeof(c->ports[0].name), "net_ring_fuzz");
	c->nb_ports = 1;
	c->addrs[0] = (struct leat_addr_config){.addr = leat_ipv4(198, 18, 0, 1), .prefix_len = 24};
	c->nb_addrs = 1;
	c->routes[0] = (struct leat_route_config){.dest = leat_ipv4(0, 0, 0, 0), .via = leat_ipv4(198, 18, 0, 254)};
	c->nb_routes = 1;
	c->neighbours[0] = (struct leat_neighbour_config){.addr = leat_ipv4(198, 18, 0, 2), .mac = {2, 0, 0, 0, 0, 2}};
	c->neighbours[1] = (struct leat_neighbour_config){.addr = leat_ipv4(198, 18, 0, 254), .mac = {2, 0, 0, 0, 0, 254}};
	c->nb_neighbours = 2;
	c->clock = clock_of;
	memset(c->secret, 0x5a, sizeof(c->secret));
	c->has_secret = true;
	c->rx_mbufs = c->tx_mbufs = MBUFS;
	c->rx_descriptors = c->tx_descriptors = 64;
	c->max_connections = c->max_half_open = c->max_time_wait = TABLE;
	c->tcp.rcv_buf_max = 131072;
	c->trace = stage.loud ? TRACE : 0;
}

static void
start_eal(void)
{
	/* without a file of its own: whoever finds a bug does not come to tidy up */
	support_eal_start("--no-shconf", "--log-level", "*:error", NULL);
	rmdir(rte_eal_get_runtime_dir());
}

static void
make_instance(const struct leat_tcp_events *events)
{
	const struct leat_endpoint at = {.port = STAGE_PORT};
	struct leat_listener *listener;
	struct leat_config config;
	struct leat_error error;

	in = rte_ring_create("in", RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	out = rte_ring_create("out", RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	HOLDS(in != NULL && out != NULL && rte_eth_from_rings("fuzz", &in, 1, &out, 1, 0) >= 0, "no port");
	fill_config(&config);
	stage.leat = leat_create(&config, &error);
	HOLDS(stage.leat != NULL, "%s", error.text);
	HOLDS(leat_tcp_listen(stage.leat, &at, events, NULL, &listener) == 0, "it does not listen");
	stage.core = &stage.leat->loops[0].core;
	stage.tcp = stage.core->tcp;
	stage.config = &stage.leat->config.tcp;
}

static void
throw_away(struct rte_ring *r)
{
	void *m;

	while (rte_ring_dequeue(r, &m) == 0)
		rte_pktmbuf_free(m);
}

void
stage_open(const struct leat_tcp_events *events)
{
	start_eal();
	stage.now = SEC;
	make_instance(events);
	for (unsigned i = 0; i < SETTLE_SEC; i++) {
		stage.now += SEC;
		leat_core_poll(leat_core(stage.leat, 0));
	}
	throw_away(out);
	HOLDS(stage.core->wheel.armed == 0, "%u timers at the beginning", stage.core->wheel.armed);
	struct rte_mempool *const all[] = {stage.core->rx_pool, stage.core->data_pool, stage.core->hdr_pool,
		stage.core->ind_pool};
	memcpy(pools, all, sizeof(pools));
	for (unsigned i = 0; i < RTE_DIM(pools); i++)
		full[i] = rte_mempool_avail_count(pools[i]);
	const struct leat_endpoint at = {.port = STAGE_PORT};
	save(&stage, sizeof(stage));
	save(stage.leat->loops, sizeof(*stage.leat->loops));
	save(stage.config, sizeof(*stage.config));
	save(stage.tcp, sizeof(*stage.tcp));
	save(stage.core->ip, sizeof(*stage.core->ip));
	save(stage.core->ip->icmp, sizeof(*stage.core->ip->icmp));
	save(tcp_listener_find(stage.core, &at), sizeof(struct tcp_listener));
}

static void
check_pools(void)
{
	for (unsigned i = 0; i < RTE_DIM(pools); i++)
		HOLDS(rte_mempool_avail_count(pools[i]) == full[i], "at the end: %u of %u mbufs of %s are not back",
			full[i] - rte_mempool_avail_count(pools[i]), full[i], pools[i]->name);
	HOLDS(stage.core->held == 0, "at the end: %ld mbufs are counted as held", (long)stage.core->held);
}

/* Nothing of a slab is in use; and places that are handed out for the first time again are not poisoned. */
static void
check_slabs(void)
{
	const struct {
		const char *what;
		const struct slab *slab;
	} slabs[] = {{"control blocks", &stage.tcp->tcbs}, {"half-open entries", &stage.tcp->half_opens},
		{"TIME-WAIT entries", &stage.tcp->time_waits}, {"chunks", &stage.tcp->chunks}, {"senders", &stage.tcp->senders},
		{"short messages", &stage.tcp->shorts}, {"timers", &stage.tcp->timers},
		{"runs", &stage.tcp->runs}, {"references", &stage.tcp->refs}, {"extras", &stage.tcp->extras}};

	for (unsigned i = 0; i < RTE_DIM(slabs); i++) {
		HOLDS(slabs[i].slab->used == 0, "at the end: %u %s are in use", slabs[i].slab->used, slabs[i].what);
		poison_off(slab_at(slabs[i].slab, 1), (size_t)slabs[i].slab->touched << slabs[i].slab->shift);
	}
	HOLDS(stage.tcp->demux.entries == 0, "at the end: %u entries in the demux", stage.tcp->demux.entries);
	HOLDS(stage.tcp->orphans == 0, "at the end: %u orphans", stage.tcp->orphans);
	HOLDS(stage.tcp->ooo_chunks == 0, "at the end: %u chunks out of order", stage.tcp->ooo_chunks);
	HOLDS(stage.core->wheel.armed == 0, "at the end: %u timers", stage.core->wheel.armed);
}

void
stage_reset(void)
{
	stage_wet();
	cut_take_back();
	HOLDS(stage.core->counters[DROP_eth_short] == 0, "a frame was too short");
	check_slabs();
	check_pools();
	for (unsigned i = 0; i < nb_saved; i++)
		memcpy(saved[i].at, saved[i].copy, saved[i].size);
	if (stage.core->trace != NULL)
		stage.core->trace->written = 0;
}

bool
stage_give(const uint8_t *frame, uint32_t len, uint8_t cut)
{
	struct rte_mbuf *m = cut_frame(frame, len, cut);

	if (m == NULL)
		return false;
	if (rte_ring_enqueue(in, m) == 0)
		return true;
	rte_pktmbuf_free(m);
	return false;
}

static void
judge_frame(struct rte_mbuf *m)
{
	uint8_t frame[STAGE_FRAME_MAX];
	uint32_t at = 0;

	HOLDS(m->pkt_len <= sizeof(frame), "a frame of %u bytes", m->pkt_len);
	for (const struct rte_mbuf *seg = m; seg != NULL; at += seg->data_len, seg = seg->next)
		if (at + seg->data_len <= sizeof(frame))
			memcpy(frame + at, rte_pktmbuf_mtod(seg, const void *), seg->data_len);
	HOLDS(at == m->pkt_len, "a frame says that it has %u bytes, it has %u", m->pkt_len, at);
	plant_sent(frame, m->pkt_len);
	judge_sent(frame, m->pkt_len);
	rte_pktmbuf_free(m);
}

void
stage_turn(void)
{
	unsigned turns = 0;
	void *m;

	for (;;) {
		unsigned work = leat_core_poll(leat_core(stage.leat, 0));
		while (rte_ring_dequeue(out, &m) == 0)
			judge_frame(m);
		if (work == 0)
			break;
		if (++turns >= TURNS_DRY && stage_is_dry())
			break;
		HOLDS(turns < TURNS_MAX, "the core never becomes idle");
	}
	plant_turned();
	judge_turned();
	stage.now += MOMENT;
}

void
stage_after(uint64_t ns)
{
	uint64_t end = stage.now + ns;

	for (unsigned wakes = 0; wakes < WAKES_MAX; wakes++) {
		uint64_t next = leat_core_next(leat_core(stage.leat, 0));
		if (next >= end)
			break;
		stage.now = next > stage.now ? next : stage.now + MS / 10;
		stage_turn();
	}
	stage.now = end;
	stage_turn();
}

void
stage_until_still(void)
{
	unsigned wakes = 0;

	stage_turn();
	while (stage.core->wheel.armed > 0) {
		uint64_t next = leat_core_next(leat_core(stage.leat, 0));
		HOLDS(wakes++ < WAKES_MAX, "after %u wakes, %.6f s, %u timers are still armed, the next in %ld ns",
			wakes, (double)(stage.now - SEC) / 1e9, stage.core->wheel.armed, (long)(next - stage.now));
		stage.now = next > stage.now ? next : stage.now + MS / 10;
		stage_turn();
	}
}

void
stage_dry(unsigned pool, unsigned left)
{
	stage_wet();
	stage.dried = true;
	dry = pools[pool % RTE_DIM(pools)];
	while (rte_mempool_avail_count(dry) > left && nb_taken < RTE_DIM(taken) &&
		rte_mempool_get(dry, &taken[nb_taken]) == 0)
		nb_taken++;
}

void
stage_wet(void)
{
	while (nb_taken > 0)
		rte_mempool_put(dry, taken[--nb_taken]);
}

bool
stage_is_dry(void)
{
	return nb_taken > 0;
}

uint32_t
stage_find(uint16_t leat_port, uint16_t peer_port)
{
	const struct leat_addr us = {.v4 = STAGE_US, .family = LEAT_IPV4}, peer = {.v4 = STAGE_PEER, .family = LEAT_IPV4};
	struct tuple t;

	tuple_make(&t, &us, leat_port, &peer, peer_port);
	return demux_lookup(&stage.tcp->demux, &t, demux_hash(&stage.tcp->demux, &t));
}
