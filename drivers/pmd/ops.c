/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <rte_ethdev.h>
#include "pmd.h"

enum { RX_DESC = 512, TX_DESC = 512 };

static const char *const counter_names[] = {
#define X(name, text) #name,
	WIRE_COUNTERS(X)
#undef X
};

enum { COUNTERS = RTE_DIM(counter_names) };
_Static_assert(sizeof(struct wire_counters) == COUNTERS * sizeof(uint64_t), "nothing but counters");

static struct pmd_port *
port_of(struct rte_eth_dev *dev)
{
	return dev->data->dev_private;
}

static int
configure(struct rte_eth_dev *dev)
{
	(void)dev;
	return 0;
}

/* The port behind us has one queue each way and no offloads: what hardware would do, the wire would undo. */
static int
start_lower(struct pmd_port *p)
{
	const struct rte_eth_conf conf = {.rxmode.mtu = rte_eth_devices[p->port_id].data->mtu};
	uint16_t rx = RX_DESC, tx = TX_DESC;
	int socket = rte_eth_dev_socket_id(p->lower), result;

	if ((result = rte_eth_dev_configure(p->lower, 1, 1, &conf)) < 0 ||
		(result = rte_eth_dev_adjust_nb_rx_tx_desc(p->lower, &rx, &tx)) < 0 ||
		(result = rte_eth_rx_queue_setup(p->lower, 0, rx, (unsigned)socket, NULL, p->rx_pool)) < 0 ||
		(result = rte_eth_tx_queue_setup(p->lower, 0, tx, (unsigned)socket, NULL)) < 0 ||
		(result = rte_eth_dev_start(p->lower)) < 0)
		SAY(ERR, "%s: the port behind it does not start: %s\n", p->name, rte_strerror(-result));
	return result;
}

static int
link_update(struct rte_eth_dev *dev, int wait)
{
	const struct pmd_port *p = port_of(dev);
	struct rte_eth_link link = {.link_speed = RTE_ETH_SPEED_NUM_10G, .link_duplex = RTE_ETH_LINK_FULL_DUPLEX,
		.link_autoneg = RTE_ETH_LINK_FIXED}, below = {.link_status = RTE_ETH_LINK_UP};
	struct wire_spec out, in;

	cable_get(p->cable, p->out, &out);
	cable_get(p->cable, !p->out, &in);
	if (out.impair.rate != 0)
		link.link_speed = (uint32_t)RTE_MAX(out.impair.rate / 1000000, 1u);
	if (pmd_has_lower(p)) {
		rte_eth_link_get_nowait(p->lower, &below);
	} else {
		const struct rte_eth_dev *peer = rte_eth_dev_allocated(p->peer);
		below.link_status = peer != NULL && peer->data->dev_started;
	}
	link.link_status = dev->data->dev_started && below.link_status == RTE_ETH_LINK_UP && !out.impair.down &&
		!in.impair.down;
	(void)wait;
	return rte_eth_linkstatus_set(dev, &link);
}

static int
start(struct rte_eth_dev *dev)
{
	struct pmd_port *p = port_of(dev);

	return pmd_has_lower(p) ? start_lower(p) : 0;
}

/* What is under way to a port that is stopped arrives nowhere. */
static int
stop(struct rte_eth_dev *dev)
{
	struct pmd_port *p = port_of(dev);

	dev->data->dev_started = 0;
	rte_spinlock_lock(&p->cable->locks[!p->out]);
	wire_flush(p->cable->wire, !p->out);
	rte_spinlock_unlock(&p->cable->locks[!p->out]);
	return pmd_has_lower(p) ? rte_eth_dev_stop(p->lower) : 0;
}

void
pmd_close(struct pmd_port *p)
{
	struct rte_eth_dev_owner owner;

	if (pmd_has_lower(p) && rte_eth_dev_owner_get(p->lower, &owner) == 0)
		rte_eth_dev_owner_unset(p->lower, owner.id);
	cable_release(p);
}

static int
close_port(struct rte_eth_dev *dev)
{
	if (rte_eal_process_type() != RTE_PROC_PRIMARY || dev->data->dev_private == NULL)
		return 0;
	pmd_close(port_of(dev));
	dev->data->mac_addrs = NULL; /* it is part of what ethdev frees */
	return 0;
}

static int
infos_get(struct rte_eth_dev *dev, struct rte_eth_dev_info *info)
{
	(void)dev;
	info->max_rx_queues = 1;
	info->max_tx_queues = PMD_TX_QUEUES;
	info->max_mac_addrs = 1;
	info->min_mtu = RTE_ETHER_MIN_MTU;
	info->max_mtu = PMD_MTU_MAX;
	info->max_rx_pktlen = PMD_MTU_MAX + RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;
	info->rx_offload_capa = RTE_ETH_RX_OFFLOAD_SCATTER;
	info->tx_offload_capa = RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	return 0;
}

static int
rx_queue_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t nb_desc, unsigned socket,
	const struct rte_eth_rxconf *conf, struct rte_mempool *pool)
{
	struct pmd_port *p = port_of(dev);

	(void)nb_desc;
	(void)socket;
	(void)conf;
	p->rx_pool = pool;
	dev->data->rx_queues[id] = &p->rx;
	return 0;
}

