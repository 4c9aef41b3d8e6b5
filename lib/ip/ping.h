/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef IP_PING_H
#define IP_PING_H
/* What icmp.c tells the pingers (leat/ping.h). */
#include <stdbool.h>
#include "ip/ip.h"
#include "wire/icmp.h"

/* WHEEL_PING: requests that were not answered in time. */
void ping_on_timer(struct core *core, struct wheel_node *node);

/* An echo reply came. False when nobody waits for it. d->m is only read. */
bool ping_on_reply(struct core *core, const struct ip_dgram *d, const struct icmp_header *h);

/* An error came about an echo request to dst. False when it is none of ours. */
bool ping_on_error(struct core *core, const struct icmp_header *request, const struct leat_addr *dst,
	const struct ip_error *e);

/* Frees the pingers that are left. */
void ping_fini(struct core *core);

#endif
