/* SPDX-License-Identifier: BSD-3-Clause */
/* The link layer of an instance: its ports, the capture file, and every frame on its way in and out. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <rte_ethdev.h>
#include "base/error.h"
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

static int
make_txq(struct core *core, struct port *port)
{
	struct txq *q = calloc(1, sizeof(*q));

	if (q == NULL)
		return -ENOMEM;
	q->port_id = port->port_id;
	q->pcap = port->pcap;
	q->on_frame = pcap_write;
	core->txqs[port->index] = q;
	core->nb_txqs = port->index + 1u;
	return 0;
}

static int
open_all(struct link_layer *link, struct core *core, const struct leat_config *config, struct leat_error *error)
{
	uint16_t ids[LEAT_MAX_PORTS];
	int n = choose_ports(config, ids, error), rc;

	if (n < 0)
		return n;
	if (config->pcap[0] != '\0') {
		rc = pcap_open(config->pcap, core->now, &link->pcap);
		if (rc < 0)
			return error_set(error, -rc, "capture file %s: %s", config->pcap, strerror(-rc));
	}
	rc = neigh_init(core);
	if (rc < 0)
		return error_set(error, -rc, "no memory for the neighbour table");
	acd_init(core);
	for (int i = 0; i < n; i++) {
		struct port *port = &link->ports[i];
		port->index = (uint8_t)i;
		port->pcap = link->pcap;
		rc = port_open(port, ids[i], core, config, error);
		if (rc < 0)
			return rc;
		link->nb_ports++;
		if (make_txq(core, port) < 0)
			return error_set(error, ENOMEM, "no memory for the transmit queue of %s", port->name);
	}
	return 0;
}

int
link_open(struct link_layer *link, struct core *core, const struct leat_config *config, struct leat_error *error)
{
	memset(link, 0, sizeof(*link));
	core->link = link;
	int rc = open_all(link, core, config, error);
	if (rc < 0)
		link_close(link, core);
	return rc;
}

static void
free_txq(struct core *core, unsigned i)
{
	struct txq *q = core->txqs[i];

	if (q == NULL)
		return;
	txq_flush(core, q);
	rte_pktmbuf_free_bulk(q->pkts, q->n);
	free(q);
	core->txqs[i] = NULL;
}

void
link_close(struct link_layer *link, struct core *core)
{
	neigh_fini(core);
	for (unsigned i = 0; i < link->nb_ports; i++) {
		acd_stop(core, &link->ports[i]);
		free_txq(core, i);
		port_close(&link->ports[i]);
	}
	pcap_close(link->pcap);
	core->nb_txqs = 0;
	core->link = NULL;
	memset(link, 0, sizeof(*link));
}

/*
 * A driver that hands over the sender's own buffers (net_ring) may do so while the sender still
 * holds them. Everything behind this line edits mbufs, so such a packet is copied.
 */
static bool
is_shared(const struct rte_mbuf *m)
{
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
link_rx_burst(struct core *core, struct port *port, struct rte_mbuf **pkts)
{
	unsigned n = rte_eth_rx_burst(port->port_id, 0, pkts, CORE_BURST), kept = 0;
	uint64_t bytes = 0;

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
	if (!port->warned_linear) {
		port->warned_linear = true;
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
