/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef IP_IP_H
#define IP_IP_H
/*
 * The network layer as TCP and UDP see it: family-neutral. Addresses and routes of the instance,
 * header templates, sending. Which family a packet has is decided in this folder only.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <leat/addr.h>
#include <leat/config.h>
#include "core/core.h"
#include "link/acd.h"
#include "link/neigh.h"
#include "link/port.h"
#include "wire/ipv4.h"
#include "wire/tuple.h"

enum {
	IP_HDR_MAX = 40, /* without options we never send more: 20 for IPv4, 40 for IPv6 */
};

/* An address of ours. */
struct ip_addr {
	struct leat_addr addr;
	uint8_t prefix_len;
	struct port *port;
	const struct port_ip4 *on_port; /* whether it may be used yet */
};

struct ip_route {
	struct leat_addr dest;
	uint8_t prefix_len;
	struct leat_addr via;   /* LEAT_UNSPEC: on link */
	struct leat_addr source; /* address of ours to send from */
	struct port *port;
	const struct port_ip4 *on_port; /* source there */
};

/* An IPv4 address of ours as each packet asks for it; network byte order. */
struct ip4_net {
	uint32_t addr;
	uint32_t mask;          /* of its subnet; all ones where that has no broadcast (RFC 3021 2.1) */
};

/* Where packets to an IPv4 destination went last: a route and a neighbour that were looked up. */
struct ip_hop {
	uint32_t dest;          /* network byte order; 0: free */
	uint32_t next_hop;      /* neighbour handle */
	const struct ip_route *route;
	uint16_t mtu;           /* of the port */
};

enum { IP_HOPS = 256 };

/* Instance-wide: addresses and routes, longest prefix first. */
struct ip_layer {
	struct ip4_net nets[LEAT_MAX_ADDRS]; /* of addrs */
	struct ip_addr addrs[LEAT_MAX_ADDRS];
	unsigned nb_addrs;
	struct ip_route routes[LEAT_MAX_ROUTES + LEAT_MAX_ADDRS];
	unsigned nb_routes;
	uint32_t idents;        /* IPv4 identifications given to packets that need one (RFC 6864) */
	struct icmp_layer *icmp;
	struct pmtu_table *pmtu;
	uint32_t pmtu_known;    /* destinations of which a path MTU is known: nearly always none */
	uint8_t pmtu_version;   /* changes with each path MTU: whoever keeps one compares */
	bool discover_pmtu;     /* the key ip.pmtu */
	uint8_t ttl;            /* the key ip.ttl */
	uint32_t hops_seen;     /* link_layer.addrs_changed when hops was last emptied */
	struct ip_hop hops[IP_HOPS]; /* by ip_hop_slot() */
};

/* A received datagram after the IP header was checked and stripped: m's data begins at the transport header. */
struct ip_dgram {
	struct rte_mbuf *m;
	struct port *port;
	struct leat_addr src, dst;
	uint8_t proto;
	uint8_t ttl, tos;
	bool to_group;          /* sent to a broadcast or multicast address, or link broadcast */
	uint8_t hdr_len;        /* the IP header stands hdr_len bytes before m's data */
};

/* What an ICMP error says about something we sent. Matched by run/ against TCP and UDP. */
struct ip_error {
	struct tuple tuple;     /* of the quoted packet, local = us */
	uint8_t proto;          /* IPPROTO_TCP or IPPROTO_UDP */
	int error;              /* ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EMSGSIZE, … */
	bool hard;              /* RFC 1122 4.2.3.9: protocol, port unreachable, fragmentation needed */
	uint16_t mtu;           /* with EMSGSIZE: next-hop MTU, 0 = not told */
	uint16_t len;           /* of the whole packet that is quoted */
	bool local;             /* no ICMP message, but what leat found itself: the neighbour does not answer */
	uint32_t seq;           /* TCP: the quoted sequence number */
	struct leat_addr from;
};

/* core->ip from the configuration. 0, or -errno with *error filled. */
int ip_init(struct core *core, struct ip_layer *ip, const struct leat_config *config,
	struct leat_error *error);
