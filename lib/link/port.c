/* SPDX-License-Identifier: BSD-3-Clause */
/* Setting an ethdev port up with what it can do, asking for less when it refuses. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_jhash.h>
#include "base/error.h"
#include "link/log.h"
#include "link/port.h"
#include "wire/eth.h"
#include "wire/ipv4.h"

#define RX_CKSUM (RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM)
#define TX_CKSUM (RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM)
#define RSS_WANTED (RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV4_UDP | \
	RTE_ETH_RSS_NONFRAG_IPV6_TCP | RTE_ETH_RSS_NONFRAG_IPV6_UDP)

enum {
	VLAN_ROOM = 4,    /* some drivers count a VLAN tag into the longest frame */
	DESCRIPTORS = 1024,
};

/* What is asked of the port; the first attempt is all that it reports. */
struct wish {
	struct rte_eth_conf conf;
	uint16_t rx_descriptors, tx_descriptors;
	bool set_mtu;     /* to other than the port's own */
	uint16_t nb_rx, nb_tx;
};

static bool
is_driver(const struct rte_eth_dev_info *info, const char *name)
{
	return info->driver_name != NULL && strcmp(info->driver_name, name) == 0;
}

/* memif in zero-copy mode sends from the memory that it shares with its peer, and from no other. */
static bool
is_zero_copy_memif(const struct rte_eth_dev_info *info)
{
	const struct rte_devargs *args = rte_dev_devargs(info->device);

	return is_driver(info, "net_memif") && args != NULL && strstr(args->args, "zero-copy=yes") != NULL;
}

static void
choose_offloads(struct port *p, const struct rte_eth_dev_info *info, const struct leat_config *config,
	struct rte_eth_conf *conf)
{
	uint64_t rx = info->rx_offload_capa & RX_CKSUM, tx = info->tx_offload_capa & TX_CKSUM;

	/* net_tap's "offload" is the same sums by the same CPU, with a copy of the headers on top. */
	if (is_driver(info, "net_tap"))
		rx = tx = 0;
	/* What the port fills in is not yet there when a frame goes to the capture file. */
	if (config->pcap[0] != '\0')
		tx = 0;
	/* MBUF_FAST_FREE is never asked for: our mbufs are shared and of several pools. */
	conf->rxmode.offloads = rx;
	conf->txmode.offloads = tx | (info->tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS);
	conf->rx_adv_conf.rss_conf.rss_hf = info->flow_type_rss_offloads & RSS_WANTED;
	if (conf->rx_adv_conf.rss_conf.rss_hf != 0)
		conf->rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
	p->can_extern = !is_zero_copy_memif(info);
}

/* The longest MTU the port takes. ethdev itself reckons so, and calls more than that an error. */
static uint32_t
longest_mtu(const struct rte_eth_dev_info *info)
{
	uint32_t overhead = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN, longest = UINT16_MAX;

	if (info->max_mtu != 0 && info->max_mtu != UINT16_MAX) {
		longest = info->max_mtu;
		if (info->max_rx_pktlen > info->max_mtu)
			overhead = info->max_rx_pktlen - info->max_mtu;
	}
	/* UINT32_MAX: a driver that does not care */
	if (info->max_rx_pktlen > overhead)
		longest = RTE_MIN(longest, info->max_rx_pktlen - overhead);
	return longest;
}

/* What was configured or the port's own, as far as our buffers and the port go. */
static void
choose_mtu(const struct port *p, const struct core *core, const struct rte_eth_dev_info *info,
	const struct leat_config *config, struct wish *w)
{
	uint32_t room = rte_pktmbuf_data_room_size(core->rx_pool) - RTE_PKTMBUF_HEADROOM - ETH_HDR_LEN - VLAN_ROOM;
	uint64_t scatter = info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER;
	uint16_t own = RTE_ETHER_MTU;

	rte_eth_dev_get_mtu(p->port_id, &own);
	uint32_t mtu = config->mtu != 0 ? config->mtu : own;
	mtu = RTE_MAX(RTE_MIN(mtu, longest_mtu(info)), info->min_mtu);
	/* Longer than a buffer: only where chains come in and go out. Drivers are slower with them, so only then. */
	if (mtu > room && scatter != 0 && (w->conf.txmode.offloads & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) != 0)
		w->conf.rxmode.offloads |= scatter;
	else
		mtu = RTE_MIN(mtu, room);
	w->conf.rxmode.mtu = mtu;
	w->set_mtu = mtu != own;
}

