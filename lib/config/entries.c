/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/number.h"
#include "config/entries.h"
#include "config/subnet.h"

/* Cuts text at each run of blanks. Returns the number of words found, max + 1 when there are more. */
static unsigned
split(char *text, char **words, unsigned max)
{
	char *rest = NULL;
	unsigned n = 0;

	for (char *w = strtok_r(text, " \t", &rest); w; w = strtok_r(NULL, " \t", &rest)) {
		if (n == max)
			return max + 1;
		words[n++] = w;
	}
	return n;
}

static int
parse_addr(const struct setting *s, const struct config_key *key, const char *text, struct leat_addr *out)
{
	char what[64];

	if (leat_addr_parse(text, out) == 0)
		return 0;
	snprintf(what, sizeof(what), "\"%.40s\" is no address", text);
	return setting_refuse_value(s, key, what);
}

/* "192.0.2.0/24"; cuts text at the slash. */
static int
parse_prefix(const struct setting *s, const struct config_key *key, char *text, struct leat_addr *addr,
	uint8_t *len)
{
	char *slash = strchr(text, '/');
	uint64_t bits;
	int rc;

	if (slash == NULL)
		return setting_refuse_value(s, key, "no prefix length");
	*slash = '\0';
	rc = parse_addr(s, key, text, addr);
	if (rc < 0)
		return rc;
	rc = number_parse(slash + 1, &bits);
	if (rc < 0 || bits > UINT8_MAX)
		return setting_refuse(s, "prefix length %s%.20s%s: accepted are 0..%d for %s", rc < 0 ? "\"" : "",
			slash + 1, rc < 0 ? "\"" : "", addr->family == LEAT_IPV6 ? 128 : 32,
			addr->family == LEAT_IPV6 ? "IPv6" : "IPv4");
	*len = (uint8_t)bits;
	return 0;
}

static int
parse_port(const struct setting *s, const struct config_key *key, const char *text, char *out)
{
	size_t n = strlen(text);

	if (n == 0 || n >= LEAT_PORT_NAME)
		return setting_refuse_value(s, key, n == 0 ? "no port name" : "port name too long");
	memcpy(out, text, n + 1);
	return 0;
}

static int
full(const struct setting *s, const char *what, unsigned max)
{
	return setting_refuse(s, "too many %s: accepted are at most %u", what, max);
}

static int
add_port(struct leat_config *config, const struct config_key *key, const struct setting *s, char *text)
{
	struct leat_port_config port = {.name = ""};
	int rc = parse_port(s, key, text, port.name);

	if (rc == 0)
		rc = entry_check_port(s, &port);
	if (rc < 0)
		return rc;
	if (config->nb_ports == LEAT_MAX_PORTS)
		return full(s, "ports", LEAT_MAX_PORTS);
	snprintf(port.origin, sizeof(port.origin), "%s", s->origin);
	config->ports[config->nb_ports++] = port;
	return 0;
}

static int
add_addr(struct leat_config *config, const struct config_key *key, const struct setting *s, char *text)
{
	struct leat_addr_config addr = {.port = ""};
	char *at = strchr(text, '@');
	int rc = 0;

	if (at) {
		*at = '\0';
		rc = parse_port(s, key, at + 1, addr.port);
	}
	if (rc == 0)
		rc = parse_prefix(s, key, text, &addr.addr, &addr.prefix_len);
	if (rc == 0)
		rc = entry_check_addr(s, &addr);
	if (rc < 0)
		return rc;
	if (config->nb_addrs == LEAT_MAX_ADDRS)
		return full(s, "addresses", LEAT_MAX_ADDRS);
	snprintf(addr.origin, sizeof(addr.origin), "%s", s->origin);
	config->addrs[config->nb_addrs++] = addr;
	return 0;
}

static int
append_route(struct leat_config *config, const struct setting *s, struct leat_route_config *route)
{
	int rc = entry_check_route(s, route);

	if (rc < 0)
		return rc;
	if (config->nb_routes == LEAT_MAX_ROUTES)
		return full(s, "routes", LEAT_MAX_ROUTES);
	snprintf(route->origin, sizeof(route->origin), "%s", s->origin);
	config->routes[config->nb_routes++] = *route;
	return 0;
}

