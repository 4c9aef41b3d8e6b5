/* SPDX-License-Identifier: BSD-3-Clause */
/* The addresses and routes of an instance. */
#include <errno.h>
#include <string.h>
#include <rte_jhash.h>
#include "base/error.h"
#include "ip/icmp.h"
#include "ip/ip.h"
#include "ip/pmtu.h"
#include "link/neigh.h"

static bool
in_subnet(const struct leat_addr *a, const struct leat_addr *net, uint8_t prefix_len)
{
	return a->family == LEAT_IPV4 && net->family == LEAT_IPV4 &&
		((a->v4 ^ net->v4) & ipv4_mask(prefix_len)) == 0;
}

bool
ip_is_local(const struct core *core, const struct leat_addr *a)
{
	return a->family == LEAT_IPV4 && ip4_is_local(core, a->v4);
}

bool
ip_is_broadcast(const struct core *core, const struct leat_addr *a)
{
	return a->family == LEAT_IPV4 && ip4_is_broadcast(core, a->v4);
}

bool
ip_is_unicast(const struct core *core, const struct leat_addr *a)
{
	return a->family == LEAT_IPV4 && ip4_is_unicast(core, a->v4);
}

const struct ip_route *
ip_route_lookup(const struct core *core, const struct leat_addr *dest)
{
	const struct ip_layer *ip = core->ip;

	if (!ip_is_unicast(core, dest) || ip_is_local(core, dest))
		return NULL;
	for (unsigned i = 0; i < ip->nb_routes; i++)
		if (in_subnet(dest, &ip->routes[i].dest, ip->routes[i].prefix_len) && acd_usable(ip->routes[i].on_port))
			return &ip->routes[i];
	return NULL;
}

uint32_t
ip_route_next_hop(struct core *core, const struct ip_route *route, const struct leat_addr *dest)
{
	return neigh_get(core, route->port, route->via.family != LEAT_UNSPEC ? &route->via : dest);
}

void
ip_hop_note(struct core *core, const struct leat_addr *dest, const struct ip_route *route, uint32_t next_hop,
	uint32_t seen)
{
	struct ip_layer *ip = core->ip;

	if (unlikely(ip->hops_seen != seen)) {
		memset(ip->hops, 0, sizeof(ip->hops));
		ip->hops_seen = seen;
	}
	if (dest->family == LEAT_IPV4)
		*ip_hop_slot(ip, dest->v4) = (struct ip_hop){dest->v4, next_hop, route, route->port->mtu};
}

uint32_t
ip_next_hop(struct core *core, const struct leat_addr *dest)
{
	const struct ip_route *route = ip_route_lookup(core, dest);

	return route == NULL ? 0 : ip_route_next_hop(core, route, dest);
}

uint16_t
ip_route_mtu_slowly(const struct core *core, const struct leat_addr *dest)
{
	const struct ip_route *route = ip_route_lookup(core, dest);

	return route == NULL ? 0 : route->port->mtu;
}

/* Keeps the routes sorted, longest prefix first; of equals the one that was there first. */
static void
insert_route(struct ip_layer *ip, const struct ip_route *route)
{
	unsigned i = ip->nb_routes++;

	for (; i > 0 && ip->routes[i - 1].prefix_len < route->prefix_len; i--)
		ip->routes[i] = ip->routes[i - 1];
	ip->routes[i] = *route;
}

static struct port *
port_named(const struct core *core, const char *name)
{
	for (unsigned i = 0; i < core->link->nb_ports; i++)
		if (name[0] == '\0' || strcmp(core->link->ports[i].name, name) == 0)
			return &core->link->ports[i];
	return NULL;
}

/* The address of ours whose subnet holds a; NULL = none. Of several the longest prefix. */
static const struct ip_addr *
address_beside(const struct ip_layer *ip, const struct leat_addr *a)
{
	const struct ip_addr *best = NULL;

	for (unsigned i = 0; i < ip->nb_addrs; i++) {
		const struct ip_addr *ours = &ip->addrs[i];
		if (in_subnet(a, &ours->addr, ours->prefix_len) &&
		    (best == NULL || ours->prefix_len > best->prefix_len))
			best = ours;
	}
	return best;
}

