/* SPDX-License-Identifier: BSD-3-Clause */
/* What may stand in an entry of the configuration: addresses that hosts may have, and the like. */
#include <stdio.h>
#include <string.h>
#include <rte_ether.h>
#include "config/entries.h"
#include "config/subnet.h"

static int
check_family(const struct setting *s, const struct leat_addr *addr)
{
	if (addr->family == LEAT_IPV4)
		return 0;
	return setting_refuse(s, "%s: accepted are IPv4 addresses",
		addr->family == LEAT_IPV6 ? "IPv6 is not spoken yet" : "no address");
}

static int
check_prefix_len(const struct setting *s, uint8_t prefix_len)
{
	if (prefix_len <= 32)
		return 0;
	return setting_refuse(s, "prefix length %u: accepted are 0..32 for IPv4", prefix_len);
}

/* Why no single host has this address (RFC 1122 3.2.1.3, RFC 6890); NULL: one may have it. */
static const char *
not_a_host(const struct leat_addr *addr)
{
	uint8_t first = addr->bytes[0];

	if (addr->v4 == UINT32_MAX)
		return "the limited broadcast address";
	if (first >= 240)
		return "reserved (240.0.0.0/4)";
	if (first >= 224)
		return "a multicast address";
	if (first == 127)
		return "a loopback address";
	return first == 0 ? "an address of \"this network\" (0.0.0.0/8)" : NULL;
}

/* One address that is, or is said to be, a host's. label names it in messages. */
static int
check_host(const struct setting *s, const struct leat_addr *addr, const char *label)
{
	int rc = check_family(s, addr);
	const char *why;
	char text[LEAT_ADDR_TEXT];

	if (rc < 0)
		return rc;
	why = not_a_host(addr);
	if (why == NULL)
		return 0;
	return setting_refuse(s, "%s%s is %s: accepted are unicast addresses", label,
		leat_addr_format(addr, text, sizeof(text)), why);
}

/* Blanks, '@' and the signs of comments could not be written in a file as addr = A/LEN@PORT. */
static int
check_port_name(const struct setting *s, const char *name)
{
	bool good = name[0] != '\0' && strpbrk(name, "@#;") == NULL;

	for (const char *p = name; good && *p; p++)
		good = *p > ' ' && *p < 0x7f;
	return good ? 0 : setting_refuse_value(s, key_find("port"), "not a port name");
}

int
entry_check_port(const struct setting *s, const struct leat_port_config *port)
{
	return check_port_name(s, port->name);
}

/* The network and the broadcast address of a subnet are no host's, where it has them (RFC 3021). */
static int
check_inside(const struct setting *s, const struct leat_addr *addr, uint8_t prefix_len)
{
	struct leat_addr first = subnet_first(addr, prefix_len), last = subnet_last(addr, prefix_len);
	struct leat_addr low = subnet_step(&first, 1), high = subnet_step(&last, -1);
	bool is_first = leat_addr_equal(addr, &first), is_last = leat_addr_equal(addr, &last);
	char net[LEAT_ADDR_TEXT], from[LEAT_ADDR_TEXT], to[LEAT_ADDR_TEXT];

	if (!subnet_has_broadcast(prefix_len) || !(is_first || is_last))
		return 0;
	return setting_refuse(s, "the %s address of %s/%u: accepted are %s..%s",
		is_first ? "network" : "broadcast", leat_addr_format(&first, net, sizeof(net)), prefix_len,
		leat_addr_format(&low, from, sizeof(from)), leat_addr_format(&high, to, sizeof(to)));
}

int
entry_check_addr(const struct setting *s, const struct leat_addr_config *addr)
{
	int rc = check_family(s, &addr->addr);

	if (rc == 0)
		rc = check_prefix_len(s, addr->prefix_len);
	if (rc == 0)
		rc = check_host(s, &addr->addr, "");
	if (rc == 0)
		rc = check_inside(s, &addr->addr, addr->prefix_len);
	if (rc == 0 && addr->port[0])
		rc = check_port_name(s, addr->port);
	return rc;
}

/* The destination is a network in which hosts can be. */
static int
check_dest(const struct setting *s, const struct leat_addr *dest, uint8_t prefix_len)
{
	struct leat_addr first = subnet_first(dest, prefix_len);
	const char *why = prefix_len >= 8 || dest->bytes[0] >= 224 ? not_a_host(dest) : NULL;
	char net[LEAT_ADDR_TEXT];

	if (!leat_addr_equal(dest, &first))
		return setting_refuse(s, "bits are set behind the prefix: accepted is %s/%u",
			leat_addr_format(&first, net, sizeof(net)), prefix_len);
	if (why)
		return setting_refuse(s, "the destination is %s: accepted are unicast networks", why);
	return 0;
}

int
entry_check_route(const struct setting *s, const struct leat_route_config *route)
{
	int rc = check_family(s, &route->dest);

	if (rc == 0)
		rc = check_prefix_len(s, route->prefix_len);
	if (rc == 0)
		rc = check_dest(s, &route->dest, route->prefix_len);
	if (rc == 0)
		rc = check_host(s, &route->via, entry_is_gateway(route) ? "" : "the router ");
	return rc;
}

int
entry_check_neighbour(const struct setting *s, const struct leat_neighbour_config *n)
{
	struct rte_ether_addr mac;
	int rc = check_host(s, &n->addr, "");

	if (rc < 0)
		return rc;
	memcpy(mac.addr_bytes, n->mac, sizeof(n->mac));
	if (rte_is_zero_ether_addr(&mac))
		return setting_refuse(s, "the MAC address is zero: accepted are unicast MAC addresses");
	if (rte_is_multicast_ether_addr(&mac))
		return setting_refuse(s, "a %s MAC address: accepted are unicast MAC addresses",
			rte_is_broadcast_ether_addr(&mac) ? "broadcast" : "multicast");
	return 0;
}
