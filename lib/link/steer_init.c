/* SPDX-License-Identifier: BSD-3-Clause */
/* What the ports can, and so who steers; the keys of both hashes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <rte_ethdev.h>
#include <sodium/crypto_shorthash.h>
#include "link/log.h"
#include "link/port.h"
#include "link/steer.h"

enum {
	PORTS = 65536,
	WHOLE = 1 << 20,
	RUN = 8,             /* ports of a run for each core */
	RUNS = 16,
	PORT_MIN = 32768,    /* where those begin that peers choose, as Linux has it; the runs begin so far apart: */
	PORT_STRIDE = 8192,  /* at such places that what is even there is so in twice as many ports that begin anywhere */
	DRAWS = 64,          /* of an RSS key, until one is even enough */
};

/* Can every port sort TCP into a queue for each core, as we say? *reta_size: the smallest table of them. */
static bool
all_have_rss(const uint16_t *ids, unsigned nb_ports, unsigned nb_cores, uint16_t *reta_size)
{
	*reta_size = UINT16_MAX;
	for (unsigned i = 0; i < nb_ports; i++) {
		struct rte_eth_dev_info info;
		if (rte_eth_dev_info_get(ids[i], &info) < 0 || info.reta_size < nb_cores ||
			info.reta_size > STEER_RETA_MAX || info.hash_key_size > STEER_RSS_KEY ||
			(info.flow_type_rss_offloads & RTE_ETH_RSS_NONFRAG_IPV4_TCP) == 0 ||
			info.max_rx_queues < nb_cores || info.max_tx_queues < nb_cores)
			return false;
		*reta_size = RTE_MIN(*reta_size, info.reta_size);
	}
	return true;
}

static bool
all_have_queues(const uint16_t *ids, unsigned nb_ports, const struct leat_config *config)
{
	for (unsigned i = 0; i < nb_ports; i++) {
		struct rte_eth_dev_info info;
		if (rte_eth_dev_info_get(ids[i], &info) < 0 || info.max_rx_queues < config->cores ||
			info.max_tx_queues < config->cores || (config->queues != 0 && config->queues < config->cores))
			return false;
	}
	return true;
}

static enum leat_steering
choose(struct steer *s, const struct leat_config *config, const uint16_t *ids, unsigned nb_ports)
{
	bool rss = all_have_rss(ids, nb_ports, s->nb_cores, &s->reta_size) &&
		(config->queues == 0 || config->queues == s->nb_cores);

	switch (config->steering) {
	case LEAT_STEER_AUTO:
		return rss ? LEAT_STEER_RSS : LEAT_STEER_SOFTWARE;
	case LEAT_STEER_RSS:
		if (rss)
			return LEAT_STEER_RSS;
		break;
	case LEAT_STEER_QUEUE:
		if (all_have_queues(ids, nb_ports, config))
			return LEAT_STEER_QUEUE;
		break;
	case LEAT_STEER_SOFTWARE:
		return LEAT_STEER_SOFTWARE;
	}
	LINK_LOG(WARNING, "steering = %s needs %s on every port: software steers\n",
		config->steering == LEAT_STEER_RSS ? "rss" : "queue",
		config->steering == LEAT_STEER_RSS ? "RSS with a queue for each core" : "a queue pair for each core");
	return LEAT_STEER_SOFTWARE;
}

/* SipHash of a counter: as many secret bytes as are wanted, others each round. */
static void
derive(const struct core *core, const char *purpose, uint32_t round, uint8_t *to, size_t len)
{
	struct {
		char purpose[8];
		uint32_t round, n;
	} in = {.round = round};

	memcpy(in.purpose, purpose, strnlen(purpose, sizeof(in.purpose)));
	_Static_assert(sizeof(core->secret) >= crypto_shorthash_KEYBYTES, "the secret is a key");
	for (; len > 0; in.n++) {
		uint8_t out[crypto_shorthash_BYTES];
		size_t part = RTE_MIN(len, sizeof(out));
		crypto_shorthash(out, (const uint8_t *)&in, sizeof(in), core->secret);
		memcpy(to, out, part);
		to += part;
		len -= part;
	}
}