static int
add_gateway(struct leat_config *config, const struct config_key *key, const struct setting *s, char *text)
{
	struct leat_route_config route = {.prefix_len = 0};
	int rc = parse_addr(s, key, text, &route.via);

	route.dest.family = route.via.family;
	return rc < 0 ? rc : append_route(config, s, &route);
}

static int
add_route(struct leat_config *config, const struct config_key *key, const struct setting *s, char *text)
{
	struct leat_route_config route = {.prefix_len = 0};
	char *words[3];
	int rc;

	if (split(text, words, 3) != 3 || strcmp(words[1], "via") != 0)
		return setting_refuse_value(s, key, "not a route");
	rc = parse_addr(s, key, words[2], &route.via);
	if (rc == 0)
		rc = parse_prefix(s, key, words[0], &route.dest, &route.prefix_len);
	return rc < 0 ? rc : append_route(config, s, &route);
}

static int
add_neighbour(struct leat_config *config, const struct config_key *key, const struct setting *s, char *text)
{
	struct leat_neighbour_config n = {.mac = {0}};
	char *words[3], what[64];
	int rc;

	if (split(text, words, 3) != 3 || strcmp(words[1], "lladdr") != 0)
		return setting_refuse_value(s, key, "not a neighbour");
	rc = parse_addr(s, key, words[0], &n.addr);
	if (rc < 0)
		return rc;
	if (number_parse_hex(words[2], ':', n.mac, sizeof(n.mac)) < 0) {
		snprintf(what, sizeof(what), "\"%.30s\" is no MAC address", words[2]);
		return setting_refuse_value(s, key, what);
	}
	rc = entry_check_neighbour(s, &n);
	if (rc < 0)
		return rc;
	if (config->nb_neighbours == LEAT_MAX_NEIGHBOURS)
		return full(s, "neighbours", LEAT_MAX_NEIGHBOURS);
	snprintf(n.origin, sizeof(n.origin), "%s", s->origin);
	config->neighbours[config->nb_neighbours++] = n;
	return 0;
}

int
entry_apply(struct leat_config *config, const struct config_key *key, const struct setting *s)
{
	char text[ENTRY_TEXT];
	size_t n = strlen(s->value);

	if (n >= sizeof(text))
		return setting_refuse_value(s, key, "too long");
	memcpy(text, s->value, n + 1);
	switch (key->kind) {
	case KEY_PORT:
		return add_port(config, key, s, text);
	case KEY_ADDR:
		return add_addr(config, key, s, text);
	case KEY_GATEWAY:
		return add_gateway(config, key, s, text);
	case KEY_ROUTE:
		return add_route(config, key, s, text);
	default:
		return add_neighbour(config, key, s, text);
	}
}

char *
entry_write_addr(const struct leat_addr_config *addr, char *buf)
{
	char text[LEAT_ADDR_TEXT];

	snprintf(buf, ENTRY_TEXT, "%s/%u%s%.63s", leat_addr_format(&addr->addr, text, sizeof(text)),
		addr->prefix_len, addr->port[0] ? "@" : "", addr->port);
	return buf;
}

char *
entry_write_route(const struct leat_route_config *route, char *buf)
{
	char dest[LEAT_ADDR_TEXT], via[LEAT_ADDR_TEXT];

	leat_addr_format(&route->dest, dest, sizeof(dest));
	leat_addr_format(&route->via, via, sizeof(via));
	if (entry_is_gateway(route))
		snprintf(buf, ENTRY_TEXT, "%s", via);
	else
		snprintf(buf, ENTRY_TEXT, "%s/%u via %s", dest, route->prefix_len, via);
	return buf;
}

char *
entry_write_neighbour(const struct leat_neighbour_config *n, char *buf)
{
	char text[LEAT_ADDR_TEXT];

	snprintf(buf, ENTRY_TEXT, "%s lladdr %02x:%02x:%02x:%02x:%02x:%02x",
		leat_addr_format(&n->addr, text, sizeof(text)), n->mac[0], n->mac[1], n->mac[2], n->mac[3],
		n->mac[4], n->mac[5]);
	return buf;
}