void ip_fini(struct core *core);

/*
 * Tells every link which addresses are ours now (RFC 5227 2.3): once, when the instance is up. With probe
 * they are asked for first (2.1), and not ours before nobody has answered.
 */
void ip_announce(struct core *core, bool probe);

/* The same questions for an IPv4 address in network byte order, which every packet asks. */
static inline bool
ip4_is_local(const struct core *core, uint32_t a)
{
	const struct ip_layer *ip = core->ip;

	for (unsigned i = 0; i < ip->nb_addrs; i++)
		if (ip->nets[i].addr == a && acd_usable(ip->addrs[i].on_port))
			return true;
	return false;
}

static inline bool
ip4_is_broadcast(const struct core *core, uint32_t a)
{
	const struct ip_layer *ip = core->ip;

	if (a == UINT32_MAX)
		return true;
	for (unsigned i = 0; i < ip->nb_addrs; i++) {
		uint32_t mask = ip->nets[i].mask;
		/* RFC 1122 3.3.6: the old form, with zeros, is to be known too */
		if (((a ^ ip->nets[i].addr) & mask) == 0 && ((a | mask) == UINT32_MAX || (a & ~mask) == 0) &&
			mask != UINT32_MAX)
			return true;
	}
	return false;
}

static inline bool
ip4_is_unicast(const struct core *core, uint32_t a)
{
	return ipv4_is_host(a) && !ip4_is_broadcast(core, a);
}

/* Is it an address of ours (unicast), that may be used? */
bool ip_is_local(const struct core *core, const struct leat_addr *a);

/* Is it a broadcast address: of all, or of a subnet of ours (with the old form, all zeros)? */
bool ip_is_broadcast(const struct core *core, const struct leat_addr *a);

/* Could a host have this address: not zero, not multicast, not broadcast, not loopback? */
bool ip_is_unicast(const struct core *core, const struct leat_addr *a);

/*
 * Longest prefix match; NULL = no route. There is none to what stands for no single other host:
 * broadcast and multicast addresses, and our own (leat has no loopback).
 */
const struct ip_route *ip_route_lookup(const struct core *core, const struct leat_addr *dest);

/* The neighbour handle to reach dest by its route; 0 = no route or no room. */
uint32_t ip_next_hop(struct core *core, const struct leat_addr *dest);

/* The same for a route that was looked up already. */
uint32_t ip_route_next_hop(struct core *core, const struct ip_route *route, const struct leat_addr *dest);

/*
 * The hop for an IPv4 destination to which packets went lately; NULL: look the route up. Which routes there
 * are depends only on which addresses may be used; when that changes all is forgotten.
 */
static inline struct ip_hop *
ip_hop_slot(struct ip_layer *ip, uint32_t dest)
{
	return &ip->hops[dest * 0x9e3779b1u >> 24];
}

/* Another core may change it at any time: what is found behind this look is no older. */
static inline uint32_t
ip_addrs_changed(const struct core *core)
{
	return atomic_load_explicit(&core->link->addrs_changed, memory_order_acquire);
}

static inline const struct ip_hop *
ip4_hop_find(const struct core *core, uint32_t dest)
{
	struct ip_layer *ip = core->ip;
	const struct ip_hop *hop = ip_hop_slot(ip, dest);

	if (likely(hop->dest == dest && neigh_valid(core, hop->next_hop) && ip->hops_seen == ip_addrs_changed(core)))
		return hop;
	return NULL;
}

static inline const struct ip_hop *
ip_hop_find(const struct core *core, const struct leat_addr *dest)
{
	return dest->family == LEAT_IPV4 ? ip4_hop_find(core, dest->v4) : NULL;
}

/* seen: ip_addrs_changed() before the route was looked up. */
void ip_hop_note(struct core *core, const struct leat_addr *dest, const struct ip_route *route, uint32_t next_hop,
	uint32_t seen);

/* MTU of the route to dest (the port's), 0 = no route. */
uint16_t ip_route_mtu_slowly(const struct core *core, const struct leat_addr *dest);