/* Of a run of ports, a step apart, at our end or the peer's: how many has the core that has fewest? */
static unsigned
fewest(const struct steer *s, uint16_t first, uint16_t step, bool ours)
{
	const struct leat_addr local = leat_ipv4(198, 18, 0, 1), remote = leat_ipv4(198, 18, 0, 2);
	unsigned n[LEAT_MAX_CORES] = {0}, least = RUN;

	for (unsigned i = 0; i < RUN * s->nb_cores; i++) {
		uint16_t port = (uint16_t)(first + i * step);
		struct tuple t;
		tuple_make(&t, &local, ours ? port : 80, &remote, ours ? 80 : port);
		n[steer_tuple(s, &t)]++;
	}
	for (unsigned i = 0; i < s->nb_cores; i++)
		least = RTE_MIN(least, n[i]);
	return least;
}

/* Of several runs, one after the other as most choose ports, or every second as Linux does. */
static unsigned
fewest_of_all(const struct steer *s)
{
	unsigned least = RUN;

	for (unsigned i = 0; i < RUNS; i++)
		least = RTE_MIN(least, fewest(s, (uint16_t)(PORT_MIN + i / 4 * PORT_STRIDE), 1 + (i & 1), (i & 2) != 0));
	return least;
}

/*
 * Toeplitz is linear: what a bit of a port changes in the hash is the same 32 bits of the key in every connection. Where
 * those that choose the core are the same, or none, for all the low bits, ports in a row are all one core's; that is so
 * of one key in thirty for two cores, and of one in eight some core of eight gets none. The peers choose their ports in
 * a row, so there the key is drawn again.
 */
void
steer_draw_rss_key(struct steer *s, const struct core *core)
{
	uint8_t key[STEER_RSS_KEY];
	unsigned best = 0;

	for (uint32_t round = 0; round < DRAWS && best < RUN / 2; round++) {
		memcpy(key, s->rss_key, sizeof(key));
		derive(core, "rss", round, s->rss_key, sizeof(s->rss_key));
		unsigned least = fewest_of_all(s);
		if (least > best || round == 0)
			best = least;
		else
			memcpy(s->rss_key, key, sizeof(key));
	}
}

int
steer_init(struct link_layer *link, const struct leat_config *config, const uint16_t *ids, unsigned nb_ports)
{
	struct steer *s = &link->steer;

	s->nb_cores = link->nb_cores;
	if (s->nb_cores == 1)
		return 0;
	derive(link->cores[0], "steer", 0, (uint8_t *)s->keys, sizeof(s->keys));
	tuple_hash_secret(s->keys);
	s->how = choose(s, config, ids, nb_ports);
	s->pins = calloc(PORTS, sizeof(*s->pins));
	s->udp_cores = calloc(PORTS, sizeof(*s->udp_cores));
	if (s->pins == NULL || s->udp_cores == NULL)
		return -ENOMEM;
	if (s->how == LEAT_STEER_RSS)
		steer_draw_rss_key(s, link->cores[0]);
	return 0;
}

/* The part of all receiving and sending that a core does, in parts of WHOLE. */
static uint32_t
errands(const struct link_layer *link, unsigned core)
{
	uint32_t n = link->nb_cores, sum = 0;

	for (unsigned i = 0; i < link->nb_ports; i++) {
		const struct port *p = &link->ports[i];
		uint32_t polled = core < p->nb_rx ? (p->nb_rx - core - 1) / n + 1 : 0;     /* queues */
		uint32_t helped = core < p->nb_tx ? (n - core - 1) / p->nb_tx + 1 : 0;     /* cores, itself among them */
		sum += WHOLE / 2 * polled / p->nb_rx + WHOLE / 2 * helped / n;
	}
	return sum / link->nb_ports;
}

/* As many connections that all cores are busy alike; half of an even share at least, for each opens some too. */
static uint32_t
share_of(const struct link_layer *link, unsigned core, unsigned cost)
{
	uint32_t least = WHOLE / (2 * link->nb_cores), even = WHOLE / link->nb_cores * (100 + cost) / 100;
	uint32_t taken = (uint32_t)((uint64_t)errands(link, core) * cost / 100);

	return even > least + taken ? even - taken : least;
}

void
steer_share_out(struct link_layer *link, unsigned cost)
{
	uint32_t total = 0, sum = 0, slot = 0;

	for (unsigned i = 0; i < link->nb_cores; i++)
		total += share_of(link, i, cost);
	for (unsigned i = 0; i < link->nb_cores; i++) {
		sum += share_of(link, i, cost);
		while (slot < STEER_SLOTS && slot * (uint64_t)total < (uint64_t)sum * STEER_SLOTS)
			link->steer.slots[slot++] = (uint8_t)i;
	}
}

void
steer_fini(struct steer *s)
{
	free(s->pins);
	free(s->udp_cores);
	s->pins = NULL;
	s->udp_cores = NULL;
}
