/* SPDX-License-Identifier: BSD-3-Clause */
/* The link layer of an instance: its ports, the capture file, and every frame on its way in and out. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <rte_ethdev.h>
#include <rte_prefetch.h>
#include "base/error.h"
#include "core/lane.h"
#include "link/acd.h"
#include "link/log.h"
#include "link/neigh.h"
#include "link/pcap.h"
#include "link/port.h"
#include "wire/eth.h"

RTE_LOG_REGISTER(link_logtype, leat.link, NOTICE)

/* Says which ports there are, for the message that a named one is not. */
static void
list_ports(char *buf, size_t size)
{
	char name[RTE_ETH_NAME_MAX_LEN];
	uint16_t id;
	size_t n = 0;

	buf[0] = '\0';
	RTE_ETH_FOREACH_DEV(id) {
		if (n < size && rte_eth_dev_get_name_by_port(id, name) == 0)
			n += (size_t)snprintf(buf + n, size - n, "%s%s", n > 0 ? ", " : "", name);
	}
	if (n == 0)
		snprintf(buf, size, "none (give EAL one, for example --vdev=net_tap0)");
}

/* The ethdev ports to open, at most LEAT_MAX_PORTS. Returns how many, or -errno. */
static int
choose_ports(const struct leat_config *config, uint16_t *ids, struct leat_error *error)
{
	unsigned n = 0;
	char list[256];
	uint16_t id;

	for (; n < config->nb_ports; n++) {
		if (rte_eth_dev_get_port_by_name(config->ports[n].name, &ids[n]) == 0)
			continue;
		list_ports(list, sizeof(list));
		return error_set(error, ENODEV, "port %s does not exist; there is: %s", config->ports[n].name, list);
	}
	if (n > 0)
		return (int)n;
	RTE_ETH_FOREACH_DEV(id) {
		if (n < LEAT_MAX_PORTS)
			ids[n++] = id;
	}
	if (n == 0)
		return error_set(error, ENODEV, "there is no port: give EAL one, for example --vdev=net_tap0");
	return (int)n;
}

int
link_numa_node(const struct leat_config *config)
{
	uint16_t ids[LEAT_MAX_PORTS];

	return choose_ports(config, ids, NULL) > 0 ? rte_eth_dev_socket_id(ids[0]) : -1;
}

static void
use_queue(struct txq *q, unsigned queue, const struct port *port)
{
	q->by_lane = false;
	q->queue_id = (uint16_t)queue;
	q->pcap = port->pcap;
	q->on_frame = pcap_write;
}

/* A queue of the core's own, or one to pass to core `helper`, which has one. */
static int
make_txq(struct core *core, const struct port *port)
{
	struct txq *q = calloc(1, sizeof(*q));

	if (q == NULL)
		return -ENOMEM;
	core->txqs[port->index] = q;
	core->nb_txqs = port->index + 1u;
	q->port_id = port->port_id;
	q->index = port->index;
	if (core->id < port->nb_tx) {
		use_queue(q, core->id, port);
		return 0;
	}
	q->by_lane = true;
	q->helper = (uint16_t)(core->id % port->nb_tx);
	return lanes_add_out(core, core->link->cores[q->helper]);
}

/* Packet memory and tables lie where the first port is. */
static void
warn_of_node(const struct port *port, const struct port *first)
{
	if (port->numa_node >= 0 && first->numa_node >= 0 && port->numa_node != first->numa_node)
		LINK_LOG(WARNING, "port %s is on NUMA node %d, packet memory on node %d with port %s: an instance for each node is "
			"faster\n", port->name, port->numa_node, first->numa_node, first->name);
}

static int
open_port(struct link_layer *link, uint16_t id, const struct leat_config *config, struct leat_error *error)
{
	struct port *port = &link->ports[link->nb_ports];

	port->index = (uint8_t)link->nb_ports;
	port->pcap = link->pcap;
	int rc = port_open(port, id, link, config, error);
	if (rc < 0)
		return rc;
	link->nb_ports++;
	warn_of_node(port, &link->ports[0]);
	for (unsigned i = 0; i < link->nb_cores; i++)
		if (make_txq(link->cores[i], port) < 0)
			return error_set(error, ENOMEM, "no memory for the transmit queues of %s", port->name);
	if (link->steer.how == LEAT_STEER_RSS && !port->rss_ours) {
		LINK_LOG(WARNING, "port %s takes neither our RSS key nor our table of queues: software steers\n", port->name);
		link->steer.how = LEAT_STEER_SOFTWARE;
	}
	return 0;
}

