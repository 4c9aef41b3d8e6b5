/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_ENTRIES_H
#define CONFIG_ENTRIES_H
/*
 * The lists of the configuration: ports, addresses, routes, neighbours. From text, to text, and
 * what can be said of an entry without looking at the others; run/check.c looks at all.
 */
#include <leat/config.h>
#include "config/keys.h"
#include "config/setting.h"

/* Longest text of an entry, with the final 0. */
#define ENTRY_TEXT 160

/* Reads s->value as an entry for a list key and appends it. 0, or -EINVAL and told. */
int entry_apply(struct leat_config *config, const struct config_key *key, const struct setting *s);

/* Could this be? 0, or -EINVAL and told through s, which shows the entry as it was written. */
int entry_check_port(const struct setting *s, const struct leat_port_config *port);
int entry_check_addr(const struct setting *s, const struct leat_addr_config *addr);
int entry_check_route(const struct setting *s, const struct leat_route_config *route);
int entry_check_neighbour(const struct setting *s, const struct leat_neighbour_config *neighbour);

/* As they would be written in a file; buf has ENTRY_TEXT bytes. Return buf. */
char *entry_write_addr(const struct leat_addr_config *addr, char *buf);
char *entry_write_route(const struct leat_route_config *route, char *buf);
char *entry_write_neighbour(const struct leat_neighbour_config *neighbour, char *buf);

/* A route to everywhere is written as "gateway = ROUTER". */
static inline bool
entry_is_gateway(const struct leat_route_config *route)
{
	return route->prefix_len == 0;
}

#endif