static int
tx_queue_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t nb_desc, unsigned socket,
	const struct rte_eth_txconf *conf)
{
	(void)nb_desc;
	(void)socket;
	(void)conf;
	dev->data->tx_queues[id] = &port_of(dev)->tx[id];
	return 0;
}

static int
mtu_set(struct rte_eth_dev *dev, uint16_t mtu)
{
	const struct pmd_port *p = port_of(dev);

	return pmd_has_lower(p) ? rte_eth_dev_set_mtu(p->lower, mtu) : 0;
}

static int
mac_addr_set(struct rte_eth_dev *dev, struct rte_ether_addr *mac)
{
	const struct pmd_port *p = port_of(dev);

	return pmd_has_lower(p) ? rte_eth_dev_default_mac_addr_set(p->lower, mac) : 0;
}

/* A pair hands over every frame, whomever it is for. */
static int
promiscuous_enable(struct rte_eth_dev *dev)
{
	const struct pmd_port *p = port_of(dev);

	return pmd_has_lower(p) ? rte_eth_promiscuous_enable(p->lower) : 0;
}

static int
promiscuous_disable(struct rte_eth_dev *dev)
{
	const struct pmd_port *p = port_of(dev);

	return pmd_has_lower(p) ? rte_eth_promiscuous_disable(p->lower) : 0;
}

static int
allmulticast_enable(struct rte_eth_dev *dev)
{
	const struct pmd_port *p = port_of(dev);

	return pmd_has_lower(p) ? rte_eth_allmulticast_enable(p->lower) : 0;
}

static int
allmulticast_disable(struct rte_eth_dev *dev)
{
	const struct pmd_port *p = port_of(dev);

	return pmd_has_lower(p) ? rte_eth_allmulticast_disable(p->lower) : 0;
}

static int
stats_get(struct rte_eth_dev *dev, struct rte_eth_stats *stats)
{
	const struct pmd_port *p = port_of(dev);

	stats->ipackets = p->received.packets;
	stats->ibytes = p->received.bytes;
	stats->opackets = p->sent.packets;
	stats->obytes = p->sent.bytes;
	stats->oerrors = p->sent.errors;
	return 0;
}

static int
stats_reset(struct rte_eth_dev *dev)
{
	struct pmd_port *p = port_of(dev);

	rte_spinlock_lock(&p->cable->locks[p->out]);
	memset(&p->sent, 0, sizeof(p->sent));
	rte_spinlock_unlock(&p->cable->locks[p->out]);
	rte_spinlock_lock(&p->cable->locks[!p->out]);
	memset(&p->received, 0, sizeof(p->received));
	rte_spinlock_unlock(&p->cable->locks[!p->out]);
	return 0;
}

/* The engine's counters of the direction we send into, then of that we receive from. */
static int
xstats_get_names(struct rte_eth_dev *dev, struct rte_eth_xstat_name *names, unsigned n)
{
	(void)dev;
	for (unsigned i = 0; names != NULL && i < RTE_MIN(n, 2u * COUNTERS); i++)
		snprintf(names[i].name, sizeof(names[i].name), "%s_%s", i < COUNTERS ? "tx" : "rx",
			counter_names[i % COUNTERS]);
	return 2 * COUNTERS;
}

static int
xstats_get(struct rte_eth_dev *dev, struct rte_eth_xstat *xstats, unsigned n)
{
	const struct pmd_port *p = port_of(dev);
	struct wire_counters counters[2];
	uint64_t values[2 * COUNTERS];

	cable_counters(p->cable, p->out, &counters[0]);
	cable_counters(p->cable, !p->out, &counters[1]);
	memcpy(values, counters, sizeof(values));
	for (unsigned i = 0; xstats != NULL && i < RTE_MIN(n, 2u * COUNTERS); i++)
		xstats[i] = (struct rte_eth_xstat){.id = i, .value = values[i]};
	return 2 * COUNTERS;
}

static int
xstats_reset(struct rte_eth_dev *dev)
{
	const struct pmd_port *p = port_of(dev);

	for (enum wire_dir dir = 0; dir < WIRE_DIRS; dir++) {
		rte_spinlock_lock(&p->cable->locks[dir]);
		wire_counters_reset(p->cable->wire, dir);
		rte_spinlock_unlock(&p->cable->locks[dir]);
	}
	return stats_reset(dev);
}

const struct eth_dev_ops pmd_ops = {
	.dev_configure = configure,
	.dev_start = start,
	.dev_stop = stop,
	.dev_close = close_port,
	.dev_infos_get = infos_get,
	.rx_queue_setup = rx_queue_setup,
	.tx_queue_setup = tx_queue_setup,
	.link_update = link_update,
	.mtu_set = mtu_set,
	.mac_addr_set = mac_addr_set,
	.promiscuous_enable = promiscuous_enable,
	.promiscuous_disable = promiscuous_disable,
	.allmulticast_enable = allmulticast_enable,
	.allmulticast_disable = allmulticast_disable,
	.stats_get = stats_get,
	.stats_reset = stats_reset,
	.xstats_get_names = xstats_get_names,
	.xstats_get = xstats_get,
	.xstats_reset = xstats_reset,
};