/* What does not depend on the ports. */
static int
make_tables(struct link_layer *link, const struct leat_config *config, struct leat_error *error)
{
	int rc = 0;

	if (config->pcap[0] != '\0') {
		rc = pcap_open(config->pcap, link->cores[0]->now, &link->pcap);
		if (rc < 0)
			return error_set(error, -rc, "capture file %s: %s", config->pcap, strerror(-rc));
	}
	for (unsigned i = 0; i < link->nb_cores && rc == 0; i++) {
		rc = neigh_init(link->cores[i]);
		acd_init(link->cores[i]);
	}
	if (rc < 0)
		return error_set(error, -rc, "no memory for the neighbour table");
	if (link->nb_cores > 1 && lanes_init(link->cores, link->nb_cores) < 0)
		return error_set(error, ENOMEM, "no memory for the belts between %u cores: they need about %zu KiB of EAL's "
			"(its -m option)", link->nb_cores, (size_t)link->nb_cores * link->nb_cores * 2 * sizeof(struct belt) /
			1024);
	return 0;
}

static int
open_all(struct link_layer *link, const struct leat_config *config, struct leat_error *error)
{
	uint16_t ids[LEAT_MAX_PORTS];
	int n = choose_ports(config, ids, error);
	int rc = n < 0 ? n : make_tables(link, config, error);

	if (rc < 0)
		return rc;
	if (steer_init(link, config, ids, (unsigned)n) < 0)
		return error_set(error, ENOMEM, "no memory to steer between cores");
	for (int i = 0; i < n && rc == 0; i++)
		rc = open_port(link, ids[i], config, error);
	if (rc == 0)
		steer_share_out(link, config->steering_cost);
	return rc;
}

int
link_open(struct link_layer *link, struct core *const *cores, const struct leat_config *config,
	struct leat_error *error)
{
	memset(link, 0, sizeof(*link));
	link->nb_cores = cores[0]->nb_cores;
	for (unsigned i = 0; i < link->nb_cores; i++) {
		link->cores[i] = cores[i];
		cores[i]->link = link;
		cores[i]->neigh = NULL;
		cores[i]->lanes = NULL;
		cores[i]->nb_txqs = 0;
	}
	int rc = open_all(link, config, error);
	if (rc < 0)
		link_close(link);
	return rc;
}

/* What other cores have passed to be sent goes behind what this core has queued. */
static void
queue_for_others(struct core *core)
{
	struct lane_burst burst;

	for (unsigned from = 0; from < core->nb_cores; from++) {
		lane_take_out(core, from, &burst);
		for (unsigned i = 0; i < burst.n; i++)
			rte_prefetch0(burst.pkts[i]);
		for (unsigned i = 0; i < burst.n; i++)
			txq_put(core, core->txqs[burst.ports[i]], burst.pkts[i]);
		count_n(core, CNT_core_sent_for, burst.n);
		core->work += burst.n;
	}
}

unsigned
link_flush(struct core *core)
{
	unsigned sent = 0;

	if (unlikely(core->lanes != NULL))
		queue_for_others(core);
	for (unsigned i = 0; i < core->nb_txqs; i++)
		sent += txq_flush(core, core->txqs[i]);
	if (unlikely(core->lanes != NULL))
		lanes_flush(core);
	return sent;
}

static void
free_txqs(struct core *core)
{
	for (unsigned i = 0; i < core->nb_txqs; i++) {
		struct txq *q = core->txqs[i];
		rte_pktmbuf_free_bulk(q->pkts, q->n);
		free(q);
		core->txqs[i] = NULL;
	}
	core->nb_txqs = 0;
}

/* All that is queued, as far as the drivers take it: a core sends a burst at once for each that has no queue. */
static void
flush_all(struct link_layer *link)
{
	unsigned sent;

	do {
		sent = 0;
		/* from the last, for those without a queue come behind those who send for them */
		for (unsigned i = link->nb_cores; i-- > 0;)
			sent += link_flush(link->cores[i]);
	} while (sent > 0);
}

void
link_stand_still(struct link_layer *link)
{
	flush_all(link);
	for (unsigned i = 0; i < link->nb_cores; i++) {
		for (unsigned j = 0; j < link->cores[i]->nb_txqs; j++) {
			struct txq *q = link->cores[i]->txqs[j];
			if (q->by_lane)
				use_queue(q, q->helper, &link->ports[j]);
		}
	}
}

void
link_close(struct link_layer *link)
{
	for (unsigned i = 0; i < link->nb_cores; i++)
		neigh_fini(link->cores[i]);
	for (unsigned i = 0; i < link->nb_ports; i++)
		acd_stop(link->cores[0], &link->ports[i]);
	flush_all(link);
	for (unsigned i = 0; i < link->nb_cores; i++) {
		free_txqs(link->cores[i]);
		link->cores[i]->link = NULL;
	}
	if (link->nb_cores > 1)
		lanes_fini(link->cores, link->nb_cores);
	for (unsigned i = 0; i < link->nb_ports; i++)
		port_close(&link->ports[i]);
	pcap_close(link->pcap);
	steer_fini(&link->steer);
	memset(link, 0, sizeof(*link));
}

