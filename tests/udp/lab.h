/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_UDP_LAB_H
#define TESTS_UDP_LAB_H
/*
 * UDP over a core whose port the test holds: frames in, frames out, and a record of every
 * callback. The lab does what run/rx.c does with a datagram.
 */
#include <leat/udp.h>
#include "udp/udp.h"
#include "wire/eth.h"
#include "wire/ipv4.h"
#include "wire/udp.h"
#include "support/net.h"

enum { LAB_HEARD = 64, LAB_KEPT = 64, FRAME_UDP = ETH_HDR_LEN + IPV4_HDR_LEN };

#define LAB_US_TOO RTE_BE32(0xc6120003) /* our second address */

/* One callback. */
struct heard {
	struct leat_udp *udp;
	void *user;
	struct leat_endpoint from, to; /* on_error: to */
	int error;                     /* 0: a datagram */
	size_t len;
	uint8_t data[LAB_KEPT];        /* its first bytes */
};

struct lab {
	struct net n;
	struct heard heard[LAB_HEARD];
	unsigned nb_heard;
	bool refused;                  /* the last datagram was nobody's */
};

extern struct lab lab;
extern const struct leat_udp_events lab_events; /* they record; user is recorded too */

/* For .init and .fini: every mbuf must be back in the end. */
void lab_start(void);
void lab_stop(void);

/* An endpoint that records; text as leat_endpoint_parse() takes it. */
struct leat_udp *lab_open(const char *local);

/* What the peer sends. Zeroes mean: right. */
struct dgram {
	uint32_t src, dst;             /* 0 = the peer, us */
	uint16_t from, to;             /* ports; 0 = 4000, 7 */
	int len_field;                 /* -1: 0 */
	bool no_cksum, bad_cksum;
	unsigned trailing;             /* bytes behind the datagram, inside the IP packet */
	size_t segment;                /* cut into mbufs of that many bytes */
};

/* Gives the core the datagram; it is queued, nothing is delivered yet. */
void lab_give(const struct dgram *how, const void *data, size_t len);

/* Gives the core a port unreachable (or, with EMSGSIZE, fragmentation needed) about local -> peer:to. */
void lab_give_error(uint8_t code, uint16_t from_port, uint16_t to_port);

/* Step 5 and 7 of the turn. */
unsigned lab_deliver(void);

/* Takes a frame that was sent; checks both checksums; its payload is at *data. Returns the payload's length. */
size_t lab_take(struct ipv4_header *ip, struct udp_header *udp, const uint8_t **data);

#endif
