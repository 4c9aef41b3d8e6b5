/* SPDX-License-Identifier: BSD-3-Clause */
/* A world is made and taken down; what is wrong in it is told. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <rte_dev.h>
#include <rte_eth_ring.h>
#include "ladder/ladder.h"
#include "run/run.h"
#include "tcp/tcp.h"
#include "world.h"

enum { RING = 1024, WIRE_MBUFS = 8191, APP_MBUFS = 4095, TRACE = 65536, TABLE = 16 };

static void
draw_ladders(const struct world *w)
{
	const struct host *hosts[] = {&w->a, &w->b};

	for (int i = 0; i < 2; i++) {
		if (hosts[i]->leat == NULL)
			continue;
		printf("%s\n%c saw this:\n\n", i > 0 ? "\n" : "", 'a' + i);
		ladder_print(hosts[i]->leat->loops[0].core.trace, &(struct ladder_filter){0}, stdout);
	}
	fflush(stdout);
}

void
world_fail(const struct world *w, const char *format, ...)
{
	char why[WORLD_WHY];
	va_list ap;

	va_start(ap, format);
	vsnprintf(why, sizeof(why), format, ap);
	va_end(ap);
	if (w->options->ladder)
		draw_ladders(w);
	if (w->options->why != NULL)
		snprintf(w->options->why, WORLD_WHY, "at %.6f s: %.480s", (double)(w->now - w->start) / 1e9, why);
	else
		fprintf(stderr, "failed at %.6f s: %s\n", (double)(w->now - w->start) / 1e9, why);
	_exit(WORLD_FAILED);
}

void
world_say(const struct world *w, const char *format, ...)
{
	va_list ap;

	if (!w->options->loud)
		return;
	fprintf(stderr, "%12.6f ", (double)(w->now - w->start) / 1e9);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
}

struct talk *
world_talk_of(struct world *w, uint16_t port, bool dialer_is_a)
{
	for (unsigned i = 0; i < w->nb_talks; i++)
		if (w->talks[i].dialled && w->talks[i].port == port && w->talks[i].dialer.is_a == dialer_is_a)
			return &w->talks[i];
	return NULL;
}

static uint64_t
clock_of(void *arg)
{
	return ((const struct world *)arg)->now;
}

static void
fill_tcp(struct leat_tcp_config *c, const struct scenario_host *h)
{
	c->rcv_buf = (uint32_t)h->rcv_buf;
	c->snd_buf = (uint32_t)h->snd_buf;
	c->mss = (uint16_t)h->mss;
	c->initial_window = (uint8_t)h->initial_window;
	c->syn_retries = c->synack_retries = 10;
	c->retries = (uint8_t)h->retries;
	c->timestamps = h->timestamps;
	c->window_scale = h->window_scale;
	c->sack = h->sack;
	c->nodelay = h->nodelay;
	c->congestion = h->newreno ? LEAT_TCP_NEWRENO : LEAT_TCP_CUBIC;
	c->ecn = (enum leat_ecn)h->ecn;
	c->pacing = h->pacing;
	c->msl = h->msl * WORLD_MS;
	c->rto_min = h->rto_min * WORLD_MS;
	c->rto_initial = h->rto_initial * WORLD_MS;
	c->rto_max = h->rto_max * WORLD_MS;
	c->delayed_ack = h->delayed_ack * WORLD_MS;
	c->keepalive = h->keepalive * WORLD_MS;
	c->keepalive_interval = WORLD_SEC;
}

static void
fill_config(const struct world *w, struct leat_config *c, bool is_a)
{
	leat_config_init(c);
	snprintf(c->name, sizeof(c->name), "%s", is_a ? "a" : "b");
	snprintf(c->ports[0].name, sizeof(c->ports[0].name), "net_ring_%s", c->name);
	c->nb_ports = 1;
	c->addrs[0].addr = leat_ipv4(198, 18, 0, is_a ? 1 : 2);
	c->addrs[0].prefix_len = 24;
	c->nb_addrs = 1;
	c->clock = clock_of;
	c->clock_arg = (void *)(uintptr_t)w;
	memset(c->secret, is_a ? 0xa : 0xb, sizeof(c->secret));
	memcpy(c->secret, &w->scenario.seed, sizeof(w->scenario.seed));
	c->has_secret = true;
	c->rx_mbufs = 512;
	c->tx_mbufs = 2048;
	c->rx_descriptors = c->tx_descriptors = 64;
	c->max_connections = c->max_half_open = c->max_time_wait = TABLE;
	c->trace = w->options->ladder ? TRACE : 0;
	if (is_a && w->options->pcap != NULL)
		snprintf(c->pcap, sizeof(c->pcap), "%s", w->options->pcap);
	fill_tcp(&c->tcp, is_a ? &w->scenario.a : &w->scenario.b);
}

static struct rte_ring *
make_ring(const struct world *w, char host, const char *which)
{
	char name[32];

	snprintf(name, sizeof(name), "%c-%s", host, which);
	struct rte_ring *r = rte_ring_create(name, RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (r == NULL)
		world_fail(w, "no memory for a ring");
	return r;
}

static void
open_host(struct world *w, struct host *h, bool is_a)
{
	struct leat_endpoint at = {.port = TALK_PORT};
	struct leat_config c;
	struct leat_error error;

	h->is_a = is_a;
	h->in = make_ring(w, is_a ? 'a' : 'b', "in");
	h->out = make_ring(w, is_a ? 'a' : 'b', "out");
	if (rte_eth_from_rings(is_a ? "a" : "b", &h->in, 1, &h->out, 1, 0) < 0)
		world_fail(w, "no port");
	fill_config(w, &c, is_a);
	h->leat = leat_create(&c, &error);
	if (h->leat == NULL)
		world_fail(w, "%s", error.text);
	if (leat_tcp_listen(h->leat, &at, &talk_accepting, w, &h->listener) != 0)
		world_fail(w, "it does not listen");
}

static struct rte_mempool *
make_pool(const struct world *w, const char *name, unsigned n)
{
	struct rte_mempool *p = rte_pktmbuf_pool_create(name, n, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);

	if (p == NULL)
		world_fail(w, "no memory for %u mbufs", n);
	return p;
}

static void
watch_slabs(struct world *w)
{
	struct tcp_layer *a = w->a.leat->loops[0].core.tcp, *b = w->b.leat->loops[0].core.tcp;
	struct slab *slabs[] = {&a->tcbs, &a->half_opens, &a->chunks, &a->refs, &b->tcbs, &b->half_opens, &b->chunks,
		&b->refs};

	memory_slabs(slabs, RTE_DIM(slabs));
}

void
world_open(struct world *w, const struct scenario *s, const struct world_options *options)
{
	*w = (struct world){.scenario = *s, .options = options, .start = WORLD_SEC, .now = WORLD_SEC,
		.forge = draw_stream(s->seed, DRAW_FORGE)};
	/* pools of whatever size are dear to make: these two stay */
	w->wire_pool = rte_mempool_lookup("wire") ? rte_mempool_lookup("wire") : make_pool(w, "wire", WIRE_MBUFS);
	w->app_pool = rte_mempool_lookup("app") ? rte_mempool_lookup("app") : make_pool(w, "app", APP_MBUFS);
	w->tap = tap_create(w);
	if (w->tap == NULL)
		world_fail(w, "no memory");
	open_host(w, &w->a, true);
	open_host(w, &w->b, false);
	watch_slabs(w);
	w->nb_talks = (unsigned)s->path.talks;
	for (unsigned i = 0; i < w->nb_talks; i++)
		talk_init(&w->talks[i], w, i);
	memory_fail(MEMORY_MBUFS, 0, 0);
	memory_fail(MEMORY_SLABS, 0, 0);
	if (options->starve.first > 0)
		memory_fail(options->starve.kind, options->starve.first, options->starve.n);
}