/*
 * A driver that hands over the sender's own buffers (net_ring) may do so while the sender still
 * holds them. Everything behind this line edits mbufs, so such a packet is copied.
 */
static inline bool
is_shared(const struct rte_mbuf *m)
{
	if (likely(m->nb_segs == 1)) /* next is in another cache line */
		return rte_mbuf_refcnt_read(m) > 1;
	for (; m != NULL; m = m->next)
		if (rte_mbuf_refcnt_read(m) > 1)
			return true;
	return false;
}

static struct rte_mbuf *
own(struct core *core, struct rte_mbuf *m)
{
	struct rte_mbuf *copy = rte_pktmbuf_copy(m, core->rx_pool, 0, UINT32_MAX);

	if (copy == NULL) {
		drop(core, m, DROP_no_mbuf);
		return NULL;
	}
	rte_pktmbuf_free(m);
	count(core, CNT_link_copied_shared);
	return copy;
}

unsigned
link_rx_burst(struct core *core, struct port *port, uint16_t queue, struct rte_mbuf **pkts)
{
	unsigned n = rte_eth_rx_burst(port->port_id, queue, pkts, CORE_BURST), kept = 0;
	uint64_t bytes = 0;

	for (unsigned i = 0; i < n; i++)
		rte_prefetch0(pkts[i]);
	for (unsigned i = 0; i < n; i++) {
		struct rte_mbuf *m = pkts[i];
		bytes += m->pkt_len;
		if (unlikely(port->pcap != NULL))
			pcap_write(port->pcap, m, core->now);
		if (unlikely(is_shared(m)))
			m = own(core, m);
		if (likely(m != NULL))
			pkts[kept++] = m;
	}
	count_n(core, CNT_link_frames_in, n);
	count_n(core, CNT_link_bytes_in, bytes);
	return kept;
}

static bool
has_foreign(const struct rte_mbuf *m)
{
	for (; m != NULL; m = m->next)
		if (RTE_MBUF_HAS_EXTBUF(m))
			return true;
	return false;
}

/* m in one buffer of ours; NULL when it was dropped. */
static struct rte_mbuf *
flatten(struct core *core, struct rte_mbuf *m)
{
	struct rte_mbuf *flat = rte_pktmbuf_copy(m, core->data_pool, 0, UINT32_MAX);

	if (flat == NULL) {
		drop(core, m, DROP_no_mbuf);
		return NULL;
	}
	rte_pktmbuf_free(m);
	if (flat->nb_segs > 1) {
		/* port_open() bounds the MTU of such a port: nobody asks for this */
		drop(core, flat, DROP_link_too_long);
		return NULL;
	}
	return flat;
}

static struct rte_mbuf *
linearise(struct core *core, struct port *port, struct rte_mbuf *m)
{
	count(core, CNT_link_linearised);
	if (!atomic_load_explicit(&port->warned_linear, memory_order_relaxed) && !atomic_exchange(&port->warned_linear, true)) {
		LINK_LOG(NOTICE, "port %s: its driver takes no %s: packets are copied before they are sent\n",
			port->name, m->nb_segs > 1 && !port->can_chain ? "chained buffers" : "foreign memory");
	}
	return flatten(core, m);
}

/* Zeros behind the packet up to the least length of a frame. Not in memory that somebody shares. */
static struct rte_mbuf *
pad(struct core *core, struct rte_mbuf *m)
{
	uint16_t missing = (uint16_t)(ETH_FRAME_MIN - m->pkt_len);
	struct rte_mbuf *last = rte_pktmbuf_lastseg(m);

	if (!RTE_MBUF_DIRECT(last) || rte_mbuf_refcnt_read(last) > 1 || rte_pktmbuf_tailroom(last) < missing) {
		m = flatten(core, m);
		if (m == NULL)
			return NULL;
	}
	memset(rte_pktmbuf_append(m, missing), 0, missing);
	return m;
}

void
link_output(struct core *core, struct port *port, struct rte_mbuf *m)
{
	if ((m->nb_segs > 1 && !port->can_chain) || (!port->can_extern && has_foreign(m)))
		m = linearise(core, port, m);
	if (m != NULL && m->pkt_len < ETH_FRAME_MIN)
		m = pad(core, m);
	if (m != NULL)
		txq_put(core, core->txqs[port->index], m);
}
