/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef IP_ICMP_H
#define IP_ICMP_H
/* ICMP (RFC 792, 1122 3.2.2): echo both ways, errors both ways. */
#include <stdbool.h>
#include "ip/ip.h"

struct leat_ping;

enum {
	ICMP_ERROR_MAX = 576,   /* RFC 1812 4.3.2.3: an error with its IP header is not longer */
	ICMP_ERRORS_PER_SEC = 100,
	ICMP_ERRORS_BURST = 50,
	PING_BUCKETS = 64,
};

/* What ICMP owns of a core. */
struct icmp_layer {
	uint32_t tokens;        /* errors that may be sent now */
	uint64_t refilled;      /* when tokens were last added, nanoseconds */
	uint64_t opened;        /* pingers ever */
	struct leat_ping *pings[PING_BUCKETS]; /* by identifier */
};

int icmp_init(struct core *core);   /* makes core->ip->icmp; registers WHEEL_PING */
void icmp_fini(struct core *core);

/*
 * Handles an ICMP message; takes d->m. Returns true and fills *e when it is an error about a
 * TCP or UDP packet of ours, which the caller is to pass on.
 */
bool icmp_input(struct core *core, struct ip_dgram *d, struct ip_error *e);

/*
 * m is a packet of ours that waited for a neighbour in vain: as if a router had said so, with host
 * unreachable, but for e->local. Only reads m. Returns as icmp_input().
 */
bool icmp_unsent(struct core *core, struct rte_mbuf *m, struct ip_error *e);

enum icmp_unreach { ICMP_UNREACH_PROTOCOL = 2, ICMP_UNREACH_PORT = 3 };

/*
 * Answers the datagram with destination unreachable, quoting its IP header and as much as fits
 * (RFC 1812 4.3.2.3: 576 bytes); never about ICMP errors, groups, or non-unicast sources; rate-limited
 * (RFC 1812 4.3.2.8). d->m is only read.
 */
void icmp_send_unreachable(struct core *core, const struct ip_dgram *d, enum icmp_unreach code);

#endif