/*
 * A queue pair for each core, or as many as were asked for. The queues of net_ring are what it was made of: the
 * other side may write to any, so all are read. net_tap wants as many of one kind as of the other. With memif so do
 * both sides: it has no link where the client has more than the server, and where it has fewer, what the server sends
 * by the others goes into a ring that is not there. Neither side can ask: so it is one, unless somebody says more.
 */
static void
choose_queues(const struct link_layer *link, const struct rte_eth_dev_info *info, const struct leat_config *config,
	struct wish *w)
{
	uint16_t wanted = (uint16_t)(config->queues != 0 ? config->queues : link->nb_cores);

	if (config->queues == 0 && is_driver(info, "net_memif") && link->steer.how != LEAT_STEER_QUEUE)
		wanted = 1;
	w->nb_rx = RTE_MIN(wanted, info->max_rx_queues);
	w->nb_tx = RTE_MIN(RTE_MIN(wanted, link->nb_cores), info->max_tx_queues);
	if (config->queues == 0 && is_driver(info, "net_ring"))
		w->nb_rx = info->max_rx_queues;
	if (is_driver(info, "net_tap"))
		w->nb_tx = w->nb_rx = RTE_MIN(w->nb_rx, info->max_tx_queues);
	/* a driver that has none says so when one is asked for */
	w->nb_rx = RTE_MAX(w->nb_rx, 1u);
	w->nb_tx = RTE_MAX(w->nb_tx, 1u);
}

/* The key to hash with, where the port is to sort by it. */
static void
choose_rss_key(const struct link_layer *link, const struct rte_eth_dev_info *info, struct rte_eth_conf *conf)
{
	if (link->steer.how != LEAT_STEER_RSS)
		return;
	conf->rx_adv_conf.rss_conf.rss_key = (uint8_t *)(uintptr_t)link->steer.rss_key;
	conf->rx_adv_conf.rss_conf.rss_key_len = info->hash_key_size != 0 ? info->hash_key_size : 40;
}

/* Entry i of the table is for queue i % cores, of the first reta_size entries, and over again. */
static bool
fill_reta(const struct port *p, const struct steer *s, uint16_t size)
{
	struct rte_eth_rss_reta_entry64 reta[STEER_RETA_MAX / RTE_ETH_RETA_GROUP_SIZE] = {0};

	for (uint16_t i = 0; i < size; i++) {
		struct rte_eth_rss_reta_entry64 *group = &reta[i / RTE_ETH_RETA_GROUP_SIZE];
		group->mask |= UINT64_C(1) << i % RTE_ETH_RETA_GROUP_SIZE;
		group->reta[i % RTE_ETH_RETA_GROUP_SIZE] = (uint16_t)(i % s->reta_size % s->nb_cores);
	}
	return rte_eth_dev_rss_reta_update(p->port_id, reta, size) == 0;
}

/*
 * Does the port, now that it runs, hash with our key and sort as we say? Some take a key when they are configured
 * and keep their own: they are told once more, and asked.
 */
static bool
sorts(const struct port *p, const struct steer *s, const struct rte_eth_dev_info *info, const struct wish *w)
{
	uint8_t key[STEER_RSS_KEY] = {0};
	struct rte_eth_rss_conf ours = w->conf.rx_adv_conf.rss_conf, has = {.rss_key = key, .rss_key_len = sizeof(key)};

	if (!p->rss || p->nb_rx < s->nb_cores || !fill_reta(p, s, info->reta_size))
		return false;
	rte_eth_dev_rss_hash_update(p->port_id, &ours); /* where it cannot, the answer to what follows tells */
	return rte_eth_dev_rss_hash_conf_get(p->port_id, &has) == 0 && memcmp(key, s->rss_key, STEER_RSS_USED) == 0 &&
		(has.rss_hf & RTE_ETH_RSS_NONFRAG_IPV4_TCP) != 0;
}