static int
add_address(struct core *core, const struct leat_addr_config *c, struct leat_error *error)
{
	struct ip_layer *ip = core->ip;
	struct port *port = port_named(core, c->port);
	char text[LEAT_ADDR_TEXT];

	leat_addr_format(&c->addr, text, sizeof(text));
	if (c->addr.family != LEAT_IPV4)
		return error_set(error, EAFNOSUPPORT, "address %s: only IPv4 is spoken yet", text);
	if (port == NULL)
		return error_set(error, ENODEV, "address %s: there is no port %s", text, c->port);
	const struct port_ip4 *on_port = port_add_ip4(port, c->addr.v4, c->prefix_len);
	ip->nets[ip->nb_addrs] = (struct ip4_net){c->addr.v4,
		c->prefix_len > 30 ? UINT32_MAX : ipv4_mask(c->prefix_len)};
	ip->addrs[ip->nb_addrs++] = (struct ip_addr){.addr = c->addr, .prefix_len = c->prefix_len, .port = port,
		.on_port = on_port};
	struct ip_route connected = {
		.dest = {.v4 = c->addr.v4 & ipv4_mask(c->prefix_len), .family = LEAT_IPV4},
		.prefix_len = c->prefix_len,
		.source = c->addr,
		.port = port,
		.on_port = on_port,
	};
	insert_route(ip, &connected);
	return 0;
}

static int
add_route(struct core *core, const struct leat_route_config *c, struct leat_error *error)
{
	const struct ip_addr *beside = address_beside(core->ip, &c->via);
	char dest[LEAT_ADDR_TEXT], via[LEAT_ADDR_TEXT];

	if (beside == NULL)
		return error_set(error, EINVAL, "route %s/%u via %s: the gateway is in no subnet of ours",
			leat_addr_format(&c->dest, dest, sizeof(dest)), c->prefix_len,
			leat_addr_format(&c->via, via, sizeof(via)));
	struct ip_route route = {
		.dest = {.v4 = c->dest.v4 & ipv4_mask(c->prefix_len), .family = LEAT_IPV4},
		.prefix_len = c->prefix_len,
		.via = c->via,
		.source = beside->addr,
		.port = beside->port,
		.on_port = beside->on_port,
	};
	insert_route(core->ip, &route);
	return 0;
}

static int
add_neighbour(struct core *core, const struct leat_neighbour_config *c, struct leat_error *error)
{
	const struct ip_addr *beside = address_beside(core->ip, &c->addr);
	struct rte_ether_addr mac;
	char text[LEAT_ADDR_TEXT];

	leat_addr_format(&c->addr, text, sizeof(text));
	if (beside == NULL)
		return error_set(error, EINVAL, "neighbour %s is in no subnet of ours", text);
	memcpy(&mac, c->mac, sizeof(mac));
	int rc = neigh_set_static(core, beside->port, &c->addr, &mac);
	return rc < 0 ? error_set(error, -rc, "neighbour %s: the table is full", text) : 0;
}

static int
configure(struct core *core, const struct leat_config *config, struct leat_error *error)
{
	int rc = 0;

	for (unsigned i = 0; i < config->nb_addrs && rc == 0; i++)
		rc = add_address(core, &config->addrs[i], error);
	for (unsigned i = 0; i < config->nb_routes && rc == 0; i++)
		rc = add_route(core, &config->routes[i], error);
	for (unsigned i = 0; i < config->nb_neighbours && rc == 0; i++)
		rc = add_neighbour(core, &config->neighbours[i], error);
	return rc;
}

int
ip_init(struct core *core, struct ip_layer *ip, const struct leat_config *config, struct leat_error *error)
{
	memset(ip, 0, sizeof(*ip));
	core->ip = ip;
	ip->idents = core->id;
	ip->discover_pmtu = config->ip.pmtu;
	ip->ttl = config->ip.ttl;
	if (icmp_init(core) < 0 || pmtu_init(core) < 0) {
		ip_fini(core);
		return error_set(error, ENOMEM, "no memory for ICMP and path MTUs");
	}
	int rc = configure(core, config, error);
	if (rc < 0)
		ip_fini(core);
	return rc;
}

void
ip_fini(struct core *core)
{
	if (core->ip == NULL)
		return;
	pmtu_fini(core);
	icmp_fini(core);
	core->ip = NULL;
}

void
ip_announce(struct core *core, bool probe)
{
	for (unsigned i = 0; i < core->link->nb_ports; i++)
		acd_start(core, &core->link->ports[i], probe);
}