static bool
host_at_rest(const struct host *h, const char **what, uint32_t *n)
{
	struct leat_usage u = {.size = sizeof(u)};
	const struct tcp_layer *tcp = h->leat->loops[0].core.tcp;

	leat_usage(h->leat, &u);
	const struct {
		const char *what;
		uint32_t n;
	} held[] = {{"control blocks", u.connections}, {"half-open entries", u.half_open}, {"TIME-WAIT entries", u.time_wait},
		{"mbufs in the stack", u.mbufs_stack}, {"mbufs elsewhere", u.mbufs_app}, {"chunks", tcp->chunks.used},
		{"short messages", tcp->shorts.used}, {"timers", tcp->timers.used},
		{"references", tcp->refs.used}};
	for (unsigned i = 0; i < RTE_DIM(held); i++)
		if (held[i].n > 0) {
			*what = held[i].what;
			*n = held[i].n;
			return false;
		}
	return true;
}

bool
world_at_rest(const struct world *w, const char **what, uint32_t *n)
{
	if (!host_at_rest(&w->a, what, n) || !host_at_rest(&w->b, what, n))
		return false;
	*what = "mbufs of the wire and the applications";
	*n = rte_mempool_in_use_count(w->wire_pool) + rte_mempool_in_use_count(w->app_pool);
	return *n == 0;
}

static void
close_host(struct host *h)
{
	void *m;

	while (rte_ring_dequeue(h->in, &m) == 0 || rte_ring_dequeue(h->out, &m) == 0)
		rte_pktmbuf_free(m);
	leat_destroy(h->leat);
	rte_eal_hotplug_remove("vdev", h->is_a ? "net_ring_a" : "net_ring_b");
	rte_ring_free(h->in);
	rte_ring_free(h->out);
}

void
world_close(struct world *w)
{
	if (w->options->ladder)
		draw_ladders(w);
	memory_slabs(NULL, 0);
	memory_stop();
	wire_destroy(w->wire);
	close_host(&w->a);
	close_host(&w->b);
	tap_destroy(w->tap);
}
