/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LINK_PORT_H
#define LINK_PORT_H
/*
 * Ports: an ethdev port by name, set up with what it can do. Nothing that is missing is fatal:
 * each offload is masked with what the port reports, and one line says what it lacks.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <rte_ether.h>
#include <leat/config.h>
#include "core/core.h"
#include "core/txq.h"
#include "link/steer.h"
#include "wire/eth.h"

struct leat_error;
struct pcap_file;

enum acd_state {
	ACD_USED,
	ACD_PROBING,              /* it is asked whether somebody else has it */
	ACD_PROBED,               /* it was asked, and the last answers may still come */
	ACD_TAKEN,                /* somebody else has it; it is asked for again later */
};

/* An IPv4 address of ours on a port, and whether somebody else has it (link/acd.h). */
struct port_ip4 {
	uint32_t addr, mask;      /* network byte order */
	struct port *port;
	_Atomic uint8_t state;    /* enum acd_state; core 0 writes it, and all that follows */
	uint8_t packets;          /* probes or announcements sent */
	bool told_taken;          /* the log says so already */
	bool defended;            /* at tick defended_at (RFC 5227 2.4) */
	uint32_t defended_at;
	struct wheel_node timer;
};

struct port {
	char name[LEAT_PORT_NAME];
	uint16_t port_id;         /* ethdev */
	uint64_t owner;           /* ethdev's mark that this port is taken */
	uint8_t index;            /* ours: place in link->ports and core->txqs */
	uint16_t mtu;             /* of IP */
	struct rte_ether_addr mac;
	int numa_node;
	uint16_t nb_rx, nb_tx;    /* queues: core i polls receive queues i, i + cores, ...; it sends by queue i if there is one */
	bool started;
	bool rx_cksum;            /* the port marks bad IP and L4 checksums in ol_flags */
	bool tx_ip_cksum, tx_tcp_cksum, tx_udp_cksum; /* the port fills them in */
	bool rss;                 /* it hashes */
	bool rss_ours;            /* ... with our key, into the queues as link/steer.h wants it */
	bool rx_intr;             /* a core may sleep on the queue's interrupt */
	bool can_chain;           /* takes packets of more than one mbuf */
	bool can_extern;          /* takes foreign memory (extbuf) */
	atomic_bool warned_linear; /* said once that packets are linearised */
	struct pcap_file *pcap;   /* where every frame is written, or NULL */
	/* Our IPv4 addresses on this link, in network byte order: what ARP answers and asks with. */
	struct port_ip4 ip4[LEAT_MAX_ADDRS];
	unsigned nb_ip4;
};

/* What the link layer of an instance owns. Neighbours are each core's own: link/neigh.h. */
struct link_layer {
	struct core *cores[LEAT_MAX_CORES];
	unsigned nb_cores;
	struct steer steer;
	struct port ports[LEAT_MAX_PORTS];
	unsigned nb_ports;
	struct pcap_file *pcap;
	_Atomic uint32_t addrs_changed; /* how often an address has become ours, or ceased to be; core 0 writes it, after the state */
};

/*
 * Configures and starts the ports that config names (all that EAL probed when it names none), a queue
 * pair for each of the config->cores if it has so many, receive queues filled from the rx_pool of the core
 * that polls them; makes their txqs, and what passes between them. Opens config->pcap. link of each core
 * points to the result. 0, or -errno with *error filled.
 */
int link_open(struct link_layer *link, struct core *const *cores, const struct leat_config *config,
	struct leat_error *error);

/*
 * No core turns any more, one thread does the rest: who has no transmit queue of its own sends by that of the core that
 * sent for it, so that what all connections of a core say in one moment need not fit the lane between them.
 */
void link_stand_still(struct link_layer *link);

/*
 * Sends what is queued, stops and closes the ports: only then have their drivers given back every
 * mbuf, so that the pools can go. A closed vdev is gone for the process.
 */
void link_close(struct link_layer *link);

/* The NUMA node of the first port that link_open() would take, -1 = none or any. */
int link_numa_node(const struct leat_config *config);

/* One port: link_open() and link_close() call these for each. p->index is set. 0, or -errno with *error filled. */
int port_open(struct port *p, uint16_t port_id, const struct link_layer *link, const struct leat_config *config,
	struct leat_error *error);
void port_close(struct port *p);

/* Tells the port that an IPv4 address (network byte order) is ours on its link; NULL: too many. Called by each core's ip_init(). */
struct port_ip4 *port_add_ip4(struct port *port, uint32_t addr, uint8_t prefix_len);

/* Up to CORE_BURST frames from a queue of a port; counts them, writes them to the pcap file. */
unsigned link_rx_burst(struct core *core, struct port *port, uint16_t queue, struct rte_mbuf **pkts);

/* Step 7: sends what other cores have passed, and what this one has queued. Returns how many packets the drivers took. */
unsigned link_flush(struct core *core);

/*
 * The last step of every frame, the Ethernet header in place: pads to 60 bytes, makes what the
 * port cannot take (chains, foreign memory) into one buffer, and queues it. Takes m.
 */
void link_output(struct core *core, struct port *port, struct rte_mbuf *m);

/* The same; nearly every frame is one buffer of ours, long enough. */
static inline void
link_send(struct core *core, struct port *port, struct rte_mbuf *m)
{
	if (likely(m->nb_segs == 1 && RTE_MBUF_DIRECT(m) && m->pkt_len >= ETH_FRAME_MIN))
		txq_put(core, core->txqs[port->index], m);
	else
		link_output(core, port, m);
}

/* Is the link up? */
bool port_link_up(const struct port *port);

#endif