static void
choose_descriptors(const struct port *p, const struct link_layer *link, const struct leat_config *config,
	struct wish *w)
{
	unsigned queues = (w->nb_rx + link->nb_cores - 1u) / link->nb_cores; /* of one core */

	w->rx_descriptors = (uint16_t)(config->rx_descriptors ? config->rx_descriptors : DESCRIPTORS);
	w->tx_descriptors = (uint16_t)(config->tx_descriptors ? config->tx_descriptors : DESCRIPTORS);
	/* A driver fills its ring when it starts; half of the buffers are for what is under way. */
	while (w->rx_descriptors > 64 && w->rx_descriptors * queues > link->cores[0]->rx_pool->size / 2)
		w->rx_descriptors /= 2;
	rte_eth_dev_adjust_nb_rx_tx_desc(p->port_id, &w->rx_descriptors, &w->tx_descriptors);
}

/* One attempt, from configuration to start. 0 or -errno. */
static int
try_start(struct port *p, const struct link_layer *link, const struct rte_eth_dev_info *info, const struct wish *w)
{
	struct rte_eth_rxconf rx = info->default_rxconf;
	struct rte_eth_txconf tx = info->default_txconf;
	unsigned node = p->numa_node < 0 ? (unsigned)SOCKET_ID_ANY : (unsigned)p->numa_node;
	int rc = rte_eth_dev_configure(p->port_id, w->nb_rx, w->nb_tx, &w->conf);

	if (rc < 0)
		return rc;
	/* Without such an operation (-ENOTSUP) the driver takes any length: what was configured holds. */
	rc = w->set_mtu ? rte_eth_dev_set_mtu(p->port_id, (uint16_t)w->conf.rxmode.mtu) : 0;
	if (rc < 0 && rc != -ENOTSUP)
		return rc;
	rx.offloads = w->conf.rxmode.offloads;
	tx.offloads = w->conf.txmode.offloads;
	for (uint16_t q = 0; q < w->nb_rx; q++) {
		rc = rte_eth_rx_queue_setup(p->port_id, q, w->rx_descriptors, node, &rx, link->cores[q % link->nb_cores]->rx_pool);
		if (rc < 0)
			return rc;
	}
	for (uint16_t q = 0; q < w->nb_tx; q++) {
		rc = rte_eth_tx_queue_setup(p->port_id, q, w->tx_descriptors, node, &tx);
		if (rc < 0)
			return rc;
	}
	return rte_eth_dev_start(p->port_id);
}

/* Asks for all that the port reports, then for less and less; *w is in the end what it took. */
static int
start(struct port *p, const struct link_layer *link, const struct rte_eth_dev_info *info, struct wish *w)
{
	static const struct {
		bool interrupts, mtu, offloads;
	} attempts[] = {{1, 1, 1}, {0, 1, 1}, {1, 0, 1}, {0, 0, 1}, {0, 0, 0}};
	const struct wish all = *w;
	int rc = -EINVAL;

	for (unsigned i = 0; i < RTE_DIM(attempts) && rc < 0; i++) {
		*w = all;
		w->conf.intr_conf.rxq = attempts[i].interrupts;
		if (!attempts[i].mtu) {
			w->conf.rxmode.mtu = 0;
			w->set_mtu = false;
		}
		if (!attempts[i].offloads) {
			w->conf.rxmode.offloads = 0;
			w->conf.rxmode.mq_mode = RTE_ETH_MQ_RX_NONE;
			w->conf.rx_adv_conf.rss_conf.rss_hf = 0;
			w->conf.txmode.offloads &= RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
		}
		rc = try_start(p, link, info, w);
	}
	return rc;
}

