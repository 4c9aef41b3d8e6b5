/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef IP_PMTU_H
#define IP_PMTU_H
/*
 * Path MTUs (RFC 1191, RFC 8201): for which destinations less than the first hop's MTU gets through,
 * learnt from errors that a transport has found to be about packets of its own, or by its own trials.
 * They only ever fall, and are forgotten after ten minutes: then the path is tried anew (RFC 1191 6.3,
 * RFC 8201 4). Bounded: of too many the one that would be forgotten first goes.
 *
 * Whoever keeps what it read compares ip_layer.pmtu_version with the one it had then.
 */
#include <stdbool.h>
#include <stdint.h>
#include "ip/ip.h"

enum {
	PMTU_MAX = 1024,        /* destinations */
	PMTU_AGE_SEC = 600,
	PMTU_FLOOR_V4 = 552,    /* what BSD and Linux do not go below: a forged error shall not make crumbs of data */
	PMTU_FLOOR_V6 = 1280,   /* RFC 8200 5: every link carries that */
};

struct pmtu_table;

int pmtu_init(struct core *core);  /* makes core->ip->pmtu; registers WHEEL_PMTU. 0 or -ENOMEM */
void pmtu_fini(struct core *core);

/* How a packet gets to a destination. */
struct pmtu_path {
	uint16_t mtu;   /* the route's or less; 0: there is no route */
	bool df;        /* Don't Fragment: routers are to tell what is too long for them, not to cut it */
};
void pmtu_apply(const struct core *core, const struct leat_addr *dest, struct pmtu_path *path);

static inline struct pmtu_path
pmtu_get(const struct core *core, const struct leat_addr *dest)
{
	struct pmtu_path path = {.mtu = ip_route_mtu(core, dest), .df = core->ip->discover_pmtu};

	if (unlikely(core->ip->pmtu_known > 0))
		pmtu_apply(core, dest, &path);
	return path;
}

/*
 * mtu is all that gets through to dest. True when that is news: it is below what was known, and
 * ip.pmtu is on. An MTU below the floor is taken for the floor, and for IPv4 routers may cut then
 * (RFC 1191 3); for IPv6 it is no news (RFC 8201 4).
 */
bool pmtu_lower(struct core *core, const struct leat_addr *dest, uint16_t mtu);

/*
 * The MTU to try when a router that is older than RFC 1191 does not tell its own (0): the next of
 * its section 7.1 below the length of the packet that was too long.
 */
uint16_t pmtu_plateau(uint16_t len);

#endif
