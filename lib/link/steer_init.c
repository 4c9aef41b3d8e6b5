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

/* SipHash of a counter: as many secret bytes as are wanted. */
static void
derive(const struct core *core, const char *purpose, uint8_t *to, size_t len)
{
	struct {
		char purpose[8];
		uint64_t n;
	} in = {.n = 0};

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

int
steer_init(struct link_layer *link, const struct leat_config *config, const uint16_t *ids, unsigned nb_ports)
{
	struct steer *s = &link->steer;

	s->nb_cores = link->nb_cores;
	if (s->nb_cores == 1)
		return 0;
	derive(link->cores[0], "steer", (uint8_t *)s->keys, sizeof(s->keys));
	derive(link->cores[0], "rss", s->rss_key, sizeof(s->rss_key));
	s->how = choose(s, config, ids, nb_ports);
	s->pins = calloc(PORTS, sizeof(*s->pins));
	s->udp_cores = calloc(PORTS, sizeof(*s->udp_cores));
	return s->pins == NULL || s->udp_cores == NULL ? -ENOMEM : 0;
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