/* Have the queues a descriptor that one may sleep on? ethdev calls it an error that there is none; it is not. */
static bool
has_interrupt(const struct port *p, const struct wish *w)
{
	int type = rte_log_register("lib.ethdev");
	int level = type < 0 ? -1 : rte_log_get_level((uint32_t)type);

	if (w->conf.intr_conf.rxq == 0)
		return false;
	if (level >= 0)
		rte_log_set_level((uint32_t)type, RTE_LOG_EMERG);
	int fd = rte_eth_dev_rx_intr_ctl_q_get_fd(p->port_id, 0);
	if (level >= 0)
		rte_log_set_level((uint32_t)type, (uint32_t)level);
	return fd >= 0;
}

static void
note_abilities(struct port *p, const struct wish *w)
{
	uint64_t tx = w->conf.txmode.offloads;

	p->rx_cksum = (w->conf.rxmode.offloads & RX_CKSUM) != 0;
	p->tx_ip_cksum = (tx & RTE_ETH_TX_OFFLOAD_IPV4_CKSUM) != 0;
	p->tx_tcp_cksum = (tx & RTE_ETH_TX_OFFLOAD_TCP_CKSUM) != 0;
	p->tx_udp_cksum = (tx & RTE_ETH_TX_OFFLOAD_UDP_CKSUM) != 0;
	p->can_chain = (tx & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) != 0;
	p->rss = w->conf.rx_adv_conf.rss_conf.rss_hf != 0;
	p->rx_intr = has_interrupt(p, w);
	p->nb_rx = w->nb_rx;
	p->nb_tx = w->nb_tx;
	p->mtu = RTE_ETHER_MTU;
	rte_eth_dev_get_mtu(p->port_id, &p->mtu);
}

/* The one line. */
static void
tell_lacks(const struct port *p, const struct leat_config *config)
{
	bool tx = (p->tx_ip_cksum && p->tx_tcp_cksum && p->tx_udp_cksum) || config->pcap[0] != '\0';
	const struct {
		bool there;
		const char *what;
	} wanted[] = {
		{p->rx_cksum, "rx checksums"}, {tx, "tx checksums"}, {p->rss, "RSS"}, {p->rx_intr, "rx interrupts"},
		{p->can_chain, "chained buffers"}, {p->can_extern, "foreign memory"},
	};
	char line[128] = "", mtu[64] = "";
	size_t n = 0;

	for (unsigned i = 0; i < RTE_DIM(wanted); i++)
		if (!wanted[i].there)
			n += (size_t)snprintf(line + n, sizeof(line) - n, "%s%s", n > 0 ? ", " : "", wanted[i].what);
	if (config->mtu != 0 && config->mtu != p->mtu)
		snprintf(mtu, sizeof(mtu), "%san MTU of %u (it is %u)", n > 0 ? ", " : "", config->mtu, p->mtu);
	if (n > 0 || mtu[0] != '\0')
		LINK_LOG(NOTICE, "port %s does not offer %s%s; leat does without\n", p->name, line, mtu);
}

static void
tell_queues(const struct port *p, const struct link_layer *link, const struct rte_eth_dev_info *info)
{
	if (!is_driver(info, "net_memif"))
		return;
	if (p->nb_rx > 1)
		LINK_LOG(NOTICE, "port %s: %u queues; the other side must have as many, or packets are lost\n", p->name, p->nb_rx);
	else if (link->nb_cores > 1)
		LINK_LOG(NOTICE, "port %s: one queue for %u cores; if the other side has as many, say --set queues=%u on both\n",
			p->name, link->nb_cores, link->nb_cores);
}

/* net_ring has no MAC address. One of our own is made of the port's name: the same in every run. */
static void
choose_mac(struct port *p, const struct core *core)
{
	uint32_t hash;

	if (rte_eth_macaddr_get(p->port_id, &p->mac) == 0 && eth_is_station(&p->mac))
		return;
	hash = rte_jhash(p->name, (uint32_t)strlen(p->name), rte_jhash(core->secret, sizeof(core->secret), 0));
	p->mac = (struct rte_ether_addr){.addr_bytes = {RTE_ETHER_LOCAL_ADMIN_ADDR, 0}};
	memcpy(p->mac.addr_bytes + 2, &hash, sizeof(hash));
}

