/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The configuration as a whole. First every value by itself, for a program may have filled the
 * fields without leat_config_set(); then what only several values together can get wrong.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <rte_common.h>
#include "base/error.h"
#include "config/entries.h"
#include "config/subnet.h"

/* A value of the configuration as the setting that it may have come from. */
static struct setting
entry_setting(const char *key, const char *value, const char *origin, struct leat_error *error)
{
	return (struct setting){.key = key, .value = value, .origin = origin, .error = error};
}

/* " in leat.ini:5", or nothing when the program itself set the entry. */
static const char *
write_place(const char *origin, char *buf, size_t size)
{
	snprintf(buf, size, "%s%.63s", *origin ? " in " : "", origin);
	return buf;
}

static int
refuse_twin(const struct setting *s, const char *what, const char *origin)
{
	char place[LEAT_ORIGIN + 8];

	return setting_refuse(s, "%s already set%s", what, write_place(origin, place, sizeof(place)));
}

static int
check_numbers(const struct leat_config *c, struct leat_error *error)
{
	char text[KEY_ACCEPTED_TEXT];
	int rc = 0;

	for (const struct config_key *k = config_keys; k->name && rc == 0; k++) {
		if (key_is_number(k)) {
			uint64_t value = key_get(k, c);
			struct setting s = entry_setting(k->name, key_write_number(k, value, text), "", error);

			rc = setting_check_number(&s, k, value);
		}
	}
	return rc;
}

/* Texts of fields end inside them. */
static int
check_texts(const struct leat_config *c, struct leat_error *error)
{
	char name[sizeof(c->name) + 1];
	struct setting s = entry_setting("name", name, "", error), path = entry_setting("pcap", c->pcap, "", error);
	int rc;

	snprintf(name, sizeof(name), "%.*s", (int)sizeof(c->name), c->name);
	if (memchr(c->pcap, '\0', sizeof(c->pcap)) == NULL)
		return error_set(error, EINVAL, "pcap: no end within its %zu bytes", sizeof(c->pcap));
	rc = setting_check_name(&s, key_find("name"));
	return rc < 0 ? rc : setting_check_path(&path, key_find("pcap"));
}

