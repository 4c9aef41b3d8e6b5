/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SUPPORT_NET_H
#define SUPPORT_NET_H
/*
 * A core with link and IP over one ring port whose other end the test holds, in virtual time.
 * What comes for a transport protocol is kept in `got`; nobody answers it.
 *
 *   us    198.18.0.1/24   at the MAC address of n->port
 *   peer  198.18.0.2      02:00:00:00:00:02
 *   gateway 198.18.0.254, the default route
 */
#include <stddef.h>
#include <stdint.h>
#include <rte_ether.h>
#include <rte_ring.h>
#include <leat/core.h>
#include "ip/icmp.h"
#include "ip/ip.h"
#include "link/port.h"

enum { NET_FRAME_MAX = 9700 };

#define NET_MS 1000000ull
#define NET_SEC 1000000000ull

#define NET_US RTE_BE32(0xc6120001)
#define NET_PEER RTE_BE32(0xc6120002)
#define NET_GATEWAY RTE_BE32(0xc61200fe)
#define NET_OTHER RTE_BE32(0xc6120005)   /* one more host beside us */
#define NET_FAR RTE_BE32(0xc0000207)     /* 192.0.2.7, behind the gateway */

extern const struct rte_ether_addr net_peer_mac, net_other_mac, net_all;

struct net {
	struct core core;
	struct link_layer link;
	struct ip_layer ip;
	struct leat_config config;
	struct port *port;
	uint64_t time;
	struct rte_ring *to_core, *from_core;
	struct rte_mempool *pool;  /* what the test sends is from here */
	struct ip_dgram got;       /* the last TCP or UDP datagram; got.m NULL = none */
	struct ip_error error;     /* the last ICMP error that was passed on */
	unsigned nb_errors;
};

/* Fills n->config; a test may change it before net_start(). */
void net_config(struct net *n);
void net_start(struct net *n);

/* Closes all and asserts that every mbuf is back in its pool and none is counted as held. */
void net_stop(struct net *n);

/* One turn: what came in, timers, what goes out. */
void net_turn(struct net *n);

/* Lets time pass in steps of 10 ms, with a turn after each. */
void net_after(struct net *n, uint64_t ns);

/* Gives the core a frame, or an mbuf of the test's own making, and turns once. */
void net_give(struct net *n, const void *frame, size_t len);
void net_give_mbuf(struct net *n, struct rte_mbuf *m);

/* An mbuf of n->pool with these bytes, cut into segments of at most `segment` bytes (0 = one). */
struct rte_mbuf *net_mbuf(struct net *n, const void *data, size_t len, size_t segment);

/* The next frame that the core sent, copied into buf (NET_FRAME_MAX bytes); its length, 0 = none. */
size_t net_take(struct net *n, uint8_t *buf);

/* How many frames wait, without taking them. */
unsigned net_waiting(const struct net *n);

/* Frees what the core sent. */
void net_forget(struct net *n);

/* The counter's value. */
uint64_t net_count(const struct net *n, enum counter c);

/* Builds an ARP frame of 42 bytes. */
struct net_arp {
	uint16_t op;
	const struct rte_ether_addr *from, *to; /* Ethernet and ARP sender; Ethernet target */
	uint32_t sender_ip, target_ip;
};
void net_give_arp(struct net *n, const struct net_arp *a);

/* The peer tells us its address: from then on it is a known neighbour. Nothing waits afterwards. */
void net_meet_peer(struct net *n);

/* Builds Ethernet + IPv4 + payload in buf, header checksum included; returns the length. */
struct net_ip4 {
	uint32_t src, dst;         /* 0 = peer, us */
	uint8_t proto, ttl, tos;   /* ttl 0 = 64 */
	uint16_t fragment;
	const void *options;       /* options_len bytes, a multiple of four */
	uint8_t options_len;
	const struct rte_ether_addr *to; /* NULL = us */
};
size_t net_ip4_frame(const struct net *n, uint8_t *buf, const struct net_ip4 *ip, const void *payload, size_t len);

/* Writes an ICMP echo message, checksum included; returns its length. */
size_t net_echo(uint8_t *buf, uint8_t type, uint16_t ident, uint16_t seq, const void *data, size_t len);

/* RFC 1071, word by word, written apart from what it tests: 0 when the data has its right checksum in it. */
uint16_t net_cksum(const void *data, size_t len, uint32_t sum);

#endif