/* Hosts listen to 224.0.0.1 (RFC 1112 7.2). Where a port has no such filter there is nothing to do. */
static void
join_all_hosts(const struct port *p)
{
	struct rte_ether_addr all_hosts = {.addr_bytes = {0x01, 0x00, 0x5e, 0x00, 0x00, 0x01}};

	rte_eth_dev_set_mc_addr_list(p->port_id, &all_hosts, 1);
}

/* Marks the port as taken, so that no other instance of the process opens it. */
static int
take(struct port *p, const struct leat_config *config, struct leat_error *error)
{
	struct rte_eth_dev_owner owner;
	int rc = rte_eth_dev_owner_get(p->port_id, &owner);

	if (rc == 0 && owner.id != RTE_ETH_DEV_NO_OWNER)
		return error_set(error, EBUSY, "port %s is already in use by %s", p->name, owner.name);
	if (rc == 0)
		rc = rte_eth_dev_owner_new(&owner.id);
	snprintf(owner.name, sizeof(owner.name), "leat instance %s", config->name);
	if (rc == 0)
		rc = rte_eth_dev_owner_set(p->port_id, &owner);
	if (rc < 0)
		return error_set(error, -rc, "port %s cannot be taken: %s", p->name, rte_strerror(-rc));
	p->owner = owner.id;
	return 0;
}

int
port_open(struct port *p, uint16_t port_id, const struct link_layer *link, const struct leat_config *config,
	struct leat_error *error)
{
	struct rte_eth_dev_info info;
	char name[RTE_ETH_NAME_MAX_LEN] = "";
	struct wish wish = {0};

	rte_eth_dev_get_name_by_port(port_id, name);
	snprintf(p->name, sizeof(p->name), "%.*s", (int)sizeof(p->name) - 1, name);
	p->port_id = port_id;
	p->numa_node = rte_eth_dev_socket_id(port_id);
	int rc = rte_eth_dev_info_get(port_id, &info);
	if (rc < 0)
		return error_set(error, -rc, "port %s tells nothing about itself: %s", p->name, rte_strerror(-rc));
	rc = take(p, config, error);
	if (rc < 0)
		return rc;
	choose_offloads(p, &info, config, &wish.conf);
	choose_rss_key(link, &info, &wish.conf);
	choose_mtu(p, link->cores[0], &info, config, &wish);
	choose_queues(link, &info, config, &wish);
	choose_descriptors(p, link, config, &wish);
	rc = start(p, link, &info, &wish);
	if (rc < 0) {
		rte_eth_dev_owner_unset(port_id, p->owner);
		return error_set(error, -rc, "port %s does not start: %s", p->name, rte_strerror(-rc));
	}
	p->started = true;
	note_abilities(p, &wish);
	p->rss_ours = link->steer.how == LEAT_STEER_RSS && sorts(p, &link->steer, &info, &wish);
	choose_mac(p, link->cores[0]);
	join_all_hosts(p);
	tell_lacks(p, config);
	tell_queues(p, link, &info);
	return 0;
}

void
port_close(struct port *p)
{
	if (!p->started)
		return;
	rte_eth_dev_stop(p->port_id);
	rte_eth_dev_close(p->port_id);
	p->started = false;
}

struct port_ip4 *
port_add_ip4(struct port *port, uint32_t addr, uint8_t prefix_len)
{
	for (unsigned i = 0; i < port->nb_ip4; i++)
		if (port->ip4[i].addr == addr) /* another core was here before */
			return &port->ip4[i];
	if (port->nb_ip4 == RTE_DIM(port->ip4))
		return NULL;
	struct port_ip4 *a = &port->ip4[port->nb_ip4++];
	a->addr = addr;
	a->mask = ipv4_mask(prefix_len);
	a->port = port;
	wheel_node_init(&a->timer, WHEEL_ACD);
	return a;
}

bool
port_link_up(const struct port *port)
{
	struct rte_eth_link link;

	return rte_eth_link_get_nowait(port->port_id, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}