/* Lists are no longer than their arrays. */
static int
check_counts(const struct leat_config *c, struct leat_error *error)
{
	const struct {
		const char *what;
		unsigned n, max;
	} lists[] = {
		{"nb_ports", c->nb_ports, LEAT_MAX_PORTS},
		{"nb_addrs", c->nb_addrs, LEAT_MAX_ADDRS},
		{"nb_routes", c->nb_routes, LEAT_MAX_ROUTES},
		{"nb_neighbours", c->nb_neighbours, LEAT_MAX_NEIGHBOURS},
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (lists[i].n > lists[i].max)
			return error_set(error, EINVAL, "%s = %u: accepted are 0..%u", lists[i].what, lists[i].n,
				lists[i].max);
	return 0;
}

/* Is there a port of that name? Without a list any may be: lib/link will see what EAL has probed. */
static bool
has_port(const struct leat_config *c, const char *name)
{
	for (unsigned i = 0; i < c->nb_ports; i++)
		if (strncmp(c->ports[i].name, name, LEAT_PORT_NAME) == 0)
			return true;
	return c->nb_ports == 0;
}

static int
check_ports(const struct leat_config *c, struct leat_error *error)
{
	for (unsigned i = 0; i < c->nb_ports; i++) {
		const struct leat_port_config *p = &c->ports[i];
		struct setting s = entry_setting("port", p->name, p->origin, error);
		int rc = 0;

		if (memchr(p->name, '\0', sizeof(p->name)) == NULL)
			return error_set(error, EINVAL, "port: a name without end within its %zu bytes", sizeof(p->name));
		rc = entry_check_port(&s, p);
		for (unsigned j = 0; j < i && rc == 0; j++)
			if (strcmp(c->ports[j].name, p->name) == 0)
				rc = refuse_twin(&s, "port", c->ports[j].origin);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int
check_addrs(const struct leat_config *c, struct leat_error *error)
{
	char text[ENTRY_TEXT];

	for (unsigned i = 0; i < c->nb_addrs; i++) {
		const struct leat_addr_config *a = &c->addrs[i];
		struct setting s = entry_setting("addr", entry_write_addr(a, text), a->origin, error);
		int rc = entry_check_addr(&s, a);

		if (memchr(a->port, '\0', sizeof(a->port)) == NULL)
			return error_set(error, EINVAL, "addr: a port name without end within its %zu bytes", sizeof(a->port));
		if (rc == 0 && a->port[0] && !has_port(c, a->port))
			rc = setting_refuse(&s, "no such port: accepted are those set with port, the first is %.63s",
				c->ports[0].name);
		for (unsigned j = 0; j < i && rc == 0; j++)
			if (leat_addr_equal(&c->addrs[j].addr, &a->addr))
				rc = refuse_twin(&s, "address", c->addrs[j].origin);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Our address with the longest prefix whose subnet holds addr; NULL: none does. */
static const struct leat_addr_config *
subnet_of(const struct leat_config *c, const struct leat_addr *addr)
{
	const struct leat_addr_config *best = NULL;

	for (unsigned i = 0; i < c->nb_addrs; i++) {
		const struct leat_addr_config *a = &c->addrs[i];

		if (subnet_contains(&a->addr, a->prefix_len, addr) &&
		    (best == NULL || a->prefix_len > best->prefix_len))
			best = a;
	}
	return best;
}

/* The subnets that addr could have been in: the first few, to show what a typing error missed. */
static int
refuse_outside(const struct leat_config *c, const struct setting *s, const char *label)
{
	char list[128] = "", net[LEAT_ADDR_TEXT];
	size_t at = 0;

	if (c->nb_addrs == 0)
		return setting_refuse(s, "%soutside every subnet: there is no addr to reach it from", label);
	for (unsigned i = 0; i < c->nb_addrs && i < 4; i++) {
		struct leat_addr first = subnet_first(&c->addrs[i].addr, c->addrs[i].prefix_len);

		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s/%u", i ? ", " : "",
			leat_addr_format(&first, net, sizeof(net)), c->addrs[i].prefix_len);
	}
	return setting_refuse(s, "%soutside every subnet: accepted are addresses in %s%s", label, list,
		c->nb_addrs > 4 ? ", ..." : "");
}

/* Somebody else on a link of ours: a router or a neighbour. */
static int
check_on_link(const struct leat_config *c, const struct setting *s, const struct leat_addr *addr,
	const char *label)
{
	const struct leat_addr_config *a = subnet_of(c, addr);
	struct leat_addr first, last;

	if (a == NULL)
		return refuse_outside(c, s, label);
	for (unsigned i = 0; i < c->nb_addrs; i++)
		if (leat_addr_equal(&c->addrs[i].addr, addr))
			return setting_refuse(s, "%san address of our own: accepted are other hosts' addresses", label);
	first = subnet_first(addr, a->prefix_len);
	last = subnet_last(addr, a->prefix_len);
	if (subnet_has_broadcast(a->prefix_len) &&
	    (leat_addr_equal(addr, &first) || leat_addr_equal(addr, &last)))
		return setting_refuse(s, "%sthe %s address of its subnet: accepted are hosts' addresses", label,
			leat_addr_equal(addr, &first) ? "network" : "broadcast");
	return 0;
}

/* Two ways to one destination, of which one would never be taken. */
static int
check_route_twins(const struct leat_config *c, const struct setting *s, unsigned n)
{
	const struct leat_route_config *r = &c->routes[n];
	char place[LEAT_ORIGIN + 8];

	for (unsigned i = 0; i < n; i++)
		if (c->routes[i].prefix_len == r->prefix_len && leat_addr_equal(&c->routes[i].dest, &r->dest))
			return refuse_twin(s, entry_is_gateway(r) ? "gateway" : "route", c->routes[i].origin);
	for (unsigned i = 0; i < c->nb_addrs; i++) {
		const struct leat_addr_config *a = &c->addrs[i];

		if (a->prefix_len == r->prefix_len && subnet_contains(&a->addr, a->prefix_len, &r->dest))
			return setting_refuse(s, "the subnet of an address of ours%s, which needs no route",
				write_place(a->origin, place, sizeof(place)));
	}
	return 0;
}

static int
check_routes(const struct leat_config *c, struct leat_error *error)
{
	char text[ENTRY_TEXT];

	for (unsigned i = 0; i < c->nb_routes; i++) {
		const struct leat_route_config *r = &c->routes[i];
		bool gateway = entry_is_gateway(r);
		struct setting s = entry_setting(gateway ? "gateway" : "route", entry_write_route(r, text),
			r->origin, error);
		int rc = entry_check_route(&s, r);

		if (rc == 0)
			rc = check_on_link(c, &s, &r->via, gateway ? "" : "the router is ");
		if (rc == 0)
			rc = check_route_twins(c, &s, i);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int
check_neighbours(const struct leat_config *c, struct leat_error *error)
{
	char text[ENTRY_TEXT];

	for (unsigned i = 0; i < c->nb_neighbours; i++) {
		const struct leat_neighbour_config *n = &c->neighbours[i];
		struct setting s = entry_setting("neighbour", entry_write_neighbour(n, text), n->origin, error);
		int rc = entry_check_neighbour(&s, n);

		if (rc == 0)
			rc = check_on_link(c, &s, &n->addr, "");
		for (unsigned j = 0; j < i && rc == 0; j++)
			if (leat_addr_equal(&c->neighbours[j].addr, &n->addr))
				rc = refuse_twin(&s, "neighbour", c->neighbours[j].origin);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* The first number may not exceed the second; both are keys. */
static int
check_order(const struct leat_config *c, const char *less, const char *more, struct leat_error *error)
{
	const struct config_key *a = key_find(less), *b = key_find(more);
	char text[KEY_ACCEPTED_TEXT], limit[KEY_ACCEPTED_TEXT];
	struct setting s = entry_setting(less, key_write_number(a, key_get(a, c), text), "", error);

	if (key_get(a, c) <= key_get(b, c))
		return 0;
	return setting_refuse(&s, "more than %s: accepted is at most its value, %s", more,
		key_write_number(b, key_get(b, c), limit));
}

static int
check_timeouts(const struct leat_config *c, struct leat_error *error)
{
	int rc = check_order(c, "tcp.rto_min", "tcp.rto_initial", error);

	return rc < 0 ? rc : check_order(c, "tcp.rto_initial", "tcp.rto_max", error);
}

/* Receive queues are kept full: without more buffers than descriptors nothing is left to receive into. */
static int
check_buffers(const struct leat_config *c, struct leat_error *error)
{
	unsigned ports = c->nb_ports ? c->nb_ports : 1;
	unsigned queues = (RTE_MAX(c->queues, 1u) + c->cores - 1) / c->cores; /* of a core */
	uint64_t filled = (uint64_t)ports * queues * c->rx_descriptors;
	char text[KEY_ACCEPTED_TEXT];
	struct setting s = entry_setting("rx_mbufs", key_write_number(key_find("rx_mbufs"), c->rx_mbufs, text), "",
		error);

	if (c->rx_mbufs > filled)
		return 0;
	return setting_refuse(&s, "all would lie in the receive queues: accepted is more than rx_descriptors "
		"of every port, %u x %u", ports * queues, c->rx_descriptors);
}

int
leat_config_check(const struct leat_config *config, struct leat_error *error)
{
	static int (*const checks[])(const struct leat_config *, struct leat_error *) = {
		check_counts, check_texts, check_numbers, check_ports, check_addrs, check_routes,
		check_neighbours, check_timeouts, check_buffers,
	};

	if (config->size != sizeof(*config))
		return error_set(error, EINVAL, "configuration of %u bytes: accepted is what leat_config_init() "
			"fills, %zu", config->size, sizeof(*config));
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		int rc = checks[i](config, error);

		if (rc < 0)
			return rc;
	}
	return 0;
}