static inline uint16_t
ip_route_mtu(const struct core *core, const struct leat_addr *dest)
{
	const struct ip_hop *hop = ip_hop_find(core, dest);

	return likely(hop != NULL) ? hop->mtu : ip_route_mtu_slowly(core, dest);
}

/*
 * Writes an IP header for local -> remote into h (IP_HDR_MAX bytes; length and checksum are left
 * for ip_output). Returns its length: where the transport header begins. The tuple's key bytes
 * begin at ip_key_offset(returned length).
 */
uint8_t ip_template(uint8_t *h, const struct leat_addr *local, const struct leat_addr *remote, uint8_t proto);

/*
 * The same for a transport with ports from the key of a tuple, which stands in it as it is, the ports behind the header: h has four bytes
 * more.
 */
static inline uint8_t
ip_template_key(uint8_t *h, const uint8_t *key, uint8_t key_len, uint8_t proto)
{
	(void)key_len; /* TUPLE4_LEN */
	ipv4_template(h, proto, true);
	memcpy(h + 12, key, TUPLE4_LEN);
	return IPV4_HDR_LEN;
}

/* Sets Don't Fragment in a template of ip_len bytes, or takes it away. Nothing for IPv6: its routers never cut. */
static inline void
ip_template_df(uint8_t *h, uint8_t ip_len, bool df)
{
	uint32_t word = df ? RTE_BE32(IPV4_DF) : 0; /* the identification is 0 */

	if (likely(ip_len == IPV4_HDR_LEN))
		memcpy(h + 4, &word, 4);
}

/* The differentiated services codepoint, 0..63, of a template of ip_len bytes (RFC 2474): set it, read it. */
void ip_template_set_dscp(uint8_t *h, uint8_t ip_len, uint8_t dscp);
uint8_t ip_template_dscp(const uint8_t *h, uint8_t ip_len);

static inline uint8_t
ip_key_offset(uint8_t ip_len)
{
	return ip_len == 20 ? 12 : 8;
}

/* Bytes of IP header for this address's family: 20 or 40. */
uint8_t ip_hdr_len(const struct leat_addr *a);

/*
 * Sends m: its data is a template header of ip_len bytes, a transport header of l4_len bytes whose
 * checksum field at l4 + cksum_at is to be filled, and payload. Fills in total length, time to
 * live, identification, both checksums (or leaves them to the port's offload), and passes it to the
 * neighbour *next_hop, which is looked up anew if it is 0 or stale. Takes m. 0, or -ENETUNREACH
 * (no route), -EHOSTUNREACH (the neighbour table is full), -EMSGSIZE (longer than the port's MTU). That
 * the neighbour does not answer is known later: icmp_unsent().
 */
struct ip_send {
	uint8_t ip_len, l4_len;
	uint8_t cksum_at;       /* 16 for TCP, 6 for UDP */
	uint8_t proto;
	uint8_t tos;            /* added to what the template has: this packet's ECN, or an answer's type of service */
	bool summed;            /* sum is that of transport header and payload, the checksum field being 0 */
	uint64_t sum;           /* in words as they lie in memory (wire/cksum.h), below 2^48 */
};
int ip_output(struct core *core, struct rte_mbuf *m, const struct ip_send *s, uint32_t *next_hop);

/* The ECN field: the low bits of tos, in both families (RFC 3168 5). */
enum { ECN_NOT_ECT, ECN_ECT_1, ECN_ECT_0, ECN_CE, ECN_MASK = 3 };

/*
 * Checks and strips the IP header of a frame whose data begins at it (ethertype tells the family).
 * 0 and *d filled, m's data at the transport header and cut to the datagram; or -1 when m was
 * dropped (with its reason counted).
 */
int ip4_input(struct core *core, struct port *port, struct rte_mbuf *m, bool link_group, struct ip_dgram *d);

/*
 * Is the transport checksum right? Uses what the port found, else computes it (over chains too).
 * d->m's data begins at the transport header.
 */
bool ip_l4_cksum_ok(const struct core *core, const struct ip_dgram *d);

#endif
