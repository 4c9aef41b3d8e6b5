/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LINK_STEER_H
#define LINK_STEER_H
/*
 * Which core of the instance a frame is for: the one its connection lives on, for life.
 *
 * Three ways lead it there. With RSS the port has hashed the tuple with a key that we gave it, and put
 * the frame into the queue of its core. By software a keyed hash of the tuple chooses; the core that
 * received the frame passes it on (core/lane.h). By queue it is whichever queue the peer uses: the core
 * that polls it. All three agree on this: whoever opens a connection takes a tuple whose answers come
 * back to it, and no two cores can take the same tuple.
 *
 * What RSS and queues do not sort is always sorted here: UDP goes to a core that has the port, a port
 * that is pinned to a core goes there, ICMP errors go where the quoted packet came from, fragments of one
 * datagram meet by their addresses, answers to pings go by their identifier, and ARP goes to every core:
 * each has neighbours of its own, so that nothing that is written is shared. Core 0 alone answers.
 */
#include <stdatomic.h>
#include <stdint.h>
#include <leat/config.h>
#include "core/core.h"
#include "wire/tuple.h"

struct link_layer;
struct port;

enum {
	STEER_RETA_MAX = 2048,
	STEER_RSS_KEY = 64,     /* bytes; the longest that a port asks for is 52 */
	STEER_RSS_USED = 16,    /* of them, for the 12 of an IPv4 tuple */
	STEER_ALL = UINT8_MAX,  /* no core's number: every core is to have a copy */
	STEER_SLOTS = 256,      /* values of the hash by software that are told apart */
	STEER_SHARED = LEAT_MAX_CORES + 1, /* of a port: it cannot be pinned any more */
};

struct steer {
	enum leat_steering how; /* STEER_RSS, _SOFTWARE or _QUEUE; STEER_AUTO: there is one core */
	unsigned nb_cores;
	uint64_t keys[4];       /* of the hash by software */
	uint8_t slots[STEER_SLOTS]; /* of the hash by software: which core each is for */
	uint8_t rss_key[STEER_RSS_KEY];
	uint16_t reta_size;     /* entries of every port's indirection table that differ: entry i is for core i % nb_cores */
	/* By local port, NULL with one core. Written when endpoints open and close, which is rare. */
	atomic_bool pinning;         /* some port is pinned */
	_Atomic uint8_t *pins;       /* TCP: the core it is pinned to + 1; 0, STEER_SHARED: by tuple */
	_Atomic uint64_t *udp_cores; /* UDP: bits, cores that have the port */
};

/*
 * Chooses how, from what config wants and the ports (ethdev numbers) can, and makes the keys from the secret of
 * core 0. 0 or -ENOMEM.
 */
int steer_init(struct link_layer *link, const struct leat_config *config, const uint16_t *ids, unsigned nb_ports);
void steer_fini(struct steer *s);

/* Makes the RSS key from the core's secret: one that shares out ports in a row. nb_cores, reta_size, pins are there. */
void steer_draw_rss_key(struct steer *s, const struct core *core);

/*
 * Shares out the connections that software steers, once the ports' queues are known: a core that receives and sends
 * for others gets fewer. cost: what all receiving and sending for a connection is to a core, in percent of serving
 * the connection. A connection stays on its core for life, so this is done once.
 */
void steer_share_out(struct link_layer *link, unsigned cost);

/* The core to which segments of a TCP connection come; of two ends that are both ours: to `local`. */
unsigned steer_tuple(const struct steer *s, const struct tuple *t);

/*
 * Which of the n frames that core received are its own: they stay in pkts, in order, and their number is
 * returned. The others are passed on. May be called only where there are several cores.
 */
unsigned steer_burst(struct core *core, const struct port *port, struct rte_mbuf **pkts, unsigned n);

/* The identifier of a ping (host byte order) whose answers come to this core? */
static inline bool
steer_ping_is_ours(const struct core *core, uint16_t ident)
{
	return ident % core->nb_cores == core->id;
}

/*
 * Pins a local TCP port to a core, or lets every core have it, for as long as the instance lives: connections would
 * be torn from their core if it could change. 0, or -EADDRINUSE: it is another core's, or all have it; it is pinned.
 */
int steer_pin(struct steer *s, uint16_t port, unsigned core);
int steer_share(struct steer *s, uint16_t port);
/* Is the port pinned to some core? */
bool steer_pinned(const struct steer *s, uint16_t port);

/* A core has opened its first endpoint on a UDP port, or closed its last. */
void steer_udp(const struct core *core, uint16_t port, bool open);
/* The core opens a port that it has not, and that no other may have. False: one has. */
bool steer_udp_claim(const struct core *core, uint16_t port);

#endif
